// Which records expire when: handles in order of time, for a few bytes each.
#ifndef VERVET_CORE_VIEWS_EXPIRY_QUEUE_H_
#define VERVET_CORE_VIEWS_EXPIRY_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/index/signature_index.h"

namespace vervet::views {

// Handles lie in spans of 2^30 microseconds (18 minutes) of their time. Who leaves stays in its
// span until half of that has left, so that leaving costs constant time: the caller says of each
// handle it is shown whether it is still there. Not thread-safe.
class ExpiryQueue {
 public:
  using Handle = index::RecordHandle;

  void Add(int64_t expires_us, Handle handle);
  // Of a handle that was added with this time and is there no more; is_there(handle) of the others.
  template <typename IsThere>
  void Remove(int64_t expires_us, const IsThere& is_there) {
    const auto it = spans_.find(SpanOf(expires_us));
    if (it == spans_.end()) return;
    Span& span = it->second;
    if (--span.there == 0) {
      spans_.erase(it);
      return;
    }
    if (span.handles.size() < kFewest || span.there * 2 > span.handles.size()) return;
    std::vector<Handle> left;
    left.reserve(span.there);
    for (const Handle handle : span.handles) {
      if (is_there(handle)) left.push_back(handle);
    }
    span.handles = std::move(left);
  }

  // Calls visit(handles) for each span that begins at or before `until_us`, the earliest first,
  // until visit returns false. In a span the order is that of adding, and some may have left.
  template <typename Visit>
  void ForEachSpan(int64_t until_us, const Visit& visit) const {
    for (const auto& [number, span] : spans_) {
      if (number > SpanOf(until_us) || !visit(span.handles)) return;
    }
  }

 private:
  struct Span {
    std::vector<Handle> handles;
    size_t there = 0;
  };
  static constexpr size_t kFewest = 64;  // not worth compacting below
  static int64_t SpanOf(int64_t time_us) { return time_us >> 30; }

  std::map<int64_t, Span> spans_;
};

inline void ExpiryQueue::Add(int64_t expires_us, Handle handle) {
  Span& span = spans_[SpanOf(expires_us)];
  span.handles.push_back(handle);
  ++span.there;
}

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_EXPIRY_QUEUE_H_
