#include "hub/views/progress/survey_draws.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "hub/views/progress/draws.h"

namespace vervet::hub::progress {
namespace {

constexpr double kStepsPerUnit = 16777216.0;  // 2^24
// A sensitivity below one in a million is a mistake; the limit keeps sums within 127 bits.
constexpr double kMaxInverseSensitivity = 1e6;
// Below this prevalence within a band, sampled negatives are so many that their number may stand
// for a gamma draw: it would change the variance by less than half a percent.
constexpr double kRare = 0.005;

// A band as the draws need it.
struct Band {
  double weight = 0;     // w: units of exposure for one confirmed positive
  double confirmed = 0;  // k, or x where the PPV is the pool's
  double sampled = 0;    // n'
  double known = 0;      // f
  bool pooled = false;
};

std::vector<Band> BandsOf(const Survey& survey) {
  double frame = survey.frame_listings;
  const bool simple = survey.design == Design::kSimple;
  if (frame == 0 && !simple) {
    for (const Sample& s : survey.samples) {
      frame += static_cast<double>(s.sampled) / s.inclusion_probability;
    }
  }
  std::vector<Band> bands;
  for (const Sample& s : survey.samples) {
    const double n = static_cast<double>(s.sampled);
    const double x = static_cast<double>(s.positives);
    const double m = static_cast<double>(s.reviewed_again);
    Band band;
    band.pooled = s.positives > 0 && s.reviewed_again == 0;
    const double second_phase = s.positives > 0 && s.reviewed_again > 0 ? m / x : 1;
    const double p = !simple ? s.inclusion_probability : frame > 0 ? n / frame : 0;
    const double stands_for = simple ? 1 / n : 1 / (frame * s.inclusion_probability);
    band.weight = survey.exposure * stands_for / second_phase;
    band.confirmed = band.pooled ? x : static_cast<double>(s.confirmed);
    band.sampled = n * second_phase;
    band.known = std::min(1.0, p * second_phase);
    bands.push_back(band);
  }
  return bands;
}

// The stream of a band depends on whose it is, and on nothing else.
DrawStream StreamOf(const Survey& survey, size_t band) {
  const Stratum& s = survey.stratum;
  return DrawStream(SeedOf({"survey", s.member, s.surface, s.taxon_group, s.language,
                            absl::StrCat(survey.days.begin), absl::StrCat(band)}));
}

void AddBand(const Band& band, double design_effect, const ReviewerError& error, DrawStream stream,
             absl::Span<double> draws) {
  const double concentration = (1 - band.known) / design_effect;
  const double yes = concentration * band.confirmed;
  const double no = concentration * (band.sampled - band.confirmed + 0.5);
  const bool rare = band.confirmed < kRare * band.sampled;
  for (size_t i = 0; i < draws.size(); ++i) {
    double positives = band.known * band.confirmed;
    if (yes > 0) {
      const double drawn = stream.Gamma(yes);
      const double rest = rare ? no + yes : drawn + stream.Gamma(no);
      if (rest > 0) positives += (1 - band.known) * band.sampled * drawn / rest;
    }
    if (band.pooled && error.pooled_ppv_draws != nullptr) positives *= (*error.pooled_ppv_draws)[i];
    if (error.inverse_sensitivity_draws != nullptr) {
      positives *= (*error.inverse_sensitivity_draws)[i];
    }
    draws[i] += band.weight * positives;
  }
}

absl::int128 Steps(double value) {
  const double steps = value * kStepsPerUnit + 0.5;
  // Where 63 bits hold it, as nearly always: cutting off is rounding down, in a few cycles.
  if (steps >= 0 && steps < 9e18) return static_cast<int64_t>(steps);
  return static_cast<absl::int128>(std::floor(steps));
}

}  // namespace

void SurveySummary::Add(const SurveySummary& other, double scale) {
  total += other.total * scale;
  weight_sum += other.weight_sum * scale;
  weight_square_sum += other.weight_square_sum * scale * scale;
  exposure += other.exposure * scale;
  sampled += other.sampled;
  positives += other.positives;
  reviewed_again += other.reviewed_again;
  confirmed += other.confirmed;
  of_unknown_ppv += other.of_unknown_ppv;
}

SurveySummary Summarise(const Survey& survey, const ReviewerError& error) {
  SurveySummary summary;
  summary.exposure = survey.exposure;
  for (const Sample& s : survey.samples) {
    summary.sampled += s.sampled;
    summary.positives += s.positives;
    summary.reviewed_again += s.reviewed_again;
    summary.confirmed += s.confirmed;
    if (s.reviewed_again == 0 && error.pooled_ppv < 0) summary.of_unknown_ppv += s.positives;
  }
  for (const Band& band : BandsOf(survey)) {
    const double ppv = band.pooled && error.pooled_ppv >= 0 ? error.pooled_ppv : 1;
    const double weight = band.weight * error.inverse_sensitivity;
    summary.total += weight * band.confirmed * ppv;
    summary.weight_sum += weight;
    summary.weight_square_sum += weight * weight;
  }
  return summary;
}

bool AddDraws(const Survey& survey, const ReviewerError& error, absl::Span<double> draws) {
  bool any = false;
  const std::vector<Band> bands = BandsOf(survey);
  for (size_t i = 0; i < bands.size(); ++i) {
    if (bands[i].confirmed == 0) continue;
    any = true;
    AddBand(bands[i], survey.design_effect, error, StreamOf(survey, i), draws);
  }
  return any;
}

std::vector<double> InverseSensitivityDraws(const ReviewTeam& team, size_t draws) {
  DrawStream stream(SeedOf({"sensitivity", team.name}));
  std::vector<double> result(draws);
  for (double& inverse : result) {  // half an item on either side: Jeffreys' prior, once for a team
    const double found = stream.Gamma(static_cast<double>(team.found) + 0.5);
    const double missed = stream.Gamma(static_cast<double>(team.missed) + 0.5) * team.missed_weight;
    inverse = missed < found * kMaxInverseSensitivity ? 1 + missed / found : kMaxInverseSensitivity;
  }
  return result;
}

std::vector<double> PpvDraws(const std::string& team, const Days& period, int64_t reviewed_again,
                             int64_t confirmed, size_t draws) {
  DrawStream stream(SeedOf({"ppv", team, absl::StrCat(period.begin)}));
  std::vector<double> result(draws);
  for (double& ppv : result) {
    ppv = stream.Beta(static_cast<double>(confirmed) + 0.5,
                      static_cast<double>(reviewed_again - confirmed) + 0.5);
  }
  return result;
}

template <typename StepsOf>
void DrawSum::Shift(bool in, const StepsOf& steps_of) {
  size_t i = 0;
  if (wide_.empty()) {
    for (; i < narrow_.size(); ++i) {
      const absl::int128 steps = steps_of(i);
      const auto low = static_cast<int64_t>(absl::Int128Low64(steps));
      if (steps != low) break;
      int64_t sum = 0;
      if (in ? __builtin_add_overflow(narrow_[i], low, &sum)
             : __builtin_sub_overflow(narrow_[i], low, &sum)) {
        break;
      }
      narrow_[i] = sum;
    }
    if (i == narrow_.size()) return;
    wide_.assign(narrow_.begin(), narrow_.end());
    narrow_ = {};
  }
  for (; i < wide_.size(); ++i) wide_[i] += in ? steps_of(i) : -steps_of(i);
}

void DrawSum::Add(absl::Span<const double> draws, double scale) {
  Shift(true, [&](size_t i) { return Steps(draws[i] * scale); });
}

void DrawSum::Subtract(absl::Span<const double> draws, double scale) {
  Shift(false, [&](size_t i) { return Steps(draws[i] * scale); });
}

void DrawSum::Add(const DrawSum& other) {
  Shift(true, [&](size_t i) { return other.At(i); });
}

void DrawSum::Subtract(const DrawSum& other) {
  Shift(false, [&](size_t i) { return other.At(i); });
}

std::vector<double> DrawSum::Values() const {
  std::vector<double> values(wide_.empty() ? narrow_.size() : wide_.size());
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(At(i)) / kStepsPerUnit;
  }
  return values;
}

}  // namespace vervet::hub::progress
