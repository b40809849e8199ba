#include "tests/simulation/describe.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vervet::simulation {
namespace {

void DescribeRoster(const views::Roster& roster, const std::string& party, std::string& out) {
  for (const auto& [name, entry] : roster.parties()) {
    absl::StrAppend(&out, "party ", name, " ", entry.region, " ", entry.display_name, " ",
                    entry.suspended, entry.suspension_reason, "\n");
  }
  for (const auto& [name, group] : roster.groups()) {
    // Of a group that it has left, a member may still know who was in it.
    if (!party.empty() && group.members.count(party) == 0) continue;
    absl::StrAppend(&out, "group ", name, " ", group.display_name, ": ",
                    absl::StrJoin(group.members, ","), "\n");
  }
}

}  // namespace

void DescribeRecord(const views::OffenderRecords& records,
                    const views::OffenderRecords::Record& record, bool with_holders,
                    std::string& out) {
  absl::StrAppend(&out, "record ", record.sequence, " ", record.publisher, " ",
                  static_cast<int>(record.state), " ", record.ended_sequence, " ",
                  absl::FormatTime(record.published), " ", absl::FormatTime(record.last_expiry),
                  " ", record.facts.Full().SerializeAsString(), "\n");
  for (const views::Signature& signature : record.signatures) {
    absl::StrAppend(&out, "  signature ", signature.ToProto().SerializeAsString(), "\n");
  }
  for (const views::ImageSignature& image : record.images) {
    absl::StrAppend(&out, "  image ", image.ToProto().SerializeAsString(), "\n");
  }
  const auto& aftermath = records.AftermathOf(record);
  absl::StrAppend(&out, "  ", aftermath.paused, " ", aftermath.answered_through, " ",
                  aftermath.last_answer, " ", aftermath.sighted_by, " ", aftermath.sighted_subjects,
                  " ", aftermath.end_reason, " ", absl::FormatTime(aftermath.ended), " ",
                  absl::FormatTime(aftermath.remedy_due), "\n");
  for (const auto& opinion : aftermath.opinions) {
    absl::StrAppend(&out, "  opinion ", opinion.party, " ", opinion.stance, " ", opinion.reason,
                    " ", opinion.sequence, " ", absl::FormatTime(opinion.answer_due), "\n");
  }
  for (const auto& remedy : aftermath.remedies) {
    absl::StrAppend(&out, "  remedy ", remedy.party, " ", remedy.outcome, " ", remedy.subjects,
                    "\n");
  }
  if (with_holders)
    absl::StrAppend(&out, "  holders ", absl::StrJoin(aftermath.holders, ","), "\n");
}

std::string Describe(const views::CoalitionState& state, const Ledger& ledger,
                     const std::string& party) {
  std::string out =
      absl::StrCat("live ", state.records.live_records(), " ", state.records.live_signatures(), " ",
                   state.records.live_images(), "\n");
  DescribeRoster(state.roster, party, out);
  for (const auto& [type, announced] : state.types.all()) {
    absl::StrAppend(&out, "type ", type, " ", announced.epoch, "\n");
  }
  for (const auto& [id, known] : ledger.records()) {
    const views::RecordPtr record = state.records.Find(id);
    if (record == nullptr) {
      absl::StrAppend(&out, "no ", known.sequence, "\n");
    } else {
      DescribeRecord(state.records, *record, party.empty(), out);
    }
  }
  return out;
}

}  // namespace vervet::simulation
