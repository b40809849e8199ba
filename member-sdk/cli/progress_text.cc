#include "member-sdk/cli/progress_text.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "core/cli/text.h"

namespace vervet::member_cli {

std::string Percent(double share) { return absl::StrFormat("%.1f%%", 100 * share); }

std::string ShareText(const Interval& interval) {
  return absl::StrCat(Percent(interval.point), " (", Percent(interval.low), " to ",
                      Percent(interval.high), ")");
}

std::string ValueText(double value, const std::string& unit) {
  // A prevalence of one in ten thousand is 0.010%.
  if (unit == "share") {
    return std::abs(value) < 0.01 ? absl::StrFormat("%.4f%%", 100 * value) : Percent(value);
  }
  if (value >= 0 && value < 1e15 && value == std::floor(value)) {
    return cli::WithThousands(static_cast<uint64_t>(value));
  }
  return absl::StrFormat("%.4g", value);
}

std::string SubsetText(const FigureSubset& subset) {
  std::string text;
  const auto add = [&text](absl::string_view name, const std::string& value) {
    if (!value.empty()) absl::StrAppend(&text, text.empty() ? "" : ", ", name, " ", value);
  };
  add("member", subset.member);
  add("platform class", subset.platform_class);
  add("taxon group", subset.taxon_group);
  add("sharing group", subset.sharing_group);
  return text.empty() ? "all" : text;
}

void AppendReason(absl::string_view key, const std::optional<Reason>& reason,
                  cli::JsonWriter& json) {
  json.Key(key);
  if (!reason) {
    json.Null();
    return;
  }
  json.BeginObject().Field("code", reason->code).Field("sentence", reason->sentence).EndObject();
}

void AppendInterval(absl::string_view key, const std::optional<Interval>& interval,
                    cli::JsonWriter& json) {
  json.Key(key);
  if (!interval) {
    json.Null();
    return;
  }
  json.BeginObject()
      .Field("point", interval->point)
      .Field("low", interval->low)
      .Field("high", interval->high)
      .EndObject();
}

void AppendSubset(const FigureSubset& subset, cli::JsonWriter& json) {
  json.Key("subset").BeginObject();
  if (!subset.member.empty()) json.Field("member", subset.member);
  if (!subset.platform_class.empty()) json.Field("platform_class", subset.platform_class);
  if (!subset.taxon_group.empty()) json.Field("taxon_group", subset.taxon_group);
  if (!subset.sharing_group.empty()) json.Field("sharing_group", subset.sharing_group);
  json.EndObject();
}

void AppendDays(absl::string_view key, const DayRange& days, cli::JsonWriter& json) {
  json.Key(key);
  days.empty() ? json.Null() : json.String(DayRangeText(days));
}

void AppendSource(const FigureSource& source, cli::JsonWriter& json) {
  json.Field("panel", source.panel);
  AppendDays("period", source.period, json);
  json.Field("position", source.position)
      .Field("time", cli::TimeForPrograms(absl::FromChrono(source.time)))
      .Field("definition_version", source.definition_version)
      .Key("counted_under")
      .BeginArray();
  for (const uint32_t version : source.counted_under) json.Uint(version);
  json.EndArray().Field("release", source.release).Field("restated_since", source.restated_since);
}

}  // namespace vervet::member_cli
