// What the estimate is computed from: plain values, filled by whoever folds contributions.
//
// A stratum is a part of a platform that is sampled by itself: member x surface x taxon group x
// language. A survey is one sample of one stratum over some days. A panel fixes which strata are
// compared, in which unit of exposure, over which two periods.
#ifndef VERVET_HUB_VIEWS_PROGRESS_SURVEY_H_
#define VERVET_HUB_VIEWS_PROGRESS_SURVEY_H_

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace vervet::hub::progress {

// Days since 1970-01-01, UTC; the end is the first day after.
struct Days {
  int32_t begin = 0;
  int32_t end = 0;
  int32_t length() const { return end - begin; }
  bool Contains(const Days& other) const { return begin <= other.begin && other.end <= end; }
  bool Overlaps(const Days& other) const { return begin < other.end && other.begin < end; }
  bool operator==(const Days& other) const { return begin == other.begin && end == other.end; }
};

struct Stratum {
  std::string member;
  std::string surface;
  std::string taxon_group;
  std::string language;

  auto AsTuple() const { return std::tie(member, surface, taxon_group, language); }
  bool operator==(const Stratum& other) const { return AsTuple() == other.AsTuple(); }
  bool operator<(const Stratum& other) const { return AsTuple() < other.AsTuple(); }
};

// Listings that were drawn with one and the same probability, and what reviewers said of them.
struct Sample {
  int64_t sampled = 0;    // n: looked at by a reviewer
  int64_t positives = 0;  // x: of these, called positive
  // The second look that measures the positive predictive value: of the positives, how many (taken
  // at random) were reviewed again by somebody else, and how many of those were confirmed.
  int64_t reviewed_again = 0;
  int64_t confirmed = 0;
  // Of a listing in this band to be drawn, in (0, 1]. In a simple design 0: small, or not known.
  double inclusion_probability = 0;
};

enum class Design {
  kSimple,           // one sample; every view (or listing) of the stratum equally likely
  kScoreStratified,  // several bands of a detector's score, each with its inclusion probability
};

struct Survey {
  Stratum stratum;
  Days days;
  double exposure = 0;   // V over these days: views, or active listings
  std::string unit;      // of the exposure; the panel's
  std::string surveyor;  // the member itself, or an independent surveyor
  Design design = Design::kSimple;
  std::vector<Sample> samples;  // one, or one for each band
  // How many listings the frame has. 0: not known. Weights are then shares of the sum of 1/p over
  // the sample (Hajek) instead of shares of this number (Horvitz-Thompson).
  double frame_listings = 0;
  // How much more than a simple sample's the variance is, at least 1. Above 1 where listings were
  // drawn in clusters, as all listings of a drawn seller.
  double design_effect = 1;
  std::string team;                // the ReviewTeam that reviewed
  int32_t definition_version = 0;  // that positives were counted under

  // What figures are broken down by, beside the stratum.
  std::string platform_class;
  std::vector<std::string> sharing_groups;
};

// Reviewers whose share of overlooked positives is one number. Where the same team reviewed both
// periods its error is the same in both, and mostly cancels.
struct ReviewTeam {
  std::string name;
  // Of items known to be positive (a gold set mixed into the work, or positives that a second
  // review of negatives brought up): how many the team called positive, and how many not.
  int64_t found = 0;
  int64_t missed = 0;
  // One missed item stands for this many. 1 for a gold set. Where `missed` comes from reviewing a
  // share g of the negatives again and `found` from a share f of the positives: f / g.
  double missed_weight = 1;

  bool measured() const { return found > 0; }
};

struct Panel {
  std::string name;
  std::string unit;
  Days baseline;
  Days follow_up;
  int32_t definitions = 0;  // version that positives were counted under
};

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_SURVEY_H_
