#include "hub/views/progress/displacement.h"

#include <algorithm>
#include <cmath>

namespace vervet::hub::progress {
namespace {

constexpr double kZ = 1.959963984540054;

struct Followed {
  double days = 0;
  bool met = false;
};

// The first match by somebody else while the record was in force and known.
std::optional<absl::Time> FirstElsewhere(const OffenderSightings& record, absl::Time until) {
  std::optional<absl::Time> first;
  for (const OffenderSightings::Sighting& sighting : record.sightings) {
    if (sighting.by == record.published_by || sighting.first_matched > until) continue;
    if (!first.has_value() || sighting.first_matched < *first) first = sighting.first_matched;
  }
  return first;
}

std::vector<Followed> Follow(absl::Span<const OffenderSightings> records,
                             const DisplacementOptions& options, int64_t* already_there) {
  std::vector<Followed> followed;
  for (const OffenderSightings& record : records) {
    const absl::Time until = std::min(record.record_ends, options.as_of);
    if (until <= record.published_at) continue;
    const std::optional<absl::Time> met = FirstElsewhere(record, until);
    if (met.has_value() && *met <= record.published_at + options.already_there_within) {
      ++*already_there;
      continue;
    }
    const absl::Duration time = met.value_or(until) - record.published_at;
    followed.push_back({absl::ToDoubleHours(time) / 24, met.has_value()});
  }
  // Whoever is met on the day on which another's record ends was at risk together with it.
  std::sort(followed.begin(), followed.end(), [](const Followed& a, const Followed& b) {
    return a.days != b.days ? a.days < b.days : a.met > b.met;
  });
  return followed;
}

// Wilson's interval (1927) for the share, with the number of offenders that would give Greenwood's
// variance were none censored: it stays within [0, 1], and is right at a share of 0 too.
void SetInterval(double greenwood_sum, double at_risk, Reappearance* at) {
  const double share = *at->share;
  const double stays = 1 - share;
  double n = at_risk;
  if (share > 0 && stays > 0 && greenwood_sum > 0) n = share / (stays * greenwood_sum);
  const double z2 = kZ * kZ;
  const double center = (share + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(share * stays / n + z2 / (4 * n * n));
  at->low = share > 0 ? std::max(0.0, center - half) : 0;
  at->high = stays > 0 ? std::min(1.0, center + half) : 1;
}

// Kaplan and Meier's estimate up to a horizon.
Reappearance At(int days, const std::vector<Followed>& followed) {
  Reappearance result;
  result.days = days;
  double stays = 1;
  double greenwood_sum = 0;
  size_t at = 0;
  double at_risk = static_cast<double>(followed.size());
  for (; at < followed.size() && followed[at].days <= days; ++at) {
    at_risk = static_cast<double>(followed.size() - at);
    if (followed[at].met) {
      stays *= 1 - 1 / at_risk;
      if (at_risk > 1) greenwood_sum += 1 / (at_risk * (at_risk - 1));
    }
  }
  const int64_t beyond = static_cast<int64_t>(followed.size() - at);
  const int64_t met = std::count_if(followed.begin(), followed.begin() + static_cast<long>(at),
                                    [](const Followed& f) { return f.met; });
  result.followed = beyond + met;
  // Nobody is left to be followed that long, and not because all were met.
  if (followed.empty() || (beyond == 0 && stays > 0)) return result;
  result.share = 1 - stays;
  SetInterval(greenwood_sum, std::max(1.0, static_cast<double>(beyond)), &result);
  return result;
}

}  // namespace

Displacement EstimateDisplacement(absl::Span<const OffenderSightings> records,
                                  const DisplacementOptions& options) {
  Displacement result;
  const std::vector<Followed> followed = Follow(records, options, &result.already_there);
  result.offenders = static_cast<int64_t>(followed.size());
  std::vector<double> taken;
  double stays = 1;
  for (size_t i = 0; i < followed.size(); ++i) {
    if (!followed[i].met) continue;
    taken.push_back(followed[i].days);
    const size_t at_risk = followed.size() - i;
    stays *= 1 - 1 / static_cast<double>(at_risk);
    const double share = 1 - stays;
    if (share >= 0.25 && !result.quarter_after_days) result.quarter_after_days = followed[i].days;
    if (share >= 0.5 && !result.half_after_days) result.half_after_days = followed[i].days;
    if (!result.curve.empty() && result.curve.back().days == followed[i].days) {
      result.curve.back().share = share;
    } else {
      result.curve.push_back({followed[i].days, share, static_cast<int64_t>(at_risk)});
    }
  }
  result.reappeared = static_cast<int64_t>(taken.size());
  if (!taken.empty()) {  // sorted
    const size_t half = taken.size() / 2;
    result.median_days_of_reappeared =
        taken.size() % 2 == 1 ? taken[half] : (taken[half - 1] + taken[half]) / 2;
  }
  for (int days : options.horizons_days) result.horizons.push_back(At(days, followed));
  return result;
}

}  // namespace vervet::hub::progress
