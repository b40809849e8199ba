#include "core/index/hamming/buffer.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace vervet::index::hamming {
namespace {

constexpr size_t kAlignBytes = 64;
constexpr size_t kLargePage = size_t{2} << 20;
// Smaller ones come from the heap.
constexpr size_t kMapFromBytes = kLargePage / 2;

// Aligned to a large page, so that all of it but the end can be one.
char* MapAligned(size_t size_bytes) {
  const size_t mapped = size_bytes + kLargePage;
  void* const base =
      mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<uintptr_t>(base);
  const uintptr_t aligned = (address + kLargePage - 1) / kLargePage * kLargePage;
  const uintptr_t end = (aligned + size_bytes + 4095) / 4096 * 4096;
  if (aligned != address) munmap(base, aligned - address);
  if (address + mapped > end) munmap(reinterpret_cast<void*>(end), address + mapped - end);
  char* const data = reinterpret_cast<char*>(aligned);
  // Whole large pages only: the rest of the last one would be memory for nothing.
  madvise(data, size_bytes / kLargePage * kLargePage, MADV_HUGEPAGE);
  return data;
}

}  // namespace

Buffer::Buffer(size_t size_bytes, MemoryMeter* meter) : size_bytes_(size_bytes), meter_(meter) {
  if (size_bytes_ == 0) return;
  if (size_bytes_ >= kMapFromBytes) {
    data_ = MapAligned(size_bytes_);
  } else {
    size_bytes_ = (size_bytes_ + kAlignBytes - 1) / kAlignBytes * kAlignBytes;
    data_ = static_cast<char*>(std::aligned_alloc(kAlignBytes, size_bytes_));
    if (data_ == nullptr) throw std::bad_alloc();
    std::memset(data_, 0, size_bytes_);
  }
  meter_->Add(size_bytes_);
}

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  meter_->Subtract(size_bytes_);
  if (size_bytes_ >= kMapFromBytes) {
    munmap(data_, (size_bytes_ + 4095) / 4096 * 4096);
  } else {
    std::free(data_);
  }
}

}  // namespace vervet::index::hamming
