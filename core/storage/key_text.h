// How a key of 32 bytes is written down: in a key file, and by a key command.
#ifndef VERVET_CORE_STORAGE_KEY_TEXT_H_
#define VERVET_CORE_STORAGE_KEY_TEXT_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/secret.h"

namespace vervet::storage {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kKeyHexDigits = 2 * kKeyBytes;
// The digits and one newline.
inline constexpr size_t kMaxKeyTextBytes = kKeyHexDigits + 1;

// 64 hexadecimal digits and at most one newline. INVALID_ARGUMENT, "must hold ..." or "holds ...",
// for the caller to say of what; no part of `text` reaches the message. Wiping `text` is the
// caller's.
absl::StatusOr<Secret<kKeyBytes>> ParseKeyText(absl::string_view text);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_KEY_TEXT_H_
