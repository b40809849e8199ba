// The log in memory: what the engine sees of the real one, at the speed that a fuzzer wants.
#ifndef VERVET_TESTS_FUZZ_MEMORY_LOG_H_
#define VERVET_TESTS_FUZZ_MEMORY_LOG_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/environment.h"
#include "hub/log/event_log.h"

namespace vervet::fuzz {

// One thread.
class MemoryLog final : public hub::EventLog {
 public:
  explicit MemoryLog(Environment* env) : env_(env) {}

  absl::StatusOr<std::vector<hub::StoredEventPtr>> Append(
      absl::Span<const hub::AppendEntry> batch) override;
  absl::StatusOr<std::vector<hub::StoredEventPtr>> Read(uint64_t from, size_t limit,
                                                        size_t max_bytes) override;
  absl::StatusOr<std::optional<hub::RequestOutcome>> FindRequest(
      const hub::RequestKey& key) override;
  hub::LogPosition Position() override;
  absl::StatusOr<log::Hash> RootAt(uint64_t size) override;
  absl::StatusOr<log::Hash> RangeRoot(const log::LeafRange& range) override;

  const std::vector<hub::StoredEventPtr>& events() const { return events_; }

 private:
  struct Answered {
    std::string fingerprint;  // empty once erased
    hub::RequestOutcome outcome;
  };

  Environment* const env_;
  std::vector<hub::StoredEventPtr> events_;
  log::MerkleFrontier frontier_;
  absl::Time last_time_ = absl::UnixEpoch();
  std::map<std::pair<std::string, std::string>, Answered> requests_;
};

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_MEMORY_LOG_H_
