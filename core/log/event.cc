#include "core/log/event.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/unknown_field_set.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/sha256.h"

namespace vervet::log {
namespace {

void UpdateWithLength(Sha256& sha256, absl::string_view bytes) {
  const auto size = static_cast<uint32_t>(bytes.size());
  const std::array<uint8_t, 4> length = {
      static_cast<uint8_t>(size >> 24), static_cast<uint8_t>(size >> 16),
      static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)};
  sha256.Update(length.data(), length.size()).Update(bytes);
}

// Into a message that was cleared by hand.
bool MergeInto(absl::string_view bytes, google::protobuf::MessageLite* message) {
  google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                static_cast<int>(bytes.size()));
  return message->MergeFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

// The three below do what ParseFromArray does. That would free all that hangs below the message:
// records are nearly all there is in a log, so the memory of the last is used again.

bool ParseHeader(absl::string_view bytes, v1::EventHeader* header) {
  v1::Audience* const audience = header->unsafe_arena_release_audience();
  header->Clear();
  if (audience != nullptr) {
    audience->Clear();
    header->unsafe_arena_set_allocated_audience(audience);
    if (!MergeInto(bytes, header)) return false;
    const bool came = audience->groups_size() != 0 || audience->roles_size() != 0;
    if (came || !audience->party().empty()) return true;
  }
  return header->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

bool ParseRecord(absl::string_view bytes, v1::RecordPublished* record) {
  v1::RecordFacts* const facts = record->unsafe_arena_release_facts();
  record->Clear();
  if (facts != nullptr) {
    v1::Offence* const offence = facts->unsafe_arena_release_offence();
    facts->Clear();
    if (offence != nullptr) {
      offence->Clear();
      facts->unsafe_arena_set_allocated_offence(offence);
    }
    record->unsafe_arena_set_allocated_facts(facts);
    if (!MergeInto(bytes, record)) return false;
    // Whatever has something in it has come.
    const bool offence_came =
        offence == nullptr || offence->activity() != v1::OFFENCE_ACTIVITY_UNSPECIFIED;
    if (!facts->legal_entity().empty() && offence_came) return true;
  }
  return record->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

bool ParseBody(absl::string_view bytes, v1::EventBody* body) {
  constexpr uint32_t kLengthDelimited = 2;
  if (body->body_case() == v1::EventBody::kRecordPublished) {
    google::protobuf::io::CodedInputStream stream(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                  static_cast<int>(bytes.size()));
    uint32_t size = 0;
    if (stream.ReadTag() == (v1::EventBody::kRecordPublishedFieldNumber << 3 | kLengthDelimited) &&
        stream.ReadVarint32(&size) &&
        size == bytes.size() - static_cast<size_t>(stream.CurrentPosition())) {
      // Such a body has no unknown field beside the record, so there must be none of the last one.
      body->GetReflection()->MutableUnknownFields(body)->Clear();
      return ParseRecord(bytes.substr(static_cast<size_t>(stream.CurrentPosition())),
                         body->mutable_record_published());
    }
  }
  return body->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
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
    case v1::EventBody::kActivityContributed:
      return v1::ACTIVITY_CONTRIBUTED;
    case v1::EventBody::kSurveyContributed:
      return v1::SURVEY_CONTRIBUTED;
    case v1::EventBody::kReviewTeamContributed:
      return v1::REVIEW_TEAM_CONTRIBUTED;
    case v1::EventBody::kProgressDefined:
      return v1::PROGRESS_DEFINED;
    case v1::EventBody::kPanelCreated:
      return v1::PANEL_CREATED;
    case v1::EventBody::kPeriodReleased:
      return v1::PERIOD_RELEASED;
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
    case v1::EventBody::kHarmlessImageMarked:
      return v1::HARMLESS_IMAGE_MARKED;
    case v1::EventBody::kHarmlessImageCleared:
      return v1::HARMLESS_IMAGE_CLEARED;
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
  Sha256 sha256;
  const uint8_t leaf_prefix = 0x00;  // RFC 6962, 2.1
  sha256.Update(&leaf_prefix, 1);
  UpdateWithLength(sha256, header);
  UpdateWithLength(sha256, body);
  return sha256.Update(random).Final();
}

Hash LeafHash(const v1::Event& event) {
  return LeafHash(event.header(), event.body(), event.random());
}

bool IsOfNewerKind(const ParsedEvent& event) {
  return !v1::EventKind_IsValid(event.header.kind()) &&
         event.body.body_case() == v1::EventBody::BODY_NOT_SET;
}

absl::Status ParseEvent(absl::string_view header, absl::string_view body, ParsedEvent* out) {
  ParsedEvent& parsed = *out;
  if (!ParseHeader(header, &parsed.header)) {
    return absl::DataLossError("an event's header does not parse");
  }
  const uint64_t sequence = parsed.header.sequence();
  if (!ParseBody(body, &parsed.body)) {
    return absl::DataLossError(absl::StrCat("event ", sequence, ": the body does not parse"));
  }
  const bool newer = IsOfNewerKind(parsed);
  if (parsed.header.kind() == v1::EVENT_KIND_UNSPECIFIED ||
      (!newer && parsed.header.kind() != KindOf(parsed.body))) {
    return absl::DataLossError(
        absl::StrCat("event ", sequence, ": the header's kind does not fit the body"));
  }
  return absl::OkStatus();
}

absl::StatusOr<ParsedEvent> ParseEvent(absl::string_view header, absl::string_view body) {
  ParsedEvent parsed;
  VERVET_RETURN_IF_ERROR(ParseEvent(header, body, &parsed));
  return parsed;
}

absl::StatusOr<ParsedEvent> ParseEvent(const v1::Event& event) {
  ParsedEvent parsed;
  VERVET_RETURN_IF_ERROR(ParseEvent(event, &parsed));
  return parsed;
}

absl::Status ParseEvent(const v1::Event& event, ParsedEvent* parsed) {
  if (event.random().size() != kEventRandomBytes) {
    return absl::DataLossError(absl::StrCat("an event has ", event.random().size(),
                                            " random bytes instead of ", kEventRandomBytes));
  }
  return ParseEvent(event.header(), event.body(), parsed);
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
