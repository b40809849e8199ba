#include "member-sdk/cli/check_output.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {

void CheckCounts::Add(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kMatch:
      ++matched;
      return;
    case CheckOutcome::kNoMatch:
      ++not_matched;
      return;
    case CheckOutcome::kRefused:
      ++refused;
      return;
    case CheckOutcome::kNotKnown:
      ++not_known;
      return;
  }
}

int CheckCounts::ExitCode() const {
  if (matched > 0) return cli::kExitMatch;
  if (not_known > 0) return cli::kExitUnavailable;
  if (refused > 0) return not_matched > 0 ? cli::kExitPartial : cli::kExitFailed;
  return cli::kExitOk;
}

std::string CheckCounts::ForPeople() const {
  std::vector<std::string> parts = {
      absl::StrCat(cli::WithThousands(matched), matched == 1 ? " match" : " matches"),
      absl::StrCat(cli::WithThousands(not_matched), " without")};
  if (refused > 0) parts.push_back(absl::StrCat(cli::WithThousands(refused), " refused"));
  if (not_known > 0)
    parts.push_back(absl::StrCat(cli::WithThousands(not_known), " without an answer"));
  return absl::StrJoin(parts, ", ");
}

const char* OutcomeName(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kMatch:
      return "match";
    case CheckOutcome::kNoMatch:
      return "no_match";
    case CheckOutcome::kRefused:
      return "refused";
    case CheckOutcome::kNotKnown:
      return "not_known";
  }
  return "not_known";
}

void AppendResultFields(const CheckResult& result, const NamedIdentifier& named,
                        cli::JsonWriter& json) {
  json.Field("identifier", named.name)
      .Field("outcome", OutcomeName(result.outcome))
      .Field("evaluated_now", result.evaluated_now);
  if (!result.status.ok()) json.Field("reason", Explain(result.status.message(), {named}));
  if (result.retry_after.count() > 0) {
    json.Field("retry_after_ms", int64_t{result.retry_after.count()});
  }
  json.Key("matches").BeginArray();
  for (const Match& match : result.matches) {
    json.BeginObject();
    AppendMatchFields(match, json);
    json.EndObject();
  }
  json.EndArray();
}

std::string ResultForPeople(const CheckResult& result, const NamedIdentifier& named,
                            const std::string& where, absl::Time now, const cli::Streams& streams) {
  std::string outcome;
  switch (result.outcome) {
    case CheckOutcome::kMatch:
      outcome = streams.OutPaint(cli::Paint::kYellow, "match");
      break;
    case CheckOutcome::kNoMatch:
      outcome = streams.OutPaint(cli::Paint::kGreen, "no match");
      break;
    case CheckOutcome::kRefused:
      outcome = streams.OutPaint(cli::Paint::kRed, "refused");
      break;
    case CheckOutcome::kNotKnown:
      outcome = streams.OutPaint(cli::Paint::kRed, "no answer");
      break;
  }
  std::string text =
      absl::StrCat(cli::Printable(where), where.empty() ? "" : "  ", named.name, "  ", outcome);
  if (!result.status.ok()) {
    absl::StrAppend(&text, ": ", cli::Printable(Explain(result.status.message(), {named})));
  }
  text += '\n';
  for (size_t i = 0; i < result.matches.size(); ++i) {
    if (i > 0) text += '\n';
    absl::StrAppend(&text, MatchForPeople(result.matches[i], now, streams));
  }
  return text;
}

}  // namespace vervet::member_cli
