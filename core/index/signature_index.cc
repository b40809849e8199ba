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
  auto [it, inserted] = first_.try_emplace(token, Link{record, kNoLink});
  if (inserted) {
    ++size_;
    return;
  }
  bool known = it->second.record == record;
  for (uint32_t link = it->second.next; !known && link != kNoLink; link = links_[link].next) {
    known = links_[link].record == record;
  }
  if (known) return;
  it->second.next = NewLink({record, it->second.next});
  ++size_;
}

void SignatureIndex::Remove(const oprf::Token& token, RecordHandle record) {
  const auto it = first_.find(token);
  if (it == first_.end()) return;
  if (it->second.record == record) {
    --size_;
    const uint32_t successor = it->second.next;
    if (successor == kNoLink) {
      first_.erase(it);
    } else {
      it->second = links_[successor];
      FreeLink(successor);
    }
    return;
  }
  for (uint32_t* at = &it->second.next; *at != kNoLink; at = &links_[*at].next) {
    if (links_[*at].record != record) continue;
    const uint32_t removed = *at;
    *at = links_[removed].next;
    FreeLink(removed);
    --size_;
    return;
  }
}

}  // namespace vervet::index
