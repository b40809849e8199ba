#include "member-sdk/cli/delivery.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/image_files.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kRecordIdHexDigits = 32;

absl::StatusOr<Delivery> WaitForDelivery(const Ticket& ticket, absl::Duration timeout,
                                         const Invocation& invocation, Session& session) {
  Environment& environment = invocation.environment();
  const absl::Duration start = environment.Monotonic();
  WaitSlices slices;
  while (true) {
    absl::StatusOr<Delivery> delivery = session.client().GetDelivery(ticket.request_id);
    if (!delivery.ok() || delivery->state != DeliveryState::kPending) return delivery;
    const absl::Duration left = timeout - (environment.Monotonic() - start);
    if (left <= absl::ZeroDuration() || invocation.seams->stop->requested()) return delivery;
    const absl::Status flushed =
        session.client().Flush(ToMilliseconds(std::min(slices.Next(), left)));
    if (absl::IsDeadlineExceeded(flushed)) continue;
    // Nothing is pending any more, or waiting is of no use: one last look.
    delivery = session.client().GetDelivery(ticket.request_id);
    const bool pending = delivery.ok() && delivery->state == DeliveryState::kPending;
    if (pending && IsRefusal(flushed)) delivery->status = flushed;
    return delivery;
  }
}

void PrintDocument(const Ticket& ticket, const Delivery& delivery, const std::string& reason,
                   const cli::Streams& streams) {
  cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
  json.BeginObject()
      .Field("request_id", ticket.request_id)
      .Field("state", DeliveryStateName(delivery.state));
  if (delivery.state == DeliveryState::kDelivered) {
    if (!delivery.record_id.empty()) json.Field("record_id", delivery.record_id);
    json.Field("sequence", delivery.sequence);
    if (delivery.answer_due) {
      json.Field("answer_due", cli::TimeForPrograms(absl::FromChrono(*delivery.answer_due)));
    }
  }
  if (!reason.empty()) json.Field("reason", reason);
  json.EndObject();
  *streams.out << json.Finish();
}

}  // namespace

void DeliveryWait::DeclareFlags(cli::FlagSet& flags) {
  flags.Seconds("timeout", "how long to wait for the hub's answer (default 30)", &timeout);
  flags.Switch("no-wait", "leave it in the outbox and return; `flush` or `watch` delivers it",
               &no_wait);
}

std::vector<std::pair<int, std::string>> DeliveryExitCodes(const std::string& done_word) {
  return {{cli::kExitOk, absl::StrCat(done_word, ", or with --no-wait: in the outbox")},
          {cli::kExitFailed, "refused for good; the output says why"},
          {cli::kExitUsage, "the command line or the configuration is wrong; nothing was tried"},
          {cli::kExitUnavailable,
           "the hub is out of reach or refuses this member (suspended, certificate, ...): it waits "
           "in the outbox, on disk, and goes out later"}};
}

bool RecordIdArgument(const std::string& command, const std::string& given,
                      const cli::Streams& streams, std::string* record_id) {
  *record_id = absl::AsciiStrToLower(given);
  if (record_id->size() == kRecordIdHexDigits &&
      std::all_of(record_id->begin(), record_id->end(), absl::ascii_isxdigit)) {
    return true;
  }
  streams.PrintError(absl::StrCat(
      command,
      ": RECORD_ID must be 32 hexadecimal digits, as publish, check and watch print them"));
  return false;
}

const char* DeliveryStateName(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return "pending";
    case DeliveryState::kDelivered:
      return "delivered";
    case DeliveryState::kRefused:
      return "refused";
  }
  return "pending";
}

int ReportDelivery(const std::string& done_word, const Ticket& ticket, const DeliveryWait& wait,
                   const Invocation& invocation, const cli::Streams& streams, Session& session,
                   const std::vector<NamedIdentifier>& named,
                   const std::vector<std::string>& image_files) {
  absl::StatusOr<Delivery> delivery = Delivery();
  if (!wait.no_wait) delivery = WaitForDelivery(ticket, wait.timeout, invocation, session);
  if (!delivery.ok()) {
    streams.PrintError(delivery.status());
    return cli::ExitCodeFor(delivery.status());
  }
  const std::string reason = ExplainImages(Explain(delivery->status.message(), named), image_files);
  if (invocation.json) PrintDocument(ticket, *delivery, reason, streams);
  switch (delivery->state) {
    case DeliveryState::kDelivered:
      if (!invocation.json) {
        *streams.out << streams.OutPaint(cli::Paint::kGreen, done_word) << "  "
                     << (delivery->record_id.empty()
                             ? ""
                             : absl::StrCat("record ", delivery->record_id, ", "))
                     << "event " << cli::WithThousands(delivery->sequence) << "\n";
        if (delivery->answer_due) {
          *streams.out << "its publisher is to answer by "
                       << cli::TimeForPeople(absl::FromChrono(*delivery->answer_due)) << "\n";
        }
      }
      return cli::kExitOk;
    case DeliveryState::kRefused:
      streams.PrintError(absl::Status(delivery->status.code(), reason));
      streams.PrintNote(absl::StrCat("nothing was ", done_word, "; request ", ticket.request_id));
      return cli::kExitFailed;
    case DeliveryState::kPending:
      break;
  }
  if (wait.no_wait) {
    if (!invocation.json) *streams.out << "in the outbox  request " << ticket.request_id << "\n";
    return cli::kExitOk;
  }
  if (IsRefusal(delivery->status)) {
    streams.PrintError(absl::Status(delivery->status.code(), reason));
    streams.PrintNote(absl::StrCat("not ", done_word, " yet: it is safe in the outbox (request ",
                                   ticket.request_id,
                                   "); once the hub accepts this member again, vervet-member flush "
                                   "or watch delivers it"));
    return cli::kExitUnavailable;
  }
  const SyncState state = session.client().GetSyncState();
  const std::string why = !reason.empty() ? reason : Explain(state.last_error, named);
  streams.PrintError(
      absl::StrCat("not delivered yet: ", why.empty() ? "the hub has not answered in time" : why));
  streams.PrintNote(absl::StrCat(
      "it is safe in the outbox (request ", ticket.request_id,
      ") and goes out when the hub is back: run vervet-member flush, or leave watch running"));
  return cli::kExitUnavailable;
}

}  // namespace vervet::member_cli
