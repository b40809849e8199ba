#include "core/cli/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vervet::cli {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
constexpr absl::string_view kEllipsis = "\xE2\x80\xA6";
constexpr UChar32 kZeroWidthJoiner = 0x200D;
constexpr UChar32 kEmojiPresentation = 0xFE0F;

// Bidirectional controls other than the plain marks: embeddings, overrides and isolates reorder
// what follows.
bool ReordersText(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

int CharacterWidth(UChar32 c) {
  if (c < 0) return 1;
  const int8_t category = u_charType(c);
  if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK || category == U_FORMAT_CHAR) {
    return c == 0x00AD ? 1 : 0;  // terminals show the soft hyphen
  }
  // The vowels and finals of decomposed Hangul join the syllable before them.
  if (c >= 0x1160 && c <= 0x11FF) return 0;
  const int width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? 2 : 1;
}

bool IsEmoji(UChar32 c) { return c > 0 && u_hasBinaryProperty(c, UCHAR_EMOJI); }
bool IsPictograph(UChar32 c) {
  return c > 0 && u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC);
}

// Calls `each(start, end, width)` for every character; joined emoji count once.
template <typename Each>
void ForEachCharacter(absl::string_view text, Each each) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int32_t length = static_cast<int32_t>(text.size());
  bool joined = false;
  UChar32 last = 0;  // that took a column or two
  int last_width = 0;
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    // A joiner joins emoji; what stands behind one in other scripts takes its column.
    int width = joined && IsPictograph(c) && IsPictograph(last) ? 0 : CharacterWidth(c);
    if (c == kEmojiPresentation && last_width == 1 && IsEmoji(last))
      width = 1;  // the narrow sign before it becomes a wide emoji
    joined = c == kZeroWidthJoiner;
    if (width > 0) {
      last = c;
      last_width = width;
    }
    if (!each(start, i, width)) return;
  }
}

size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, substituted});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string Printable(absl::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int32_t length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    const int32_t start = i;
    UChar32 c;
    U8_NEXT(bytes, i, length, c);
    if (c == '\n' || c == '\t' || c == '\r') {
      safe += ' ';
    } else if (c < 0 || u_charType(c) == U_CONTROL_CHAR || c == 0x2028 || c == 0x2029 ||
               ReordersText(c)) {
      absl::StrAppend(&safe, kReplacement);
    } else {
      absl::StrAppend(&safe, text.substr(start, i - start));
    }
  }
  return safe;
}

int DisplayWidth(absl::string_view text) {
  int total = 0;
  ForEachCharacter(text, [&](int32_t, int32_t, int width) {
    total += width;
    return true;
  });
  return total;
}

std::string TruncateToWidth(absl::string_view text, int columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  int used = 0;
  int32_t end = 0;
  ForEachCharacter(text, [&](int32_t, int32_t next, int width) {
    if (used + width > columns - 1) return false;
    used += width;
    end = next;
    return true;
  });
  return absl::StrCat(text.substr(0, end), kEllipsis);
}

std::string PadRight(absl::string_view text, int columns) {
  return absl::StrCat(text, std::string(std::max(0, columns - DisplayWidth(text)), ' '));
}

std::string PadLeft(absl::string_view text, int columns) {
  return absl::StrCat(std::string(std::max(0, columns - DisplayWidth(text)), ' '), text);
}

std::string Wrap(absl::string_view text, int columns, int indent) {
  const std::string margin(indent, ' ');
  std::string wrapped;
  for (absl::string_view paragraph : absl::StrSplit(text, '\n')) {
    if (paragraph.empty() || paragraph[0] == ' ') {
      absl::StrAppend(&wrapped, paragraph.empty() ? "" : margin, paragraph, "\n");
      continue;
    }
    std::string line;
    for (absl::string_view word : absl::StrSplit(paragraph, ' ', absl::SkipEmpty())) {
      if (!line.empty() && indent + DisplayWidth(line) + 1 + DisplayWidth(word) > columns) {
        absl::StrAppend(&wrapped, margin, line, "\n");
        line.clear();
      }
      absl::StrAppend(&line, line.empty() ? "" : " ", word);
    }
    absl::StrAppend(&wrapped, margin, line, "\n");
  }
  return wrapped;
}

std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates) {
  constexpr size_t kLongestName = 64;  // the table below grows with the square
  if (name.empty() || name.size() > kLongestName) return "";
  std::string nearest;
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates) {
  const std::string nearest = NearestName(name, candidates);
  return nearest.empty() ? "" : absl::StrCat(" (did you mean ", nearest, "?)");
}

std::string TimeForPeople(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

std::string TimeForPrograms(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

std::string DurationForPeople(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) duration = absl::ZeroDuration();
  if (duration < absl::Seconds(1)) return absl::StrCat(absl::ToInt64Milliseconds(duration), " ms");
  if (duration < absl::Minutes(1)) return absl::StrCat(absl::ToInt64Seconds(duration), " s");
  if (duration < absl::Hours(1)) return absl::StrCat(absl::ToInt64Minutes(duration), " min");
  if (duration < absl::Hours(48)) return absl::StrCat(absl::ToInt64Hours(duration), " h");
  return absl::StrCat(WithThousands(absl::ToInt64Hours(duration) / 24), " days");
}

std::string WithThousands(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3) digits.insert(i, ",");
  return digits;
}

std::string Count(uint64_t number, absl::string_view noun) {
  return absl::StrCat(WithThousands(number), " ", noun, number == 1 ? "" : "s");
}

}  // namespace vervet::cli
