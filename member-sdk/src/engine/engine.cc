#include "member-sdk/src/engine/engine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/log/tree_head.h"
#include "core/net/identity.h"
#include "core/storage/key_source.h"
#include "member-sdk/src/engine/counted_transport.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/outbox/record_rules.h"

namespace vervet::engine {
namespace {

// How long a check waits for a stream that has just been opened to bring the hub's keys.
constexpr std::chrono::milliseconds kFirstSyncWait(5000);
constexpr absl::Duration kDeliveredKept = absl::Hours(30 * 24);
// By CheckOutcome.
constexpr std::array<const char*, 4> kOutcomes = {"match", "no_match", "refused", "not_known"};

Backoff BackoffOf(const ClientOptions& options, Environment* env) {
  return Backoff(absl::FromChrono(options.backoff_min), absl::FromChrono(options.backoff_max), env);
}

std::chrono::steady_clock::time_point After(std::chrono::milliseconds timeout) {
  // Far enough for every purpose, and near enough not to overflow.
  return std::chrono::steady_clock::now() +
         std::min<std::chrono::milliseconds>(timeout, std::chrono::hours(24 * 365));
}

void CountOutcomes(const std::vector<SubjectResult>& results, CounterFamily* checks) {
  std::array<uint64_t, kOutcomes.size()> counts{};
  for (const SubjectResult& subject : results) {
    for (const CheckResult& result : subject.results) ++counts[static_cast<size_t>(result.outcome)];
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) checks->Add({kOutcomes[i]}, counts[i]);
  }
}

absl::Status CheckOptionsGiven(const ClientOptions& options) {
  const auto wrong = [](absl::string_view field, absl::string_view remedy) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": ", remedy));
  };
  const absl::Status coalition = net::CheckCoalition(options.coalition);
  if (!coalition.ok()) return wrong("coalition", coalition.message());
  if (FromHex(options.log_public_key, log::kLogPublicKeyBytes).empty()) {
    return wrong("log_public_key", "give the hub's log key, 64 hexadecimal digits");
  }
  if (options.vault_path.empty()) return wrong("vault_path", "name the vault's file");
  VERVET_RETURN_IF_ERROR(storage::CheckKeySource(
      {options.vault_key_path, options.vault_key_command}, "vault_key_path", "vault_key_command"));
  if (options.image_radius < 0 || options.image_radius > kMaxImageRadius) {
    return wrong("image_radius", "must be 0 to 31 bits");
  }
  if (options.image_memory.count() < 0) {
    return wrong("image_memory", "must not be negative; 0 keeps nothing");
  }
  if (!(options.image_flood_factor >= 1)) {
    return wrong("image_flood_factor", "must be at least 1; a floor of 0 switches it off");
  }
  if (options.sighting_interval.count() < 0) {
    return wrong("sighting_interval", "must not be negative");
  }
  if (options.rpc_deadline.count() < 1) return wrong("rpc_deadline", "must be at least 1 ms");
  if (options.backoff_min.count() < 1 || options.backoff_max < options.backoff_min) {
    return wrong("backoff_min", "must be at least 1 ms, and backoff_max no less");
  }
  return absl::OkStatus();
}

}  // namespace

Engine::Engine(ClientOptions options, std::string party, std::unique_ptr<Transport> transport,
               std::unique_ptr<vault::Vault> vault, LogFollower follower, Environment* env)
    : options_(std::move(options)),
      env_(env),
      transport_(MakeCountedTransport(std::move(transport), &metrics_, env)),
      vault_(std::move(vault)),
      state_(std::move(party)),
      evaluator_(transport_.get(), &state_, env, absl::FromChrono(options_.rpc_deadline)),
      checker_(vault_.get(), &state_, &evaluator_, env,
               [this](std::vector<std::string> records) { TouchMatched(std::move(records)); }),
      kept_images_(
          vault_.get(), &state_, env,
          {absl::FromChrono(options_.image_memory), options_.image_radius, kMaxKeptImageHashes}),
      floods_(vault_.get(), env,
              {options_.image_flood_floor, options_.image_flood_factor, options_.report_sightings}),
      image_checker_(
          vault_.get(), &state_, &kept_images_, &floods_, env, options_.image_radius,
          [this](std::vector<std::string> records) { TouchMatched(std::move(records)); }),
      subjects_(vault_.get(), &state_, env, &kept_images_),
      reporter_(vault_.get(), &state_, env,
                {CountedOnMatch(), options_.on_match_ended, options_.on_notice, options_.on_opinion,
                 options_.on_objection_outcome, options_.on_quarantine},
                {options_.report_sightings, absl::FromChrono(options_.sighting_interval),
                 options_.acknowledge_unaffected},
                {&kept_images_, &floods_}),
      sync_(vault_.get(), &state_, &reporter_, transport_.get(), std::move(follower),
            ReportFile(options_.vault_path, options_.coalition,
                       FromHex(options_.log_public_key, log::kLogPublicKeyBytes), state_.party(),
                       env),
            BackoffOf(options_, env)),
      outbox_(vault_.get(), RequestBuilder(vault_.get(), &state_, &evaluator_, env), &reporter_,
              transport_.get(), absl::FromChrono(options_.rpc_deadline), BackoffOf(options_, env)) {
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(ClientOptions options, std::string party,
                                                     std::unique_ptr<Transport> transport,
                                                     Environment* env) {
  VERVET_RETURN_IF_ERROR(CheckOptionsGiven(options));
  vault::VaultOptions vault_options;
  vault_options.path = options.vault_path;
  vault_options.key = {options.vault_key_path, options.vault_key_command};
  vault_options.coalition = options.coalition;
  vault_options.party = party;
  vault_options.log_public_key = FromHex(options.log_public_key, log::kLogPublicKeyBytes);
  VERVET_ASSIGN_OR_RETURN(auto vault, vault::Vault::Open(vault_options, env));
  LogFollower follower(vault_options.log_public_key, options.coalition);
  auto engine =
      absl::WrapUnique(new Engine(std::move(options), std::move(party), std::move(transport),
                                  std::move(vault), std::move(follower), env));
  VERVET_RETURN_IF_ERROR(engine->Start());
  return engine;
}

absl::Status Engine::Start() {
  VERVET_RETURN_IF_ERROR(vault_->ForgetDone(env_->Now() - kDeliveredKept));
  VERVET_RETURN_IF_ERROR(
      vault_->ForEachToken([this](const vault::CachedToken& token) { state_.AddToken(token); }));
  VERVET_RETURN_IF_ERROR(kept_images_.Housekeep());
  VERVET_RETURN_IF_ERROR(kept_images_.Load());
  VERVET_RETURN_IF_ERROR(floods_.Load());
  floods_.set_on_quarantine([this](const vault::QuarantineRow& row, uint64_t entries) {
    metrics_.image_quarantines.Add();
    reporter_.Quarantined(ToQuarantine(row), entries);
  });
  VERVET_RETURN_IF_ERROR(sync_.Load());
  if (!options_.background) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxCounts counts, vault_->CountOutbox());
  outbox_.Start(counts.pending);
  reporter_.Start([this](uint64_t entries) { outbox_.Added(entries); });
  // What waits for its next attempt need not wait longer than the hub was away.
  sync_.Start([this] { outbox_.Nudge(); });
  return absl::OkStatus();
}

absl::StatusOr<SubjectResult> Engine::Check(const Subject& subject, const CheckOptions& options) {
  VERVET_ASSIGN_OR_RETURN(auto results, CheckBatch({subject}, options));
  return std::move(results.front());
}

absl::StatusOr<std::vector<SubjectResult>> Engine::CheckBatch(const std::vector<Subject>& subjects,
                                                              const CheckOptions& options) {
  const absl::Duration began = env_->Monotonic();
  auto types = state_.types();
  absl::Status why;
  if (types->empty()) {
    why = absl::FailedPreconditionError(
        "nothing of the coalition's log was synced yet, so the hub's keys are not known");
    if (!options.local_only && options_.background) {
      const auto wait = std::min<std::chrono::milliseconds>(options_.rpc_deadline, kFirstSyncWait);
      const absl::Status synced = sync_.WaitForTypes(After(wait));
      if (!synced.ok()) why = synced;
      types = state_.types();
    }
  }
  auto results = checker_.Check(subjects, options, *types, why);
  metrics_.check_seconds.Get().Observe(env_->Monotonic() - began);
  if (results.ok()) CountOutcomes(*results, &metrics_.checks);
  return results;
}

absl::StatusOr<Ticket> Engine::Enqueue(const vault::OutboxEntry& entry) {
  VERVET_RETURN_IF_ERROR(vault_->AddToOutbox(absl::MakeConstSpan(&entry, 1)));
  outbox_.Added(1);
  return Ticket{ToHex(entry.request_id)};
}

absl::StatusOr<Ticket> Engine::Publish(const OffenderRecord& record) {
  VERVET_ASSIGN_OR_RETURN(auto tickets, PublishBatch({record}));
  return std::move(tickets.front());
}

absl::StatusOr<std::vector<absl::StatusOr<Ticket>>> Engine::PublishBatch(
    const std::vector<OffenderRecord>& records) {
  CoalitionKnowledge known;
  known.types = *state_.types();
  // An older list of groups may lack one that was joined since: then the hub decides.
  if (sync_.Progress().caught_up) known.own_groups = state_.OwnGroups();
  known.now = env_->Now();
  std::vector<const OffenderRecord*> pictured;
  std::vector<vault::OutboxEntry> entries;
  std::vector<absl::StatusOr<Ticket>> tickets;
  for (const OffenderRecord& record : records) {
    auto entry = DraftPublication(record, options_, known, TimeOrderedId(*env_));
    if (!entry.ok()) {
      tickets.emplace_back(entry.status());
      continue;
    }
    tickets.emplace_back(Ticket{ToHex(entry->request_id)});
    entries.push_back(*std::move(entry));
    if (!record.images.empty() && !record.subject_reference.empty()) pictured.push_back(&record);
  }
  if (!entries.empty()) {
    VERVET_RETURN_IF_ERROR(vault_->AddToOutbox(entries));
    outbox_.Added(entries.size());
  }
  if (!pictured.empty()) KeepPublished(pictured);
  if (!entries.empty()) metrics_.publications.Add({"queued"}, entries.size());
  const size_t refused = records.size() - entries.size();
  if (refused != 0) metrics_.publications.Add({"refused"}, refused);
  return tickets;
}

absl::StatusOr<Ticket> Engine::Retract(const std::string& record_id, const std::string& reason) {
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          BuildRetraction(record_id, reason, TimeOrderedId(*env_)));
  return Enqueue(entry);
}

absl::StatusOr<Delivery> Engine::GetDelivery(const std::string& request_id) {
  const std::string id = FromHex(request_id, kRequestIdBytes);
  if (id.empty()) return absl::InvalidArgumentError("request_id: is not 32 hexadecimal digits");
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry, vault_->FindInOutbox(id));
  Delivery delivery;
  const Attempts attempts = outbox_.AttemptsOf(id);
  delivery.attempts = attempts.count;
  switch (entry.state) {
    case vault::OutboxState::kDraft:
    case vault::OutboxState::kBuilt:
      delivery.state = DeliveryState::kPending;
      delivery.status = attempts.last;
      break;
    case vault::OutboxState::kDelivered:
      delivery.state = DeliveryState::kDelivered;
      delivery.record_id = ToHex(entry.record_id);
      delivery.sequence = entry.sequence;
      delivery.answer_due = AnswerDueOf(entry);
      break;
    case vault::OutboxState::kRefused:
      delivery.state = DeliveryState::kRefused;
      delivery.status = entry.status;
      break;
  }
  return delivery;
}

absl::Status Engine::Flush(std::chrono::milliseconds timeout) {
  if (options_.background) {
    const auto deadline = After(timeout);
    // Without the hub's keys nothing can be built, so only the Sync stream hears the hub's refusal.
    if (state_.types()->empty() && outbox_.pending() != 0) {
      VERVET_RETURN_IF_ERROR(sync_.WaitForRefusalOrTypes(deadline));
    }
    // What follows from the events that were applied (sightings, acknowledgements) is meant too.
    reporter_.WaitUntilIdle(deadline);
    return outbox_.WaitUntilEmpty(deadline);
  }
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxCounts counts, vault_->CountOutbox());
  if (counts.pending == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(counts.pending,
                   " in the outbox, and this client was opened without background "
                   "work: open it with background = true to deliver them"));
}

absl::Status Engine::WaitUntilCaughtUp(std::chrono::milliseconds timeout) {
  if (!options_.background) {
    return absl::FailedPreconditionError(
        "this client was opened without background work: open it with background = true to sync");
  }
  return sync_.WaitUntilCaughtUp(After(timeout));
}

SyncState Engine::GetSyncState() {
  const SyncProgress progress = sync_.Progress();
  const StateCounts counts = state_.Counts();
  SyncState out;
  out.connected = progress.connected;
  out.caught_up = progress.caught_up;
  out.position = progress.position;
  out.hub_size = progress.hub_size;
  out.root = ToHex(progress.root);
  if (!progress.last_error.ok()) out.last_error = progress.last_error.ToString();
  out.log_report = progress.report_path;
  out.live_records = counts.live_records;
  out.live_signatures = counts.live_signatures;
  out.live_images = counts.live_images;
  out.cached_tokens = counts.cached_tokens;
  out.kept_image_hashes = counts.kept_image_hashes;
  out.quarantined_images = floods_.quarantined();
  if (const auto outbox = vault_->CountOutbox(); outbox.ok()) {
    out.outbox_pending = outbox->pending;
    out.outbox_refused = outbox->refused;
  }
  out.groups = state_.OwnGroups();
  return out;
}

std::function<void(const MatchEvent&)> Engine::CountedOnMatch() {
  if (!options_.on_match) return nullptr;
  return [this](const MatchEvent& event) {
    metrics_.matches.Add();
    options_.on_match(event);
  };
}

std::string Engine::MetricsText() {
  return SdkMetricsText(metrics_,
                        {GetSyncState(), options_.vault_path, transport_->CertificateExpiry()});
}

void Engine::Close(std::chrono::milliseconds timeout) {
  MutexLock lock(close_mutex_);
  if (std::exchange(closed_, true)) return;
  const auto deadline = After(timeout);
  evaluator_.Stop();
  sync_.Stop();
  outbox_.Stop(deadline);
  reporter_.Stop(deadline);
  // What was erased leaves the write-ahead log too; on a failure the next opening's checkpoint does
  // it.
  (void)vault_->Scrub();
}

}  // namespace vervet::engine
