// The truth behind the demo's progress figures: what really is on eight invented platforms, quarter
// by quarter. Members never see it; they see samples of it, reviewed by people who err. So that
// what the hub estimates can be held against what is so.
#ifndef VERVET_EXAMPLES_DEMO_PROGRESS_TRUTH_H_
#define VERVET_EXAMPLES_DEMO_PROGRESS_TRUTH_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "vervet/progress.h"

namespace vervet::demo {

// Twelve months: a quarter of baseline and three periods.
inline constexpr int kQuarters = 4;
inline constexpr int kMonthsAQuarter = 3;

struct TrueStratum {
  const char* surface;
  const char* taxon_group;
  const char* language;
  double views_a_month;
  double listings_a_month;
  double prevalence;  // of the baseline: share of listings, and of views
};

struct TruePlatform {
  const char* name;  // member/<name>
  const char* display_name;
  const char* platform_class;
  // Of the baseline's prevalence, by quarter; the first is 1.
  std::array<double, kQuarters> remains;
  std::vector<TrueStratum> strata;
};

const std::vector<TruePlatform>& TheTruth();

// Of all platforms together, against the baseline: what a perfect measurement would find.
double TrueReduction(int quarter);
double TrueReduction(int quarter, const std::string& platform_class);

// What people made of it.
inline constexpr double kSensitivity = 0.90;    // share of positives that reviewers find
inline constexpr double kFalseAlarms = 0.0002;  // share of other listings that they call positive
inline constexpr int kGoldSet = 200;            // known positives, mixed into each team's work
inline constexpr int32_t kFirstViewsOfRemoved = 40;

// The CSV files of one member over twelve months, for `vervet-member progress import`. Always the
// same for the same months and seed.
struct MemberFiles {
  std::string activity;
  std::string surveys;
  std::string teams;
  uint64_t lines = 0;
};
MemberFiles Contribute(const TruePlatform& platform, const std::vector<DayRange>& months,
                       uint64_t seed);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_PROGRESS_TRUTH_H_
