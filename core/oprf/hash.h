// SHA-512 over a message given in parts, and expand_message_xmd of RFC 9380 on top of it.
#ifndef VERVET_CORE_OPRF_HASH_H_
#define VERVET_CORE_OPRF_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vervet::oprf {

using Bytes = absl::Span<const uint8_t>;
// One message, its pieces in order; saves the copy that would otherwise have to be wiped.
using Parts = std::initializer_list<Bytes>;

inline constexpr size_t kDigestBytes = 64;
using Digest = std::array<uint8_t, kDigestBytes>;

inline Bytes AsBytes(absl::string_view text) {
  return Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// I2OSP(value, 2) of RFC 8017; the caller has made sure that `value` is below 65,536.
inline std::array<uint8_t, 2> BigEndian16(size_t value) {
  return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

inline std::array<uint8_t, 4> BigEndian32(uint32_t value) {
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
          static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

Digest Sha512(Parts message);

// RFC 9380 section 5.3.1 with SHA-512; fills the whole of `out`. `dst` is 1 to 255 bytes (the RFC's
// substitute for longer ones is not implemented: ours are constants of some 40 bytes) and `out` 1
// to 16,320 bytes; both are fixed by the calling code, so anything else aborts. Thread-safe; leaves
// nothing of the message in memory.
void ExpandMessageXmd(Parts message, absl::string_view dst, absl::Span<uint8_t> out);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_HASH_H_
