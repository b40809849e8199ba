#include "hub/log/known_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vervet::hub {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The number of the first field found, behind where it is; 0: all are known.
int FindUnknown(const Message& message, std::string* path) {
  const auto* reflection = message.GetReflection();
  const auto& unknown = reflection->GetUnknownFields(message);
  if (!unknown.empty()) return unknown.field(0).number();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      const Message& inner = field->is_repeated()
                                 ? reflection->GetRepeatedMessage(message, field, i)
                                 : reflection->GetMessage(message, field);
      const int found = FindUnknown(inner, path);
      if (found == 0) continue;
      *path = absl::StrCat(field->name(), field->is_repeated() ? absl::StrCat("[", i, "]") : "",
                           path->empty() ? "" : ".", *path);
      return found;
    }
  }
  return 0;
}

}  // namespace

absl::Status CheckKnownFields(const Message& message) {
  std::string path;
  const int number = FindUnknown(message, &path);
  if (number == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path.empty() ? "the request" : path, ": has a field, number ", number,
                   ", that this hub does not know; leave it out, or have the hub upgraded first"));
}

}  // namespace vervet::hub
