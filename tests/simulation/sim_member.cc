#include "tests/simulation/sim_member.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/key_file.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/outbox/record_rules.h"

namespace vervet::simulation {
namespace {

constexpr size_t kAll = 10'000;

}  // namespace

SimMember::SimMember(Disks* disks, Network* network, std::string name, std::string folder,
                     uint64_t seed, absl::Time now)
    : disks_(disks),
      network_(network),
      name_(std::move(name)),
      party_("member/" + name_),
      folder_(std::move(folder)),
      asks_hub_(seed % 8 == 0),
      env_(seed, now) {
  // A key file is a real file; the vault's bytes are not.
  const absl::Status made = storage::CreateKeyFile(folder_ + "/key", env_);
  if (!made.ok()) std::abort();
}

Secret<32> SimMember::StoreKey() const {
  auto key = storage::ReadKeyFile(folder_ + "/key");
  if (!key.ok()) std::abort();
  return *std::move(key);
}

absl::Status SimMember::Start() {
  const auto mounted = Mount();
  vault::VaultOptions options;
  options.path = vault_path();
  options.key = {folder_ + "/key", {}};
  options.coalition = kCoalition;
  options.party = party_;
  options.log_public_key = Ground::Get().keyring().log_key().public_key;
  auto process = std::make_unique<Process>();
  VERVET_ASSIGN_OR_RETURN(process->vault, vault::Vault::Open(options, &env_));
  process->state = std::make_unique<engine::LiveState>(party_);
  process->evaluator =
      std::make_unique<engine::Evaluator>(this, process->state.get(), &env_, absl::Seconds(10));
  process->checker = std::make_unique<engine::Checker>(process->vault.get(), process->state.get(),
                                                       process->evaluator.get(), &env_);
  engine::Callbacks callbacks;
  callbacks.on_match = [this](const MatchEvent& event) {
    auto& references = told_[event.match.record_id];
    references.insert(event.subject_references.begin(), event.subject_references.end());
  };
  callbacks.on_match_ended = [this](const MatchEndedEvent& event) {
    for (const std::string& reference : event.subject_references) {
      told_[event.record_id].erase(reference);
    }
  };
  process->reporter = std::make_unique<engine::MatchReporter>(
      process->vault.get(), process->state.get(), &env_, std::move(callbacks));
  process->sync = std::make_unique<engine::SyncWorker>(
      process->vault.get(), process->state.get(), process->reporter.get(), this,
      engine::LogFollower(options.log_public_key, kCoalition),
      engine::ReportFile(options.path, kCoalition, options.log_public_key, party_, &env_),
      engine::Backoff(absl::Milliseconds(1), absl::Seconds(1), &env_));
  VERVET_RETURN_IF_ERROR(process->vault->ForEachToken(
      [&](const vault::CachedToken& token) { process->state->AddToken(token); }));
  VERVET_RETURN_IF_ERROR(process->sync->Load());
  process_ = std::move(process);
  if (!asks_hub_) VERVET_RETURN_IF_ERROR(KnowPeople());
  process_->reporter->RunQueued();
  return absl::OkStatus();
}

// As if everybody had been evaluated before.
absl::Status SimMember::KnowPeople() {
  std::vector<vault::NewToken> tokens;
  for (const Person& person : Ground::Get().people()) {
    for (const Signed& signature : person.signatures) {
      vault::NewToken token;
      const engine::Form& form = signature.form;
      token.token.key = process_->vault->KeyOf(form.type, form.rules_version, form.text);
      if (process_->state->FindToken(token.token.key)) return absl::OkStatus();
      token.token.type = form.type;
      token.token.rules_version = form.rules_version;
      token.token.epoch = 1;
      token.token.token = signature.token;
      token.element = signature.element;
      tokens.push_back(std::move(token));
    }
  }
  VERVET_ASSIGN_OR_RETURN(
      const auto ids,
      process_->vault->StoreTokens(tokens, std::vector<std::vector<std::string>>(tokens.size())));
  for (size_t i = 0; i < tokens.size(); ++i) {
    tokens[i].token.id = ids[i];
    process_->state->AddToken(tokens[i].token);
  }
  return absl::OkStatus();
}

void SimMember::Drop() {
  const auto mounted = Mount();
  process_.reset();
}

void SimMember::Crash(uint64_t power_seed) {
  disk_->Heal();
  const test_support::Files left = disk_->AfterPowerLoss(power_seed);
  Drop();
  disk_ = std::make_shared<test_support::FaultDisk>(left);
}

absl::Status SimMember::Sync() {
  const auto mounted = Mount();
  syncing_ = true;
  const absl::Status status = process_->sync->RunOnce();
  syncing_ = false;
  process_->reporter->RunQueued();
  return status;
}

absl::Status SimMember::CheckPerson(const Person& person) {
  const auto mounted = Mount();
  const auto types = process_->state->types();
  const absl::Status status =
      process_->checker
          ->Check({person.subject}, CheckOptions(), *types, absl::UnavailableError("no keys yet"))
          .status();
  process_->reporter->RunQueued();
  return status;
}

absl::Status SimMember::Publish(const Person& person, const std::string& decision,
                                const std::vector<std::string>& groups, absl::Duration lifetime) {
  const auto mounted = Mount();
  OffenderRecord record;
  record.identifiers = person.subject.identifiers;
  // Of two records in three, by the decision's number.
  const int digit = decision[decision.size() - 2] - '0';
  for (int i = 0; i < digit % 3; ++i) {
    RecordImage& image = record.images.emplace_back();
    image.hash.bytes.fill(static_cast<uint8_t>(digit * 16 + i + 1));
    image.hash.quality = 80;
  }
  record.facts.taxa = {"Loxodonta africana"};
  record.facts.decision_reference = decision;
  record.facts.groups = groups;
  record.lifetime = std::chrono::seconds(absl::ToInt64Seconds(lifetime));
  record.subject_reference = person.subject.reference;
  ClientOptions defaults;
  defaults.legal_entity = "Example Market Ltd, Dublin";
  defaults.lawful_basis = "GDPR Art. 6(1)(f)";
  engine::CoalitionKnowledge known;
  known.types = *process_->state->types();
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxEntry entry,
                          engine::DraftPublication(record, defaults, known, TimeOrderedId(env_)));
  return process_->vault->AddToOutbox(absl::MakeConstSpan(&entry, 1));
}

absl::Status SimMember::Retract(const std::string& record_id, const std::string& reason) {
  const auto mounted = Mount();
  VERVET_ASSIGN_OR_RETURN(
      const vault::OutboxEntry entry,
      engine::BuildRetraction(engine::ToHex(record_id), reason, TimeOrderedId(env_)));
  return process_->vault->AddToOutbox(absl::MakeConstSpan(&entry, 1));
}

absl::Status SimMember::Build() {
  VERVET_ASSIGN_OR_RETURN(auto drafts,
                          process_->vault->OutboxEntries(vault::OutboxState::kDraft, 0, kAll));
  if (drafts.empty()) return absl::OkStatus();
  engine::RequestBuilder builder(process_->vault.get(), process_->state.get(),
                                 process_->evaluator.get(), &env_);
  engine::BuildOutcome outcome = builder.Build(std::move(drafts));
  VERVET_RETURN_IF_ERROR(process_->vault->StoreBuilt(outcome.built));
  if (!outcome.refused.empty()) {
    VERVET_RETURN_IF_ERROR(process_->vault->StoreDone(outcome.refused));
  }
  process_->reporter->Touch(std::move(outcome.touched));
  return absl::OkStatus();
}

absl::Status SimMember::DeliverOutbox(const Send& send) {
  const auto mounted = Mount();
  VERVET_RETURN_IF_ERROR(Build());
  VERVET_ASSIGN_OR_RETURN(auto built,
                          process_->vault->OutboxEntries(vault::OutboxState::kBuilt, 0, kAll));
  std::vector<vault::OutboxEntry> done;
  for (vault::OutboxEntry& entry : built) {
    const Answer answer = send(entry);
    if (!answer.ok() && !IsFinal(answer.status())) continue;
    entry.state = answer.ok() ? vault::OutboxState::kDelivered : vault::OutboxState::kRefused;
    entry.status = answer.status();
    if (answer.ok()) {
      entry.sequence = answer->sequence;
      entry.record_id = answer->record_id;
    }
    done.push_back(std::move(entry));
  }
  if (done.empty()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(process_->vault->StoreDone(done));
  process_->reporter->RunQueued();
  return process_->vault->Scrub();
}

uint64_t SimMember::pending() {
  const auto mounted = Mount();
  const auto counts = process_->vault->CountOutbox();
  return counts.ok() ? counts->pending : 0;
}

}  // namespace vervet::simulation
