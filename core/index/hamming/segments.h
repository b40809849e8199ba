// The runs of all bands as they come, merge and go.
#ifndef VERVET_CORE_INDEX_HAMMING_SEGMENTS_H_
#define VERVET_CORE_INDEX_HAMMING_SEGMENTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/mutex.h"
#include "core/index/hamming/buffer.h"
#include "core/index/hamming/run.h"
#include "core/index/hamming/slots.h"
#include "core/index/hamming/snapshot.h"

namespace vervet::index::hamming {

// A log-structured merge tree. A full head becomes a segment: one run in each band. A thread merges
// segments, one band after the other, and publishes a new snapshot after each band, so that no more
// than one band of a merge is in memory twice. Between two bands of a large merge it does the small
// ones that have become due.
//
// Readers take a snapshot and hold no lock. What a snapshot alone still needs is freed by the
// merging thread when no reader has that snapshot or an older one.
class Segments {
 public:
  using RecordLists = std::vector<std::unique_ptr<RecordList>>;

  // Both outlive it. `on_merge_chosen`: HammingIndex::Options.
  Segments(Slots* slots, MemoryMeter* meter, std::function<void()> on_merge_chosen);
  ~Segments();
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  std::shared_ptr<const Snapshot> snapshot() const;

  // Whoever writes holds this, for microseconds at a time.
  Mutex& mutex() const ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // Where a slot was found, until the mutex is released.
  struct Place {
    uint32_t slot = Slots::kNone;
    uint64_t segment = kHead;
  };
  // To be called first by whoever is going to Append; gives the mutex away while it waits.
  void AwaitRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The slot of this hash, unless it is condemned; kNone where there is none.
  Place Find(const uint64_t* hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // A slot that Find does not find.
  void Append(uint32_t slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The slot has lost its last record.
  void Died(const Place& place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Frees these when no reader can be in them.
  void Retire(RecordLists lists) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  size_t segment_count() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return segments_.size(); }
  void WaitForMerges() const;

 private:
  static constexpr uint64_t kHead = 0;
  // More than these wait for the merging thread: a bound that only a starved thread meets.
  static constexpr size_t kMaxSegments = 512;
  static constexpr size_t kMaxGarbage = 1024;
  // A segment with fewer is small.
  static constexpr uint32_t kLarge = 65536;

  struct Segment {
    uint64_t id;
    uint32_t size;
    bool merging;
    std::vector<uint32_t> dead;   // may hold some that live again
    std::vector<uint32_t> slots;  // of a small one, as they came
  };
  struct Garbage {
    std::vector<uint32_t> slots;
    RecordLists lists;
  };
  struct Retired {
    std::shared_ptr<const Snapshot> snapshot;
    Garbage garbage;
  };
  // What is merged into one segment.
  struct Merge {
    uint64_t into;
    std::vector<uint64_t> inputs;
    uint32_t size = 0;
    // Of small inputs, which are built anew: their entries do not hold the whole word.
    bool all_small = true;
    std::vector<uint32_t> slots;
    std::vector<uint32_t> condemned;
    SlotSet left_out;
  };

  // Writer-side hash table over the head.
  class HeadTable {
   public:
    HeadTable() : places_(2 * Head::kCapacity) {}
    uint32_t Find(const Head& head, const Slots& slots, const uint64_t* hash) const;
    void Insert(const uint64_t* hash, uint32_t position);
    void Clear() { places_.assign(places_.size(), 0); }

   private:
    static size_t Start(const uint64_t* hash) { return hash[0] % (2 * Head::kCapacity); }
    std::vector<uint16_t> places_;  // position + 1; 0 is free
  };

  void SealHead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(std::shared_ptr<Snapshot> next, std::vector<uint32_t> freed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Segment* SegmentOf(uint64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void MergeLoop();
  // Merges that are due, the smallest first; none where the thread is to stop.
  void MergeDue(double factor);
  bool Choose(double factor, Merge* merge) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Carry(Merge merge);
  std::shared_ptr<const Run> MergeBand(int band, const Merge& merge) const;
  // Replaces the inputs' runs of this band.
  void Replace(int band, Merge* merge, std::shared_ptr<const Run> merged)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReplaceSegments(Merge* merge, uint32_t size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Frees what no reader has any more.
  void Collect();
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++changes_;
    if (at_rest_) wake_.NotifyAll();
    at_rest_ = false;
  }

  Slots& slots_;
  MemoryMeter* const meter_;
  const std::function<void()> on_merge_chosen_;

  mutable Mutex mutex_;
  mutable CondVar wake_;     // the merging thread
  mutable CondVar settled_;  // those who wait for it
  std::shared_ptr<Head> head_ ABSL_GUARDED_BY(mutex_);
  HeadTable head_table_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint32_t> head_dead_ ABSL_GUARDED_BY(mutex_);
  std::vector<Segment> segments_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_segment_ ABSL_GUARDED_BY(mutex_) = kHead;
  Garbage garbage_ ABSL_GUARDED_BY(mutex_);  // of the current snapshot
  std::deque<Retired> retired_ ABSL_GUARDED_BY(mutex_);
  size_t changes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool due_ ABSL_GUARDED_BY(mutex_) = false;      // something new for the thread
  bool at_rest_ ABSL_GUARDED_BY(mutex_) = false;  // nothing to merge, nothing to free
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // For the copy of a pointer.
  mutable Mutex current_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  std::shared_ptr<const Snapshot> current_ ABSL_GUARDED_BY(current_mutex_);

  std::thread thread_;
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_SEGMENTS_H_
