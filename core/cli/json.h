// JSON for programs: RFC 8259, keys in the order in which they are written.
#ifndef VERVET_CORE_CLI_JSON_H_
#define VERVET_CORE_CLI_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vervet::cli {

// `text` between quotes. Escaped beyond what RFC 8259 asks: C1 controls, line separators and
// bidirectional controls, so that a JSON line is one line everywhere and harmless on a terminal.
// Bytes that are not UTF-8 become U+FFFD.
std::string JsonString(absl::string_view text);

// Writes one value. The caller balances Begin and End; keys belong to objects alone. Not
// thread-safe.
class JsonWriter {
 public:
  enum class Layout {
    kDocument,  // indented by two spaces, ends in a line break: one answer
    kLine,      // one line, ends in a line break: one of many (JSON lines, jsonlines.org)
  };
  explicit JsonWriter(Layout layout) : layout_(layout) {}

  JsonWriter& BeginObject() { return Begin('{', '}'); }
  JsonWriter& EndObject() { return End(); }
  JsonWriter& BeginArray() { return Begin('[', ']'); }
  JsonWriter& EndArray() { return End(); }
  JsonWriter& Key(absl::string_view key);

  JsonWriter& String(absl::string_view value) { return Value(JsonString(value)); }
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  // The shortest text that reads back as the same number; null for what is not finite.
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value) { return Value(value ? "true" : "false"); }
  JsonWriter& Null() { return Value("null"); }

  // Key and value at once.
  JsonWriter& Field(absl::string_view key, absl::string_view value) {
    return Key(key).String(value);
  }
  JsonWriter& Field(absl::string_view key, const char* value) { return Key(key).String(value); }
  JsonWriter& Field(absl::string_view key, const std::string& value) {
    return Key(key).String(value);
  }
  JsonWriter& Field(absl::string_view key, bool value) { return Key(key).Bool(value); }
  JsonWriter& Field(absl::string_view key, int value) { return Key(key).Int(value); }
  JsonWriter& Field(absl::string_view key, int64_t value) { return Key(key).Int(value); }
  JsonWriter& Field(absl::string_view key, uint32_t value) { return Key(key).Uint(value); }
  JsonWriter& Field(absl::string_view key, uint64_t value) { return Key(key).Uint(value); }
  JsonWriter& Field(absl::string_view key, double value) { return Key(key).Double(value); }
  template <typename Strings>
  JsonWriter& StringArray(absl::string_view key, const Strings& values) {
    Key(key).BeginArray();
    for (const auto& value : values) String(value);
    return EndArray();
  }

  // The finished text; call once, after everything that was begun has ended.
  std::string Finish();

 private:
  JsonWriter& Begin(char open, char close);
  JsonWriter& End();
  JsonWriter& Value(absl::string_view text);
  void BeforeValue();
  void NewLine();

  Layout layout_;
  std::string text_;
  std::string closers_;           // what is open, innermost last
  std::vector<bool> has_values_;  // beside closers_
  bool after_key_ = false;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_JSON_H_
