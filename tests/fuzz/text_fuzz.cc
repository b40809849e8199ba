// What goes to a terminal, into JSON, and what a person typed instead of a name.
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/cli/csv.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "core/storage/key_text.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

bool HasControl(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return true;
  }
  // U+0080 to U+009F, which a terminal may take for the beginning of a command.
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if (text[i] == '\xC2' && next >= 0x80 && next < 0xA0) return true;
  }
  return false;
}

void Terminal(const std::string& raw, int columns) {
  const std::string shown = cli::Printable(raw);
  VERVET_FUZZ_CHECK(IsUtf8(shown) && !HasControl(shown), "what is shown moves no cursor");
  VERVET_FUZZ_CHECK(cli::Printable(shown) == shown, "what is shown can be shown");
  const int width = cli::DisplayWidth(shown);
  VERVET_FUZZ_CHECK(width >= 0 && static_cast<size_t>(width) <= 2 * shown.size(), "a width");
  const std::string cut = cli::TruncateToWidth(shown, columns);
  VERVET_FUZZ_CHECK(IsUtf8(cut), "what was cut is UTF-8");
  VERVET_FUZZ_CHECK(cli::DisplayWidth(cut) <= columns, "what was cut fits");
  VERVET_FUZZ_CHECK(width > columns || cut == shown, "what fits is not cut");
  VERVET_FUZZ_CHECK(cli::DisplayWidth(cli::PadRight(shown, columns)) == std::max(width, columns),
                    "padded to the width");
  VERVET_FUZZ_CHECK(cli::DisplayWidth(cli::PadLeft(shown, columns)) == std::max(width, columns),
                    "padded to the width");
  for (const absl::string_view line : absl::StrSplit(cli::Wrap(shown, columns, 2), '\n')) {
    VERVET_FUZZ_CHECK(IsUtf8(line), "a wrapped line is UTF-8");
  }
}

void Json(const std::string& raw) {
  const std::string json = cli::JsonString(raw);
  VERVET_FUZZ_CHECK(json.size() >= 2 && json.front() == '"' && json.back() == '"', "quoted");
  VERVET_FUZZ_CHECK(IsUtf8(json) && !HasControl(json), "JSON is one line of UTF-8");
  bool escaped = false;
  for (const char c : json.substr(1, json.size() - 2)) {
    VERVET_FUZZ_CHECK(c != '"' || escaped, "a quote inside is escaped");
    escaped = c == '\\' && !escaped;
  }
  VERVET_FUZZ_CHECK(!escaped, "the last quote is not escaped");
}

void Names(Input& in) {
  const std::string name = in.ShortBytes();
  std::vector<std::string> candidates;
  while (!in.empty()) candidates.push_back(in.ShortBytes());
  const std::string nearest = cli::NearestName(name, candidates);
  VERVET_FUZZ_CHECK(nearest.empty() || std::find(candidates.begin(), candidates.end(), nearest) !=
                                           candidates.end(),
                    "the nearest name is one of the candidates");
}

void KeyText(const std::string& raw) {
  const auto parse = [](absl::string_view text) { return storage::ParseKeyText(text).status(); };
  const absl::Status status = parse(raw);
  if (status.ok()) {
    VERVET_FUZZ_CHECK(raw.size() == 64 || (raw.size() == 65 && raw.back() == '\n'),
                      "a key is 64 digits and at most one line feed");
    return;
  }
  CheckRefusal(status, {absl::StatusCode::kInvalidArgument});
  CheckNoEcho(raw, status, parse);
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(4)) {
    case 0: {
      const int columns = 1 + static_cast<int>(in.Below(100));
      vervet::fuzz::Terminal(in.Rest(), columns);
      break;
    }
    case 1:
      vervet::fuzz::Json(in.Rest());
      break;
    case 2:
      vervet::fuzz::Names(in);
      break;
    default:
      vervet::fuzz::KeyText(in.Rest());
      break;
  }
  return 0;
}
