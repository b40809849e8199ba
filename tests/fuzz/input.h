// From the fuzzer's bytes to choices, one after the other: a changed byte changes one choice, and
// where the bytes end every further choice is 0.
#ifndef VERVET_TESTS_FUZZ_INPUT_H_
#define VERVET_TESTS_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace vervet::fuzz {

// Borrows the bytes. Not thread-safe.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  size_t left() const { return left_; }

  uint8_t Byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  bool Flag() { return (Byte() & 1) != 0; }
  // 0 to count - 1; count is at least 1 and at most 65,536.
  uint32_t Below(uint32_t count) {
    const uint32_t value = count <= 256 ? Byte() : Byte() * 256u + Byte();
    return value % count;
  }
  // Big-endian, of so many bytes.
  uint64_t Number(size_t size_bytes = 8) {
    uint64_t value = 0;
    for (size_t i = 0; i < size_bytes; ++i) value = (value << 8) | Byte();
    return value;
  }
  std::string Bytes(size_t size) {
    size = std::min(size, left_);
    std::string bytes(reinterpret_cast<const char*>(data_), size);
    data_ += size;
    left_ -= size;
    return bytes;
  }
  // Behind its length in one byte.
  std::string ShortBytes() { return Bytes(Byte()); }
  std::string Rest() { return Bytes(left_); }

  template <typename List>
  auto& Pick(const List& list) {
    return list[Below(static_cast<uint32_t>(list.size()))];
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_INPUT_H_
