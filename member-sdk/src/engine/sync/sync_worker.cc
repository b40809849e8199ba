#include "member-sdk/src/engine/sync/sync_worker.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/refusal.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/own_status.h"
#include "member-sdk/src/engine/sync/record_events.h"

namespace vervet::engine {

SyncWorker::SyncWorker(vault::Vault* vault, LiveState* state, MatchReporter* reporter,
                       Transport* transport, LogFollower follower, ReportFile report,
                       Backoff backoff)
    : vault_(vault),
      state_(state),
      reporter_(reporter),
      transport_(transport),
      report_(std::move(report)),
      follower_(std::move(follower)),
      backoff_(std::move(backoff)) {}

absl::Status SyncWorker::Load() {
  VERVET_ASSIGN_OR_RETURN(vault::LogPosition position, vault_->Position());
  VERVET_ASSIGN_OR_RETURN(auto pins, vault_->PinnedKeys());
  VERVET_RETURN_IF_ERROR(follower_.Restore(position, std::move(pins)));
  if (follower_.rewinding()) shadow_ = std::make_unique<views::CoalitionState>();
  views::CoalitionState folded;
  VERVET_RETURN_IF_ERROR(vault_->ForEachEvent([&](const vault::StoredEvent& event) {
    VERVET_ASSIGN_OR_RETURN(const auto parsed, ReadEvent(event.header, event.body));
    folded.Apply(parsed);
    if (shadow_ != nullptr && event.sequence <= follower_.position()) shadow_->Apply(parsed);
    return absl::OkStatus();
  }));
  purge_due_ = position.purge_due;
  scrub_due_ = position.scrub_due;
  // Where the disk is full, checks still work, and it is tried again with the next stream.
  (void)ScrubIfDue();
  if (position.first_met) {
    reporter_->remedies().set_first_met(*position.first_met);
  } else if (const uint64_t seen = std::max(follower_.position(), position.rewind_until)) {
    VERVET_RETURN_IF_ERROR(NoteFirstMet(seen));
  }
  std::vector<std::string> touched;
  state_->Replace(std::move(folded), &touched);
  VERVET_RETURN_IF_ERROR(TouchAll(std::move(touched)));
  // The purge waits for a stream; what it will take must not match until then.
  if (PurgeMayRun()) DropInvisible();
  Publish();
  return absl::OkStatus();
}

void SyncWorker::Start(std::function<void()> on_caught_up) {
  on_caught_up_ = std::move(on_caught_up);
  thread_ = std::thread([this] { Run(); });
}

void SyncWorker::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (session_ != nullptr) session_->Cancel();
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

SyncProgress SyncWorker::Progress() {
  MutexLock lock(mutex_);
  return {progress_.connected,
          progress_.caught_up,
          progress_.position,
          progress_.hub_size,
          progress_.root,
          OwnStatus(progress_.last_error),
          report_.exists() ? report_.path() : ""};
}

void SyncWorker::Publish() {
  MutexLock lock(mutex_);
  progress_.position = follower_.position();
  progress_.root = std::string(log::AsBytes(follower_.root()));
  progress_.hub_size = std::max(follower_.verified_size(), follower_.known_size());
  const bool level = follower_.known_size() != 0 || follower_.verified_size() == 0;
  progress_.caught_up = progress_.connected && level && !follower_.rewinding() &&
                        follower_.position() >= follower_.known_size() &&
                        follower_.position() == follower_.verified_size();
  changed_.NotifyAll();
}

absl::Status SyncWorker::RunOnce() {
  rewind_begun_ = false;
  const absl::Status status = RunSession();
  AfterSession(status);
  return status;
}

void SyncWorker::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    const absl::Status status = RunOnce();
    {
      MutexLock lock(mutex_);
      if (stopping_ || stopped_for_good_) return;
    }
    if (std::exchange(rewind_begun_, false)) continue;
    WaitBeforeRetry(net::CallerIsRefused(status) ? backoff_.Slow() : backoff_.Next(status));
  }
}

void SyncWorker::AfterSession(const absl::Status& status) {
  std::string notice;
  const std::string kept = KeepReport(status);
  MutexLock lock(mutex_);
  progress_.connected = false;
  progress_.caught_up = false;
  ++failures_;
  if (stopping_ || (wanted_session_ > sessions_begun_ && status.ok()) || rewind_begun_) {
    changed_.NotifyAll();
    return;
  }
  progress_.last_error = status.ok() ? absl::UnavailableError("the hub ended the stream") : status;
  if (absl::IsDataLoss(status)) {
    stopped_for_good_ = true;
    progress_.last_error = absl::DataLossError(
        absl::StrCat(status.message(), "; syncing has stopped, tell the coordinators", kept));
    notice = absl::StrCat("SYNC STOPPED: ", progress_.last_error.message());
  } else if (net::CallerIsRefused(status)) {
    refused_session_ = sessions_begun_;
    refusal_ = OwnStatus(status);
    notice = absl::StrCat("refused by the hub: ", status.message());
  } else {
    notice = absl::StrCat("hub unreachable: ", progress_.last_error.message());
  }
  if (notice != notified_) {
    notified_ = notice;
    reporter_->Notice(std::move(notice));
  }
  changed_.NotifyAll();
}

std::string SyncWorker::KeepReport(const absl::Status& status) {
  if (!absl::IsDataLoss(status) || !follower_.dispute()) return "";
  const absl::Status written = report_.Write(*follower_.dispute());
  if (written.ok()) return absl::StrCat(" and give them the report ", report_.path());
  return absl::StrCat("; the report could not be written: ", written.message());
}

void SyncWorker::WaitBeforeRetry(absl::Duration wait) {
  const auto deadline = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(wait);
  MutexLock lock(mutex_);
  while (!stopping_ && wanted_session_ <= sessions_begun_) {
    if (!changed_.WaitUntil(mutex_, deadline)) return;
  }
}

absl::Status SyncWorker::RunSession() {
  {
    MutexLock lock(mutex_);
    ++sessions_begun_;
  }
  acknowledged_ = 0;
  std::vector<std::string> notices;
  const absl::Status ready = transport_->Prepare(&notices);
  for (std::string& notice : notices) reporter_->Notice(std::move(notice));
  VERVET_RETURN_IF_ERROR(ready);
  const v1::SyncHello hello = follower_.BeginSession();
  const std::unique_ptr<SyncSession> session = transport_->OpenSync(hello);
  {
    MutexLock lock(mutex_);
    session_ = session.get();
    if (stopping_) session->Cancel();
  }
  absl::Status status;
  bool ended_here = false;
  v1::SyncResponse message;
  while (session->Read(&message)) {
    status = Receive(message, *session);
    MutexLock lock(mutex_);
    ended_here = !status.ok() || rewind_begun_ || stopping_ || wanted_session_ > sessions_begun_;
    if (ended_here) break;
  }
  // Only a stream that is still open: cancelling one that has ended could hide the hub's reason.
  if (ended_here) session->Cancel();
  {
    MutexLock lock(mutex_);
    session_ = nullptr;
    // WaitUntilCaughtUp and Stop end a stream by cancelling it, which is no failure.
    ended_here = ended_here || stopping_ || wanted_session_ > sessions_begun_;
  }
  const absl::Status finished = session->Finish();
  if (ended_here) return status;
  return absl::IsDataLoss(finished) ? follower_.RefusedByHub(finished) : finished;
}

absl::Status SyncWorker::Receive(v1::SyncResponse& message, SyncSession& session) {
  bool connected_now = false;
  {
    MutexLock lock(mutex_);
    connected_now = !std::exchange(progress_.connected, true);
    progress_.last_error = absl::OkStatus();
  }
  if (connected_now && notified_ != "connected") {
    notified_ = "connected";
    reporter_->Notice(notified_);
  }
  bool level = false;
  if (message.has_head()) {
    VERVET_ASSIGN_OR_RETURN(const bool equal, follower_.AcceptHead(message.head()));
    VERVET_RETURN_IF_ERROR(NoteFirstMet(message.head().size()));
    level = equal && follower_.position() >= follower_.known_size();
  } else if (message.has_entries()) {
    VERVET_RETURN_IF_ERROR(ApplyEntries(message.mutable_entries()));
    if (rewind_begun_) return absl::OkStatus();
    level = follower_.position() == follower_.known_size() &&
            follower_.position() == follower_.verified_size();
  }
  if (level) {
    VERVET_RETURN_IF_ERROR(PurgeIfDue());
    VERVET_RETURN_IF_ERROR(ScrubIfDue());
    VERVET_RETURN_IF_ERROR(vault_->CommitHead(follower_.last_head().SerializeAsString()));
    backoff_.Reset();
    // Once a verified head, not once a message: the hub shows it to the coordinators, nothing
    // depends on it.
    if (acknowledged_ != follower_.position() || acknowledged_ == 0) {
      acknowledged_ = follower_.position();
      session.SendApplied(acknowledged_);
    }
  }
  Publish();
  if (level && !follower_.rewinding()) {
    bool first_time = false;
    {
      MutexLock lock(mutex_);
      first_time = caught_up_session_ != sessions_begun_;
      caught_up_session_ = sessions_begun_;
      changed_.NotifyAll();
    }
    if (first_time && on_caught_up_) on_caught_up_();
  }
  return absl::OkStatus();
}

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

absl::Status SyncWorker::ApplyEntries(v1::SyncEntries* entries) {
  for (int first = 0; first < entries->entries_size() && !rewind_begun_;) {
    VERVET_RETURN_IF_ERROR(follower_.Accept(entries, &first, &batch_));
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
  durable.events.swap(batch.stored);
  VERVET_RETURN_IF_ERROR(vault_->Commit(durable));
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

absl::StatusOr<std::vector<vault::ErasedRecord>> SyncWorker::ErasedIn(const ReceivedBatch& batch) {
  std::vector<vault::ErasedRecord> all;
  for (const log::ParsedEvent& event : batch.events) {
    if (!event.body.has_record_erased()) continue;
    vault::ErasedRecord erased;
    erased.record_id = event.body.record_erased().record_id();
    for (const uint64_t sequence : event.body.record_erased().sequences()) {
      VERVET_ASSIGN_OR_RETURN(auto stored, vault_->FindEvent(sequence));
      const auto arrived =
          std::find_if(batch.stored.begin(), batch.stored.end(),
                       [&](const auto& other) { return other.sequence == sequence; });
      if (arrived != batch.stored.end()) stored = *arrived;
      if (!stored) continue;
      VERVET_ASSIGN_OR_RETURN(const auto parsed, ReadEvent(stored->header, stored->body));
      // No hub can make a member forget who belongs to the coalition.
      if (RecordIdOf(parsed.body) == erased.record_id) erased.sequences.push_back(sequence);
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
  VERVET_RETURN_IF_ERROR(vault_->ForEachEvent([&](const vault::StoredEvent& event) {
    VERVET_ASSIGN_OR_RETURN(const auto parsed, ReadEvent(event.header, event.body));
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

absl::Status SyncWorker::WaitUntilCaughtUp(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  // Only a stream that begins after this call can tell what the hub has at this moment.
  const uint64_t wanted = sessions_begun_ + 1;
  wanted_session_ = std::max(wanted_session_, wanted);
  if (session_ != nullptr) session_->Cancel();
  changed_.NotifyAll();
  while (caught_up_session_ < wanted) {
    if (stopped_for_good_) return OwnStatus(progress_.last_error);
    if (stopping_) return absl::CancelledError("the client is closing");
    // The worker goes on trying, for the day on which people lift it; who waits is told now.
    if (refused_session_ >= wanted) return OwnStatus(refusal_);
    if (!changed_.WaitUntil(mutex_, deadline) && caught_up_session_ < wanted) {
      return absl::DeadlineExceededError(absl::StrCat(
          "not caught up in time: at position ", progress_.position, " of ", progress_.hub_size,
          progress_.last_error.ok() ? "" : "; ", progress_.last_error.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status SyncWorker::WaitForTypes(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  const uint64_t failures = failures_;
  while (state_->types()->empty()) {
    if (stopping_) return absl::CancelledError("the client is closing");
    if (stopped_for_good_ || failures_ != failures) return OwnStatus(progress_.last_error);
    if (!progress_.last_error.ok() && !progress_.connected) return OwnStatus(progress_.last_error);
    if (!changed_.WaitUntil(mutex_, deadline)) break;
  }
  return absl::OkStatus();
}

absl::Status SyncWorker::WaitForRefusalOrTypes(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  // An open stream brings them or is refused; without one, the next attempt is made now.
  const uint64_t wanted = sessions_begun_ + (session_ == nullptr ? 1 : 0);
  wanted_session_ = std::max(wanted_session_, wanted);
  changed_.NotifyAll();
  while (state_->types()->empty() && caught_up_session_ < wanted && !stopping_ &&
         !stopped_for_good_) {
    if (refused_session_ >= wanted) return OwnStatus(refusal_);
    if (!changed_.WaitUntil(mutex_, deadline)) break;
  }
  return absl::OkStatus();
}

}  // namespace vervet::engine
