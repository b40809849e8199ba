#include "hub/log/sqlcipher_event_log.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/transaction.h"
#include "hub/log/event_row.h"
#include "hub/log/log_scan.h"

namespace vervet::hub {
namespace {

constexpr int32_t kApplicationId = 0x56764c67;  // "VvLg"
constexpr int32_t kSchemaVersion = 1;
constexpr size_t kTailMaxEvents = 16'384;
constexpr size_t kTailMaxBytes = 16 * 1024 * 1024;

constexpr char kSchema[] = R"sql(
  CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE event (
    sequence  INTEGER PRIMARY KEY,
    header    BLOB NOT NULL,
    body      BLOB,            -- NULL once erased
    random    BLOB,            -- NULL once erased
    leaf_hash BLOB NOT NULL);
  CREATE TABLE element (       -- N of each signature, for a change of key; never sent
    sequence  INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    element   BLOB NOT NULL,
    PRIMARY KEY (sequence, ordinal)) WITHOUT ROWID;
  CREATE TABLE request (
    party       TEXT NOT NULL,
    request_id  BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    sequence    INTEGER NOT NULL,
    record_id   BLOB NOT NULL,
    PRIMARY KEY (party, request_id)) WITHOUT ROWID;
  CREATE INDEX request_sequence ON request (sequence);  -- for erasures; appended to
)sql";

size_t SizeOf(const StoredEvent& event) {
  return event.event.header().size() + event.event.body().size() + log::kEventRandomBytes +
         log::kHashBytes;
}

absl::StatusOr<StoredEventPtr> FromRow(const storage::Statement& row) {
  auto stored = std::make_shared<StoredEvent>();
  VERVET_RETURN_IF_ERROR(ReadEventRow(row, stored.get()));
  return StoredEventPtr(std::move(stored));
}

}  // namespace

SqlcipherEventLog::SqlcipherEventLog(storage::ProcessLock lock,
                                     std::unique_ptr<storage::Database> writer,
                                     std::unique_ptr<storage::Database> reader, Environment* env)
    : lock_(std::move(lock)), env_(env), writer_(std::move(writer)), reader_(std::move(reader)) {}

absl::StatusOr<std::unique_ptr<SqlcipherEventLog>> SqlcipherEventLog::Open(
    const std::string& path, const Secret<32>& key, absl::string_view coalition, Environment* env,
    const Fold& fold) {
  VERVET_ASSIGN_OR_RETURN(auto lock, storage::ProcessLock::Acquire(path));
  storage::OpenOptions options;
  options.application_id = kApplicationId;
  options.kind = "a Vervet hub's log";
  options.schema_version = kSchemaVersion;
  options.schema_sql = kSchema;
  options.create_if_missing = true;
  VERVET_ASSIGN_OR_RETURN(auto writer, storage::Database::Open(path, key, options));
  VERVET_ASSIGN_OR_RETURN(auto reader, writer->OpenReader());
  std::unique_ptr<SqlcipherEventLog> log(
      new SqlcipherEventLog(std::move(lock), std::move(writer), std::move(reader), env));
  VERVET_RETURN_IF_ERROR(log->Prepare());
  VERVET_RETURN_IF_ERROR(log->CheckCoalition(coalition));
  VERVET_RETURN_IF_ERROR(log->LoadAll(fold));
  log->Tidy();
  return log;
}

absl::Status SqlcipherEventLog::Prepare() {
  const auto prepare = [](storage::Database& database, absl::string_view sql,
                          std::optional<storage::Statement>& into) -> absl::Status {
    VERVET_ASSIGN_OR_RETURN(into, storage::Statement::Prepare(database, sql));
    return absl::OkStatus();
  };
  VERVET_RETURN_IF_ERROR(prepare(
      *writer_, "INSERT INTO event (sequence, header, body, random, leaf_hash) VALUES (?,?,?,?,?)",
      insert_event_));
  VERVET_RETURN_IF_ERROR(prepare(*writer_,
                                 "INSERT INTO request (party, request_id, fingerprint, sequence, "
                                 "record_id) VALUES (?,?,?,?,?)",
                                 insert_request_));
  VERVET_RETURN_IF_ERROR(prepare(*writer_,
                                 "INSERT INTO element (sequence, ordinal, element) VALUES (?,?,?)",
                                 insert_element_));
  VERVET_RETURN_IF_ERROR(prepare(*writer_,
                                 "SELECT fingerprint, sequence, record_id FROM request "
                                 "WHERE party = ? AND request_id = ?",
                                 find_request_));
  VERVET_RETURN_IF_ERROR(prepare(
      *writer_, "UPDATE event SET body = NULL, random = NULL WHERE sequence = ?", erase_event_));
  VERVET_RETURN_IF_ERROR(
      prepare(*writer_, "DELETE FROM element WHERE sequence = ?", erase_elements_));
  VERVET_RETURN_IF_ERROR(prepare(
      *writer_, "UPDATE request SET fingerprint = x'' WHERE sequence = ?", erase_fingerprint_));
  MutexLock lock(reader_mutex_);
  VERVET_RETURN_IF_ERROR(prepare(*reader_,
                                 "SELECT sequence, header, body, random, leaf_hash FROM event "
                                 "WHERE sequence >= ? ORDER BY sequence LIMIT ?",
                                 read_events_));
  return prepare(*reader_,
                 "SELECT leaf_hash FROM event WHERE sequence > ? AND sequence <= ? "
                 "ORDER BY sequence",
                 read_leaves_);
}

absl::Status SqlcipherEventLog::CheckCoalition(absl::string_view coalition) {
  VERVET_ASSIGN_OR_RETURN(
      auto find,
      storage::Statement::Prepare(*writer_, "SELECT value FROM meta WHERE name = 'coalition'"));
  VERVET_ASSIGN_OR_RETURN(const bool found, find.Step());
  if (found) {
    if (find.ColumnBlobAsString(0) == coalition) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("coalition: the store ", writer_->path(),
                     " belongs to another coalition; correct the configuration"));
  }
  VERVET_ASSIGN_OR_RETURN(auto insert,
                          storage::Statement::Prepare(
                              *writer_, "INSERT INTO meta (name, value) VALUES ('coalition', ?)"));
  return insert.BindBlob(1, coalition).Run();
}

absl::Status SqlcipherEventLog::LoadAll(const Fold& fold) {
  VERVET_ASSIGN_OR_RETURN(
      const int64_t first,
      writer_->QueryInt64("SELECT min(1, ifnull(min(sequence), 1)) FROM event"));
  VERVET_ASSIGN_OR_RETURN(const int64_t last,
                          writer_->QueryInt64("SELECT ifnull(max(sequence), 0) FROM event"));
  MutexLock lock(mutex_);
  LogTree::Growth growth(tree_);
  std::set<uint64_t> unexplained;  // erased events whose erasure has not come yet
  std::vector<StoredEventPtr> tail;
  VERVET_RETURN_IF_ERROR(
      LogScan::Run(*writer_, first, last, LogScan::For(static_cast<uint64_t>(last)),
                   [&](const StoredEvent& event) -> absl::Status {
                     const uint64_t expected = growth.size() + 1;
                     if (event.sequence() != expected) return DamagedAt(expected, "it is missing");
                     if (event.erased) {
                       unexplained.insert(expected);
                       scrub_due_ = true;
                     }
                     const absl::Time time = absl::FromUnixMicros(event.parsed.header.time_us());
                     if (time < last_time_)
                       return DamagedAt(expected, "its time is before its predecessor's");
                     last_time_ = time;
                     growth.Append(event.leaf_hash);
                     if (expected + kTailMaxEvents > static_cast<uint64_t>(last)) {
                       tail.push_back(std::make_shared<const StoredEvent>(event));
                     }
                     for (const uint64_t erased : event.parsed.body.record_erased().sequences()) {
                       unexplained.erase(erased);
                     }
                     fold(event);
                     return absl::OkStatus();
                   }));
  if (!unexplained.empty()) {
    return DamagedAt(*unexplained.begin(), "its body is gone, and no erasure names it");
  }
  tree_.Grow(std::move(growth));
  for (const StoredEventPtr& event : tail) CacheLocked(event);
  position_ = {tree_.size(), tree_.Root()};
  // A gap at the very end shows only in what still refers to it.
  VERVET_ASSIGN_OR_RETURN(
      const int64_t referred,
      writer_->QueryInt64("SELECT max((SELECT ifnull(max(sequence), 0) FROM request), "
                          "(SELECT ifnull(max(sequence), 0) FROM element))"));
  if (static_cast<uint64_t>(referred) > tree_.size())
    return DamagedAt(tree_.size() + 1, "it is missing");
  return absl::OkStatus();
}

void SqlcipherEventLog::CacheLocked(const StoredEventPtr& event) {
  tail_.push_back(event);
  tail_bytes_ += SizeOf(*event);
  while (tail_.size() > kTailMaxEvents || (tail_bytes_ > kTailMaxBytes && tail_.size() > 1)) {
    tail_bytes_ -= SizeOf(*tail_.front());
    tail_.pop_front();
  }
}

absl::StatusOr<std::vector<StoredEventPtr>> SqlcipherEventLog::Append(
    absl::Span<const AppendEntry> batch) {
  LogTree::Growth growth = [this] {
    MutexLock lock(mutex_);
    return LogTree::Growth(tree_);
  }();
  absl::Time time = last_time_;
  std::vector<StoredEventPtr> events;
  std::vector<uint64_t> erased;
  events.reserve(batch.size());
  VERVET_ASSIGN_OR_RETURN(auto transaction, storage::Transaction::Begin(*writer_));
  for (const AppendEntry& entry : batch) {
    time = std::max(time, env_->Now());
    auto stored = std::make_shared<StoredEvent>();
    stored->event = log::SealEvent(entry.draft, growth.size() + 1, time, *env_);
    VERVET_ASSIGN_OR_RETURN(stored->parsed, log::ParseEvent(stored->event));
    stored->leaf_hash = log::LeafHash(stored->event);
    growth.Append(stored->leaf_hash);
    VERVET_RETURN_IF_ERROR(Insert(*stored, entry));
    events.push_back(std::move(stored));
    for (const uint64_t sequence : entry.erases) {
      VERVET_RETURN_IF_ERROR(EraseRow(sequence));
      erased.push_back(sequence);
    }
  }
  VERVET_RETURN_IF_ERROR(transaction.Commit());
  // The stored time has microseconds.
  if (!events.empty()) last_time_ = absl::FromUnixMicros(events.back()->parsed.header.time_us());
  Publish(events, std::move(growth));
  if (!erased.empty()) {
    DropFromTail(erased);
    scrub_due_ = true;
  }
  return events;
}

// An erasure is done when the write-ahead log holds no copy either. A backup's snapshot may be in
// the way; nobody who wants to write is made to wait for it.
void SqlcipherEventLog::Tidy() {
  if (!scrub_due_) return;
  MutexLock lock(reader_mutex_);  // our own reader holds no snapshot then
  scrub_due_ = !writer_->Checkpoint(storage::CheckpointMode::kTruncate, /*wait=*/false).ok();
}

absl::Status SqlcipherEventLog::EraseRow(uint64_t sequence) {
  const auto id = static_cast<int64_t>(sequence);
  // secure_delete overwrites what is freed. The request stays, so that a late retry gets the first
  // answer; its fingerprint goes, and fits whatever the retry asks for.
  for (std::optional<storage::Statement>* statement :
       {&erase_event_, &erase_elements_, &erase_fingerprint_}) {
    (*statement)->Reset();
    VERVET_RETURN_IF_ERROR((*statement)->BindInt64(1, id).Run());
  }
  return absl::OkStatus();
}

void SqlcipherEventLog::DropFromTail(absl::Span<const uint64_t> sequences) {
  MutexLock lock(mutex_);
  for (const uint64_t sequence : sequences) {
    if (tail_.empty() || sequence < tail_.front()->sequence()) continue;
    const size_t i = sequence - tail_.front()->sequence();
    if (i >= tail_.size()) continue;
    auto erased = std::make_shared<StoredEvent>();
    erased->event.set_header(tail_[i]->event.header());
    erased->parsed.header = tail_[i]->parsed.header;
    erased->leaf_hash = tail_[i]->leaf_hash;
    erased->erased = true;
    tail_bytes_ -= SizeOf(*tail_[i]) - SizeOf(*erased);
    tail_[i] = std::move(erased);
  }
}

absl::Status SqlcipherEventLog::Insert(const StoredEvent& event, const AppendEntry& entry) {
  const auto sequence = static_cast<int64_t>(event.sequence());
  insert_event_->Reset();
  VERVET_RETURN_IF_ERROR(insert_event_->BindInt64(1, sequence)
                             .BindBlob(2, absl::string_view(event.event.header()))
                             .BindBlob(3, absl::string_view(event.event.body()))
                             .BindBlob(4, absl::string_view(event.event.random()))
                             .BindBlob(5, log::AsBytes(event.leaf_hash))
                             .Run());
  for (size_t i = 0; i < entry.elements.size(); ++i) {
    insert_element_->Reset();
    VERVET_RETURN_IF_ERROR(insert_element_->BindInt64(1, sequence)
                               .BindInt64(2, static_cast<int64_t>(i))
                               .BindBlob(3, absl::string_view(entry.elements[i]))
                               .Run());
  }
  if (!entry.request) return absl::OkStatus();
  insert_request_->Reset();
  return insert_request_->BindText(1, entry.request->party)
      .BindBlob(2, absl::string_view(entry.request->request_id))
      .BindBlob(3, absl::string_view(entry.request->fingerprint))
      .BindInt64(4, sequence)
      .BindBlob(5, absl::string_view(entry.record_id))
      .Run();
}

void SqlcipherEventLog::Publish(absl::Span<const StoredEventPtr> events, LogTree::Growth growth) {
  MutexLock lock(mutex_);
  for (const StoredEventPtr& event : events) CacheLocked(event);
  tree_.Grow(std::move(growth));
  position_ = {tree_.size(), tree_.Root()};
}

bool SqlcipherEventLog::ReadFromTail(uint64_t from, size_t limit, size_t max_bytes,
                                     std::vector<StoredEventPtr>& out) {
  MutexLock lock(mutex_);
  if (from > position_.size) return true;
  if (tail_.empty() || from < tail_.front()->sequence()) return false;
  size_t bytes = 0;
  for (size_t i = from - tail_.front()->sequence(); i < tail_.size() && out.size() < limit; ++i) {
    bytes += SizeOf(*tail_[i]);
    if (!out.empty() && bytes > max_bytes) break;
    out.push_back(tail_[i]);
  }
  return true;
}

absl::StatusOr<std::vector<StoredEventPtr>> SqlcipherEventLog::Read(uint64_t from, size_t limit,
                                                                    size_t max_bytes) {
  from = std::max<uint64_t>(from, 1);
  std::vector<StoredEventPtr> events;
  if (ReadFromTail(from, limit, max_bytes, events)) return events;
  MutexLock lock(reader_mutex_);
  storage::StatementReset reset(*read_events_);
  read_events_->BindInt64(1, static_cast<int64_t>(from)).BindInt64(2, static_cast<int64_t>(limit));
  size_t bytes = 0;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool row, read_events_->Step());
    if (!row) break;
    VERVET_ASSIGN_OR_RETURN(StoredEventPtr event, FromRow(*read_events_));
    if (event->sequence() != from + events.size()) {
      return DamagedAt(from + events.size(), "it is missing");
    }
    bytes += SizeOf(*event);
    if (!events.empty() && bytes > max_bytes) break;
    events.push_back(std::move(event));
  }
  return events;
}

absl::StatusOr<std::optional<RequestOutcome>> SqlcipherEventLog::FindRequest(
    const RequestKey& key) {
  storage::StatementReset reset(*find_request_);
  find_request_->BindText(1, key.party).BindBlob(2, absl::string_view(key.request_id));
  VERVET_ASSIGN_OR_RETURN(const bool row, find_request_->Step());
  if (!row) return std::optional<RequestOutcome>();
  const auto fingerprint = find_request_->ColumnBlobAsString(0);
  if (!fingerprint.empty() && fingerprint != key.fingerprint) {
    return absl::AlreadyExistsError(
        "request_id: used before for another request; take a new one for each request");
  }
  return std::optional<RequestOutcome>(
      RequestOutcome{static_cast<uint64_t>(find_request_->ColumnInt64(1)),
                     std::string(find_request_->ColumnBlobAsString(2))});
}

LogPosition SqlcipherEventLog::Position() {
  MutexLock lock(mutex_);
  return position_;
}

absl::StatusOr<log::Hash> SqlcipherEventLog::RootAt(uint64_t size) {
  log::MerkleFrontier frontier;
  {
    MutexLock lock(mutex_);
    if (size > position_.size) {
      return absl::OutOfRangeError(absl::StrCat("the log has ", position_.size, " events"));
    }
    if (size == position_.size) return position_.root;
    frontier = tree_.CheckpointAtOrBefore(size);
  }
  VERVET_RETURN_IF_ERROR(ReadLeaves(frontier.size(), size, &frontier));
  return frontier.Root();
}

absl::StatusOr<log::Hash> SqlcipherEventLog::RangeRoot(const log::LeafRange& range) {
  if (!log::IsNode(range)) return absl::InvalidArgumentError("the range is no node of the tree");
  log::LeafRange rest = range;
  std::vector<log::Hash> roots;
  {
    MutexLock lock(mutex_);
    if (range.end > position_.size) {
      return absl::OutOfRangeError(absl::StrCat("the log has ", position_.size, " events"));
    }
    tree_.subtrees().TakeFront(&rest, &roots);
  }
  if (rest.size() != 0) {
    log::MerkleFrontier last;
    VERVET_RETURN_IF_ERROR(ReadLeaves(rest.first, rest.end, &last));
    roots.push_back(last.Root());
  }
  return log::JoinRoots(roots);
}

absl::Status SqlcipherEventLog::ReadLeaves(uint64_t from, uint64_t to, log::MerkleFrontier* into) {
  MutexLock lock(reader_mutex_);
  storage::StatementReset reset(*read_leaves_);
  read_leaves_->BindInt64(1, static_cast<int64_t>(from)).BindInt64(2, static_cast<int64_t>(to));
  uint64_t read = from;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool row, read_leaves_->Step());
    if (!row) break;
    VERVET_ASSIGN_OR_RETURN(const log::Hash leaf,
                            log::HashFromBytes(read_leaves_->ColumnBlobAsString(0)));
    into->Append(leaf);
    ++read;
  }
  if (read != to) return DamagedAt(read + 1, "its leaf hash is missing");
  return absl::OkStatus();
}

}  // namespace vervet::hub
