// Everything that the SDK counts and times, and its page for Prometheus.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SDK_METRICS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SDK_METRICS_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "core/base/metrics.h"
#include "vervet/client.h"

namespace vervet::engine {

// Labels are methods, status codes and outcomes. No identifier, no reference of the platform's, no
// record and no other party is named. Thread-safe.
struct SdkMetrics {
  MetricFamilies all;

  CounterFamily checks{
      &all, "vervet_sdk_checks_total", "Identifiers that were checked, by outcome.", {"outcome"}};
  HistogramFamily check_seconds{&all, "vervet_sdk_check_seconds",
                                "One call of Check or CheckBatch, the hub's answer included where "
                                "it had to be asked.",
                                DurationBounds()};
  CounterFamily matches{&all, "vervet_sdk_matches_told_total",
                        "Calls of on_match: records that arrived about somebody checked before."};
  CounterFamily publications{&all,
                             "vervet_sdk_publications_total",
                             "Records given to Publish: queued for the hub, or refused at once.",
                             {"result"}};

  CounterFamily contributions{&all,
                              "vervet_sdk_contributions_total",
                              "Contributions to the progress figures given to Contribute: queued "
                              "for the hub, or refused at once.",
                              {"result"}};

  CounterFamily image_checks{&all,
                             "vervet_sdk_image_checks_total",
                             "Pictures that were checked, by outcome.",
                             {"outcome"}};
  HistogramFamily image_check_seconds{&all, "vervet_sdk_image_check_seconds",
                                      "One call of CheckImages, the hashing included.",
                                      DurationBounds()};
  CounterFamily image_quarantines{&all, "vervet_sdk_image_quarantines_total",
                                  "Pictures of records that were set aside because they suddenly "
                                  "matched so much."};

  CounterFamily rpcs{&all,
                     "vervet_sdk_rpc_total",
                     "Calls to the hub, by method and status code.",
                     {"method", "code"}};
  HistogramFamily rpc_seconds{&all,
                              "vervet_sdk_rpc_seconds",
                              "From a call to the hub to its answer.",
                              DurationBounds(),
                              {"method"}};
  CounterFamily evaluated_elements{&all, "vervet_sdk_evaluated_elements_total",
                                   "Blinded elements that the hub has evaluated for this client."};
  CounterFamily sync_streams{&all, "vervet_sdk_sync_streams_opened_total",
                             "Sync streams that were opened: one more for each reconnection."};
};

// What is a state rather than an event.
struct SdkState {
  SyncState sync;
  std::string vault_path;
  std::optional<absl::Time> certificate_expiry;  // where the transport has a certificate
};

// Prometheus' text format. Looks at the vault's files.
std::string SdkMetricsText(const SdkMetrics& metrics, const SdkState& state);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SDK_METRICS_H_
