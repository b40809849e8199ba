#include "core/index/hamming/segments.h"

#include <algorithm>
#include <utility>

namespace vervet::index::hamming {
namespace {

// Notes that a slot of a segment of so many has died. One that comes back and dies again and again
// is noted again each time: where there are more notes than slots, each is kept once.
void NoteDead(uint32_t slot, size_t slots, std::vector<uint32_t>* dead) {
  if (dead->size() >= 2 * slots) {
    std::sort(dead->begin(), dead->end());
    dead->erase(std::unique(dead->begin(), dead->end()), dead->end());
  }
  dead->push_back(slot);
}

}  // namespace

uint32_t Segments::HeadTable::Find(const Head& head, const Slots& slots,
                                   const uint64_t* hash) const {
  for (size_t at = Start(hash); places_[at] != 0; at = (at + 1) % places_.size()) {
    const uint32_t position = places_[at] - 1u;
    if (std::equal(hash, hash + kHashLimbs, &head.hashes[size_t{position} * kHashLimbs]) &&
        !slots.condemned(head.slots[position])) {
      return head.slots[position];
    }
  }
  return Slots::kNone;
}

void Segments::HeadTable::Insert(const uint64_t* hash, uint32_t position) {
  size_t at = Start(hash);
  while (places_[at] != 0) at = (at + 1) % places_.size();
  places_[at] = static_cast<uint16_t>(position + 1);
}

Segments::Segments(Slots* slots, MemoryMeter* meter, std::function<void()> on_merge_chosen)
    : slots_(*slots), meter_(meter), on_merge_chosen_(std::move(on_merge_chosen)) {
  auto first = std::make_shared<Snapshot>();
  {
    MutexLock lock(mutex_);
    head_ = std::make_shared<Head>();
    first->head = head_;
  }
  {
    MutexLock lock(current_mutex_);
    current_ = std::move(first);
  }
  meter_->Add(sizeof(Head));
  thread_ = std::thread([this] { MergeLoop(); });
}

Segments::~Segments() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

std::shared_ptr<const Snapshot> Segments::snapshot() const {
  MutexLock lock(current_mutex_);
  return current_;
}

Segments::Place Segments::Find(const uint64_t* hash) const {
  const uint32_t in_head = head_table_.Find(*head_, slots_, hash);
  if (in_head != Slots::kNone) return {in_head, kHead};
  const std::shared_ptr<const Snapshot> current = snapshot();
  const uint16_t word = Word(hash, 0);
  const uint16_t next_word = Word(hash, 1);
  for (const auto& run : current->bands[0]) {
    const Run::Bucket bucket = run->bucket(word);
    for (uint32_t at = bucket.begin; at < bucket.end; ++at) {
      if (run->next_words()[at] != next_word) continue;
      const uint32_t slot = run->slot(at);
      if (std::equal(hash, hash + kHashLimbs, slots_.hash(slot)) && !slots_.condemned(slot)) {
        return {slot, run->segment()};
      }
    }
  }
  return {};
}

void Segments::AwaitRoom() {
  while (segments_.size() >= kMaxSegments && !stopping_) settled_.Wait(mutex_);
}

void Segments::Append(uint32_t slot) {
  const uint32_t position = head_->size.load(std::memory_order_relaxed);
  const uint64_t* const hash = slots_.hash(slot);
  std::copy_n(hash, kHashLimbs, &head_->hashes[size_t{position} * kHashLimbs]);
  head_->slots[position] = slot;
  head_table_.Insert(hash, position);
  head_->size.store(position + 1, std::memory_order_release);
  Changed();
  if (position + 1 == Head::kCapacity) SealHead();
}

void Segments::Died(const Place& place) {
  Changed();
  if (place.segment == kHead) {
    NoteDead(place.slot, Head::kCapacity, &head_dead_);
    return;
  }
  Segment* const segment = SegmentOf(place.segment);
  NoteDead(place.slot, std::max<size_t>(segment->size, Head::kCapacity), &segment->dead);
  // Now and then, so that the thread sees when enough are dead.
  if (segment->dead.size() % Head::kCapacity == 0) {
    due_ = true;
    wake_.NotifyAll();
  }
}

void Segments::Retire(RecordLists lists) {
  for (auto& list : lists) garbage_.lists.push_back(std::move(list));
  if (garbage_.lists.size() < kMaxGarbage) return;
  // Readers of the present snapshot may be in these lists: from now on there is another one.
  Publish(std::make_shared<Snapshot>(*snapshot()), {});
}

Segments::Segment* Segments::SegmentOf(uint64_t id) {
  return &*std::find_if(segments_.begin(), segments_.end(),
                        [id](const Segment& segment) { return segment.id == id; });
}

void Segments::SealHead() {
  const uint32_t size = head_->size.load(std::memory_order_relaxed);
  auto next = std::make_shared<Snapshot>(*snapshot());
  const uint64_t id = ++last_segment_;
  for (int band = 0; band < kBands; ++band) {
    next->bands[static_cast<size_t>(band)].push_back(
        Run::Build(band, id, absl::MakeConstSpan(head_->slots.data(), size), slots_, meter_));
  }
  segments_.push_back({id, size, false, std::exchange(head_dead_, {}),
                       std::vector<uint32_t>(head_->slots.begin(), head_->slots.begin() + size)});
  head_ = std::make_shared<Head>();
  head_table_.Clear();
  next->head = head_;
  Publish(std::move(next), {});
}

void Segments::Publish(std::shared_ptr<Snapshot> next, std::vector<uint32_t> freed) {
  Retired retired{snapshot(), std::exchange(garbage_, {})};
  retired.garbage.slots = std::move(freed);
  {
    MutexLock lock(current_mutex_);
    current_ = std::move(next);
  }
  retired_.push_back(std::move(retired));
  due_ = true;
  at_rest_ = false;
  wake_.NotifyAll();
}

void Segments::Collect() {
  // Oldest first, and none before all older ones: what was garbage when a snapshot was replaced,
  // its readers and those of every older one may still have met. Nobody can take a new reference
  // to a snapshot that is not the current one, so a count of one stays one.
  std::vector<Retired> gone;
  {
    MutexLock lock(mutex_);
    while (!retired_.empty() && retired_.front().snapshot.use_count() == 1) {
      gone.push_back(std::move(retired_.front()));
      retired_.pop_front();
    }
  }
  if (gone.empty()) return;
  // Large memory is given back without the lock. Dropping the last reference also orders the
  // readers' last looks before the reuse of the slots.
  std::vector<uint32_t> slots;
  for (Retired& one : gone) {
    one.snapshot.reset();
    slots.insert(slots.end(), one.garbage.slots.begin(), one.garbage.slots.end());
  }
  gone.clear();
  constexpr size_t kAtATime = 4096;
  for (size_t from = 0; from < slots.size(); from += kAtATime) {
    MutexLock lock(mutex_);
    const size_t end = std::min(slots.size(), from + kAtATime);
    for (size_t i = from; i < end; ++i) slots_.GiveBack(slots[i]);
  }
}

}  // namespace vervet::index::hamming
