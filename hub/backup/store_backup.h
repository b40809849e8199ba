// Backup, verification and restore of the log's store. A backup is only called one after every leaf
// hash in it was recomputed and its root found equal to the source's.
#ifndef VERVET_HUB_BACKUP_STORE_BACKUP_H_
#define VERVET_HUB_BACKUP_STORE_BACKUP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/secret.h"
#include "core/log/merkle.h"

namespace vervet::hub {

struct StoreFacts {
  uint64_t size = 0;    // events, and the last sequence number
  uint64_t erased = 0;  // of which only header and leaf hash are left
  log::Hash root;       // of the tree over all of them
  absl::Time newest;    // time of the last event; the epoch for an empty log
};

// Reads the store at `path` whole: sequence numbers without gaps, times that never go back, a leaf
// hash that its event gives, erased events that an erasure names. Changes nothing. A hub may run on
// it (events that come meanwhile are counted too); where none does, it is kept from starting, and
// pages and indexes are checked as well. DATA_LOSS with the sequence number; NOT_FOUND;
// FAILED_PRECONDITION for a wrong key, another coalition's store, a newer version. Blocks.
absl::StatusOr<StoreFacts> VerifyStore(const std::string& path, const Secret<32>& key,
                                       absl::string_view coalition);

// Copies the store at `path`, while a hub may run on it, into a new file `out` of mode 0600,
// encrypted with the same key, and verifies it as above before it gets its name. ALREADY_EXISTS
// where anything is at `out`; DATA_LOSS where the copy's root is not the source's at that size. On
// an error nothing is left at `out`.
absl::StatusOr<StoreFacts> BackUpStore(const std::string& path, const Secret<32>& key,
                                       absl::string_view coalition, const std::string& out,
                                       Environment& env);

// Verifies the backup `from`, copies it beside `path`, verifies the copy and gives it that name.
// ALREADY_EXISTS where a store, or the write-ahead log of one, is at `path`: it is never
// overwritten. FAILED_PRECONDITION where a hub runs on `path`, or `from` is the main file of a
// store that was not closed. On an error `path` stays empty.
absl::StatusOr<StoreFacts> RestoreStore(const std::string& from, const Secret<32>& key,
                                        absl::string_view coalition, const std::string& path,
                                        Environment& env);

}  // namespace vervet::hub

#endif  // VERVET_HUB_BACKUP_STORE_BACKUP_H_
