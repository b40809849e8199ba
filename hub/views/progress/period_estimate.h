// The surveys of one period as a running sum of draws, so that a contribution costs what it
// changes: its stratum's old draws are made again (from their seed) and taken away, its new ones
// are added. The order of contributions leaves no trace, to the bit.
//
// What may hide behind the zeros. Half a positive in each stratum ("independent priors") would, in
// forty sparse strata, be twenty positives that nobody saw. So a figure gets one half positive in
// all, of the mean weight that a unit of exposure meets, sum(w^2)/sum(w). Of the ways tried
// (docs/measuring-reduction.md has the table), this one keeps 95% where strata are sparse and
// weights differ a thousandfold.
#ifndef VERVET_HUB_VIEWS_PROGRESS_PERIOD_ESTIMATE_H_
#define VERVET_HUB_VIEWS_PROGRESS_PERIOD_ESTIMATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "hub/views/progress/survey.h"
#include "hub/views/progress/survey_draws.h"

namespace vervet::hub::progress {

// Which strata a figure is of. Empty fields: all.
struct Subset {
  std::string member;
  std::string platform_class;
  std::string taxon_group;
  std::string sharing_group;
};

struct Interval {
  double point = 0;
  double low = 0;  // 95%
  double high = 0;
};

// What a figure rests on.
struct Basis {
  SurveySummary
      sums;  // exposure and total for the whole period, also where parts of it are missing
  size_t strata = 0;
  size_t surveys = 0;
  std::set<std::string> members;
  // The share of stratum-days of the period that surveys cover, in [0, 1].
  double covered = 0;
  bool sensitivity_measured = true;  // by every team
  // Of the definitions that the surveys were counted under.
  std::set<int32_t> definition_versions;
};

// Not thread-safe; const methods may run side by side.
class PeriodEstimate {
 public:
  // `draws`: how many. 4,000 put a bound within 0.04 standard deviations of its limit, 1,000 within
  // 0.08. With none nothing is drawn: bases and weights alone (moved_period.h).
  PeriodEstimate(Days period, size_t draws);

  // Adds a survey, or replaces the one of the same stratum and days. Replaces no other: one that
  // overlaps is refused with ALREADY_EXISTS. The survey is one that CheckSurvey finds nothing wrong
  // with, and within the period (else INVALID_ARGUMENT). `matched` is of a stratum that is new here
  // (SetMatched); said at once it spares its draws.
  absl::Status Put(const Survey& survey, bool matched = false);
  // The same for many; each stratum is drawn once, also where reviewers' teams share a PPV. What
  // Put would refuse stays out.
  struct Placed {
    Survey survey;
    bool matched = false;
  };
  void PutAll(absl::Span<const Placed> surveys);
  bool Remove(const Stratum& stratum, const Days& days);  // false: there was none
  // A team's error, for all of its surveys. A team that was never put has an unmeasured
  // sensitivity.
  void PutTeam(const ReviewTeam& team);

  bool Has(const Stratum& stratum) const;
  std::vector<Stratum> Strata() const;
  size_t strata_count() const { return parts_.size(); }
  std::vector<ReviewTeam> Teams() const;  // that were put
  // Strata can be marked as having a counterpart in the other period of a panel.
  void SetMatched(const Stratum& stratum, bool matched);

  // Whether positives that nobody reviewed again take the team's PPV, which ties its strata
  // together.
  bool SharesPpv(const std::string& team) const;

  enum class Which { kAll, kMatched };
  // All that a figure needs of one period. The sum is exact, so that what one stratum has in it can
  // be exchanged later; copies share it.
  struct Side {
    Basis basis;
    std::vector<Stratum> unmatched;      // with kMatched: strata of the subset that are left out
    std::shared_ptr<const DrawSum> sum;  // of V * pi as drawn
    double hidden = 0;  // the weight of the half positive; 0 where there is no stratum
    std::shared_ptr<const std::vector<double>> half_positive;  // of the period

    // Of the sum of V * pi, the half positive included. Empty where there is no stratum.
    std::vector<double> Draws() const;
    // Prevalence over all its strata, exposure-weighted. None where there is no stratum. Where
    // nothing was confirmed the point is the median of the draws: a zero is no proof of none.
    std::optional<Interval> Prevalence() const;
  };
  Side SideOf(const Subset& subset, Which which) const;
  // The same as SideOf's with kAll.
  Basis BasisOf(const Subset& subset) const;
  std::optional<Interval> PrevalenceOf(const Subset& subset) const {
    return SideOf(subset, Which::kAll).Prevalence();
  }

  const Days& period() const { return period_; }
  size_t draws() const { return draws_; }
  // How many strata were drawn so far: what contributions cost.
  uint64_t strata_drawn() const { return strata_drawn_; }

 private:
  struct Labels {
    std::string member;
    std::string platform_class;
    std::string taxon_group;
    std::set<std::string> sharing_groups;
    bool matched = false;
    auto AsTuple() const {
      return std::tie(member, platform_class, taxon_group, sharing_groups, matched);
    }
    bool operator<(const Labels& other) const { return AsTuple() < other.AsTuple(); }
    bool In(const Subset& subset, Which which) const;
  };
  struct Part {                         // one stratum
    std::map<int32_t, Survey> surveys;  // by their first day
    Labels labels;                      // of the newest survey
    SurveySummary summary;              // scaled to the whole period
    int32_t covered_days = 0;
    bool sensitivity_measured = false;  // of every team
  };
  struct Cell {
    explicit Cell(size_t draws) : sum(draws) {}
    DrawSum sum;
    size_t surveys = 0;  // that added draws
  };
  struct Team {
    std::optional<ReviewTeam> error;
    std::vector<double> inverse_sensitivity;
    int64_t reviewed_again = 0;
    int64_t confirmed = 0;
    std::vector<double> pooled_ppv;  // only while somebody needs it
    std::set<Stratum> strata;
    std::set<Stratum> pooled;  // of these, the ones with positives of which none was reviewed again
  };
  using Parts = std::map<Stratum, Part>;

  absl::Status CheckPlace(const Survey& survey) const;
  // Calls visit(stratum, part) for all that can be of the subset: a member's strata are neighbours.
  template <typename Visit>
  void ForEachOf(const Subset& subset, Visit visit) const;
  DrawSum SumOf(const Subset& subset, Which which) const;
  static void Count(const Stratum& stratum, const Part& part, int64_t* covered_days, Basis* basis);
  void Finish(int64_t covered_days, Basis* basis) const;
  ReviewerError ErrorOf(const std::string& team) const;
  // Takes away, or adds, what the strata have in the cells.
  void Withdraw(const std::set<Stratum>& strata);
  void Deposit(const std::set<Stratum>& strata);
  void Move(const Part& part, bool in);
  // The part's draws; none where all of them are 0.
  std::optional<std::vector<double>> PartDraws(const Part& part);
  void Shift(const Part& part, const std::vector<double>& draws, bool in);
  void ForgetReviews(const Stratum& stratum, const Part& part);
  void CountReviews(const Stratum& stratum, const Part& part);
  std::set<Stratum> AffectedBy(const Stratum& stratum, const Part* part,
                               const std::string& new_team) const;
  // Changes the surveys of a stratum that was withdrawn, and is deposited afterwards.
  void Store(const Survey& survey, bool matched);
  void Erase(const Stratum& stratum, const Days& days);

  Days period_;
  size_t draws_;
  Parts parts_;
  std::map<Labels, Cell> cells_;
  std::map<std::string, Team> teams_;
  std::shared_ptr<const std::vector<double>> half_positive_;  // Gamma(1/2)
  uint64_t strata_drawn_ = 0;
};

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_PERIOD_ESTIMATE_H_
