// The two modes of RFC 9497 that we implement, and the domain separation tags that keep them and
// their steps apart.
#ifndef VERVET_CORE_OPRF_MODE_H_
#define VERVET_CORE_OPRF_MODE_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vervet::oprf {

// The numbers are RFC 9497's, section 3.1. Everything that crosses the wire is kVoprf; kOprf has no
// proof and exists for the test vectors.
enum class Mode : uint8_t { kOprf = 0, kVoprf = 1 };

// `step` followed by the context string of the suite, RFC 9497 section 3.1: "OPRFV1-" mode
// "-ristretto255-SHA512".
inline std::string DomainTag(absl::string_view step, Mode mode) {
  const char mode_byte = static_cast<char>(mode);
  return absl::StrCat(step, "OPRFV1-", absl::string_view(&mode_byte, 1), "-ristretto255-SHA512");
}

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_MODE_H_
