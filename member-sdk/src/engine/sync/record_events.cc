#include "member-sdk/src/engine/sync/record_events.h"

namespace vervet::engine {

absl::string_view RecordIdOf(const v1::EventBody& body) {
  switch (body.body_case()) {
    case v1::EventBody::kRecordPublished:
      return body.record_published().record_id();
    case v1::EventBody::kRecordRetracted:
      return body.record_retracted().record_id();
    case v1::EventBody::kRecordExpired:
      return body.record_expired().record_id();
    case v1::EventBody::kOpinionGiven:
      return body.opinion_given().record_id();
    case v1::EventBody::kDisputeAnswered:
      return body.dispute_answered().record_id();
    case v1::EventBody::kRecordPaused:
      return body.record_paused().record_id();
    case v1::EventBody::kRecordResumed:
      return body.record_resumed().record_id();
    case v1::EventBody::kSightingReported:
      return body.sighting_reported().record_id();
    case v1::EventBody::kSightingsCounted:
      return body.sightings_counted().record_id();
    case v1::EventBody::kRemedyAcknowledged:
      return body.remedy_acknowledged().record_id();
    case v1::EventBody::kRecordErased:
      return body.record_erased().record_id();
    default:
      return "";
  }
}

}  // namespace vervet::engine
