// What every command shares: the common flags, the open client, and waiting for the hub with a
// limit.
#ifndef VERVET_MEMBER_SDK_CLI_SESSION_H_
#define VERVET_MEMBER_SDK_CLI_SESSION_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "core/cli/flags.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/config.h"
#include "member-sdk/cli/member_cli.h"
#include "vervet/client.h"

namespace vervet::member_cli {

// The flags of every command, and the seams. One an invocation; commands borrow it.
struct Invocation {
  const Seams* seams = nullptr;
  std::string config_path;  // as given; may be empty
  bool json = false;
  bool verbose = false;

  void DeclareFlags(cli::FlagSet& flags);
  Environment& environment() const { return *seams->environment; }
};

// An open client. Matches and notices that arrive while a command other than `watch` runs are kept
// and shown on stderr at its end, so that no match is lost because another command happened to
// receive it.
class Session {
 public:
  struct Callbacks {
    std::function<void(const MatchEvent&)> on_match;
    std::function<void(const MatchEndedEvent&)> on_match_ended;
    std::function<void(const std::string&)> on_notice;
    std::function<void(const OpinionEvent&)> on_opinion;
    std::function<void(const Objection&)> on_objection_outcome;
    std::function<void(const ImageQuarantine&)> on_quarantine;
  };

  // Null after a failure: it is on stderr then, and `*exit_code` is set. `background` as in
  // ClientOptions. Where `callbacks` are not given, they are kept as said above.
  static std::unique_ptr<Session> Open(const Invocation& invocation, const cli::Streams& streams,
                                       bool background, int* exit_code, Callbacks callbacks = {});
  // Closes the client and shows what was kept.
  ~Session();

  Client& client() { return *client_; }
  const Config& config() const { return config_; }

  // Waits until everything that the hub had is applied. Ends early with UNAVAILABLE where the hub
  // has been out of reach for `patience`, with CANCELLED where the command was asked to stop, and
  // with the hub's own status where it refuses this member.
  absl::Status CatchUp(absl::Duration timeout, absl::Duration patience);

 private:
  Session(const Invocation& invocation, const cli::Streams& streams, Config config)
      : invocation_(invocation), streams_(streams), config_(std::move(config)) {}

  void Keep(std::string line);

  const Invocation& invocation_;
  const cli::Streams& streams_;
  Config config_;
  Mutex mutex_;
  std::vector<std::string> kept_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Client> client_;
};

// Loads the configuration; on failure prints it and returns kExitUsage.
int LoadConfigOrExplain(const Invocation& invocation, const cli::Streams& streams, Config* config);

// A wait in slices, so that a command can look at progress and at the stop signal. Each slice asks
// the hub anew, and an answer that takes longer than its slice counts for nothing: so they grow, up
// to more than any round trip on earth takes.
inline constexpr absl::Duration kWaitSlice = absl::Milliseconds(250);
inline constexpr absl::Duration kLongestWaitSlice = absl::Seconds(2);

class WaitSlices {
 public:
  absl::Duration Next() { return std::exchange(next_, std::min(next_ * 2, kLongestWaitSlice)); }

 private:
  absl::Duration next_ = kWaitSlice;
};

// The hub refused this member, not something that it asked for: waiting is of no use.
bool IsRefusal(const absl::Status& status);

std::chrono::milliseconds ToMilliseconds(absl::Duration duration);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_SESSION_H_
