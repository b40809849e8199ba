// What a hub that was killed has left, opened as the hub opens it, but on a copy: the original
// still has to be recovered by the hub itself.
#ifndef VERVET_TESTS_CRASH_LOG_COPY_H_
#define VERVET_TESTS_CRASH_LOG_COPY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "examples/coalition/hub_process.h"
#include "hub/log/sqlcipher_event_log.h"

namespace vervet::crash {

struct LogCopy {
  struct Publication {
    uint64_t sequence = 0;
    std::string record_id;
  };

  std::unique_ptr<hub::SqlcipherEventLog> log;
  // By decision reference, which the tests give to one publication each.
  std::map<std::string, std::vector<Publication>> publications;
};

// Of a hub that does not run. Replaces what an earlier call left in `folder`, which exists. Opens
// the copy with the hub's own code, after SQLite has checked a second copy whole. DATA_LOSS where
// anything is wrong with it.
absl::StatusOr<LogCopy> CopyLog(const coalition::HubProcess& hub, const std::string& folder);

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_LOG_COPY_H_
