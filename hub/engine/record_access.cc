#include "hub/engine/record_access.h"

namespace vervet::hub {

v1::Audience RecordAudience(const v1::RecordFacts& facts, absl::string_view publisher) {
  v1::Audience audience;
  *audience.mutable_groups() = facts.groups();
  audience.set_party(std::string(publisher));
  return audience;
}

AppendEntry EntryAbout(const views::OffenderRecords::Record& record) {
  AppendEntry entry;
  entry.draft.audience = RecordAudience(record.facts, record.publisher);
  entry.record_id = record.record_id;
  return entry;
}

bool MaySeeRecord(const views::CoalitionState& state, absl::string_view party,
                  const views::OffenderRecords::Record& record) {
  return record.publisher == party || state.roster.InAny(party, record.facts.groups());
}

absl::StatusOr<views::RecordPtr> FindForParty(const views::CoalitionState& state,
                                              absl::string_view party,
                                              absl::string_view record_id) {
  const views::RecordPtr record = state.records.Find(record_id);
  if (record == nullptr || !MaySeeRecord(state, party, *record)) {
    return absl::NotFoundError("record_id: no such record");
  }
  return record;
}

}  // namespace vervet::hub
