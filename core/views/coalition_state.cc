#include "core/views/coalition_state.h"

#include <algorithm>

namespace vervet::views {

void CoalitionState::Apply(const log::ParsedEvent& event) {
  roster.Apply(event);
  types.Apply(event);
  records.Apply(event);
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

}  // namespace vervet::views
