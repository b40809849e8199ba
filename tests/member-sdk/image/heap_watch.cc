#include "tests/member-sdk/image/heap_watch.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <limits>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VERVET_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VERVET_SANITIZED 1
#endif

namespace vervet::image_testing {
namespace {

// Before the first constructor there are allocations already.
constinit std::atomic<int64_t> taken_bytes{0};
constinit std::atomic<int64_t> peak_bytes_ever{0};
constinit std::atomic<size_t> largest_bytes{std::numeric_limits<size_t>::max()};
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
constinit std::atomic<uint64_t> left_before_refusal{kNever};
constinit std::atomic<bool> refused{false};

void Took(size_t bytes) {
  const int64_t now =
      taken_bytes.fetch_add(static_cast<int64_t>(bytes)) + static_cast<int64_t>(bytes);
  int64_t peak = peak_bytes_ever.load();
  while (peak < now && !peak_bytes_ever.compare_exchange_weak(peak, now)) {
  }
}

void GaveBack(size_t bytes) { taken_bytes.fetch_sub(static_cast<int64_t>(bytes)); }

}  // namespace
}  // namespace vervet::image_testing

#ifdef VERVET_SANITIZED

// clang's <sanitizer/allocator_interface.h>, which g++ does not bring.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void*, size_t),
                                              void (*on_free)(const volatile void*));
size_t __sanitizer_get_allocated_size(const volatile void* memory);
}

namespace vervet::image_testing {
namespace {

const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t bytes) { Took(bytes); },
    [](const volatile void* memory) { GaveBack(__sanitizer_get_allocated_size(memory)); });

}  // namespace

bool HeapRefusal::IsPossible() { return false; }

}  // namespace vervet::image_testing

#else

namespace vervet::image_testing {
namespace {

bool IsRefused(size_t bytes) {
  uint64_t left = left_before_refusal.load();
  if (left != kNever) left = left_before_refusal.fetch_sub(1);
  if (bytes <= largest_bytes.load() && left != 0) return false;
  refused = true;
  errno = ENOMEM;
  return true;
}

void* Counted(void* memory) {
  if (memory != nullptr) Took(malloc_usable_size(memory));
  return memory;
}

}  // namespace

bool HeapRefusal::IsPossible() { return true; }

}  // namespace vervet::image_testing

// glibc's own ("Replacing malloc" in its manual), under names that are not replaced.
extern "C" {
void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t bytes);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* memory);

#define VERVET_REPLACES __attribute__((visibility("default")))

VERVET_REPLACES void* malloc(size_t bytes) noexcept {
  using namespace vervet::image_testing;  // NOLINT(build/namespaces)
  return IsRefused(bytes) ? nullptr : Counted(__libc_malloc(bytes));
}

VERVET_REPLACES void* calloc(size_t count, size_t bytes) noexcept {
  using namespace vervet::image_testing;  // NOLINT(build/namespaces)
  size_t product = 0;
  if (__builtin_mul_overflow(count, bytes, &product) || IsRefused(product)) return nullptr;
  return Counted(__libc_calloc(count, bytes));
}

VERVET_REPLACES void* realloc(void* memory, size_t bytes) noexcept {
  using namespace vervet::image_testing;  // NOLINT(build/namespaces)
  if (bytes != 0 && IsRefused(bytes)) return nullptr;
  const size_t before = malloc_usable_size(memory);
  void* const after = __libc_realloc(memory, bytes);
  if (after != nullptr || bytes == 0) GaveBack(before);
  return Counted(after);
}

VERVET_REPLACES void* memalign(size_t alignment, size_t bytes) noexcept {
  using namespace vervet::image_testing;  // NOLINT(build/namespaces)
  return IsRefused(bytes) ? nullptr : Counted(__libc_memalign(alignment, bytes));
}

VERVET_REPLACES void* aligned_alloc(size_t alignment, size_t bytes) noexcept {
  return memalign(alignment, bytes);
}

VERVET_REPLACES int posix_memalign(void** memory, size_t alignment, size_t bytes) noexcept {
  void* const taken = memalign(alignment, bytes);
  if (taken == nullptr) return ENOMEM;
  *memory = taken;
  return 0;
}

VERVET_REPLACES void free(void* memory) noexcept {
  using namespace vervet::image_testing;  // NOLINT(build/namespaces)
  if (memory != nullptr) GaveBack(malloc_usable_size(memory));
  __libc_free(memory);
}

#undef VERVET_REPLACES
}

#endif

namespace vervet::image_testing {

HeapWatch::HeapWatch() : before_bytes_(taken_bytes.load()) { peak_bytes_ever = before_bytes_; }

int64_t HeapWatch::peak_bytes() const { return peak_bytes_ever - before_bytes_; }

int64_t HeapWatch::kept_bytes() const { return taken_bytes - before_bytes_; }

HeapRefusal HeapRefusal::Above(size_t bytes) {
  largest_bytes = bytes;
  return HeapRefusal();
}

HeapRefusal HeapRefusal::After(uint64_t allocations) {
  left_before_refusal = allocations;
  return HeapRefusal();
}

HeapRefusal::~HeapRefusal() {
  largest_bytes = std::numeric_limits<size_t>::max();
  left_before_refusal = kNever;
  refused = false;
}

bool HeapRefusal::has_refused() const { return refused; }

}  // namespace vervet::image_testing
