#include "hub/cli/log_reader.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/log/tree_head.h"
#include "core/net/status.h"

namespace vervet::coordinator_cli {

absl::Status LogReader::Read(const Progress& progress) {
  while (!done()) {
    absl::Status refused;
    const absl::Status status = session_->CallSync(
        [&](v1::Exchange::StubInterface& stub, grpc::ClientContext& context) -> grpc::Status {
          const uint64_t before = frontier_.size();
          const grpc::Status ended = ReadStream(stub, context, progress);
          // A stream that brought something is worth another, whatever it ended with.
          if (dispute_ || done() || frontier_.size() > before) return grpc::Status::OK;
          if (!ended.ok()) return ended;
          return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the hub ended the stream");
        });
    if (dispute_) return absl::DataLossError(dispute_->finding);
    VERVET_RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

grpc::Status LogReader::ReadStream(v1::Exchange::StubInterface& stub, grpc::ClientContext& context,
                                   const Progress& progress) {
  const auto stream = stub.Sync(&context);
  v1::SyncRequest request;
  request.mutable_hello()->set_position(frontier_.size());
  if (frontier_.size() != 0) {
    request.mutable_hello()->set_root(std::string(log::AsBytes(frontier_.Root())));
  }
  stream->Write(request);
  v1::SyncResponse message;
  std::optional<v1::SignedTreeHead> shown;
  while (!done() && !dispute_ && stream->Read(&message)) {
    if (message.has_head()) shown = message.head();
    (void)Take(message);  // what it refuses is in dispute_
    if (begun_) progress(frontier_.size(), reading_.head.size());
  }
  const bool ended_here = done() || dispute_.has_value();
  if (ended_here) context.TryCancel();
  grpc::Status status = stream->Finish();
  if (!ended_here && status.error_code() == grpc::StatusCode::DATA_LOSS) {
    (void)Refuse(
        absl::StrCat("the hub ended the stream: ", net::FromGrpc(status, context).message()),
        shown);
  }
  return status;
}

absl::Status LogReader::Take(const v1::SyncResponse& message) {
  if (message.has_head()) return TakeHead(message.head());
  for (const v1::SyncEntry& entry : message.entries().entries()) {
    if (done()) break;  // the log has grown since it was signed
    VERVET_RETURN_IF_ERROR(TakeEntry(entry));
    if (done()) VERVET_RETURN_IF_ERROR(CheckRoot());
  }
  return absl::OkStatus();
}

absl::Status LogReader::TakeHead(const v1::SignedTreeHead& head) {
  const ConnectionSettings& settings = session_->settings();
  const absl::Status verified =
      log::VerifyTreeHead(settings.log_public_key, settings.coalition, head);
  if (!verified.ok()) return Refuse(verified.message(), head);
  if (head.size() < frontier_.size()) {
    return Refuse(absl::StrCat("the hub has sent ", frontier_.size(), " events and signed ",
                               log::DescribeHead(head)),
                  head);
  }
  if (begun_ && head.size() < reading_.head.size()) {
    known_ = reading_.head;
    return Refuse("the hub signed a shorter log than before", head);
  }
  if (begun_) return absl::OkStatus();  // of another stream: the first one's is read up to
  begun_ = true;
  reading_.head = head;
  return done() ? CheckRoot() : absl::OkStatus();
}

absl::Status LogReader::TakeEntry(const v1::SyncEntry& entry) {
  const uint64_t sequence = frontier_.size() + 1;
  log::Hash leaf;
  if (entry.has_event()) {
    VERVET_RETURN_IF_ERROR(CheckEvent(entry.event(), sequence));
    leaf = log::LeafHash(entry.event());
    ++reading_.seen;
  } else {
    const auto hash = log::HashFromBytes(entry.leaf_hash());
    if (!hash.ok()) {
      return Refuse(absl::StrCat("event ", sequence, ": ", hash.status().message()), SignedHead());
    }
    leaf = *hash;
    ++reading_.hashes;
  }
  frontier_.Append(leaf);
  if (sequence == marks_.leaf_at_sequence) reading_.leaf_at = leaf;
  if (sequence == marks_.root_at_size) reading_.root_at = frontier_.Root();
  return absl::OkStatus();
}

absl::Status LogReader::CheckEvent(const v1::Event& event, uint64_t sequence) {
  const auto refuse = [&](absl::string_view what) {
    return Refuse(absl::StrCat("event ", sequence, ": ", what), SignedHead());
  };
  if (event.random().size() != log::kEventRandomBytes) return refuse("its random bytes are not 32");
  const auto parsed = log::ParseEvent(event.header(), event.body());
  if (!parsed.ok()) return refuse(parsed.status().message());
  if (parsed->header.sequence() != sequence) {
    return refuse(absl::StrCat("it says that it is event ", parsed->header.sequence()));
  }
  const absl::Time time = absl::FromUnixMicros(parsed->header.time_us());
  if (time < reading_.last) return refuse("its time is before an earlier event's");
  if (reading_.seen == 0) reading_.first = time;
  reading_.last = time;
  return absl::OkStatus();
}

absl::Status LogReader::CheckRoot() {
  const log::Hash root = frontier_.Root();
  if (reading_.head.root() == log::AsBytes(root)) return absl::OkStatus();
  return Refuse("the log's events do not give the root that the hub signed", reading_.head);
}

absl::Status LogReader::Refuse(absl::string_view finding,
                               const std::optional<v1::SignedTreeHead>& shown) {
  log::Dispute dispute;
  dispute.finding = std::string(finding);
  dispute.known_head = known_;
  dispute.shown_head = shown;
  dispute.own_size = frontier_.size();
  dispute.own_root = frontier_.Root();
  dispute_ = std::move(dispute);
  return absl::DataLossError(finding);
}

}  // namespace vervet::coordinator_cli
