// Short names for bytes written as hexadecimal digits, and a matcher for a status.
#ifndef VERVET_TESTS_CORE_OPRF_OPRF_TESTING_H_
#define VERVET_TESTS_CORE_OPRF_OPRF_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "core/oprf/group.h"

namespace vervet::oprf {

inline std::string Unhex(absl::string_view hex) { return absl::HexStringToBytes(hex); }
inline std::string Hex(Bytes bytes) {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}
inline std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }
inline Bytes At(absl::string_view packed, size_t index) {
  return AsBytes(packed).subspan(index * Element::kSizeBytes, Element::kSizeBytes);
}
inline Scalar ScalarOf(absl::string_view hex) {
  return Scalar::Decode(AsBytes(Unhex(hex))).value();
}
inline Element ElementOf(absl::string_view hex) {
  return Element::Decode(AsBytes(Unhex(hex))).value();
}

// The group's order l, and its neighbours, little-endian.
inline constexpr absl::string_view kOrderMinusOne =
    "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
inline constexpr absl::string_view kOrder =
    "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
inline constexpr absl::string_view kOrderPlusOne =
    "eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
inline constexpr absl::string_view kGenerator =
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76";

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}
MATCHER_P2(FailsWith, code, message_part, "") {
  *result_listener << StatusOf(arg);
  return StatusOf(arg).code() == code &&
         std::string(StatusOf(arg).message()).find(message_part) != std::string::npos;
}

}  // namespace vervet::oprf

#endif  // VERVET_TESTS_CORE_OPRF_OPRF_TESTING_H_
