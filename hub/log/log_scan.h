// Reads a whole log in order, on several threads: what takes long (decrypting, parsing, hashing) is
// done ahead of whoever takes the events.
#ifndef VERVET_HUB_LOG_LOG_SCAN_H_
#define VERVET_HUB_LOG_LOG_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "core/storage/database.h"
#include "core/storage/statement.h"
#include "hub/log/event_log.h"

namespace vervet::hub {

class LogScan {
 public:
  struct Options {
    // Of connections and threads; 0: the caller's thread reads.
    size_t readers = 0;
    uint64_t chunk_events = 256;  // what a reader takes at a time
  };
  // By size of the log and processors: a short log is not worth a thread.
  static Options For(uint64_t last_sequence);

  // Gets each event from `first_sequence` to `last_sequence`, in order, on the caller's thread;
  // valid during the call. Its row fits itself, and its leaf hash its bytes.
  using Visit = std::function<absl::Status(const StoredEvent&)>;

  // The first error of a row or of `visit`, after all events before it were visited. DATA_LOSS also
  // where a chunk ends without its last event; other gaps are for `visit` to notice. Nothing may be
  // written meanwhile.
  static absl::Status Run(storage::Database& database, int64_t first_sequence,
                          int64_t last_sequence, const Options& options, const Visit& visit);

 private:
  struct Chunk {
    int64_t first = 0, last = 0;      // wanted
    std::vector<StoredEvent> events;  // the first `size` are of this chunk, the others spare memory
    size_t size = 0;
    absl::Status end;  // why there are no more
  };

  LogScan(int64_t first_sequence, int64_t last_sequence, const Options& options);
  static absl::Status ReadChunk(storage::Statement& rows, Chunk* chunk);
  absl::Status VisitChunk(const Chunk& chunk, const Visit& visit) const;
  absl::Status RunHere(storage::Database& database, const Visit& visit);
  absl::Status RunAhead(storage::Database& database, const Visit& visit);
  absl::Status TakeAll(const Visit& visit);
  void ReadAhead(storage::Statement* rows);
  void SetRange(uint64_t number, Chunk* chunk) const;

  const int64_t first_sequence_, last_sequence_;
  const Options options_;
  const uint64_t chunks_;

  // A slot belongs to a reader from when it takes the chunk's number until it is filled, and then
  // to the caller until it is taken. Chunk n uses slot n modulo their number.
  struct Slot {
    Chunk chunk;
    uint64_t filled = 0;  // 1 + the chunk's number
  };
  std::vector<Slot> slots_;
  Mutex mutex_;
  CondVar changed_;
  uint64_t next_ ABSL_GUARDED_BY(mutex_) = 0;   // to be read
  uint64_t taken_ ABSL_GUARDED_BY(mutex_) = 0;  // chunks that were visited
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_LOG_SCAN_H_
