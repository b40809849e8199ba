// Memory for large arrays: counted, and in large pages where there is enough of it.
#ifndef VERVET_CORE_INDEX_HAMMING_BUFFER_H_
#define VERVET_CORE_INDEX_HAMMING_BUFFER_H_

#include <atomic>
#include <cstddef>
#include <utility>

namespace vervet::index::hamming {

// What an index has allocated, now and at most. Thread-safe.
class MemoryMeter {
 public:
  void Add(size_t bytes) {
    const size_t now = now_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    size_t peak = peak_.load(std::memory_order_relaxed);
    while (peak < now && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
  }
  void Subtract(size_t bytes) { now_.fetch_sub(bytes, std::memory_order_relaxed); }
  size_t now() const { return now_.load(std::memory_order_relaxed); }
  size_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  std::atomic<size_t> now_{0};
  std::atomic<size_t> peak_{0};
};

// Owns zeroed bytes, aligned to 64. Random reads of a large array cost a page walk each with pages
// of 4 KiB, so the kernel is asked for pages of 2 MiB. The meter outlives the buffer.
class Buffer {
 public:
  Buffer() = default;
  Buffer(size_t size_bytes, MemoryMeter* meter);
  ~Buffer();
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_bytes_, other.size_bytes_);
    std::swap(meter_, other.meter_);
    return *this;
  }

  char* data() const { return data_; }

 private:
  char* data_ = nullptr;
  size_t size_bytes_ = 0;
  MemoryMeter* meter_ = nullptr;
};

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_BUFFER_H_
