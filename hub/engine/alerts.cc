#include "hub/engine/alerts.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"

namespace vervet::hub {
namespace {

using Decision = absl::StatusOr<Command::Decision>;

AppendEntry ForCoordinators() {
  AppendEntry entry;
  entry.draft.audience.add_roles(v1::COORDINATOR);
  return entry;
}

}  // namespace

v1::AlertRaised CanaryHit(absl::string_view party, absl::string_view record_id, absl::Time now,
                          absl::string_view deed) {
  v1::AlertRaised alert;
  alert.set_kind(v1::CANARY_HIT);
  alert.set_party(std::string(party));
  alert.set_record_id(std::string(record_id));
  alert.set_day(DayOf(now));
  alert.set_detail(absl::StrCat(deed, " a record that is about nobody"));
  return alert;
}

v1::AlertRaised ImageFlood(absl::string_view party, absl::string_view record_id, absl::Time now) {
  v1::AlertRaised alert;
  alert.set_kind(v1::IMAGE_FLOOD);
  alert.set_party(std::string(party));
  alert.set_type(v1::IMAGE_PDQ);
  alert.set_record_id(std::string(record_id));
  alert.set_day(DayOf(now));
  return alert;
}

std::vector<std::string> CanariesIn(const v1::LookupResponse& response, absl::string_view party,
                                    const HubState& state) {
  std::set<std::string> found;
  if (state.alerts.canaries() == 0) return {};
  for (const v1::LookupResult& result : response.results()) {
    for (const v1::MatchedRecord& record : result.records()) {
      if (record.publisher() != party && state.alerts.IsCanary(record.record_id())) {
        found.insert(record.record_id());
      }
    }
  }
  return {found.begin(), found.end()};
}

Command AlertCommand(const v1::AlertRaised& alert) {
  Command command;
  command.touches = {absl::StrCat("alert:", Alerts::Key(alert))};
  command.decide = [alert](const HubState& state, absl::Time) -> Decision {
    if (state.alerts.WasRaised(alert)) return Command::Decision(RequestOutcome{});
    AppendEntry entry = ForCoordinators();
    *entry.draft.body.mutable_alert_raised() = alert;
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> MarkCanaryCommand(absl::string_view by,
                                          const v1::MarkCanaryRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "MarkCanary", request);
  // All of them, for the limit.
  command.touches = {"canaries", absl::StrCat("record:", request.record_id())};
  command.decide = [by = std::string(by), record_id = request.record_id()](const HubState& state,
                                                                           absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const views::RecordPtr record = state.records.Find(record_id);
    if (record == nullptr) {
      return absl::NotFoundError("record_id: no such record; publish it first, then mark it");
    }
    if (const uint64_t marked = state.alerts.CanaryMarkedAt(record_id); marked != 0) {
      return Command::Decision(RequestOutcome{marked, record_id});
    }
    if (record->state != views::OffenderRecords::State::kLive) {
      return absl::FailedPreconditionError(
          "record_id: the record has ended and matches nobody; publish a new one to mark");
    }
    if (state.alerts.canaries() >= kMaxCanaries) {
      return absl::FailedPreconditionError(
          absl::StrCat("there are ", kMaxCanaries, " canaries, the limit; erase old ones"));
    }
    AppendEntry entry;  // no audience: for the hub alone
    auto& marked = *entry.draft.body.mutable_canary_marked();
    marked.set_record_id(record_id);
    marked.set_marked_by(by);
    entry.record_id = record_id;
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> CloseAlertCommand(absl::string_view by,
                                          const v1::CloseAlertRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckText("note", request.note(), kMaxReasonBytes));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "CloseAlert", request);
  command.touches = {absl::StrCat("alert:", request.alert_sequence())};
  command.decide = [by = std::string(by), request](const HubState& state, absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const Alerts::Alert* alert = state.alerts.Find(request.alert_sequence());
    if (alert == nullptr) {
      return absl::NotFoundError(
          "alert_sequence: no alert has this number; see the list (vervet alerts)");
    }
    if (alert->closed) {
      return absl::FailedPreconditionError(
          absl::StrCat("alert_sequence: closed already, by ", alert->closed_by));
    }
    AppendEntry entry = ForCoordinators();
    auto& closed = *entry.draft.body.mutable_alert_closed();
    closed.set_alert_sequence(request.alert_sequence());
    closed.set_closed_by(by);
    closed.set_note(request.note());
    return Command::Decision(std::move(entry));
  };
  return command;
}

void ListAlerts(const HubState& state, const v1::ListAlertsRequest& request,
                v1::ListAlertsResponse* response) {
  const auto& all = state.alerts.all();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (static_cast<size_t>(response->alerts_size()) == kMaxAlertsListed) return;
    const auto& [sequence, alert] = *it;
    if (alert.closed && !request.closed_too()) continue;
    v1::Alert& out = *response->add_alerts();
    out.set_sequence(sequence);
    out.set_raised_us(absl::ToUnixMicros(alert.raised_at));
    out.set_kind(alert.raised.kind());
    out.set_party(alert.raised.party());
    out.set_type(alert.raised.type());
    out.set_record_id(alert.raised.record_id());
    out.set_detail(alert.raised.detail());
    out.set_closed(alert.closed);
    out.set_closed_by(alert.closed_by);
    out.set_note(alert.note);
  }
}

}  // namespace vervet::hub
