// Which records carry this token? An exact index in memory, folded from events and never stored.
#ifndef VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
#define VERVET_CORE_INDEX_SIGNATURE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/types/span.h"
#include "core/index/token_table.h"
#include "core/oprf/token.h"

namespace vervet::index {

// A record's number within one OffenderRecords view, below 2^31.
using RecordHandle = uint32_t;
inline constexpr RecordHandle kNoRecord = ~RecordHandle{0};

// A multimap from token to record handle. The token covers type and key epoch, so it is the whole
// key. Most tokens belong to one record: that one is stored in the table itself; several are a
// chain beside it, and many a set, so that nobody can make the index slow by publishing the same
// signature ever again. At most 30 bytes for each token, about 8 more for each record of a token
// that has several. Not thread-safe: the owning view is guarded by its holder.
class SignatureIndex {
 public:
  // Adding a pair twice keeps it once.
  void Add(const oprf::Token& token, RecordHandle record);
  // Removing what is not there does nothing.
  void Remove(const oprf::Token& token, RecordHandle record);

  // Calls visit(RecordHandle) for each record with this token.
  template <typename Visit>
  void ForEach(const oprf::Token& token, Visit&& visit) const {
    const uint32_t* const value = tokens_.Find(token);
    if (value != nullptr) VisitAll(*value, visit);
  }

  // Calls visit(i, RecordHandle) for each record with tokens[i], in order of i. For many tokens at
  // once, of which few are known: several times as fast as ForEach by ForEach.
  template <typename Visit>
  void ForEachOf(absl::Span<const oprf::Token> tokens, Visit&& visit) const {
    tokens_.FindEach(tokens, [&](size_t i, uint32_t value) {
      VisitAll(value, [&](RecordHandle record) { visit(i, record); });
    });
  }

  bool Contains(const oprf::Token& token) const { return tokens_.Find(token) != nullptr; }
  // Pairs of token and record.
  size_t size() const { return size_; }
  // What it has allocated; of the sets, which know it only roughly, about that.
  size_t MemoryBytes() const;

 private:
  static constexpr uint32_t kNoLink = ~uint32_t{0};
  // A table's value with this bit is the number of a chain's first link, else a record.
  static constexpr uint32_t kChained = uint32_t{1} << 31;
  // In place of the record of a chain's only link: `next` is the number of a set.
  static constexpr RecordHandle kSet = kNoRecord - 1;
  // A chain is walked at each change; one that would become longer becomes a set.
  static constexpr size_t kLongestChain = 32;
  struct Link {
    RecordHandle record = kNoRecord;
    uint32_t next = kNoLink;
  };
  using RecordSet = absl::btree_set<RecordHandle>;

  template <typename Visit>
  void VisitAll(uint32_t value, Visit&& visit) const {
    if ((value & kChained) == 0) {
      visit(RecordHandle{value});
      return;
    }
    const uint32_t first = value & ~kChained;
    if (links_[first].record == kSet) {
      for (const RecordHandle record : sets_[links_[first].next]) visit(record);
      return;
    }
    for (uint32_t link = first; link != kNoLink; link = links_[link].next) {
      visit(links_[link].record);
    }
  }

  uint32_t NewLink(Link link);
  void FreeLink(uint32_t link);
  // Of a chain and of a set alike: `first` is where the table's value points to, and what is
  // returned its new value.
  uint32_t AddToChain(uint32_t first, RecordHandle record);
  uint32_t RemoveFromChain(uint32_t first, RecordHandle record);
  uint32_t RemoveFromSet(uint32_t first, RecordHandle record);
  void MakeSet(uint32_t first);
  bool IsSet(uint32_t first) const { return links_[first].record == kSet; }
  RecordSet& SetOf(uint32_t first) { return sets_[links_[first].next]; }

  TokenTable tokens_;
  std::vector<Link> links_;
  uint32_t free_ = kNoLink;  // freed links, chained through `next`
  std::vector<RecordSet> sets_;
  std::vector<uint32_t> free_sets_;  // numbers of those that are empty
  size_t in_sets_ = 0;               // records in sets_
  size_t size_ = 0;
};

}  // namespace vervet::index

#endif  // VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
