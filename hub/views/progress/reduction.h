// The reduction of a fixed panel, R = 1 - sum V1 pi1 / sum V0 pi0, with its 95% interval and the
// verdict against the target. docs/measuring-reduction.md derives it.
#ifndef VERVET_HUB_VIEWS_PROGRESS_REDUCTION_H_
#define VERVET_HUB_VIEWS_PROGRESS_REDUCTION_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "hub/views/progress/period_estimate.h"
#include "hub/views/progress/survey.h"

namespace vervet::hub::progress {

enum class Verdict {
  kCannotTell,
  kMet,     // the lower bound is at or above the target
  kNotMet,  // the upper bound is below it
};

// Why it cannot be told; in the order in which they are looked for.
enum class Reason {
  kNone,  // it can
  kNoBaseline,
  kNoFollowUp,
  kPpvUnknown,             // positives that nobody reviewed again
  kNoBaselinePositives,    // nothing was found in the baseline: there is nothing to fall from
  kBaselinePpvZero,        // what was found did not stand the second review
  kFollowUpPpvZero,        // nor in the follow-up, and some of it was not reviewed again
  kOneContributor,         // a member is not a coalition
  kStrataWithoutFollowUp,  // the panel is not complete
  kIntervalSpansTarget,    // too few positives to say
};

// What the reader is to know about a figure, whatever its verdict.
enum class Note {
  kSensitivityNotMeasured,  // taken to be the same in both periods
  kNothingFoundInFollowUp,  // the point is the median of the draws: a zero is no proof of none
  kPartOfBaseline,          // surveys cover a part of the period's days and stand for all of them
  kPartOfFollowUp,
  kLengthsDiffer,      // the follow-up's total was scaled to the baseline's length
  kLateJoinerWaits,    // strata without a baseline are left out, until a new panel
  kFewPositives,       // below 10 in a period: the interval is wide, and leans on the half positive
  kDefinitionsDiffer,  // not all surveys were counted under the same definitions
};

struct Reduction {
  Verdict verdict = Verdict::kCannotTell;
  Reason reason = Reason::kNone;
  std::vector<Note> notes;
  // None where the reason is one of the first seven. Never NaN; high is always below 1.
  std::optional<Interval> reduction;
  // Of the strata that the figure is of: those in both periods.
  Basis baseline;
  Basis follow_up;
  // Strata of the subset that are in one period only; the figure leaves them out.
  std::vector<Stratum> without_follow_up;
  std::vector<Stratum> without_baseline;
};

// One sentence in plain words, for pages and command lines.
std::string InWords(Reason reason);
std::string InWords(Note note);
absl::string_view NameOf(Verdict verdict);  // "met", "not met", "cannot tell"
absl::string_view NameOf(Reason reason);    // "no_baseline": for machines
absl::string_view NameOf(Note note);

inline constexpr double kTarget = 0.80;

// Both periods of one panel, kept up to date survey by survey. Estimates of members and of
// independent surveyors are kept apart, in a PanelEstimate each.
// Not thread-safe; const methods may run side by side.
class PanelEstimate {
 public:
  struct Options {
    size_t draws = 4000;
    double target = kTarget;
  };

  // INVALID_ARGUMENT where CheckPanel finds something.
  static absl::StatusOr<PanelEstimate> Create(const Panel& panel, const Options& options);

  // Adds a survey to the period that its days are in, or replaces the one of the same stratum and
  // days. INVALID_ARGUMENT names what is wrong; ALREADY_EXISTS where the days overlap another's.
  absl::Status Put(const Survey& survey);
  bool Remove(const Stratum& stratum, const Days& days);
  absl::Status PutTeam(const ReviewTeam& team);
  // Surveys of either period, each stratum drawn once. What Put would refuse stays out.
  void PutAll(absl::Span<const Survey> surveys);
  // The same baseline and teams against another follow-up with these surveys: costs the draws of
  // the follow-up, and of baseline strata that have a counterpart in only one of both follow-ups.
  // The figures are those of an estimate made from nothing, to the bit.
  PanelEstimate Against(const Days& follow_up, absl::Span<const Survey> surveys) const;

  Reduction Of(const Subset& subset) const;
  // What the figures of all subsets depend on beside the surveys of one period: which strata the
  // baseline has, and which of them have a counterpart in the follow-up. Equal where these sets
  // are equal.
  std::pair<uint64_t, uint64_t> StrataCompared() const;
  // How many strata were drawn for it so far.
  uint64_t strata_drawn() const { return baseline_.strata_drawn() + follow_up_.strata_drawn(); }

  const Panel& panel() const { return panel_; }
  const PeriodEstimate& baseline() const { return baseline_; }
  const PeriodEstimate& follow_up() const { return follow_up_; }

 private:
  PanelEstimate(const Panel& panel, const Options& options);
  absl::Status Check(const Survey& survey) const;
  void Match(const Stratum& stratum);

  Panel panel_;
  Options options_;
  PeriodEstimate baseline_;
  PeriodEstimate follow_up_;
};

// Of two periods what PanelEstimate::StrataCompared says of its own.
std::pair<uint64_t, uint64_t> StrataCompared(const PeriodEstimate& baseline,
                                             const PeriodEstimate& follow_up);

// The figure that both sides give, of one subset: what PanelEstimate::Of answers.
Reduction Compare(const Panel& panel, const PeriodEstimate::Side& before,
                  const PeriodEstimate::Side& after, double target);

// The verdict that an interval gives.
Verdict VerdictOf(const Interval& reduction, double target);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_REDUCTION_H_
