#include "hub/engine/progress_checks.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/identity.h"
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

template <typename Words>
bool Has(const Words& words, absl::string_view id) {
  return std::any_of(words.begin(), words.end(), [id](const auto& one) { return one.id() == id; });
}

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
      activity.taxon_group().empty() || Has(definitions.taxon_groups(), activity.taxon_group()),
      "taxon_group", "is none of the definitions'", "one of theirs, or empty: not told apart");
  problems->Unless(activity.surface().empty() || Has(definitions.surfaces(), activity.surface()),
                   "surface", "is none of the definitions'",
                   "one of theirs, or empty: not told apart");
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
    problems.Unless(stratum.surface().empty() || Has(definitions->surfaces(), stratum.surface()),
                    "stratum.surface", "is none of the definitions'", "one of theirs");
    problems.Unless(
        stratum.taxon_group().empty() || Has(definitions->taxon_groups(), stratum.taxon_group()),
        "stratum.taxon_group", "is none of the definitions'", "one of theirs");
    problems.Unless(Has(definitions->languages(), stratum.language()), "stratum.language",
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

namespace {

absl::Status CheckWord(const std::string& field, const v1::DefinedWord& word,
                       std::set<std::string>* seen) {
  if (!IsWordId(word.id())) {
    return Invalid(absl::StrCat(field, ".id"), "must be 1-64 bytes of a-z, 0-9, _ and -");
  }
  if (!seen->insert(word.id()).second) {
    return Invalid(absl::StrCat(field, ".id"), "is there twice; each once");
  }
  VERVET_RETURN_IF_ERROR(CheckText(absl::StrCat(field, ".name"), word.name(), kMaxWordNameBytes));
  if (word.name_zh().empty()) return absl::OkStatus();
  return CheckText(absl::StrCat(field, ".name_zh"), word.name_zh(), kMaxWordNameBytes);
}

absl::Status CheckCount(absl::string_view field, int count, int limit) {
  if (count >= 1 && count <= limit) return absl::OkStatus();
  return Invalid(field, absl::StrCat("has ", count, " entries; 1 to ", limit));
}

absl::Status CheckWords(const std::string& field,
                        const google::protobuf::RepeatedPtrField<v1::DefinedWord>& words,
                        int limit) {
  VERVET_RETURN_IF_ERROR(CheckCount(field, words.size(), limit));
  std::set<std::string> seen;
  for (int i = 0; i < words.size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat(field, "[", i, "]"), words[i], &seen));
  }
  return absl::OkStatus();
}

absl::Status CheckActions(const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(
      CheckCount("definitions.actions", definitions.actions_size(), kMaxActions));
  std::set<std::string> seen;
  for (int i = 0; i < definitions.actions_size(); ++i) {
    const v1::ActionDefinition& action = definitions.actions(i);
    const std::string field = absl::StrCat("definitions.actions[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat(field, ".word"), action.word(), &seen));
    VERVET_RETURN_IF_ERROR(CheckText(absl::StrCat(field, ".unit"), action.unit(), kMaxUnitBytes));
    if (action.meaning() == v1::ACTION_MEANING_UNSPECIFIED ||
        !v1::ActionMeaning_IsValid(action.meaning())) {
      return Invalid(absl::StrCat(field, ".meaning"), "is missing or unknown; see ActionMeaning");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSources(const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(CheckCount("definitions.detection_sources",
                                    definitions.detection_sources_size(), kMaxDetectionSources));
  std::set<std::string> seen;
  for (int i = 0; i < definitions.detection_sources_size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat("definitions.detection_sources[", i, "].word"),
                                     definitions.detection_sources(i).word(), &seen));
  }
  return absl::OkStatus();
}

// As CheckText, with line breaks and tabs allowed: a text of several paragraphs.
absl::Status CheckParagraphs(absl::string_view field, std::string text, size_t limit) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return CheckText(field, text, limit);
}

}  // namespace

absl::Status CheckDefinitions(const v1::Definitions& definitions) {
  if (definitions.version() != 0) {
    return Invalid("definitions.version", "is given; the hub numbers versions");
  }
  VERVET_RETURN_IF_ERROR(CheckActions(definitions));
  VERVET_RETURN_IF_ERROR(CheckSources(definitions));
  VERVET_RETURN_IF_ERROR(
      CheckWords("definitions.taxon_groups", definitions.taxon_groups(), kMaxTaxonGroups));
  VERVET_RETURN_IF_ERROR(CheckWords("definitions.surfaces", definitions.surfaces(), kMaxSurfaces));
  VERVET_RETURN_IF_ERROR(CheckWords("definitions.platform_classes", definitions.platform_classes(),
                                    kMaxPlatformClasses));
  VERVET_RETURN_IF_ERROR(
      CheckWords("definitions.languages", definitions.languages(), kMaxSurveyLanguages));
  VERVET_RETURN_IF_ERROR(CheckCount("definitions.exposure_units", definitions.exposure_units_size(),
                                    kMaxExposureUnits));
  std::set<std::string> units;
  for (int i = 0; i < definitions.exposure_units_size(); ++i) {
    const std::string field = absl::StrCat("definitions.exposure_units[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckText(field, definitions.exposure_units(i), kMaxUnitBytes));
    if (!units.insert(definitions.exposure_units(i)).second) {
      return Invalid(field, "is there twice; each once");
    }
  }
  VERVET_RETURN_IF_ERROR(
      CheckParagraphs("definitions.positive", definitions.positive(), kMaxPositiveBytes));
  return CheckText("definitions.change", definitions.change(), kMaxReasonBytes);
}

namespace {

absl::Status CheckPanelMember(const std::string& field, const v1::PanelMember& member,
                              const v1::Definitions& definitions) {
  const auto party = net::ParseParty(member.party());
  if (!party.ok()) return Invalid(absl::StrCat(field, ".party"), party.status().message());
  if (party->role != v1::MEMBER) {
    return Invalid(absl::StrCat(field, ".party"), "must be a member, \"member/name\"");
  }
  if (!Has(definitions.platform_classes(), member.platform_class())) {
    return Invalid(absl::StrCat(field, ".platform_class"),
                   "is none of the definitions' platform classes; one of theirs");
  }
  if (!member.sharing_groups().empty()) {
    return Invalid(absl::StrCat(field, ".sharing_groups"),
                   "are given; the hub notes those that the member belongs to");
  }
  VERVET_RETURN_IF_ERROR(
      CheckCount(absl::StrCat(field, ".strata"), member.strata_size(), kMaxPanelStrata));
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (int i = 0; i < member.strata_size(); ++i) {
    const v1::SurveyStratum& stratum = member.strata(i);
    const std::string in = absl::StrCat(field, ".strata[", i, "]");
    if (!Has(definitions.surfaces(), stratum.surface())) {
      return Invalid(absl::StrCat(in, ".surface"), "is none of the definitions'; one of theirs");
    }
    if (!Has(definitions.taxon_groups(), stratum.taxon_group())) {
      return Invalid(absl::StrCat(in, ".taxon_group"),
                     "is none of the definitions'; one of theirs");
    }
    if (!Has(definitions.languages(), stratum.language())) {
      return Invalid(absl::StrCat(in, ".language"), "is none of the definitions'; one of theirs");
    }
    if (!seen.emplace(stratum.surface(), stratum.taxon_group(), stratum.language()).second) {
      return Invalid(in, "is there twice; each once");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPanelPeriods(const v1::Panel& panel) {
  const progress::Days baseline = FromProto(panel.baseline());
  if (!panel.has_baseline()) {
    return Invalid("panel.baseline",
                   "is missing; a reduction is against a baseline: name its first day and the day "
                   "after its last");
  }
  if (baseline.begin < 0 || baseline.begin >= baseline.end || baseline.end > 100'000) {
    return Invalid("panel.baseline",
                   "ends before it begins, or is empty; give the first day, and the first day "
                   "after the last, since 1970-01-01");
  }
  if (panel.first_period_begin() < baseline.end || panel.first_period_begin() > 100'000) {
    return Invalid("panel.first_period_begin",
                   "is before the baseline's end; the first month after the baseline, or a later "
                   "one");
  }
  if (!IsFirstOfMonth(panel.first_period_begin())) {
    return Invalid("panel.first_period_begin",
                   "is not the first day of a month; periods are months");
  }
  if (panel.period_months() < 1 || panel.period_months() > kMaxPeriodMonths) {
    return Invalid("panel.period_months",
                   absl::StrCat("is ", panel.period_months(), "; 1 to ", kMaxPeriodMonths));
  }
  if (panel.due_days() < 1 || panel.due_days() > kMaxDueDays) {
    return Invalid("panel.due_days", absl::StrCat("is ", panel.due_days(), "; 1 to ", kMaxDueDays));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPanel(const v1::Panel& panel, const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(CheckPanelPeriods(panel));
  const auto& units = definitions.exposure_units();
  if (std::find(units.begin(), units.end(), panel.unit()) == units.end()) {
    return Invalid("panel.unit", "is none of the definitions' units of exposure; one of theirs");
  }
  VERVET_RETURN_IF_ERROR(CheckCount("panel.members", panel.members_size(), kMaxPanelMembers));
  std::set<std::string> parties;
  for (int i = 0; i < panel.members_size(); ++i) {
    const std::string field = absl::StrCat("panel.members[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckPanelMember(field, panel.members(i), definitions));
    if (!parties.insert(panel.members(i).party()).second) {
      return Invalid(absl::StrCat(field, ".party"), "is there twice; each member once");
    }
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
