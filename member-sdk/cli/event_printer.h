// Matches as they arrive, for `watch` and `sync`: blocks for people or JSON lines for programs.
#ifndef VERVET_MEMBER_SDK_CLI_EVENT_PRINTER_H_
#define VERVET_MEMBER_SDK_CLI_EVENT_PRINTER_H_

#include <cstdint>
#include <string>

#include "core/base/mutex.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/session.h"
#include "vervet/match.h"

namespace vervet::member_cli {

// Thread-safe: the SDK calls from its own thread. Each event is written out before the call
// returns, so that a match that the SDK holds for delivered is one that somebody could read.
// Borrows everything; outlives the session.
class EventPrinter {
 public:
  // After `stop_after_matches` matches (0: never), and when nobody reads any more, asks the command
  // to stop.
  EventPrinter(const Invocation& invocation, const cli::Streams& streams,
               uint64_t stop_after_matches)
      : invocation_(invocation), streams_(streams), stop_after_matches_(stop_after_matches) {}

  Session::Callbacks Callbacks();

  void Ready(const SyncState& state);
  uint64_t matches() const;

 private:
  void OnMatch(const MatchEvent& event);
  void OnMatchEnded(const MatchEndedEvent& event);
  void OnNotice(const std::string& line);
  void OnOpinion(const OpinionEvent& event);
  void OnQuarantine(const ImageQuarantine& quarantine);
  void OnObjection(const Objection& objection);
  void Write(const std::string& text) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Heading(const std::string& word, cli::Paint paint) const;

  const Invocation& invocation_;
  const cli::Streams& streams_;
  const uint64_t stop_after_matches_;
  mutable Mutex mutex_;
  uint64_t matches_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_EVENT_PRINTER_H_
