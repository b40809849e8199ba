// The hashes themselves and the records of each.
#ifndef VERVET_CORE_INDEX_HAMMING_SLOTS_H_
#define VERVET_CORE_INDEX_HAMMING_SLOTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/index/hamming/buffer.h"

namespace vervet::index::hamming {

// A hash in the index's own order of bits, as 16 words of 16 bits: Word(hash, i) is its word i.
inline constexpr int kBands = 16;
inline constexpr int kHashLimbs = 4;
using HashBits = std::array<uint64_t, kHashLimbs>;

inline uint16_t Word(const uint64_t* hash, int band) {
  return static_cast<uint16_t>(hash[band / 4] >> (16 * (band % 4)));
}

// Records of a hash that has several; 0 is a place that is free. Written in place, so that readers
// go on; one that is too small is replaced.
struct RecordList {
  RecordList(uint32_t room, MemoryMeter* counted)
      : capacity(room), meter(counted), entries(new std::atomic<uint64_t>[room]) {
    meter->Add(sizeof(*this) + capacity * sizeof(uint64_t));
  }
  ~RecordList() { meter->Subtract(sizeof(*this) + capacity * sizeof(uint64_t)); }

  const uint32_t capacity;
  MemoryMeter* const meter;
  std::atomic<uint32_t> size{0};
  std::unique_ptr<std::atomic<uint64_t>[]> entries;
};

// A hash lives in a slot, whose number stays, from its first record until no reader can meet it any
// more. A slot's hash does not change meanwhile; its records do, in one atomic word. One thread
// writes at a time; any number read.
class Slots {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr size_t kMaxSlots = size_t{1} << 27;

  explicit Slots(MemoryMeter* meter) : meter_(meter) {}
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  const uint64_t* hash(uint32_t slot) const {
    return chunks_[slot / kChunk].hashes + size_t{slot % kChunk} * kHashLimbs;
  }
  void Prefetch(uint32_t slot) const {
    __builtin_prefetch(hash(slot));
    __builtin_prefetch(&word(slot));
  }

  // Calls visit(record, radius) for each record of the slot.
  template <typename Visit>
  void ForEachRecord(uint32_t slot, Visit&& visit) const {
    const uint64_t value = word(slot).load(std::memory_order_acquire);
    if ((value & kInline) != 0) {
      visit(RecordOf(value), RadiusOf(value));
    } else if (value > kCondemned) {
      const RecordList& list = *ListOf(value);
      const uint32_t size = list.size.load(std::memory_order_acquire);
      for (uint32_t i = 0; i < size; ++i) {
        const uint64_t entry = list.entries[i].load(std::memory_order_acquire);
        if (entry != 0) visit(RecordOf(entry), RadiusOf(entry));
      }
    }
  }

  // For the writer. A new slot with one record; kNone where kMaxSlots are in use.
  uint32_t Take(const uint64_t* hash, uint32_t record, int radius);
  // A slot that no reader can meet any more; docs/image-index.md says how that is known.
  void GiveBack(uint32_t slot) { free_.push_back(slot); }
  size_t slots_ever() const { return next_; }

  // For the writer. kCondemned: the slot is on its way out, and the hash needs another one.
  enum class Added { kNew, kRevived, kReplacedRadius, kCondemned };
  // A list that was replaced goes to `replaced`: readers may still be in it.
  Added AddRecord(uint32_t slot, uint32_t record, int radius,
                  std::vector<std::unique_ptr<RecordList>>* replaced);
  enum class Removed { kAbsent, kOthersRemain, kDied };
  Removed RemoveRecord(uint32_t slot, uint32_t record,
                       std::vector<std::unique_ptr<RecordList>>* replaced);
  // For whoever merges: true where the slot had no record, and will never have one again.
  bool Condemn(uint32_t slot) {
    uint64_t dead = kDead;
    return word(slot).compare_exchange_strong(dead, kCondemned, std::memory_order_acq_rel);
  }
  bool condemned(uint32_t slot) const {
    return word(slot).load(std::memory_order_acquire) == kCondemned;
  }

 private:
  static constexpr size_t kChunk = 65536;
  // A slot's word: kDead, kCondemned, one record (bit 0 set, radius in 8 to 15, record from 32 on),
  // or the address of a list.
  static constexpr uint64_t kDead = 0;
  static constexpr uint64_t kInline = 1;
  static constexpr uint64_t kCondemned = 2;

  struct Chunk {
    Buffer memory;
    uint64_t* hashes = nullptr;
    std::atomic<uint64_t>* words = nullptr;
  };

  static uint64_t Pack(uint32_t record, int radius) {
    return uint64_t{record} << 32 | static_cast<uint64_t>(radius) << 8 | kInline;
  }
  static uint32_t RecordOf(uint64_t value) { return static_cast<uint32_t>(value >> 32); }
  static int RadiusOf(uint64_t value) { return static_cast<int>(value >> 8 & 0xff); }
  static RecordList* ListOf(uint64_t value) { return reinterpret_cast<RecordList*>(value); }

  std::atomic<uint64_t>& word(uint32_t slot) const {
    return chunks_[slot / kChunk].words[slot % kChunk];
  }
  void Append(uint32_t slot, RecordList* list, uint64_t entry,
              std::vector<std::unique_ptr<RecordList>>* replaced);

  MemoryMeter* const meter_;
  // Never moved: readers look up while the writer adds.
  const std::unique_ptr<Chunk[]> chunks_{new Chunk[kMaxSlots / kChunk]};
  size_t next_ = 0;
  std::vector<uint32_t> free_;
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_SLOTS_H_
