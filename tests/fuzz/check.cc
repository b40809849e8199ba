#include "tests/fuzz/check.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace vervet::fuzz {
namespace {

// Shorter parts are met by chance: "phone", a count of bytes.
constexpr size_t kEchoBytes = 6;
constexpr size_t kMaxMessageBytes = 4'096;

// Another text of the same shape.
std::string Changed(absl::string_view part) {
  std::string changed(part);
  for (char& c : changed) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      c = static_cast<char>('0' + (c - '0' + 3) % 10);
    } else if (absl::ascii_islower(static_cast<unsigned char>(c))) {
      c = static_cast<char>('a' + (c - 'a' + 7) % 26);
    } else if (absl::ascii_isupper(static_cast<unsigned char>(c))) {
      c = static_cast<char>('A' + (c - 'A' + 7) % 26);
    }
  }
  return changed;
}

}  // namespace

void Broken(const char* file, int line, absl::string_view property) {
  std::fprintf(stderr, "%s:%d: broken: %s\n", file, line, std::string(property).c_str());
  std::abort();
}

bool IsUtf8(absl::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto at = [&](size_t j) -> unsigned {
      return i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0u;
    };
    const unsigned lead = at(0);
    size_t length = 0;
    unsigned low = 0x80, high = 0xBF;  // of the second byte (Unicode, table 3-7)
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (length == 0 || at(1) < low || at(1) > high) return false;
    for (size_t j = 2; j < length; ++j) {
      if (at(j) < 0x80 || at(j) > 0xBF) return false;
    }
    i += length;
  }
  return true;
}

void CheckRefusal(const absl::Status& status, std::initializer_list<absl::StatusCode> codes,
                  bool lines) {
  const absl::string_view message = status.message();
  VERVET_FUZZ_CHECK(std::find(codes.begin(), codes.end(), status.code()) != codes.end(),
                    absl::StrCat("a refusal has an expected code: ", status.ToString()));
  VERVET_FUZZ_CHECK(!message.empty(), "a refusal has a message");
  VERVET_FUZZ_CHECK(message.size() <= kMaxMessageBytes || lines, "a refusal fits into a trailer");
  VERVET_FUZZ_CHECK(IsUtf8(message), "a refusal is UTF-8");
  const bool control = std::any_of(message.begin(), message.end(), [lines](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && !(lines && c == '\n');
  });
  VERVET_FUZZ_CHECK(!control,
                    absl::StrCat("a refusal has no control character: ", absl::CEscape(message)));
}

void CheckNoEcho(absl::string_view raw, const absl::Status& status,
                 const std::function<absl::Status(absl::string_view raw)>& again) {
  const absl::string_view message = status.message();
  for (size_t i = 0; i + kEchoBytes <= raw.size(); ++i) {
    const absl::string_view part = raw.substr(i, kEchoBytes);
    if (!absl::StrContains(message, part)) continue;
    const std::string changed = Changed(part);
    if (changed == part || absl::StrContains(message, changed)) continue;
    const absl::Status second =
        again(absl::StrCat(raw.substr(0, i), changed, raw.substr(i + kEchoBytes)));
    VERVET_FUZZ_CHECK(second.ok() || !absl::StrContains(second.message(), changed),
                      absl::StrCat("a refusal repeats nothing of what it refuses: ", message));
  }
}

}  // namespace vervet::fuzz
