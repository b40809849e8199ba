#include "hub/views/progress/planner.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace vervet::hub::progress {
namespace {

constexpr double kZ = 1.959963984540054;  // 97.5%

absl::Status Refuse(const std::string& field, const char* what_would_be_right) {
  return absl::InvalidArgumentError(absl::StrCat(field, " ", what_would_be_right));
}

bool Between(double value, double above, double up_to) { return value > above && value <= up_to; }

absl::Status Check(const PlanRequest& request) {
  if (!Between(request.target, 0, 0.999))
    return Refuse("target", "must be in (0, 0.999]: 0.80 is the coalition's");
  if (!Between(request.truth, request.target, 0.9999)) {
    return Refuse("truth",
                  "must be above the target and at most 0.9999: a truth at the target cannot be "
                  "shown with any sample");
  }
  if (!Between(request.power, 0, 0.999))
    return Refuse("power", "must be in (0, 0.999]: 0.80 is usual");
  if (!Between(request.sensitivity, 0, 1)) return Refuse("sensitivity", "must be in (0, 1]");
  if (!Between(request.reviewed_again, 0, 1)) return Refuse("reviewed_again", "must be in (0, 1]");
  if (!(request.design_effect >= 1 && request.design_effect <= 1000)) {
    return Refuse("design_effect", "must be in [1, 1000]: 1 where listings are drawn one by one");
  }
  if (request.strata.empty()) return Refuse("strata", "are none: name at least one");
  for (size_t i = 0; i < request.strata.size(); ++i) {
    const std::string field = absl::StrCat("strata[", i, "]");
    const PlannedStratum& stratum = request.strata[i];
    if (!(std::isfinite(stratum.exposure) && stratum.exposure > 0)) {
      return Refuse(field + ".exposure", "must be positive");
    }
    if (!(stratum.prevalence > 0 && stratum.prevalence < 1)) {
      return Refuse(
          field + ".prevalence",
          "must be in (0, 1): take it from the last survey, or 0.0001 where nobody knows");
    }
  }
  return absl::OkStatus();
}

double ShareWanted(const PlannedStratum& stratum, PlanRequest::Allocation allocation) {
  switch (allocation) {
    case PlanRequest::Allocation::kByExposure:
      return stratum.exposure;
    case PlanRequest::Allocation::kNeyman:
      return stratum.exposure * std::sqrt(stratum.prevalence);
    case PlanRequest::Allocation::kEqual:
      break;
  }
  return 1;
}

}  // namespace

double NormalShare(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

double NormalQuantile(double p) {
  double low = -40;
  double high = 40;
  for (int i = 0; i < 100; ++i) {  // to the last bit; nobody plans in a loop
    const double middle = (low + high) / 2;
    (NormalShare(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

absl::StatusOr<Plan> PlanSamples(const PlanRequest& request) {
  const absl::Status status = Check(request);
  if (!status.ok()) return status;
  const double distance = std::log((1 - request.target) / (1 - request.truth));
  const double error = distance / (kZ + NormalQuantile(request.power));
  const double left = 1 - request.truth;

  double wanted = 0;
  double total = 0;  // sum of V pi
  for (const PlannedStratum& stratum : request.strata) {
    wanted += ShareWanted(stratum, request.allocation);
    total += stratum.exposure * stratum.prevalence;
  }
  // Of one listing in all, shared out: sum of V^2 pi / share, over the total squared.
  double variance = 0;
  for (const PlannedStratum& stratum : request.strata) {
    const double share = ShareWanted(stratum, request.allocation) / wanted;
    variance += stratum.exposure * stratum.exposure * stratum.prevalence / share;
  }
  variance /= total * total;
  // A confirmed positive takes 1/sensitivity listings more; a second review of a part of the
  // positives costs at most the share that it leaves out.
  variance *= request.design_effect / (request.sensitivity * request.reviewed_again);
  const double listings = variance * (1 + 1 / left) / (error * error);

  Plan plan;
  for (const PlannedStratum& stratum : request.strata) {
    PlannedSample sample;
    sample.name = stratum.name;
    sample.listings = std::ceil(listings * ShareWanted(stratum, request.allocation) / wanted);
    sample.baseline_positives = listings * ShareWanted(stratum, request.allocation) / wanted *
                                stratum.prevalence * request.sensitivity;
    plan.listings += sample.listings;
    plan.baseline_positives += sample.baseline_positives;
    plan.strata.push_back(std::move(sample));
  }
  plan.follow_up_positives = plan.baseline_positives * left;
  return plan;
}

double PowerOf(double baseline_positives, double follow_up_positives, double truth, double target) {
  const double error = std::sqrt(1 / baseline_positives + 1 / follow_up_positives);
  return NormalShare(std::log((1 - target) / (1 - truth)) / error - kZ);
}

LikelyInterval IntervalAt(double baseline_positives, double follow_up_positives, double truth) {
  const double error = std::sqrt(1 / baseline_positives + 1 / follow_up_positives);
  return {1 - (1 - truth) * std::exp(kZ * error), 1 - (1 - truth) * std::exp(-kZ * error)};
}

}  // namespace vervet::hub::progress
