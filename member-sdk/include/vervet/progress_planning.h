// What stands around the progress figures: which panels compare whom, which periods were released,
// how much to sample, and whether offenders reappear elsewhere.
#ifndef VERVET_PROGRESS_PLANNING_H_
#define VERVET_PROGRESS_PLANNING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vervet/progress.h"
#include "vervet/time_point.h"

namespace vervet {

// A panel as this platform may see it: of its members it gets its own line, and how many there are.
struct PanelSummary {
  std::string panel;  // its name, for queries
  std::string title;
  DayRange baseline;
  std::string unit;  // of exposure, that surveys are to use
  uint32_t period_months = 0;
  uint32_t due_days = 0;  // a period is on time so long after its end
  uint32_t definition_version = 0;
  uint32_t members = 0;
  uint32_t strata = 0;   // of all members
  bool has_own = false;  // whether this platform is in it
  std::string own_platform_class;
  std::vector<Survey> own_strata;  // to survey in each period; strata alone
  std::vector<DayRange> periods;   // that have begun, by time
  std::vector<DayRange> released;  // of these
};

// A period shown to members.
struct ReleaseSummary {
  uint32_t release = 0;  // its number over all panels
  uint64_t sequence = 0;
  TimePoint released;  // hub's clock
  std::string panel;
  DayRange period;
  std::string note;
  uint32_t shown = 0;  // figures
  uint32_t withheld = 0;
  uint32_t replaced_by = 0;  // a later release of the same period; 0: none
};

// How the listings to review are shared out among strata.
enum class PlanAllocation {
  kByExposure,  // as many for each view
  kNeyman,      // more where prevalence is high: the fewest in all, if the guess holds
  kEqual,
};

struct PlanQuery {
  struct Stratum {
    std::string name;       // 1-128 bytes
    double exposure = 0;    // V
    double prevalence = 0;  // expected in the baseline, in (0, 1)
  };
  std::vector<Stratum> strata;  // 1-10,000, this platform's own
  double target = 0.8;
  double truth = 0.85;        // above the target
  double power = 0.8;         // chance of the verdict "met"
  double sensitivity = 1;     // share of positives that reviewers find
  double reviewed_again = 1;  // share of positives that get a second review
  double design_effect = 1;   // above 1 where listings are drawn in clusters
  PlanAllocation allocation = PlanAllocation::kByExposure;
};

struct SamplePlan {
  struct Line {
    std::string name;
    int64_t listings = 0;           // to review in each of both periods
    double baseline_positives = 0;  // to be expected
  };
  int64_t listings = 0;           // in each period, over all strata
  double baseline_positives = 0;  // confirmed, to be expected in all
  double follow_up_positives = 0;
  Interval likely;  // that so many positives will show
  std::vector<Line> lines;
};

// Of offender records: how often and how fast another member met the same signature. As of the
// newest release.
struct Displacement {
  struct Horizon {
    uint32_t days = 0;              // 30, 90, 365
    std::optional<Interval> share;  // none: no record was followed for so long
    int64_t followed = 0;
  };
  FigureSource source;
  std::optional<Reason> withheld;  // then there is nothing else
  int64_t offenders = 0;           // records followed
  int64_t reappeared = 0;
  int64_t already_there = 0;  // met elsewhere within a day: no displacement; not among `offenders`
  std::vector<Horizon> horizons;
  std::optional<double> quarter_after_days;  // none: not a quarter of them so far
  std::optional<double> half_after_days;
  std::optional<double> median_days_of_reappeared;  // looks at the quick ones
};

}  // namespace vervet

#endif  // VERVET_PROGRESS_PLANNING_H_
