// Text as a terminal shows it: widths in columns, not in bytes, and nothing in it that moves the
// cursor.
#ifndef VERVET_CORE_CLI_TEXT_H_
#define VERVET_CORE_CLI_TEXT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vervet::cli {

// `text` on one line, safe to show. Names and reasons come from other parties: a control character
// could rewrite what the terminal already shows, and a bidirectional override could reverse it.
// Each of these, each line break, and each byte that is not UTF-8 becomes U+FFFD (tabs and line
// breaks a space).
std::string Printable(absl::string_view text);

// Columns that `text` takes: East Asian wide and fullwidth characters and emoji two, combining
// marks and joiners none (Unicode Standard Annex 11). A byte that is not UTF-8 takes one.
int DisplayWidth(absl::string_view text);

// At most `columns` wide; where something was cut it ends in "…". `columns` is at least 1.
std::string TruncateToWidth(absl::string_view text, int columns);

std::string PadRight(absl::string_view text, int columns);
std::string PadLeft(absl::string_view text, int columns);

// Words of `text` in lines of at most `columns`, each after `indent` spaces, each ended by a line
// break. Line breaks in `text` stay; a line of it that begins with a space is kept as it is.
std::string Wrap(absl::string_view text, int columns, int indent);

// The candidate that `name` was probably meant to be (at most a third of its letters wrong, a swap
// counting once), or empty.
std::string NearestName(absl::string_view name, const std::vector<std::string>& candidates);

// " (did you mean X?)", or empty.
std::string DidYouMean(absl::string_view name, const std::vector<std::string>& candidates);

// "2026-08-01 09:14 UTC": for people, always UTC, because a coalition spans time zones.
std::string TimeForPeople(absl::Time time);
// "2026-08-01T09:14:00.123Z", RFC 3339 with milliseconds: for programs.
std::string TimeForPrograms(absl::Time time);
// "340 ms", "12 s", "5 min", "3 h", "17 days": one unit, rounded down.
std::string DurationForPeople(absl::Duration duration);
// "1,234,567".
std::string WithThousands(uint64_t number);
// "1 record", "2 records".
std::string Count(uint64_t number, absl::string_view noun);

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_TEXT_H_
