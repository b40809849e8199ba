#include "member-sdk/src/engine/outbox/hub_call.h"

#include <utility>

namespace vervet::engine {
namespace {

using Finish = std::function<void(vault::OutboxEntry, absl::Status)>;

template <typename Response>
void Take(const Response& response, vault::OutboxEntry& entry) {
  entry.sequence = response.sequence();
}
void Take(const v1::PublishResponse& response, vault::OutboxEntry& entry) {
  entry.sequence = response.sequence();
  entry.record_id = response.record_id();
}
void Take(const v1::OpineResponse& response, vault::OutboxEntry& entry) {
  entry.sequence = response.sequence();
  entry.answer_due_us = response.answer_due_us();
}

void Take(const v1::ContributeResponse& response, vault::OutboxEntry& entry) {
  entry.sequence = response.first_sequence();
}

template <typename Request, typename Response>
using Method = void (Transport::*)(const Request&, absl::Duration, Transport::Done<Response>);

template <typename Request, typename Response>
void Send(Transport& transport, Method<Request, Response> method, vault::OutboxEntry entry,
          absl::Duration deadline, Finish finish) {
  Request request;
  if (!request.ParseFromString(entry.request)) {
    finish(std::move(entry), absl::DataLossError("the outbox entry does not parse"));
    return;
  }
  (transport.*method)(request, deadline,
                      [entry = std::move(entry),
                       finish = std::move(finish)](absl::StatusOr<Response> response) mutable {
                        if (response.ok()) Take(*response, entry);
                        finish(std::move(entry), response.status());
                      });
}

}  // namespace

void SendEntry(Transport& transport, vault::OutboxEntry entry, absl::Duration deadline,
               Finish finish) {
  const auto send = [&](auto method) {
    Send(transport, method, std::move(entry), deadline, std::move(finish));
  };
  switch (entry.kind) {
    case vault::OutboxKind::kPublish:
      return send(&Transport::Publish);
    case vault::OutboxKind::kRetract:
      return send(&Transport::Retract);
    case vault::OutboxKind::kOpine:
      return send(&Transport::Opine);
    case vault::OutboxKind::kAnswer:
      return send(&Transport::AnswerDisputes);
    case vault::OutboxKind::kSighting:
      return send(&Transport::ReportSighting);
    case vault::OutboxKind::kAcknowledge:
      return send(&Transport::AcknowledgeRemedy);
    case vault::OutboxKind::kErase:
      return send(&Transport::Erase);
    case vault::OutboxKind::kQuarantine:
      return send(&Transport::ReportQuarantine);
    case vault::OutboxKind::kContribute:
      return send(&Transport::Contribute);
  }
  finish(std::move(entry), absl::UnimplementedError("an outbox entry of an unknown kind"));
}

}  // namespace vervet::engine
