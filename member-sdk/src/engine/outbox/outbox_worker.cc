#include "member-sdk/src/engine/outbox/outbox_worker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/refusal.h"
#include "member-sdk/src/engine/outbox/hub_call.h"
#include "member-sdk/src/engine/own_status.h"

namespace vervet::engine {
namespace {

constexpr size_t kDraftsAtATime = 1024;
// Built requests in memory; a large import waits in the vault.
constexpr size_t kMaxReady = 4096;
// Emptying the write-ahead log costs an fsync: in quiet moments, and not after every single record.
constexpr auto kScrubInterval = std::chrono::seconds(10);

bool IsForGood(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return true;
    case absl::StatusCode::kPermissionDenied:
      return net::RequestIsRefused(status);
    default:
      return false;
  }
}

// Contributions go one after the other: a revision must not overtake what it replaces. No record
// has an id as short as this.
constexpr char kContributions[] = "c";

// The record of a statement about a record: the hub must hear a member's statements about one in
// their order. Empty where order does not matter.
std::string RecordOf(const vault::OutboxEntry& entry) {
  if (entry.kind == vault::OutboxKind::kContribute) return kContributions;
  const bool publishes =
      entry.kind == vault::OutboxKind::kPublish || entry.kind == vault::OutboxKind::kRetract;
  return publishes ? "" : entry.record_id;
}

OutboxWorker::Clock::time_point In(absl::Duration wait) {
  return OutboxWorker::Clock::now() + absl::ToChronoNanoseconds(wait);
}

}  // namespace

OutboxWorker::Clock::time_point OutboxWorker::Shared::NextAttempt(const absl::Status& trouble,
                                                                  uint64_t round,
                                                                  Backoff& backoff) {
  if (!net::CallerIsRefused(trouble)) return In(backoff.Next(trouble));
  if (round > refused_round) {
    refused_round = round;
    refusal = OwnStatus(trouble);
  }
  // Whoever nudged meanwhile wants the hub's word of now.
  return round <= nudged_at ? Clock::now() : In(backoff.Slow());
}

std::deque<vault::OutboxEntry>::iterator OutboxWorker::Shared::NextReady() {
  for (auto it = ready.begin(); it != ready.end(); ++it) {
    if (!busy_records.contains(RecordOf(*it))) return it;
  }
  return ready.end();
}

OutboxWorker::OutboxWorker(vault::Vault* vault, RequestBuilder builder, MatchReporter* reporter,
                           Transport* transport, absl::Duration rpc_deadline, Backoff backoff)
    : vault_(vault),
      builder_(std::move(builder)),
      reporter_(reporter),
      transport_(transport),
      rpc_deadline_(rpc_deadline),
      build_backoff_(backoff),
      send_backoff_(backoff) {}

void OutboxWorker::Start(uint64_t pending) {
  {
    MutexLock lock(shared_->mutex);
    shared_->pending = pending;
    shared_->drafts_added = true;
  }
  build_thread_ = std::thread([this] { RunBuilder(); });
  send_thread_ = std::thread([this] { RunSender(); });
}

void OutboxWorker::Stop(Clock::time_point deadline) {
  {
    MutexLock lock(shared_->mutex);
    shared_->stopping = true;
    shared_->changed.NotifyAll();
    while (shared_->in_flight != 0 && send_thread_.joinable()) {
      if (!shared_->changed.WaitUntil(shared_->mutex, deadline)) break;
    }
  }
  // The builder may be waiting for an evaluation.
  transport_->Shutdown();
  if (build_thread_.joinable()) build_thread_.join();
  if (!send_thread_.joinable()) return;
  send_thread_.join();
  std::vector<Answer> last;
  {
    MutexLock lock(shared_->mutex);
    last.swap(shared_->answers);
  }
  Settle(std::move(last));
}

void OutboxWorker::Added(uint64_t entries) {
  MutexLock lock(shared_->mutex);
  shared_->pending += entries;
  shared_->drafts_added = true;
  shared_->changed.NotifyAll();
}

void OutboxWorker::Nudge() {
  MutexLock lock(shared_->mutex);
  shared_->build_after = Clock::time_point();
  shared_->send_after = Clock::time_point();
  shared_->nudged_at = shared_->rounds;
  shared_->changed.NotifyAll();
}

absl::Status OutboxWorker::WaitUntilEmpty(Clock::time_point deadline) {
  Nudge();
  MutexLock lock(shared_->mutex);
  const uint64_t asked_at = shared_->nudged_at;
  while (shared_->pending != 0) {
    if (shared_->refused_round > asked_at) {
      return absl::Status(shared_->refusal.code(),
                          absl::StrCat(shared_->refusal.message(), "; ", shared_->pending,
                                       " in the outbox are not delivered, and stay there"));
    }
    if (!shared_->stopping && shared_->changed.WaitUntil(shared_->mutex, deadline)) continue;
    if (shared_->pending == 0) break;
    std::string trouble;
    if (!shared_->attempts.empty()) {
      trouble =
          absl::StrCat("; the last trouble: ", shared_->attempts.begin()->second.last.ToString());
    }
    return absl::DeadlineExceededError(absl::StrCat(
        shared_->pending, " in the outbox are not delivered yet, and stay there", trouble));
  }
  return absl::OkStatus();
}

Attempts OutboxWorker::AttemptsOf(const std::string& request_id) {
  MutexLock lock(shared_->mutex);
  const auto it = shared_->attempts.find(request_id);
  if (it == shared_->attempts.end()) return {};
  return {it->second.count, OwnStatus(it->second.last)};
}

uint64_t OutboxWorker::pending() {
  MutexLock lock(shared_->mutex);
  return shared_->pending;
}

// ---- the builder's thread

void OutboxWorker::RunBuilder() {
  QueueBuiltBefore();
  int64_t after_id = 0;
  bool left_over = false;
  while (WaitForDrafts(left_over)) {
    if (left_over) after_id = 0;
    left_over = false;
    while (WaitForRoom() && BuildSome(&after_id, &left_over)) {
    }
  }
}

// What an earlier process had built, and perhaps sent, without hearing the answer.
void OutboxWorker::QueueBuiltBefore() {
  int64_t after_id = 0;
  while (WaitForRoom()) {
    auto built = vault_->OutboxEntries(vault::OutboxState::kBuilt, after_id, kDraftsAtATime);
    if (!built.ok() || built->empty()) return;
    after_id = built->back().id;
    MutexLock lock(shared_->mutex);
    for (vault::OutboxEntry& entry : *built) shared_->ready.push_back(std::move(entry));
    shared_->changed.NotifyAll();
  }
}

bool OutboxWorker::WaitForRoom() {
  MutexLock lock(shared_->mutex);
  while (!shared_->stopping && shared_->ready.size() >= kMaxReady) {
    shared_->changed.Wait(shared_->mutex);
  }
  return !shared_->stopping;
}

bool OutboxWorker::WaitForDrafts(bool left_over) {
  MutexLock lock(shared_->mutex);
  while (!shared_->stopping) {
    const bool due = Clock::now() >= shared_->build_after;
    if (due && (left_over || std::exchange(shared_->drafts_added, false))) return true;
    if (due) {
      shared_->changed.Wait(shared_->mutex);
    } else {
      shared_->changed.WaitUntil(shared_->mutex, shared_->build_after);
    }
  }
  return false;
}

// False: no more drafts, or no use in going on.
bool OutboxWorker::BuildSome(int64_t* after_id, bool* left_over) {
  auto drafts = vault_->OutboxEntries(vault::OutboxState::kDraft, *after_id, kDraftsAtATime);
  absl::Status trouble = drafts.status();
  BuildOutcome outcome;
  uint64_t round = 0;
  {
    MutexLock lock(shared_->mutex);
    round = ++shared_->rounds;
  }
  if (drafts.ok()) {
    if (drafts->empty()) return false;
    *after_id = drafts->back().id;
    outcome = builder_.Build(*std::move(drafts));
    trouble = vault_->StoreBuilt(outcome.built);
    if (!outcome.refused.empty() && !StoreDone(outcome.refused)) *left_over = true;
    reporter_->Touch(std::move(outcome.touched));
  }
  MutexLock lock(shared_->mutex);
  if (trouble.ok()) {
    for (vault::OutboxEntry& entry : outcome.built) shared_->ready.push_back(std::move(entry));
  }
  for (const vault::OutboxEntry& entry : outcome.pending) {
    Attempts& attempts = shared_->attempts[entry.request_id];
    ++attempts.count;
    attempts.last = OwnStatus(entry.status);
    // A spent budget is the trouble of its type alone; any other weighs more.
    if (trouble.ok() || absl::IsResourceExhausted(trouble)) trouble = entry.status;
  }
  shared_->changed.NotifyAll();
  if (trouble.ok()) {
    if (!*left_over) build_backoff_.Reset();
    return true;
  }
  *left_over = true;
  // Drafts that need another type wait behind these, and the evaluator asks for none of a spent
  // one.
  const bool go_on = absl::IsResourceExhausted(trouble);
  if (!go_on || Clock::now() >= shared_->build_after) {
    shared_->build_after = shared_->NextAttempt(trouble, round, build_backoff_);
  }
  return go_on || !outcome.built.empty();
}

// ---- the sender's thread

void OutboxWorker::RunSender() {
  while (true) {
    std::vector<Answer> answers;
    std::vector<vault::OutboxEntry> sending;
    uint64_t round = 0;
    {
      MutexLock lock(shared_->mutex);
      while (!shared_->stopping && shared_->answers.empty()) {
        const bool has_work =
            shared_->in_flight < kMaxInFlight && shared_->NextReady() != shared_->ready.end();
        if (has_work && Clock::now() >= shared_->send_after) break;
        if (has_work) {
          shared_->changed.WaitUntil(shared_->mutex, shared_->send_after);
        } else {
          shared_->changed.Wait(shared_->mutex);
        }
      }
      if (shared_->stopping) return;
      answers.swap(shared_->answers);
      while (answers.empty() && shared_->in_flight < kMaxInFlight) {
        const auto next = shared_->NextReady();
        if (next == shared_->ready.end()) break;
        const std::string record_id = RecordOf(*next);
        if (!record_id.empty()) shared_->busy_records.insert(record_id);
        sending.push_back(std::move(*next));
        shared_->ready.erase(next);
        ++shared_->in_flight;
      }
      if (!sending.empty()) {
        round = ++shared_->rounds;
        shared_->changed.NotifyAll();  // there is room for the builder
      }
    }
    if (!answers.empty()) Settle(std::move(answers));
    for (vault::OutboxEntry& entry : sending) Send(std::move(entry), round);
    ScrubWhenQuiet();
  }
}

void OutboxWorker::Send(vault::OutboxEntry entry, uint64_t round) {
  SendEntry(*transport_, std::move(entry), rpc_deadline_,
            [shared = shared_, round](vault::OutboxEntry done, absl::Status status) {
              MutexLock lock(shared->mutex);
              --shared->in_flight;
              shared->busy_records.erase(RecordOf(done));
              shared->answers.push_back({std::move(done), round, std::move(status)});
              shared->changed.NotifyAll();
            });
}

void OutboxWorker::Settle(std::vector<Answer> answers) {
  std::vector<vault::OutboxEntry> done;
  std::vector<Answer> again;
  for (Answer& answer : answers) {
    if (!answer.status.ok() && !IsForGood(answer.status)) {
      again.push_back(std::move(answer));
      continue;
    }
    answer.entry.state =
        answer.status.ok() ? vault::OutboxState::kDelivered : vault::OutboxState::kRefused;
    answer.entry.status = answer.status;
    done.push_back(std::move(answer.entry));
  }
  if (!done.empty()) {
    send_backoff_.Reset();
    if (!StoreDone(done)) {
      // The hub has them: asking again gives the same answers, and by then the disk may have room.
      for (vault::OutboxEntry& entry : done) {
        again.push_back(
            {std::move(entry), 0, absl::UnavailableError("the vault cannot be written")});
      }
    }
  }
  if (again.empty()) return;
  // One step of the backoff for all that failed together, and the newest word of the hub.
  const Answer& newest =
      *std::max_element(again.begin(), again.end(),
                        [](const Answer& a, const Answer& b) { return a.round < b.round; });
  MutexLock lock(shared_->mutex);
  shared_->send_after = std::max(shared_->send_after,
                                 shared_->NextAttempt(newest.status, newest.round, send_backoff_));
  for (Answer& answer : again) {
    Attempts& attempts = shared_->attempts[answer.entry.request_id];
    ++attempts.count;
    attempts.last = OwnStatus(answer.status);
    shared_->ready.push_front(std::move(answer.entry));
  }
  shared_->changed.NotifyAll();
}

bool OutboxWorker::StoreDone(const std::vector<vault::OutboxEntry>& done) {
  const absl::Status stored = vault_->StoreDone(done);
  if (!stored.ok()) {
    reporter_->Notice(absl::StrCat("the outbox cannot be written: ", stored.ToString()));
    return false;
  }
  // The answer may be what a remedy or an objection waits for.
  std::vector<std::string> concerned;
  for (const vault::OutboxEntry& entry : done) {
    if (entry.kind == vault::OutboxKind::kOpine || entry.kind == vault::OutboxKind::kAcknowledge) {
      concerned.push_back(entry.record_id);
    }
  }
  reporter_->Touch(std::move(concerned));
  MutexLock lock(shared_->mutex);
  for (const vault::OutboxEntry& entry : done) shared_->attempts.erase(entry.request_id);
  shared_->pending -= done.size();
  shared_->unscrubbed = true;
  shared_->changed.NotifyAll();
  return true;
}

void OutboxWorker::ScrubWhenQuiet() {
  {
    MutexLock lock(shared_->mutex);
    if (!shared_->unscrubbed || shared_->pending != 0) return;
    if (Clock::now() - last_scrub_ < kScrubInterval) return;
    shared_->unscrubbed = false;
  }
  last_scrub_ = Clock::now();
  // Closing the client does it again, whatever this gives.
  (void)vault_->Scrub();
}

}  // namespace vervet::engine
