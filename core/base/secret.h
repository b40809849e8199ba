// Key material that wipes itself and cannot be printed, compared by accident or copied silently.
#ifndef VERVET_CORE_BASE_SECRET_H_
#define VERVET_CORE_BASE_SECRET_H_

#include <sodium.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/types/span.h"

namespace vervet {

// `N` bytes that are overwritten when the object dies or is moved from. There is no operator<<, no
// conversion to a string and no implicit copy: a reader of the bytes says `RevealSecret()`, which
// can be searched for. Not thread-safe; owns its bytes.
template <size_t N>
class Secret {
 public:
  Secret() { bytes_.fill(0); }
  // `bytes` has exactly N; another size is a mistake of the code and aborts, because the
  // alternative is a key of zeros.
  explicit Secret(absl::Span<const uint8_t> bytes) {
    if (bytes.size() != N) std::abort();
    std::memcpy(bytes_.data(), bytes.data(), N);
  }
  ~Secret() { sodium_memzero(bytes_.data(), N); }

  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { sodium_memzero(other.bytes_.data(), N); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      sodium_memzero(other.bytes_.data(), N);
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  // A second copy, where one is really wanted.
  Secret Clone() const { return Secret(absl::MakeConstSpan(bytes_)); }

  absl::Span<const uint8_t> RevealSecret() const { return bytes_; }
  absl::Span<uint8_t> MutableSecret() { return absl::MakeSpan(bytes_); }

 private:
  std::array<uint8_t, N> bytes_;
};

}  // namespace vervet

#endif  // VERVET_CORE_BASE_SECRET_H_
