// The log's store read from outside the hub that writes it: nothing but SELECTs, in short
// transactions.
#ifndef VERVET_HUB_BACKUP_STORE_READER_H_
#define VERVET_HUB_BACKUP_STORE_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"
#include "core/storage/database.h"
#include "hub/backup/store_backup.h"

namespace vervet::hub {

// The tables are docs/protocol.md's, section 10; hub/log/sqlcipher_event_log.cc writes them.
class StoreReader {
 public:
  // Errors as Database::Open, and FAILED_PRECONDITION for another coalition's store. `at_rest` as
  // in storage::OpenOptions.
  static absl::StatusOr<StoreReader> Open(const std::string& path, const Secret<32>& key,
                                          absl::string_view coalition, bool at_rest = false);

  // Every event, recomputed.
  absl::StatusOr<StoreFacts> ReadAll();
  // The root over the first `size` leaf hashes as they are stored. DATA_LOSS where there are fewer.
  absl::StatusOr<log::Hash> StoredRootAt(uint64_t size);

  storage::Database& database() { return *database_; }

 private:
  explicit StoreReader(std::unique_ptr<storage::Database> database)
      : database_(std::move(database)) {}

  std::unique_ptr<storage::Database> database_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_BACKUP_STORE_READER_H_
