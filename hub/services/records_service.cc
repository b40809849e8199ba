#include "hub/services/records_service.h"

#include <utility>

#include "hub/access/alert_queue.h"
#include "hub/access/budgets.h"
#include "hub/engine/alerts.h"
#include "hub/engine/records.h"
#include "hub/engine/records_query.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {
namespace {

// Appends the change; the answer is the event's sequence number.
template <typename Response>
grpc::ServerUnaryReactor* Change(const UnaryCall& call, absl::StatusOr<Command> command,
                                 Response* response) {
  call.Append(std::move(command), [response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
  });
  return call.reactor();
}

}  // namespace

grpc::ServerUnaryReactor* RecordsService::Opine(grpc::CallbackServerContext* context,
                                                const v1::OpineRequest* request,
                                                v1::OpineResponse* response) {
  const UnaryCall call(hub_, context, "Opine");
  call.Append(OpineCommand(call.party(), *request, hub_->remedy),
              [this, request, response, party = call.party()](const RequestOutcome& outcome) {
                response->set_sequence(outcome.sequence);
                if (request->stance() != v1::DISPUTE) return;
                // From the state and not from the clock: a retried request gets its first answer.
                response->set_answer_due_us(hub_->state->Read([&](const HubState& state) {
                  return AnswerDueUs(state, request->record_id(), party, outcome.sequence);
                }));
              });
  return call.reactor();
}

grpc::ServerUnaryReactor* RecordsService::AnswerDisputes(grpc::CallbackServerContext* context,
                                                         const v1::AnswerDisputesRequest* request,
                                                         v1::AnswerDisputesResponse* response) {
  const UnaryCall call(hub_, context, "AnswerDisputes");
  return Change(call, AnswerDisputesCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RecordsService::ReportSighting(grpc::CallbackServerContext* context,
                                                         const v1::ReportSightingRequest* request,
                                                         v1::ReportSightingResponse* response) {
  const UnaryCall call(hub_, context, "ReportSighting");
  call.Append(
      ReportSightingCommand(call.party(), *request),
      [this, request, response, party = call.party()](const RequestOutcome& outcome) {
        response->set_sequence(outcome.sequence);
        const bool is_canary = hub_->state->Read(
            [&](const HubState& state) { return state.alerts.IsCanary(request->record_id()); });
        // Not in the same commit: whoever reported it would see the log grow by two events.
        if (is_canary) {
          hub_->alerts->RaiseLater(CanaryHit(party, request->record_id(), hub_->budgets->LogTime(),
                                             "reported a sighting of"));
        }
      });
  return call.reactor();
}

grpc::ServerUnaryReactor* RecordsService::ReportQuarantine(
    grpc::CallbackServerContext* context, const v1::ReportQuarantineRequest* request,
    v1::ReportQuarantineResponse* response) {
  const UnaryCall call(hub_, context, "ReportQuarantine");
  return Change(call, ReportQuarantineCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RecordsService::AcknowledgeRemedy(
    grpc::CallbackServerContext* context, const v1::AcknowledgeRemedyRequest* request,
    v1::AcknowledgeRemedyResponse* response) {
  const UnaryCall call(hub_, context, "AcknowledgeRemedy");
  return Change(call, AcknowledgeRemedyCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RecordsService::Erase(grpc::CallbackServerContext* context,
                                                const v1::EraseRequest* request,
                                                v1::EraseResponse* response) {
  const UnaryCall call(hub_, context, "Erase");
  return Change(call, EraseCommand(call.party(), *request, hub_->remedy), response);
}

grpc::ServerUnaryReactor* RecordsService::ShowRecord(grpc::CallbackServerContext* context,
                                                     const v1::ShowRecordRequest* request,
                                                     v1::RecordStatus* response) {
  const UnaryCall call(hub_, context, "ShowRecord");
  call.Finish(hub::ShowRecord(call.party(), *request, *hub_->state, *hub_->positions,
                              hub_->env->Now(), response));
  return call.reactor();
}

grpc::ServerUnaryReactor* RecordsService::ListRecords(grpc::CallbackServerContext* context,
                                                      const v1::ListRecordsRequest* request,
                                                      v1::ListRecordsResponse* response) {
  const UnaryCall call(hub_, context, "ListRecords");
  // It walks over every record that anything happened to: too long for gRPC's own threads.
  call.OnArithmeticPool([this, call, request, response] {
    call.Finish(hub::ListRecords(call.party(), *request, *hub_->state, *hub_->positions,
                                 hub_->env->Now(), response));
  });
  return call.reactor();
}

}  // namespace vervet::hub
