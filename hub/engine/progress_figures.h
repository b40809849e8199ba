// The estimates of progress, kept up to date: a new contribution costs what it changes, and a
// figure that nothing has touched is not computed again.
//
// What is asked for as of an older event is computed from what stood then. It comes out the same to
// the last bit, because an estimate does not depend on the order in which contributions came.
#ifndef VERVET_HUB_ENGINE_PROGRESS_FIGURES_H_
#define VERVET_HUB_ENGINE_PROGRESS_FIGURES_H_

#include <array>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "hub/engine/progress_tallies.h"
#include "hub/log/shared_state.h"
#include "hub/views/progress/moved_period.h"
#include "hub/views/progress/reduction.h"
#include "hub/views/progress_ledger.h"

namespace vervet::hub {

// Of one subset, in one period.
struct ProgressFigure {
  progress::Reduction reduction;                 // against the baseline, where it was asked for
  std::optional<progress::Interval> prevalence;  // none: no survey, or a PPV that is not known
  progress::Basis basis;                         // of the prevalence: all strata of the period
};

// Thread-safe; one computes at a time. Of 2,400 strata a figure whose estimate is at hand takes a
// millisecond or two; one that was known before some strata of its period were revised, some tens;
// an estimate from nothing about 0.2 seconds. Not for gRPC's own threads.
class ProgressFigures {
 public:
  // The state outlives it.
  explicit ProgressFigures(const SharedState* state) : state_(state) {}

  // What is asked for. `position` is one that the log has reached.
  struct Key {
    std::string panel;
    progress::Days period;  // a reporting period, or the baseline
    bool independent = false;
    uint64_t position = 0;
  };
  // A prevalence is of its period alone, which is less to compute. The baseline has no reduction.
  enum class What { kReduction, kPrevalence };
  // NOT_FOUND: no such panel.
  absl::StatusOr<ProgressFigure> Of(const Key& key, const progress::Subset& subset,
                                    What what = What::kReduction);
  // Whether the figure is at hand without another estimate.
  bool IsAtHand(const Key& key, const progress::Subset& subset, What what = What::kReduction);

  // What lines need beside estimates.
  ProgressTallies& tallies() { return tallies_; }

  // Estimates made, and strata drawn, so far; for tests of what a contribution costs.
  uint64_t built() const {
    MutexLock lock(mutex_);
    return built_;
  }
  uint64_t strata_drawn() const {
    MutexLock lock(mutex_);
    return drawn_;
  }

 private:
  // Estimates kept: of both periods, each up to about 40 MB where 60 members have 40 strata; of one
  // period, half of that. The two last used, and those of the newest periods, to which
  // contributions come.
  static constexpr size_t kMaxOfBoth = 5;
  static constexpr size_t kMaxOfOne = 5;
  static constexpr size_t kMaxResults = 50'000;
  // Sides kept, 32 kB each: ten subsets over ten years of months are 1,200 to compare, and as many
  // of prevalences, which share the sums where every stratum is in both periods.
  static constexpr size_t kMaxSides = 4'096;
  // Beside first days of periods in touches_.
  static constexpr int32_t kTeams = -1;
  static constexpr int32_t kBaseline = -2;

  enum class Scope { kBoth, kFollowUp, kBaseline };  // whose surveys an estimate holds
  // panel, first day of the reporting period, independent, position (kNever: what stands now)
  using EstimateKey = std::tuple<std::string, int32_t, bool, uint64_t, Scope>;
  struct Estimate {
    EstimateKey key;
    progress::PanelEstimate panel;
    uint64_t through = 0;  // rows up to this event were taken in
    // Of the baseline, by subset; emptied when anything is taken in.
    std::map<std::array<std::string, 4>, progress::PeriodEstimate::Side> before;
    std::pair<uint64_t, uint64_t> strata;  // StrataCompared
  };
  // ... and the subset
  using ResultKey = std::tuple<EstimateKey, std::string, std::string, std::string, std::string>;
  struct Result {
    uint64_t through = 0;
    ProgressFigure figure;
    // Of what stands now: the period's side, for when the baseline alone changes, and for when some
    // of the period's own strata do.
    std::optional<progress::PeriodEstimate::Side> side;
    progress::Days follow_up;
    std::pair<uint64_t, uint64_t> strata;
  };
  // A period of which no estimate is kept, and what some revisions of it changed.
  struct Moved {
    EstimateKey key;
    // The first and the last of the rows that changed it, and how many: the same for all of its
    // figures.
    std::tuple<uint64_t, uint64_t, size_t> rows;
    uint64_t through = 0;
    uint64_t baseline_strata = 0;                 // of StrataCompared; 0: no baseline was asked
    std::optional<progress::MovedPeriod> period;  // none: it takes an estimate
  };
  struct Change;
  struct Since;
  struct All;
  struct Revisions;

  absl::StatusOr<EstimateKey> Resolve(const Key& key, What what)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NoteTouches(const ProgressLedger& ledger) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t LastTouch(const EstimateKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  All CollectAll(const EstimateKey& key, bool with_baseline) const;
  Since CollectSince(const EstimateKey& key, uint64_t after) const;
  absl::StatusOr<Estimate*> UpToDate(const EstimateKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Estimate*> Make(const EstimateKey& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(const Since& since, Estimate* estimate) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Estimate* Find(const EstimateKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Another estimate of the same baseline and a follow-up, as of the same event; null where none is
  // at hand. Of several the one with the most strata: it has most in common with others.
  const Estimate* Sibling(const EstimateKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The estimate that the figure can be had of with the least work.
  EstimateKey Source(const EstimateKey& key, const ResultKey& result) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldPeriods(Scope scope) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Result* Fresh(const ResultKey& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // In progress_figures_moved.cc: a result brought up to date without an estimate of its period.
  Revisions CollectRevisions(const EstimateKey& key, uint64_t after) const;
  const Moved* MovedSince(const EstimateKey& key, uint64_t after, const Estimate* sibling)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False: it takes an estimate.
  bool MoveOn(const ResultKey& key, const progress::Subset& subset)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void KeepSide(const ResultKey& key, progress::PeriodEstimate::Side side, Result* result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether an estimate against the same baseline tells what has changed of the result.
  bool WillDo(const Estimate& sibling, const ResultKey& key) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Compare(const progress::Subset& subset, Estimate* sibling, Result* result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Fill(const ResultKey& key, const progress::Subset& subset, Estimate* estimate)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SharedState* const state_;
  ProgressTallies tallies_;
  mutable Mutex mutex_;
  std::list<Estimate> estimates_ ABSL_GUARDED_BY(mutex_);  // the last used first
  std::map<ResultKey, Result> results_ ABSL_GUARDED_BY(mutex_);
  // The last event that touched a panel's period, its baseline, or a team.
  std::map<std::tuple<std::string, int32_t, bool>, uint64_t> touches_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, uint64_t> noted_ ABSL_GUARDED_BY(mutex_);  // by panel: rows looked at
  size_t sides_ ABSL_GUARDED_BY(mutex_) = 0;                       // results with a side
  std::unique_ptr<Moved> moved_ ABSL_GUARDED_BY(mutex_);           // the last
  uint64_t built_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t drawn_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_FIGURES_H_
