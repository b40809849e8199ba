#include "hub/engine/progress_checks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using progress::Problem;

class Problems {
 public:
  void Unless(bool fine, absl::string_view field, absl::string_view what,
              absl::string_view remedy) {
    if (!fine) list_.push_back({std::string(field), std::string(what), std::string(remedy)});
  }
  // A finding of fields.h: "<field>: <reason>".
  void Add(absl::string_view field, const absl::Status& status) {
    if (status.ok()) return;
    absl::string_view reason = status.message();
    reason.remove_prefix(std::min(reason.size(), field.size() + 2));
    list_.push_back({std::string(field), std::string(reason), ""});
  }
  void Append(std::vector<Problem> more) {
    list_.insert(list_.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  std::vector<Problem> Take() { return std::move(list_); }

 private:
  std::vector<Problem> list_;
};

// The definitions that a contribution says it was counted under; null where it names none.
const v1::Definitions* DefinitionsOf(uint32_t version, const ProgressLedger& ledger,
                                     Problems* problems) {
  const bool known = version >= 1 && version <= ledger.definitions().size();
  problems->Unless(known, "definition_version",
                   absl::StrCat("is ", version, ", which is none that was defined"),
                   absl::StrCat("1 to ", ledger.definitions().size(),
                                "; the newest unless it was counted under an older one"));
  return known ? &ledger.definitions()[version - 1].definitions : nullptr;
}

void CheckCommon(absl::string_view signed_off_by, uint32_t revision, Problems* problems) {
  problems->Add("signed_off_by", CheckText("signed_off_by", signed_off_by, kMaxSignedOffBytes));
  problems->Unless(revision >= 1, "revision", "is 0", "1, then one more with each revision");
}

void CheckSurveyor(absl::string_view surveyor, Problems* problems) {
  if (surveyor.empty()) return;
  problems->Add("independent_surveyor",
                CheckText("independent_surveyor", surveyor, kMaxSurveyorBytes));
}

void CheckActivityWords(const v1::ActivityContribution& activity,
                        const v1::Definitions& definitions, Problems* problems) {
  const auto action =
      std::find_if(definitions.actions().begin(), definitions.actions().end(),
                   [&activity](const auto& one) { return one.word().id() == activity.action(); });
  if (action == definitions.actions().end()) {
    problems->Unless(false, "action", "is none of the definitions'",
                     "one of their actions (vervet progress definitions)");
    return;
  }
  problems->Unless(activity.unit() == action->unit(), "unit", "does not fit the action",
                   absl::StrCat("this action is counted in: ", action->unit()));
  const bool enforcement = action->meaning() == v1::ENFORCEMENT;
  const auto& sources = definitions.detection_sources();
  const bool known = std::any_of(sources.begin(), sources.end(), [&activity](const auto& one) {
    return one.word().id() == activity.detected_by();
  });
  problems->Unless(!enforcement || known, "detected_by",
                   "is none of the definitions' detection sources",
                   "say how it was found; this action needs it");
  problems->Unless(enforcement || activity.detected_by().empty(), "detected_by",
                   "is given for an action that detects nothing", "leave it empty");
  problems->Unless(
      activity.taxon_group().empty() || HasWord(definitions.taxon_groups(), activity.taxon_group()),
      "taxon_group", "is none of the definitions'", "one of theirs, or empty: not told apart");
  problems->Unless(
      activity.surface().empty() || HasWord(definitions.surfaces(), activity.surface()), "surface",
      "is none of the definitions'", "one of theirs, or empty: not told apart");
}

progress::Survey ToSurvey(const v1::SurveyContribution& survey) {
  progress::Survey out;
  out.stratum = {survey.member(), survey.stratum().surface(), survey.stratum().taxon_group(),
                 survey.stratum().language()};
  out.days = FromProto(survey.days());
  out.exposure = survey.exposure();
  out.unit = survey.unit();
  out.design = survey.design() == v1::SCORE_STRATIFIED ? progress::Design::kScoreStratified
                                                       : progress::Design::kSimple;
  for (const v1::SurveySample& sample : survey.samples()) {
    out.samples.push_back({sample.sampled(), sample.positives(), sample.reviewed_again(),
                           sample.confirmed(), sample.inclusion_probability()});
  }
  out.frame_listings = survey.frame_listings();
  out.design_effect = survey.design_effect();
  out.team = survey.team();
  return out;
}

// A survey that no period could use would be stored and never counted.
void CheckPanels(const v1::SurveyContribution& survey, const ProgressLedger& ledger,
                 Problems* problems) {
  const v1::SurveyStratum& stratum = survey.stratum();
  const progress::Days days = FromProto(survey.days());
  for (const ProgressLedger::Panel& entry : ledger.panels()) {
    const v1::Panel& panel = entry.panel;
    const v1::PanelMember* member = FindPanelMember(panel, survey.member());
    if (member == nullptr || !TouchesPeriods(panel, days) ||
        !HasStratum(*member, stratum.surface(), stratum.taxon_group(), stratum.language())) {
      continue;
    }
    problems->Unless(PeriodHolding(panel, days).has_value(), "days",
                     absl::StrCat("are not within one period of the panel ", panel.panel()),
                     "split the survey where a period ends");
    problems->Unless(survey.unit() == panel.unit(), "unit",
                     absl::StrCat("is not the one of the panel ", panel.panel()),
                     absl::StrCat("exposures of different units are never added; this panel's is: ",
                                  panel.unit()));
  }
}

std::string KindField(const v1::Contribution& contribution) {
  return contribution.has_activity() ? "activity" : contribution.has_survey() ? "survey" : "team";
}

}  // namespace

bool IsWordId(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxWordIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(static_cast<unsigned char>(c)) ||
                  absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_' || c == '-';
         });
}

std::vector<Problem> CheckActivity(const v1::ActivityContribution& activity,
                                   const ProgressLedger& ledger, int32_t today) {
  Problems problems;
  const progress::Days days = FromProto(activity.days());
  problems.Unless(days.begin >= 0 && days.begin < days.end && days.end <= 100'000, "days",
                  "end before they begin, or are empty",
                  "give the first day, and the first day after the last, since 1970-01-01");
  problems.Unless(days.begin < 0 || days.begin >= days.end || days.length() <= kMaxContributionDays,
                  "days", "are more than 366", "contribute each month, or each quarter");
  problems.Unless(days.end <= today, "days", "are not over yet",
                  "send it when the last day has passed");
  problems.Unless(activity.count() <= kMaxActivityCount, "count", "is above 1,000,000,000,000",
                  "check the unit");
  problems.Unless(activity.views_known_of() <= activity.count(), "views_known_of", "is above count",
                  "of the counted items, how many have known views");
  problems.Unless(activity.has_views_before_removal() || activity.views_known_of() == 0,
                  "views_known_of", "is given without views_before_removal",
                  "give both, or neither");
  problems.Unless(!activity.has_views_before_removal() || activity.views_known_of() > 0 ||
                      activity.views_before_removal() == 0,
                  "views_known_of", "is 0 though there are views",
                  "say of how many items the views are");
  problems.Unless(activity.views_before_removal() <= kMaxViewsBeforeRemoval, "views_before_removal",
                  "is above 1e15", "check the unit");
  CheckCommon(activity.signed_off_by(), activity.revision(), &problems);
  const auto* definitions = DefinitionsOf(activity.definition_version(), ledger, &problems);
  if (definitions != nullptr) CheckActivityWords(activity, *definitions, &problems);
  return problems.Take();
}

std::vector<Problem> CheckSurvey(const v1::SurveyContribution& survey, const ProgressLedger& ledger,
                                 int32_t today) {
  Problems problems;
  problems.Append(progress::CheckSurvey(ToSurvey(survey), today));
  problems.Unless(survey.design() == v1::SIMPLE_RANDOM || survey.design() == v1::SCORE_STRATIFIED,
                  "design", "is missing or unknown", "SIMPLE_RANDOM or SCORE_STRATIFIED");
  const progress::Days days = FromProto(survey.days());
  problems.Unless(days.begin >= days.end || days.length() <= kMaxContributionDays, "days",
                  "are more than 366", "survey each period by itself");
  problems.Unless(survey.team().empty() || IsWordId(survey.team()), "team",
                  "is no id of 1-64 bytes of a-z, 0-9, _ and -", "your own word for the team");
  CheckSurveyor(survey.independent_surveyor(), &problems);
  CheckCommon(survey.signed_off_by(), survey.revision(), &problems);
  if (const auto* definitions = DefinitionsOf(survey.definition_version(), ledger, &problems)) {
    const v1::SurveyStratum& stratum = survey.stratum();
    problems.Unless(
        stratum.surface().empty() || HasWord(definitions->surfaces(), stratum.surface()),
        "stratum.surface", "is none of the definitions'", "one of theirs");
    problems.Unless(stratum.taxon_group().empty() ||
                        HasWord(definitions->taxon_groups(), stratum.taxon_group()),
                    "stratum.taxon_group", "is none of the definitions'", "one of theirs");
    problems.Unless(HasWord(definitions->languages(), stratum.language()), "stratum.language",
                    "is none of the definitions'", "one of theirs");
    const auto& units = definitions->exposure_units();
    problems.Unless(survey.unit().empty() ||
                        std::find(units.begin(), units.end(), survey.unit()) != units.end(),
                    "unit", "is none of the definitions' units of exposure", "one of theirs");
    CheckPanels(survey, ledger, &problems);
  }
  return problems.Take();
}

std::vector<Problem> CheckTeam(const v1::ReviewTeamContribution& team,
                               const ProgressLedger& ledger) {
  Problems problems;
  progress::ReviewTeam counts;
  counts.name = team.team();
  counts.found = team.found();
  counts.missed = team.missed();
  counts.missed_weight = team.missed_weight();
  for (Problem& problem : progress::CheckTeam(counts)) {
    if (problem.field != "name") problems.Append({std::move(problem)});
  }
  problems.Unless(IsWordId(team.team()), "team", "is no id of 1-64 bytes of a-z, 0-9, _ and -",
                  "your own word for the team");
  CheckSurveyor(team.independent_surveyor(), &problems);
  CheckCommon(team.signed_off_by(), team.revision(), &problems);
  DefinitionsOf(team.definition_version(), ledger, &problems);
  return problems.Take();
}

absl::Status CheckPlace(const std::string& field, const v1::Contribution& contribution,
                        const ProgressLedger& ledger) {
  const ProgressLedger::Row* newest = nullptr;
  const ProgressLedger::Row* overlapping = nullptr;
  uint32_t revision = 0;
  bool withdrawn = false;
  switch (contribution.contribution_case()) {
    case v1::Contribution::kActivity:
      newest = ledger.Newest(contribution.activity());
      overlapping = ledger.Overlapping(contribution.activity());
      revision = contribution.activity().revision();
      withdrawn = contribution.activity().withdrawn();
      break;
    case v1::Contribution::kSurvey:
      newest = ledger.Newest(contribution.survey());
      overlapping = ledger.Overlapping(contribution.survey());
      revision = contribution.survey().revision();
      withdrawn = contribution.survey().withdrawn();
      break;
    default:
      newest = ledger.Newest(contribution.team());
      revision = contribution.team().revision();
      withdrawn = contribution.team().withdrawn();
  }
  const std::string in = absl::StrCat(field, ".", KindField(contribution));
  if (overlapping != nullptr && !withdrawn) {
    return absl::AlreadyExistsError(
        absl::StrCat(in, ".days: overlap those of another contribution of the same cell (event ",
                     overlapping->sequence,
                     "); revise or withdraw that one, or contribute the days that it leaves"));
  }
  const uint32_t next = newest == nullptr ? 1 : newest->revision + 1;
  if (newest == nullptr && withdrawn) {
    return absl::FailedPreconditionError(
        absl::StrCat(in, ".withdrawn: there is nothing in this cell to withdraw"));
  }
  if (revision != next) {
    return absl::FailedPreconditionError(
        absl::StrCat(in, ".revision: is ", revision, ", and the next one of this cell is ", next,
                     newest == nullptr ? "" : "; somebody revised it: look at it before you do"));
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
