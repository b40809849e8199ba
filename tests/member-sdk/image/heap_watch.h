// What this program takes from the heap, the codecs' libraries included: all of it goes through the
// functions that heap_watch.cc puts in malloc's place. Under a sanitizer, which has put its own
// there, its hooks are used: then allocations are counted and cannot be refused.
#ifndef VERVET_TESTS_MEMBER_SDK_IMAGE_HEAP_WATCH_H_
#define VERVET_TESTS_MEMBER_SDK_IMAGE_HEAP_WATCH_H_

#include <cstddef>
#include <cstdint>

namespace vervet::image_testing {

// One at a time.
class HeapWatch {
 public:
  HeapWatch();
  // The most that was taken at one time since it was made, beyond what was taken then.
  int64_t peak_bytes() const;
  // What was taken since and not given back.
  int64_t kept_bytes() const;

 private:
  int64_t before_bytes_ = 0;
};

// One at a time.
class HeapRefusal {
 public:
  static bool IsPossible();
  // From now on allocations of more bytes than this fail,
  static HeapRefusal Above(size_t bytes);
  // or the one allocation that comes after so many others.
  static HeapRefusal After(uint64_t allocations);
  ~HeapRefusal();
  HeapRefusal(const HeapRefusal&) = delete;
  HeapRefusal& operator=(const HeapRefusal&) = delete;

  bool has_refused() const;

 private:
  HeapRefusal() = default;
};

}  // namespace vervet::image_testing

#endif  // VERVET_TESTS_MEMBER_SDK_IMAGE_HEAP_WATCH_H_
