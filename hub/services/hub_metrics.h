// Everything that the hub counts and times. What is a state rather than an event (queues, streams,
// budgets, ...) is read when it is asked for: hub/server/metrics_text.h.
#ifndef VERVET_HUB_SERVICES_HUB_METRICS_H_
#define VERVET_HUB_SERVICES_HUB_METRICS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/base/metrics.h"

namespace vervet::hub {

// Labels are methods, status codes and reasons of the hub's own; no caller is named here.
// Thread-safe.
struct HubMetrics {
  // The counters under their names in the log: without "vervet_hub_", the labels' values behind a
  // slash.
  std::vector<std::pair<std::string, int64_t>> CountersForLog() const;

  MetricFamilies all;

  CounterFamily rpcs{&all,
                     "vervet_hub_rpc_total",
                     "Calls that were answered, by method and status code.",
                     {"method", "code"}};
  HistogramFamily rpc_seconds{&all,
                              "vervet_hub_rpc_seconds",
                              "From a call's arrival at its handler to its answer: for Publish, "
                              "the commit to the disk included.",
                              DurationBounds(),
                              {"method"}};
  CounterFamily refused_at_the_door{
      &all,
      "vervet_hub_refused_at_the_door_total",
      "Callers refused by certificate, role or roster, before a message was read.",
      {"code"}};

  CounterFamily evaluated_elements{&all, "vervet_hub_evaluated_elements_total",
                                   "Blinded elements that were evaluated."};
  CounterFamily budget_refusals{&all, "vervet_hub_budget_refusals_total",
                                "Evaluate calls refused because a budget is spent."};

  CounterFamily events_appended{&all, "vervet_hub_events_appended_total",
                                "Events appended to the log."};
  CounterFamily commits{&all, "vervet_hub_commits_total", "Commits of the log to the disk."};
  HistogramFamily commit_seconds{&all, "vervet_hub_commit_seconds",
                                 "One commit of the log, until it is on the disk.",
                                 DurationBounds()};
  HistogramFamily commit_events{&all, "vervet_hub_commit_events", "Events in one commit.",
                                BatchBounds()};

  CounterFamily sync_streams_opened{&all, "vervet_hub_sync_streams_opened_total",
                                    "Sync streams that were opened."};
  CounterFamily sync_streams_ended{&all,
                                   "vervet_hub_sync_streams_ended_total",
                                   "Sync streams that ended, by status code.",
                                   {"code"}};
  CounterFamily sync_data_loss{&all, "vervet_hub_sync_data_loss_total",
                               "Streams of callers who have seen another log than this hub's."};
  CounterFamily sync_slow_readers{&all, "vervet_hub_sync_slow_readers_total",
                                  "Streams cut off because their reader held memory that others "
                                  "waited for."};

  CounterFamily listener_silent{&all, "vervet_hub_listener_silent_total",
                                "Checks of the hub's own listener that failed."};
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVICES_HUB_METRICS_H_
