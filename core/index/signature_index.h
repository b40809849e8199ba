// Which records carry this token? An exact index in memory, folded from events and never stored.
#ifndef VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
#define VERVET_CORE_INDEX_SIGNATURE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "core/index/token_table.h"
#include "core/oprf/token.h"

namespace vervet::index {

// A record's number within one OffenderRecords view, below 2^31.
using RecordHandle = uint32_t;
inline constexpr RecordHandle kNoRecord = ~RecordHandle{0};

// A multimap from token to record handle. The token covers type and key epoch, so it is the whole
// key. Most tokens belong to one record: that one is stored in the table itself; several are a
// chain beside it. At most 30 bytes for each token, 8 more for each record of a token that has
// several. Not thread-safe: the owning view is guarded by its holder.
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
  // What it has allocated.
  size_t MemoryBytes() const { return tokens_.MemoryBytes() + links_.capacity() * sizeof(Link); }

 private:
  static constexpr uint32_t kNoLink = ~uint32_t{0};
  // A table's value with this bit is the number of a chain's first link, else a record.
  static constexpr uint32_t kChained = uint32_t{1} << 31;
  struct Link {
    RecordHandle record = kNoRecord;
    uint32_t next = kNoLink;
  };

  template <typename Visit>
  void VisitAll(uint32_t value, Visit&& visit) const {
    if ((value & kChained) == 0) {
      visit(RecordHandle{value});
      return;
    }
    for (uint32_t link = value & ~kChained; link != kNoLink; link = links_[link].next) {
      visit(links_[link].record);
    }
  }

  uint32_t NewLink(Link link);
  void FreeLink(uint32_t link);

  TokenTable tokens_;
  std::vector<Link> links_;
  uint32_t free_ = kNoLink;  // freed links, chained through `next`
  size_t size_ = 0;
};

}  // namespace vervet::index

#endif  // VERVET_CORE_INDEX_SIGNATURE_INDEX_H_
