#include "core/index/signature_index.h"

namespace vervet::index {

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
  bool known = false;
  if (!is_new) VisitAll(*value, [&](RecordHandle other) { known = known || other == record; });
  if (known) return;
  ++size_;
  if (is_new) return;
  const uint32_t rest = (*value & kChained) != 0 ? *value & ~kChained : NewLink({*value, kNoLink});
  *value = kChained | NewLink({record, rest});
}

void SignatureIndex::Remove(const oprf::Token& token, RecordHandle record) {
  uint32_t* const value = tokens_.Find(token);
  if (value == nullptr) return;
  if ((*value & kChained) == 0) {
    if (*value != record) return;
    tokens_.Erase(token);
    --size_;
    return;
  }
  const uint32_t first = *value & ~kChained;
  uint32_t before = kNoLink;
  uint32_t link = first;
  while (link != kNoLink && links_[link].record != record) {
    before = link;
    link = links_[link].next;
  }
  if (link == kNoLink) return;
  const uint32_t head = before == kNoLink ? links_[link].next : first;
  if (before != kNoLink) links_[before].next = links_[link].next;
  FreeLink(link);
  --size_;
  // A chain has two links at least: a last one goes back into the table.
  if (links_[head].next == kNoLink) {
    *value = links_[head].record;
    FreeLink(head);
  } else {
    *value = kChained | head;
  }
}

}  // namespace vervet::index
