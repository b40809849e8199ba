#include "hub/engine/progress_query.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {

bool ProgressAsker::IsCoordinator() const { return absl::StartsWith(party, "coordinator/"); }

namespace {

using Row = ProgressLedger::Row;

constexpr absl::string_view kNotReleased =
    "No release shows this figure. Members see what coordinators have released.";

v1::ReductionFigure NotReleased(const v1::FigureSubset& subset, v1::Surveyors surveyors) {
  v1::ReductionFigure figure;
  *figure.mutable_subset() = subset;
  figure.set_surveyors(surveyors);
  *figure.mutable_withheld() = MakeWhy("not_released", kNotReleased);
  return figure;
}

std::vector<bool> SurveyorsAsked(v1::Surveyors surveyors) {
  if (surveyors == v1::MEMBERS_THEMSELVES) return {false};
  if (surveyors == v1::INDEPENDENT_SURVEYORS) return {true};
  return {false, true};
}

// What a question about the reduction comes down to, found under the state's lock.
struct ReductionPlan {
  AskedPosition asked;
  progress::Days period;
  std::vector<v1::FigureSubset> subsets;
  bool any_independent = false;
};

bool AnyIndependent(const ProgressLedger& ledger, const v1::Panel& panel, uint64_t position) {
  const auto& surveys = ledger.independent_surveys();
  return std::any_of(surveys.begin(), surveys.end(), [&](uint32_t index) {
    const Row& row = ledger.rows()[index];
    return row.StandsAt(position) && FindPanelMember(panel, ledger.Text(row.member)) != nullptr;
  });
}

absl::Status CheckSubsets(const ProgressAsker& asker, const v1::GetReductionRequest& request) {
  if (request.subsets_size() > kMaxSubsetsAsked) {
    return Invalid("subsets", absl::StrCat("has ", request.subsets_size(), " entries; at most ",
                                           kMaxSubsetsAsked));
  }
  for (int i = 0; i < request.subsets_size() && !asker.IsCoordinator(); ++i) {
    const std::string& member = request.subsets(i).member();
    if (!member.empty() && member != asker.party) {
      return absl::PermissionDeniedError(
          absl::StrCat("subsets[", i, "].member: another member; a member sees its own figures"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReductionPlan> PlanReduction(const ProgressAsker& asker, const HubState& state,
                                            const v1::GetReductionRequest& request,
                                            v1::GetReductionResponse* response) {
  const ProgressLedger& ledger = state.progress;
  ReductionPlan plan;
  VERVET_ASSIGN_OR_RETURN(plan.asked, ResolvePosition(state, request.as_of(), asker.now));
  VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                          ResolvePanel(ledger, request.panel(), plan.asked.position));
  const v1::Panel& panel = entry->panel;
  const bool coordinator = asker.IsCoordinator();
  if (request.has_period()) {
    plan.period = FromProto(request.period());
    VERVET_RETURN_IF_ERROR(CheckPeriod(panel, plan.period));
  } else {
    plan.period = NewestSurveyedPeriod(ledger, panel, plan.asked);
    if (!coordinator) {
      for (const ProgressLedger::Release& release : ledger.releases()) {
        if (release.sequence <= plan.asked.position && release.released.panel() == panel.panel()) {
          plan.period = FromProto(release.released.period());
        }
      }
    }
  }
  plan.subsets.assign(request.subsets().begin(), request.subsets().end());
  if (plan.subsets.empty()) {
    plan.subsets = StandardSubsets(panel);
    if (!coordinator) plan.subsets.emplace_back().set_member(asker.party);
  }
  if (coordinator && request.with_members()) {
    for (const v1::PanelMember& member : panel.members()) {
      plan.subsets.emplace_back().set_member(member.party());
    }
  }
  plan.any_independent = AnyIndependent(ledger, panel, plan.asked.position);
  FillBasis(ledger, plan.asked, panel, plan.period, coordinator ? "" : asker.party,
            response->mutable_basis());
  response->set_target(progress::kTarget);
  response->set_panel_title(panel.title());
  *response->mutable_baseline() = panel.baseline();
  response->set_unit(panel.unit());
  if (coordinator) return plan;
  if (const auto* release = ledger.ReleaseOf(panel.panel(), plan.period, plan.asked.position)) {
    FillReleaseBasis(*release, response->mutable_basis());
    AddCountedUnder(VersionsOf(release->released), response->mutable_basis());
    for (const v1::ReductionFigure& figure : release->released.reductions()) {
      *response->add_figures() = figure;
    }
  }
  return plan;
}

// The released figure of this subset, or that there is none.
v1::ReductionFigure Released(const v1::GetReductionResponse& released,
                             const v1::FigureSubset& subset, bool independent) {
  const v1::Surveyors surveyors = independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES;
  for (const v1::ReductionFigure& figure : released.figures()) {
    if (figure.surveyors() == surveyors && SameSubset(figure.subset(), subset)) return figure;
  }
  return NotReleased(subset, surveyors);
}

}  // namespace

absl::Status GetReduction(const ProgressAsker& asker, const v1::GetReductionRequest& request,
                          v1::GetReductionResponse* response) {
  VERVET_RETURN_IF_ERROR(CheckSubsets(asker, request));
  v1::GetReductionResponse answer;
  VERVET_ASSIGN_OR_RETURN(const ReductionPlan plan, asker.state->Read([&](const HubState& state) {
    return PlanReduction(asker, state, request, &answer);
  }));
  v1::GetReductionResponse released;
  released.mutable_figures()->Swap(answer.mutable_figures());
  for (const v1::FigureSubset& subset : plan.subsets) {
    for (const bool independent : SurveyorsAsked(request.surveyors())) {
      if (independent && !plan.any_independent &&
          request.surveyors() == v1::SURVEYORS_UNSPECIFIED) {
        continue;
      }
      if (!asker.IsCoordinator() && subset.member().empty()) {
        *answer.add_figures() = Released(released, subset, independent);
        continue;
      }
      VERVET_ASSIGN_OR_RETURN(
          const ProgressFigure figure,
          asker.figures->Of({answer.basis().panel(), plan.period, independent, plan.asked.position},
                            FromProto(subset)));
      *answer.add_figures() = ToProto(figure.reduction, subset, independent);
      AddCountedUnder(VersionsOf(figure), answer.mutable_basis());
    }
  }
  *response = std::move(answer);
  return absl::OkStatus();
}

}  // namespace vervet::hub
