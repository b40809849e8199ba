// The table of `./dev bench`.
#include <algorithm>
#include <array>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/benchmarks/bench.h"

namespace vervet::bench {
namespace {

using Cells = std::array<std::string, 6>;

// Three significant digits and thousands apart: more than that, a shared machine does not give.
std::string Number(double value) {
  if (value < 0) return absl::StrCat("-", Number(-value));
  if (value < 1000) {
    const int decimals = value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0;
    return absl::StrFormat("%.*f", decimals, value);
  }
  double unit = 1;
  while (value / unit >= 1000) unit *= 10;
  const auto whole = static_cast<uint64_t>(value / unit + 0.5) * static_cast<uint64_t>(unit);
  std::string digits = absl::StrCat(whole);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string WithRange(const Samples& samples, const std::string& unit) {
  if (samples.empty()) return "-";
  std::string text = absl::StrCat(Number(samples.Median()), unit.empty() ? "" : " ", unit);
  if (samples.size() > 1) {
    absl::StrAppend(&text, " (", Number(samples.Min()), "..", Number(samples.Max()), ")");
  }
  return text;
}

Samples Ratios(const Line& line) {
  Samples ratios;
  for (size_t i = 0; i < std::min(line.measured.size(), line.floor.size()); ++i) {
    if (line.floor.at(i) != 0) ratios.Add(line.measured.at(i) / line.floor.at(i));
  }
  return ratios;
}

std::string Promise(const Line& line) {
  const std::string unit = line.unit.empty() ? "" : absl::StrCat(" ", line.unit);
  switch (line.target.kind) {
    case Target::Kind::kNone:
      return "-";
    case Target::Kind::kAtLeast:
      return absl::StrCat(">= ", Number(line.target.bound), unit);
    case Target::Kind::kAtMost:
      return absl::StrCat("<= ", Number(line.target.bound), unit);
    case Target::Kind::kRatioAtLeast:
      return absl::StrCat(">= ", Number(line.target.bound), " x floor");
    case Target::Kind::kRatioAtMost:
      return absl::StrCat("<= ", Number(line.target.bound), " x floor");
  }
  return "-";
}

}  // namespace

bool Holds(const Line& line) {
  if (line.target.kind == Target::Kind::kNone) return true;
  const bool of_ratio = line.target.kind == Target::Kind::kRatioAtLeast ||
                        line.target.kind == Target::Kind::kRatioAtMost;
  const Samples values = of_ratio ? Ratios(line) : line.measured;
  if (values.empty()) return false;
  const bool at_least =
      line.target.kind == Target::Kind::kAtLeast || line.target.kind == Target::Kind::kRatioAtLeast;
  return at_least ? values.Median() >= line.target.bound : values.Median() <= line.target.bound;
}

void Print(const std::vector<Line>& lines) {
  std::vector<Cells> table = {{"what", "measured", "floor", "ratio", "at least", "holds"}};
  for (const Line& line : lines) {
    table.push_back({line.what, WithRange(line.measured, line.unit),
                     WithRange(line.floor, line.unit), WithRange(Ratios(line), ""), Promise(line),
                     line.target.kind == Target::Kind::kNone ? "-"
                     : Holds(line)                           ? "yes"
                                                             : "NO"});
  }
  std::array<size_t, 6> widths{};
  for (const Cells& row : table) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (size_t r = 0; r < table.size(); ++r) {
    std::string text = "|";
    for (size_t i = 0; i < widths.size(); ++i) {
      absl::StrAppendFormat(&text, " %-*s |", static_cast<int>(widths[i]), table[r][i]);
    }
    printf("%s\n", text.c_str());
    if (r != 0) continue;
    std::string rule = "|";
    for (const size_t width : widths) absl::StrAppend(&rule, std::string(width + 2, '-'), "|");
    printf("%s\n", rule.c_str());
  }
  printf(
      "\nMedians (lowest..highest). A ratio is the median of quotients of neighbours in time.\n");
  for (const Line& line : lines) {
    if (!line.floor_is.empty())
      printf("- %s: the floor is %s\n", line.what.c_str(), line.floor_is.c_str());
    if (!line.note.empty()) printf("- %s: %s\n", line.what.c_str(), line.note.c_str());
  }
}

}  // namespace vervet::bench
