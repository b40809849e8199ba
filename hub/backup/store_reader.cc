#include "hub/backup/store_reader.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/storage/statement.h"

namespace vervet::hub {
namespace {

// As hub/log/sqlcipher_event_log.cc writes them.
constexpr int32_t kApplicationId = 0x56764c67;
constexpr int32_t kSchemaVersion = 1;
// A transaction this short keeps a running hub from shrinking its write-ahead log for milliseconds
// only.
constexpr int64_t kRowsAtATime = 4'096;

absl::Status Damaged(const std::string& path, uint64_t sequence, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("store ", path, ": the log is damaged at event ",
                                          sequence, ": ", what,
                                          "; nothing was changed: use another backup"));
}

// Folds rows in order.
class Verifier {
 public:
  explicit Verifier(const std::string& path) : path_(path) {}

  uint64_t size() const { return frontier_.size(); }

  // Columns: sequence, header, body, random, leaf_hash.
  absl::Status Add(const storage::Statement& row) {
    const uint64_t expected = frontier_.size() + 1;
    if (static_cast<uint64_t>(row.ColumnInt64(0)) != expected) {
      return Damaged(path_, expected, "it is missing");
    }
    v1::EventHeader header;
    const absl::string_view header_bytes = row.ColumnBlobAsString(1);
    if (!header.ParseFromArray(header_bytes.data(), static_cast<int>(header_bytes.size())) ||
        header.sequence() != expected) {
      return Damaged(path_, expected, "its header does not parse, or has another sequence number");
    }
    if (header.time_us() < newest_us_) {
      return Damaged(path_, expected, "its time is before its predecessor's");
    }
    newest_us_ = header.time_us();
    const auto leaf = log::HashFromBytes(row.ColumnBlobAsString(4));
    if (!leaf.ok()) return Damaged(path_, expected, "its leaf hash has another length");
    VERVET_RETURN_IF_ERROR(AddContent(expected, header_bytes, row, *leaf));
    frontier_.Append(*leaf);
    return absl::OkStatus();
  }

  absl::StatusOr<StoreFacts> Finish() const {
    if (!unexplained_.empty()) {
      return Damaged(path_, *unexplained_.begin(), "its body is gone, and no erasure names it");
    }
    return StoreFacts{frontier_.size(), erased_, frontier_.Root(),
                      absl::FromUnixMicros(newest_us_)};
  }

 private:
  absl::Status AddContent(uint64_t sequence, absl::string_view header,
                          const storage::Statement& row, const log::Hash& leaf) {
    if (row.ColumnIsNull(2) && row.ColumnIsNull(3)) {
      if (!log::ParseErasedEvent(header).ok()) {
        return Damaged(path_, sequence, "its header names no kind");
      }
      ++erased_;
      unexplained_.insert(sequence);
      return absl::OkStatus();
    }
    const absl::string_view body = row.ColumnBlobAsString(2), random = row.ColumnBlobAsString(3);
    if (random.size() != log::kEventRandomBytes || log::LeafHash(header, body, random) != leaf) {
      return Damaged(path_, sequence, "its bytes do not give its leaf hash");
    }
    // What a hub would refuse to open is no backup.
    const auto event = log::ParseEvent(header, body);
    if (!event.ok()) return Damaged(path_, sequence, event.status().message());
    if (log::IsOfNewerKind(*event)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "store ", path_, ": event ", sequence,
          " was written by a newer version: upgrade the program; nothing was changed"));
    }
    for (const uint64_t named : event->body.record_erased().sequences()) unexplained_.erase(named);
    return absl::OkStatus();
  }

  const std::string path_;
  log::MerkleFrontier frontier_;
  int64_t newest_us_ = 0;
  uint64_t erased_ = 0;
  std::set<uint64_t> unexplained_;  // erased, and the event that says so has not come yet
};

}  // namespace

absl::StatusOr<StoreReader> StoreReader::Open(const std::string& path, const Secret<32>& key,
                                              absl::string_view coalition, bool at_rest) {
  storage::OpenOptions options;
  options.application_id = kApplicationId;
  options.kind = "a Vervet hub's log";
  options.schema_version = kSchemaVersion;
  options.read_only = true;
  options.at_rest = at_rest;
  VERVET_ASSIGN_OR_RETURN(auto database, storage::Database::Open(path, key, options));
  StoreReader reader(std::move(database));
  VERVET_ASSIGN_OR_RETURN(
      auto find, storage::Statement::Prepare(*reader.database_,
                                             "SELECT value FROM meta WHERE name = 'coalition'"));
  VERVET_ASSIGN_OR_RETURN(const bool found, find.Step());
  // An empty log of which a start was interrupted has none yet.
  if (found && find.ColumnBlobAsString(0) != coalition) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " belongs to another coalition: correct coalition in the configuration, "
                     "or the path; nothing was changed"));
  }
  return reader;
}

absl::StatusOr<StoreFacts> StoreReader::ReadAll() {
  VERVET_ASSIGN_OR_RETURN(auto rows, storage::Statement::Prepare(
                                         *database_,
                                         "SELECT sequence, header, body, random, leaf_hash FROM "
                                         "event WHERE sequence > ? ORDER BY sequence LIMIT ?"));
  Verifier verifier(database_->path());
  for (bool more = true; more;) {
    const storage::StatementReset reset(rows);
    const uint64_t before = verifier.size();
    rows.BindInt64(1, static_cast<int64_t>(before)).BindInt64(2, kRowsAtATime);
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      VERVET_RETURN_IF_ERROR(verifier.Add(rows));
    }
    more = verifier.size() != before;
  }
  // A gap at the very end shows only in what still refers to it.
  VERVET_ASSIGN_OR_RETURN(
      const int64_t referred,
      database_->QueryInt64("SELECT max((SELECT ifnull(max(sequence), 0) FROM event), "
                            "(SELECT ifnull(max(sequence), 0) FROM request), "
                            "(SELECT ifnull(max(sequence), 0) FROM element))"));
  VERVET_ASSIGN_OR_RETURN(const int64_t present,
                          database_->QueryInt64("SELECT ifnull(max(sequence), 0) FROM event"));
  if (referred > present) {
    return Damaged(database_->path(), static_cast<uint64_t>(present) + 1, "it is missing");
  }
  return verifier.Finish();
}

absl::StatusOr<log::Hash> StoreReader::StoredRootAt(uint64_t size) {
  VERVET_ASSIGN_OR_RETURN(
      auto rows, storage::Statement::Prepare(*database_,
                                             "SELECT leaf_hash FROM event WHERE sequence > ? AND "
                                             "sequence <= ? ORDER BY sequence"));
  log::MerkleFrontier frontier;
  while (frontier.size() < size) {
    const storage::StatementReset reset(rows);
    const uint64_t before = frontier.size();
    const auto from = static_cast<int64_t>(before);
    rows.BindInt64(1, from).BindInt64(2, std::min(static_cast<int64_t>(size), from + kRowsAtATime));
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      const auto leaf = log::HashFromBytes(rows.ColumnBlobAsString(0));
      if (!leaf.ok()) {
        return Damaged(database_->path(), frontier.size() + 1, "its leaf hash has another length");
      }
      frontier.Append(*leaf);
    }
    if (frontier.size() == before) {
      return Damaged(database_->path(), before + 1, "its leaf hash is missing");
    }
  }
  return frontier.Root();
}

}  // namespace vervet::hub
