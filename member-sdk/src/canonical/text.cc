#include "member-sdk/src/canonical/text.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace vervet::canonical {
namespace {

constexpr uint8_t kUnicodeMajor = 14;
constexpr UChar32 kZeroWidthNonJoiner = 0x200C;
constexpr UChar32 kZeroWidthJoiner = 0x200D;

bool IsJoiner(UChar32 c) { return c == kZeroWidthNonJoiner || c == kZeroWidthJoiner; }

bool IsAssigned(UChar32 c) {
  UVersionInfo age;
  u_charAge(c, age);
  const int8_t category = u_charType(c);
  return age[0] != 0 && age[0] <= kUnicodeMajor && category != U_UNASSIGNED &&
         category != U_PRIVATE_USE_CHAR && category != U_SURROGATE;
}

bool IsInvisible(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 ||
         u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL) != 0;
}

void AppendUtf8(UChar32 c, std::string* out) {
  uint8_t buffer[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(buffer, length, c);
  out->append(reinterpret_cast<const char*>(buffer), static_cast<size_t>(length));
}

// Most of what platforms hold. Of these characters all are assigned and seen, none is a control,
// and compatibility normalisation leaves each as it is; asking ICU about them one by one would take
// as long as libphonenumber takes to format a number.
bool IsPrintableAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

absl::Status RefuseEmpty(absl::string_view field) {
  return Refuse(field, "empty; leave the field out instead");
}

std::string Normalize(const icu::Normalizer2* normalizer, absl::string_view text,
                      UErrorCode status) {
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  if (U_SUCCESS(status)) {
    normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                              sink, nullptr, status);
  }
  // The normalisation data is compiled into ICU; without it no form is right, so none is given.
  return U_SUCCESS(status) ? out : std::string();
}

}  // namespace

absl::Status Refuse(absl::string_view field, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", reason));
}

absl::StatusOr<std::string> CleanText(absl::string_view raw, absl::string_view field,
                                      size_t max_bytes) {
  if (raw.size() > max_bytes) {
    return Refuse(field, absl::StrCat("longer than ", max_bytes, " bytes; pass one identifier"));
  }
  if (IsPrintableAscii(raw)) {
    const size_t begin = raw.find_first_not_of(' ');
    if (begin == absl::string_view::npos) return RefuseEmpty(field);
    return std::string(raw.substr(begin, raw.find_last_not_of(' ') + 1 - begin));
  }
  std::string seen;
  seen.reserve(raw.size());
  // Offsets in `seen` around what is not white space, for the trim.
  size_t first = std::string::npos;
  size_t end = 0;
  bool control_waits = false;  // a white-space control that is harmless only at the ends
  const auto length = static_cast<int32_t>(raw.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT(raw.data(), i, length, c);
    if (c < 0) return Refuse(field, "not valid UTF-8; convert it from its own encoding first");
    if (c == 0) return Refuse(field, "contains a NUL character; pass text without it");
    const bool is_control = u_charType(c) == U_CONTROL_CHAR;
    const bool is_space = u_isUWhiteSpace(c) != 0;
    if (is_control && !is_space) {
      return Refuse(field, "contains a control character; pass text without it");
    }
    if (!IsAssigned(c)) {
      return Refuse(field, "contains a private or unassigned character (Unicode 14.0)");
    }
    if (IsInvisible(c) && !IsJoiner(c)) continue;
    if (!is_space) {
      if (control_waits) {
        return Refuse(field, "contains a tab or line break inside; pass one identifier");
      }
      if (first == std::string::npos) first = seen.size();
    } else if (is_control && first != std::string::npos) {
      control_waits = true;
    }
    AppendUtf8(c, &seen);
    if (!is_space) end = seen.size();
  }
  if (first == std::string::npos) return RefuseEmpty(field);
  return seen.substr(first, end - first);
}

std::string FoldText(absl::string_view clean) {
  if (IsPrintableAscii(clean)) return absl::AsciiStrToLower(clean);
  // Once, behind C++'s own guard: ThreadSanitizer cannot see ICU's.
  static UErrorCode status = U_ZERO_ERROR;
  static const icu::Normalizer2* const normalizer =
      icu::Normalizer2::getNFKCCasefoldInstance(status);
  return Normalize(normalizer, clean, status);
}

std::string CompatibilityText(absl::string_view clean) {
  if (IsPrintableAscii(clean)) return std::string(clean);
  std::string plain;
  plain.reserve(clean.size());
  for (char32_t point : CodePoints(clean)) {
    const auto c = static_cast<UChar32>(point);
    if (IsJoiner(c)) continue;
    const int32_t digit = u_charDigitValue(c);
    const bool is_decimal = u_charType(c) == U_DECIMAL_DIGIT_NUMBER;
    AppendUtf8(is_decimal ? '0' + digit : c, &plain);
  }
  static UErrorCode status = U_ZERO_ERROR;
  static const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFKCInstance(status);
  return Normalize(normalizer, plain, status);
}

std::vector<char32_t> CodePoints(absl::string_view utf8) {
  std::vector<char32_t> points;
  points.reserve(utf8.size());
  const auto length = static_cast<int32_t>(utf8.size());
  for (int32_t i = 0; i < length;) {
    UChar32 c;
    U8_NEXT_OR_FFFD(utf8.data(), i, length, c);
    points.push_back(static_cast<char32_t>(c));
  }
  return points;
}

bool IsAscii(absl::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace vervet::canonical
