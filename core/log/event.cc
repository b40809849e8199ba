#include "core/log/event.h"

#include <sodium.h>

#include <array>

#include "absl/strings/str_cat.h"

namespace vervet::log {
namespace {

void UpdateWithLength(crypto_hash_sha256_state& state, absl::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  const std::array<uint8_t, 4> length = {
      static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
      static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  crypto_hash_sha256_update(&state, length.data(), length.size());
  crypto_hash_sha256_update(&state, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

v1::EventKind KindOf(const v1::EventBody& body) {
  switch (body.body_case()) {
    case v1::EventBody::kMemberAdmitted:
      return v1::MEMBER_ADMITTED;
    case v1::EventBody::kMemberSuspended:
      return v1::MEMBER_SUSPENDED;
    case v1::EventBody::kMemberReinstated:
      return v1::MEMBER_REINSTATED;
    case v1::EventBody::kGroupCreated:
      return v1::GROUP_CREATED;
    case v1::EventBody::kGroupJoined:
      return v1::GROUP_JOINED;
    case v1::EventBody::kGroupLeft:
      return v1::GROUP_LEFT;
    case v1::EventBody::kSignatureTypeAnnounced:
      return v1::SIGNATURE_TYPE_ANNOUNCED;
    case v1::EventBody::kRecordPublished:
      return v1::RECORD_PUBLISHED;
    case v1::EventBody::kRecordRetracted:
      return v1::RECORD_RETRACTED;
    case v1::EventBody::kRecordExpired:
      return v1::RECORD_EXPIRED;
    case v1::EventBody::kOpinionGiven:
      return v1::OPINION_GIVEN;
    case v1::EventBody::kDisputeAnswered:
      return v1::DISPUTE_ANSWERED;
    case v1::EventBody::kRecordPaused:
      return v1::RECORD_PAUSED;
    case v1::EventBody::kRecordResumed:
      return v1::RECORD_RESUMED;
    case v1::EventBody::kSightingReported:
      return v1::SIGHTING_REPORTED;
    case v1::EventBody::kSightingsCounted:
      return v1::SIGHTINGS_COUNTED;
    case v1::EventBody::kRemedyAcknowledged:
      return v1::REMEDY_ACKNOWLEDGED;
    case v1::EventBody::kRecordErased:
      return v1::RECORD_ERASED;
    case v1::EventBody::kBudgetGranted:
      return v1::BUDGET_GRANTED;
    case v1::EventBody::kBudgetReserved:
      return v1::BUDGET_RESERVED;
    case v1::EventBody::kCanaryMarked:
      return v1::CANARY_MARKED;
    case v1::EventBody::kAlertRaised:
      return v1::ALERT_RAISED;
    case v1::EventBody::kAlertClosed:
      return v1::ALERT_CLOSED;
    case v1::EventBody::BODY_NOT_SET:
      break;
  }
  return v1::EVENT_KIND_UNSPECIFIED;
}

v1::Event SealEvent(const EventDraft& draft, uint64_t sequence, absl::Time time, Environment& env) {
  v1::EventHeader header;
  header.set_sequence(sequence);
  header.set_time_us(absl::ToUnixMicros(time));
  *header.mutable_audience() = draft.audience;
  header.set_kind(KindOf(draft.body));
  v1::Event event;
  event.set_header(header.SerializeAsString());
  event.set_body(draft.body.SerializeAsString());
  event.set_random(env.RandomBytes(kEventRandomBytes));
  return event;
}

Hash LeafHash(absl::string_view header, absl::string_view body, absl::string_view random) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  const uint8_t leaf_prefix = 0x00;  // RFC 6962, 2.1
  crypto_hash_sha256_update(&state, &leaf_prefix, 1);
  UpdateWithLength(state, header);
  UpdateWithLength(state, body);
  crypto_hash_sha256_update(&state, reinterpret_cast<const uint8_t*>(random.data()), random.size());
  Hash out;
  crypto_hash_sha256_final(&state, out.data());
  return out;
}

Hash LeafHash(const v1::Event& event) {
  return LeafHash(event.header(), event.body(), event.random());
}

bool IsOfNewerKind(const ParsedEvent& event) {
  return !v1::EventKind_IsValid(event.header.kind()) &&
         event.body.body_case() == v1::EventBody::BODY_NOT_SET;
}

absl::StatusOr<ParsedEvent> ParseEvent(absl::string_view header, absl::string_view body) {
  ParsedEvent parsed;
  if (!parsed.header.ParseFromArray(header.data(), static_cast<int>(header.size()))) {
    return absl::DataLossError("an event's header does not parse");
  }
  const uint64_t sequence = parsed.header.sequence();
  if (!parsed.body.ParseFromArray(body.data(), static_cast<int>(body.size()))) {
    return absl::DataLossError(absl::StrCat("event ", sequence, ": the body does not parse"));
  }
  const bool newer = IsOfNewerKind(parsed);
  if (parsed.header.kind() == v1::EVENT_KIND_UNSPECIFIED ||
      (!newer && parsed.header.kind() != KindOf(parsed.body))) {
    return absl::DataLossError(
        absl::StrCat("event ", sequence, ": the header's kind does not fit the body"));
  }
  return parsed;
}

absl::StatusOr<ParsedEvent> ParseEvent(const v1::Event& event) {
  if (event.random().size() != kEventRandomBytes) {
    return absl::DataLossError(absl::StrCat("an event has ", event.random().size(),
                                            " random bytes instead of ", kEventRandomBytes));
  }
  return ParseEvent(event.header(), event.body());
}

absl::StatusOr<ParsedEvent> ParseErasedEvent(absl::string_view header) {
  ParsedEvent parsed;
  if (!parsed.header.ParseFromArray(header.data(), static_cast<int>(header.size())) ||
      parsed.header.kind() == v1::EVENT_KIND_UNSPECIFIED) {
    return absl::DataLossError("an erased event's header does not parse");
  }
  return parsed;
}

}  // namespace vervet::log
