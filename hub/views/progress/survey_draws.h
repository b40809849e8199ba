// One survey's share of the total, V * pi, as an estimate and as draws from its distribution.
//
// A confirmed positive stands for w = V / (N p) * (x / m) units of exposure: 1/p listings of the
// N in the frame, and x/m positives for each that was reviewed again. With k confirmed in a band,
// the draw is w * n' * [f k/n' + (1-f) Beta(c k, c (n'-k+1/2))], n' = n m/x, c = (1-f)/design
// effect, f = p m/x the share of the frame that is known: the sampled part is certain, only the
// rest is estimated. Where k = 0 the draw is 0: what may hide behind a zero is added once for a
// whole figure, not once for each stratum (period_estimate.h says how, and why).
#ifndef VERVET_HUB_VIEWS_PROGRESS_SURVEY_DRAWS_H_
#define VERVET_HUB_VIEWS_PROGRESS_SURVEY_DRAWS_H_

#include <cstdint>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/types/span.h"
#include "hub/views/progress/survey.h"

namespace vervet::hub::progress {

// The reviewers' error as one survey meets it. Draws are shared by all surveys of a team, so that
// an error common to both periods cancels in their ratio. Pointers outlive the call.
struct ReviewerError {
  double inverse_sensitivity = 1;
  const std::vector<double>* inverse_sensitivity_draws = nullptr;  // none: not measured, 1
  // The team's PPV over all its surveys of the period: for bands of which nothing was reviewed
  // again. A negative estimate: the team reviewed no positive again.
  double pooled_ppv = -1;
  const std::vector<double>* pooled_ppv_draws = nullptr;
};

struct SurveySummary {
  double total = 0;  // V * pi; with a scale, times the scale
  // Of the weights w of all bands, those without a positive included.
  double weight_sum = 0;
  double weight_square_sum = 0;
  double exposure = 0;
  int64_t sampled = 0;
  int64_t positives = 0;
  int64_t reviewed_again = 0;
  int64_t confirmed = 0;
  // Positives of teams that reviewed none again: their PPV is not known.
  int64_t of_unknown_ppv = 0;

  void Add(const SurveySummary& other, double scale);
};

// Of a survey that CheckSurvey finds nothing wrong with.
SurveySummary Summarise(const Survey& survey, const ReviewerError& error);

// Adds the survey's draws to `draws`. False where all of them are 0.
bool AddDraws(const Survey& survey, const ReviewerError& error, absl::Span<double> draws);

// The draws of a team's sensitivity, inverted; of its PPV in a period.
std::vector<double> InverseSensitivityDraws(const ReviewTeam& team, size_t draws);
std::vector<double> PpvDraws(const std::string& team, const Days& period, int64_t reviewed_again,
                             int64_t confirmed, size_t draws);

// A sum of draws that does not depend on the order of adding, and from which what was added can be
// taken away without a trace: fixed-point, in steps of 2^-24. Limits in checks.h keep it from
// overflowing.
class DrawSum {
 public:
  explicit DrawSum(size_t draws) : narrow_(draws, 0) {}
  // As many draws as the sum has; none negative.
  void Add(absl::Span<const double> draws, double scale);
  void Subtract(absl::Span<const double> draws, double scale);
  void Add(const DrawSum& other);
  void Subtract(const DrawSum& other);
  std::vector<double> Values() const;

 private:
  template <typename StepsOf>
  void Shift(bool in, const StepsOf& steps_of);
  absl::int128 At(size_t i) const { return wide_.empty() ? narrow_[i] : wide_[i]; }

  // One of the two: 8 bytes a draw as long as all sums fit, as nearly always; then 16.
  std::vector<int64_t> narrow_;
  std::vector<absl::int128> wide_;
};

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_SURVEY_DRAWS_H_
