#include "hub/engine/fields.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message_lite.h>
#include <sodium.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/wire_limits.h"

namespace vervet::hub {

absl::Status Invalid(absl::string_view field, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", reason));
}

absl::Status CheckText(absl::string_view field, absl::string_view value, size_t max_bytes) {
  if (value.empty()) return Invalid(field, "is empty; required");
  if (value.size() > max_bytes) {
    return Invalid(field, absl::StrCat("has ", value.size(), " bytes; at most ", max_bytes));
  }
  // Protocol Buffers has refused strings that are not UTF-8 before this is reached.
  const bool control = std::any_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  // U+0080 to U+009F; in a terminal U+009B begins a command as ESC [ does.
  const auto is_c1 = [](char a, char b) {
    return a == '\xC2' && static_cast<unsigned char>(b) >= 0x80 &&
           static_cast<unsigned char>(b) < 0xA0;
  };
  const bool c1 = std::adjacent_find(value.begin(), value.end(), is_c1) != value.end();
  if (control || c1) return Invalid(field, "holds a control character; write plain text");
  if (absl::StripAsciiWhitespace(value).empty()) return Invalid(field, "is blank; required");
  return absl::OkStatus();
}

absl::Status CheckDecisionReference(absl::string_view field, absl::string_view value) {
  if (value.empty()) {
    return Invalid(field, "is empty; give your own reference of the decision that a person took");
  }
  if (value.size() > kMaxDecisionReferenceBytes) {
    return Invalid(
        field, absl::StrCat("has ", value.size(), " bytes; at most ", kMaxDecisionReferenceBytes));
  }
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::string_view("._:/-").find(c) != absl::string_view::npos;
  });
  if (!plain) {
    return Invalid(field, "holds a character other than A-Z a-z 0-9 . _ : / -; use a case number");
  }
  return absl::OkStatus();
}

absl::Status CheckGroupName(absl::string_view field, absl::string_view value) {
  const auto ok = [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  };
  if (value.empty() || value.size() > kMaxGroupNameBytes || value[0] == '-' ||
      !std::all_of(value.begin(), value.end(), ok)) {
    return Invalid(field, absl::StrCat("a group's name has 1 to ", kMaxGroupNameBytes,
                                       " characters a-z, 0-9 and -, the first a letter or digit"));
  }
  return absl::OkStatus();
}

absl::Status CheckRegion(absl::string_view field, absl::string_view value) {
  if (value.size() != 2 || !absl::ascii_isupper(static_cast<unsigned char>(value[0])) ||
      !absl::ascii_isupper(static_cast<unsigned char>(value[1]))) {
    return Invalid(field, "a region is two upper-case letters (ISO 3166-1 alpha-2), such as IE");
  }
  return absl::OkStatus();
}

absl::Status CheckRequestId(absl::string_view value) {
  if (value.size() != kRequestIdBytes) {
    return Invalid("request_id", absl::StrCat("has ", value.size(), " bytes; must have ",
                                              kRequestIdBytes, ", new for each request"));
  }
  return absl::OkStatus();
}

absl::Status CheckRecordId(absl::string_view value) {
  if (value.size() != kRecordIdBytes) {
    return Invalid("record_id", absl::StrCat("has ", value.size(), " bytes; must have ",
                                             kRecordIdBytes, ", as Publish answered"));
  }
  return absl::OkStatus();
}

absl::Status CheckActive(absl::string_view party, const views::Roster& roster) {
  if (roster.IsActive(party)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      "the caller is not an active party of this coalition; ask a coordinator to reinstate it");
}

RequestKey MakeRequestKey(absl::string_view party, absl::string_view request_id,
                          absl::string_view method, const google::protobuf::MessageLite& request) {
  std::string bytes = absl::StrCat(method, "\n");
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  RequestKey key;
  key.party = std::string(party);
  key.request_id = std::string(request_id);
  key.fingerprint.resize(crypto_hash_sha256_BYTES);
  crypto_hash_sha256(reinterpret_cast<uint8_t*>(key.fingerprint.data()),
                     reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return key;
}

}  // namespace vervet::hub
