// Tables that people read: columns aligned by what a terminal shows, a header, no lines drawn.
#ifndef VERVET_CORE_CLI_TABLE_H_
#define VERVET_CORE_CLI_TABLE_H_

#include <string>
#include <utility>
#include <vector>

#include "core/cli/streams.h"

namespace vervet::cli {

struct Cell {
  Cell(std::string text, Paint paint = Paint::kPlain)
      : text(std::move(text)), paint(paint) {}  // NOLINT: a row is a list of texts
  Cell(const char* text) : text(text) {}        // NOLINT
  std::string text;                             // any text: it is made printable
  Paint paint = Paint::kPlain;
};

// Not thread-safe.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column.
  void AddRow(std::vector<Cell> cells);
  bool empty() const { return rows_.empty(); }

  // On a terminal too narrow for the table, the widest left-aligned columns lose text at their end
  // ("…") instead of wrapping the row; in a pipe nothing is ever cut.
  std::string Render(const Streams& streams) const;

 private:
  std::vector<int> Widths(int available) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// "name   value" lines, values below one another: for one thing with several properties.
class FactSheet {
 public:
  explicit FactSheet(int indent = 0) : indent_(indent) {}
  // Facts without a value are left out.
  void Add(std::string name, std::string value, Paint paint = Paint::kPlain);
  std::string Render(const Streams& streams) const;

 private:
  int indent_;
  std::vector<std::pair<std::string, Cell>> facts_;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_TABLE_H_
