#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/fuzz/fuzz_hub.h"

namespace vervet::fuzz {
namespace {

void DescribeRoster(const views::Roster& roster, std::string& out) {
  for (const auto& [name, party] : roster.parties()) {
    absl::StrAppend(&out, "party ", name, " ", party.display_name, " ", party.region, " ",
                    absl::ToUnixMicros(party.admitted), " ", party.suspended,
                    party.suspension_reason, ": ", absl::StrJoin(party.groups, ","), "\n");
  }
  for (const auto& [name, group] : roster.groups()) {
    absl::StrAppend(&out, "group ", name, " ", group.display_name, " ",
                    absl::StrJoin(group.permitted_regions, ","), " ", group.transfer_instrument,
                    ": ", absl::StrJoin(group.members, ","), "\n");
  }
}

void DescribeAftermath(const views::OffenderRecords::Aftermath& aftermath, std::string& out) {
  absl::StrAppend(&out, "  ", aftermath.paused, " ", aftermath.answered_through, " ",
                  aftermath.last_answer, " ", absl::ToUnixMicros(aftermath.last_answered), " ",
                  aftermath.sighted_by, " ", aftermath.sighted_subjects, " ", aftermath.end_reason,
                  " ", absl::ToUnixMicros(aftermath.ended), " ",
                  absl::ToUnixMicros(aftermath.remedy_due), " held by ",
                  absl::StrJoin(aftermath.holders, ","), " events ",
                  absl::StrJoin(aftermath.sequences, ","), "\n");
  for (const auto& opinion : aftermath.opinions) {
    absl::StrAppend(&out, "  opinion ", opinion.party, " ", opinion.stance, " ", opinion.reason,
                    " ", opinion.for_subject, " ", opinion.sequence, " ",
                    absl::ToUnixMicros(opinion.answer_due), "\n");
  }
  for (const auto& remedy : aftermath.remedies) {
    absl::StrAppend(&out, "  remedy ", remedy.party, " ", remedy.outcome, " ", remedy.subjects,
                    "\n");
  }
}

void DescribeHarmless(const views::NegativeList& list, std::string& out) {
  absl::StrAppend(&out, "harmless ", list.marks(), " ", list.in_force(), "\n");
  for (const auto& [hash, image] : list.all()) {
    absl::StrAppend(&out, "  picture ", hash, " ", image.in_force, " ", image.radius, "\n");
    for (const auto& mark : image.marks) {
      absl::StrAppend(&out, "    ", mark.party, " ", mark.radius, " ", mark.description, " ",
                      mark.sequence, " ", absl::ToUnixMicros(mark.marked), "\n");
    }
  }
}

void DescribeRecord(const hub::HubState& state, const std::string& id, std::string& out) {
  const auto record = state.records.Find(id);
  if (record == nullptr) {
    absl::StrAppend(&out, "no record\n");
    return;
  }
  absl::StrAppend(&out, "record ", record->sequence, " ", record->publisher, " ",
                  static_cast<int>(record->state), " ", record->ended_sequence, " ",
                  absl::ToUnixMicros(record->published), " ",
                  absl::ToUnixMicros(record->last_expiry), " ",
                  record->facts.Full().SerializeAsString(), "\n");
  for (const auto& signature : record->signatures) {
    absl::StrAppend(&out, "  signature ", signature.ToProto().SerializeAsString(), "\n");
  }
  for (const auto& image : record->images) {
    absl::StrAppend(&out, "  image ", image.ToProto().SerializeAsString(), "\n");
  }
  DescribeAftermath(state.records.AftermathOf(*record), out);
  for (const auto& [party, sighting] : state.sightings.Of(id)) {
    absl::StrAppend(&out, "  sighting ", party, " ", sighting.subjects, " ",
                    absl::ToUnixMicros(sighting.first_matched), "\n");
  }
  for (const auto& [party, entry] : state.roster.parties()) {
    absl::StrAppend(&out, "  events ", state.involvement.EventsOf(party, id), "\n");
  }
  absl::StrAppend(&out, "  canary ", state.alerts.CanaryMarkedAt(id), "\n");
}

}  // namespace

std::string DescribeState(const hub::HubState& state, const std::vector<std::string>& record_ids) {
  std::string out =
      absl::StrCat("at ", state.position, " ", absl::ToUnixMicros(state.last_time), " live ",
                   state.records.live_records(), " ", state.records.live_signatures(), " ",
                   state.records.live_images(), "\n");
  DescribeRoster(state.roster, out);
  for (const auto& [type, announced] : state.types.all()) {
    absl::StrAppend(&out, "type ", type, " ", announced.epoch, " ", announced.public_key, " ",
                    absl::ToInt64Seconds(announced.maximum_life), "\n");
  }
  DescribeHarmless(state.harmless, out);
  for (const std::string& id : record_ids) DescribeRecord(state, id, out);
  for (const auto& [key, account] : state.budgets.all()) {
    absl::StrAppend(&out, "budget ", key.first, " ", key.second, " ", account.used_in_all, " ",
                    account.day, " ", account.used_that_day, "\n");
    for (const auto& [id, grant] : account.grants) {
      absl::StrAppend(&out, "  grant ", id, " ", grant.evaluations, " ", grant.used, " ",
                      absl::ToUnixMicros(grant.expires), "\n");
    }
  }
  const hub::ProgressLedger& progress = state.progress;
  absl::StrAppend(&out, "progress ", progress.changed(), " ", progress.last_relevant(), " ",
                  progress.definitions().size(), " ", progress.panels().size(), " ",
                  progress.releases().size(), "\n");
  for (const auto& row : progress.rows()) {
    absl::StrAppend(&out, "  row ", row.sequence, " ", row.replaced_at, " ", row.before, " ",
                    progress.Text(row.member), " ", row.days.begin, " ", row.revision, "\n");
  }
  for (const auto& [sequence, alert] : state.alerts.all()) {
    absl::StrAppend(&out, "alert ", sequence, " ", alert.raised.SerializeAsString(), " ",
                    alert.closed, alert.closed_by, alert.note, "\n");
  }
  return out;
}

}  // namespace vervet::fuzz
