#include "member-sdk/src/engine/sdk_metrics.h"

#include <sys/stat.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/metrics_text.h"

namespace vervet::engine {
namespace {

using Type = MetricsText::Type;

double Number(uint64_t value) { return static_cast<double>(value); }

void AddSync(const SyncState& sync, MetricsText& text) {
  text.Gauge("vervet_sdk_connected", "1 while a Sync stream to the hub is open.", sync.connected);
  text.Gauge("vervet_sdk_caught_up", "1 where everything of the hub's last signed head is applied.",
             sync.caught_up);
  text.Gauge("vervet_sdk_sync_position", "The last event that is durably applied.",
             Number(sync.position));
  text.Gauge("vervet_sdk_sync_lag_events", "Events of the hub's last signed head not yet applied.",
             Number(sync.hub_size > sync.position ? sync.hub_size - sync.position : 0));
  text.Gauge("vervet_sdk_log_report",
             "1 where the hub showed another log than this member has followed, and a report for "
             "the coordinators lies beside the vault.",
             !sync.log_report.empty());
}

void AddVault(const SdkState& state, MetricsText& text) {
  text.Gauge("vervet_sdk_records", "Records in force that this member may see.",
             Number(state.sync.live_records));
  text.Gauge("vervet_sdk_signatures", "Signatures of these records.",
             Number(state.sync.live_signatures));
  text.Gauge("vervet_sdk_cached_tokens", "Tokens of this platform's own that the vault remembers.",
             Number(state.sync.cached_tokens));
  text.Gauge("vervet_sdk_images", "Pictures of records in force that this member may see.",
             Number(state.sync.live_images));
  text.Gauge("vervet_sdk_kept_image_hashes", "Hashes of checked pictures that the vault remembers.",
             Number(state.sync.kept_image_hashes));
  text.Gauge("vervet_sdk_quarantined_images", "Pictures of records that are set aside now.",
             Number(state.sync.quarantined_images));
  text.Family("vervet_sdk_outbox_entries", Type::kGauge,
              "Entries of the outbox that wait for the hub, or were refused for good.")
      .Sample({{"state", "pending"}}, Number(state.sync.outbox_pending))
      .Sample({{"state", "refused"}}, Number(state.sync.outbox_refused));
  text.Family("vervet_sdk_vault_bytes", Type::kGauge, "Size of the vault's files.");
  for (const auto& [file, suffix] : {std::pair("main", ""), std::pair("wal", "-wal")}) {
    struct stat facts {};
    if (stat(absl::StrCat(state.vault_path, suffix).c_str(), &facts) == 0) {
      text.Sample({{"file", file}}, static_cast<double>(facts.st_size));
    }
  }
}

}  // namespace

std::string SdkMetricsText(const SdkMetrics& metrics, const SdkState& state) {
  MetricsText text;
  text.AddFamilies(metrics.all);
  AddSync(state.sync, text);
  AddVault(state, text);
  if (state.certificate_expiry) {
    text.Gauge("vervet_sdk_certificate_expiry_timestamp_seconds",
               "When the certificate in use expires, in seconds since 1970.",
               absl::ToDoubleSeconds(*state.certificate_expiry - absl::UnixEpoch()));
  }
  return std::move(text).Finish();
}

}  // namespace vervet::engine
