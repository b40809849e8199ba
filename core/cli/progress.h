// How far a long command has come, on stderr: one line redrawn on a terminal, a line every 10%
// elsewhere.
#ifndef VERVET_CORE_CLI_PROGRESS_H_
#define VERVET_CORE_CLI_PROGRESS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/cli/streams.h"

namespace vervet::cli {

// Not thread-safe. Borrows streams and environment.
class Progress {
 public:
  // `total` in any unit; 0 where it is not known: then only `detail` is shown, and in a pipe
  // nothing is.
  Progress(const Streams& streams, Environment& environment, std::string label, uint64_t total);
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `detail` counts in the reader's unit ("1,200 lines"). Redrawn at most ten times a second.
  void Update(uint64_t done, absl::string_view detail);
  // A line of its own, above the bar.
  void PrintLine(absl::string_view line);
  // Removes the bar; lines that were printed stay.
  void Clear();

 private:
  void Draw(uint64_t done, absl::string_view detail);

  const Streams& streams_;
  Environment& environment_;
  std::string label_;
  uint64_t total_;
  int tenths_shown_ = 0;
  absl::Duration last_drawn_ = -absl::InfiniteDuration();
  bool drawn_ = false;
};

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_PROGRESS_H_
