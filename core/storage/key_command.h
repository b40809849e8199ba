// A program that writes a store's key to its standard output, where no file may hold the key: the
// door to a key service, a hardware token or a secret store.
#ifndef VERVET_CORE_STORAGE_KEY_COMMAND_H_
#define VERVET_CORE_STORAGE_KEY_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/secret.h"

namespace vervet::storage {

inline constexpr absl::Duration kKeyCommandDeadline = absl::Seconds(30);
inline constexpr size_t kMaxKeyCommandWords = 64;
inline constexpr size_t kMaxKeyCommandWordBytes = 4096;

// Whether `argv` has the form of a command: an absolute path (nothing is searched for, and no shell
// reads it), then its arguments. INVALID_ARGUMENT with what would be right.
absl::Status CheckKeyCommand(absl::Span<const std::string> argv);

// Runs `argv` and reads the key: 64 hexadecimal digits and at most one newline. The child gets
// /dev/null as standard input, this process's standard error, no other descriptor, a process group
// of its own, and an environment of PATH (the system's folders) and LC_ALL=C, with HOME, USER and
// CREDENTIALS_DIRECTORY as this process has them. It is killed, with its group, at the deadline.
//
// Everything wrong is FAILED_PRECONDITION in one line with the remedy: it cannot be started, takes
// too long, ends with another status than 0, writes something else. The output is wiped and reaches
// no message. Blocks; thread-safe. A process that ignores SIGCHLD cannot learn how the command
// ended, and is refused.
absl::StatusOr<Secret<32>> RunKeyCommand(absl::Span<const std::string> argv,
                                         absl::Duration deadline = kKeyCommandDeadline);

}  // namespace vervet::storage

#endif  // VERVET_CORE_STORAGE_KEY_COMMAND_H_
