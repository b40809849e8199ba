#include "member-sdk/src/engine/sync/sync_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/refusal.h"
#include "member-sdk/src/engine/own_status.h"

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
  log::ParsedEvent parsed;
  VERVET_RETURN_IF_ERROR(vault_->ForEachEvent([&](const vault::EventView& event) {
    VERVET_RETURN_IF_ERROR(ReadEvent(event.header, event.body, &parsed));
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
  while (session->Read(&frame_)) {
    status = Receive(frame_, *session);
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

absl::Status SyncWorker::Receive(const SyncFrame& frame, SyncSession& session) {
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
  if (frame.has_head()) {
    VERVET_ASSIGN_OR_RETURN(const bool equal, follower_.AcceptHead(frame.head()));
    VERVET_RETURN_IF_ERROR(NoteFirstMet(frame.head().size()));
    level = equal && follower_.position() >= follower_.known_size();
  } else if (frame.has_entries()) {
    VERVET_RETURN_IF_ERROR(ApplyEntries(frame));
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
