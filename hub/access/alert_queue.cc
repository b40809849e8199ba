#include "hub/access/alert_queue.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "hub/engine/alerts.h"

namespace vervet::hub {

void AlertQueue::Raise(const v1::AlertRaised& alert) {
  if (state_->Read([&](const HubState& state) { return state.alerts.WasRaised(alert); })) return;
  Command command = AlertCommand(alert);
  command.done = [](const absl::StatusOr<RequestOutcome>&) {};
  // Where the log's queue is full, the next tick tries again.
  if (!appender_->Submit(std::move(command)).ok()) Wait(alert, env_->Monotonic());
}

void AlertQueue::RaiseLater(const v1::AlertRaised& alert) {
  if (state_->Read([&](const HubState& state) { return state.alerts.WasRaised(alert); })) return;
  uint8_t random[2];
  env_->FillRandom(absl::MakeSpan(random));
  const int fraction = random[0] << 8 | random[1];  // of 65,536
  Wait(alert, env_->Monotonic() + longest_delay_ * fraction / 65'536);
}

void AlertQueue::Wait(const v1::AlertRaised& alert, absl::Duration due) {
  MutexLock lock(mutex_);
  if (waiting_.size() >= kMaxWaitingAlerts) return;
  waiting_.emplace(Alerts::Key(alert), Waiting{due, alert});
}

void AlertQueue::RaiseDue(absl::Duration now) {
  std::vector<v1::AlertRaised> due;
  {
    MutexLock lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second.due > now) {
        ++it;
        continue;
      }
      due.push_back(std::move(it->second.alert));
      it = waiting_.erase(it);
    }
  }
  for (const v1::AlertRaised& alert : due) Raise(alert);
}

}  // namespace vervet::hub
