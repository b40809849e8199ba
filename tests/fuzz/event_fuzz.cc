// Events: sealed, hashed, read back, by hub and member; and bytes that never were an event.
#include <google/protobuf/util/message_differencer.h>

#include <string>

#include "core/base/manual_environment.h"
#include "core/log/event.h"
#include "member-sdk/src/engine/sync/log_follower.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;
using google::protobuf::util::MessageDifferencer;

void CheckParsed(const log::ParsedEvent& parsed) {
  VERVET_FUZZ_CHECK(parsed.header.kind() != v1::EVENT_KIND_UNSPECIFIED, "an event has a kind");
  VERVET_FUZZ_CHECK(log::IsOfNewerKind(parsed) || parsed.header.kind() == log::KindOf(parsed.body),
                    "the kind is the body's");
}

// In memory that other events have used, an event is what it is in memory of its own.
void CheckReused(const std::string& header, const std::string& body) {
  static auto* const reused = new log::ParsedEvent;
  const auto parsed = log::ParseEvent(header, body);
  for (int time = 0; time < 2; ++time) {
    const absl::Status again = log::ParseEvent(header, body, reused);
    VERVET_FUZZ_CHECK(again == parsed.status(), "read or refused alike");
    if (!again.ok()) return;
    // As bytes: a number that is none equals nothing, not even itself.
    VERVET_FUZZ_CHECK(reused->header.SerializeAsString() == parsed->header.SerializeAsString() &&
                          reused->body.SerializeAsString() == parsed->body.SerializeAsString(),
                      "nothing is left of the events before");
  }
}

void Raw(Input& in) {
  const std::string header = in.Bytes(in.Byte()), body = in.Rest();
  CheckReused(header, body);
  const auto parsed = log::ParseEvent(header, body);
  const auto read = engine::ReadEvent(header, body);
  if (!parsed.ok()) {
    CheckRefusal(parsed.status(), {StatusCode::kDataLoss});
  } else {
    CheckParsed(*parsed);
    VERVET_FUZZ_CHECK(read.ok() && MessageDifferencer::Equals(read->header, parsed->header),
                      "a member reads what a hub reads");
  }
  if (read.ok() && !parsed.ok()) {
    VERVET_FUZZ_CHECK(!v1::EventKind_IsValid(read->header.kind()) &&
                          read->body.body_case() == v1::EventBody::BODY_NOT_SET,
                      "a member passes over newer kinds alone");
  }
  const auto erased = log::ParseErasedEvent(header);
  if (erased.ok()) {
    VERVET_FUZZ_CHECK(erased->body.body_case() == v1::EventBody::BODY_NOT_SET, "no body is left");
  } else {
    CheckRefusal(erased.status(), {StatusCode::kDataLoss});
  }
}

// Bytes cannot move between header, body and random bytes under one hash.
void CheckLeaf(const v1::Event& event) {
  const log::Hash leaf = log::LeafHash(event);
  v1::Event moved = event;
  if (!event.body().empty()) {
    moved.set_header(event.header() + event.body().substr(0, 1));
    moved.set_body(event.body().substr(1));
    VERVET_FUZZ_CHECK(log::LeafHash(moved) != leaf, "a leaf binds where the header ends");
  }
  moved = event;
  moved.set_body(event.body() + event.random().substr(0, 1));
  moved.set_random(event.random().substr(1));
  VERVET_FUZZ_CHECK(log::LeafHash(moved) != leaf, "a leaf binds where the body ends");
  moved = event;
  (*moved.mutable_random())[7] ^= 1;
  VERVET_FUZZ_CHECK(log::LeafHash(moved) != leaf, "a leaf binds the random bytes");
}

void Sealed(Input& in) {
  static auto* const env = new ManualEnvironment;
  log::EventDraft draft;
  const uint64_t sequence = in.Number();
  const auto time = absl::FromUnixMicros(static_cast<int64_t>(in.Number()));
  if (!draft.audience.ParseFromString(in.Bytes(in.Byte()))) return;
  if (!draft.body.ParseFromString(in.Rest())) return;
  const v1::Event event = log::SealEvent(draft, sequence, time, *env);
  CheckLeaf(event);
  CheckReused(event.header(), event.body());
  const auto parsed = log::ParseEvent(event);
  const bool has_kind = log::KindOf(draft.body) != v1::EVENT_KIND_UNSPECIFIED;
  VERVET_FUZZ_CHECK(parsed.ok() == has_kind, "what was sealed can be read");
  if (!parsed.ok()) return;
  CheckParsed(*parsed);
  VERVET_FUZZ_CHECK(parsed->header.sequence() == sequence, "it has its number");
  VERVET_FUZZ_CHECK(MessageDifferencer::Equals(parsed->header.audience(), draft.audience) &&
                        MessageDifferencer::Equals(parsed->body, draft.body),
                    "what was sealed is what is read");
  const auto erased = log::ParseErasedEvent(event.header());
  VERVET_FUZZ_CHECK(erased.ok() && erased->header.kind() == parsed->header.kind(),
                    "the header outlives the body");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  in.Flag() ? vervet::fuzz::Sealed(in) : vervet::fuzz::Raw(in);
  return 0;
}
