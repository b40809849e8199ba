#include "hub/log/appender.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/retry_after.h"
#include "hub/log/known_fields.h"

namespace vervet::hub {
namespace {

// A full queue of small commands takes a few commits to drain.
constexpr absl::Duration kSoonestReturn = absl::Milliseconds(200);
// No longer than a coordinator's command waits by itself.
constexpr absl::Duration kLatestReturn = absl::Seconds(5);

std::string RequestTouch(const RequestKey& key) {
  return absl::StrCat("request:", key.party, ":", key.request_id);
}

// Whether the change is on the disk is settled at the next start, so the request id must stay the
// same.
absl::Status WriteFailure() {
  return absl::UnavailableError("the hub could not write its log; retry with the same request id");
}

}  // namespace

struct Appender::Pending {
  Command command;
  std::vector<AppendEntry> entries;  // at least one
};

Appender::Appender(EventLog* log, SharedState* state, Environment* env, Options options,
                   CommitListener on_commit, FailureListener on_failure)
    : log_(log),
      state_(state),
      env_(env),
      options_(options),
      on_commit_(std::move(on_commit)),
      on_failure_(std::move(on_failure)),
      turns_(kSoonestReturn, kLatestReturn) {
  if (!options_.own_thread) return;
  MutexLock joining(join_mutex_);
  thread_ = std::thread([this] { Run(); });
}

Appender::~Appender() { Stop(); }

absl::Status Appender::Refusal() {
  if (!broken_.ok()) return broken_;
  if (stopping_) return absl::UnavailableError("the hub is shutting down; retry");
  if (queue_.size() < options_.queue_capacity) return absl::OkStatus();
  return net::WithRetryAfter(
      absl::ResourceExhaustedError(absl::StrCat("the log's queue is full (",
                                                options_.queue_capacity, " changes); retry later")),
      turns_.Next(env_->Monotonic()));
}

absl::Status Appender::WouldTake() {
  MutexLock lock(mutex_);
  return Refusal();
}

absl::Status Appender::Submit(Command command) {
  {
    MutexLock lock(mutex_);
    if (absl::Status refusal = Refusal(); !refusal.ok()) return refusal;
    queue_.push_back(std::move(command));
  }
  wake_.NotifyOne();
  return absl::OkStatus();
}

void Appender::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  MutexLock joining(join_mutex_);
  if (thread_.joinable()) thread_.join();
}

void Appender::Run() {
  pthread_setname_np(pthread_self(), "appender");
  while (true) {
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && !stopping_) wake_.Wait(mutex_);
      if (queue_.empty()) return;
    }
    RunQueued();
  }
}

bool Appender::RunQueued() {
  std::deque<Command> commands;
  {
    MutexLock lock(mutex_);
    const size_t take = std::min(queue_.size(), options_.max_batch);
    for (size_t i = 0; i < take; ++i) {
      commands.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
  }
  if (commands.empty()) return false;
  Process(std::move(commands));
  return true;
}

void Appender::Process(std::deque<Command> commands) {
  std::vector<Pending> batch;
  batch.reserve(commands.size());
  for (Command& command : commands) {
    const bool exclusive = command.exclusive;
    if (!batch.empty() && (exclusive || Clashes(command))) Commit(batch);
    DecideInto(batch, std::move(command));
    if (exclusive) Commit(batch);
  }
  Commit(batch);
  if (log_->TidyDue()) log_->Tidy();
}

bool Appender::Clashes(const Command& command) const {
  if (command.request && touched_.contains(RequestTouch(*command.request))) return true;
  return std::any_of(command.touches.begin(), command.touches.end(),
                     [&](const std::string& touch) { return touched_.contains(touch); });
}

void Appender::DecideInto(std::vector<Pending>& batch, Command command) {
  absl::Status broken;
  {
    MutexLock lock(mutex_);
    broken = broken_;
  }
  if (!broken.ok()) return command.done(broken);

  if (command.request) {
    auto earlier = log_->FindRequest(*command.request);
    if (absl::IsAlreadyExists(earlier.status())) return command.done(earlier.status());
    if (!earlier.ok()) {
      // A store that cannot be read is as broken as one that cannot be written; its words are for
      // the log, not the wire.
      Fail(earlier.status());
      return command.done(WriteFailure());
    }
    if (earlier->has_value()) return command.done(**earlier);
  }
  const absl::Time now = env_->Now();
  absl::StatusOr<Command::Decision> decision = state_->Read([&](const HubState& state) {
    // The log's clock never goes back, so lifetimes are judged by it too.
    return command.decide(state, std::max(now, state.last_time));
  });
  if (!decision.ok()) return command.done(decision.status());
  if (const auto* outcome = std::get_if<RequestOutcome>(&*decision)) return command.done(*outcome);

  Pending pending;
  if (auto* several = std::get_if<std::vector<AppendEntry>>(&*decision)) {
    pending.entries = std::move(*several);
  } else {
    pending.entries.push_back(std::get<AppendEntry>(*std::move(decision)));
  }
  for (const AppendEntry& entry : pending.entries) {
    const absl::Status known = CheckKnownFields(entry.draft.body);
    if (!known.ok()) return command.done(known);
  }
  pending.entries.front().request = command.request;
  if (command.request) touched_.insert(RequestTouch(*command.request));
  for (const std::string& touch : command.touches) touched_.insert(touch);
  pending.command = std::move(command);
  batch.push_back(std::move(pending));
}

void Appender::Commit(std::vector<Pending>& batch) {
  touched_.clear();
  if (batch.empty()) return;
  std::vector<Pending> pending;
  pending.swap(batch);

  std::vector<AppendEntry> entries;
  std::vector<size_t> first;  // of each command, among the entries
  for (Pending& one : pending) {
    first.push_back(entries.size());
    std::move(one.entries.begin(), one.entries.end(), std::back_inserter(entries));
  }
  const absl::Duration began = env_->Monotonic();
  auto stored = log_->Append(entries);
  if (options_.commit_seconds != nullptr)
    options_.commit_seconds->Observe(env_->Monotonic() - began);
  if (!stored.ok()) {
    Fail(stored.status());
    for (Pending& one : pending) {
      one.command.done(WriteFailure());
    }
    return;
  }
  state_->Apply(*stored);
  on_commit_(*stored);
  if (log_->TidyDue()) log_->Tidy();
  for (size_t i = 0; i < pending.size(); ++i) {
    pending[i].command.done(
        RequestOutcome{(*stored)[first[i]]->sequence(), entries[first[i]].record_id});
  }
}

void Appender::Fail(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (!broken_.ok()) return;
    broken_ = absl::UnavailableError("the hub cannot write its log and is stopping; retry later");
  }
  on_failure_(status);
}

}  // namespace vervet::hub
