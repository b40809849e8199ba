#include "core/cli/table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

constexpr int kGap = 2;
// A column is not cut below this: a table that is still too wide is better wrapped than unreadable.
constexpr int kNarrowestCut = 8;

}  // namespace

void Table::AddRow(std::vector<Cell> cells) {
  cells.resize(columns_.size(), Cell(""));
  for (Cell& cell : cells) cell.text = Printable(cell.text);
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::Widths(int available) const {
  std::vector<int> widths;
  for (size_t column = 0; column < columns_.size(); ++column) {
    int width = DisplayWidth(columns_[column].header);
    for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[column].text));
    widths.push_back(width);
  }
  if (available <= 0) return widths;
  const int gaps = kGap * static_cast<int>(columns_.size() - 1);
  int excess = std::accumulate(widths.begin(), widths.end(), gaps) - available;
  while (excess > 0) {
    int widest = -1;
    for (size_t column = 0; column < widths.size(); ++column) {
      if (columns_[column].align == Align::kRight || widths[column] <= kNarrowestCut) continue;
      if (widest < 0 || widths[column] > widths[widest]) widest = static_cast<int>(column);
    }
    if (widest < 0) break;
    --widths[widest];
    --excess;
  }
  return widths;
}

std::string Table::Render(const Streams& streams) const {
  const std::vector<int> widths = Widths(streams.out_is_terminal ? streams.columns : 0);
  std::string rendered;
  auto render_row = [&](const std::vector<Cell>& cells) {
    std::string line;
    for (size_t column = 0; column < columns_.size(); ++column) {
      const std::string text = TruncateToWidth(cells[column].text, widths[column]);
      const std::string padding(widths[column] - DisplayWidth(text), ' ');
      const std::string painted = streams.OutPaint(cells[column].paint, text);
      const bool last = column + 1 == columns_.size();
      if (columns_[column].align == Align::kRight) {
        absl::StrAppend(&line, padding, painted);
      } else {
        absl::StrAppend(&line, painted, last ? "" : padding);
      }
      if (!last) line.append(kGap, ' ');
    }
    absl::StrAppend(&rendered, absl::StripTrailingAsciiWhitespace(line), "\n");
  };
  std::vector<Cell> header;
  for (const Column& column : columns_) header.emplace_back(column.header, Paint::kBold);
  render_row(header);
  for (const auto& row : rows_) render_row(row);
  return rendered;
}

void FactSheet::Add(std::string name, std::string value, Paint paint) {
  if (value.empty()) return;
  facts_.emplace_back(std::move(name), Cell(Printable(value), paint));
}

std::string FactSheet::Render(const Streams& streams) const {
  int widest = 0;
  for (const auto& [name, value] : facts_) widest = std::max(widest, DisplayWidth(name));
  std::string rendered;
  for (const auto& [name, value] : facts_) {
    absl::StrAppend(&rendered, std::string(indent_, ' '),
                    streams.OutPaint(Paint::kDim, PadRight(name, widest)), std::string(kGap, ' '),
                    streams.OutPaint(value.paint, value.text), "\n");
  }
  return rendered;
}

}  // namespace vervet::cli
