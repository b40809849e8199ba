// What the services work with. Everything is borrowed and outlives the server.
#ifndef VERVET_HUB_SERVICES_HUB_CONTEXT_H_
#define VERVET_HUB_SERVICES_HUB_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "core/base/environment.h"
#include "core/base/work_pool.h"
#include "core/net/retry_turns.h"
#include "hub/access/alert_queue.h"
#include "hub/access/budgets.h"
#include "hub/engine/remedy_policy.h"
#include "hub/keyring/keyring.h"
#include "hub/log/appender.h"
#include "hub/log/event_log.h"
#include "hub/log/head_signer.h"
#include "hub/log/shared_state.h"
#include "hub/services/hub_metrics.h"
#include "hub/services/sync_memory.h"
#include "hub/views/sync_positions.h"

namespace vervet::hub {

struct HubContext {
  std::string coalition;
  std::string region;
  RemedyPolicy remedy;
  Environment* env;
  HubMetrics* metrics;
  const Keyring* keyring;
  EventLog* log;
  SharedState* state;
  HeadSigner* heads;
  Appender* appender;
  SyncPositions* positions;
  SyncMemory* sync_memory;
  Budgets* budgets;
  AlertQueue* alerts;
  WorkPool* arithmetic;    // curve arithmetic: bounded, so that a burst is refused and not queued
                           // without end
  net::RetryTurns* turns;  // of those whom a pool has refused
  WorkPool* pump;          // reads the log for open streams; each stream is queued at most once
  // The log cannot be read or written any more: the hub is to end. Any thread, any number of times.
  std::function<void(const absl::Status&)> store_failed;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_HUB_CONTEXT_H_
