// What a script may rely on: the exit codes of every Vervet command line, in one place. docs and
// --help quote them.
#ifndef VERVET_CORE_CLI_EXIT_CODES_H_
#define VERVET_CORE_CLI_EXIT_CODES_H_

#include "absl/status/status.h"

namespace vervet::cli {

inline constexpr int kExitOk = 0;
// The operation was tried and failed, or was refused; trying again unchanged will not help.
inline constexpr int kExitFailed = 1;
// The command line or the configuration is wrong. Nothing was tried.
inline constexpr int kExitUsage = 2;
// The hub could not be reached, or not in time. What had to be durable is durable; retry.
inline constexpr int kExitUnavailable = 3;
// Some of several lines or steps were refused, the others went through.
inline constexpr int kExitPartial = 4;
// What was read is not what it must be (DATA_LOSS): a hub's log that was rolled back, forked or
// forged, or a damaged store. Nothing mends this by itself: people have to look.
inline constexpr int kExitDataLoss = 5;
// `check` alone: at least one identifier matches a record. Away from the others, so that a script
// cannot take a failure for a match, and not 0, so that "no match" is the case in which `check &&
// proceed` proceeds.
inline constexpr int kExitMatch = 10;

// UNAVAILABLE, DEADLINE_EXCEEDED and RESOURCE_EXHAUSTED are kExitUnavailable, DATA_LOSS is
// kExitDataLoss; every other failure is kExitFailed.
int ExitCodeFor(const absl::Status& status);

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_EXIT_CODES_H_
