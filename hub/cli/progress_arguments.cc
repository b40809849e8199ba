#include "hub/cli/progress_arguments.h"

#include <google/protobuf/util/json_util.h>

#include <cmath>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"

namespace vervet::coordinator_cli {
namespace {

const absl::CivilDay kEpoch(1970, 1, 1);

absl::CivilDay DayOf(int32_t day) { return kEpoch + day; }

}  // namespace

void ProgressFlags::DeclareFlags(cli::FlagSet& flags, bool with_period) {
  flags.String("panel", "NAME", "which panel (default: the newest)", &panel);
  if (with_period) {
    flags.String("period", "MONTH", "the reporting period of that month, such as 2026-04", &period);
  }
  flags.String("as-of", "WHEN",
               "as it was then: a position of the log, a date (its end, UTC), or a time such as "
               "2026-04-30T12:00:00Z",
               &as_of);
}

absl::StatusOr<v1::AsOf> AsOfArgument(absl::string_view flag, absl::string_view text) {
  v1::AsOf as_of;
  if (text.empty()) return as_of;
  uint64_t position = 0;
  if (absl::SimpleAtoi(text, &position) && position > 0) {
    as_of.set_position(position);
    return as_of;
  }
  absl::Time time;
  std::string error;
  if (absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &error)) {
    as_of.set_time_us(absl::ToUnixMicros(time + absl::Hours(24)) - 1);
    return as_of;
  }
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    as_of.set_time_us(absl::ToUnixMicros(time));
    return as_of;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--", flag,
      ": must be a position of the log (41234), a date (2026-04-30: its end, UTC) or a "
      "time (2026-04-30T12:00:00Z)"));
}

absl::StatusOr<v1::PanelLine> FindPanel(RegistrySession& session, const std::string& name,
                                        const v1::AsOf& as_of) {
  v1::ListPanelsRequest request;
  *request.mutable_as_of() = as_of;
  v1::ListPanelsResponse list;
  VERVET_RETURN_IF_ERROR(session.Call(&v1::Progress::StubInterface::ListPanels, request, &list));
  for (v1::PanelLine& line : *list.mutable_panels()) {
    if (name.empty() || line.panel().panel() == name) return std::move(line);
  }
  return absl::NotFoundError(
      name.empty() ? "there is no panel yet: make one (vervet progress panel)"
                   : "--panel: there is no panel of this name; see the list (vervet progress "
                     "panels)");
}

absl::StatusOr<v1::Days> PeriodArgument(absl::string_view text, const v1::PanelLine& panel) {
  absl::CivilMonth month;
  if (!absl::ParseCivilTime(text, &month)) {
    return absl::InvalidArgumentError("--period: must be a month, such as 2026-04");
  }
  const auto day = static_cast<int32_t>(absl::CivilDay(month) - kEpoch);
  for (const v1::Days& period : panel.periods()) {
    if (period.begin() <= day && day < period.end()) return period;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--period: is none of the panel's periods that have begun; the first is ",
                   panel.periods().empty() ? DayText(panel.panel().first_period_begin())
                                           : PeriodText(panel.periods(0)),
                   panel.periods_size() < 2
                       ? ""
                       : absl::StrCat(", the last ", PeriodText(*panel.periods().rbegin()))));
}

std::string DayText(int32_t day) { return absl::FormatCivilTime(DayOf(day)); }

std::string PeriodText(const v1::Days& days) {
  const absl::CivilDay first = DayOf(days.begin());
  const absl::CivilDay after = DayOf(days.end());
  if (first.day() != 1 || after.day() != 1) {
    return absl::StrCat(absl::FormatCivilTime(first), " to ", absl::FormatCivilTime(after - 1));
  }
  const std::string begin = absl::FormatCivilTime(absl::CivilMonth(first));
  const std::string last = absl::FormatCivilTime(absl::CivilMonth(after) - 1);
  return begin == last ? begin : absl::StrCat(begin, " to ", last);
}

std::string PercentText(double share) {
  const double percent = share * 100;
  if (percent == 0 || std::abs(percent) >= 1) return absl::StrFormat("%.1f%%", percent);
  return absl::StrFormat("%.3g%%", percent);
}

std::string IntervalText(const v1::FigureInterval& interval) {
  return absl::StrCat(PercentText(interval.low()), " to ", PercentText(interval.high()));
}

std::string VerdictText(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_MET:
      return "met";
    case v1::VERDICT_NOT_MET:
      return "not met";
    case v1::VERDICT_CANNOT_TELL:
      return "cannot tell";
    default:
      return "withheld";
  }
}

std::string SubsetText(const v1::FigureSubset& subset) {
  std::vector<std::string> parts;
  if (!subset.member().empty()) parts.push_back(subset.member());
  if (!subset.platform_class().empty()) {
    parts.push_back(absl::StrCat("class ", subset.platform_class()));
  }
  if (!subset.taxon_group().empty()) parts.push_back(absl::StrCat("taxa ", subset.taxon_group()));
  if (!subset.sharing_group().empty()) {
    parts.push_back(absl::StrCat("group ", subset.sharing_group()));
  }
  return parts.empty() ? "whole panel" : absl::StrJoin(parts, ", ");
}

std::string SurveyorsText(v1::Surveyors surveyors) {
  switch (surveyors) {
    case v1::MEMBERS_THEMSELVES:
      return "members";
    case v1::INDEPENDENT_SURVEYORS:
      return "independent";
    default:
      return "";
  }
}

std::string KindText(v1::SeriesKind kind) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::SeriesKind_Name(kind), "SERIES_"));
}

std::string ProgressJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : std::string("{}\n");
}

std::string BasisText(const v1::AnswerBasis& basis) {
  std::string text;
  if (!basis.panel().empty()) text = absl::StrCat("panel ", cli::Printable(basis.panel()), ", ");
  // What was counted may be of an older version than the newest.
  absl::StrAppend(&text, "definitions ",
                  basis.counted_under().empty() ? absl::StrCat(basis.definition_version())
                                                : absl::StrJoin(basis.counted_under(), ", "),
                  ", as of event ", cli::WithThousands(basis.position()), " (",
                  cli::TimeForPeople(absl::FromUnixMicros(basis.time_us())), ")");
  if (basis.release() != 0) {
    absl::StrAppend(&text, ", release ", basis.release(), " of ",
                    cli::TimeForPeople(absl::FromUnixMicros(basis.released_us())));
  }
  absl::StrAppend(&text, "\n");
  if (basis.restated_since() > 0) {
    absl::StrAppend(&text, "restated since: ", cli::Count(basis.restated_since(), "contribution"),
                    "; see `vervet progress restated`\n");
  }
  return text;
}

}  // namespace vervet::coordinator_cli
