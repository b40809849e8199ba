#include "examples/demo/progress_truth.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vervet::demo {
namespace {

// How each platform samples: a detector orders its listings; the most suspicious hundredth, where
// six in ten of what is wrong are, is looked at in full, the rest in part.
struct Band {
  double share;      // of the listings
  double holds;      // of what is wrong
  double inclusion;  // probability that a listing is drawn
};
constexpr std::array<Band, 3> kBands = {
    {{0.01, 0.60, 1.0}, {0.09, 0.30, 0.25}, {0.90, 0.10, 0.03}}};

// Own arithmetic on a generator that the standard fixes, so that every machine draws the same.
class Dice {
 public:
  explicit Dice(uint64_t seed) : bits_(seed) {}

  double Uniform() { return static_cast<double>(bits_() >> 11) * 0x1.0p-53; }
  // How many of `n` happen that have probability `p` each. One by one where few will; else by the
  // time between them.
  int64_t HowMany(int64_t n, double p) {
    if (p <= 0) return 0;
    if (p >= 1) return n;
    int64_t count = 0;
    for (double at = NextGap(p); at < static_cast<double>(n); at += 1 + NextGap(p)) ++count;
    return count;
  }
  // About `mean`, give or take a tenth.
  uint64_t About(double mean) {
    return static_cast<uint64_t>(std::llround(mean * (0.9 + 0.2 * Uniform())));
  }

 private:
  // Failures before the next success.
  double NextGap(double p) { return std::floor(std::log1p(-Uniform()) / std::log1p(-p)); }

  std::mt19937_64 bits_;
};

double Total(int quarter, const std::string& platform_class) {
  double total = 0;
  for (const TruePlatform& platform : TheTruth()) {
    if (!platform_class.empty() && platform_class != platform.platform_class) continue;
    const double remains = platform.remains[static_cast<size_t>(quarter)];
    for (const TrueStratum& stratum : platform.strata) {
      total += stratum.views_a_month * stratum.prevalence * remains;
    }
  }
  return total;
}

// One month of one stratum: a line a band.
std::string SurveyLines(const TruePlatform& platform, const TrueStratum& stratum, double remains,
                        const DayRange& month, Dice& dice) {
  std::string lines;
  const double wrong = stratum.listings_a_month * stratum.prevalence * remains;
  for (const Band& band : kBands) {
    const double listings = stratum.listings_a_month * band.share;
    const auto sampled = static_cast<int64_t>(std::llround(listings * band.inclusion));
    const double rate = wrong * band.holds / listings;
    const int64_t real = dice.HowMany(sampled, rate);
    const int64_t found = dice.HowMany(real, kSensitivity);
    const int64_t false_alarms = dice.HowMany(sampled - real, kFalseAlarms);
    // Every positive is reviewed again, and the second reviewer is right.
    absl::StrAppendFormat(&lines, "%s,%s,%s,%s,%.0f,view,%d,%d,%d,%d,%g,%.0f,%s-reviewers\n",
                          DayRangeText(month), stratum.surface, stratum.taxon_group,
                          stratum.language, stratum.views_a_month, sampled, found + false_alarms,
                          found + false_alarms, found, band.inclusion, stratum.listings_a_month,
                          platform.name);
  }
  return lines;
}

struct Detected {
  const char* source;
  double share_first, share_last;  // of what is removed, in the first and in the last month
};
// Detection gets better while trade falls: removals say more about the first than the second.
constexpr std::array<Detected, 3> kDetected = {
    {{"automated", 0.35, 0.60}, {"user_report", 0.55, 0.25}, {"coalition_signature", 0.10, 0.15}}};

std::string ActivityLines(const TruePlatform& platform, size_t month, const DayRange& days,
                          Dice& dice) {
  const double passed = static_cast<double>(month) / (kQuarters * kMonthsAQuarter - 1);
  std::string lines;
  for (const TrueStratum& stratum : platform.strata) {
    const double wrong =
        stratum.listings_a_month * stratum.prevalence * platform.remains[month / kMonthsAQuarter];
    const double caught = wrong * (0.25 + 0.6 * passed);
    for (const Detected& detected : kDetected) {
      const double share =
          detected.share_first + (detected.share_last - detected.share_first) * passed;
      const uint64_t count = dice.About(caught * share);
      const uint64_t views =
          count * static_cast<uint64_t>(std::llround(kFirstViewsOfRemoved * (1 - 0.6 * passed)));
      absl::StrAppend(&lines, DayRangeText(days), ",listing_removed,", count, ",", detected.source,
                      ",", stratum.surface, ",", stratum.taxon_group, ",",
                      count == 0 ? "" : absl::StrCat(views, ",", count), count == 0 ? "," : "",
                      "\n");
    }
  }
  const double size = platform.strata.front().listings_a_month / 1000;
  const auto add = [&](const char* action, double mean, const char* source) {
    absl::StrAppend(&lines, DayRangeText(days), ",", action, ",", dice.About(mean), ",", source,
                    ",,,,\n");
  };
  add("blocked_at_upload", size * (0.2 + passed), "automated");
  add("account_suspended", size * 0.05, "automated");
  add("search_term_blocked", 6, "");
  add("search_warning_shown", size * 300, "");
  add("user_educated", size * 40, "");
  add("appeal_received", size * 0.02, "");
  add("restored_on_appeal", size * 0.006, "");
  add("referred", 2, "");
  return lines;
}

}  // namespace

const std::vector<TruePlatform>& TheTruth() {
  static const auto* const kTruth = new std::vector<TruePlatform>{
      {"market",
       "Example Market",
       "marketplace",
       {1, 0.60, 0.30, 0.10},
       {{"listings", "elephants", "en", 80e6, 300e3, 5e-4},
        {"listings", "reptiles", "en", 50e6, 200e3, 4e-4}}},
      {"auctions",
       "Example Auctions",
       "marketplace",
       {1, 0.62, 0.33, 0.12},
       {{"listings", "elephants", "en", 60e6, 150e3, 6e-4},
        {"listings", "pangolins", "en", 20e6, 80e3, 4e-4}}},
      {"handmade",
       "Example Handmade",
       "marketplace",
       {1, 0.70, 0.35, 0.11},
       {{"listings", "elephants", "en", 40e6, 120e3, 5e-4}}},
      {"social",
       "Example Social",
       "social",
       {1, 0.85, 0.50, 0.22},
       {{"posts", "parrots", "en", 90e6, 300e3, 3e-4},
        {"groups", "reptiles", "en", 30e6, 100e3, 5e-4}}},
      {"video",
       "Example Video",
       "social",
       {1, 0.90, 0.55, 0.25},
       {{"posts", "elephants", "zh", 70e6, 200e3, 3e-4},
        {"live", "parrots", "zh", 30e6, 100e3, 3e-4}}},
      {"classifieds",
       "Example Classifieds",
       "classifieds",
       {1, 0.55, 0.25, 0.08},
       {{"listings", "parrots", "zh", 60e6, 200e3, 5e-4},
        {"listings", "pangolins", "zh", 30e6, 100e3, 6e-4}}},
      {"pets",
       "Example Pets",
       "classifieds",
       {1, 0.58, 0.28, 0.09},
       {{"listings", "parrots", "en", 50e6, 150e3, 6e-4},
        {"listings", "reptiles", "en", 40e6, 120e3, 5e-4}}},
      {"search",
       "Example Search",
       "search",
       {1, 0.65, 0.35, 0.14},
       {{"search_results", "elephants", "en", 60e6, 200e3, 3e-4}}},
  };
  return *kTruth;
}

double TrueReduction(int quarter) { return TrueReduction(quarter, ""); }

double TrueReduction(int quarter, const std::string& platform_class) {
  return 1 - Total(quarter, platform_class) / Total(0, platform_class);
}

MemberFiles Contribute(const TruePlatform& platform, const std::vector<DayRange>& months,
                       uint64_t seed) {
  Dice dice(seed);
  MemberFiles files;
  files.activity =
      "period,action,count,detected_by,surface,taxon_group,views_before_removal,views_known_of\n";
  files.surveys =
      "period,surface,taxon_group,language,exposure,unit,sampled,positives,reviewed_again,"
      "confirmed,"
      "inclusion_probability,frame_listings,team\n";
  const int64_t found = dice.HowMany(kGoldSet, kSensitivity);
  files.teams = absl::StrCat("team,found,missed\n", platform.name, "-reviewers,", found, ",",
                             kGoldSet - found, "\n");
  for (size_t month = 0; month < months.size(); ++month) {
    for (const TrueStratum& stratum : platform.strata) {
      files.surveys += SurveyLines(platform, stratum, platform.remains[month / kMonthsAQuarter],
                                   months[month], dice);
    }
    files.activity += ActivityLines(platform, month, months[month], dice);
  }
  for (const std::string* file : {&files.activity, &files.surveys, &files.teams}) {
    files.lines += static_cast<uint64_t>(std::count(file->begin(), file->end(), '\n')) - 1;
  }
  return files;
}

}  // namespace vervet::demo
