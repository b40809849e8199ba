// How `vervet-hub serve` ends, for its supervisor. 0 to 2 are those of every command line
// (core/cli/exit_codes.h).
#ifndef VERVET_HUB_SERVER_EXIT_CODES_H_
#define VERVET_HUB_SERVER_EXIT_CODES_H_

namespace vervet::hub {

// The log could not be written: a full or failing disk. Needs a person; everything acknowledged is
// on the disk.
inline constexpr int kExitStoreFailed = 74;  // sysexits' EX_IOERR
// The listener no longer answers. Restart at once.
inline constexpr int kExitListenerDead = 75;  // sysexits' EX_TEMPFAIL

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_EXIT_CODES_H_
