#include "core/index/signature_index.h"

#include <utility>

namespace vervet::index {

size_t SignatureIndex::MemoryBytes() const {
  // A node of a B-tree is half full at least, two thirds on average.
  return tokens_.MemoryBytes() + links_.capacity() * sizeof(Link) +
         sets_.capacity() * sizeof(RecordSet) + in_sets_ * sizeof(RecordHandle) * 3 / 2;
}

uint32_t SignatureIndex::NewLink(Link link) {
  if (free_ != kNoLink) {
    const uint32_t at = free_;
    free_ = links_[at].next;
    links_[at] = link;
    return at;
  }
  links_.push_back(link);
  return static_cast<uint32_t>(links_.size() - 1);
}

void SignatureIndex::FreeLink(uint32_t link) {
  links_[link] = {kNoRecord, free_};
  free_ = link;
}

void SignatureIndex::Add(const oprf::Token& token, RecordHandle record) {
  const auto [value, is_new] = tokens_.TryInsert(token, record);
  if (is_new) {
    ++size_;
  } else if ((*value & kChained) != 0) {
    *value = AddToChain(*value & ~kChained, record);
  } else if (*value != record) {
    ++size_;
    *value = kChained | NewLink({record, NewLink({*value, kNoLink})});
  }
}

uint32_t SignatureIndex::AddToChain(uint32_t first, RecordHandle record) {
  size_t length = 0;
  if (!IsSet(first)) {
    for (uint32_t link = first; link != kNoLink; link = links_[link].next, ++length) {
      if (links_[link].record == record) return kChained | first;
    }
    if (length == kLongestChain) MakeSet(first);
  }
  if (IsSet(first)) {
    const bool added = SetOf(first).insert(record).second;
    size_ += added;
    in_sets_ += added;
    return kChained | first;
  }
  ++size_;
  return kChained | NewLink({record, first});
}

void SignatureIndex::MakeSet(uint32_t first) {
  RecordSet records;
  for (uint32_t link = first; link != kNoLink;) {
    const Link here = links_[link];
    records.insert(here.record);
    if (link != first) FreeLink(link);
    link = here.next;
  }
  uint32_t number = static_cast<uint32_t>(sets_.size());
  if (free_sets_.empty()) {
    sets_.emplace_back();
  } else {
    number = free_sets_.back();
    free_sets_.pop_back();
  }
  in_sets_ += records.size();
  sets_[number] = std::move(records);
  links_[first] = {kSet, number};
}

void SignatureIndex::Remove(const oprf::Token& token, RecordHandle record) {
  uint32_t* const value = tokens_.Find(token);
  if (value == nullptr) return;
  if ((*value & kChained) != 0) {
    const uint32_t first = *value & ~kChained;
    *value = IsSet(first) ? RemoveFromSet(first, record) : RemoveFromChain(first, record);
  } else if (*value == record) {
    tokens_.Erase(token);
    --size_;
  }
}

// A chain has two links at least: a last one goes back into the table.
uint32_t SignatureIndex::RemoveFromChain(uint32_t first, RecordHandle record) {
  uint32_t before = kNoLink;
  uint32_t link = first;
  while (link != kNoLink && links_[link].record != record) {
    before = link;
    link = links_[link].next;
  }
  if (link == kNoLink) return kChained | first;
  const uint32_t head = before == kNoLink ? links_[link].next : first;
  if (before != kNoLink) links_[before].next = links_[link].next;
  FreeLink(link);
  --size_;
  if (links_[head].next != kNoLink) return kChained | head;
  const RecordHandle last = links_[head].record;
  FreeLink(head);
  return last;
}

// A set stays one down to two records, so that one that comes and goes does not change it to and
// fro.
uint32_t SignatureIndex::RemoveFromSet(uint32_t first, RecordHandle record) {
  RecordSet& records = SetOf(first);
  const size_t removed = records.erase(record);
  size_ -= removed;
  in_sets_ -= removed;
  if (records.size() > 1) return kChained | first;
  const RecordHandle last = *records.begin();
  records.clear();
  --in_sets_;
  free_sets_.push_back(links_[first].next);
  FreeLink(first);
  return last;
}

}  // namespace vervet::index
