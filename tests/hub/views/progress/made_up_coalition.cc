#include "tests/hub/views/progress/made_up_coalition.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace vervet::hub::progress {
namespace {

constexpr Days kBaseline = {20'000, 20'365};
constexpr Days kFollowUp = {20'365, 20'730};

// Where listings are, by the detector's score, and where the offending ones are.
struct BandOfScore {
  double listings;
  double positives;
  double effort;  // of the sample's size
};
constexpr BandOfScore kBands[] = {{0.001, 0.70, 0}, {0.019, 0.25, 0.5}, {0.98, 0.05, 0.5}};

struct TrueStratum {
  Stratum stratum;
  double exposure[2];
  double prevalence[2];
  double sampled;
  int team;
};

int64_t Confirmed(DrawStream* chance, int64_t right, int64_t wrong, int64_t reviewed) {
  int64_t confirmed = 0;
  for (; reviewed > 0 && right + wrong > 0; --reviewed) {
    if (chance->Uniform() * static_cast<double>(right + wrong) < static_cast<double>(right)) {
      ++confirmed;
      --right;
    } else {
      --wrong;
    }
  }
  return confirmed;
}

Sample Look(DrawStream* chance, const Scenario& scenario, double sensitivity, int64_t n,
            double prevalence) {
  Sample sample;
  sample.sampled = n;
  const auto draw = [chance](int64_t of, double p) {
    return static_cast<int64_t>(chance->Binomial(static_cast<uint64_t>(of), p));
  };
  const int64_t offending = draw(n, prevalence);
  const int64_t found = draw(offending, sensitivity);
  const int64_t false_alarms = draw(n - offending, 1 - scenario.specificity);
  sample.positives = found + false_alarms;
  sample.reviewed_again = static_cast<int64_t>(
      std::ceil(scenario.reviewed_again * static_cast<double>(sample.positives)));
  sample.confirmed = Confirmed(chance, found, false_alarms, sample.reviewed_again);
  return sample;
}

std::vector<Sample> LookByScore(DrawStream* chance, const Scenario& scenario, double sensitivity,
                                const TrueStratum& stratum, int period, double* frame) {
  // The frame is small enough for its highest band to be reviewed in full.
  *frame = std::max(2000.0, std::floor(stratum.sampled * 100));
  std::vector<Sample> samples;
  for (const BandOfScore& band : kBands) {
    const double listings = std::floor(*frame * band.listings);
    const double prevalence =
        std::min(0.9, stratum.prevalence[period] * band.positives / band.listings);
    const double n = band.effort == 0
                         ? listings
                         : std::clamp(std::floor(stratum.sampled * band.effort), 1.0, listings);
    samples.push_back(Look(chance, scenario, sensitivity, static_cast<int64_t>(n), prevalence));
    samples.back().inclusion_probability = n / listings;
  }
  return samples;
}

std::vector<TrueStratum> TruthOf(const Scenario& scenario, DrawStream* chance) {
  std::vector<TrueStratum> strata(scenario.strata);
  double exposures = 0;
  std::vector<double> shares(scenario.strata);
  for (int i = 0; i < scenario.strata; ++i) {
    TrueStratum& s = strata[i];
    s.stratum = {absl::StrCat("member-", i % 8), absl::StrCat("surface-", i), "ivory", "en"};
    s.team = i % scenario.teams;
    s.exposure[0] = 1e7 * std::exp(scenario.exposure_sigma * chance->Normal());
    s.exposure[1] = s.exposure[0] * std::exp(0.2 * chance->Normal());
    s.prevalence[0] = scenario.lowest_prevalence *
                      std::exp(std::log(scenario.highest_prevalence / scenario.lowest_prevalence) *
                               chance->Uniform());
    const double left =
        (1 - scenario.reduction) * std::exp(scenario.reduction_sigma * chance->Normal());
    s.prevalence[1] = std::min(0.05, s.prevalence[0] * left);
    exposures += s.exposure[0];
    shares[i] = std::exp(0.7 * chance->Normal());
  }
  double share_sum = 0;
  for (int i = 0; i < scenario.strata; ++i) {
    if (scenario.allocation == Scenario::Allocation::kEqual) shares[i] = 1;
    if (scenario.allocation == Scenario::Allocation::kByExposure) {
      shares[i] = strata[i].exposure[0] / exposures;
    }
    share_sum += shares[i];
  }
  double positives_per_listing = 0;
  for (int i = 0; i < scenario.strata; ++i) {
    positives_per_listing += shares[i] / share_sum * strata[i].prevalence[0];
  }
  for (int i = 0; i < scenario.strata; ++i) {
    strata[i].sampled =
        std::max(50.0, scenario.baseline_positives / positives_per_listing * shares[i] / share_sum);
  }
  return strata;
}

void MustBeOk(const absl::Status& status) {
  if (status.ok()) return;
  fprintf(stderr, "made-up coalition: %s\n", status.ToString().c_str());
  abort();
}

std::string TeamName(const Scenario& scenario, int team, int period) {
  const bool apart = scenario.follow_up_sensitivity > 0;
  return absl::StrCat("team-", team, apart && period == 1 ? "-later" : "");
}

double SensitivityOf(const Scenario& scenario, int period) {
  return period == 1 && scenario.follow_up_sensitivity > 0 ? scenario.follow_up_sensitivity
                                                           : scenario.sensitivity;
}

void TestTeams(const Scenario& scenario, DrawStream* chance, PanelEstimate* estimate) {
  if (scenario.gold_set == 0) return;
  for (int team = 0; team < scenario.teams; ++team) {
    for (int period = 0; period < (scenario.follow_up_sensitivity > 0 ? 2 : 1); ++period) {
      ReviewTeam counts;
      counts.name = TeamName(scenario, team, period);
      counts.found = static_cast<int64_t>(chance->Binomial(static_cast<uint64_t>(scenario.gold_set),
                                                           SensitivityOf(scenario, period)));
      counts.missed = scenario.gold_set - counts.found;
      MustBeOk(estimate->PutTeam(counts));
    }
  }
}

}  // namespace

Coalition MakeUp(const Scenario& scenario, uint64_t seed, uint64_t sample, size_t draws) {
  DrawStream truth_chance(SeedOf({"truth", scenario.name, absl::StrCat(seed)}));
  const std::vector<TrueStratum> strata = TruthOf(scenario, &truth_chance);
  DrawStream chance(SeedOf({"sample", scenario.name, absl::StrCat(seed), absl::StrCat(sample)}));

  Panel panel;
  panel.name = "made up";
  panel.unit = "view";
  panel.baseline = kBaseline;
  panel.follow_up = kFollowUp;
  PanelEstimate::Options options;
  options.draws = draws;
  auto estimate = PanelEstimate::Create(panel, options);
  MustBeOk(estimate.status());
  TestTeams(scenario, &chance, &*estimate);

  double totals[2] = {0, 0};
  for (const TrueStratum& s : strata) {
    for (int period = 0; period < 2; ++period) {
      totals[period] += s.exposure[period] * s.prevalence[period];
      Survey survey;
      survey.stratum = s.stratum;
      // The seed of a stratum's draws is its name. Another coalition has other names.
      survey.stratum.surface =
          absl::StrCat(survey.stratum.surface, "/", scenario.name, "/", seed, "/", sample);
      survey.days = period == 0 ? kBaseline : kFollowUp;
      survey.exposure = s.exposure[period];
      survey.unit = "view";
      survey.team = TeamName(scenario, s.team, period);
      const double sensitivity = SensitivityOf(scenario, period);
      if (scenario.scored) {
        survey.design = Design::kScoreStratified;
        survey.samples =
            LookByScore(&chance, scenario, sensitivity, s, period, &survey.frame_listings);
      } else {
        survey.samples = {Look(&chance, scenario, sensitivity, static_cast<int64_t>(s.sampled),
                               s.prevalence[period])};
      }
      MustBeOk(estimate->Put(survey));
    }
  }
  return {1 - totals[1] / totals[0], *std::move(estimate)};
}

void Coverage::Add(const Coverage& other) {
  contains += other.contains;
  above += other.above;
  below += other.below;
  none += other.none;
  width += other.width;
}

Coverage Simulate(const Scenario& scenario, int first, int coalitions, int samples, size_t draws) {
  Coverage coverage;
  for (int seed = first; seed < first + coalitions; ++seed) {
    for (int sample = 0; sample < samples; ++sample) {
      const Coalition coalition =
          MakeUp(scenario, static_cast<uint64_t>(seed), static_cast<uint64_t>(sample), draws);
      const Reduction figure = coalition.estimate.Of({});
      if (!figure.reduction.has_value()) {
        ++coverage.none;
        continue;
      }
      coverage.width += figure.reduction->high - figure.reduction->low;
      if (coalition.truth > figure.reduction->high) {
        ++coverage.above;
      } else if (coalition.truth < figure.reduction->low) {
        ++coverage.below;
      } else {
        ++coverage.contains;
      }
    }
  }
  return coverage;
}

}  // namespace vervet::hub::progress
