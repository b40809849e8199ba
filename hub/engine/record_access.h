// Who may see a record, and who is told of what becomes of it.
#ifndef VERVET_HUB_ENGINE_RECORD_ACCESS_H_
#define VERVET_HUB_ENGINE_RECORD_ACCESS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/views/coalition_state.h"
#include "hub/log/appender.h"

namespace vervet::hub {

// The members of the record's sharing groups, and its publisher, who still sees what becomes of its
// record after leaving them.
v1::Audience RecordAudience(const v1::RecordFacts& facts, absl::string_view publisher);

// An event about the record, for those; its body is the caller's to fill.
AppendEntry EntryAbout(const views::OffenderRecords::Record& record);

bool MaySeeRecord(const views::CoalitionState& state, absl::string_view party,
                  const views::OffenderRecords::Record& record);

// NOT_FOUND, in the same words, where there is none and where the party may not see it. Valid until
// the next Apply.
absl::StatusOr<views::RecordPtr> FindForParty(const views::CoalitionState& state,
                                              absl::string_view party, absl::string_view record_id);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_RECORD_ACCESS_H_
