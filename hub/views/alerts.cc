#include "hub/views/alerts.h"

#include "absl/strings/str_cat.h"

namespace vervet::hub {

std::string Alerts::Key(const v1::AlertRaised& alert) {
  return absl::StrCat(alert.kind(), "/", alert.day(), "/", alert.type(), "/", alert.party(), "/",
                      alert.record_id());
}

void Alerts::Apply(const log::ParsedEvent& event) {
  switch (event.body.body_case()) {
    case v1::EventBody::kCanaryMarked:
      canaries_.emplace(event.body.canary_marked().record_id(), event.header.sequence());
      return;
    case v1::EventBody::kRecordErased:
      canaries_.erase(event.body.record_erased().record_id());
      return;
    case v1::EventBody::kAlertRaised: {
      Alert& alert = alerts_[event.header.sequence()];
      alert.raised = event.body.alert_raised();
      alert.raised_at = absl::FromUnixMicros(event.header.time_us());
      raised_.emplace(Key(alert.raised), event.header.sequence());
      return;
    }
    case v1::EventBody::kAlertClosed: {
      const auto& closed = event.body.alert_closed();
      const auto it = alerts_.find(closed.alert_sequence());
      if (it == alerts_.end()) return;
      it->second.closed = true;
      it->second.closed_by = closed.closed_by();
      it->second.note = closed.note();
      return;
    }
    default:
      return;
  }
}

const Alerts::Alert* Alerts::Find(uint64_t sequence) const {
  const auto it = alerts_.find(sequence);
  return it == alerts_.end() ? nullptr : &it->second;
}

uint64_t Alerts::RaisedAt(const v1::AlertRaised& alert) const {
  const auto it = raised_.find(Key(alert));
  return it == raised_.end() ? 0 : it->second;
}

uint64_t Alerts::CanaryMarkedAt(absl::string_view record_id) const {
  const auto it = canaries_.find(record_id);
  return it == canaries_.end() ? 0 : it->second;
}

}  // namespace vervet::hub
