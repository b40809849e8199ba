#include "hub/log/log_scan.h"

#include <pthread.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "core/base/status_macros.h"
#include "hub/log/event_row.h"

namespace vervet::hub {
namespace {

constexpr uint64_t kWorthThreads = 8'192;  // events
// The caller folds, which is about a fourth of the work; more readers than that would only wait.
constexpr size_t kMostReaders = 4;
// So that a reader goes on while the caller is behind.
constexpr size_t kSlotsPerReader = 3;

constexpr char kRows[] =
    "SELECT sequence, header, body, random, leaf_hash FROM event "
    "WHERE sequence >= ? AND sequence <= ? ORDER BY sequence";

}  // namespace

LogScan::Options LogScan::For(uint64_t last_sequence) {
  Options options;
  const size_t processors = std::thread::hardware_concurrency();  // 0: unknown
  if (last_sequence >= kWorthThreads && processors > 1) {
    options.readers = std::min(processors, kMostReaders);
  }
  return options;
}

LogScan::LogScan(int64_t first_sequence, int64_t last_sequence, const Options& options)
    : first_sequence_(first_sequence),
      last_sequence_(last_sequence),
      options_(options),
      chunks_(last_sequence < first_sequence
                  ? 0
                  : (static_cast<uint64_t>(last_sequence) - static_cast<uint64_t>(first_sequence)) /
                            options.chunk_events +
                        1) {}

absl::Status LogScan::Run(storage::Database& database, int64_t first_sequence,
                          int64_t last_sequence, const Options& options, const Visit& visit) {
  LogScan scan(first_sequence, last_sequence, options);
  return options.readers == 0 ? scan.RunHere(database, visit) : scan.RunAhead(database, visit);
}

void LogScan::SetRange(uint64_t number, Chunk* chunk) const {
  const uint64_t first = static_cast<uint64_t>(first_sequence_) + number * options_.chunk_events;
  chunk->first = static_cast<int64_t>(first);
  chunk->last = number + 1 == chunks_ ? last_sequence_
                                      : static_cast<int64_t>(first + options_.chunk_events - 1);
}

absl::Status LogScan::ReadChunk(storage::Statement& rows, Chunk* chunk) {
  chunk->size = 0;
  const storage::StatementReset reset(rows);
  rows.BindInt64(1, chunk->first).BindInt64(2, chunk->last);
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    if (chunk->size == chunk->events.size()) chunk->events.emplace_back();
    StoredEvent& event = chunk->events[chunk->size];
    VERVET_RETURN_IF_ERROR(ReadEventRow(rows, &event));
    if (!event.erased && log::LeafHash(event.event) != event.leaf_hash) {
      return DamagedAt(event.sequence(), "its bytes do not give its leaf hash");
    }
    ++chunk->size;
  }
}

absl::Status LogScan::VisitChunk(const Chunk& chunk, const Visit& visit) const {
  for (size_t i = 0; i < chunk.size; ++i) VERVET_RETURN_IF_ERROR(visit(chunk.events[i]));
  VERVET_RETURN_IF_ERROR(chunk.end);
  // Else a number from beyond the end of the log would have it read chunk by empty chunk.
  const bool complete = chunk.size != 0 && chunk.events[chunk.size - 1].sequence() ==
                                               static_cast<uint64_t>(chunk.last);
  if (complete) return absl::OkStatus();
  return DamagedAt(chunk.size == 0 ? static_cast<uint64_t>(chunk.first)
                                   : chunk.events[chunk.size - 1].sequence() + 1,
                   "it is missing");
}

absl::Status LogScan::RunHere(storage::Database& database, const Visit& visit) {
  VERVET_ASSIGN_OR_RETURN(auto rows, storage::Statement::Prepare(database, kRows));
  Chunk chunk;
  for (uint64_t number = 0; number < chunks_; ++number) {
    SetRange(number, &chunk);
    chunk.end = ReadChunk(rows, &chunk);
    VERVET_RETURN_IF_ERROR(VisitChunk(chunk, visit));
  }
  return absl::OkStatus();
}

absl::Status LogScan::RunAhead(storage::Database& database, const Visit& visit) {
  std::vector<std::unique_ptr<storage::Database>> connections;
  std::vector<storage::Statement> statements;
  for (size_t i = 0; i < options_.readers; ++i) {
    VERVET_ASSIGN_OR_RETURN(auto connection, database.OpenReader());
    VERVET_ASSIGN_OR_RETURN(auto rows, storage::Statement::Prepare(*connection, kRows));
    connections.push_back(std::move(connection));
    statements.push_back(std::move(rows));
  }
  slots_.resize(options_.readers * kSlotsPerReader);
  std::vector<std::thread> threads;
  for (storage::Statement& rows : statements) {
    threads.emplace_back([this, &rows] { ReadAhead(&rows); });
  }
  const absl::Status taken = TakeAll(visit);
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  for (std::thread& thread : threads) thread.join();
  return taken;
}

absl::Status LogScan::TakeAll(const Visit& visit) {
  for (uint64_t number = 0; number < chunks_; ++number) {
    Slot& slot = slots_[number % slots_.size()];
    {
      MutexLock lock(mutex_);
      while (slot.filled != number + 1) changed_.Wait(mutex_);
    }
    VERVET_RETURN_IF_ERROR(VisitChunk(slot.chunk, visit));
    {
      MutexLock lock(mutex_);
      taken_ = number + 1;
    }
    changed_.NotifyAll();
  }
  return absl::OkStatus();
}

void LogScan::ReadAhead(storage::Statement* rows) {
  pthread_setname_np(pthread_self(), "log-reader");
  while (true) {
    uint64_t number;
    {
      MutexLock lock(mutex_);
      while (!stopping_ && next_ < chunks_ && next_ >= taken_ + slots_.size())
        changed_.Wait(mutex_);
      if (stopping_ || next_ >= chunks_) return;
      number = next_++;
    }
    Slot& slot = slots_[number % slots_.size()];
    SetRange(number, &slot.chunk);
    slot.chunk.end = ReadChunk(*rows, &slot.chunk);
    {
      MutexLock lock(mutex_);
      slot.filled = number + 1;
    }
    changed_.NotifyAll();
  }
}

}  // namespace vervet::hub
