// Reads a hub's whole log and computes its tree, believing nothing of what the hub says.
#ifndef VERVET_HUB_CLI_LOG_READER_H_
#define VERVET_HUB_CLI_LOG_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/log_report.h"
#include "core/log/merkle.h"
#include "hub/cli/registry_session.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::coordinator_cli {

// What was read, up to the size that the hub signed when the reading began.
struct LogReading {
  v1::SignedTreeHead head;  // signed by the log's key, and its root is the computed one
  uint64_t seen = 0;        // events that the caller's role may see
  uint64_t hashes = 0;      // all others
  absl::Time first = absl::InfinitePast();  // of the events seen
  absl::Time last = absl::InfinitePast();
  std::optional<log::Hash> root_at;  // of LogReader::Marks
  std::optional<log::Hash> leaf_at;
};

// Not thread-safe.
class LogReader {
 public:
  // Places of interest on the way; 0: none.
  struct Marks {
    uint64_t root_at_size = 0;
    uint64_t leaf_at_sequence = 0;
  };
  using Progress = std::function<void(uint64_t read, uint64_t size)>;

  // `known`: a head that was verified before, for the report.
  LogReader(RegistrySession* session, const Marks& marks,
            std::optional<v1::SignedTreeHead> known = std::nullopt)
      : session_(session), marks_(marks), known_(std::move(known)) {}

  // Goes on where it was when a stream breaks off. DATA_LOSS: the log is not what the hub signed,
  // and dispute() names both heads. All else: the hub was not reached, or refuses the caller.
  absl::Status Read(const Progress& progress);

  const LogReading& reading() const { return reading_; }
  const std::optional<log::Dispute>& dispute() const { return dispute_; }

 private:
  grpc::Status ReadStream(v1::Exchange::StubInterface& stub, grpc::ClientContext& context,
                          const Progress& progress);
  std::optional<v1::SignedTreeHead> SignedHead() const {
    if (!begun_) return std::nullopt;
    return reading_.head;
  }
  bool done() const { return begun_ && frontier_.size() == reading_.head.size(); }
  absl::Status Take(const v1::SyncResponse& message);
  absl::Status TakeHead(const v1::SignedTreeHead& head);
  absl::Status TakeEntry(const v1::SyncEntry& entry);
  absl::Status CheckEvent(const v1::Event& event, uint64_t sequence);
  absl::Status CheckRoot();
  absl::Status Refuse(absl::string_view finding, const std::optional<v1::SignedTreeHead>& shown);

  RegistrySession* const session_;
  const Marks marks_;
  std::optional<v1::SignedTreeHead> known_;
  bool begun_ = false;  // the head up to which is read is there
  log::MerkleFrontier frontier_;
  LogReading reading_;
  std::optional<log::Dispute> dispute_;
};

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_LOG_READER_H_
