#include "core/index/hamming/slots.h"

#include <algorithm>
#include <new>
#include <utility>

namespace vervet::index::hamming {

Slots::~Slots() {
  for (size_t slot = 0; slot < next_; ++slot) {
    const uint64_t value = word(static_cast<uint32_t>(slot)).load(std::memory_order_relaxed);
    if ((value & kInline) == 0 && value > kCondemned) delete ListOf(value);
  }
}

uint32_t Slots::Take(const uint64_t* hash, uint32_t record, int radius) {
  uint32_t slot = kNone;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (next_ == kMaxSlots) return kNone;
    slot = static_cast<uint32_t>(next_++);
    Chunk& chunk = chunks_[slot / kChunk];
    if (chunk.hashes == nullptr) {
      constexpr size_t kHashBytes = kHashLimbs * sizeof(uint64_t);
      chunk.memory = Buffer(kChunk * (kHashBytes + sizeof(std::atomic<uint64_t>)), meter_);
      chunk.hashes = reinterpret_cast<uint64_t*>(chunk.memory.data());
      // Zeroed memory is kDead.
      chunk.words =
          reinterpret_cast<std::atomic<uint64_t>*>(chunk.memory.data() + kChunk * kHashBytes);
    }
  }
  std::copy_n(hash, kHashLimbs, chunks_[slot / kChunk].hashes + size_t{slot % kChunk} * kHashLimbs);
  word(slot).store(Pack(record, radius), std::memory_order_release);
  return slot;
}

void Slots::Append(uint32_t slot, RecordList* list, uint64_t entry,
                   std::vector<std::unique_ptr<RecordList>>* replaced) {
  const uint32_t size = list->size.load(std::memory_order_relaxed);
  if (size < list->capacity) {
    list->entries[size].store(entry, std::memory_order_release);
    list->size.store(size + 1, std::memory_order_release);
    return;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < size; ++i) {
    if (list->entries[i].load(std::memory_order_relaxed) != 0) ++kept;
  }
  auto larger = std::make_unique<RecordList>(std::max(4u, 2 * (kept + 1)), meter_);
  uint32_t at = 0;
  for (uint32_t i = 0; i < size; ++i) {
    const uint64_t old = list->entries[i].load(std::memory_order_relaxed);
    if (old != 0) larger->entries[at++].store(old, std::memory_order_relaxed);
  }
  larger->entries[at++].store(entry, std::memory_order_relaxed);
  larger->size.store(at, std::memory_order_relaxed);
  word(slot).store(reinterpret_cast<uint64_t>(larger.release()), std::memory_order_release);
  replaced->emplace_back(list);
}

Slots::Added Slots::AddRecord(uint32_t slot, uint32_t record, int radius,
                              std::vector<std::unique_ptr<RecordList>>* replaced) {
  std::atomic<uint64_t>& word = this->word(slot);
  const uint64_t entry = Pack(record, radius);
  uint64_t value = word.load(std::memory_order_acquire);
  if (value == kDead && word.compare_exchange_strong(value, entry, std::memory_order_acq_rel)) {
    return Added::kRevived;
  }
  if (value == kCondemned) return Added::kCondemned;
  if ((value & kInline) != 0) {
    if (RecordOf(value) == record) {
      word.store(entry, std::memory_order_release);
      return Added::kReplacedRadius;
    }
    auto list = std::make_unique<RecordList>(4, meter_);
    list->entries[0].store(value, std::memory_order_relaxed);
    list->entries[1].store(entry, std::memory_order_relaxed);
    list->size.store(2, std::memory_order_relaxed);
    word.store(reinterpret_cast<uint64_t>(list.release()), std::memory_order_release);
    return Added::kNew;
  }
  RecordList* const list = ListOf(value);
  const uint32_t size = list->size.load(std::memory_order_relaxed);
  std::atomic<uint64_t>* vacant = nullptr;
  for (uint32_t i = 0; i < size; ++i) {
    const uint64_t other = list->entries[i].load(std::memory_order_relaxed);
    if (other == 0) {
      vacant = &list->entries[i];
    } else if (RecordOf(other) == record) {
      list->entries[i].store(entry, std::memory_order_release);
      return Added::kReplacedRadius;
    }
  }
  if (vacant != nullptr) {
    vacant->store(entry, std::memory_order_release);
  } else {
    Append(slot, list, entry, replaced);
  }
  return Added::kNew;
}

Slots::Removed Slots::RemoveRecord(uint32_t slot, uint32_t record,
                                   std::vector<std::unique_ptr<RecordList>>* replaced) {
  std::atomic<uint64_t>& word = this->word(slot);
  const uint64_t value = word.load(std::memory_order_acquire);
  if (value == kDead || value == kCondemned) return Removed::kAbsent;
  if ((value & kInline) != 0) {
    if (RecordOf(value) != record) return Removed::kAbsent;
    word.store(kDead, std::memory_order_release);
    return Removed::kDied;
  }
  RecordList* const list = ListOf(value);
  const uint32_t size = list->size.load(std::memory_order_relaxed);
  bool found = false;
  bool others = false;
  for (uint32_t i = 0; i < size; ++i) {
    const uint64_t other = list->entries[i].load(std::memory_order_relaxed);
    if (other == 0) continue;
    if (RecordOf(other) == record) {
      list->entries[i].store(0, std::memory_order_release);
      found = true;
    } else {
      others = true;
    }
  }
  if (!found) return Removed::kAbsent;
  if (others) return Removed::kOthersRemain;
  word.store(kDead, std::memory_order_release);
  replaced->emplace_back(list);
  return Removed::kDied;
}

}  // namespace vervet::index::hamming
