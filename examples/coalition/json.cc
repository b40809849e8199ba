#include "examples/coalition/json.h"

#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace vervet::coalition {

absl::StatusOr<Json> Json::Parse(absl::string_view text) {
  google::protobuf::Value value;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(text.data(), text.size()), &value);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("no JSON: ", std::string(status.message())));
  }
  return Json(std::move(value));
}

Json Json::operator[](absl::string_view field) const {
  const auto& fields = value_.struct_value().fields();
  const auto it = fields.find(std::string(field));
  return it == fields.end() ? Json() : Json(it->second);
}

bool Json::has(absl::string_view field) const {
  return value_.struct_value().fields().count(std::string(field)) != 0;
}

std::vector<Json> Json::elements() const {
  std::vector<Json> result;
  for (const auto& value : value_.list_value().values()) result.emplace_back(value);
  return result;
}

std::string Json::text() const { return value_.string_value(); }

uint64_t Json::number() const {
  const double value = real();
  return value > 0 ? static_cast<uint64_t>(std::llround(value)) : 0;
}

double Json::real() const {
  double value = value_.number_value();
  if (value_.kind_case() == google::protobuf::Value::kStringValue &&
      !absl::SimpleAtod(value_.string_value(), &value)) {
    value = 0;
  }
  return value;
}

std::vector<std::string> Json::texts() const {
  std::vector<std::string> result;
  for (const auto& value : value_.list_value().values()) result.push_back(value.string_value());
  return result;
}

std::string Json::Print() const {
  std::string out;
  (void)google::protobuf::util::MessageToJsonString(value_, &out);
  return out;
}

}  // namespace vervet::coalition
