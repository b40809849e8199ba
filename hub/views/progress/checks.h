// What is refused before anything is stored. Each finding names the field, what is wrong with it
// (the value's shape) and what would be right, so that a line of a CSV file can be put right
// without a second question.
#ifndef VERVET_HUB_VIEWS_PROGRESS_CHECKS_H_
#define VERVET_HUB_VIEWS_PROGRESS_CHECKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "hub/views/progress/survey.h"

namespace vervet::hub::progress {

// Nobody reviews more than this many listings of one stratum, and no stratum has more exposure:
// what is above is a slip of the unit. They also keep every sum exact.
inline constexpr int64_t kMaxSampled = 1'000'000'000;
inline constexpr double kMinExposure = 1e-6;
inline constexpr double kMaxExposure = 1e13;
inline constexpr double kMaxDesignEffect = 1000;
inline constexpr size_t kMaxBands = 64;
inline constexpr double kMinInclusionProbability = 1e-12;
// Listings sampled over their inclusion probability come to about the frame's size. Where they come
// to more than ten times that, or to less than a hundredth (bands that drew none may be left out),
// the size, or a probability, is in another unit, and the prevalence would be off by as much.
inline constexpr double kMaxOfFrame = 10;
inline constexpr double kMinOfFrame = 0.01;
// Below, reviewers would find less than one known positive of a million.
inline constexpr double kMaxMissedForOneFound = 1e6;

struct Problem {
  std::string field;   // "samples[1].positives"
  std::string what;    // "is above sampled"
  std::string remedy;  // "..."
};

// Empty where nothing is wrong. `today` refuses days that are not over yet.
std::vector<Problem> CheckSurvey(const Survey& survey, int32_t today);
std::vector<Problem> CheckTeam(const ReviewTeam& team);
std::vector<Problem> CheckPanel(const Panel& panel);
// Whether the survey has a place in the panel: unit, and days within one of its periods.
std::vector<Problem> CheckFits(const Survey& survey, const Panel& panel);

// OK, or INVALID_ARGUMENT with every problem in one sentence each.
absl::Status AsStatus(absl::Span<const Problem> problems);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_CHECKS_H_
