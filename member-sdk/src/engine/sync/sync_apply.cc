// The sync worker's half that changes something: what came is stored, folded, and told.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/sync/record_events.h"
#include "member-sdk/src/engine/sync/sync_worker.h"

namespace vervet::engine {

bool SyncWorker::NeedsRewind(const ReceivedBatch& batch) const {
  if (follower_.rewinding()) return false;
  for (const log::ParsedEvent& event : batch.events) {
    if (event.body.has_group_joined() && event.body.group_joined().party() == state_->party() &&
        event.header.sequence() > follower_.visibility_floor()) {
      return true;
    }
  }
  return false;
}

bool SyncWorker::LeavesGroup(const ReceivedBatch& batch) const {
  return std::any_of(batch.events.begin(), batch.events.end(), [&](const auto& event) {
    return event.body.has_group_left() && event.body.group_left().party() == state_->party();
  });
}

absl::Status SyncWorker::ApplyEntries(const SyncFrame& frame) {
  for (size_t first = 0; first < frame.size() && !rewind_begun_;) {
    VERVET_RETURN_IF_ERROR(follower_.Accept(frame, &first, &batch_));
    VERVET_RETURN_IF_ERROR(ApplyBatch(batch_));
  }
  return absl::OkStatus();
}

absl::Status SyncWorker::ApplyBatch(ReceivedBatch& batch) {
  const bool ends_rewind = follower_.EndsRewind(batch);
  const bool begins_rewind = NeedsRewind(batch);
  const bool was_rewinding = follower_.rewinding();
  vault::LogBatch durable;
  durable.pins = batch.new_pins;
  durable.frontier = batch.frontier;
  durable.visibility_floor = follower_.visibility_floor();
  durable.begin_rewind = begins_rewind;
  durable.end_rewind = ends_rewind;
  durable.purge_due = LeavesGroup(batch);
  VERVET_ASSIGN_OR_RETURN(durable.erased, ErasedIn(batch));
  std::swap(durable.events, batch.stored);
  VERVET_RETURN_IF_ERROR(vault_->Commit(durable));
  std::swap(durable.events, batch.stored);  // its memory is used again
  follower_.Stored(batch, begins_rewind);
  // At once: from here on the follower rewinds, whatever fails below.
  if (begins_rewind) shadow_ = std::make_unique<views::CoalitionState>();
  purge_due_ = purge_due_ || durable.purge_due;
  scrub_due_ = scrub_due_ || !durable.erased.empty();

  if (was_rewinding) {
    // Old news, told again: it goes into a state of its own, because a suspension or a departure of
    // long ago must not take effect a second time.
    for (const log::ParsedEvent& event : batch.events) shadow_->Apply(event);
    if (ends_rewind) VERVET_RETURN_IF_ERROR(FinishRewind());
  } else {
    std::vector<std::string> touched;
    const uint64_t harmless = state_->HarmlessChanged();
    state_->Apply(batch.events, &touched);
    if (state_->HarmlessChanged() != harmless) VERVET_RETURN_IF_ERROR(AddPictured(&touched));
    VERVET_RETURN_IF_ERROR(AddReportedOfSuspended(batch, &touched));
    Touch(std::move(touched));
    for (const log::ParsedEvent& event : batch.events) {
      auto news = state_->OpinionNews(event);
      // What others said before this vault met the hub is no news.
      const bool old = event.header.sequence() <= reporter_->remedies().first_met();
      if (news && !old) reporter_->Opined(*std::move(news));
    }
  }
  // Matching ends now, whatever becomes of the vault; that is tried again.
  if (PurgeMayRun()) DropInvisible();
  VERVET_RETURN_IF_ERROR(ScrubIfDue());
  if (begins_rewind) {
    rewind_begun_ = true;
    return absl::OkStatus();
  }
  return PurgeIfDue();
}

// What is harmless has changed: any match by a picture may have begun or ended.
absl::Status SyncWorker::AddPictured(std::vector<std::string>* touched) {
  VERVET_ASSIGN_OR_RETURN(const auto reported, vault_->ReportedRecords());
  touched->insert(touched->end(), reported.begin(), reported.end());
  reporter_->TouchNearKept();
  return absl::OkStatus();
}

// Matches by pictures that were forgotten since end too.
absl::Status SyncWorker::AddReportedOfSuspended(const ReceivedBatch& batch,
                                                std::vector<std::string>* touched) {
  for (const log::ParsedEvent& event : batch.events) {
    if (!event.body.has_member_suspended()) continue;
    VERVET_ASSIGN_OR_RETURN(const auto reported,
                            vault_->ReportedRecords(event.body.member_suspended().party()));
    touched->insert(touched->end(), reported.begin(), reported.end());
  }
  return absl::OkStatus();
}

absl::Status SyncWorker::FinishRewind() {
  std::vector<std::string> touched;
  state_->Replace(std::move(*shadow_), &touched);
  shadow_.reset();
  return TouchAll(std::move(touched));
}

void SyncWorker::Touch(std::vector<std::string> records) {
  if (scrub_due_) {
    unscrubbed_.insert(unscrubbed_.end(), records.begin(), records.end());
  } else {
    reporter_->Touch(std::move(records));
  }
}

absl::Status SyncWorker::ScrubIfDue() {
  if (!scrub_due_) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(vault_->ScrubErased());
  scrub_due_ = false;
  reporter_->Touch(std::exchange(unscrubbed_, {}));
  return absl::OkStatus();
}

absl::Status SyncWorker::NoteFirstMet(uint64_t size) {
  Remedies& remedies = reporter_->remedies();
  if (remedies.first_met() != std::numeric_limits<uint64_t>::max()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(vault_->NoteFirstMet(size));
  remedies.set_first_met(size);
  return absl::OkStatus();
}

absl::Status SyncWorker::TouchAll(std::vector<std::string> touched) {
  // What was reported and no longer matches is compared too.
  VERVET_ASSIGN_OR_RETURN(const auto reported, vault_->ReportedRecords());
  touched.insert(touched.end(), reported.begin(), reported.end());
  VERVET_ASSIGN_OR_RETURN(const auto with_subjects, vault_->RecordsWithSubjects());
  touched.insert(touched.end(), with_subjects.begin(), with_subjects.end());
  absl::flat_hash_map<std::string, uint64_t> settled;
  VERVET_ASSIGN_OR_RETURN(const auto remedies, vault_->Remedies());
  for (const vault::RemedyRow& row : remedies) settled[row.record_id] = row.ended_sequence;
  for (auto& [ended, id] : state_->EndedSince(reporter_->remedies().first_met())) {
    const auto it = settled.find(id);
    if (it == settled.end() || it->second < ended) touched.push_back(std::move(id));
  }
  Touch(std::move(touched));
  reporter_->TouchNearKept();
  return absl::OkStatus();
}

absl::StatusOr<std::string> SyncWorker::RecordOf(uint64_t sequence, const ReceivedBatch& batch) {
  for (const log::ParsedEvent& event : batch.events) {
    if (event.header.sequence() == sequence) return std::string(RecordIdOf(event.body));
  }
  VERVET_ASSIGN_OR_RETURN(const auto stored, vault_->FindEvent(sequence));
  if (!stored) return std::string();
  VERVET_ASSIGN_OR_RETURN(const auto parsed, ReadEvent(stored->header, stored->body));
  return std::string(RecordIdOf(parsed.body));
}

absl::StatusOr<std::vector<vault::ErasedRecord>> SyncWorker::ErasedIn(const ReceivedBatch& batch) {
  std::vector<vault::ErasedRecord> all;
  for (const log::ParsedEvent& event : batch.events) {
    if (!event.body.has_record_erased()) continue;
    vault::ErasedRecord erased;
    erased.record_id = event.body.record_erased().record_id();
    for (const uint64_t sequence : event.body.record_erased().sequences()) {
      VERVET_ASSIGN_OR_RETURN(const std::string about, RecordOf(sequence, batch));
      // No hub can make a member forget who belongs to the coalition.
      if (!about.empty() && about == erased.record_id) erased.sequences.push_back(sequence);
    }
    all.push_back(std::move(erased));
  }
  return all;
}

// Up to the visibility floor the hub chose by the groups of now, so a departure followed by a
// return within that history takes nothing away: judged by the roster of its end.
bool SyncWorker::PurgeMayRun() const {
  return purge_due_ && !follower_.rewinding() &&
         follower_.position() >= follower_.visibility_floor();
}

absl::Status SyncWorker::PurgeIfDue() {
  if (!PurgeMayRun()) return absl::OkStatus();
  DropInvisible();
  std::vector<uint64_t> forget;
  log::ParsedEvent parsed;
  VERVET_RETURN_IF_ERROR(vault_->ForEachEvent([&](const vault::EventView& event) {
    VERVET_RETURN_IF_ERROR(ReadEvent(event.header, event.body, &parsed));
    // Each event says itself for whom it is. Its record's publication may never have come: whoever
    // joins and leaves again has seen only the moment between.
    const v1::Audience& audience = parsed.header.audience();
    if (!RecordIdOf(parsed.body).empty() && !state_->MayKeep(audience.party(), audience)) {
      forget.push_back(event.sequence);
    }
    return absl::OkStatus();
  }));
  VERVET_RETURN_IF_ERROR(vault_->Purge(forget));
  purge_due_ = false;
  return absl::OkStatus();
}

void SyncWorker::DropInvisible() {
  std::vector<std::string> touched;
  state_->DropInvisible(&touched);
  Touch(std::move(touched));
}

}  // namespace vervet::engine
