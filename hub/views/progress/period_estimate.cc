#include "hub/views/progress/period_estimate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hub/views/progress/checks.h"
#include "hub/views/progress/draws.h"

namespace vervet::hub::progress {
namespace {

bool HasPooledBand(const Survey& survey) {
  return std::any_of(survey.samples.begin(), survey.samples.end(), [](const Sample& sample) {
    return sample.positives > 0 && sample.reviewed_again == 0;
  });
}

}  // namespace

PeriodEstimate::PeriodEstimate(Days period, size_t draws) : period_(period), draws_(draws) {
  DrawStream stream(SeedOf({"half positive", absl::StrCat(period.begin)}));
  std::vector<double> half_positive(draws);
  for (double& draw : half_positive) draw = stream.Gamma(0.5);
  half_positive_ = std::make_shared<const std::vector<double>>(std::move(half_positive));
}

bool PeriodEstimate::Labels::In(const Subset& subset, Which which) const {
  const auto is = [](const std::string& wanted, const std::string& label) {
    return wanted.empty() || wanted == label;
  };
  return (which == Which::kAll || matched) && is(subset.member, member) &&
         is(subset.platform_class, platform_class) && is(subset.taxon_group, taxon_group) &&
         (subset.sharing_group.empty() || sharing_groups.count(subset.sharing_group) > 0);
}

ReviewerError PeriodEstimate::ErrorOf(const std::string& name) const {
  ReviewerError error;
  const auto found = teams_.find(name);
  if (found == teams_.end()) return error;
  const Team& team = found->second;
  if (team.error && team.error->measured()) {
    const ReviewTeam& counts = *team.error;
    error.inverse_sensitivity = 1 + static_cast<double>(counts.missed) * counts.missed_weight /
                                        static_cast<double>(counts.found);
    error.inverse_sensitivity_draws = &team.inverse_sensitivity;
  }
  if (!team.pooled.empty() && team.reviewed_again > 0) {
    error.pooled_ppv =
        static_cast<double>(team.confirmed) / static_cast<double>(team.reviewed_again);
    error.pooled_ppv_draws = &team.pooled_ppv;
  }
  return error;
}

absl::Status PeriodEstimate::CheckPlace(const Survey& survey) const {
  if (!period_.Contains(survey.days) || survey.days.length() <= 0) {
    return absl::InvalidArgumentError(
        "days are not within the period: split the survey where the period ends");
  }
  const auto part = parts_.find(survey.stratum);
  if (part != parts_.end()) {
    for (const auto& [begin, other] : part->second.surveys) {
      if (other.days.Overlaps(survey.days) && !(other.days == survey.days)) {
        return absl::AlreadyExistsError(
            "days overlap those of another survey of this stratum: revise that one, or survey the "
            "days that it leaves");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status PeriodEstimate::Put(const Survey& survey, bool matched) {
  if (absl::Status status = CheckPlace(survey); !status.ok()) return status;
  const auto before = parts_.find(survey.stratum);
  const std::set<Stratum> affected =
      AffectedBy(survey.stratum, before == parts_.end() ? nullptr : &before->second, survey.team);
  Withdraw(affected);
  Store(survey, matched);
  Deposit(affected);
  return absl::OkStatus();
}

void PeriodEstimate::PutAll(absl::Span<const Placed> surveys) {
  std::set<Stratum> affected;
  for (const Placed& one : surveys) {
    const auto before = parts_.find(one.survey.stratum);
    affected.merge(AffectedBy(one.survey.stratum,
                              before == parts_.end() ? nullptr : &before->second, one.survey.team));
  }
  Withdraw(affected);
  for (const Placed& one : surveys) {
    if (CheckPlace(one.survey).ok()) Store(one.survey, one.matched);
  }
  Deposit(affected);
}

bool PeriodEstimate::Remove(const Stratum& stratum, const Days& days) {
  const auto part = parts_.find(stratum);
  if (part == parts_.end()) return false;
  const auto survey = part->second.surveys.find(days.begin);
  if (survey == part->second.surveys.end() || !(survey->second.days == days)) return false;
  const std::set<Stratum> affected = AffectedBy(stratum, &part->second, "");
  Withdraw(affected);
  Erase(stratum, days);
  Deposit(affected);
  return true;
}

std::set<Stratum> PeriodEstimate::AffectedBy(const Stratum& stratum, const Part* part,
                                             const std::string& new_team) const {
  std::set<std::string> names;
  if (part != nullptr) {
    for (const auto& [begin, survey] : part->surveys) names.insert(survey.team);
  }
  if (!new_team.empty()) names.insert(new_team);
  std::set<Stratum> affected = {stratum};
  for (const std::string& name : names) {
    const auto team = teams_.find(name);
    if (team != teams_.end()) {
      affected.insert(team->second.pooled.begin(), team->second.pooled.end());
    }
  }
  return affected;
}

void PeriodEstimate::Store(const Survey& survey, bool matched) {
  const auto [place, is_new] = parts_.try_emplace(survey.stratum);
  Part& part = place->second;
  if (is_new) part.labels.matched = matched;
  ForgetReviews(survey.stratum, part);
  part.surveys.insert_or_assign(survey.days.begin, survey);
  CountReviews(survey.stratum, part);
}

void PeriodEstimate::Erase(const Stratum& stratum, const Days& days) {
  Part& part = parts_.find(stratum)->second;
  ForgetReviews(stratum, part);
  part.surveys.erase(days.begin);
  if (part.surveys.empty()) {
    parts_.erase(stratum);
  } else {
    CountReviews(stratum, part);
  }
}

void PeriodEstimate::ForgetReviews(const Stratum& stratum, const Part& part) {
  for (const auto& [begin, survey] : part.surveys) {
    Team& team = teams_[survey.team];
    for (const Sample& sample : survey.samples) {
      team.reviewed_again -= sample.reviewed_again;
      team.confirmed -= sample.confirmed;
    }
    team.strata.erase(stratum);
    team.pooled.erase(stratum);
    team.pooled_ppv.clear();
  }
}

void PeriodEstimate::CountReviews(const Stratum& stratum, const Part& part) {
  for (const auto& [begin, survey] : part.surveys) {
    Team& team = teams_[survey.team];
    for (const Sample& sample : survey.samples) {
      team.reviewed_again += sample.reviewed_again;
      team.confirmed += sample.confirmed;
    }
    team.strata.insert(stratum);
    if (HasPooledBand(survey)) team.pooled.insert(stratum);
    team.pooled_ppv.clear();
  }
}

void PeriodEstimate::PutTeam(const ReviewTeam& counts) {
  Team& team = teams_[counts.name];
  const std::set<Stratum> strata = team.strata;
  Withdraw(strata);
  team.error = counts;
  team.inverse_sensitivity.clear();
  if (counts.measured()) team.inverse_sensitivity = InverseSensitivityDraws(counts, draws_);
  Deposit(strata);
}

void PeriodEstimate::Withdraw(const std::set<Stratum>& strata) {
  for (const Stratum& stratum : strata) {
    const auto part = parts_.find(stratum);
    if (part != parts_.end()) Move(part->second, false);
  }
}

void PeriodEstimate::Deposit(const std::set<Stratum>& strata) {
  for (const Stratum& stratum : strata) {
    const auto found = parts_.find(stratum);
    if (found == parts_.end()) continue;
    Part& part = found->second;
    part.covered_days = 0;
    for (const auto& [begin, survey] : part.surveys) {
      part.covered_days += survey.days.length();
      Team& team = teams_[survey.team];
      if (!team.pooled.empty() && team.pooled_ppv.empty() && team.reviewed_again > 0) {
        team.pooled_ppv =
            PpvDraws(survey.team, period_, team.reviewed_again, team.confirmed, draws_);
      }
    }
    const double scale = static_cast<double>(period_.length()) / part.covered_days;
    part.summary = SurveySummary();
    part.sensitivity_measured = true;
    for (const auto& [begin, survey] : part.surveys) {
      const ReviewerError error = ErrorOf(survey.team);
      part.summary.Add(Summarise(survey, error), scale);
      if (error.inverse_sensitivity_draws == nullptr) part.sensitivity_measured = false;
    }
    const Survey& newest = part.surveys.rbegin()->second;
    part.labels.member = stratum.member;
    part.labels.platform_class = newest.platform_class;
    part.labels.taxon_group = stratum.taxon_group;
    part.labels.sharing_groups = {newest.sharing_groups.begin(), newest.sharing_groups.end()};
    Move(part, true);
  }
}

std::optional<std::vector<double>> PeriodEstimate::PartDraws(const Part& part) {
  ++strata_drawn_;
  std::vector<double> draws(draws_, 0);
  bool any = false;
  for (const auto& [begin, survey] : part.surveys) {
    any = AddDraws(survey, ErrorOf(survey.team), absl::MakeSpan(draws)) || any;
  }
  if (!any) return std::nullopt;
  return draws;
}

void PeriodEstimate::Shift(const Part& part, const std::vector<double>& draws, bool in) {
  const double scale = static_cast<double>(period_.length()) / part.covered_days;
  const auto cell = cells_.try_emplace(part.labels, draws_).first;
  if (in) {
    cell->second.sum.Add(draws, scale);
    ++cell->second.surveys;
  } else {
    cell->second.sum.Subtract(draws, scale);
    if (--cell->second.surveys == 0) cells_.erase(cell);
  }
}

void PeriodEstimate::Move(const Part& part, bool in) {
  if (const auto draws = PartDraws(part)) Shift(part, *draws, in);
}

bool PeriodEstimate::Has(const Stratum& stratum) const { return parts_.count(stratum) > 0; }

bool PeriodEstimate::SharesPpv(const std::string& team) const {
  const auto found = teams_.find(team);
  return found != teams_.end() && !found->second.pooled.empty();
}

std::vector<Stratum> PeriodEstimate::Strata() const {
  std::vector<Stratum> strata;
  for (const auto& [stratum, part] : parts_) strata.push_back(stratum);
  return strata;
}

std::vector<ReviewTeam> PeriodEstimate::Teams() const {
  std::vector<ReviewTeam> teams;
  for (const auto& [name, team] : teams_) {
    if (team.error) teams.push_back(*team.error);
  }
  return teams;
}

void PeriodEstimate::SetMatched(const Stratum& stratum, bool matched) {
  const auto part = parts_.find(stratum);
  if (part == parts_.end() || part->second.labels.matched == matched) return;
  const auto draws = PartDraws(part->second);
  if (draws) Shift(part->second, *draws, false);
  part->second.labels.matched = matched;
  if (draws) Shift(part->second, *draws, true);
}

template <typename Visit>
void PeriodEstimate::ForEachOf(const Subset& subset, Visit visit) const {
  // Strata are sorted by member first.
  auto part = subset.member.empty() ? parts_.begin()
                                    : parts_.lower_bound(Stratum{subset.member, "", "", ""});
  for (; part != parts_.end(); ++part) {
    if (!subset.member.empty() && part->first.member != subset.member) return;
    visit(part->first, part->second);
  }
}

void PeriodEstimate::Count(const Stratum& stratum, const Part& part, int64_t* covered_days,
                           Basis* basis) {
  basis->sums.Add(part.summary, 1);
  ++basis->strata;
  basis->surveys += part.surveys.size();
  basis->members.insert(basis->members.end(), stratum.member);
  *covered_days += part.covered_days;
  basis->sensitivity_measured = basis->sensitivity_measured && part.sensitivity_measured;
  for (const auto& [begin, survey] : part.surveys) {
    basis->definition_versions.insert(survey.definition_version);
  }
}

void PeriodEstimate::Finish(int64_t covered_days, Basis* basis) const {
  if (basis->strata == 0) return;
  basis->covered = static_cast<double>(covered_days) /
                   (static_cast<double>(period_.length()) * static_cast<double>(basis->strata));
}

Basis PeriodEstimate::BasisOf(const Subset& subset) const {
  Basis basis;
  int64_t covered_days = 0;
  ForEachOf(subset, [&](const Stratum& stratum, const Part& part) {
    if (part.labels.In(subset, Which::kAll)) Count(stratum, part, &covered_days, &basis);
  });
  Finish(covered_days, &basis);
  return basis;
}

PeriodEstimate::Side PeriodEstimate::SideOf(const Subset& subset, Which which) const {
  Side side;
  Basis& basis = side.basis;
  int64_t covered_days = 0;
  ForEachOf(subset, [&](const Stratum& stratum, const Part& part) {
    if (!part.labels.In(subset, Which::kAll)) return;
    if (which == Which::kMatched && !part.labels.matched) {
      side.unmatched.push_back(stratum);
      return;
    }
    Count(stratum, part, &covered_days, &basis);
  });
  Finish(covered_days, &basis);
  if (basis.sums.weight_sum > 0) {
    side.hidden = basis.sums.weight_square_sum / basis.sums.weight_sum;
  }
  side.sum = std::make_shared<const DrawSum>(SumOf(subset, which));
  side.half_positive = half_positive_;
  return side;
}

DrawSum PeriodEstimate::SumOf(const Subset& subset, Which which) const {
  DrawSum sum(draws_);
  Labels first;  // cells are sorted by member first, as strata are
  first.member = subset.member;
  auto cell = subset.member.empty() ? cells_.begin() : cells_.lower_bound(first);
  for (; cell != cells_.end(); ++cell) {
    if (!subset.member.empty() && cell->first.member != subset.member) break;
    if (cell->first.In(subset, which)) sum.Add(cell->second.sum);
  }
  return sum;
}

std::vector<double> PeriodEstimate::Side::Draws() const {
  if (!(hidden > 0)) return {};
  std::vector<double> draws = sum->Values();
  for (size_t i = 0; i < draws.size(); ++i) draws[i] += hidden * (*half_positive)[i];
  return draws;
}

std::optional<Interval> PeriodEstimate::Side::Prevalence() const {
  std::vector<double> draws = Draws();
  if (draws.empty()) return std::nullopt;
  const SurveySummary& sums = basis.sums;
  Interval prevalence;
  const auto [low, high] = MiddleOf(absl::MakeSpan(draws));
  prevalence.point =
      (sums.total > 0 ? sums.total : QuantileOf(absl::MakeSpan(draws), 0.5)) / sums.exposure;
  prevalence.low = std::min(prevalence.point, low / sums.exposure);
  prevalence.high = std::max(prevalence.point, std::min(1.0, high / sums.exposure));
  return prevalence;
}

}  // namespace vervet::hub::progress
