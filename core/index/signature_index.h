// Which records carry this token? An exact index in memory, folded from events and never stored.
#ifndef VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
#define VERVET_CORE_INDEX_SIGNATURE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/oprf/token.h"

namespace vervet::index {

// A record's number within one OffenderRecords view.
using RecordHandle = uint32_t;
inline constexpr RecordHandle kNoRecord = ~RecordHandle{0};

// A multimap from token to record handle. The token covers type and key epoch, so it is the whole
// key. Most tokens belong to one record: that one is stored in the table itself, further ones in a
// chain beside it. Not thread-safe: the owning view is guarded by its holder.
class SignatureIndex {
 public:
  // Adding a pair twice keeps it once.
  void Add(const oprf::Token& token, RecordHandle record);
  // Removing what is not there does nothing.
  void Remove(const oprf::Token& token, RecordHandle record);

  // Calls visit(RecordHandle) for each record with this token.
  template <typename Visit>
  void ForEach(const oprf::Token& token, Visit&& visit) const {
    const auto it = first_.find(token);
    if (it == first_.end()) return;
    visit(it->second.record);
    for (uint32_t link = it->second.next; link != kNoLink; link = links_[link].next) {
      visit(links_[link].record);
    }
  }

  bool Contains(const oprf::Token& token) const { return first_.contains(token); }
  // Pairs of token and record.
  size_t size() const { return size_; }

 private:
  static constexpr uint32_t kNoLink = ~uint32_t{0};
  struct Link {
    RecordHandle record = kNoRecord;
    uint32_t next = kNoLink;
  };

  uint32_t NewLink(Link link);
  void FreeLink(uint32_t link);

  absl::flat_hash_map<oprf::Token, Link> first_;
  std::vector<Link> links_;
  uint32_t free_ = kNoLink;  // freed links, chained through `next`
  size_t size_ = 0;
};

}  // namespace vervet::index

#endif  // VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
