// The merging thread of Segments.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/index/hamming/segments.h"

namespace vervet::index::hamming {
namespace {

// A segment is merged with all smaller ones when it is at most this many times as large as they are
// together. While hashes come in: four like ones make one, which is little work. When none come:
// few segments.
constexpr double kBusyFactor = 1 / 3.0;
constexpr double kQuietFactor = 8;
constexpr std::chrono::milliseconds kQuietAfter{100};
// A head that stays this full when nothing comes is made a segment: a query compares with each of
// its hashes.
constexpr uint32_t kQuietHead = 64;
// Merged alone when one in this many is dead.
constexpr size_t kDeadShare = 4;

bool Contains(const std::vector<uint64_t>& ids, uint64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

void Segments::MergeLoop() {
  bool quiet = false;
  size_t seen = 0;
  while (true) {
    MergeDue(quiet ? kQuietFactor : kBusyFactor);
    Collect();
    MutexLock lock(mutex_);
    if (stopping_) return;
    if (due_) {
      due_ = quiet = false;
      continue;
    }
    if (quiet && seen == changes_ && retired_.empty()) {
      at_rest_ = true;
      settled_.NotifyAll();
    }
    bool timed_out = false;
    while (!due_ && !stopping_ && !timed_out) {
      if (at_rest_) {
        wake_.Wait(mutex_);
      } else {
        timed_out = !wake_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kQuietAfter);
      }
    }
    quiet = timed_out && seen == changes_;
    seen = changes_;
    if (quiet && head_->size.load(std::memory_order_relaxed) >= kQuietHead) {
      SealHead();
      due_ = false;
    }
  }
}

void Segments::WaitForMerges() const {
  MutexLock lock(mutex_);
  while (!at_rest_) settled_.Wait(mutex_);
}

void Segments::MergeDue(double factor) {
  while (true) {
    Merge merge;
    {
      MutexLock lock(mutex_);
      if (stopping_ || !Choose(factor, &merge)) return;
    }
    if (on_merge_chosen_) on_merge_chosen_();
    Carry(std::move(merge));
  }
}

bool Segments::Choose(double factor, Merge* merge) {
  std::vector<Segment*> by_size;
  for (Segment& segment : segments_) {
    if (!segment.merging) by_size.push_back(&segment);
  }
  std::sort(by_size.begin(), by_size.end(),
            [](const Segment* a, const Segment* b) { return a->size < b->size; });
  size_t take = 0;
  uint64_t smaller = 0;
  for (size_t i = 0; i < by_size.size(); ++i) {
    if (i > 0 && by_size[i]->size <= factor * static_cast<double>(smaller) + 1) take = i + 1;
    smaller += by_size[i]->size;
  }
  if (take > 0) {
    by_size.resize(take);
  } else {
    const auto rotten = std::find_if(by_size.begin(), by_size.end(), [](const Segment* segment) {
      return segment->dead.size() >= std::max<size_t>(Head::kCapacity, segment->size / kDeadShare);
    });
    if (rotten == by_size.end()) return false;
    by_size = {*rotten};
  }
  merge->into = ++last_segment_;
  for (Segment* segment : by_size) {
    segment->merging = true;
    merge->inputs.push_back(segment->id);
    merge->size += segment->size;
    merge->condemned.insert(merge->condemned.end(), segment->dead.begin(), segment->dead.end());
    segment->dead.clear();
    merge->all_small = merge->all_small && !segment->slots.empty();
    merge->slots.insert(merge->slots.end(), segment->slots.begin(), segment->slots.end());
  }
  return true;
}

void Segments::Carry(Merge merge) {
  // A slot whose hash came back meanwhile stays; from here on the others cannot.
  const auto revived = std::remove_if(merge.condemned.begin(), merge.condemned.end(),
                                      [this](uint32_t slot) { return !slots_.Condemn(slot); });
  merge.condemned.erase(revived, merge.condemned.end());
  for (const uint32_t slot : merge.condemned) merge.left_out.Insert(slot);

  const auto left = std::remove_if(merge.slots.begin(), merge.slots.end(), [&merge](uint32_t slot) {
    return merge.left_out.Contains(slot);
  });
  merge.slots.erase(left, merge.slots.end());

  for (int band = 0; band < kBands; ++band) {
    auto merged = MergeBand(band, merge);
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      if (band == 0) ReplaceSegments(&merge, merged == nullptr ? 0 : merged->size());
      Replace(band, &merge, std::move(merged));
    }
    Collect();
    if (merge.size >= kLarge) MergeDue(kBusyFactor);
  }
  MutexLock lock(mutex_);
  for (Segment& segment : segments_) {
    if (segment.id == merge.into) segment.merging = false;
  }
}

std::shared_ptr<const Run> Segments::MergeBand(int band, const Merge& merge) const {
  if (merge.all_small) {
    if (merge.slots.empty()) return nullptr;
    return Run::Build(band, merge.into, merge.slots, slots_, meter_);
  }
  std::vector<std::shared_ptr<const Run>> inputs;
  const std::shared_ptr<const Snapshot> current = snapshot();
  for (const auto& run : current->bands[static_cast<size_t>(band)]) {
    if (Contains(merge.inputs, run->segment())) inputs.push_back(run);
  }
  return Run::Merge(band, merge.into, inputs, merge.left_out, slots_, meter_);
}

void Segments::ReplaceSegments(Merge* merge, uint32_t size) {
  // Writers find their places by band 0: from now on in the new segment.
  Segment merged{merge->into, size, true, {}, {}};
  if (merge->all_small && size < kLarge) merged.slots = merge->slots;
  for (Segment& segment : segments_) {
    if (!Contains(merge->inputs, segment.id)) continue;
    // One that came back and died again after Choose was condemned all the same. It must not be
    // kept here: by the next merge the slot may hold another hash, in another segment.
    std::copy_if(segment.dead.begin(), segment.dead.end(), std::back_inserter(merged.dead),
                 [this](uint32_t slot) { return !slots_.condemned(slot); });
  }
  segments_.erase(
      std::remove_if(segments_.begin(), segments_.end(),
                     [&](const Segment& segment) { return Contains(merge->inputs, segment.id); }),
      segments_.end());
  if (size > 0) segments_.push_back(std::move(merged));
  settled_.NotifyAll();
}

void Segments::Replace(int band, Merge* merge, std::shared_ptr<const Run> merged) {
  auto next = std::make_shared<Snapshot>(*snapshot());
  auto& runs = next->bands[static_cast<size_t>(band)];
  runs.erase(std::remove_if(runs.begin(), runs.end(),
                            [&](const std::shared_ptr<const Run>& run) {
                              return Contains(merge->inputs, run->segment());
                            }),
             runs.end());
  if (merged != nullptr) runs.push_back(std::move(merged));
  // With its last band the merge has dropped what it condemned.
  const bool last = band + 1 == kBands;
  Publish(std::move(next), last ? std::move(merge->condemned) : std::vector<uint32_t>());
}

}  // namespace vervet::index::hamming
