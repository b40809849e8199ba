// Between the public types and the wire's.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_FACTS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_FACTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "vervet/opinion.h"
#include "vervet/record.h"
#include "vervet/v1/types.pb.h"

namespace vervet::engine {

v1::RecordFacts ToProto(const RecordFacts& facts);
// What this SDK does not know (a newer hub) becomes the first value of its enumeration.
RecordFacts FromProto(const v1::RecordFacts& facts);
// An unknown one becomes kDisagree: neither praise nor a demand.
Stance FromProto(v1::Stance stance);

// "phone", "email", "email_alias", ...
std::string SignatureTypeName(v1::SignatureType type);

std::string ToHex(absl::string_view bytes);
// Empty unless `hex` is `size_bytes` bytes in hexadecimal digits.
std::string FromHex(absl::string_view hex, size_t size_bytes);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_FACTS_H_
