// One band of many hashes: their numbers in the order of one of their words.
#ifndef VERVET_CORE_INDEX_HAMMING_RUN_H_
#define VERVET_CORE_INDEX_HAMMING_RUN_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "core/index/hamming/buffer.h"
#include "core/index/hamming/kernels.h"
#include "core/index/hamming/slots.h"

namespace vervet::index::hamming {

// Slots that a merge leaves out, as a set of bits. Empty: none.
class SlotSet {
 public:
  void Insert(uint32_t slot) {
    if (bits_.size() <= slot / 64) bits_.resize(slot / 64 + 1);
    bits_[slot / 64] |= uint64_t{1} << (slot % 64);
  }
  bool Contains(uint32_t slot) const {
    return slot / 64 < bits_.size() && (bits_[slot / 64] >> (slot % 64) & 1) != 0;
  }
  bool empty() const { return bits_.empty(); }

 private:
  std::vector<uint64_t> bits_;
};

// Immutable. The entries of band b are in buckets by the first `prefix_bits` bits of word b: as
// many buckets as entries, up to one for each value of the word. An entry is its word b + 1 (the
// last band's is word 0), 2 bytes, which tells nearly all strangers without a look at the hash; and
// the slot, 3 bytes, or 4 where one beyond 2^24 is among them. The words stand together, so that a
// bucket is asked by vector instructions.
class Run {
 public:
  static constexpr int kWordBits = 16;

  static std::shared_ptr<const Run> Build(int band, uint64_t segment,
                                          absl::Span<const uint32_t> slots, const Slots& store,
                                          MemoryMeter* meter);
  // The entries of all inputs, without those of `left_out`; null where nothing remains.
  static std::shared_ptr<const Run> Merge(int band, uint64_t segment,
                                          absl::Span<const std::shared_ptr<const Run>> inputs,
                                          const SlotSet& left_out, const Slots& store,
                                          MemoryMeter* meter);

  uint64_t segment() const { return segment_; }
  uint32_t size() const { return size_; }
  int prefix_bits() const { return prefix_bits_; }
  // offsets()[p] to offsets()[p + 1] are the positions of the entries whose word begins with p.
  const uint32_t* offsets() const { return offsets_; }
  const uint16_t* next_words() const { return next_words_; }
  const uint8_t* slot_address(uint32_t position) const {
    return slots_ + size_t{position} * slot_bytes_;
  }
  uint32_t slot(uint32_t position) const {
    uint32_t value;
    std::memcpy(&value, slot_address(position), sizeof(value));
    return value & slot_mask_;
  }

  // Where entries with this word are, among others where prefix_bits() is less than 16.
  struct Bucket {
    uint32_t begin;
    uint32_t end;
  };
  Bucket bucket(uint16_t word) const {
    const uint32_t prefix = uint32_t{word} >> (kWordBits - prefix_bits_);
    return {offsets_[prefix], offsets_[prefix + 1]};
  }

 private:
  class Builder;

  Run(uint64_t segment, uint32_t size, uint32_t largest_slot, MemoryMeter* meter);

  const uint64_t segment_;
  const uint32_t size_;
  const uint32_t largest_slot_;
  const int prefix_bits_;
  const size_t slot_bytes_;
  const uint32_t slot_mask_;
  Buffer memory_;
  uint32_t* offsets_ = nullptr;
  uint16_t* next_words_ = nullptr;
  uint8_t* slots_ = nullptr;
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_RUN_H_
