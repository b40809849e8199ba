// Plan of progress_query.h: how much each member must sample.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/views/progress/planner.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

double OrElse(double value, double otherwise) { return value == 0 ? otherwise : value; }

absl::StatusOr<progress::PlanRequest> PlanOf(const v1::PlanRequest& request) {
  progress::PlanRequest plan;
  plan.target = OrElse(request.target(), plan.target);
  plan.truth = OrElse(request.truth(), plan.truth);
  plan.power = OrElse(request.power(), plan.power);
  plan.sensitivity = OrElse(request.sensitivity(), plan.sensitivity);
  plan.reviewed_again = OrElse(request.reviewed_again(), plan.reviewed_again);
  plan.design_effect = OrElse(request.design_effect(), plan.design_effect);
  switch (request.allocation()) {
    case v1::PLAN_BY_EXPOSURE:
      plan.allocation = progress::PlanRequest::Allocation::kByExposure;
      break;
    case v1::PLAN_NEYMAN:
      plan.allocation = progress::PlanRequest::Allocation::kNeyman;
      break;
    case v1::PLAN_EQUAL:
      plan.allocation = progress::PlanRequest::Allocation::kEqual;
      break;
    default:
      return Invalid("allocation", "is unknown; see PlanAllocation");
  }
  if (request.panel().empty() == request.strata().empty()) {
    return Invalid("panel", "is given beside strata, or neither is; one of the two");
  }
  if (request.strata_size() > kMaxPlannedStrata) {
    return Invalid("strata", absl::StrCat("has ", request.strata_size(), " entries; at most ",
                                          kMaxPlannedStrata));
  }
  for (int i = 0; i < request.strata_size(); ++i) {
    const v1::PlanStratum& stratum = request.strata(i);
    VERVET_RETURN_IF_ERROR(
        CheckText(absl::StrCat("strata[", i, "].name"), stratum.name(), kMaxWordNameBytes));
    plan.strata.push_back({stratum.name(), stratum.exposure(), stratum.prevalence()});
  }
  return plan;
}

// Each member of the panel as its baseline was measured.
absl::Status AddPanel(const ProgressAsker& asker, const std::string& name,
                      progress::PlanRequest* plan, v1::AnswerBasis* basis) {
  v1::Panel panel;
  uint64_t position = 0;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, v1::AsOf(), asker.now));
    VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                            ResolvePanel(state.progress, name, asked.position));
    panel = entry->panel;
    position = asked.position;
    FillBasis(state.progress, asked, basis);
    basis->set_panel(panel.panel());
    *basis->mutable_period() = panel.baseline();
    return absl::OkStatus();
  }));
  for (const v1::PanelMember& member : panel.members()) {
    progress::Subset subset;
    subset.member = member.party();
    VERVET_ASSIGN_OR_RETURN(
        const ProgressFigure figure,
        asker.figures->Of({panel.panel(), FromProto(panel.baseline()), false, position}, subset,
                          ProgressFigures::What::kPrevalence));
    if (!figure.prevalence || !(figure.prevalence->point > 0)) continue;
    plan->strata.push_back({member.party(), figure.basis.sums.exposure, figure.prevalence->point});
  }
  if (!plan->strata.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "panel: has no surveys of its baseline to plan from; give strata, with the prevalence that "
      "you expect");
}

}  // namespace

absl::Status PlanProgress(const ProgressAsker& asker, const v1::PlanRequest& request,
                          v1::PlanResponse* response) {
  VERVET_ASSIGN_OR_RETURN(progress::PlanRequest wanted, PlanOf(request));
  v1::PlanResponse answer;
  if (!request.panel().empty()) {
    // From its share of the listings a member could compute the exposure of all others.
    if (!asker.IsCoordinator()) {
      return absl::PermissionDeniedError(
          "panel: a plan from a panel's baseline is for coordinators, who tell each member its "
          "part; give strata of your own");
    }
    VERVET_RETURN_IF_ERROR(AddPanel(asker, request.panel(), &wanted, answer.mutable_basis()));
  }
  VERVET_ASSIGN_OR_RETURN(const progress::Plan plan, progress::PlanSamples(wanted));
  answer.set_target(wanted.target);
  answer.set_truth(wanted.truth);
  answer.set_power(wanted.power);
  answer.set_baseline_positives(plan.baseline_positives);
  answer.set_follow_up_positives(plan.follow_up_positives);
  answer.set_listings(static_cast<int64_t>(plan.listings));
  const progress::LikelyInterval likely =
      progress::IntervalAt(plan.baseline_positives, plan.follow_up_positives, wanted.truth);
  answer.mutable_likely_interval()->set_point(wanted.truth);
  answer.mutable_likely_interval()->set_low(likely.low);
  answer.mutable_likely_interval()->set_high(likely.high);
  for (const progress::PlannedSample& sample : plan.strata) {
    v1::PlanLine& line = *answer.add_lines();
    line.set_name(sample.name);
    line.set_listings(static_cast<int64_t>(sample.listings));
    line.set_baseline_positives(sample.baseline_positives);
  }
  *response = std::move(answer);
  return absl::OkStatus();
}

}  // namespace vervet::hub
