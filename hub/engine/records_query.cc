#include "hub/engine/records_query.h"

#include <algorithm>
#include <map>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

using Record = views::OffenderRecords::Record;
using Aftermath = views::OffenderRecords::Aftermath;
using State = views::OffenderRecords::State;

constexpr uint32_t kDefaultListed = 100;
constexpr size_t kEntryFrameBytes = 8;  // at most: an entry's tag and length, and `more`

// 0 stands for "never" on the wire.
int64_t MicrosOrZero(absl::Time time) {
  if (time == absl::InfinitePast() || time == absl::InfiniteFuture()) return 0;
  return std::max<int64_t>(absl::ToUnixMicros(time), 0);
}

bool IsCoordinator(absl::string_view party) { return absl::StartsWith(party, "coordinator/"); }

bool EndedForRemedy(const Record& record) {
  return record.state == State::kRetracted || record.state == State::kErased;
}

v1::RecordState StateOf(const Record& record, const Aftermath& aftermath, absl::Time now) {
  switch (record.state) {
    case State::kRetracted:
      return v1::RETRACTED;
    case State::kExpired:
      return v1::EXPIRED;
    case State::kErased:
      return v1::ERASED;
    case State::kLive:
      break;
  }
  if (record.last_expiry <= now) return v1::EXPIRED;
  return aftermath.paused ? v1::PAUSED : v1::IN_FORCE;
}

// The earliest answer that is owed; InfiniteFuture where none is.
absl::Time AnswerDue(const Record& record, const Aftermath& aftermath) {
  absl::Time due = absl::InfiniteFuture();
  if (record.state != State::kLive) return due;
  for (const auto& opinion : aftermath.opinions) {
    if (aftermath.IsUnanswered(opinion)) due = std::min(due, opinion.answer_due);
  }
  return due;
}

bool RemediesMissing(const Record& record, const Aftermath& aftermath) {
  if (!EndedForRemedy(record)) return false;
  // A remedy is the only one of its member.
  if (aftermath.remedies.size() < aftermath.holders.size()) return true;
  absl::flat_hash_set<absl::string_view> told;
  for (const auto& remedy : aftermath.remedies) told.insert(remedy.party);
  return std::any_of(aftermath.holders.begin(), aftermath.holders.end(),
                     [&](const std::string& party) { return !told.contains(party); });
}

void FillOpinions(const Aftermath& aftermath, bool with_texts, v1::RecordStatus* out) {
  const auto& opinions = aftermath.opinions;
  const size_t skipped = opinions.size() - std::min<size_t>(opinions.size(), kMaxOpinionsShown);
  for (size_t i = skipped; i < opinions.size(); ++i) {
    const auto& opinion = opinions[i];
    v1::StandingOpinion& standing = *out->add_opinions();
    standing.set_party(opinion.party);
    standing.set_stance(opinion.stance);
    if (with_texts) standing.set_reason(opinion.reason);
    standing.set_for_subject(opinion.for_subject);
    standing.set_given_us(MicrosOrZero(opinion.given));
    standing.set_answered(opinion.stance == v1::DISPUTE && !aftermath.IsUnanswered(opinion));
    standing.set_answer_due_us(MicrosOrZero(opinion.answer_due));
  }
  out->set_unanswered_disputes(aftermath.UnansweredDisputes());
  if (with_texts) out->set_last_answer(aftermath.last_answer);
  out->set_last_answer_us(MicrosOrZero(aftermath.last_answered));
}

void FillRemedies(const views::Roster& roster, const Record& record, const Aftermath& aftermath,
                  const SyncPositions& positions, absl::Time now, v1::RecordStatus* out) {
  std::map<absl::string_view, const views::OffenderRecords::Remedy*> parties;
  for (const std::string& party : aftermath.holders) parties[party] = nullptr;
  for (const auto& remedy : aftermath.remedies) parties[remedy.party] = &remedy;
  for (const auto& [party, remedy] : parties) {
    v1::MemberRemedy& line = *out->add_remedies();
    line.set_party(std::string(party));
    const auto* entry = roster.FindParty(party);
    if (entry != nullptr) line.set_display_name(entry->display_name);
    const SyncPositions::Entry position = positions.Find(party);
    if (position.applied >= record.ended_sequence) {
      line.set_applied(true);
      line.set_applied_us(MicrosOrZero(positions.FirstApplied(party, record.ended_sequence)));
    } else if (remedy != nullptr) {
      // It has said what it did about the record's end, so it had applied it; when is not known
      // any more.
      line.set_applied(true);
    }
    if (remedy != nullptr) {
      line.set_outcome(remedy->outcome);
      line.set_subjects(remedy->subjects);
      line.set_acknowledged_us(MicrosOrZero(remedy->acknowledged));
    } else {
      line.set_late(now > aftermath.remedy_due);
    }
    line.set_last_lookup_us(MicrosOrZero(position.looked_up_at));
  }
}

// A coordinator may sit where none of the record's groups permits its records to go. What members
// wrote about the record (reasons, the answer to disputes) stays behind with its facts.
bool MayReceiveFacts(const views::Roster& roster, absl::string_view party, const Record& record) {
  if (!IsCoordinator(party)) return true;
  const auto* caller = roster.FindParty(party);
  return caller != nullptr &&
         std::any_of(record.facts.groups().begin(), record.facts.groups().end(),
                     [&](const std::string& name) {
                       const auto* group = roster.FindGroup(name);
                       return group != nullptr &&
                              (group->permitted_regions.empty() ||
                               group->permitted_regions.count(caller->region) != 0);
                     });
}

void FillRecord(const views::CoalitionState& state, absl::string_view party, const Record& record,
                const SyncPositions& positions, absl::Time now, v1::RecordStatus* out) {
  const Aftermath& aftermath = state.records.AftermathOf(record);
  const bool may_receive = MayReceiveFacts(state.roster, party, record);
  out->set_record_id(record.record_id);
  out->set_publisher(record.publisher);
  out->set_state(StateOf(record, aftermath, now));
  if (record.state != State::kErased) {
    if (may_receive) *out->mutable_facts() = record.facts;
    out->set_published_us(MicrosOrZero(record.published));
    out->set_expires_us(MicrosOrZero(record.last_expiry));
  }
  out->set_sequence(record.sequence);
  out->set_ended_us(MicrosOrZero(aftermath.ended));
  out->set_ended_sequence(record.ended_sequence);
  if (may_receive) out->set_end_reason(aftermath.end_reason);
  if (EndedForRemedy(record)) out->set_remedy_due_us(MicrosOrZero(aftermath.remedy_due));
  FillOpinions(aftermath, may_receive, out);
  out->set_answer_due_us(MicrosOrZero(AnswerDue(record, aftermath)));
  out->set_sighted_by(aftermath.sighted_by);
  out->set_sighted_subjects(aftermath.sighted_subjects);
  out->set_signatures(static_cast<uint32_t>(record.signatures.size()));
  out->set_images(static_cast<uint32_t>(record.images.size()));
  const bool may_see_remedies = IsCoordinator(party) || record.publisher == party;
  if (may_see_remedies && EndedForRemedy(record)) {
    FillRemedies(state.roster, record, aftermath, positions, now, out);
  }
}

bool Needs(const Record& record, const Aftermath& aftermath, v1::ListRecordsRequest::Need need,
           absl::Time now) {
  switch (need) {
    case v1::ListRecordsRequest::OPEN_DISPUTES:
      return AnswerDue(record, aftermath) != absl::InfiniteFuture();
    case v1::ListRecordsRequest::REMEDIES_DUE:
      return RemediesMissing(record, aftermath);
    case v1::ListRecordsRequest::LATE:
      return AnswerDue(record, aftermath) < now ||
             (aftermath.remedy_due < now && RemediesMissing(record, aftermath));
    default:
      return true;
  }
}

}  // namespace

absl::Status ShowRecord(absl::string_view party, const v1::ShowRecordRequest& request,
                        const SharedState& shared, const SyncPositions& positions, absl::Time now,
                        v1::RecordStatus* response) {
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  return shared.Read([&](const HubState& state) -> absl::Status {
    const views::RecordPtr record = state.records.Find(request.record_id());
    if (record == nullptr || (!IsCoordinator(party) && !MaySeeRecord(state, party, *record))) {
      return absl::NotFoundError("record_id: no such record");
    }
    FillRecord(state, party, *record, positions, now, response);
    return absl::OkStatus();
  });
}

absl::Status ListRecords(absl::string_view party, const v1::ListRecordsRequest& request,
                         const SharedState& shared, const SyncPositions& positions, absl::Time now,
                         v1::ListRecordsResponse* response) {
  if (!v1::ListRecordsRequest::Need_IsValid(request.need())) {
    return Invalid("need", "is unknown; see ListRecordsRequest.Need");
  }
  if (request.limit() > kMaxListedRecords) {
    return Invalid("limit", absl::StrCat("is ", request.limit(), "; at most ", kMaxListedRecords));
  }
  if (!request.after_record_id().empty() && request.after_record_id().size() != kRecordIdBytes) {
    return Invalid("after_record_id",
                   absl::StrCat("has ", request.after_record_id().size(), " bytes; ",
                                kRecordIdBytes, ", or leave it out"));
  }
  const uint32_t limit = request.limit() == 0 ? kDefaultListed : request.limit();
  return shared.Read([&](const HubState& state) -> absl::Status {
    size_t bytes = 0;
    const auto visit = [&](const Record& record, const Aftermath& aftermath) {
      if (!IsCoordinator(party) && record.publisher != party) return true;
      if (!Needs(record, aftermath, request.need(), now)) return true;
      if (response->records_size() >= static_cast<int>(limit)) {
        response->set_more(true);
        return false;
      }
      v1::RecordStatus& entry = *response->add_records();
      FillRecord(state, party, record, positions, now, &entry);
      bytes += entry.ByteSizeLong() + kEntryFrameBytes;
      if (bytes <= kMaxRecordListBytes || response->records_size() == 1) return true;
      response->mutable_records()->RemoveLast();
      response->set_more(true);
      return false;
    };
    state.records.ForEachAftermathAfter(request.after_record_id(), visit);
    return absl::OkStatus();
  });
}

}  // namespace vervet::hub
