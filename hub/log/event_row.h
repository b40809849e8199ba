// One row of the store's table of events, read back and checked against itself.
#ifndef VERVET_HUB_LOG_EVENT_ROW_H_
#define VERVET_HUB_LOG_EVENT_ROW_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/storage/statement.h"
#include "hub/log/event_log.h"

namespace vervet::hub {

// DATA_LOSS for people: at which event, what is wrong, what to do.
absl::Status DamagedAt(uint64_t sequence, absl::string_view what);

// Columns: sequence, header, body, random, leaf_hash. Uses the memory of what *event was before.
// DATA_LOSS where the row does not fit itself (its leaf hash is not computed), FAILED_PRECONDITION
// where a newer version wrote it.
absl::Status ReadEventRow(const storage::Statement& row, StoredEvent* event);

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_EVENT_ROW_H_
