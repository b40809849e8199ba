#include "hub/views/sightings.h"

#include <algorithm>

namespace vervet::hub {

void Sightings::Apply(const log::ParsedEvent& event) {
  switch (event.body.body_case()) {
    case v1::EventBody::kSightingReported: {
      const auto& reported = event.body.sighting_reported();
      const absl::Time first = absl::FromUnixMicros(reported.first_matched_us());
      Record& record = records_[reported.record_id()];
      const auto [it, is_new] =
          record.members.try_emplace(reported.party(), OfMember{reported.subjects(), first});
      if (!is_new) {
        it->second.subjects = reported.subjects();
        it->second.first_matched = std::min(it->second.first_matched, first);
      }
      if (CountOf(reported.record_id()) == record.announced) {
        unannounced_.erase(reported.record_id());
      } else {
        unannounced_.insert(reported.record_id());
      }
      return;
    }
    case v1::EventBody::kSightingsCounted: {
      const auto& counted = event.body.sightings_counted();
      const auto it = records_.find(counted.record_id());
      if (it == records_.end()) return;
      it->second.announced = {counted.members(), counted.subjects()};
      if (CountOf(counted.record_id()) == it->second.announced) {
        unannounced_.erase(counted.record_id());
      }
      return;
    }
    case v1::EventBody::kRecordErased:
      records_.erase(event.body.record_erased().record_id());
      unannounced_.erase(event.body.record_erased().record_id());
      return;
    default:
      return;
  }
}

const std::map<std::string, Sightings::OfMember>& Sightings::Of(absl::string_view record_id) const {
  static const auto* const kNobody = new std::map<std::string, OfMember>;
  const auto it = records_.find(std::string(record_id));
  return it == records_.end() ? *kNobody : it->second.members;
}

Sightings::Count Sightings::CountOf(absl::string_view record_id) const {
  Count count;
  for (const auto& [party, of_member] : Of(record_id)) {
    ++count.members;
    count.subjects += of_member.subjects;
  }
  return count;
}

std::vector<std::string> Sightings::Unannounced(size_t limit) const {
  std::vector<std::string> ids;
  for (const std::string& id : unannounced_) {
    if (ids.size() >= limit) break;
    ids.push_back(id);
  }
  return ids;
}

}  // namespace vervet::hub
