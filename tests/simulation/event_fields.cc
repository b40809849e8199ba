#include "tests/simulation/event_fields.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace vervet::simulation {

std::string RecordIdOf(const v1::EventBody& body) {
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
    case v1::EventBody::kCanaryMarked:
      return body.canary_marked().record_id();
    default:
      return "";
  }
}

std::string MarkerOf(const v1::EventBody& body) {
  switch (body.body_case()) {
    case v1::EventBody::kMemberAdmitted:
      return body.member_admitted().display_name();
    case v1::EventBody::kMemberSuspended:
      return body.member_suspended().reason();
    case v1::EventBody::kMemberReinstated:
      return body.member_reinstated().reason();
    case v1::EventBody::kGroupCreated:
      return body.group_created().display_name();
    case v1::EventBody::kRecordPublished:
      return body.record_published().facts().decision_reference();
    case v1::EventBody::kRecordRetracted:
      return body.record_retracted().reason();
    case v1::EventBody::kRecordExpired:
      return absl::StrCat("expiry of ", absl::BytesToHexString(RecordIdOf(body)));
    case v1::EventBody::kOpinionGiven:
      return body.opinion_given().reason();
    case v1::EventBody::kDisputeAnswered:
      return body.dispute_answered().answer();
    case v1::EventBody::kSightingReported:
      return absl::StrCat("sighting ", body.sighting_reported().subjects());
    case v1::EventBody::kRemedyAcknowledged:
      return body.remedy_acknowledged().subjects() == 0
                 ? ""
                 : absl::StrCat("remedy ", body.remedy_acknowledged().subjects());
    case v1::EventBody::kRecordErased:
      return absl::StrCat("erasure of ", absl::BytesToHexString(RecordIdOf(body)));
    default:
      return "";
  }
}

}  // namespace vervet::simulation
