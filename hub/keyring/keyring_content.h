// What a keyring's file holds under its seal, on its way into or out of a backup.
#ifndef VERVET_HUB_KEYRING_KEYRING_CONTENT_H_
#define VERVET_HUB_KEYRING_KEYRING_CONTENT_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/types/span.h"
#include "core/base/secret.h"

namespace vervet::hub {

// The bytes that keyring.h describes, in memory that is wiped. On the heap, so that moves leave no
// copies behind. Move-only, not thread-safe.
class KeyringContent {
 public:
  static constexpr size_t kEntryBytes = 4 + 4 + 32;  // type, epoch, scalar
  static constexpr size_t kFixedBytes = 32 + 2;      // seed, number of entries
  static constexpr size_t kMaxKeys = 64;
  static constexpr size_t kMaxBytes = kFixedBytes + kMaxKeys * kEntryBytes;

  KeyringContent() : bytes_(std::make_unique<Secret<kMaxBytes>>()) {}

  absl::Span<const uint8_t> RevealSecret() const { return bytes_->RevealSecret().first(size_); }
  // All kMaxBytes; say afterwards how many are content.
  absl::Span<uint8_t> Mutable() { return bytes_->MutableSecret(); }
  void set_size(size_t size_bytes) {
    if (size_bytes > kMaxBytes) std::abort();
    size_ = size_bytes;
  }

 private:
  std::unique_ptr<Secret<kMaxBytes>> bytes_;
  size_t size_ = 0;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_KEYRING_KEYRING_CONTENT_H_
