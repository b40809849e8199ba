#include "hub/engine/progress_release.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_release_judge.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

// What a member gets of a figure that is shown: no amounts, and no names.
void Simplify(v1::ReductionFigure* figure) {
  for (v1::FigureBasis* basis : {figure->mutable_baseline(), figure->mutable_follow_up()}) {
    v1::FigureBasis shown;
    shown.set_members(basis->members());
    shown.set_strata(basis->strata());
    shown.set_surveys(basis->surveys());
    *basis = shown;
  }
  figure->clear_without_follow_up();
  figure->clear_without_baseline();
}

absl::Status CheckReleasable(const HubState& state, const v1::Panel& panel,
                             const progress::Days& period, const AskedPosition& asked) {
  const ProgressLedger& ledger = state.progress;
  if (period.end > asked.today) {
    return absl::FailedPreconditionError("period: is not over; a release shows whole periods");
  }
  if (ledger.releases().size() >= kMaxReleases) {
    return absl::FailedPreconditionError(
        absl::StrCat("there are ", kMaxReleases, " releases, the limit"));
  }
  const auto* last = ledger.ReleaseOf(panel.panel(), period, asked.position);
  if (last == nullptr) return absl::OkStatus();
  const progress::Days baseline = FromProto(panel.baseline());
  bool changed = false;
  ledger.ForEachAfter(last->released.position(), [&](const ProgressLedger::Row& row) {
    changed = changed || row.kind == ProgressLedger::Kind::kTeam || row.days.Overlaps(period) ||
              row.days.Overlaps(baseline);
  });
  if (changed) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "period: nothing of it has changed since its release ", last->released.release()));
}

// A series of one period for each kind, in the order of the page: totals before their parts.
absl::Status AddSeries(const ProgressAsker& asker, uint64_t position,
                       v1::PeriodReleased* released) {
  v1::GetSeriesRequest request;
  request.set_panel(released->panel());
  *request.mutable_days() = released->period();
  request.mutable_as_of()->set_position(position);
  const auto take = [&]() -> absl::Status {
    v1::GetSeriesResponse answer;
    VERVET_RETURN_IF_ERROR(GetSeries(asker, request, &answer));
    for (v1::Series& series : *answer.mutable_series()) {
      // Of members that are not of the panel the class is not known: no line of the breakdown.
      const bool of_no_class =
          request.split() == v1::SPLIT_PLATFORM_CLASS && series.subset().platform_class().empty();
      if (series.points_size() == 1 && !of_no_class) *released->add_series() = std::move(series);
    }
    return absl::OkStatus();
  };
  for (const v1::SeriesKind kind :
       {v1::SERIES_PREVALENCE, v1::SERIES_PRECISION, v1::SERIES_RECALL, v1::SERIES_ACTIVITY,
        v1::SERIES_PROACTIVE_RATE, v1::SERIES_VIEWS_BEFORE_REMOVAL, v1::SERIES_APPEALS,
        v1::SERIES_RESTORED, v1::SERIES_REFERRALS}) {
    request.add_kinds(kind);
  }
  VERVET_RETURN_IF_ERROR(take());
  request.clear_kinds();
  request.add_kinds(v1::SERIES_PREVALENCE);
  for (const v1::SeriesSplit split :
       {v1::SPLIT_PLATFORM_CLASS, v1::SPLIT_TAXON_GROUP, v1::SPLIT_SHARING_GROUP}) {
    request.set_split(split);
    VERVET_RETURN_IF_ERROR(take());
  }
  request.clear_kinds();
  request.add_kinds(v1::SERIES_ACTIVITY);
  request.set_split(v1::SPLIT_PLATFORM_CLASS);
  return take();
}

}  // namespace

absl::StatusOr<v1::PeriodReleased> PrepareRelease(const ProgressAsker& asker,
                                                  const v1::ReleaseRequest& request) {
  if (!request.note().empty()) {
    VERVET_RETURN_IF_ERROR(CheckText("note", request.note(), kMaxReasonBytes));
  }
  if (!request.has_period()) return Invalid("period", "is missing; which period is released?");
  v1::Panel panel;
  v1::PeriodReleased released;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, v1::AsOf(), asker.now));
    VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                            ResolvePanel(state.progress, request.panel(), asked.position));
    panel = entry->panel;
    const progress::Days period = FromProto(request.period());
    VERVET_RETURN_IF_ERROR(CheckPeriod(panel, period));
    VERVET_RETURN_IF_ERROR(CheckReleasable(state, panel, period, asked));
    released.set_release(static_cast<uint32_t>(state.progress.releases().size() + 1));
    released.set_panel(panel.panel());
    *released.mutable_period() = request.period();
    released.set_position(asked.position);
    released.set_definition_version(panel.definition_version());
    released.set_note(request.note());
    released.set_released_by(asker.party);
    *released.mutable_displacement() = DisplacementOf(state, asker.now);
    JudgeDisplacement(state, released.mutable_displacement());
    return absl::OkStatus();
  }));
  const uint64_t position = released.position();
  v1::GetReductionRequest reductions;
  reductions.set_panel(panel.panel());
  *reductions.mutable_period() = request.period();
  reductions.mutable_as_of()->set_position(position);
  v1::GetReductionResponse answer;
  VERVET_RETURN_IF_ERROR(GetReduction(asker, reductions, &answer));
  released.mutable_reductions()->Swap(answer.mutable_figures());
  VERVET_RETURN_IF_ERROR(AddSeries(asker, position, &released));
  JudgeSurveys(*asker.state, panel, false, &released);
  JudgeSurveys(*asker.state, panel, true, &released);
  JudgeActivity(*asker.state, &released);
  for (v1::ReductionFigure& figure : *released.mutable_reductions()) {
    if (!figure.has_withheld()) Simplify(&figure);
  }
  return released;
}

absl::StatusOr<Command> ReleaseCommand(absl::string_view by, const v1::ReleaseRequest& request,
                                       const absl::StatusOr<v1::PeriodReleased>& prepared) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "Release", request);
  command.exclusive = true;
  command.decide = [by = std::string(by), prepared](
                       const HubState& state, absl::Time) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    VERVET_RETURN_IF_ERROR(prepared.status());
    if (state.progress.changed() != prepared->position()) {
      return absl::AbortedError(
          "something was contributed while the release was prepared; release again");
    }
    AppendEntry entry;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    *entry.draft.body.mutable_period_released() = *prepared;
    return Command::Decision(std::move(entry));
  };
  return command;
}

void FillReleaseResponse(const v1::PeriodReleased& released, v1::ReleaseResponse* response) {
  response->set_release(released.release());
  uint32_t shown = 0;
  uint32_t withheld = 0;
  for (const v1::ReductionFigure& figure : released.reductions()) {
    ++(figure.has_withheld() ? withheld : shown);
  }
  for (const v1::Series& series : released.series()) {
    for (const v1::SeriesPoint& point : series.points()) ++(point.withheld() ? withheld : shown);
  }
  response->set_shown(shown);
  response->set_withheld(withheld);
  *response->mutable_reductions() = released.reductions();
  *response->mutable_series() = released.series();
}

}  // namespace vervet::hub
