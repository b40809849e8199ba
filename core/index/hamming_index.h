// All image hashes within a Hamming distance of a query, without exception, while records come and
// go. docs/image-index.md says how, and proves it.
#ifndef VERVET_CORE_INDEX_HAMMING_INDEX_H_
#define VERVET_CORE_INDEX_HAMMING_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/environment.h"

namespace vervet::index {

// A record's number, as in signature_index.h.
using RecordHandle = uint32_t;

// A perceptual hash of 256 bits (PDQ).
struct Hash256 {
  static constexpr size_t kSizeBytes = 32;
  std::array<uint8_t, kSizeBytes> bytes{};

  // INVALID_ARGUMENT where it is not 32 bytes.
  static absl::StatusOr<Hash256> FromBytes(absl::string_view bytes);
  friend bool operator==(const Hash256& a, const Hash256& b) { return a.bytes == b.bytes; }
};

// Differing bits, 0 to 256.
int Distance(const Hash256& a, const Hash256& b);

// A multimap from hash to record handle that is asked by distance. Thread-safe: any number of
// threads ask while others add and remove. No lock is held while a query runs, and nothing is ever
// rebuilt as a whole: a thread of the index's own merges what was added, step by step.
//
// A query sees every pair whose Add returned before the query began and whose Remove did not begin
// before it ended; of a pair that comes or goes meanwhile, it sees either.
class HammingIndex {
 public:
  // The largest radius, in bits. The index is laid out for it.
  static constexpr int kMaxRadius = 31;
  // Different hashes at one time.
  static constexpr size_t kMaxHashes = size_t{1} << 27;

  enum class InstructionSet { kPortable, kAvx2, kAvx512 };
  // Whether this program and this processor have it.
  static bool Supports(InstructionSet set);
  static absl::string_view NameOf(InstructionSet set);

  struct Options {
    Environment* environment = Environment::System();
    // The best that is supported, unless a test or a benchmark asks for another one (which must be
    // supported: else it is the portable one). All give the same answers.
    std::optional<InstructionSet> instruction_set;
    // For tests: called by the merging thread, which holds no lock, when it has chosen what to
    // merge and has changed nothing yet.
    std::function<void()> on_merge_chosen;
  };

  struct Query {
    Hash256 hash;
    int radius = kMaxRadius;  // 0 to 31
  };

  struct Match {
    uint32_t query = 0;  // its place in the batch
    RecordHandle record = 0;
    int distance = 0;  // differing bits
  };

  HammingIndex() : HammingIndex(Options()) {}
  explicit HammingIndex(const Options& options);
  ~HammingIndex();
  HammingIndex(const HammingIndex&) = delete;
  HammingIndex& operator=(const HammingIndex&) = delete;

  // Visible to every query that begins after it returns. The record matches within its own radius
  // or the query's, whichever is tighter. A pair that is there already gets the new radius.
  // INVALID_ARGUMENT: radius not 0 to 31. RESOURCE_EXHAUSTED: kMaxHashes are in.
  absl::Status Add(const Hash256& hash, RecordHandle record, int radius = kMaxRadius);
  // False where the pair is not there.
  bool Remove(const Hash256& hash, RecordHandle record);

  // All matches of one query, the nearest first, then by record. INVALID_ARGUMENT: the radius.
  absl::StatusOr<std::vector<Match>> Find(const Hash256& hash, int radius = kMaxRadius) const;
  // All matches of many queries, in the order of the queries and then as Find's. Several times as
  // fast as Find by Find from some dozens on, because the memory of many is fetched at the same
  // time. INVALID_ARGUMENT names the first query that is wrong; none was asked then.
  absl::StatusOr<std::vector<Match>> FindEach(absl::Span<const Query> queries) const;

  // Waits until no merge is due, for measurements and tests. Needs some tenths of a second after
  // the last change even where there is little to do.
  void WaitForMerges() const;

  struct Stats {
    size_t hashes = 0;  // different ones
    size_t pairs = 0;   // of hash and record
    size_t segments = 0;
    size_t memory_bytes = 0;  // allocated
    size_t peak_memory_bytes = 0;
    InstructionSet instruction_set = InstructionSet::kPortable;
  };
  Stats GetStats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vervet::index

#endif  // VERVET_CORE_INDEX_HAMMING_INDEX_H_
