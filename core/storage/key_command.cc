#include "core/storage/key_command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/storage/file_handle.h"
#include "core/storage/key_text.h"

namespace vervet::storage {
namespace {

constexpr char kPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr char kByHand[] =
    "; run it by hand as this user: it must write 64 hexadecimal digits to standard output";
// How often to look whether the child has ended where its output stays open (another process
// inherited it).
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);

// The program alone: an argument may be a secret.
absl::Status Refuse(absl::Span<const std::string> argv, absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat("key command ", argv[0], ": ", why));
}

std::vector<std::string> ChildEnvironment() {
  std::vector<std::string> variables = {kPath, "LC_ALL=C"};
  for (const char* name : {"HOME", "USER", "CREDENTIALS_DIRECTORY"}) {
    if (const char* value = std::getenv(name); value != nullptr) {
      variables.push_back(absl::StrCat(name, "=", value));
    }
  }
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// A child that is killed, with its group, and reaped wherever this goes out of scope.
class Child {
 public:
  Child() = default;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // 0 or errno. Its standard output goes to `output_fd`.
  int Spawn(std::vector<std::string> argv, int output_fd) {
    std::vector<std::string> environment = ChildEnvironment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (const int error = posix_spawn_file_actions_init(&actions); error != 0) return error;
    if (const int error = posix_spawnattr_init(&attributes); error != 0) {
      posix_spawn_file_actions_destroy(&actions);
      return error;
    }
    int error = Describe(actions, attributes, output_fd);
    if (error == 0) {
      error = posix_spawn(&pid_, argv[0].c_str(), &actions, &attributes, Pointers(argv).data(),
                          Pointers(environment).data());
    }
    if (error != 0) pid_ = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }

  // True where it has ended and was reaped: `*status` as waitpid(2) gives it, or -1 where it is not
  // known.
  bool HasEnded(int* status) {
    const pid_t reaped = ::waitpid(pid_, status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
    if (reaped < 0) *status = -1;
    pid_ = 0;
    return true;
  }

 private:
  // The hub blocks signals and ignores SIGPIPE; its child starts as from a shell.
  static int Describe(posix_spawn_file_actions_t& actions, posix_spawnattr_t& attributes,
                      int output_fd) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    // The output first: where this process has closed its own 0, the pipe may be that.
    int error = posix_spawn_file_actions_adddup2(&actions, output_fd, 1);
    if (error == 0) {
      error = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    }
    if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (error == 0) error = posix_spawnattr_setpgroup(&attributes, 0);
    if (error != 0) return error;
    return posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }

  pid_t pid_ = 0;
};

// What was read; overwritten at its end. One byte more than allowed, to see that there is more.
struct Output {
  ~Output() { sodium_memzero(bytes.data(), bytes.size()); }
  bool full() const { return size_bytes == bytes.size(); }
  absl::string_view text() const { return {bytes.data(), size_bytes}; }

  std::array<char, kMaxKeyTextBytes + 1> bytes;
  size_t size_bytes = 0;
};

// Takes what is there. False at its end, or on an error.
bool ReadSome(int fd, Output& output) {
  const ssize_t got =
      ::read(fd, output.bytes.data() + output.size_bytes, output.bytes.size() - output.size_bytes);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  output.size_bytes += static_cast<size_t>(got);
  return got > 0;
}

// Until the child has ended or has written too much. False at the deadline.
bool ReadUntilEnd(int fd, absl::Duration deadline, Child& child, Output& output, int* status) {
  Environment& clock = *Environment::System();
  const absl::Duration end = clock.Monotonic() + deadline;
  bool open = true;
  while (!output.full()) {
    // Before the last read: what it wrote before it ended is in the pipe by then.
    const bool ended = child.HasEnded(status);
    while (open && !output.full()) {
      pollfd readable = {fd, POLLIN, 0};
      if (::poll(&readable, 1, 0) <= 0) break;
      open = ReadSome(fd, output);
    }
    if (ended) return true;
    const absl::Duration left = end - clock.Monotonic();
    if (left <= absl::ZeroDuration()) return false;
    pollfd readable = {open ? fd : -1, POLLIN, 0};
    ::poll(&readable, 1,
           static_cast<int>(absl::ToInt64Milliseconds(
               std::max(absl::Milliseconds(1), std::min(left, kLookAgain)))));
  }
  return true;
}

absl::Status CheckEnding(absl::Span<const std::string> argv, int status) {
  if (status == -1) {
    return Refuse(argv,
                  "how it ended is not known, because this process ignores SIGCHLD or reaps other "
                  "code's children; use a key file, or leave SIGCHLD at its default");
  }
  if (WIFSIGNALED(status)) {
    return Refuse(argv, absl::StrCat("was ended by signal ", WTERMSIG(status), kByHand));
  }
  if (WEXITSTATUS(status) != 0) {
    return Refuse(argv, absl::StrCat("ended with status ", WEXITSTATUS(status), kByHand));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckKeyCommand(absl::Span<const std::string> argv) {
  if (argv.empty() || argv[0].empty() || argv[0][0] != '/') {
    return absl::InvalidArgumentError(
        "must begin with the program's absolute path, such as \"/usr/bin/systemd-creds\"; no shell "
        "reads it, and PATH is not searched");
  }
  if (argv.size() > kMaxKeyCommandWords) {
    return absl::InvalidArgumentError(absl::StrCat("must have at most ", kMaxKeyCommandWords,
                                                   " words; put a longer command into a script"));
  }
  for (const std::string& word : argv) {
    if (word.size() > kMaxKeyCommandWordBytes || word.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("each word has at most ", kMaxKeyCommandWordBytes,
                       " bytes, none of them NUL; put a longer command into a script"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Secret<32>> RunKeyCommand(absl::Span<const std::string> argv,
                                         absl::Duration deadline) {
  VERVET_RETURN_IF_ERROR(CheckKeyCommand(argv));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return FileError(errno, "starting", argv[0]);
  FileHandle reading(ends[0]), writing(ends[1]);
  // The child's end blocks as programs expect.
  ::fcntl(writing.fd(), F_SETFL, 0);
  Child child;
  if (const int error = child.Spawn({argv.begin(), argv.end()}, writing.fd()); error != 0) {
    return Refuse(argv, absl::StrCat("cannot be started: ", std::system_category().message(error),
                                     "; correct the path, or make it executable for this user"));
  }
  writing.Close();
  Output output;
  int status = 0;
  if (!ReadUntilEnd(reading.fd(), deadline, child, output, &status)) {
    return Refuse(argv, absl::StrCat("did not end within ", absl::FormatDuration(deadline),
                                     " and was killed", kByHand, ", and wait for nobody"));
  }
  if (!output.full()) VERVET_RETURN_IF_ERROR(CheckEnding(argv, status));
  auto key = ParseKeyText(output.text());
  if (!key.ok()) return Refuse(argv, absl::StrCat("its output ", key.status().message(), kByHand));
  return key;
}

}  // namespace vervet::storage
