// What the client contributes to the coalition's progress figures, and asks of them.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/engine.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/own_status.h"
#include "member-sdk/src/engine/progress/contribution_forms.h"
#include "member-sdk/src/engine/progress/contribution_rules.h"
#include "member-sdk/src/engine/progress/planning_forms.h"

namespace vervet::engine {
namespace {

constexpr size_t kOutboxEntriesAtATime = 1024;
constexpr uint32_t kContributionsAtATime = 1000;

void Widen(const v1::Days& days, DayRange* range) {
  if (range->empty()) *range = {days.begin(), days.end()};
  range->begin = std::min(range->begin, days.begin());
  range->end = std::max(range->end, days.end());
}

// Counts what a request that has not been answered holds.
void CountContents(const std::string& bytes, QueuedContributions* queued) {
  v1::ContributeRequest request;
  if (!request.ParseFromString(bytes)) return;
  for (const v1::Contribution& one : request.contributions()) {
    queued->activities += one.has_activity();
    queued->surveys += one.has_survey();
    queued->teams += one.has_team();
    if (one.has_activity()) Widen(one.activity().days(), &queued->days);
    if (one.has_survey()) Widen(one.survey().days(), &queued->days);
  }
}

}  // namespace

absl::StatusOr<views::DefinitionsPtr> Engine::DefinitionsFor(uint32_t version) {
  views::DefinitionsPtr known = state_.Read([version](const views::CoalitionState& state) {
    return version == 0 ? state.definitions.newest() : state.definitions.Find(version);
  });
  if (known != nullptr) return known;
  {
    MutexLock lock(definitions_mutex_);
    const auto found = asked_definitions_.find(version);
    if (found != asked_definitions_.end()) return found->second;
  }
  if (!options_.background) return known;
  // A vault that has never synced, or not that far: the hub knows.
  auto asked = AskForDefinitions(version);
  if (asked.ok()) return std::make_shared<const v1::Definitions>(*std::move(asked));
  if (absl::IsNotFound(asked.status())) return asked.status();
  return known;
}

absl::StatusOr<v1::Definitions> Engine::AskForDefinitions(uint32_t version) {
  v1::GetDefinitionsRequest request;
  request.set_version(version);
  auto answer = transport_->GetDefinitions(request, absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  MutexLock lock(definitions_mutex_);
  asked_definitions_[answer->definitions().version()] =
      std::make_shared<const v1::Definitions>(answer->definitions());
  return std::move(*answer->mutable_definitions());
}

absl::StatusOr<vault::OutboxEntry> Engine::Draft(Contributions batch) {
  VERVET_ASSIGN_OR_RETURN(const views::DefinitionsPtr definitions,
                          DefinitionsFor(batch.definition_version));
  if (batch.definition_version == 0) {
    if (definitions == nullptr) {
      return absl::FailedPreconditionError(
          "definition_version: the coalition's definitions are not known here yet; sync, or say "
          "the version that the figures were counted under");
    }
    batch.definition_version = definitions->version();
  }
  ContributionFacts facts;
  facts.party = state_.party();
  facts.definitions = definitions.get();
  facts.today = DayOf(env_->Now());
  return BuildContributions(batch, facts, TimeOrderedId(*env_));
}

absl::StatusOr<Ticket> Engine::Contribute(const Contributions& contributions) {
  const auto entry = Draft(contributions);
  metrics_.contributions.Add({entry.ok() ? "queued" : "refused"},
                             contributions.contributions.size());
  if (!entry.ok()) return entry.status();
  return Enqueue(*entry);
}

absl::Status Engine::CheckContributions(const Contributions& contributions) {
  return Draft(contributions).status();
}

absl::StatusOr<std::vector<QueuedContributions>> Engine::ContributionOutbox() {
  std::vector<std::pair<int64_t, QueuedContributions>> found;
  for (const vault::OutboxState state :
       {vault::OutboxState::kRefused, vault::OutboxState::kBuilt, vault::OutboxState::kDraft}) {
    int64_t after_id = 0;
    while (true) {
      VERVET_ASSIGN_OR_RETURN(const auto entries,
                              vault_->OutboxEntries(state, after_id, kOutboxEntriesAtATime));
      for (const vault::OutboxEntry& entry : entries) {
        after_id = entry.id;
        if (entry.kind != vault::OutboxKind::kContribute) continue;
        QueuedContributions queued;
        queued.request_id = ToHex(entry.request_id);
        VERVET_ASSIGN_OR_RETURN(queued.delivery, GetDelivery(queued.request_id));
        // Delivered since the entry was read.
        if (queued.delivery.state == DeliveryState::kDelivered) continue;
        CountContents(entry.request, &queued);
        found.emplace_back(entry.id, std::move(queued));
      }
      if (entries.size() < kOutboxEntriesAtATime) break;
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<QueuedContributions> queued;
  for (auto& [id, one] : found) {
    // Built while the states were read one after the other.
    if (!queued.empty() && queued.back().request_id == one.request_id) continue;
    queued.push_back(std::move(one));
  }
  return queued;
}

absl::StatusOr<Definitions> Engine::GetDefinitions(uint32_t version) {
  VERVET_ASSIGN_OR_RETURN(const v1::Definitions definitions, AskForDefinitions(version));
  return FromProto(definitions);
}

absl::StatusOr<Reduction> Engine::GetReduction(const ReductionQuery& query) {
  const auto answer = transport_->GetReduction(ToProto(query, state_.party()),
                                               absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer);
}

absl::StatusOr<SeriesAnswer> Engine::GetSeries(const SeriesQuery& query) {
  const auto answer = transport_->GetSeries(ToProto(query, state_.party()),
                                            absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer);
}

absl::StatusOr<Coverage> Engine::GetCoverage(const std::string& panel,
                                             std::optional<DayRange> period) {
  v1::GetCoverageRequest request;
  request.set_panel(panel);
  if (period) SetDays(*period, request.mutable_period());
  const auto answer = transport_->GetCoverage(request, absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer, state_.party());
}

absl::StatusOr<std::vector<StoredContribution>> Engine::ListContributions(
    const ContributionQuery& query) {
  v1::ListContributionsRequest request;
  request.set_member(state_.party());
  if (query.days) SetDays(*query.days, request.mutable_days());
  request.set_history(query.history);
  request.set_limit(kContributionsAtATime);
  std::vector<StoredContribution> all;
  while (true) {
    const auto answer =
        transport_->ListContributions(request, absl::FromChrono(options_.rpc_deadline));
    if (!answer.ok()) return OwnStatus(answer.status());
    for (const v1::ContributionLine& line : answer->lines()) all.push_back(FromProto(line));
    if (!answer->more() || answer->lines().empty()) return all;
    request.set_after_sequence(answer->lines().rbegin()->sequence());
    // The pages are of one state.
    request.mutable_as_of()->set_position(answer->basis().position());
  }
}

absl::StatusOr<std::vector<PanelSummary>> Engine::ListPanels() {
  const auto answer = transport_->ListPanels({}, absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer, state_.party());
}

absl::StatusOr<std::vector<ReleaseSummary>> Engine::ListReleases(const std::string& panel) {
  v1::ListReleasesRequest request;
  request.set_panel(panel);
  const auto answer = transport_->ListReleases(request, absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer);
}

absl::StatusOr<Displacement> Engine::GetDisplacement() {
  const auto answer = transport_->GetDisplacement({}, absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer);
}

absl::StatusOr<SamplePlan> Engine::PlanSamples(const PlanQuery& query) {
  const auto answer = transport_->Plan(ToProto(query), absl::FromChrono(options_.rpc_deadline));
  if (!answer.ok()) return OwnStatus(answer.status());
  return FromProto(*answer);
}

}  // namespace vervet::engine
