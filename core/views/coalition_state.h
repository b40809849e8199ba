// Everything that hub and members fold from the log with the same code.
#ifndef VERVET_CORE_VIEWS_COALITION_STATE_H_
#define VERVET_CORE_VIEWS_COALITION_STATE_H_

#include <vector>

#include "core/log/event.h"
#include "core/views/offender_records.h"
#include "core/views/roster.h"
#include "core/views/signature_types.h"

namespace vervet::views {

// Two parties that apply the same events have equal state. Not thread-safe.
struct CoalitionState {
  Roster roster;
  SignatureTypes types;
  OffenderRecords records;
  uint64_t position = 0;                     // sequence of the last event applied
  absl::Time last_time = absl::UnixEpoch();  // its time: the log's clock never goes back

  void Apply(const log::ParsedEvent& event);

  // Members of the record's sharing groups, suspended ones too (what they had, they have), its
  // publisher not counted, by name. A member knows the members of its own groups only.
  std::vector<std::string> HoldersOf(const OffenderRecords::Record& record) const;

  // Live, unexpired matches whose publisher is not suspended.
  std::vector<OffenderRecords::Match> Match(const oprf::Token& token, absl::Time now) const;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_COALITION_STATE_H_
