// Runs a program to its end.
#ifndef VERVET_EXAMPLES_COALITION_COMMAND_H_
#define VERVET_EXAMPLES_COALITION_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/coalition/json.h"
#include "examples/coalition/process.h"

namespace vervet::coalition {

struct CommandResult {
  std::string name;   // of the program and its command, for messages
  int exit_code = 0;  // 128 + the signal that ended it
  std::string output;
  std::string error;
  absl::Duration took;

  // OK for exit code 0; otherwise INTERNAL with the end of what it said.
  absl::Status Require() const;
  // The whole output as one JSON value.
  absl::StatusOr<Json> ReadJson() const;
  // One value a line; INVALID_ARGUMENT names the first line that is none.
  absl::StatusOr<std::vector<Json>> ReadJsonLines() const;
};

// DEADLINE_EXCEEDED where it still ran after `timeout` (it is killed).
absl::StatusOr<CommandResult> RunCommand(const ProcessOptions& options, absl::Duration timeout);

// Of a process that has ended.
CommandResult ResultOf(const Process& process, std::string name, int exit_code,
                       absl::Duration took);

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_COMMAND_H_
