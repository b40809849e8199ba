// The frame of `./dev bench`: rows, each measured beside its floor in the same run, and the table
// that they make. A row registers itself from its own source file, member_*.cc or hub_*.cc.
#ifndef VERVET_TESTS_BENCHMARKS_BENCH_H_
#define VERVET_TESTS_BENCHMARKS_BENCH_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace vervet::bench {

// One quantity, measured again and again.
class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  bool empty() const { return values_.empty(); }
  size_t size() const { return values_.size(); }
  double at(size_t i) const { return values_[i]; }
  // Of at least one value. Quantile(0.99) is the smallest value that 99% do not exceed.
  double Median() const { return Quantile(0.5); }
  double Quantile(double q) const;
  double Min() const { return Quantile(0); }
  double Max() const { return Quantile(1); }

 private:
  std::vector<double> values_;
};

// What a line of the table promises, of its median: of what was measured, or of its ratio to the
// floor.
struct Target {
  enum class Kind { kNone, kAtLeast, kAtMost, kRatioAtLeast, kRatioAtMost };
  Kind kind = Kind::kNone;
  double bound = 0;

  static Target None() { return {}; }
  static Target AtLeast(double bound) { return {Kind::kAtLeast, bound}; }
  static Target AtMost(double bound) { return {Kind::kAtMost, bound}; }
  static Target RatioAtLeast(double bound) { return {Kind::kRatioAtLeast, bound}; }
  static Target RatioAtMost(double bound) { return {Kind::kRatioAtMost, bound}; }
};

// One line: what | measured | floor | ratio | at least | holds. Measured and floor are in the same
// unit, and sample i of the one was taken next to sample i of the other: the ratio is the median of
// their quotients. A line may be without a floor.
struct Line {
  std::string what;
  std::string unit;  // "/s", "ms", "us", "B"; printed behind the numbers
  Samples measured = {};
  Samples floor = {};
  std::string floor_is = {};  // what the floor does, for the legend under the table
  Target target = {};
  std::string note = {};  // sizes and other findings, for the legend
};

struct Options {
  int rounds = 5;
  bool quick = false;  // a tenth of the size or less: shows that the row works, proves nothing
  std::string dir;     // a scratch directory of this row's own, removed afterwards
};

class Report {
 public:
  void Add(Line line);
  const std::vector<Line>& lines() const { return lines_; }
  // A line of progress on stderr.
  void Progress(const std::string& text) const;

 private:
  std::vector<Line> lines_;
};

// Measures one row, which may add several lines. An error: it could not be measured at all.
using RowFunction = absl::Status (*)(const Options& options, Report* report);

struct Row {
  std::string name;  // on the command line: "hub-publish", "member-check-tokens"
  std::string help;  // one line
  RowFunction run;
};

// To be called before main: `const bool registered = RegisterRow({"name", "help", Run});` in the
// row's source file, in an unnamed namespace. Rows run in the order of their names.
bool RegisterRow(Row row);
const std::vector<Row>& Rows();

// Calls each side once a round, beginning with another one each time, so that a change of the
// machine's speed meets all of them alike.
absl::Status Interleave(int rounds, const std::vector<std::function<absl::Status()>>& sides);

// The clocks of a measurement, in seconds.
double WallSeconds();               // monotonic
double ThreadCpuSeconds();          // user and system, of this thread
double ProcessCpuSeconds();         // of all threads of this process
double ChildCpuSeconds(int pid);    // of a running process, from /proc, in steps of 10 ms; -1: gone
double ResidentBytes(int pid = 0);  // anonymous memory; 0: of this process

// The table and, under it, what the floors are. Everything to stdout.
void Print(const std::vector<Line>& lines);
bool Holds(const Line& line);  // true where it promises nothing

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_BENCH_H_
