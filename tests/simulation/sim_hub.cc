#include "tests/simulation/sim_hub.h"

#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/net/refusal.h"
#include "hub/engine/publish.h"
#include "hub/engine/records.h"
#include "hub/engine/registry.h"

namespace vervet::simulation {
namespace {

constexpr size_t kExpiriesPerTick = 16;

// As hub/services/unary_call.cc.
hub::Command AboutTheRequest(hub::Command command, const std::string& party) {
  command.decide = [party, decide = std::move(command.decide)](
                       const hub::HubState& state,
                       absl::Time now) -> absl::StatusOr<hub::Command::Decision> {
    auto decision = decide(state, now);
    if (!absl::IsPermissionDenied(decision.status()) || !state.roster.IsActive(party)) {
      return decision;
    }
    return net::WithRequestRefused(decision.status());
  };
  return command;
}

}  // namespace

bool IsFinal(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status) ||
         absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ||
         (absl::IsPermissionDenied(status) && net::RequestIsRefused(status));
}

absl::Status SimHub::Start(bool accept_clock) {
  Disks::Mounted mounted(*disks_, disk_);
  auto process = std::make_unique<Process>(env_);
  std::vector<hub::StoredEventPtr> one(1);
  VERVET_ASSIGN_OR_RETURN(process->log, hub::SqlcipherEventLog::Open(
                                            store_path(), Ground::Get().StoreKey(), kCoalition,
                                            &process->clock, [&](const hub::StoredEvent& event) {
                                              one[0] = std::make_shared<hub::StoredEvent>(event);
                                              process->state->Apply(one);
                                            }));
  const absl::Time last =
      process->state->Read([](const hub::HubState& state) { return state.last_time; });
  if (!accept_clock) VERVET_RETURN_IF_ERROR(hub::CheckClockAgainstLog(env_->Now(), last));
  process->heads = std::make_unique<hub::HeadSigner>(&Ground::Get().keyring().log_key(), kCoalition,
                                                     process->log.get(), &process->clock);
  hub::Appender::Options options;
  options.own_thread = false;
  options.max_batch = 4;
  process->appender = std::make_unique<hub::Appender>(
      process->log.get(), process->state.get(), &process->clock, options, on_commit_,
      [raw = process.get()](const absl::Status&) { raw->failed = true; });
  process_ = std::move(process);
  ++generation_;
  RunHubsOwn(hub::BootstrapCommand(kCoordinator, "Anna", "IE"));
  for (const auto& announced : Ground::Get().announcements()) {
    RunHubsOwn(hub::AnnounceCommand(announced));
  }
  return absl::OkStatus();
}

void SimHub::Drop() {
  Disks::Mounted mounted(*disks_, disk_);
  process_.reset();
}

void SimHub::Crash(uint64_t power_seed) {
  disk_->Heal();
  test_support::Files left = disk_->AfterPowerLoss(power_seed);
  ReplaceStore(left);
}

void SimHub::ReplaceStore(const test_support::Files& files) {
  Drop();
  disk_ = std::make_shared<test_support::FaultDisk>(files);
}

bool SimHub::IsActive(const std::string& party) const {
  return process_->state->Read(
      [&](const hub::HubState& state) { return state.roster.IsActive(party); });
}

std::vector<Answer> SimHub::Call(const std::vector<Request>& requests) {
  std::vector<Answer> answers(requests.size(), absl::UnavailableError("the hub is gone"));
  if (process_ == nullptr) return answers;
  Disks::Mounted mounted(*disks_, disk_);
  for (size_t i = 0; i < requests.size(); ++i) {
    const Request& request = requests[i];
    if (!IsActive(request.caller)) {
      answers[i] = absl::PermissionDeniedError("suspended, or not admitted");
      continue;
    }
    auto command = request.command(process_->clock);
    if (!command.ok()) {
      answers[i] = command.status();
      continue;
    }
    *command = AboutTheRequest(*std::move(command), request.caller);
    command->done = [&answers, i](Answer answer) { answers[i] = std::move(answer); };
    const absl::Status submitted = process_->appender->Submit(*std::move(command));
    if (!submitted.ok()) answers[i] = submitted;
  }
  while (process_->appender->RunQueued()) {
  }
  return answers;
}

void SimHub::RunHubsOwn(hub::Command command) {
  Disks::Mounted mounted(*disks_, disk_);
  command.done = [](const Answer&) {};
  if (process_->appender->Submit(std::move(command)).ok()) process_->appender->RunQueued();
}

void SimHub::Tick() {
  if (process_ == nullptr) return;
  const absl::Time now = process_->clock.Now();
  const auto [due, uncounted] = process_->state->Read([&](const hub::HubState& state) {
    return std::make_pair(
        state.records.DueForExpiry(std::max(now, state.last_time), kExpiriesPerTick),
        state.sightings.Unannounced(kExpiriesPerTick));
  });
  for (const std::string& id : due) RunHubsOwn(hub::ExpireCommand(id));
  for (const std::string& id : uncounted) RunHubsOwn(hub::CountSightingsCommand(id));
  const auto unreviewed = process_->state->Read(
      [&](const hub::HubState& state) { return process_->pause_review.Next(state); });
  for (const std::string& id : unreviewed) RunHubsOwn(hub::ReviewPauseCommand(id, remedy_));
}

std::unique_ptr<hub::SyncFeed> SimHub::OpenFeed(const net::Identity& caller, size_t max_entries) {
  return std::make_unique<hub::SyncFeed>(
      hub::FeedSources{process_->log.get(), process_->state.get(), process_->heads.get(),
                       [raw = process_.get()](const absl::Status&) { raw->failed = true; }},
      caller, max_entries);
}

}  // namespace vervet::simulation
