// The grid of the coverage simulation: prevalences from 1e-5 to 1e-2, 1 to 40 strata, reviewers'
// error, samples without a positive, exposures that differ a thousandfold.
#include "tests/hub/views/progress/made_up_coalition.h"

namespace vervet::hub::progress {
namespace {

using Allocation = Scenario::Allocation;

Scenario Plain(const char* name, int strata, double lowest, double highest, double positives) {
  Scenario s;
  s.name = name;
  s.strata = strata;
  s.lowest_prevalence = lowest;
  s.highest_prevalence = highest;
  s.baseline_positives = positives;
  return s;
}

Scenario Uneven(Scenario s, double exposure_sigma, double reduction_sigma, Allocation allocation) {
  s.exposure_sigma = exposure_sigma;
  s.reduction_sigma = reduction_sigma;
  s.allocation = allocation;
  return s;
}

Scenario Falling(Scenario s, double reduction) {
  s.reduction = reduction;
  return s;
}

Scenario Reviewed(Scenario s, double sensitivity, double specificity, double again, int64_t gold,
                  int teams) {
  s.sensitivity = sensitivity;
  s.specificity = specificity;
  s.reviewed_again = again;
  s.gold_set = gold;
  s.teams = teams;
  return s;
}

Scenario Later(Scenario s, double follow_up_sensitivity) {
  s.follow_up_sensitivity = follow_up_sensitivity;
  return s;
}

Scenario Scored(Scenario s) {
  s.scored = true;
  return s;
}

}  // namespace

std::vector<Scenario> Scenarios() {
  const auto equal = Allocation::kEqual;
  const auto by_exposure = Allocation::kByExposure;
  const auto at_random = Allocation::kAtRandom;
  return {
      Plain("1 stratum, 100 positives", 1, 1e-4, 1e-4, 100),
      Plain("1 stratum, 10 positives", 1, 1e-5, 1e-5, 10),
      Falling(Plain("1 stratum, follow-up mostly zero", 1, 1e-4, 1e-4, 30), 0.97),
      Uneven(Plain("5 strata, uneven, 50 positives", 5, 1e-5, 1e-2, 50), 1, 0.3, at_random),
      Uneven(Plain("10 strata, one prevalence, 30", 10, 1e-4, 1e-4, 30), 1, 0, equal),
      Plain("40 sparse strata, even, 20", 40, 1e-5, 1e-5, 20),
      Uneven(Plain("40 sparse strata, uneven, 20", 40, 1e-5, 1e-4, 20), 1, 0.3, equal),
      Uneven(Plain("40 sparse, very uneven, 40", 40, 1e-5, 1e-2, 40), 2, 0.3, equal),
      Uneven(Plain("40 sparse, by exposure, 40", 40, 1e-5, 1e-2, 40), 2, 0.3, by_exposure),
      Uneven(Plain("40 strata, uneven, 200", 40, 1e-5, 1e-2, 200), 1.5, 0.5, at_random),
      Falling(Uneven(Plain("20 strata, no reduction, 60", 20, 1e-5, 1e-3, 60), 1, 0.3, at_random),
              0),
      Falling(Uneven(Plain("20 strata, 95% gone, 100", 20, 1e-5, 1e-3, 100), 1, 0.3, equal), 0.95),
      Uneven(Plain("40 dense strata, 5,000", 40, 1e-4, 1e-2, 5000), 1, 0.3, at_random),
      Reviewed(Plain("false alarms 1:1, all reviewed", 4, 1e-4, 1e-4, 200), 0.9, 0.9999, 1, 0, 1),
      Reviewed(
          Uneven(Plain("false alarms 10:1, all reviewed", 20, 1e-5, 1e-3, 100), 1, 0.3, at_random),
          0.9, 0.999, 1, 0, 1),
      Reviewed(Uneven(Plain("false alarms, half reviewed", 10, 1e-4, 1e-3, 150), 1, 0.3, at_random),
               0.9, 0.9999, 0.5, 0, 4),
      Reviewed(
          Uneven(Plain("false alarms, a fifth reviewed", 8, 1e-4, 1e-3, 800), 1, 0.3, by_exposure),
          0.9, 0.9998, 0.2, 0, 2),
      Later(Reviewed(Plain("sensitivity fell, gold set of 100", 5, 1e-4, 1e-4, 300), 0.9, 0.9999, 1,
                     100, 1),
            0.6),
      Later(Reviewed(
                Uneven(Plain("8 teams, gold sets of 50", 40, 1e-5, 1e-3, 400), 1, 0.3, at_random),
                0.7, 0.9999, 1, 50, 8),
            0.9),
      Scored(
          Reviewed(Uneven(Plain("score-stratified, 10 strata", 10, 1e-4, 1e-3, 60), 1, 0.3, equal),
                   0.9, 0.9999, 1, 0, 1)),
  };
}

}  // namespace vervet::hub::progress
