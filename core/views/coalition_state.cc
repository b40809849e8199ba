#include "core/views/coalition_state.h"

#include <algorithm>
#include <set>

namespace vervet::views {

namespace {

// The record that the event retracts or erases; empty for all other events.
absl::string_view EndedForRemedy(const log::ParsedEvent& event) {
  if (event.body.has_record_retracted()) return event.body.record_retracted().record_id();
  if (event.body.has_record_erased()) return event.body.record_erased().record_id();
  return "";
}

}  // namespace

void CoalitionState::Apply(const log::ParsedEvent& event) {
  roster.Apply(event);
  types.Apply(event);
  records.Apply(event);
  harmless.Apply(event, roster);
  definitions.Apply(event);
  const absl::string_view ended = EndedForRemedy(event);
  const RecordPtr record = ended.empty() ? nullptr : records.Find(ended);
  if (record != nullptr && record->ended_sequence == event.header.sequence()) {
    records.SetHolders(ended, HoldersOf(*record));
  }
  position = std::max(position, event.header.sequence());
  last_time = std::max(last_time, absl::FromUnixMicros(event.header.time_us()));
}

std::vector<OffenderRecords::Match> CoalitionState::Match(const oprf::Token& token,
                                                          absl::Time now) const {
  std::vector<OffenderRecords::Match> matches;
  records.FindMatches(token, now, &matches);
  matches.erase(std::remove_if(
                    matches.begin(), matches.end(),
                    [&](const auto& match) { return roster.IsSuspended(match.record->publisher); }),
                matches.end());
  return matches;
}

std::vector<CoalitionState::ImageMatch> CoalitionState::MatchImages(
    const index::Hash256& hash, absl::Span<const index::RecordHandle> candidates, int radius,
    absl::Time now) const {
  std::vector<ImageMatch> matches;
  if (candidates.empty() || harmless.IsHarmless(hash)) return matches;
  const int64_t now_us = absl::ToUnixMicros(now);
  for (const index::RecordHandle handle : std::set(candidates.begin(), candidates.end())) {
    const RecordPtr record = records.FindLive(handle);
    if (record == nullptr || records.IsPaused(handle) || roster.IsSuspended(record->publisher)) {
      continue;
    }
    ImageMatch match;
    for (const ImageSignature& image : record->images) {
      const int distance = index::Distance(image.hash, hash);
      if (distance > std::min(radius, image.radius) || image.expires_us <= now_us) continue;
      if (match.record != nullptr && distance >= match.distance) continue;
      if (harmless.IsHarmless(image.hash)) continue;
      match = {record, image, distance};
    }
    if (match.record != nullptr) matches.push_back(std::move(match));
  }
  std::sort(matches.begin(), matches.end(), [](const ImageMatch& a, const ImageMatch& b) {
    if (a.distance != b.distance) return a.distance < b.distance;
    return a.record->sequence > b.record->sequence;
  });
  return matches;
}

std::vector<std::string> CoalitionState::HoldersOf(const OffenderRecords::Record& record) const {
  std::set<std::string> holders;
  for (const std::string& name : record.facts.groups()) {
    const auto* group = roster.FindGroup(name);
    if (group == nullptr) continue;
    for (const std::string& party : group->members) {
      if (party != record.publisher) holders.insert(party);
    }
  }
  return {holders.begin(), holders.end()};
}

}  // namespace vervet::views
