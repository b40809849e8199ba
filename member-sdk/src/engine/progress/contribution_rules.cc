#include "member-sdk/src/engine/progress/contribution_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/outbox/record_rules.h"
#include "member-sdk/src/engine/progress/contribution_forms.h"

namespace vervet::engine {
namespace {

constexpr int32_t kLastDay = 100'000;  // in 2243
constexpr int64_t kMaxSampled = 1'000'000'000;
constexpr double kMinExposure = 1e-6;
constexpr double kMaxExposure = 1e13;
constexpr double kMaxDesignEffect = 1000;
constexpr double kMaxMissedWeight = 1e9;
constexpr double kMinInclusionProbability = 1e-12;
// What bands come to, sampled over inclusion_probability, against the frame's size.
constexpr double kMaxOfFrame = 10;
constexpr double kMinOfFrame = 0.01;
constexpr double kMaxMissedForOneFound = 1e6;
constexpr int kMaxBands = 64;
// Of the words that a remedy lists.
constexpr size_t kMaxListedBytes = 200;

// One contribution's mistakes, each with its field's path.
class Findings {
 public:
  Findings(std::string at, std::vector<std::string>* problems)
      : at_(std::move(at)), problems_(problems) {}

  bool Unless(bool fine, absl::string_view field, absl::string_view what,
              absl::string_view remedy) {
    if (!fine) problems_->push_back(absl::StrCat(at_, ".", field, ": ", what, "; ", remedy));
    return fine;
  }
  Findings In(absl::string_view field) const { return {absl::StrCat(at_, ".", field), problems_}; }

 private:
  std::string at_;
  std::vector<std::string>* problems_;
};

bool IsWord(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxWordIdBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
         });
}

template <typename Words, typename IdOf>
std::string Listed(const Words& words, IdOf id_of) {
  std::string text;
  for (const auto& word : words) {
    if (text.size() > kMaxListedBytes) return absl::StrCat(text, ", ...");
    absl::StrAppend(&text, text.empty() ? "" : ", ", id_of(word));
  }
  return text;
}

// Whether `value` is one of the definitions' words; without definitions, whether it could be one.
template <typename Words, typename IdOf>
bool CheckWord(Findings& findings, absl::string_view field, const std::string& value,
               const Words* words, IdOf id_of) {
  if (words == nullptr) {
    return findings.Unless(IsWord(value), field, "is not 1-64 of a-z, 0-9, _ and -",
                           "use an id of the definitions");
  }
  for (const auto& word : *words) {
    if (id_of(word) == value) return true;
  }
  return findings.Unless(false, field, "is not in the definitions",
                         absl::StrCat("use one of ", Listed(*words, id_of)));
}

const std::string& IdOfWord(const v1::DefinedWord& word) { return word.id(); }

class Checker {
 public:
  Checker(const ContributionFacts& facts, std::vector<std::string>* problems)
      : facts_(facts), definitions_(facts.definitions), problems_(problems) {}

  void Check(const v1::ContributeRequest& request) {
    for (int i = 0; i < request.contributions_size(); ++i) {
      const v1::Contribution& one = request.contributions(i);
      Findings findings(absl::StrCat("contributions[", i, "]"), problems_);
      if (one.has_activity()) CheckActivity(one.activity(), findings);
      if (one.has_survey()) CheckSurvey(one.survey(), findings);
      if (one.has_team()) CheckTeam(one.team(), findings);
    }
    CheckCells(request);
  }

 private:
  template <typename Message>
  const auto* Words(const Message& words) const {
    return definitions_ == nullptr ? nullptr : &words;
  }

  void CheckDays(const v1::Days& days, Findings& findings) {
    if (!findings.Unless(days.begin() < days.end(), "days", "end before they begin, or are none",
                         "give the first day, and the first day after the last") ||
        !findings.Unless(days.begin() >= 0 && days.end() <= kLastDay, "days",
                         "are outside 1970 to 2243", "give days since 1970-01-01")) {
      return;
    }
    findings.Unless(days.end() - days.begin() <= kMaxContributionDays, "days", "are more than 366",
                    "contribute month by month");
    findings.Unless(days.end() <= facts_.today, "days", "are not over yet",
                    "contribute when the last day has passed (UTC)");
  }

  template <typename Message>
  static void CheckRevision(const Message& message, Findings& findings) {
    findings.Unless(message.revision() > 0, "revision", "is 0",
                    "1 for the first, then one more each time");
    findings.Unless(!message.withdrawn() || message.revision() > 1, "withdrawn",
                    "is set on a first revision", "withdraw with the revision after the newest");
  }

  void CheckActivity(const v1::ActivityContribution& activity, Findings& findings) {
    const v1::Definitions& words =
        definitions_ == nullptr ? v1::Definitions::default_instance() : *definitions_;
    CheckDays(activity.days(), findings);
    CheckRevision(activity, findings);
    const auto id_of_action = [](const v1::ActionDefinition& action) -> const std::string& {
      return action.word().id();
    };
    if (CheckWord(findings, "action", activity.action(), Words(words.actions()), id_of_action) &&
        definitions_ != nullptr) {
      const auto& defined = *std::find_if(
          words.actions().begin(), words.actions().end(),
          [&](const auto& action) { return id_of_action(action) == activity.action(); });
      CheckAgainst(defined, activity, findings);
    }
    if (!activity.taxon_group().empty()) {
      CheckWord(findings, "taxon_group", activity.taxon_group(), Words(words.taxon_groups()),
                IdOfWord);
    }
    if (!activity.surface().empty()) {
      CheckWord(findings, "surface", activity.surface(), Words(words.surfaces()), IdOfWord);
    }
    findings.Unless(activity.count() <= kMaxActivityCount, "count", "is above 1,000,000,000,000",
                    "count in the action's unit");
    findings.Unless(activity.views_known_of() <= activity.count(), "views_known_of",
                    "is above count", "say of how many of the counted items views are known");
    findings.Unless(activity.views_before_removal() <= kMaxViewsBeforeRemoval,
                    "views_before_removal", "is above 1e15", "check the unit");
    findings.Unless(activity.has_views_before_removal() == (activity.views_known_of() > 0),
                    "views_before_removal", "does not go with views_known_of",
                    "give both, or neither");
  }

  // The unit and the detection source that the action asks for.
  void CheckAgainst(const v1::ActionDefinition& defined, const v1::ActivityContribution& activity,
                    Findings& findings) {
    findings.Unless(activity.unit() == defined.unit(), "unit", "is not the action's",
                    absl::StrCat("this action is counted in: ", defined.unit()));
    if (defined.meaning() != v1::ENFORCEMENT) {
      findings.Unless(activity.detected_by().empty(), "detected_by", "is given",
                      "leave it out: the action is no enforcement");
      return;
    }
    CheckWord(findings, "detected_by", activity.detected_by(), &definitions_->detection_sources(),
              [](const v1::DetectionSourceDefinition& source) -> const std::string& {
                return source.word().id();
              });
  }

  void CheckSurvey(const v1::SurveyContribution& survey, Findings& findings) {
    const v1::Definitions& words =
        definitions_ == nullptr ? v1::Definitions::default_instance() : *definitions_;
    CheckDays(survey.days(), findings);
    CheckRevision(survey, findings);
    const v1::SurveyStratum& stratum = survey.stratum();
    CheckWord(findings, "stratum.surface", stratum.surface(), Words(words.surfaces()), IdOfWord);
    CheckWord(findings, "stratum.taxon_group", stratum.taxon_group(), Words(words.taxon_groups()),
              IdOfWord);
    CheckWord(findings, "stratum.language", stratum.language(), Words(words.languages()), IdOfWord);
    findings.Unless(std::isfinite(survey.exposure()) && survey.exposure() > 0, "exposure",
                    "is not a positive number",
                    "a stratum without exposure has no share in the estimate: give its views or "
                    "active listings over these days");
    findings.Unless(!(survey.exposure() > kMaxExposure), "exposure", "is above 1e13",
                    "check the unit; at most 1e13 in one stratum");
    findings.Unless(!(survey.exposure() > 0 && survey.exposure() < kMinExposure), "exposure",
                    "is below 1e-6", "check the unit");
    const auto same = [](const std::string& unit) -> const std::string& { return unit; };
    if (definitions_ == nullptr) {
      findings.Unless(!survey.unit().empty() && survey.unit().size() <= kMaxUnitBytes, "unit",
                      "is not 1-64 bytes", "use a unit of exposure of the definitions");
    } else {
      CheckWord(findings, "unit", survey.unit(), &words.exposure_units(), same);
    }
    findings.Unless(IsWord(survey.team()), "team", "is not 1-64 of a-z, 0-9, _ and -",
                    "name the team that reviewed");
    CheckSamples(survey, findings);
  }

  static void CheckSamples(const v1::SurveyContribution& survey, Findings& findings) {
    const bool simple = survey.design() == v1::SIMPLE_RANDOM;
    findings.Unless(simple || survey.design() == v1::SCORE_STRATIFIED, "design", "is not given",
                    "say simple, or score-stratified");
    findings.Unless(survey.samples_size() >= 1 && survey.samples_size() <= kMaxBands, "samples",
                    "are none, or above 64", "give one sample, or one for each band of the score");
    findings.Unless(!simple || survey.samples_size() <= 1, "samples", "are several",
                    "a simple design has one sample; say score-stratified where there are bands");
    double sampled = 0;
    double listings = 0;  // that the samples stand for; infinite where a probability is none
    for (int i = 0; i < survey.samples_size(); ++i) {
      const v1::SurveySample& sample = survey.samples(i);
      Findings in_sample = findings.In(absl::StrCat("samples[", i, "]"));
      CheckSample(sample, simple, in_sample);
      sampled += static_cast<double>(sample.sampled());
      const double p = sample.inclusion_probability();
      listings += p > 0 ? static_cast<double>(sample.sampled()) / p
                        : std::numeric_limits<double>::infinity();
    }
    const double frame = survey.frame_listings();
    findings.Unless(frame == 0 || (std::isfinite(frame) && frame >= 1 && frame >= sampled),
                    "frame_listings", "is not a number, or below sampled",
                    "the frame holds at least the listings that were sampled from it; 0 where its "
                    "size is not known");
    findings.Unless(simple || !(frame >= 1) || !std::isfinite(listings) ||
                        (listings >= kMinOfFrame * frame && listings <= kMaxOfFrame * frame),
                    "frame_listings",
                    "is far from what the samples come to, sampled over inclusion_probability",
                    "check the unit of both; 0 where the frame's size is not known");
    const double effect = survey.design_effect();
    findings.Unless(effect == 0 || (effect >= 1 && effect <= kMaxDesignEffect), "design_effect",
                    "is outside [1, 1000]", "1 where listings were drawn one by one");
  }

  static void CheckSample(const v1::SurveySample& sample, bool simple, Findings& findings) {
    findings.Unless(sample.sampled() > 0 && sample.sampled() <= kMaxSampled, "sampled",
                    "is not from 1 to 1,000,000,000",
                    "count reviewed listings, not views; leave out a band that has none");
    findings.Unless(sample.positives() >= 0, "positives", "is negative", "count from 0");
    findings.Unless(sample.positives() <= sample.sampled(), "positives", "is above sampled",
                    "positives are a part of the listings sampled");
    findings.Unless(sample.reviewed_again() >= 0, "reviewed_again", "is negative", "count from 0");
    findings.Unless(sample.reviewed_again() <= sample.positives(), "reviewed_again",
                    "is above positives",
                    "count positives that were reviewed again; re-reviewed negatives belong to the "
                    "team's missed");
    findings.Unless(sample.confirmed() >= 0, "confirmed", "is negative", "count from 0");
    findings.Unless(sample.confirmed() <= sample.reviewed_again(), "confirmed",
                    "is above reviewed_again",
                    "confirmed positives are a part of those reviewed again");
    const double p = sample.inclusion_probability();
    findings.Unless((simple && p == 0) || (p >= kMinInclusionProbability && p <= 1),
                    "inclusion_probability", "is outside (0, 1], or below 1e-12",
                    "give the probability with which a listing of this band was drawn");
  }

  void CheckTeam(const v1::ReviewTeamContribution& team, Findings& findings) {
    CheckRevision(team, findings);
    findings.Unless(IsWord(team.team()), "team", "is not 1-64 of a-z, 0-9, _ and -",
                    "name the team as the surveys do");
    findings.Unless(team.found() >= 0 && team.found() <= kMaxSampled, "found",
                    "is negative or above 1,000,000,000", "count known positives that were found");
    findings.Unless(team.missed() >= 0 && team.missed() <= kMaxSampled, "missed",
                    "is negative or above 1,000,000,000", "count known positives that were missed");
    findings.Unless(team.found() > 0 || team.missed() <= 0, "found", "is 0 though some were missed",
                    "a team that finds none of the known positives cannot measure a prevalence: "
                    "train it, and survey again");
    const double weight = team.missed_weight();
    findings.Unless(weight == 0 || (weight > 0 && weight <= kMaxMissedWeight), "missed_weight",
                    "is outside (0, 1e9]",
                    "1 for a gold set; else the share of positives reviewed again over the share "
                    "of negatives");
    findings.Unless(
        team.found() <= 0 || !(static_cast<double>(team.missed()) * (weight == 0 ? 1 : weight) >
                               kMaxMissedForOneFound * static_cast<double>(team.found())),
        "missed", "is, weighted, above a million times found",
        "check missed_weight: a team that overlooks nearly all cannot measure a "
        "prevalence");
  }

  // What a cell is apart from its days.
  static std::string KeyOf(const v1::Contribution& one) {
    if (one.has_activity()) {
      const auto& a = one.activity();
      return absl::StrCat("a\n", a.action(), "\n", a.detected_by(), "\n", a.taxon_group(), "\n",
                          a.surface());
    }
    if (one.has_survey()) {
      const auto& s = one.survey().stratum();
      return absl::StrCat("s\n", s.surface(), "\n", s.taxon_group(), "\n", s.language());
    }
    return absl::StrCat("t\n", one.team().team());
  }

  static v1::Days DaysOf(const v1::Contribution& one) {
    if (one.has_activity()) return one.activity().days();
    return one.has_survey() ? one.survey().days() : v1::Days();
  }

  // Two contributions of one request to the same cell, or with days of one in the other's.
  void CheckCells(const v1::ContributeRequest& request) {
    std::vector<std::pair<std::string, int>> cells;
    for (int i = 0; i < request.contributions_size(); ++i) {
      cells.emplace_back(KeyOf(request.contributions(i)), i);
    }
    std::sort(cells.begin(), cells.end(), [&](const auto& a, const auto& b) {
      if (a.first != b.first) return a.first < b.first;
      return DaysOf(request.contributions(a.second)).begin() <
             DaysOf(request.contributions(b.second)).begin();
    });
    for (size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].first != cells[i - 1].first) continue;
      const v1::Contribution& earlier = request.contributions(cells[i - 1].second);
      const v1::Contribution& later = request.contributions(cells[i].second);
      Findings findings(absl::StrCat("contributions[", cells[i].second, "]"), problems_);
      findings.Unless(!later.has_team() && DaysOf(later).begin() >= DaysOf(earlier).end(),
                      later.has_team() ? "team" : "days",
                      absl::StrCat("of contributions[", cells[i - 1].second, "] are these too"),
                      "contribute each cell once; days of a cell do not overlap");
    }
  }

  const ContributionFacts& facts_;
  const v1::Definitions* const definitions_;
  std::vector<std::string>* const problems_;
};

}  // namespace

int32_t DayOf(absl::Time time) {
  return static_cast<int32_t>(absl::ToCivilDay(time, absl::UTCTimeZone()) -
                              absl::CivilDay(1970, 1, 1));
}

absl::StatusOr<vault::OutboxEntry> BuildContributions(const Contributions& batch,
                                                      const ContributionFacts& facts,
                                                      std::string request_id) {
  VERVET_RETURN_IF_ERROR(CheckText("signed_off_by", batch.signed_off_by, kMaxSignedOffBytes,
                                   "name who answers for the figures, for example \"Head of Trust "
                                   "and Safety\""));
  if (batch.contributions.empty() ||
      batch.contributions.size() > static_cast<size_t>(kMaxContributions)) {
    return absl::InvalidArgumentError(absl::StrCat("contributions: are ",
                                                   batch.contributions.size(), "; give 1-",
                                                   kMaxContributions, " in one call"));
  }
  v1::ContributeRequest request = ToProto(batch, facts.party, facts.definitions);
  request.set_request_id(request_id);
  std::vector<std::string> problems;
  Checker(facts, &problems).Check(request);
  if (!problems.empty()) {
    const size_t more = problems.size() - std::min(problems.size(), kMaxProblemsNamed);
    problems.resize(problems.size() - more);
    return absl::InvalidArgumentError(absl::StrCat(
        absl::StrJoin(problems, ". "), more == 0 ? "" : absl::StrCat(". And ", more, " more")));
  }
  vault::OutboxEntry entry;
  entry.kind = vault::OutboxKind::kContribute;
  entry.state = vault::OutboxState::kDraft;
  entry.request = request.SerializeAsString();
  if (entry.request.size() > kMaxContributeBytes) {
    return absl::InvalidArgumentError(absl::StrCat("contributions: take ", entry.request.size(),
                                                   " bytes together, at most ", kMaxContributeBytes,
                                                   "; give fewer in one call"));
  }
  entry.request_id = std::move(request_id);
  return entry;
}

}  // namespace vervet::engine
