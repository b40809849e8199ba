// The call to the hub that belongs to an outbox entry.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_HUB_CALL_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_HUB_CALL_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "member-sdk/src/engine/transport.h"
#include "member-sdk/src/vault/rows.h"

namespace vervet::engine {

// Sends the entry's request. `finish` gets the entry back, with the outcome's fields set where the
// hub has taken it, exactly once, on any thread, perhaps before the call returns. DATA_LOSS: its
// bytes do not parse.
void SendEntry(Transport& transport, vault::OutboxEntry entry, absl::Duration deadline,
               std::function<void(vault::OutboxEntry entry, absl::Status status)> finish);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_HUB_CALL_H_
