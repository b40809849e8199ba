// The embedded log: one SQLCipher file, one writing connection, one reading connection.
#ifndef VERVET_HUB_LOG_SQLCIPHER_EVENT_LOG_H_
#define VERVET_HUB_LOG_SQLCIPHER_EVENT_LOG_H_

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/base/secret.h"
#include "core/log/merkle.h"
#include "core/storage/database.h"
#include "core/storage/process_lock.h"
#include "core/storage/statement.h"
#include "hub/log/event_log.h"
#include "hub/log/log_tree.h"

namespace vervet::hub {

// Thread-safety as in EventLog. docs/protocol.md has the tables.
class SqlcipherEventLog final : public EventLog {
 public:
  // Called at Open with each event in order, so that the caller folds its state from one pass. The
  // event is valid during the call.
  using Fold = std::function<void(const StoredEvent&)>;

  // Opens or creates the store and reads it whole: sequence numbers without gaps, leaf hashes,
  // times. DATA_LOSS, with the sequence number and what to do, where something does not fit;
  // nothing is repaired or overwritten.
  static absl::StatusOr<std::unique_ptr<SqlcipherEventLog>> Open(const std::string& path,
                                                                 const Secret<32>& key,
                                                                 absl::string_view coalition,
                                                                 Environment* env,
                                                                 const Fold& fold);

  absl::StatusOr<std::vector<StoredEventPtr>> Append(absl::Span<const AppendEntry> batch) override;
  absl::StatusOr<std::vector<StoredEventPtr>> Read(uint64_t from, size_t limit,
                                                   size_t max_bytes) override;
  absl::StatusOr<std::optional<RequestOutcome>> FindRequest(const RequestKey& key) override;
  bool TidyDue() const override { return scrub_due_; }
  void Tidy() override;
  LogPosition Position() override;
  absl::StatusOr<log::Hash> RootAt(uint64_t size) override;
  absl::StatusOr<log::Hash> RangeRoot(const log::LeafRange& range) override;

 private:
  SqlcipherEventLog(storage::ProcessLock lock, std::unique_ptr<storage::Database> writer,
                    std::unique_ptr<storage::Database> reader, Environment* env);

  absl::Status Prepare();
  absl::Status CheckCoalition(absl::string_view coalition);
  absl::Status LoadAll(const Fold& fold);
  absl::Status Insert(const StoredEvent& event, const AppendEntry& entry);
  absl::Status EraseRow(uint64_t sequence);
  void DropFromTail(absl::Span<const uint64_t> sequences);
  // The tail cache and the tree grow.
  void Publish(absl::Span<const StoredEventPtr> events, LogTree::Growth growth);
  void CacheLocked(const StoredEventPtr& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Appends leaf hashes `from` (counted from 0) up to `to`, without it.
  absl::Status ReadLeaves(uint64_t from, uint64_t to, log::MerkleFrontier* into);
  bool ReadFromTail(uint64_t from, size_t limit, size_t max_bytes,
                    std::vector<StoredEventPtr>& out);

  const storage::ProcessLock lock_;
  Environment* const env_;

  // The appender's thread only.
  const std::unique_ptr<storage::Database> writer_;
  std::optional<storage::Statement> insert_event_, insert_request_, insert_element_, find_request_;
  std::optional<storage::Statement> erase_event_, erase_elements_, erase_fingerprint_;
  std::atomic<bool> scrub_due_{
      false};  // something was erased that the write-ahead log may still hold
  absl::Time last_time_ = absl::UnixEpoch();

  Mutex reader_mutex_;
  const std::unique_ptr<storage::Database> reader_;
  std::optional<storage::Statement> read_events_ ABSL_GUARDED_BY(reader_mutex_);
  std::optional<storage::Statement> read_leaves_ ABSL_GUARDED_BY(reader_mutex_);

  Mutex mutex_;
  LogTree tree_ ABSL_GUARDED_BY(mutex_);
  LogPosition position_ ABSL_GUARDED_BY(mutex_);
  // The newest events, shared by all live streams.
  std::deque<StoredEventPtr> tail_ ABSL_GUARDED_BY(mutex_);
  size_t tail_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_SQLCIPHER_EVENT_LOG_H_
