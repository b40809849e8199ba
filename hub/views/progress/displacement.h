// Do offenders go elsewhere? For each offender record: after how many days did another member first
// meet the same offender? A record that nobody has met yet says only "not up to now", so shares
// are Kaplan and Meier's (1958), censored where the record ended or the question is asked.
#ifndef VERVET_HUB_VIEWS_PROGRESS_DISPLACEMENT_H_
#define VERVET_HUB_VIEWS_PROGRESS_DISPLACEMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"

namespace vervet::hub::progress {

struct OffenderSightings {
  absl::Time published_at;
  std::string published_by;
  absl::Time record_ends = absl::InfiniteFuture();  // expired, retracted: nobody looks any longer
  struct Sighting {
    absl::Time first_matched;
    std::string by;
  };
  std::vector<Sighting> sightings;  // any order; those by the publisher do not count
};

struct DisplacementOptions {
  absl::Time as_of;
  // Met within this time after publication, an offender had been there before: accounts on two
  // platforms are no displacement. Such records are counted by themselves, and left out of shares.
  absl::Duration already_there_within = absl::Hours(24);
  std::vector<int> horizons_days = {30, 90, 365};
};

// The share of offenders that another member has met by that many days after publication.
struct Reappearance {
  int days = 0;
  // None where no record was followed for that long.
  std::optional<double> share;
  double low = 0;  // 95%; in [0, 1]
  double high = 1;
  int64_t followed = 0;  // records still at risk, or already met, at the horizon
};

struct Displacement {
  int64_t offenders = 0;      // in shares
  int64_t reappeared = 0;     // met elsewhere so far
  int64_t already_there = 0;  // see above; not in `offenders`
  std::vector<Reappearance> horizons;
  // Days until a quarter and half of all offenders have reappeared; none where they have not.
  std::optional<double> quarter_after_days;
  std::optional<double> half_after_days;
  // Of those that reappeared, the median of the days it took. It looks at the quick ones only, as
  // long as many are not followed to the end: say so beside it.
  std::optional<double> median_days_of_reappeared;
  struct Step {
    double days = 0;
    double share = 0;
    int64_t at_risk = 0;
  };
  std::vector<Step> curve;  // where it rises
};

// Records published after as_of, and matches after it, are not known yet. Figures rest on what
// members report: a platform that does not check cannot meet anybody.
Displacement EstimateDisplacement(absl::Span<const OffenderSightings> records,
                                  const DisplacementOptions& options);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_DISPLACEMENT_H_
