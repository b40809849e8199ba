#include "hub/views/progress/checks.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace vervet::hub::progress {
namespace {

class Findings {
 public:
  void Unless(bool fine, std::string field, absl::string_view what, absl::string_view remedy) {
    if (!fine) problems_.push_back({std::move(field), std::string(what), std::string(remedy)});
  }
  std::vector<Problem> Take() { return std::move(problems_); }

 private:
  std::vector<Problem> problems_;
};

bool InUnit(double probability) {
  return probability >= kMinInclusionProbability && probability <= 1;
}

// Whether the bands' listings come to about the frame's size.
bool FitsFrame(const Survey& survey) {
  double listings = 0;
  for (const Sample& sample : survey.samples) {
    if (!InUnit(sample.inclusion_probability)) return true;  // said already
    listings += static_cast<double>(sample.sampled) / sample.inclusion_probability;
  }
  return listings >= kMinOfFrame * survey.frame_listings &&
         listings <= kMaxOfFrame * survey.frame_listings;
}

void CheckDays(Findings* findings, const std::string& field, const Days& days) {
  findings->Unless(days.begin < days.end, field, "ends before it begins, or is empty",
                   "give the first day, and the first day after the last");
  findings->Unless(days.begin >= 0 && days.end <= 100'000, field, "is outside 1970 to 2243",
                   "give days since 1970-01-01");
}

void CheckSample(Findings* findings, const std::string& field, const Sample& sample,
                 Design design) {
  const auto in = [&field](absl::string_view name) { return absl::StrCat(field, ".", name); };
  findings->Unless(sample.sampled > 0, in("sampled"), "is not positive",
                   "say how many listings were reviewed; leave out a band that has none");
  findings->Unless(sample.sampled <= kMaxSampled, in("sampled"), "is above 1,000,000,000",
                   "count reviewed listings, not views");
  findings->Unless(sample.positives >= 0, in("positives"), "is negative", "count from 0");
  findings->Unless(sample.positives <= sample.sampled, in("positives"), "is above sampled",
                   "positives are a part of the listings sampled");
  findings->Unless(sample.reviewed_again >= 0, in("reviewed_again"), "is negative", "count from 0");
  findings->Unless(sample.reviewed_again <= sample.positives, in("reviewed_again"),
                   "is above positives",
                   "count positives that were reviewed again; re-reviewed negatives belong to the "
                   "team's missed");
  findings->Unless(sample.confirmed >= 0, in("confirmed"), "is negative", "count from 0");
  findings->Unless(sample.confirmed <= sample.reviewed_again, in("confirmed"),
                   "is above reviewed_again",
                   "confirmed positives are a part of those reviewed again");
  const double p = sample.inclusion_probability;
  const bool may_be_unknown = design == Design::kSimple && p == 0;
  findings->Unless(may_be_unknown || InUnit(p), in("inclusion_probability"),
                   "is outside (0, 1], or below 1e-12",
                   "give the probability with which a listing of this band was drawn");
}

}  // namespace

std::vector<Problem> CheckSurvey(const Survey& survey, int32_t today) {
  Findings findings;
  findings.Unless(!survey.stratum.member.empty(), "stratum.member", "is empty", "name the member");
  findings.Unless(!survey.stratum.surface.empty(), "stratum.surface", "is empty",
                  "name the surface, from the definitions");
  findings.Unless(!survey.stratum.taxon_group.empty(), "stratum.taxon_group", "is empty",
                  "name the taxon group, from the definitions");
  CheckDays(&findings, "days", survey.days);
  findings.Unless(survey.days.end <= today, "days", "are not over yet",
                  "send the survey when its last day has passed");
  findings.Unless(std::isfinite(survey.exposure) && survey.exposure > 0, "exposure",
                  "is not a positive number",
                  "a stratum without exposure has no share in the estimate: give its views or "
                  "active listings over these days");
  findings.Unless(!(survey.exposure > kMaxExposure), "exposure", "is above 1e13",
                  "check the unit; at most 1e13 in one stratum");
  findings.Unless(!(survey.exposure > 0 && survey.exposure < kMinExposure), "exposure",
                  "is below 1e-6", "check the unit");
  findings.Unless(!survey.unit.empty(), "unit", "is empty", "name the unit of the exposure");
  findings.Unless(survey.design_effect >= 1 && survey.design_effect <= kMaxDesignEffect,
                  "design_effect", "is outside [1, 1000]",
                  "1 where listings were drawn one by one");
  const bool frame_given = survey.frame_listings != 0;
  findings.Unless(
      !frame_given || (std::isfinite(survey.frame_listings) && survey.frame_listings >= 1),
      "frame_listings", "is not a positive number", "give the frame's size, or leave it out");
  const bool simple = survey.design == Design::kSimple;
  findings.Unless(!survey.samples.empty() && survey.samples.size() <= kMaxBands, "samples",
                  "are none, or above 64", "give one sample, or one for each band of the score");
  findings.Unless(!simple || survey.samples.size() <= 1, "samples", "are several",
                  "a simple design has one sample; say score-stratified where there are bands");
  int64_t sampled = 0;
  for (size_t i = 0; i < survey.samples.size() && i < kMaxBands; ++i) {
    CheckSample(&findings, absl::StrCat("samples[", i, "]"), survey.samples[i], survey.design);
    if (survey.samples[i].sampled > 0) sampled += survey.samples[i].sampled;
  }
  findings.Unless(!frame_given || !(survey.frame_listings < static_cast<double>(sampled)),
                  "frame_listings", "is below sampled",
                  "the frame holds at least the listings that were sampled from it");
  findings.Unless(simple || !(survey.frame_listings >= 1) || FitsFrame(survey), "frame_listings",
                  "is far from what the samples come to, sampled over inclusion_probability",
                  "check the unit of both; 0 where the frame's size is not known");
  findings.Unless(!survey.team.empty(), "team", "is empty", "name the team that reviewed");
  return findings.Take();
}

std::vector<Problem> CheckTeam(const ReviewTeam& team) {
  Findings findings;
  findings.Unless(!team.name.empty(), "name", "is empty", "name the team");
  findings.Unless(team.found >= 0 && team.found <= kMaxSampled, "found",
                  "is negative or above 1,000,000,000", "count known positives that were found");
  findings.Unless(team.missed >= 0 && team.missed <= kMaxSampled, "missed",
                  "is negative or above 1,000,000,000", "count known positives that were missed");
  findings.Unless(team.found > 0 || team.missed == 0, "found", "is 0 though some were missed",
                  "a team that finds none of the known positives cannot measure a prevalence: "
                  "train it, and survey again");
  findings.Unless(
      std::isfinite(team.missed_weight) && team.missed_weight > 0 && team.missed_weight <= 1e9,
      "missed_weight", "is outside (0, 1e9]",
      "1 for a gold set; else the share of positives reviewed again over the share of negatives");
  findings.Unless(team.found <= 0 || !(static_cast<double>(team.missed) * team.missed_weight >
                                       kMaxMissedForOneFound * static_cast<double>(team.found)),
                  "missed", "is, weighted, above a million times found",
                  "check missed_weight: a team that overlooks nearly all cannot measure a "
                  "prevalence");
  return findings.Take();
}

std::vector<Problem> CheckPanel(const Panel& panel) {
  Findings findings;
  findings.Unless(!panel.name.empty(), "name", "is empty", "name the panel");
  findings.Unless(!panel.unit.empty(), "unit", "is empty",
                  "name one unit of exposure; another unit needs a panel of its own");
  findings.Unless(panel.baseline.length() > 0, "baseline", "is missing",
                  "a reduction is against a baseline: give its first day and the day after its "
                  "last");
  if (panel.baseline.length() > 0) CheckDays(&findings, "baseline", panel.baseline);
  CheckDays(&findings, "follow_up", panel.follow_up);
  findings.Unless(panel.baseline.end <= panel.follow_up.begin, "follow_up",
                  "overlaps the baseline, or is before it",
                  "begin the follow-up on or after the day on which the baseline ends");
  return findings.Take();
}

std::vector<Problem> CheckFits(const Survey& survey, const Panel& panel) {
  Findings findings;
  findings.Unless(survey.unit == panel.unit, "unit", "is not the panel's",
                  "exposures of different units are never added: survey in the panel's unit");
  findings.Unless(panel.baseline.Contains(survey.days) || panel.follow_up.Contains(survey.days),
                  "days", "are not within the panel's baseline or follow-up",
                  "split the survey where a period ends, or choose a panel whose periods hold it");
  return findings.Take();
}

absl::Status AsStatus(absl::Span<const Problem> problems) {
  if (problems.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrJoin(problems, " ", [](std::string* out, const Problem& problem) {
        absl::StrAppend(out, problem.field, " ", problem.what, ": ", problem.remedy, ".");
      }));
}

}  // namespace vervet::hub::progress
