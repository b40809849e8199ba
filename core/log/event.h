// An event as it is drafted, sealed into the bytes that the log keeps for ever, and read back.
#ifndef VERVET_CORE_LOG_EVENT_H_
#define VERVET_CORE_LOG_EVENT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/log/merkle.h"
#include "vervet/v1/event.pb.h"

namespace vervet::log {

inline constexpr size_t kEventRandomBytes = 32;

// What somebody wants appended: the body says what happened, the audience who may know.
struct EventDraft {
  v1::Audience audience;
  v1::EventBody body;
};

struct ParsedEvent {
  v1::EventHeader header;
  v1::EventBody body;
};

// The kind that belongs to the body's case.
v1::EventKind KindOf(const v1::EventBody& body);

// Gives the draft its place in the log. `time` must not be before the predecessor's.
v1::Event SealEvent(const EventDraft& draft, uint64_t sequence, absl::Time time, Environment& env);

// SHA-256(0x00 ‖ len(header) ‖ header ‖ len(body) ‖ body ‖ random), lengths as 4 bytes big-endian.
// The lengths keep bytes from moving between header and body under one hash.
Hash LeafHash(absl::string_view header, absl::string_view body, absl::string_view random);
Hash LeafHash(const v1::Event& event);

// True for an event of a kind that this program does not know: a newer hub wrote it. A member keeps
// it in its tree and folds nothing; a hub must not run on such a log, because its state would lack
// what the event did.
bool IsOfNewerKind(const ParsedEvent& event);

// DATA_LOSS for bytes that do not parse, a kind that is missing or does not fit the body, or random
// bytes of another length.
absl::StatusOr<ParsedEvent> ParseEvent(const v1::Event& event);
// The same where the random bytes are not at hand.
absl::StatusOr<ParsedEvent> ParseEvent(absl::string_view header, absl::string_view body);
// The same into a message whose memory is used again.
absl::Status ParseEvent(const v1::Event& event, ParsedEvent* parsed);
absl::Status ParseEvent(absl::string_view header, absl::string_view body, ParsedEvent* parsed);

// What is left of an event whose body and random bytes were erased: its header, a body that is not
// set. DATA_LOSS for a header that does not parse or names no kind.
absl::StatusOr<ParsedEvent> ParseErasedEvent(absl::string_view header);

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_EVENT_H_
