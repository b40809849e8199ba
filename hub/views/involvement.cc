#include "hub/views/involvement.h"

namespace vervet::hub {

void Involvement::Apply(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  switch (body.body_case()) {
    case v1::EventBody::kOpinionGiven:
      return Count(body.opinion_given().record_id(), body.opinion_given().party());
    case v1::EventBody::kSightingReported:
      return Count(body.sighting_reported().record_id(), body.sighting_reported().party());
    case v1::EventBody::kRemedyAcknowledged:
      return Count(body.remedy_acknowledged().record_id(), body.remedy_acknowledged().party());
    case v1::EventBody::kAlertRaised:
      if (body.alert_raised().kind() != v1::IMAGE_FLOOD) return;
      return Count(body.alert_raised().record_id(), body.alert_raised().party());
    case v1::EventBody::kRecordErased:
      records_.erase(body.record_erased().record_id());
      return;
    default:
      return;
  }
}

size_t Involvement::EventsOf(absl::string_view party, absl::string_view record_id) const {
  const auto record = records_.find(record_id);
  if (record == records_.end()) return 0;
  const auto it = record->second.find(party);
  return it == record->second.end() ? 0 : it->second;
}

}  // namespace vervet::hub
