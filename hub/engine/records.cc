#include "hub/engine/records.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/image_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/alerts.h"
#include "hub/engine/dispute_share.h"
#include "hub/engine/fields.h"
#include "hub/engine/published_images.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

using Decision = absl::StatusOr<Command::Decision>;
using Record = views::OffenderRecords::Record;
using State = views::OffenderRecords::State;

// A member's clock may be a little ahead of the hub's.
constexpr absl::Duration kClockTolerance = absl::Minutes(10);

Command RecordCommand(absl::string_view party, absl::string_view method,
                      absl::string_view record_id, absl::string_view request_id,
                      const google::protobuf::MessageLite& request) {
  Command command;
  command.request = MakeRequestKey(party, request_id, method, request);
  command.touches = {absl::StrCat("record:", record_id)};
  return command;
}

absl::Status CheckInForce(const Record& record, absl::Time now) {
  switch (record.state) {
    case State::kRetracted:
      return absl::FailedPreconditionError("record_id: the record was retracted");
    case State::kErased:
      return absl::FailedPreconditionError("record_id: the record was erased");
    case State::kExpired:
      break;
    case State::kLive:
      // The hub's event of the expiry may be a moment late.
      if (record.last_expiry > now) return absl::OkStatus();
      break;
  }
  return absl::FailedPreconditionError(
      "record_id: the record has expired; it matches nobody any more");
}

// Another's record that the caller may see and that is in force.
absl::StatusOr<views::RecordPtr> FindAnothers(const views::CoalitionState& state,
                                              absl::string_view party, absl::string_view record_id,
                                              absl::Time now) {
  VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
  VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record, FindForParty(state, party, record_id));
  if (record->publisher == party) {
    return absl::PermissionDeniedError(
        "record_id: the caller's own record; this is for other members (retract it, or answer its "
        "disputes)");
  }
  VERVET_RETURN_IF_ERROR(CheckInForce(*record, now));
  return record;
}

// The event of an erasure names every event about the record, and must fit into a message; and no
// member alone uses up what the record takes of all.
absl::Status CheckEventsAbout(const HubState& state, const Record& record,
                              absl::string_view party) {
  if (state.records.AftermathOf(record).sequences.size() >= kMaxEventsAboutRecord) {
    return absl::FailedPreconditionError(
        absl::StrCat("record_id: the log holds ", kMaxEventsAboutRecord,
                     " events about this record, the limit; ask its publisher or a coordinator"));
  }
  if (state.involvement.EventsOf(party, record.record_id) >= kMaxEventsAboutRecordByMember) {
    return absl::FailedPreconditionError(absl::StrCat(
        "record_id: the log holds ", kMaxEventsAboutRecordByMember,
        " events of the caller's about this record, the limit; the last of them stand"));
  }
  return absl::OkStatus();
}

absl::Status CheckAcknowledgements(const HubState& state, const Record& record,
                                   absl::string_view party) {
  constexpr size_t kMost = kMaxEventsAboutRecordByMember + kMaxAcknowledgementsByMember;
  if (state.involvement.EventsOf(party, record.record_id) < kMost) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("record_id: the log holds ", kMost,
                   " events of the caller's about this record, the limit; its last "
                   "acknowledgement stands"));
}

absl::Status CheckSubjects(uint32_t subjects) {
  if (subjects == 0 || subjects > kMaxSubjects) {
    return Invalid("subjects", absl::StrCat("is ", subjects, "; 1 to ", kMaxSubjects));
  }
  return absl::OkStatus();
}

// Who has left the group since can still say what became of its own users.
bool HadRecord(const views::CoalitionState& state, const std::string& party, const Record& record) {
  const auto& holders = state.records.AftermathOf(record).holders;
  return std::find(holders.begin(), holders.end(), party) != holders.end();
}

bool IsCoordinator(absl::string_view party) { return absl::StartsWith(party, "coordinator/"); }

}  // namespace

absl::StatusOr<Command> OpineCommand(absl::string_view party, const v1::OpineRequest& request,
                                     const RemedyPolicy& policy) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  if (!v1::Stance_IsValid(request.stance()) || request.stance() == v1::STANCE_UNSPECIFIED) {
    return Invalid("stance", "is missing or unknown; AGREE, DISAGREE or DISPUTE");
  }
  if (request.stance() != v1::AGREE || !request.reason().empty()) {
    VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));
  }
  if (request.for_subject() && request.stance() != v1::DISPUTE) {
    return Invalid("for_subject", "goes with DISPUTE only: a person objects to the record");
  }
  v1::OpinionGiven opinion;
  opinion.set_record_id(request.record_id());
  opinion.set_party(std::string(party));
  opinion.set_stance(request.stance());
  opinion.set_reason(request.reason());
  opinion.set_for_subject(request.for_subject());

  Command command =
      RecordCommand(party, "Opine", request.record_id(), request.request_id(), request);
  command.decide = [opinion, policy](const HubState& state, absl::Time now) mutable -> Decision {
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record,
                            FindAnothers(state, opinion.party(), opinion.record_id(), now));
    if (opinion.stance() == v1::DISPUTE) {
      opinion.set_answer_due_us(absl::ToUnixMicros(
          now + (opinion.for_subject() ? policy.subject_answer_deadline : policy.answer_deadline)));
    }
    VERVET_RETURN_IF_ERROR(CheckEventsAbout(state, *record, opinion.party()));
    std::vector<AppendEntry> entries = {EntryAbout(*record)};
    *entries[0].draft.body.mutable_opinion_given() = opinion;
    AddPauseOrResumption(state, *record, opinion, policy, entries);
    return Command::Decision(std::move(entries));
  };
  return command;
}

int64_t AnswerDueUs(const HubState& state, absl::string_view record_id, absl::string_view party,
                    uint64_t sequence) {
  const views::RecordPtr record = state.records.Find(record_id);
  if (record == nullptr) return 0;
  for (const auto& opinion : state.records.AftermathOf(*record).opinions) {
    if (opinion.sequence == sequence && opinion.party == party) {
      return absl::ToUnixMicros(opinion.answer_due);
    }
  }
  return 0;
}

absl::StatusOr<Command> AnswerDisputesCommand(absl::string_view party,
                                              const v1::AnswerDisputesRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  VERVET_RETURN_IF_ERROR(CheckText("answer", request.answer(), kMaxReasonBytes));
  Command command =
      RecordCommand(party, "AnswerDisputes", request.record_id(), request.request_id(), request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time now) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record,
                            FindForParty(state, party, request.record_id()));
    if (record->publisher != party) {
      return absl::PermissionDeniedError(
          "record_id: another member's record; only its publisher can answer");
    }
    VERVET_RETURN_IF_ERROR(CheckInForce(*record, now));
    if (state.records.AftermathOf(*record).UnansweredDisputes() == 0) {
      return absl::FailedPreconditionError("record_id: no dispute of it is waiting for an answer");
    }
    AppendEntry entry = EntryAbout(*record);
    auto& answered = *entry.draft.body.mutable_dispute_answered();
    answered.set_record_id(request.record_id());
    answered.set_answered_by(party);
    answered.set_answer(request.answer());
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> ReportSightingCommand(absl::string_view party,
                                              const v1::ReportSightingRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  VERVET_RETURN_IF_ERROR(CheckSubjects(request.subjects()));
  if (request.first_matched_us() <= 0) {
    return Invalid("first_matched_us", "is missing; microseconds since 1970");
  }
  Command command =
      RecordCommand(party, "ReportSighting", request.record_id(), request.request_id(), request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time now) -> Decision {
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record,
                            FindAnothers(state, party, request.record_id(), now));
    if (absl::FromUnixMicros(request.first_matched_us()) > now + kClockTolerance) {
      return Invalid("first_matched_us", "is in the future; correct the clock");
    }
    VERVET_RETURN_IF_ERROR(CheckEventsAbout(state, *record, party));
    // For nobody: the audience stays empty.
    AppendEntry entry;
    entry.record_id = record->record_id;
    auto& sighting = *entry.draft.body.mutable_sighting_reported();
    sighting.set_record_id(request.record_id());
    sighting.set_party(party);
    sighting.set_subjects(request.subjects());
    sighting.set_first_matched_us(request.first_matched_us());
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> ReportQuarantineCommand(absl::string_view party,
                                                const v1::ReportQuarantineRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  VERVET_RETURN_IF_ERROR(CheckImageHash("hash", request.hash()));
  if (request.matches() == 0 || request.matches() > kMaxQuarantinedMatches) {
    return Invalid("matches",
                   absl::StrCat("is ", request.matches(), "; 1 to ", kMaxQuarantinedMatches));
  }
  if (request.window_s() == 0 || request.window_s() > kMaxQuarantineWindowS) {
    return Invalid("window_s", absl::StrCat("is ", request.window_s(), " seconds; 1 to ",
                                            kMaxQuarantineWindowS, " (366 days)"));
  }
  Command command =
      RecordCommand(party, "ReportQuarantine", request.record_id(), request.request_id(), request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time now) -> Decision {
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record,
                            FindAnothers(state, party, request.record_id(), now));
    const auto image = std::find_if(record->images.begin(), record->images.end(),
                                    [hash = *index::Hash256::FromBytes(request.hash())](
                                        const auto& other) { return other.hash == hash; });
    if (image == record->images.end()) {
      return absl::NotFoundError("hash: the record has no such image");
    }
    v1::AlertRaised alert = ImageFlood(party, request.record_id(), now);
    if (const uint64_t raised = state.alerts.RaisedAt(alert); raised != 0) {
      return Command::Decision(RequestOutcome{raised, record->record_id});
    }
    VERVET_RETURN_IF_ERROR(CheckEventsAbout(state, *record, party));
    // The image by its place: its hash would outlive the record's erasure in the alert.
    alert.set_detail(absl::StrCat("its image ", image - record->images.begin() + 1, " of ",
                                  record->images.size(), " matched ", request.matches(),
                                  " times in ", request.window_s(), " s and is set aside there"));
    AppendEntry entry;
    entry.record_id = record->record_id;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    *entry.draft.body.mutable_alert_raised() = std::move(alert);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> AcknowledgeRemedyCommand(absl::string_view party,
                                                 const v1::AcknowledgeRemedyRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  if (!v1::RemedyOutcome_IsValid(request.outcome()) ||
      request.outcome() == v1::REMEDY_OUTCOME_UNSPECIFIED) {
    return Invalid("outcome", "is missing or unknown; REVERSED, KEPT_ON_OWN_EVIDENCE or NONE");
  }
  if (request.outcome() == v1::NONE) {
    if (request.subjects() != 0) {
      return Invalid("subjects", "must be 0 where the outcome is NONE; or give another outcome");
    }
  } else {
    VERVET_RETURN_IF_ERROR(CheckSubjects(request.subjects()));
  }
  Command command =
      RecordCommand(party, "AcknowledgeRemedy", request.record_id(), request.request_id(), request);
  command.decide = [request, party = std::string(party)](const HubState& state,
                                                         absl::Time) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    const views::RecordPtr record = state.records.Find(request.record_id());
    if (record == nullptr ||
        (!MaySeeRecord(state, party, *record) && !HadRecord(state, party, *record))) {
      return absl::NotFoundError("record_id: no such record");
    }
    if (record->state != State::kRetracted && record->state != State::kErased) {
      return absl::FailedPreconditionError(
          "record_id: the record was neither retracted nor erased; there is nothing to remedy");
    }
    if (request.ended_sequence() != record->ended_sequence) {
      return Invalid("ended_sequence",
                     absl::StrCat("is ", request.ended_sequence(),
                                  ", which did not end this record; take the sequence number of "
                                  "its retraction or erasure, as synced"));
    }
    if (record->publisher == party) {
      return absl::PermissionDeniedError(
          "record_id: the caller's own record; acknowledgements come from the other members");
    }
    VERVET_RETURN_IF_ERROR(CheckAcknowledgements(state, *record, party));
    AppendEntry entry;
    entry.record_id = record->record_id;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    entry.draft.audience.set_party(record->publisher);
    auto& acknowledged = *entry.draft.body.mutable_remedy_acknowledged();
    acknowledged.set_record_id(request.record_id());
    acknowledged.set_party(party);
    acknowledged.set_ended_sequence(request.ended_sequence());
    acknowledged.set_outcome(request.outcome());
    acknowledged.set_subjects(request.subjects());
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> EraseCommand(absl::string_view party, const v1::EraseRequest& request,
                                     const RemedyPolicy& policy) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  if (!v1::ErasureGround_IsValid(request.ground()) ||
      request.ground() == v1::ERASURE_GROUND_UNSPECIFIED) {
    return Invalid("ground", "is missing or unknown; WITHDRAWN, SUBJECT_RIGHT or COURT_ORDER");
  }
  if (IsCoordinator(party) && request.ground() == v1::WITHDRAWN) {
    return absl::PermissionDeniedError(
        "ground: a record is withdrawn by its publisher; a coordinator erases it on a COURT_ORDER");
  }
  Command command =
      RecordCommand(party, "Erase", request.record_id(), request.request_id(), request);
  command.decide = [request, policy, party = std::string(party)](const HubState& state,
                                                                 absl::Time now) -> Decision {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    const views::RecordPtr record = state.records.Find(request.record_id());
    if (record == nullptr || (!IsCoordinator(party) && !MaySeeRecord(state, party, *record))) {
      return absl::NotFoundError("record_id: no such record");
    }
    if (!IsCoordinator(party) && record->publisher != party) {
      return absl::PermissionDeniedError(
          "record_id: another member's record; only its publisher can erase it, or a coordinator "
          "on a court order (dispute it instead)");
    }
    // A person's right does not end with the publisher's membership.
    if (IsCoordinator(party) && request.ground() == v1::SUBJECT_RIGHT &&
        state.roster.IsActive(record->publisher)) {
      return absl::PermissionDeniedError(
          "ground: SUBJECT_RIGHT is for the record's publisher, who is active; a coordinator "
          "stands "
          "in for one that is suspended, and erases on a COURT_ORDER otherwise");
    }
    if (record->state == State::kErased) {
      return Command::Decision(RequestOutcome{record->ended_sequence, record->record_id});
    }
    AppendEntry entry = EntryAbout(*record);
    entry.erases = state.records.SequencesAbout(*record);
    auto& erased = *entry.draft.body.mutable_record_erased();
    erased.set_record_id(record->record_id);
    for (const uint64_t sequence : entry.erases) erased.add_sequences(sequence);
    erased.set_ground(request.ground());
    erased.set_erased_by(party);
    erased.set_remedy_due_us(absl::ToUnixMicros(now + policy.remedy_deadline));
    return Command::Decision(std::move(entry));
  };
  return command;
}

Command CountSightingsCommand(absl::string_view record_id) {
  Command command;
  command.touches = {absl::StrCat("record:", record_id)};
  command.decide = [record_id = std::string(record_id)](const HubState& state,
                                                        absl::Time) -> Decision {
    const views::RecordPtr record = state.records.Find(record_id);
    const Sightings::Count count = state.sightings.CountOf(record_id);
    if (record == nullptr || record->state == State::kErased || count.members == 0) {
      return Command::Decision(RequestOutcome{});
    }
    AppendEntry entry = EntryAbout(*record);
    auto& counted = *entry.draft.body.mutable_sightings_counted();
    counted.set_record_id(record_id);
    counted.set_members(count.members);
    counted.set_subjects(count.subjects);
    return Command::Decision(std::move(entry));
  };
  return command;
}

}  // namespace vervet::hub
