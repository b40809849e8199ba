#include "hub/views/progress/reduction.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "hub/views/progress/checks.h"
#include "hub/views/progress/draws.h"

namespace vervet::hub::progress {
namespace {

constexpr double kLargestBelowOne = 1 - std::numeric_limits<double>::epsilon();
constexpr int64_t kFew = 10;

// What forbids an interval.
Reason WhyNoFigure(const Reduction& figure, bool any_baseline, bool any_follow_up) {
  const SurveySummary& before = figure.baseline.sums;
  const SurveySummary& after = figure.follow_up.sums;
  if (!any_baseline || (figure.baseline.strata == 0 && !figure.without_baseline.empty() &&
                        figure.without_follow_up.empty())) {
    return Reason::kNoBaseline;
  }
  if (!any_follow_up || figure.follow_up.strata == 0) return Reason::kNoFollowUp;
  if (before.of_unknown_ppv > 0 || after.of_unknown_ppv > 0) return Reason::kPpvUnknown;
  if (before.positives == 0) return Reason::kNoBaselinePositives;
  if (!(before.total > 0)) return Reason::kBaselinePpvZero;
  if (!(after.total > 0) && after.positives > after.reviewed_again) {
    return Reason::kFollowUpPpvZero;
  }
  return Reason::kNone;
}

std::vector<Note> NotesOf(const Reduction& figure, const Panel& panel) {
  std::vector<Note> notes;
  const auto note_if = [&notes](bool condition, Note note) {
    if (condition) notes.push_back(note);
  };
  const Basis& before = figure.baseline;
  const Basis& after = figure.follow_up;
  note_if(!before.sensitivity_measured || !after.sensitivity_measured,
          Note::kSensitivityNotMeasured);
  note_if(!(after.sums.total > 0), Note::kNothingFoundInFollowUp);
  note_if(before.covered < 1, Note::kPartOfBaseline);
  note_if(after.covered < 1, Note::kPartOfFollowUp);
  note_if(panel.baseline.length() != panel.follow_up.length(), Note::kLengthsDiffer);
  note_if(!figure.without_baseline.empty(), Note::kLateJoinerWaits);
  note_if(std::min(before.sums.positives, after.sums.positives) < kFew, Note::kFewPositives);
  std::set<int32_t> versions = before.definition_versions;
  versions.insert(after.definition_versions.begin(), after.definition_versions.end());
  note_if(versions.size() > 1, Note::kDefinitionsDiffer);
  return notes;
}

Interval IntervalOf(std::vector<double> before, const std::vector<double>& after, double scale,
                    const Reduction& figure) {
  for (size_t i = 0; i < before.size(); ++i) before[i] = 1 - scale * after[i] / before[i];
  Interval interval;
  std::tie(interval.low, interval.high) = MiddleOf(absl::MakeSpan(before));
  interval.point = figure.follow_up.sums.total > 0
                       ? 1 - scale * figure.follow_up.sums.total / figure.baseline.sums.total
                       : QuantileOf(absl::MakeSpan(before), 0.5);
  interval.point = std::min(interval.point, kLargestBelowOne);
  // One confirmed positive of little weight can be less than what the zeros of heavy strata hide;
  // a bound that its own figure is outside of would only bewilder.
  interval.low = std::min(interval.low, interval.point);
  interval.high = std::clamp(interval.high, interval.point, kLargestBelowOne);
  return interval;
}

}  // namespace

Verdict VerdictOf(const Interval& reduction, double target) {
  if (reduction.low >= target) return Verdict::kMet;
  if (reduction.high < target) return Verdict::kNotMet;
  return Verdict::kCannotTell;
}

PanelEstimate::PanelEstimate(const Panel& panel, const Options& options)
    : panel_(panel),
      options_(options),
      baseline_(panel.baseline, options.draws),
      follow_up_(panel.follow_up, options.draws) {}

absl::StatusOr<PanelEstimate> PanelEstimate::Create(const Panel& panel, const Options& options) {
  const absl::Status status = AsStatus(CheckPanel(panel));
  if (!status.ok()) return status;
  if (options.draws < 100 || options.draws > 100'000) {
    return absl::InvalidArgumentError("draws are outside 100 to 100,000: 4,000 are usual");
  }
  if (!(options.target > 0 && options.target < 1)) {
    return absl::InvalidArgumentError("target is outside (0, 1): 0.80 is the coalition's");
  }
  return PanelEstimate(panel, options);
}

void PanelEstimate::Match(const Stratum& stratum) {
  const bool both = baseline_.Has(stratum) && follow_up_.Has(stratum);
  baseline_.SetMatched(stratum, both);
  follow_up_.SetMatched(stratum, both);
}

absl::Status PanelEstimate::Check(const Survey& survey) const {
  std::vector<Problem> problems = CheckSurvey(survey, std::numeric_limits<int32_t>::max());
  const std::vector<Problem> misfits = CheckFits(survey, panel_);
  problems.insert(problems.end(), misfits.begin(), misfits.end());
  return AsStatus(problems);
}

absl::Status PanelEstimate::Put(const Survey& survey) {
  absl::Status status = Check(survey);
  if (!status.ok()) return status;
  const bool is_baseline = panel_.baseline.Contains(survey.days);
  const bool matched = (is_baseline ? follow_up_ : baseline_).Has(survey.stratum);
  status = (is_baseline ? baseline_ : follow_up_).Put(survey, matched);
  if (status.ok()) Match(survey.stratum);
  return status;
}

void PanelEstimate::PutAll(absl::Span<const Survey> surveys) {
  // Which strata each period will have, so that none is drawn as unmatched and then again.
  std::set<Stratum> before, after;
  for (const Stratum& stratum : baseline_.Strata()) before.insert(stratum);
  for (const Stratum& stratum : follow_up_.Strata()) after.insert(stratum);
  std::vector<const Survey*> fit;
  for (const Survey& survey : surveys) {
    if (!Check(survey).ok()) continue;
    fit.push_back(&survey);
    (panel_.baseline.Contains(survey.days) ? before : after).insert(survey.stratum);
  }
  std::vector<PeriodEstimate::Placed> baseline, follow_up;
  for (const Survey* survey : fit) {
    const bool is_baseline = panel_.baseline.Contains(survey->days);
    const bool matched = (is_baseline ? after : before).count(survey->stratum) > 0;
    (is_baseline ? baseline : follow_up).push_back({*survey, matched});
  }
  baseline_.PutAll(baseline);
  follow_up_.PutAll(follow_up);
  for (const Survey* survey : fit) Match(survey->stratum);
}

PanelEstimate PanelEstimate::Against(const Days& follow_up,
                                     absl::Span<const Survey> surveys) const {
  Panel panel = panel_;
  panel.follow_up = follow_up;
  PanelEstimate next(panel, options_);
  next.baseline_ = baseline_;
  for (const ReviewTeam& team : baseline_.Teams()) next.follow_up_.PutTeam(team);
  std::vector<PeriodEstimate::Placed> placed;
  for (const Survey& survey : surveys) {
    if (!follow_up.Contains(survey.days) || !next.Check(survey).ok()) continue;
    placed.push_back({survey, baseline_.Has(survey.stratum)});
  }
  next.follow_up_.PutAll(placed);
  for (const Stratum& stratum : next.baseline_.Strata()) next.Match(stratum);
  return next;
}

std::pair<uint64_t, uint64_t> StrataCompared(const PeriodEstimate& baseline,
                                             const PeriodEstimate& follow_up) {
  // Sums of hashes: the same whatever the order.
  std::pair<uint64_t, uint64_t> sums = {0, 0};
  for (const Stratum& stratum : baseline.Strata()) {
    const uint64_t hash =
        SeedOf({"stratum", stratum.member, stratum.surface, stratum.taxon_group, stratum.language});
    sums.first += hash;
    if (follow_up.Has(stratum)) sums.second += hash;
  }
  return sums;
}

std::pair<uint64_t, uint64_t> PanelEstimate::StrataCompared() const {
  return progress::StrataCompared(baseline_, follow_up_);
}

bool PanelEstimate::Remove(const Stratum& stratum, const Days& days) {
  const bool is_baseline = panel_.baseline.Contains(days);
  const bool removed = (is_baseline ? baseline_ : follow_up_).Remove(stratum, days);
  if (removed) Match(stratum);
  return removed;
}

absl::Status PanelEstimate::PutTeam(const ReviewTeam& team) {
  const absl::Status status = AsStatus(CheckTeam(team));
  if (!status.ok()) return status;
  baseline_.PutTeam(team);
  follow_up_.PutTeam(team);
  return absl::OkStatus();
}

Reduction PanelEstimate::Of(const Subset& subset) const {
  constexpr auto kMatched = PeriodEstimate::Which::kMatched;
  return Compare(panel_, baseline_.SideOf(subset, kMatched), follow_up_.SideOf(subset, kMatched),
                 options_.target);
}

Reduction Compare(const Panel& panel, const PeriodEstimate::Side& before,
                  const PeriodEstimate::Side& after, double target) {
  Reduction figure;
  figure.baseline = before.basis;
  figure.follow_up = after.basis;
  figure.without_follow_up = before.unmatched;
  figure.without_baseline = after.unmatched;
  const bool any_baseline = figure.baseline.strata > 0 || !figure.without_follow_up.empty();
  const bool any_follow_up = figure.follow_up.strata > 0 || !figure.without_baseline.empty();
  figure.reason = WhyNoFigure(figure, any_baseline, any_follow_up);
  if (figure.reason != Reason::kNone) return figure;

  const double scale = static_cast<double>(panel.baseline.length()) / panel.follow_up.length();
  figure.reduction = IntervalOf(before.Draws(), after.Draws(), scale, figure);
  figure.notes = NotesOf(figure, panel);
  if (figure.baseline.members.size() < 2) {
    figure.reason = Reason::kOneContributor;
  } else if (!figure.without_follow_up.empty()) {
    figure.reason = Reason::kStrataWithoutFollowUp;
  } else {
    figure.verdict = VerdictOf(*figure.reduction, target);
    if (figure.verdict == Verdict::kCannotTell) figure.reason = Reason::kIntervalSpansTarget;
  }
  return figure;
}

}  // namespace vervet::hub::progress
