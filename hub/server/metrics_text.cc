#include "hub/server/metrics_text.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/metrics_text.h"
#include "core/base/process_metrics.h"
#include "core/base/wire_limits.h"
#include "hub/services/sync_memory.h"

namespace vervet::hub {
namespace {

using Type = MetricsText::Type;

constexpr absl::string_view kMemberPrefix = "member/";

struct BudgetLine {
  std::string member;
  std::string type;
  double left_today = 0;
  double granted = 0;
};

// What is read under the state's lock, all at once.
struct StateFacts {
  double records = 0, signatures = 0, images = 0, open_alerts = 0;
  std::vector<std::string> members;  // active ones, without "member/"
  double suspended = 0;
  std::vector<BudgetLine> budgets;
};

double LeftToday(const BudgetLedger::Account& account, const BudgetLimits& limits, int64_t day) {
  const uint64_t today = limits.daily - std::min(limits.daily, account.UsedOn(day));
  const uint64_t in_all = limits.total - std::min(limits.total, account.used_in_all);
  return static_cast<double>(std::min(today, in_all));
}

double Granted(const BudgetLedger::Account& account, absl::Time now) {
  double left = 0;
  for (const auto& [id, grant] : account.grants) {
    if (grant.expires > now) left += static_cast<double>(grant.evaluations - grant.used);
  }
  return left;
}

StateFacts ReadFacts(const HubState& state, const BudgetPolicy& policy, absl::Time now) {
  StateFacts facts;
  facts.records = static_cast<double>(state.records.live_records());
  facts.signatures = static_cast<double>(state.records.live_signatures());
  facts.images = static_cast<double>(state.records.live_images());
  facts.open_alerts =
      static_cast<double>(std::count_if(state.alerts.all().begin(), state.alerts.all().end(),
                                        [](const auto& alert) { return !alert.second.closed; }));
  for (const auto& [party, entry] : state.roster.parties()) {
    if (!absl::StartsWith(party, kMemberPrefix)) continue;
    if (entry.suspended) {
      ++facts.suspended;
    } else {
      facts.members.push_back(party.substr(kMemberPrefix.size()));
    }
  }
  // A member that has used nothing of a type has all of it.
  for (const auto& [key, account] : state.budgets.all()) {
    if (!absl::StartsWith(key.first, kMemberPrefix)) continue;
    facts.budgets.push_back(
        {key.first.substr(kMemberPrefix.size()), v1::SignatureType_Name(key.second),
         LeftToday(account, policy.Of(key.second), DayOf(now)), Granted(account, now)});
  }
  return facts;
}

std::optional<double> FileBytes(const std::string& path) {
  struct stat facts {};
  if (stat(path.c_str(), &facts) != 0) return std::nullopt;
  return static_cast<double>(facts.st_size);
}

void AddStore(const Config& config, EventLog& log, MetricsText& text) {
  text.Gauge("vervet_hub_log_events", "Events in the log.",
             static_cast<double>(log.Position().size));
  text.Family("vervet_hub_store_bytes", Type::kGauge, "Size of the store's files.");
  if (const auto bytes = FileBytes(config.store_path)) text.Sample({{"file", "main"}}, *bytes);
  if (const auto bytes = FileBytes(absl::StrCat(config.store_path, "-wal"))) {
    text.Sample({{"file", "wal"}}, *bytes);
  }
}

void AddQueues(const HubContext& hub, const SyncStreams& streams, const Config& config,
               MetricsText& text) {
  const auto number = [](size_t value) { return static_cast<double>(value); };
  text.Family("vervet_hub_queue_length", Type::kGauge, "What waits in each bounded queue.")
      .Sample({{"queue", "append"}}, number(hub.appender->queue_length()))
      .Sample({{"queue", "arithmetic"}}, number(hub.arithmetic->queue_length()))
      .Sample({{"queue", "pump"}}, number(hub.pump->queue_length()));
  text.Family("vervet_hub_queue_capacity", Type::kGauge,
              "What each bounded queue takes; one more is refused at the door.")
      .Sample({{"queue", "append"}}, number(config.append_queue))
      .Sample({{"queue", "arithmetic"}}, number(hub.arithmetic->queue_capacity()))
      .Sample({{"queue", "pump"}}, number(hub.pump->queue_capacity()));
  text.Gauge("vervet_hub_sync_streams", "Open Sync streams.", number(streams.open()));
  text.Gauge("vervet_hub_sync_streams_limit", "Sync streams that may be open.",
             number(config.sync_streams));
  text.Gauge("vervet_hub_sync_unread_bytes",
             "Memory of Sync messages on their way, which slow readers hold.",
             number(hub.sync_memory->taken_bytes()));
  text.Gauge("vervet_hub_sync_unread_bytes_limit", "What they may hold together.",
             number(kMaxUnreadSyncBytes));
}

void AddMembers(const HubContext& hub, const StateFacts& facts, MetricsText& text) {
  text.Family("vervet_hub_members", Type::kGauge, "Members on the roster.")
      .Sample({{"state", "active"}}, static_cast<double>(facts.members.size()))
      .Sample({{"state", "suspended"}}, facts.suspended);
  std::vector<std::pair<std::string, SyncPositions::Entry>> known;
  for (const std::string& member : facts.members) {
    known.emplace_back(member, hub.positions->Find(absl::StrCat(kMemberPrefix, member)));
  }
  text.Family("vervet_hub_member_sync_streams", Type::kGauge, "Open Sync streams of the member.");
  for (const auto& [member, entry] : known) text.Sample({{"member", member}}, entry.streams);
  // Of who has not spoken since the hub's start, nothing is known.
  text.Family("vervet_hub_member_sync_lag_events", Type::kGauge,
              "Events of the log that the member has not yet said it applied.");
  const uint64_t size = hub.log->Position().size;
  for (const auto& [member, entry] : known) {
    if (entry.applied_at == absl::UnixEpoch()) continue;
    text.Sample({{"member", member}}, static_cast<double>(size - std::min(size, entry.applied)));
  }
  text.Family("vervet_hub_budget_left_today", Type::kGauge,
              "Evaluations left of the daily budget, grants not counted.");
  for (const BudgetLine& line : facts.budgets) {
    text.Sample({{"member", line.member}, {"type", line.type}}, line.left_today);
  }
  text.Family("vervet_hub_budget_granted_left", Type::kGauge,
              "Evaluations left of grants in force.");
  for (const BudgetLine& line : facts.budgets) {
    text.Sample({{"member", line.member}, {"type", line.type}}, line.granted);
  }
}

}  // namespace

std::string HubMetricsText(const MetricsSources& sources) {
  const HubContext& hub = *sources.hub;
  const absl::Time now = hub.env->Now();
  const StateFacts facts = hub.state->Read([&](const HubState& state) {
    return ReadFacts(state, sources.config->budgets, std::max(now, state.last_time));
  });
  MetricsText text;
  text.AddFamilies(hub.metrics->all);
  AddStore(*sources.config, *hub.log, text);
  text.Gauge("vervet_hub_records", "Records in force.", facts.records);
  text.Gauge("vervet_hub_signatures", "Signatures of records in force.", facts.signatures);
  text.Gauge("vervet_hub_images", "Images of records in force.", facts.images);
  text.Gauge("vervet_hub_open_alerts", "Alerts that no coordinator has closed.", facts.open_alerts);
  AddQueues(hub, *sources.streams, *sources.config, text);
  AddMembers(hub, facts, text);
  text.Gauge("vervet_hub_certificate_expiry_timestamp_seconds",
             "When the certificate in use expires, in seconds since 1970.",
             absl::ToDoubleSeconds(sources.certificate->InUse().not_after - absl::UnixEpoch()));
  AddProcessMetrics(text);
  return std::move(text).Finish();
}

}  // namespace vervet::hub
