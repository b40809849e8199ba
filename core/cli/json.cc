#include "core/cli/json.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vervet::cli {
namespace {

bool NeedsEscape(UChar32 c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
         (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void AppendCharacter(UChar32 c, absl::string_view raw, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      break;
  }
  if (c < 0) {
    out->append("\xEF\xBF\xBD");
  } else if (NeedsEscape(c)) {
    absl::StrAppendFormat(out, "\\u%04x", static_cast<unsigned>(c));
  } else {
    absl::StrAppend(out, raw);
  }
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string quoted = "\"";
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int32_t length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    AppendCharacter(c, text.substr(start, i - start), &quoted);
  }
  quoted += '"';
  return quoted;
}

JsonWriter& JsonWriter::Key(absl::string_view key) {
  BeforeValue();
  absl::StrAppend(&text_, JsonString(key), layout_ == Layout::kDocument ? ": " : ":");
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) { return Value(absl::StrCat(value)); }
JsonWriter& JsonWriter::Uint(uint64_t value) { return Value(absl::StrCat(value)); }

JsonWriter& JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value);
  return Value(absl::string_view(text, static_cast<size_t>(end.ptr - text)));
}

std::string JsonWriter::Finish() {
  text_ += '\n';
  return std::move(text_);
}

JsonWriter& JsonWriter::Begin(char open, char close) {
  BeforeValue();
  text_ += open;
  closers_ += close;
  has_values_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::End() {
  const char close = closers_.back();
  const bool had_values = has_values_.back();
  closers_.pop_back();
  has_values_.pop_back();
  if (had_values) NewLine();
  text_ += close;
  return *this;
}

JsonWriter& JsonWriter::Value(absl::string_view text) {
  BeforeValue();
  absl::StrAppend(&text_, text);
  return *this;
}

void JsonWriter::BeforeValue() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_values_.empty()) return;
  if (has_values_.back()) text_ += ',';
  has_values_.back() = true;
  NewLine();
}

void JsonWriter::NewLine() {
  if (layout_ == Layout::kLine) return;
  text_ += '\n';
  text_.append(2 * closers_.size(), ' ');
}

}  // namespace vervet::cli
