// What `vervet log verify` checks of a hub's log, with proofs and by its own computation.
#ifndef VERVET_HUB_CLI_LOG_VERIFICATION_H_
#define VERVET_HUB_CLI_LOG_VERIFICATION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "hub/cli/log_reader.h"
#include "hub/cli/registry_session.h"
#include "vervet/v1/audit.pb.h"

namespace vervet::coordinator_cli {

struct VerificationWish {
  std::optional<v1::SignedTreeHead> old_head;  // its signature was checked
  std::string record_id;                       // 16 bytes, or empty
  uint64_t sequence = 0;                       // or this event; 0: none
  bool wants_event() const { return !record_id.empty() || sequence != 0; }
};

struct Verification {
  LogReading reading;
  size_t consistency_hashes = 0;  // of the hub's proof that the log begins with the old head
  // Of the event asked for.
  uint64_t sequence = 0;
  log::Hash leaf = {};
  bool event_seen = false;
  size_t path_hashes = 0;
  // Where the hub was refused: DATA_LOSS, and this names both heads.
  std::optional<log::Dispute> dispute;
};

// One answer of the hub against its signed head, without a network. Each returns DATA_LOSS for what
// does not hold.
absl::Status CheckInclusionAnswer(const v1::ProveInclusionResponse& answer,
                                  const LogReading& reading, uint64_t sequence);
absl::Status CheckConsistencyAnswer(const v1::ProveConsistencyResponse& answer,
                                    const LogReading& reading, const v1::SignedTreeHead& old_head);

// OK: everything holds. DATA_LOSS: `verification->dispute`. NOT_FOUND, OUT_OF_RANGE: no such event.
// All else: the hub was not reached or refuses the caller.
absl::Status VerifyLog(RegistrySession* session, const VerificationWish& wish,
                       const LogReader::Progress& progress, Verification* verification);

}  // namespace vervet::coordinator_cli

#endif  // VERVET_HUB_CLI_LOG_VERIFICATION_H_
