#include "hub/cli/log_verification.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/log/proof.h"
#include "core/log/tree_head.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Audit::StubInterface;

template <typename Repeated>
absl::StatusOr<std::vector<log::Hash>> ReadProof(const Repeated& hashes) {
  auto proof = log::ProofFromBytes({hashes.data(), static_cast<size_t>(hashes.size())});
  if (!proof.ok()) return absl::DataLossError(proof.status().message());
  return proof;
}

// One run, so that each check can end it.
class Run {
 public:
  Run(RegistrySession* session, const VerificationWish& wish, Verification* verification)
      : session_(session), wish_(wish), out_(verification) {}

  absl::Status All(const LogReader::Progress& progress) {
    VERVET_RETURN_IF_ERROR(FindEvent());
    VERVET_RETURN_IF_ERROR(ReadLog(progress));
    VERVET_RETURN_IF_ERROR(CheckOldHead());
    return CheckEvent();
  }

 private:
  const v1::SignedTreeHead& head() const { return out_->reading.head; }

  absl::Status AskForEvent(uint64_t size, v1::ProveInclusionResponse* answer) {
    v1::ProveInclusionRequest request;
    if (wish_.record_id.empty()) {
      request.set_sequence(wish_.sequence);
    } else {
      request.set_record_id(wish_.record_id);
    }
    request.set_size(size);
    return session_->Call(&Stub::ProveInclusion, request, answer);
  }

  // Where the event stands, so that its leaf hash is noted while the log is read.
  absl::Status FindEvent() {
    if (!wish_.wants_event()) return absl::OkStatus();
    v1::ProveInclusionResponse answer;
    VERVET_RETURN_IF_ERROR(AskForEvent(0, &answer));
    out_->sequence = answer.sequence();
    return absl::OkStatus();
  }

  absl::Status ReadLog(const LogReader::Progress& progress) {
    LogReader::Marks marks;
    marks.leaf_at_sequence = out_->sequence;
    if (wish_.old_head) marks.root_at_size = wish_.old_head->size();
    LogReader reader(session_, marks, wish_.old_head);
    const absl::Status read = reader.Read(progress);
    out_->reading = reader.reading();
    out_->dispute = reader.dispute();
    return read;
  }

  absl::Status CheckOldHead() {
    if (!wish_.old_head || wish_.old_head->size() == 0) return absl::OkStatus();
    const v1::SignedTreeHead& old_head = *wish_.old_head;
    if (head().size() < old_head.size()) {
      return Refuse("the hub's log is shorter than the one that it has signed", head());
    }
    v1::ProveConsistencyRequest request;
    request.set_old_size(old_head.size());
    request.set_new_size(head().size());
    v1::ProveConsistencyResponse answer;
    const absl::Status asked = session_->Call(&Stub::ProveConsistency, request, &answer);
    if (out_->reading.root_at && old_head.root() != log::AsBytes(*out_->reading.root_at)) {
      return RefuseBeginning(answer.old_head());
    }
    VERVET_RETURN_IF_ERROR(asked);
    const absl::Status held = CheckConsistencyAnswer(answer, out_->reading, old_head);
    if (!held.ok()) return Refuse(held.message(), answer.old_head());
    out_->consistency_hashes = static_cast<size_t>(answer.proof_size());
    return absl::OkStatus();
  }

  // With another head of the very size, signed by the hub, the two prove it to anybody.
  absl::Status RefuseBeginning(const v1::SignedTreeHead& hubs_old_head) {
    const ConnectionSettings& settings = session_->settings();
    const bool is_proof =
        hubs_old_head.size() == wish_.old_head->size() &&
        log::VerifyTreeHead(settings.log_public_key, settings.coalition, hubs_old_head).ok() &&
        hubs_old_head.root() != wish_.old_head->root();
    const absl::Status refused = Refuse(
        absl::StrCat("the hub's log does not begin with the one that it has signed: at size ",
                     wish_.old_head->size(), " its root is ",
                     absl::BytesToHexString(log::AsBytes(*out_->reading.root_at))),
        is_proof ? hubs_old_head : head());
    out_->dispute->own_size = wish_.old_head->size();
    out_->dispute->own_root = *out_->reading.root_at;
    return refused;
  }

  absl::Status CheckEvent() {
    if (!wish_.wants_event()) return absl::OkStatus();
    if (out_->sequence > head().size()) {
      return absl::UnavailableError("the event was appended while the log was read; try again");
    }
    v1::ProveInclusionResponse answer;
    VERVET_RETURN_IF_ERROR(AskForEvent(head().size(), &answer));
    const absl::Status held = CheckInclusionAnswer(answer, out_->reading, out_->sequence);
    if (!held.ok()) return Refuse(held.message(), answer.head());
    out_->leaf = *out_->reading.leaf_at;
    out_->event_seen = answer.has_event();
    out_->path_hashes = static_cast<size_t>(answer.path_size());
    return absl::OkStatus();
  }

  absl::Status Refuse(absl::string_view finding, const v1::SignedTreeHead& shown) {
    log::Dispute dispute;
    dispute.finding = std::string(finding);
    // Without an older head, the one of this reading is what was known.
    dispute.known_head = wish_.old_head ? *wish_.old_head : head();
    if (shown.root().size() == log::kHashBytes) dispute.shown_head = shown;
    dispute.own_size = head().size();
    if (const auto root = log::HashFromBytes(head().root()); root.ok()) dispute.own_root = *root;
    out_->dispute = std::move(dispute);
    return absl::DataLossError(finding);
  }

  RegistrySession* const session_;
  const VerificationWish& wish_;
  Verification* const out_;
};

}  // namespace

absl::Status CheckInclusionAnswer(const v1::ProveInclusionResponse& answer,
                                  const LogReading& reading, uint64_t sequence) {
  const auto refuse = [&](absl::string_view what) {
    return absl::DataLossError(absl::StrCat("the hub's proof about event ", sequence, ": ", what));
  };
  if (answer.sequence() != sequence || !reading.leaf_at) return refuse("it is about another event");
  if (answer.head().size() != reading.head.size() || answer.head().root() != reading.head.root()) {
    return refuse("it is against another head than the log was read to");
  }
  if (answer.leaf_hash() != log::AsBytes(*reading.leaf_at)) {
    return refuse("its leaf hash is not the one that Sync sent");
  }
  if (answer.has_event() && log::LeafHash(answer.event()) != *reading.leaf_at) {
    return refuse("the event's bytes do not give its leaf hash");
  }
  VERVET_ASSIGN_OR_RETURN(const auto path, ReadProof(answer.path()));
  VERVET_ASSIGN_OR_RETURN(const log::Hash root, log::HashFromBytes(reading.head.root()));
  const absl::Status held =
      log::VerifyInclusion(*reading.leaf_at, sequence - 1, reading.head.size(), path, root);
  return held.ok() ? held : refuse(held.message());
}

absl::Status CheckConsistencyAnswer(const v1::ProveConsistencyResponse& answer,
                                    const LogReading& reading, const v1::SignedTreeHead& old_head) {
  const auto refuse = [&](absl::string_view what) {
    return absl::DataLossError(
        absl::StrCat("the hub's proof from size ", old_head.size(), ": ", what));
  };
  if (answer.old_head().size() != old_head.size() || answer.old_head().root() != old_head.root()) {
    return refuse("it is from another head than the saved one");
  }
  if (answer.new_head().size() != reading.head.size() ||
      answer.new_head().root() != reading.head.root()) {
    return refuse("it is to another head than the log was read to");
  }
  VERVET_ASSIGN_OR_RETURN(const auto proof, ReadProof(answer.proof()));
  VERVET_ASSIGN_OR_RETURN(const log::Hash old_root, log::HashFromBytes(old_head.root()));
  VERVET_ASSIGN_OR_RETURN(const log::Hash new_root, log::HashFromBytes(reading.head.root()));
  const absl::Status held =
      log::VerifyConsistency(old_head.size(), old_root, reading.head.size(), new_root, proof);
  return held.ok() ? held : refuse(held.message());
}

absl::Status VerifyLog(RegistrySession* session, const VerificationWish& wish,
                       const LogReader::Progress& progress, Verification* verification) {
  return Run(session, wish, verification).All(progress);
}

}  // namespace vervet::coordinator_cli
