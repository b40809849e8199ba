#include "member-sdk/src/engine/sync/sync_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/own_status.h"

namespace vervet::engine {

SyncWorker::SyncWorker(vault::Vault* vault, LiveState* state, MatchReporter* reporter,
                       Transport* transport, LogFollower follower, Backoff backoff)
    : vault_(vault),
      state_(state),
      reporter_(reporter),
      transport_(transport),
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
  std::vector<std::string> touched;
  state_->Replace(std::move(folded), &touched);
  // What was reported and no longer matches is compared too.
  VERVET_ASSIGN_OR_RETURN(auto reported, vault_->ReportedRecords());
  touched.insert(touched.end(), reported.begin(), reported.end());
  reporter_->Touch(std::move(touched));
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
  return {progress_.connected, progress_.caught_up, progress_.position,
          progress_.hub_size,  progress_.root,      OwnStatus(progress_.last_error)};
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

void SyncWorker::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
    }
    const absl::Status status = RunSession();
    AfterSession(status);
    {
      MutexLock lock(mutex_);
      if (stopping_ || stopped_for_good_) return;
    }
    if (std::exchange(rewind_begun_, false)) continue;
    const bool for_people = absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
    WaitBeforeRetry(for_people ? backoff_.Slow() : backoff_.Next(status));
  }
}

void SyncWorker::AfterSession(const absl::Status& status) {
  std::string notice;
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
        absl::StrCat(status.message(), " (this member: size ", follower_.position(), " root ",
                     ToHex(log::AsBytes(follower_.root())), ")"));
    notice = absl::StrCat("SYNC STOPPED: ", progress_.last_error.message());
  } else if (absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status)) {
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
  return ended_here ? status : finished;
}

absl::Status SyncWorker::Receive(const v1::SyncResponse& message, SyncSession& session) {
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
    level = equal && follower_.position() >= follower_.known_size();
  } else if (message.has_entries()) {
    VERVET_RETURN_IF_ERROR(ApplyEntries(message.entries()));
    if (rewind_begun_) return absl::OkStatus();
    level = follower_.position() == follower_.known_size() &&
            follower_.position() == follower_.verified_size();
  }
  if (level) {
    VERVET_RETURN_IF_ERROR(PurgeIfDue());
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

absl::Status SyncWorker::ApplyEntries(const v1::SyncEntries& entries) {
  for (int first = 0; first < entries.entries_size() && !rewind_begun_;) {
    VERVET_ASSIGN_OR_RETURN(ReceivedBatch batch, follower_.Accept(entries, &first));
    VERVET_RETURN_IF_ERROR(ApplyBatch(std::move(batch)));
  }
  return absl::OkStatus();
}

absl::Status SyncWorker::ApplyBatch(ReceivedBatch batch) {
  const bool ends_rewind = follower_.EndsRewind(batch);
  const bool begins_rewind = NeedsRewind(batch);
  const bool was_rewinding = follower_.rewinding();
  vault::LogBatch durable;
  durable.events = batch.stored;
  durable.pins = batch.new_pins;
  durable.frontier = batch.frontier;
  durable.visibility_floor = follower_.visibility_floor();
  durable.begin_rewind = begins_rewind;
  durable.end_rewind = ends_rewind;
  durable.purge_due = LeavesGroup(batch);
  VERVET_RETURN_IF_ERROR(vault_->Commit(durable));
  follower_.Stored(batch, begins_rewind);
  purge_due_ = purge_due_ || durable.purge_due;

  if (was_rewinding) {
    // Old news, told again: it goes into a state of its own, because a suspension or a departure of
    // long ago must not take effect a second time.
    for (const log::ParsedEvent& event : batch.events) shadow_->Apply(event);
    if (ends_rewind) VERVET_RETURN_IF_ERROR(FinishRewind());
  } else {
    std::vector<std::string> touched;
    state_->Apply(batch.events, &touched);
    reporter_->Touch(std::move(touched));
  }
  if (begins_rewind) {
    shadow_ = std::make_unique<views::CoalitionState>();
    rewind_begun_ = true;
    return absl::OkStatus();
  }
  return PurgeIfDue();
}

absl::Status SyncWorker::FinishRewind() {
  std::vector<std::string> touched;
  state_->Replace(std::move(*shadow_), &touched);
  shadow_.reset();
  VERVET_ASSIGN_OR_RETURN(auto reported, vault_->ReportedRecords());
  touched.insert(touched.end(), reported.begin(), reported.end());
  reporter_->Touch(std::move(touched));
  return absl::OkStatus();
}

// Up to the visibility floor the hub chose by the groups of now, so a departure followed by a
// return within that history takes nothing away: judged by the roster of its end.
absl::Status SyncWorker::PurgeIfDue() {
  if (!purge_due_ || follower_.rewinding() || follower_.position() < follower_.visibility_floor()) {
    return absl::OkStatus();
  }
  std::vector<uint64_t> forget;
  std::vector<std::string> forgotten_records;
  VERVET_RETURN_IF_ERROR(vault_->ForEachEvent([&](const vault::StoredEvent& event) {
    VERVET_ASSIGN_OR_RETURN(const auto parsed, ReadEvent(event.header, event.body));
    const v1::EventBody& body = parsed.body;
    const auto is_forgotten = [&](const std::string& id) {
      return std::binary_search(forgotten_records.begin(), forgotten_records.end(), id);
    };
    if (body.has_record_published() && !state_->MayKeep(body.record_published())) {
      const std::string& id = body.record_published().record_id();
      forgotten_records.insert(
          std::lower_bound(forgotten_records.begin(), forgotten_records.end(), id), id);
      forget.push_back(event.sequence);
    } else if ((body.has_record_retracted() && is_forgotten(body.record_retracted().record_id())) ||
               (body.has_record_expired() && is_forgotten(body.record_expired().record_id()))) {
      forget.push_back(event.sequence);
    }
    return absl::OkStatus();
  }));
  VERVET_RETURN_IF_ERROR(vault_->Purge(forget));
  purge_due_ = false;
  std::vector<std::string> touched;
  state_->DropInvisible(&touched);
  reporter_->Touch(std::move(touched));
  return absl::OkStatus();
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

}  // namespace vervet::engine
