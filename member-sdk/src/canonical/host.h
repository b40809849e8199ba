// Host names, as e-mail addresses, platform namespaces and URLs contain them.
#ifndef VERVET_MEMBER_SDK_SRC_CANONICAL_HOST_H_
#define VERVET_MEMBER_SDK_SRC_CANONICAL_HOST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::canonical {

// `host` as lower-case ASCII through UTS 46 (non-transitional, STD3, bidi and joiner checks), so
// that "BÜCHER.example." and "xn--bcher-kva.example" are one. One trailing dot is dropped. Capital
// sharp s becomes ß, as UTS 46 has it since Unicode 15.1, on every ICU release.
// INVALID_ARGUMENT: a label that IDNA does not allow, a single label, an IP address in any notation
// (addresses change hands), over 253 bytes. `field` names the identifier in the message.
absl::StatusOr<std::string> CanonicalHost(absl::string_view host, absl::string_view field);

// `host` (canonical) without a leading "www." where at least two labels remain.
std::string WithoutWww(absl::string_view host);

}  // namespace vervet::canonical

#endif  // VERVET_MEMBER_SDK_SRC_CANONICAL_HOST_H_
