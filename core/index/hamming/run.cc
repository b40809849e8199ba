#include "core/index/hamming/run.h"

#include <algorithm>

namespace vervet::index::hamming {
namespace {

constexpr int kMinPrefixBits = 6;
constexpr size_t kLine = 64;
// Fewer entries are copied one by one.
constexpr uint32_t kBlockCopy = 8;

// About one entry a bucket, so that a directory is never much larger than what it leads to.
int PrefixBitsFor(uint32_t size) {
  int bits = kMinPrefixBits;
  while (bits < Run::kWordBits && (uint64_t{2} << bits) <= size) ++bits;
  return bits;
}

size_t RoundUp(size_t bytes) { return (bytes + kLine - 1) / kLine * kLine; }

}  // namespace

Run::Run(uint64_t segment, uint32_t size, uint32_t largest_slot, MemoryMeter* meter)
    : segment_(segment),
      size_(size),
      largest_slot_(largest_slot),
      prefix_bits_(PrefixBitsFor(size)),
      slot_bytes_(largest_slot < (uint32_t{1} << 24) ? 3 : 4),
      slot_mask_(slot_bytes_ == 3 ? 0xffffff : ~uint32_t{0}) {
  const size_t directory = RoundUp(((size_t{1} << prefix_bits_) + 1) * sizeof(uint32_t));
  const size_t words = RoundUp(size_t{size} * sizeof(uint16_t) + kReadPastBytes);
  // slot() reads 4 bytes.
  memory_ = Buffer(directory + words + size_t{size} * slot_bytes_ + 1, meter);
  offsets_ = reinterpret_cast<uint32_t*>(memory_.data());
  next_words_ = reinterpret_cast<uint16_t*>(memory_.data() + directory);
  slots_ = reinterpret_cast<uint8_t*>(memory_.data() + directory + words);
}

// A counting sort: count each bucket, sum up, write. While it writes, offsets_[p] is where the next
// entry of bucket p goes; then it is where bucket p + 1 begins, and all move up by one.
class Run::Builder {
 public:
  explicit Builder(Run* run) : run_(*run), shift_(kWordBits - run->prefix_bits_) {}

  void Count(uint16_t word, uint32_t entries) { run_.offsets_[word >> shift_] += entries; }
  void SumUp() {
    uint32_t sum = 0;
    const size_t buckets = size_t{1} << run_.prefix_bits_;
    for (size_t p = 0; p < buckets; ++p) {
      const uint32_t count = run_.offsets_[p];
      run_.offsets_[p] = sum;
      sum += count;
    }
    run_.offsets_[buckets] = sum;
  }
  void Write(uint16_t word, uint16_t next_word, uint32_t slot) {
    const uint32_t at = run_.offsets_[word >> shift_]++;
    run_.next_words_[at] = next_word;
    WriteSlot(at, slot);
  }
  // A whole bucket of a run whose entries are as wide as this one's.
  void Copy(uint16_t word, const Run& from, Bucket bucket) {
    const uint32_t entries = bucket.end - bucket.begin;
    const uint32_t at = run_.offsets_[word >> shift_];
    run_.offsets_[word >> shift_] += entries;
    if (entries >= kBlockCopy && from.slot_bytes_ == run_.slot_bytes_) {
      std::memcpy(run_.next_words_ + at, from.next_words_ + bucket.begin,
                  entries * sizeof(uint16_t));
      std::memcpy(run_.slots_ + at * run_.slot_bytes_, from.slot_address(bucket.begin),
                  entries * run_.slot_bytes_);
      return;
    }
    for (uint32_t i = 0; i < entries; ++i) {
      run_.next_words_[at + i] = from.next_words_[bucket.begin + i];
      WriteSlot(at + i, from.slot(bucket.begin + i));
    }
  }
  void Finish() {
    const size_t buckets = size_t{1} << run_.prefix_bits_;
    for (size_t p = buckets; p > 0; --p) run_.offsets_[p] = run_.offsets_[p - 1];
    run_.offsets_[0] = 0;
  }

 private:
  void WriteSlot(uint32_t at, uint32_t slot) {
    // Little-endian, as slot() reads it; a byte at a time, for the neighbour's are not ours.
    uint8_t* const to = run_.slots_ + at * run_.slot_bytes_;
    std::memcpy(to, &slot, 2);
    to[2] = static_cast<uint8_t>(slot >> 16);
    if (run_.slot_bytes_ == 4) to[3] = static_cast<uint8_t>(slot >> 24);
  }

  Run& run_;
  const int shift_;
};

std::shared_ptr<const Run> Run::Build(int band, uint64_t segment, absl::Span<const uint32_t> slots,
                                      const Slots& store, MemoryMeter* meter) {
  uint32_t largest = 0;
  for (const uint32_t slot : slots) largest = std::max(largest, slot);
  std::shared_ptr<Run> run(new Run(segment, static_cast<uint32_t>(slots.size()), largest, meter));
  Builder builder(run.get());
  for (const uint32_t slot : slots) builder.Count(Word(store.hash(slot), band), 1);
  builder.SumUp();
  const int next = (band + 1) % kBands;
  for (const uint32_t slot : slots) {
    const uint64_t* const hash = store.hash(slot);
    builder.Write(Word(hash, band), Word(hash, next), slot);
  }
  builder.Finish();
  return run;
}

namespace {

// Calls bucket(word, run, bucket) where a whole bucket can be taken, entry(word, run, position)
// where each entry has to be looked at: the word is not known from the bucket, or some are left
// out.
template <typename OnBucket, typename OnEntry>
void Walk(int band, const Run& run, const SlotSet& left_out, const Slots& store,
          OnBucket&& on_bucket, OnEntry&& on_entry) {
  const bool word_known = run.prefix_bits() == Run::kWordBits;
  if (!word_known) {
    for (uint32_t at = 0; at < run.size(); ++at) {
      const uint32_t slot = run.slot(at);
      if (!left_out.Contains(slot)) on_entry(Word(store.hash(slot), band), run, at);
    }
    return;
  }
  for (uint32_t word = 0; word < (uint32_t{1} << Run::kWordBits); ++word) {
    const Run::Bucket bucket = run.bucket(static_cast<uint16_t>(word));
    if (bucket.begin == bucket.end) continue;
    if (left_out.empty()) {
      on_bucket(static_cast<uint16_t>(word), run, bucket);
      continue;
    }
    for (uint32_t at = bucket.begin; at < bucket.end; ++at) {
      if (!left_out.Contains(run.slot(at))) on_entry(static_cast<uint16_t>(word), run, at);
    }
  }
}

}  // namespace

std::shared_ptr<const Run> Run::Merge(int band, uint64_t segment,
                                      absl::Span<const std::shared_ptr<const Run>> inputs,
                                      const SlotSet& left_out, const Slots& store,
                                      MemoryMeter* meter) {
  uint32_t size = 0;
  uint32_t largest = 0;
  for (const auto& input : inputs) {
    largest = std::max(largest, input->largest_slot_);
    size += input->size();
    if (left_out.empty()) continue;
    for (uint32_t at = 0; at < input->size(); ++at) {
      if (left_out.Contains(input->slot(at))) --size;
    }
  }
  if (size == 0) return nullptr;
  std::shared_ptr<Run> run(new Run(segment, size, largest, meter));
  Builder builder(run.get());
  for (const auto& input : inputs) {
    Walk(
        band, *input, left_out, store,
        [&](uint16_t word, const Run&, Bucket bucket) {
          builder.Count(word, bucket.end - bucket.begin);
        },
        [&](uint16_t word, const Run&, uint32_t) { builder.Count(word, 1); });
  }
  builder.SumUp();
  for (const auto& input : inputs) {
    Walk(
        band, *input, left_out, store,
        [&](uint16_t word, const Run& from, Bucket bucket) { builder.Copy(word, from, bucket); },
        [&](uint16_t word, const Run& from, uint32_t at) {
          builder.Write(word, from.next_words()[at], from.slot(at));
        });
  }
  builder.Finish();
  return run;
}

}  // namespace vervet::index::hamming
