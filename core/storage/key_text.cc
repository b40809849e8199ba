#include "core/storage/key_text.h"

#include <sodium.h>

#include "absl/status/status.h"

namespace vervet::storage {

absl::StatusOr<Secret<kKeyBytes>> ParseKeyText(absl::string_view text) {
  if (text.size() == kMaxKeyTextBytes && text.back() == '\n') text.remove_suffix(1);
  if (text.size() != kKeyHexDigits) {
    return absl::InvalidArgumentError(
        "must hold 64 hexadecimal digits and at most one newline, and has another length");
  }
  Secret<kKeyBytes> key;
  size_t decoded = 0;
  if (sodium_hex2bin(key.MutableSecret().data(), kKeyBytes, text.data(), text.size(), nullptr,
                     &decoded, nullptr) != 0 ||
      decoded != kKeyBytes) {
    return absl::InvalidArgumentError("holds something other than the digits 0-9 and a-f");
  }
  return key;
}

}  // namespace vervet::storage
