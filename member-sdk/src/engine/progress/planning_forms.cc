#include "member-sdk/src/engine/progress/planning_forms.h"

#include "member-sdk/src/engine/progress/contribution_forms.h"

namespace vervet::engine {

// The public enumeration has the wire's numbers.
static_assert(static_cast<int>(PlanAllocation::kNeyman) == v1::PLAN_NEYMAN);
static_assert(static_cast<int>(PlanAllocation::kEqual) == v1::PLAN_EQUAL);

v1::PlanRequest ToProto(const PlanQuery& query) {
  v1::PlanRequest request;
  for (const PlanQuery::Stratum& stratum : query.strata) {
    v1::PlanStratum& out = *request.add_strata();
    out.set_name(stratum.name);
    out.set_exposure(stratum.exposure);
    out.set_prevalence(stratum.prevalence);
  }
  request.set_target(query.target);
  request.set_truth(query.truth);
  request.set_power(query.power);
  request.set_sensitivity(query.sensitivity);
  request.set_reviewed_again(query.reviewed_again);
  request.set_design_effect(query.design_effect);
  request.set_allocation(static_cast<v1::PlanAllocation>(query.allocation));
  return request;
}

SamplePlan FromProto(const v1::PlanResponse& response) {
  SamplePlan plan;
  plan.listings = response.listings();
  plan.baseline_positives = response.baseline_positives();
  plan.follow_up_positives = response.follow_up_positives();
  plan.likely = FromProto(response.likely_interval());
  for (const v1::PlanLine& line : response.lines()) {
    plan.lines.push_back({line.name(), line.listings(), line.baseline_positives()});
  }
  return plan;
}

std::vector<ReleaseSummary> FromProto(const v1::ListReleasesResponse& response) {
  std::vector<ReleaseSummary> releases;
  for (const v1::ReleaseLine& line : response.releases()) {
    ReleaseSummary& release = releases.emplace_back();
    release.release = line.release();
    release.sequence = line.sequence();
    release.released = ToTime(line.released_us());
    release.panel = line.panel();
    release.period = FromProto(line.period());
    release.note = line.note();
    release.shown = line.shown();
    release.withheld = line.withheld();
    release.replaced_by = line.replaced_by();
  }
  return releases;
}

std::vector<PanelSummary> FromProto(const v1::ListPanelsResponse& response,
                                    const std::string& party) {
  std::vector<PanelSummary> panels;
  for (const v1::PanelLine& line : response.panels()) {
    const v1::Panel& from = line.panel();
    PanelSummary& panel = panels.emplace_back();
    panel.panel = from.panel();
    panel.title = from.title();
    panel.baseline = FromProto(from.baseline());
    panel.unit = from.unit();
    panel.period_months = from.period_months();
    panel.due_days = from.due_days();
    panel.definition_version = from.definition_version();
    panel.members = line.members();
    panel.strata = line.strata();
    for (const v1::PanelMember& member : from.members()) {
      if (member.party() != party) continue;
      panel.has_own = true;
      panel.own_platform_class = member.platform_class();
      for (const v1::SurveyStratum& stratum : member.strata()) {
        panel.own_strata.push_back(FromProto(stratum));
      }
    }
    for (const v1::Days& period : line.periods()) panel.periods.push_back(FromProto(period));
    for (const v1::Days& period : line.released()) panel.released.push_back(FromProto(period));
  }
  return panels;
}

Displacement FromProto(const v1::GetDisplacementResponse& response) {
  const v1::Displacement& from = response.displacement();
  Displacement displacement;
  displacement.source = FromProto(response.basis());
  if (from.has_withheld()) displacement.withheld = FromProto(from.withheld());
  displacement.offenders = from.offenders();
  displacement.reappeared = from.reappeared();
  displacement.already_there = from.already_there();
  for (const v1::Displacement::Horizon& horizon : from.horizons()) {
    Displacement::Horizon& one = displacement.horizons.emplace_back();
    one.days = horizon.days();
    one.followed = horizon.followed();
    if (horizon.has_share()) one.share = FromProto(horizon.share());
  }
  if (from.has_quarter_after_days()) displacement.quarter_after_days = from.quarter_after_days();
  if (from.has_half_after_days()) displacement.half_after_days = from.half_after_days();
  if (from.has_median_days_of_reappeared()) {
    displacement.median_days_of_reappeared = from.median_days_of_reappeared();
  }
  return displacement;
}

}  // namespace vervet::engine
