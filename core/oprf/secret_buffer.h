// A buffer of run-time length that is overwritten when it dies.
#ifndef VERVET_CORE_OPRF_SECRET_BUFFER_H_
#define VERVET_CORE_OPRF_SECRET_BUFFER_H_

#include <sodium.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace vervet::oprf {

// Starts as zeros, never grows (growing would leave a copy behind), never moves. For what can be
// tested against a guessed identifier: its hash, and the group element it maps to. Not thread-safe.
class SecretBuffer {
 public:
  explicit SecretBuffer(size_t size_bytes) : bytes_(size_bytes) {}
  ~SecretBuffer() { sodium_memzero(bytes_.data(), bytes_.size()); }
  SecretBuffer(const SecretBuffer&) = delete;
  SecretBuffer& operator=(const SecretBuffer&) = delete;

  absl::Span<const uint8_t> RevealSecret() const { return bytes_; }
  absl::Span<uint8_t> MutableSecret() { return absl::MakeSpan(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_SECRET_BUFFER_H_
