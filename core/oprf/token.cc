#include "core/oprf/token.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/oprf/hash.h"

namespace vervet::oprf {
namespace {

constexpr absl::string_view kScheme = "vervet/v1";
constexpr absl::string_view kTokenLabel = "vervet-token-v1";
static_assert(kInputFramingBytes == 4 * 2 + kScheme.size() + 4 + 4);

void AppendField(std::string& out, Bytes field) {
  for (const uint8_t byte : BigEndian16(field.size())) out.push_back(static_cast<char>(byte));
  out.append(reinterpret_cast<const char*>(field.data()), field.size());
}

}  // namespace

absl::StatusOr<std::string> Input(uint32_t type, uint32_t rules_version,
                                  absl::string_view canonical_form) {
  if (canonical_form.empty() || canonical_form.size() > kMaxCanonicalFormBytes) {
    return absl::InvalidArgumentError(absl::StrCat("canonical form: ", canonical_form.size(),
                                                   " bytes; give 1 to ", kMaxCanonicalFormBytes));
  }
  std::string out;
  out.reserve(kInputFramingBytes + canonical_form.size());
  AppendField(out, AsBytes(kScheme));
  AppendField(out, BigEndian32(type));
  AppendField(out, BigEndian32(rules_version));
  AppendField(out, AsBytes(canonical_form));
  return out;
}

absl::StatusOr<Token> Token::Decode(Bytes encoding) {
  if (encoding.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("token: ", encoding.size(), " bytes; a token has ", kSizeBytes));
  }
  Token token;
  std::copy(encoding.begin(), encoding.end(), token.bytes_.begin());
  return token;
}

std::string Token::hex() const {
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size()));
}

Token DeriveToken(uint32_t type, uint32_t epoch, const Element& unblinded) {
  const Digest digest =
      Sha512({AsBytes(kTokenLabel), BigEndian32(type), BigEndian32(epoch), unblinded.bytes()});
  std::array<uint8_t, Token::kSizeBytes> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return Token(bytes);
}

}  // namespace vervet::oprf
