// The story on the terminal: acts, steps with their time, a progress bar, and a verdict at the end.
#ifndef VERVET_EXAMPLES_DEMO_TIMELINE_H_
#define VERVET_EXAMPLES_DEMO_TIMELINE_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vervet::demo {

// Not thread-safe. Colours and the moving progress bar only where `out` is a terminal.
class Timeline {
 public:
  Timeline(std::ostream& out, bool is_terminal);

  // "2  One warns, the others recognise"
  void Act(int number, absl::string_view title);
  // What happened, with a tick and the time since the last step began.
  void Done(absl::string_view what);
  // More about the step above, indented.
  void Detail(absl::string_view what);
  // Something that a person should notice: a match that arrives unasked.
  void Alarm(absl::string_view what);
  // A check that failed, in red.
  void Failed(absl::string_view what);
  // A line of the closing summary.
  void Fact(absl::string_view name, absl::string_view value);
  void Blank();

  // Redraws one line; on anything but a terminal, prints nothing. Done() clears it.
  void Progress(absl::string_view what, uint64_t done, uint64_t total);

  absl::Duration elapsed() const;
  // Starts the clock of the next step here.
  void StartStep();

 private:
  std::string Stamp() const;
  std::string Colour(const char* code, absl::string_view text) const;
  void ClearProgress();

  std::ostream& out_;
  const bool is_terminal_;
  const absl::Duration began_;
  absl::Duration step_began_;
  absl::Duration progress_drawn_;
  bool progress_shown_ = false;
};

// "1.2 s", "340 ms", "1 min 12 s".
std::string ForPeople(absl::Duration duration);
// "20,000".
std::string WithCommas(uint64_t number);
// "12.3 MB", "4.5 kB".
std::string BytesForPeople(uint64_t bytes);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_TIMELINE_H_
