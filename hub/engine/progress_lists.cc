// The lists of progress_query.h: definitions, panels, releases, contributions, restatements.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/engine/progress_series.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Row = ProgressLedger::Row;

// An answer stays well below gRPC's 4 MiB; `more` says that there is more.
constexpr size_t kMaxListBytes = 1024 * 1024;

absl::StatusOr<uint32_t> LimitOf(uint32_t limit) {
  if (limit > kMaxProgressLines) {
    return Invalid("limit", absl::StrCat("is ", limit, "; at most ", kMaxProgressLines));
  }
  return limit == 0 ? 100 : limit;
}

void FillRelease(const ProgressLedger& ledger, const ProgressLedger::Release& release,
                 uint64_t position, v1::ReleaseLine* line) {
  const v1::PeriodReleased& released = release.released;
  line->set_release(released.release());
  line->set_sequence(release.sequence);
  line->set_released_us(release.time_us);
  line->set_panel(released.panel());
  *line->mutable_period() = released.period();
  line->set_note(released.note());
  line->set_released_by(released.released_by());
  uint32_t shown = 0;
  uint32_t withheld = 0;
  for (const v1::ReductionFigure& figure : released.reductions()) {
    ++(figure.has_withheld() ? withheld : shown);
  }
  for (const v1::Series& series : released.series()) {
    for (const v1::SeriesPoint& point : series.points()) ++(point.withheld() ? withheld : shown);
  }
  line->set_shown(shown);
  line->set_withheld(withheld);
  const auto* newest = ledger.ReleaseOf(released.panel(), FromProto(released.period()), position);
  if (newest != nullptr && newest->sequence > release.sequence) {
    line->set_replaced_by(newest->released.release());
  }
}

}  // namespace

absl::Status ListRestatements(const ProgressAsker& asker,
                              const v1::ListRestatementsRequest& request,
                              v1::ListRestatementsResponse* response) {
  VERVET_ASSIGN_OR_RETURN(const uint32_t limit, LimitOf(request.limit()));
  v1::ListRestatementsResponse answer;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition now, ResolvePosition(state, v1::AsOf(), asker.now));
    uint64_t since = 0;
    if (request.since().at_case() != v1::AsOf::AT_NOT_SET) {
      VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                              ResolvePosition(state, request.since(), asker.now));
      since = asked.position;
    }
    const bool coordinator = asker.IsCoordinator();
    FillBasis(ledger, now, answer.mutable_basis());
    size_t bytes = 0;
    for (auto index = ledger.revisions().rbegin(); index != ledger.revisions().rend(); ++index) {
      const Row& row = ledger.rows()[*index];
      if (row.sequence <= since) break;
      if (request.before_sequence() != 0 && row.sequence >= request.before_sequence()) continue;
      if (!coordinator && ledger.Text(row.member) != asker.party) continue;
      if (static_cast<uint32_t>(answer.restatements_size()) == limit || bytes > kMaxListBytes) {
        answer.set_more(true);
        break;
      }
      FillRestatement(ledger, row, answer.add_restatements());
      bytes += answer.restatements(answer.restatements_size() - 1).ByteSizeLong();
    }
    if (request.before_sequence() != 0) return absl::OkStatus();  // a further page
    for (auto one = ledger.definitions().rbegin(); one != ledger.definitions().rend(); ++one) {
      if (one->sequence > since) *answer.add_markers() = MarkerOf(*one);
    }
    for (auto one = ledger.panels().rbegin(); one != ledger.panels().rend(); ++one) {
      if (one->sequence > since) *answer.add_markers() = MarkerOf(*one);
    }
    std::stable_sort(answer.mutable_markers()->begin(), answer.mutable_markers()->end(),
                     [](const auto& a, const auto& b) { return a.sequence() > b.sequence(); });
    for (auto one = ledger.releases().rbegin(); one != ledger.releases().rend(); ++one) {
      if (one->sequence <= since || answer.releases_size() == kMaxProgressLines) break;
      FillRelease(ledger, *one, now.position, answer.add_releases());
    }
    return absl::OkStatus();
  }));
  *response = std::move(answer);
  return absl::OkStatus();
}

absl::Status ListContributions(const ProgressAsker& asker,
                               const v1::ListContributionsRequest& request,
                               v1::ListContributionsResponse* response) {
  VERVET_ASSIGN_OR_RETURN(const uint32_t limit, LimitOf(request.limit()));
  const bool coordinator = asker.IsCoordinator();
  if (!coordinator && !request.member().empty() && request.member() != asker.party) {
    return absl::PermissionDeniedError("member: another member; leave it empty for your own");
  }
  const std::string member = coordinator ? request.member() : asker.party;
  v1::ListContributionsResponse answer;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, request.as_of(), asker.now));
    FillBasis(ledger, asked, answer.mutable_basis());
    const progress::Days days = FromProto(request.days());
    size_t bytes = 0;
    for (size_t i = ledger.FirstAfter(request.after_sequence()); i < ledger.rows().size(); ++i) {
      const Row& row = ledger.rows()[i];
      if (row.sequence > asked.position) break;
      if (!member.empty() && ledger.Text(row.member) != member) continue;
      const bool stands = row.StandsAt(asked.position);
      if (!stands && !request.history()) continue;
      const bool has_days = row.kind != ProgressLedger::Kind::kTeam;
      if (request.has_days() && has_days && !row.days.Overlaps(days)) continue;
      if (static_cast<uint32_t>(answer.lines_size()) == limit || bytes > kMaxListBytes) {
        answer.set_more(true);
        break;
      }
      v1::ContributionLine& line = *answer.add_lines();
      line.set_sequence(row.sequence);
      line.set_time_us(row.time_us);
      *line.mutable_contribution() = ContributionOf(ledger, row);
      line.set_replaced(!stands);
      bytes += line.ByteSizeLong();
    }
    return absl::OkStatus();
  }));
  *response = std::move(answer);
  return absl::OkStatus();
}

absl::Status ListReleases(const ProgressAsker& asker, const v1::ListReleasesRequest& request,
                          v1::ListReleasesResponse* response) {
  return asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, request.as_of(), asker.now));
    FillBasis(ledger, asked, response->mutable_basis());
    for (auto one = ledger.releases().rbegin(); one != ledger.releases().rend(); ++one) {
      if (one->sequence > asked.position) continue;
      if (!request.panel().empty() && one->released.panel() != request.panel()) continue;
      if (response->releases_size() == kMaxProgressLines) break;
      FillRelease(ledger, *one, asked.position, response->add_releases());
    }
    return absl::OkStatus();
  });
}

absl::Status GetDefinitions(const ProgressAsker& asker, const v1::GetDefinitionsRequest& request,
                            v1::GetDefinitionsResponse* response) {
  return asker.state->Read([&](const HubState& state) -> absl::Status {
    const auto& versions = state.progress.definitions();
    if (versions.empty()) {
      return absl::NotFoundError(
          "version: nothing is defined yet; a coordinator defines it (vervet progress define)");
    }
    const size_t version = request.version() == 0 ? versions.size() : request.version();
    if (version > versions.size()) {
      return absl::NotFoundError(
          absl::StrCat("version: is ", version, ", and the newest is ", versions.size()));
    }
    const ProgressLedger::Defined& defined = versions[version - 1];
    *response->mutable_definitions() = defined.definitions;
    response->set_sequence(defined.sequence);
    response->set_time_us(defined.time_us);
    response->set_defined_by(defined.defined_by);
    response->set_newest_version(static_cast<uint32_t>(versions.size()));
    return absl::OkStatus();
  });
}

absl::Status ListPanels(const ProgressAsker& asker, const v1::ListPanelsRequest& request,
                        v1::ListPanelsResponse* response) {
  v1::ListPanelsResponse answer;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, request.as_of(), asker.now));
    FillBasis(ledger, asked, answer.mutable_basis());
    size_t bytes = 0;
    for (auto one = ledger.panels().rbegin(); one != ledger.panels().rend(); ++one) {
      if (one->sequence > asked.position) continue;
      v1::PanelLine& line = *answer.add_panels();
      *line.mutable_panel() = one->panel;
      line.set_sequence(one->sequence);
      line.set_created_us(one->time_us);
      line.set_created_by(one->created_by);
      line.set_members(static_cast<uint32_t>(one->panel.members_size()));
      uint32_t strata = 0;
      for (const v1::PanelMember& member : one->panel.members()) {
        strata += static_cast<uint32_t>(member.strata_size());
      }
      line.set_strata(strata);
      for (const progress::Days& period : ReportingPeriodsUntil(one->panel, asked.today)) {
        *line.add_periods() = ToProto(period);
        if (ledger.ReleaseOf(one->panel.panel(), period, asked.position) != nullptr) {
          *line.add_released() = ToProto(period);
        }
      }
      bytes += line.ByteSizeLong();
      // Older panels lose their members' lines before the answer grows too large for one message.
      const bool too_large = bytes > kMaxListBytes;
      auto& members = *line.mutable_panel()->mutable_members();
      members.erase(std::remove_if(members.begin(), members.end(),
                                   [&](const auto& member) {
                                     return too_large || (!asker.IsCoordinator() &&
                                                          member.party() != asker.party);
                                   }),
                    members.end());
    }
    return absl::OkStatus();
  }));
  *response = std::move(answer);
  return absl::OkStatus();
}

void GetProgressVersion(const ProgressAsker& asker, v1::GetProgressVersionResponse* response) {
  asker.state->Read([&](const HubState& state) {
    const ProgressLedger& ledger = state.progress;
    response->set_position(ledger.last_relevant());
    response->set_time_us(absl::ToUnixMicros(state.last_time));
    response->set_newest_release(static_cast<uint32_t>(ledger.releases().size()));
    response->set_definition_version(static_cast<uint32_t>(ledger.definitions().size()));
    response->set_today(DayNumberOf(asker.now));
  });
}

}  // namespace vervet::hub
