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
