// A child process whose output is kept line by line and that never outlives its parent.
#ifndef VERVET_EXAMPLES_COALITION_PROCESS_H_
#define VERVET_EXAMPLES_COALITION_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"

namespace vervet::coalition {

struct ProcessOptions {
  // argv[0] is a path, or a name that PATH has.
  std::vector<std::string> argv = {};
  // Added to this process's environment; an empty value removes the variable.
  std::vector<std::pair<std::string, std::string>> environment = {};
  // Given as standard input, which then ends.
  std::string input = {};
  std::optional<uint64_t> max_open_files = {};  // RLIMIT_NOFILE of the child, hard and soft
};

// Thread-safe, but for construction and destruction. The child is killed by the kernel when the
// *thread* that started it ends (PR_SET_PDEATHSIG): start long-lived processes from the main
// thread.
class Process {
 public:
  enum class Stream { kOutput, kError };

  struct Line {
    std::string text;        // without its newline
    absl::Duration arrived;  // Environment::Monotonic when it was read
  };

  // INTERNAL where the child could not be started, with the program's name and the reason.
  static absl::StatusOr<std::unique_ptr<Process>> Start(const ProcessOptions& options);

  // Kills the child where it still runs, and reaps it.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running() const;

  // Does nothing once the child has been reaped: its number may be another's by then.
  void Signal(int signal_number);

  // The exit status, or 128 + the signal that ended it. DEADLINE_EXCEEDED leaves the child running.
  absl::StatusOr<int> Wait(absl::Duration timeout);

  // The first line from number `first_line` on for which accept(line) holds. DEADLINE_EXCEEDED, or
  // FAILED_PRECONDITION where the child ended without such a line; both quote the end of its error
  // output.
  absl::StatusOr<Line> WaitForLine(Stream stream,
                                   const std::function<bool(absl::string_view)>& accept,
                                   absl::Duration timeout, size_t first_line = 0);

  // What has arrived so far. An unfinished last line shows once the stream has ended.
  std::vector<Line> Lines(Stream stream) const;
  size_t LineCount(Stream stream) const;
  std::string Text(Stream stream) const;

 private:
  struct Captured {
    int fd = -1;
    std::string partial;
    std::vector<Line> lines;
  };

  Process(pid_t pid, int pid_fd, std::string name, int output_fd, int error_fd);
  void ReadUntilExit() ABSL_NO_THREAD_SAFETY_ANALYSIS;
  bool ReadOnce(Captured& stream);
  void Keep(Captured& stream, absl::string_view bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Captured& Of(Stream stream) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stream == Stream::kOutput ? output_ : error_;
  }
  std::string LastError() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const pid_t pid_;
  const int pid_fd_;  // the reader's
  const std::string name_;
  mutable Mutex mutex_;
  CondVar changed_;
  Captured output_ ABSL_GUARDED_BY(mutex_);
  Captured error_ ABSL_GUARDED_BY(mutex_);
  std::optional<int> exit_code_ ABSL_GUARDED_BY(mutex_);
  std::thread reader_;
};

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_PROCESS_H_
