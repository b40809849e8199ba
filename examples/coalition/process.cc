#include "examples/coalition/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/environment.h"

extern char** environ;

namespace vervet::coalition {
namespace {

constexpr int kExecFailed = 127;  // as a shell says it

std::chrono::steady_clock::time_point DeadlineIn(absl::Duration timeout) {
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(timeout);
}

std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      variables.erase(name);
    } else {
      variables[name] = value;
    }
  }
  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(absl::StrCat(name, "=", value));
  return result;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// An anonymous file that holds `input`: no pipe that could fill up while nobody reads.
absl::StatusOr<int> InputFile(absl::string_view input) {
  const int fd = input.empty() ? open("/dev/null", O_RDONLY | O_CLOEXEC)
                               : memfd_create("standard-input", MFD_CLOEXEC);
  if (fd < 0) return absl::InternalError(absl::StrCat("standard input: ", strerror(errno)));
  while (!input.empty()) {
    const ssize_t written = write(fd, input.data(), input.size());
    if (written <= 0) {
      close(fd);
      return absl::InternalError(absl::StrCat("standard input: ", strerror(errno)));
    }
    input.remove_prefix(static_cast<size_t>(written));
  }
  lseek(fd, 0, SEEK_SET);
  return fd;
}

struct ChildPlan {
  char* const* argv;
  char* const* envp;
  int input_fd, output_fd, error_fd;
  pid_t parent;
  std::optional<uint64_t> max_open_files;
};

// Between fork and exec: only what POSIX calls async-signal-safe, since other threads may hold any
// lock.
[[noreturn]] void BecomeProgram(const ChildPlan& plan) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(kExecFailed);  // it died before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  dup2(plan.input_fd, STDIN_FILENO);
  dup2(plan.output_fd, STDOUT_FILENO);
  dup2(plan.error_fd, STDERR_FILENO);
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (plan.max_open_files.has_value()) {
    const rlimit limit = {*plan.max_open_files, *plan.max_open_files};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  execvpe(plan.argv[0], plan.argv, plan.envp);
  static constexpr char kMessage[] = "the program could not be executed\n";
  (void)!write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
  _exit(kExecFailed);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  if (options.argv.empty()) return absl::InvalidArgumentError("argv: empty");
  absl::StatusOr<int> input = InputFile(options.input);
  if (!input.ok()) return input.status();
  int output[2], error[2];
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(error, O_CLOEXEC) != 0) {
    return absl::InternalError(absl::StrCat("a pipe: ", strerror(errno)));
  }
  const std::vector<std::string> environment = EnvironmentWith(options.environment);
  const std::vector<char*> argv = Pointers(options.argv), envp = Pointers(environment);
  const ChildPlan plan = {argv.data(), envp.data(),           *input, output[1], error[1],
                          getpid(),    options.max_open_files};
  const pid_t pid = fork();
  const int fork_error = errno;
  if (pid == 0) BecomeProgram(plan);
  close(*input);
  close(output[1]);
  close(error[1]);
  if (pid < 0) {
    close(output[0]);
    close(error[0]);
    return absl::InternalError(absl::StrCat(options.argv[0], ": ", strerror(fork_error)));
  }
  // A descriptor that becomes readable when the child ends.
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (pid_fd < 0) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    close(output[0]);
    close(error[0]);
    return absl::InternalError("pidfd_open failed: this needs Linux 5.3 or later");
  }
  const std::string name = options.argv[0].substr(options.argv[0].rfind('/') + 1);
  return std::unique_ptr<Process>(new Process(pid, pid_fd, name, output[0], error[0]));
}

Process::Process(pid_t pid, int pid_fd, std::string name, int output_fd, int error_fd)
    : pid_(pid), pid_fd_(pid_fd), name_(std::move(name)) {
  output_.fd = output_fd;
  error_.fd = error_fd;
  reader_ = std::thread([this] { ReadUntilExit(); });
}

Process::~Process() {
  Signal(SIGKILL);
  reader_.join();
}

bool Process::running() const {
  MutexLock lock(mutex_);
  return !exit_code_.has_value();
}

void Process::Signal(int signal_number) {
  MutexLock lock(mutex_);
  if (!exit_code_.has_value()) kill(pid_, signal_number);
}

absl::StatusOr<int> Process::Wait(absl::Duration timeout) {
  const auto deadline = DeadlineIn(timeout);
  MutexLock lock(mutex_);
  while (!exit_code_.has_value()) {
    if (!changed_.WaitUntil(mutex_, deadline) && !exit_code_.has_value()) {
      return absl::DeadlineExceededError(
          absl::StrCat(name_, " still runs after ", absl::FormatDuration(timeout), LastError()));
    }
  }
  return *exit_code_;
}

absl::StatusOr<Process::Line> Process::WaitForLine(
    Stream stream, const std::function<bool(absl::string_view)>& accept, absl::Duration timeout,
    size_t first_line) {
  const auto deadline = DeadlineIn(timeout);
  MutexLock lock(mutex_);
  size_t next = first_line;
  bool in_time = true;
  while (true) {
    const std::vector<Line>& lines = Of(stream).lines;
    for (; next < lines.size(); ++next) {
      if (accept(lines[next].text)) return lines[next];
    }
    if (exit_code_.has_value()) {
      return absl::FailedPreconditionError(absl::StrCat(
          name_, " ended with ", *exit_code_, " before it printed the expected line", LastError()));
    }
    if (!in_time) {
      return absl::DeadlineExceededError(absl::StrCat(name_, " did not print the expected line in ",
                                                      absl::FormatDuration(timeout), LastError()));
    }
    in_time = changed_.WaitUntil(mutex_, deadline);
  }
}

std::vector<Process::Line> Process::Lines(Stream stream) const {
  MutexLock lock(mutex_);
  return Of(stream).lines;
}

size_t Process::LineCount(Stream stream) const {
  MutexLock lock(mutex_);
  return Of(stream).lines.size();
}

std::string Process::Text(Stream stream) const {
  MutexLock lock(mutex_);
  return absl::StrJoin(Of(stream).lines, "\n",
                       [](std::string* out, const Line& line) { out->append(line.text); });
}

std::string Process::LastError() const {
  if (error_.lines.empty()) return "";
  constexpr size_t kQuotedLines = 5;
  const size_t first = error_.lines.size() - std::min(error_.lines.size(), kQuotedLines);
  std::string quoted = "; the end of its error output:";
  for (size_t i = first; i < error_.lines.size(); ++i) {
    absl::StrAppend(&quoted, "\n    ", error_.lines[i].text);
  }
  return quoted;
}

void Process::Keep(Captured& stream, absl::string_view bytes) {
  const absl::Duration now = Environment::System()->Monotonic();
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    absl::StrAppend(&stream.partial, bytes.substr(0, newline));
    if (newline == absl::string_view::npos) return;
    stream.lines.push_back({std::move(stream.partial), now});
    stream.partial.clear();
    bytes.remove_prefix(newline + 1);
  }
}

// False at the end of the stream.
bool Process::ReadOnce(Captured& stream) {
  char buffer[64 * 1024];
  const ssize_t size = read(stream.fd, buffer, sizeof(buffer));
  if (size < 0) return errno == EINTR;
  MutexLock lock(mutex_);
  if (size > 0) Keep(stream, absl::string_view(buffer, static_cast<size_t>(size)));
  changed_.NotifyAll();
  return size > 0;
}

void Process::ReadUntilExit() {
  // The descriptors belong to this thread alone; the lines are guarded.
  Captured* const streams[2] = {&output_, &error_};
  pollfd polled[3] = {{output_.fd, POLLIN, 0}, {error_.fd, POLLIN, 0}, {pid_fd_, POLLIN, 0}};
  // Until the child itself is gone: a grandchild may hold its pipes open for ever.
  while (polled[2].revents == 0) {
    if (poll(polled, 3, -1) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (polled[i].revents != 0 && !ReadOnce(*streams[i])) polled[i].fd = -1;  // poll skips it
    }
  }
  for (Captured* stream : streams) {
    fcntl(stream->fd, F_SETFL, O_NONBLOCK);
    while (ReadOnce(*stream)) {
    }
    close(stream->fd);
  }
  close(pid_fd_);
  MutexLock lock(mutex_);
  for (Captured* stream : streams) {
    if (!stream->partial.empty()) Keep(*stream, "\n");
  }
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  changed_.NotifyAll();
}

}  // namespace vervet::coalition
