// What the programs print with --json, read through protobuf's JSON mapping.
#ifndef VERVET_EXAMPLES_COALITION_JSON_H_
#define VERVET_EXAMPLES_COALITION_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace vervet::coalition {

// One JSON value. What is absent, or of another kind, reads as empty: "", 0, false or no elements,
// so that a check on a missing field fails on its value. A value type.
class Json {
 public:
  Json() = default;
  explicit Json(google::protobuf::Value value) : value_(std::move(value)) {}

  // INVALID_ARGUMENT for text that is no JSON value.
  static absl::StatusOr<Json> Parse(absl::string_view text);

  Json operator[](absl::string_view field) const;
  bool has(absl::string_view field) const;
  std::vector<Json> elements() const;
  std::string text() const;
  // Also of a number in quotes, as protobuf writes 64-bit integers.
  uint64_t number() const;
  double real() const;
  bool truth() const { return value_.bool_value(); }
  // Strings of a list.
  std::vector<std::string> texts() const;

  // The value as JSON again, for messages.
  std::string Print() const;

 private:
  google::protobuf::Value value_;
};

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_JSON_H_
