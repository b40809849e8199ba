#include "core/index/hamming/search.h"

#include <algorithm>

namespace vervet::index::hamming {
namespace {

std::array<Thresholds, kMaxRadius + 1> MakeThresholds() {
  std::array<Thresholds, kMaxRadius + 1> all;
  for (int radius = 0; radius <= kMaxRadius; ++radius) {
    Thresholds& one = all[static_cast<size_t>(radius)];
    // radius + 1 = sum of t(i) + 1, spread evenly.
    for (int i = 0; i < kBands; ++i) {
      one.own[i] =
          static_cast<int8_t>((i + 1) * (radius + 1) / kBands - i * (radius + 1) / kBands - 1);
    }
    for (int i = 0; i < kBands; ++i) {
      one.two[i] = static_cast<int8_t>(one.own[i] + one.own[(i + 1) % kBands] + 1);
    }
  }
  return all;
}

// The buckets of a band that a query has to look into: its own, and where the threshold is 1 those
// of the prefixes with one bit changed.
constexpr int kMaxRanges = 1 + Run::kWordBits;

// The work of a batch is a list of steps, a query in a run of a band each. A step goes through
// three stages, each asking for the memory of the next, and several steps are on their way at a
// time: memory that is far away is waited for once for all of them.
class Search {
 public:
  Search(const Slots& slots, const Kernels& kernels, absl::Span<const ShuffledQuery> queries,
         std::vector<Found>* found)
      : slots_(slots), kernels_(kernels), queries_(queries), found_(*found) {}

  void InHead(const Head& head) {
    const uint32_t size = head.size.load(std::memory_order_acquire);
    if (size == 0) return;
    EnsureRoom(size);
    for (const ShuffledQuery& query : queries_) {
      const size_t hits = kernels_.scan(head.hashes.data(), size, query.hash.data(), query.radius,
                                        positions_.data());
      for (size_t i = 0; i < hits; ++i) {
        const uint32_t at = positions_[i];
        Report(query, head.slots[at],
               kernels_.distance(&head.hashes[size_t{at} * kHashLimbs], query.hash.data()));
      }
    }
  }

  void InRuns(const Snapshot& snapshot) {
    for (int band = 0; band < kBands; ++band) {
      for (const auto& run : snapshot.bands[static_cast<size_t>(band)]) {
        for (uint32_t i = 0; i < queries_.size(); ++i) Begin(band, *run, i);
      }
    }
    for (size_t i = 0; i < kInFlight; ++i) Advance();
    VerifyAll();
    NumbersToSlots();
    VerifyAll();
  }

 private:
  // Steps between the stages; a power of two.
  static constexpr size_t kInFlight = 4;
  static constexpr size_t kLocateLag = 2;

  struct Step {
    const Run* run = nullptr;  // null: nothing to do
    int band = 0;
    uint32_t query = 0;
    uint32_t entries = 0;
    size_t range_count = 0;
    std::array<Range, kMaxRanges> ranges;
  };
  // Past the filter; waits for its slot's number, then for the slot.
  struct Candidate {
    const Run* run;
    uint32_t at;  // position, then slot
    uint32_t query;
    int band;
  };

  // Stage 1: the directory's lines.
  void Begin(int band, const Run& run, uint32_t query) {
    const int threshold = queries_[query].thresholds->own[band];
    if (threshold < 0) return;
    Advance();
    Step& step = steps_[next_ % kInFlight];
    step.run = &run;
    step.band = band;
    step.query = query;
    // A small directory is in the cache soon enough.
    const int bits = run.prefix_bits();
    if (bits < Run::kWordBits) return;
    const uint32_t prefix = Word(queries_[query].hash.data(), band);
    const uint32_t* const offsets = run.offsets();
    __builtin_prefetch(offsets + prefix);
    if (threshold == 0) return;
    // 16 offsets are a line: changes of the last 4 bits stay in it.
    for (int bit = 4; bit < bits; ++bit) __builtin_prefetch(offsets + (prefix ^ (1u << bit)));
  }

  void Advance() {
    ++next_;
    Locate(&steps_[(next_ - kLocateLag) % kInFlight]);
    Filter(&steps_[next_ % kInFlight]);
  }

  // Stage 2: the directory, and the lines of the entries' words.
  void Locate(Step* step) {
    if (step->run == nullptr) return;
    const Run& run = *step->run;
    const ShuffledQuery& query = queries_[step->query];
    const Thresholds& thresholds = *query.thresholds;
    const int bits = run.prefix_bits();
    const uint32_t prefix =
        uint32_t{Word(query.hash.data(), step->band)} >> (Run::kWordBits - bits);
    const uint32_t* const offsets = run.offsets();
    const auto allowed = static_cast<uint32_t>(thresholds.two[step->band]);
    size_t count = 0;
    uint32_t entries = 0;
    const auto add = [&](uint32_t p, uint32_t differing_bits) {
      const Range range{offsets[p], offsets[p + 1], differing_bits};
      step->ranges[count] = range;
      count += range.begin != range.end ? 1 : 0;
      entries += range.end - range.begin;
    };
    add(prefix, allowed);
    if (thresholds.own[step->band] > 0) {
      for (int bit = 0; bit < bits; ++bit) add(prefix ^ (1u << bit), allowed - 1);
    }
    step->range_count = count;
    step->entries = entries;
    // As many lines as a bucket has on average, and one: a count that the processor can predict.
    // Its own prefetcher takes over in a long bucket.
    const size_t average =
        (run.size() >> bits) * sizeof(uint16_t) * (bits == Run::kWordBits ? 1 : 0);
    const size_t lines = std::min(average / 64 + 1, kPrefetchLines);
    for (size_t i = 0; i < count; ++i) {
      const auto* const begin =
          reinterpret_cast<const char*>(run.next_words() + step->ranges[i].begin);
      for (size_t line = 0; line < lines; ++line) __builtin_prefetch(begin + 64 * line);
    }
  }

  // Stage 3: the words.
  void Filter(Step* step) {
    if (step->run == nullptr) return;
    const Run& run = *step->run;
    EnsureRoom(step->entries);
    const uint16_t next_word = Word(queries_[step->query].hash.data(), (step->band + 1) % kBands);
    const size_t hits = kernels_.filter(run.next_words(), step->ranges.data(), step->range_count,
                                        next_word, positions_.data());
    for (size_t i = 0; i < hits; ++i) {
      const uint32_t at = positions_[i];
      __builtin_prefetch(run.slot_address(at));
      numbers_.push_back({&run, at, step->query, step->band});
    }
    step->run = nullptr;
    if (numbers_.size() < kCandidates) return;
    VerifyAll();
    NumbersToSlots();
  }

  void NumbersToSlots() {
    for (Candidate& candidate : numbers_) {
      candidate.at = candidate.run->slot(candidate.at);
      slots_.Prefetch(candidate.at);
    }
    std::swap(numbers_, to_verify_);
  }

  void VerifyAll() {
    for (const Candidate& candidate : to_verify_) {
      const ShuffledQuery& query = queries_[candidate.query];
      const uint64_t* const hash = slots_.hash(candidate.at);
      const uint32_t distance = kernels_.distance(hash, query.hash.data());
      if (distance > query.radius) continue;
      // Others find it too: the first one reports it.
      if (query.thresholds->FirstBand(hash, query.hash.data()) != candidate.band) continue;
      Report(query, candidate.at, distance);
    }
    to_verify_.clear();
  }

  void Report(const ShuffledQuery& query, uint32_t slot, uint32_t distance) {
    slots_.ForEachRecord(slot, [&](uint32_t record, int radius) {
      if (distance <= static_cast<uint32_t>(radius)) {
        found_.push_back({query.index, record, distance});
      }
    });
  }

  void EnsureRoom(size_t entries) {
    if (positions_.size() < entries) positions_.resize(entries);
  }

  static constexpr size_t kPrefetchLines = 8;
  // Wait together for their slots.
  static constexpr size_t kCandidates = 32;

  const Slots& slots_;
  const Kernels& kernels_;
  const absl::Span<const ShuffledQuery> queries_;
  std::vector<Found>& found_;
  std::array<Step, kInFlight> steps_;
  size_t next_ = kInFlight;
  std::vector<uint32_t> positions_;
  std::vector<Candidate> numbers_;
  std::vector<Candidate> to_verify_;
};

}  // namespace

const Thresholds& Thresholds::For(int radius) {
  static const std::array<Thresholds, kMaxRadius + 1> all = MakeThresholds();
  return all[static_cast<size_t>(radius)];
}

int Thresholds::FirstBand(const uint64_t* a, const uint64_t* b) const {
  std::array<int, kBands + 1> differ;
  for (int limb = 0; limb < kHashLimbs; ++limb) {
    // Bits of each 16, the four of a limb at once.
    uint64_t x = a[limb] ^ b[limb];
    x -= (x >> 1) & 0x5555555555555555;
    x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    x = (x + (x >> 8)) & 0x001f001f001f001f;
    for (int i = 0; i < 4; ++i) differ[4 * limb + i] = static_cast<int>(x >> (16 * i) & 31);
  }
  differ[kBands] = differ[0];
  for (int i = 0; i < kBands; ++i) {
    if (differ[i] <= own[i] && differ[i] + differ[i + 1] <= two[i]) return i;
  }
  return kBands;
}

void FindAll(const Snapshot& snapshot, const Slots& slots, const Kernels& kernels,
             absl::Span<const ShuffledQuery> queries, std::vector<Found>* found) {
  // The queries of a block go through one band after the other: a band of a million hashes is 2 MB
  // of words and stays in the cache for all of them.
  constexpr size_t kBlock = 8192;
  for (size_t from = 0; from < queries.size(); from += kBlock) {
    Search search(slots, kernels, queries.subspan(from, kBlock), found);
    search.InHead(*snapshot.head);
    search.InRuns(snapshot);
  }
}

}  // namespace vervet::index::hamming
