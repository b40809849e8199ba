// How CSV files, JSON and tables write what vervet/progress.h has.
#include <array>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "vervet/progress.h"

namespace vervet {
namespace {

constexpr std::array<const char*, 17> kSeriesKinds = {"prevalence",
                                                      "reduction",
                                                      "activity",
                                                      "proactive_rate",
                                                      "views_before_removal",
                                                      "precision",
                                                      "recall",
                                                      "appeals",
                                                      "restored",
                                                      "signatures_shared",
                                                      "sightings",
                                                      "cross_member_matches",
                                                      "false_match_rate",
                                                      "reappeared",
                                                      "reports_in_72h",
                                                      "referrals",
                                                      "taxa"};
static_assert(kSeriesKinds.size() == static_cast<size_t>(SeriesKind::kTaxa));

const absl::CivilDay kFirstDay(1970, 1, 1);

DayRange Between(absl::CivilDay begin, absl::CivilDay end) {
  return {static_cast<int32_t>(begin - kFirstDay), static_cast<int32_t>(end - kFirstDay)};
}

// `digits` decimal digits, and no more, at `at`.
std::optional<int> NumberAt(absl::string_view text, size_t at, size_t digits) {
  int number = 0;
  if (text.size() < at + digits) return std::nullopt;
  for (const char c : text.substr(at, digits)) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<absl::CivilDay> ParseDay(absl::string_view text) {
  const auto year = NumberAt(text, 0, 4), month = NumberAt(text, 5, 2), day = NumberAt(text, 8, 2);
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !year || !month || !day) {
    return std::nullopt;
  }
  const absl::CivilDay parsed(*year, *month, *day);
  // 2026-02-30 would become the second of March.
  if (parsed.month() != *month || parsed.day() != *day) return std::nullopt;
  return parsed;
}

std::optional<DayRange> ParseMonth(absl::string_view text) {
  const auto year = NumberAt(text, 0, 4), month = NumberAt(text, 5, 2);
  if (text.size() != 7 || text[4] != '-' || !year || !month || *month < 1 || *month > 12) {
    return std::nullopt;
  }
  const absl::CivilMonth begin(*year, *month);
  return Between(absl::CivilDay(begin), absl::CivilDay(begin + 1));
}

// "2026", "2026-03", "2026-Q1".
std::optional<DayRange> ParseCalendarPeriod(absl::string_view text) {
  const auto year = NumberAt(text, 0, 4);
  if (!year) return std::nullopt;
  if (text.size() == 4)
    return Between(absl::CivilDay(*year, 1, 1), absl::CivilDay(*year + 1, 1, 1));
  if (text.size() != 7 || text[4] != '-' || absl::ascii_toupper(text[5]) != 'Q') {
    return ParseMonth(text);
  }
  const auto quarter = NumberAt(text, 6, 1);
  if (!quarter || *quarter < 1 || *quarter > 4) return std::nullopt;
  const absl::CivilMonth begin(*year, 3 * *quarter - 2);
  return Between(absl::CivilDay(begin), absl::CivilDay(begin + 3));
}

}  // namespace

std::optional<DayRange> ParseDayRange(const std::string& text) {
  DayRange days;
  if (const size_t dots = text.find(".."); dots != std::string::npos) {
    // Two days, or two months: both included.
    const absl::string_view from = absl::string_view(text).substr(0, dots);
    const absl::string_view to = absl::string_view(text).substr(dots + 2);
    const auto first = ParseDay(from), last = ParseDay(to);
    const auto first_month = ParseMonth(from), last_month = ParseMonth(to);
    if (first && last) {
      days = Between(*first, *last + 1);
    } else if (first_month && last_month) {
      days = {first_month->begin, last_month->end};
    }
  } else if (const auto day = ParseDay(text)) {
    days = Between(*day, *day + 1);
  } else if (const auto period = ParseCalendarPeriod(text)) {
    days = *period;
  }
  if (days.empty()) return std::nullopt;
  return days;
}

std::string DayRangeText(const DayRange& days) {
  const absl::CivilDay begin = kFirstDay + days.begin, end = kFirstDay + days.end;
  const absl::CivilMonth month(begin);
  if (begin.day() == 1 && end.day() == 1 && !days.empty()) {
    const auto months = absl::CivilMonth(end) - month;
    if (months == 1) return absl::StrFormat("%04d-%02d", begin.year(), begin.month());
    if (months == 3 && begin.month() % 3 == 1) {
      return absl::StrFormat("%04d-Q%d", begin.year(), (begin.month() + 2) / 3);
    }
    if (months == 12 && begin.month() == 1) return absl::StrFormat("%04d", begin.year());
    const absl::CivilMonth last = absl::CivilMonth(end) - 1;
    return absl::StrFormat("%04d-%02d..%04d-%02d", begin.year(), begin.month(), last.year(),
                           last.month());
  }
  const auto text = [](absl::CivilDay day) {
    return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
  };
  if (days.end - days.begin == 1) return text(begin);
  return text(begin) + ".." + text(end - 1);
}

const char* VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNone:
      break;
    case Verdict::kCannotTell:
      return "cannot tell";
    case Verdict::kMet:
      return "met";
    case Verdict::kNotMet:
      return "not met";
  }
  return "none";
}

const char* SurveyorsName(Surveyors surveyors) {
  return surveyors == Surveyors::kIndependent ? "independent" : "members";
}

const char* SeriesKindName(SeriesKind kind) {
  const auto index = static_cast<size_t>(kind) - 1;
  return index < kSeriesKinds.size() ? kSeriesKinds[index] : "prevalence";
}

std::optional<SeriesKind> ParseSeriesKind(const std::string& name) {
  for (size_t i = 0; i < kSeriesKinds.size(); ++i) {
    if (name == kSeriesKinds[i]) return static_cast<SeriesKind>(i + 1);
  }
  return std::nullopt;
}

}  // namespace vervet
