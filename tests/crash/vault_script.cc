#include "tests/crash/vault_script.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"

namespace vervet::crash {
namespace {

using vault::OutboxEntry;
using vault::OutboxState;

constexpr int kTokens = 6;
constexpr int kRecords = 2;

std::string IdOf(int number, char kind) {
  std::string id(16, kind);
  id[14] = static_cast<char>('0' + number / 10);
  id[15] = static_cast<char>('0' + number % 10);
  return id;
}

vault::CacheKey CacheKeyOf(int number) {
  vault::CacheKey key;
  key.fill(static_cast<uint8_t>(number + 1));
  return key;
}

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

OutboxEntry Draft(int number) {
  OutboxEntry entry;
  entry.request_id = IdOf(number, 'q');
  entry.request = absl::StrCat("draft ", number, std::string(200, 'd'));
  entry.identifiers = {{v1::EMAIL, 1, absl::StrCat("row-", number, "@example.com")},
                       {v1::PHONE, 1, absl::StrCat("+3538700000", number)}};
  entry.lifetime_s = 86'400;
  entry.subject_reference = absl::StrCat("user-", number);
  return entry;
}

vault::NewToken TokenOf(int number, uint32_t epoch) {
  vault::NewToken token;
  token.token.key = CacheKeyOf(number);
  token.token.type = v1::EMAIL;
  token.token.rules_version = 1;
  token.token.epoch = epoch;
  std::array<uint8_t, 16> bytes;
  bytes.fill(static_cast<uint8_t>(number * 8 + static_cast<int>(epoch)));
  token.token.token = oprf::Token(bytes);
  token.element = std::string(32, static_cast<char>('a' + number));
  return token;
}

}  // namespace

VaultScript::VaultScript(std::string folder, std::shared_ptr<const VaultStates> states)
    : folder_(std::move(folder)), states_(std::move(states)) {
  AddStep("open", [this] { return Reopen(); });
  AddOutboxSteps(0, 3);
  AddTokenSteps();
  AddLogSteps();
  AddStep("close and open", [this] { return Reopen(); });
  AddOutboxSteps(3, 14);
  AddStep("forget what is done", [this] {
    return vault_->ForgetDone(absl::FromUnixMicros(absl::ToUnixMicros(env_.Now()) + 1));
  });
  AddStep("scrub", [this] { return vault_->Scrub(); });
  AddStep("store a head at last", [this] { return vault_->CommitHead("the last head"); });
}

void VaultScript::AddStep(const std::string& name, std::function<absl::Status()> run) {
  steps_.push_back({name, std::move(run)});
}

absl::Status VaultScript::ForEntries(
    OutboxState state, const std::function<absl::Status(std::vector<OutboxEntry>)>& use) {
  VERVET_ASSIGN_OR_RETURN(auto entries, vault_->OutboxEntries(state, 0, 100));
  return use(std::move(entries));
}

void VaultScript::AddOutboxSteps(int first, int count) {
  outbox_entries_ = first + count;
  AddStep("add to the outbox", [this, first, count] {
    std::vector<OutboxEntry> entries;
    for (int i = first; i < first + count; ++i) entries.push_back(Draft(i));
    return vault_->AddToOutbox(entries);
  });
  AddStep("store what was built", [this] {
    return ForEntries(OutboxState::kDraft, [this](std::vector<OutboxEntry> entries) {
      for (OutboxEntry& entry : entries) entry.request += std::string(900, 'b');
      return vault_->StoreBuilt(entries);
    });
  });
  AddStep("store the outcomes", [this] {
    return ForEntries(OutboxState::kBuilt, [this](std::vector<OutboxEntry> entries) {
      entries.pop_back();  // one stays built
      for (size_t i = 0; i < entries.size(); ++i) {
        entries[i].state = i == 0 ? OutboxState::kRefused : OutboxState::kDelivered;
        entries[i].record_id = IdOf(static_cast<int>(i), 'r');
        entries[i].sequence = 100 + i;
        if (i == 0) entries[i].status = absl::InvalidArgumentError("facts: refused");
      }
      return vault_->StoreDone(entries);
    });
  });
}

void VaultScript::AddTokenSteps() {
  AddStep("store tokens", [this] {
    std::vector<vault::NewToken> tokens;
    std::vector<std::vector<std::string>> references;
    for (int i = 0; i < kTokens; ++i) {
      tokens.push_back(TokenOf(i, 1));
      references.push_back({absl::StrCat("user-", i), "user-of-all"});
    }
    return vault_->StoreTokens(tokens, references).status();
  });
  AddStep("add references", [this]() -> absl::Status {
    VERVET_ASSIGN_OR_RETURN(const std::vector<int64_t> ids, TokenIds());
    return vault_->AddReferences({{ids[0], "another user"}, {ids[3], "another user"}});
  });
  AddStep("replace tokens", [this] {
    return vault_->StoreTokens({TokenOf(1, 2), TokenOf(4, 2)}, {{"renamed"}, {}}).status();
  });
  AddStep("mark two reported", [this] {
    return vault_->MarkReported({{IdOf(0, 'r'), "member/social", "user-0"},
                                 {IdOf(0, 'r'), "member/social", "user-1"},
                                 {IdOf(1, 'r'), "member/forum", "user-2"}});
  });
  AddStep("clear one report",
          [this] { return vault_->ClearReported(IdOf(0, 'r'), {std::string("user-1")}); });
}

vault::LogBatch VaultScript::NextEvents(int count) {
  vault::LogBatch batch;
  const auto position = vault_->Position();
  if (!position.ok()) return batch;  // the commit will say so again
  batch.frontier = position->frontier;
  for (int i = 0; i < count; ++i) {
    const uint64_t sequence = batch.frontier.size() + 1;
    const std::string header = absl::StrCat("header ", sequence);
    const std::string body = absl::StrCat("body ", sequence, std::string(700, 'e'));
    batch.frontier.Append(log::LeafHash(header, body, std::string(32, 'x')));
    batch.events.Add(sequence, header, body);
  }
  return batch;
}

void VaultScript::AddLogSteps() {
  AddStep("commit events with a pinned key", [this] {
    vault::LogBatch batch = NextEvents(4);
    batch.pins = {{v1::EMAIL, 1, std::string(32, 'k')}, {v1::PHONE, 1, std::string(32, 'l')}};
    batch.visibility_floor = 4;
    return vault_->Commit(batch);
  });
  AddStep("commit a head", [this] { return vault_->CommitHead("a signed head of four"); });
  AddStep("begin a rewind", [this] {
    vault::LogBatch batch = NextEvents(20);
    batch.begin_rewind = true;
    return vault_->Commit(batch);
  });
  AddStep("end the rewind", [this] {
    vault::LogBatch batch = NextEvents(24);
    batch.end_rewind = true;
    batch.purge_due = true;
    return vault_->Commit(batch);
  });
  AddStep("purge", [this] { return vault_->Purge({2, 3, 11}); });
  AddStep("erase out of a row, and what has just come", [this] {
    vault::LogBatch batch = NextEvents(3);
    batch.erased = {{IdOf(0, 'r'), {1, 12, 24, 26}}};
    return vault_->Commit(batch);
  });
}

absl::StatusOr<std::vector<int64_t>> VaultScript::TokenIds() {
  std::map<vault::CacheKey, int64_t> ids;
  VERVET_RETURN_IF_ERROR(vault_->ForEachToken(
      [&](const vault::CachedToken& token) { ids.emplace(token.key, token.id); }));
  if (ids.size() != kTokens) return absl::InternalError("the tokens are not all there");
  std::vector<int64_t> in_order;
  for (const auto& [key, id] : ids) in_order.push_back(id);
  return in_order;
}

absl::StatusOr<std::unique_ptr<vault::Vault>> VaultScript::Open(const std::string& place) {
  vault::VaultOptions options;
  options.path = absl::StrCat(folder_, "/", place, "/vault.db");
  options.key.path = folder_ + "/key";
  options.coalition = "coalition.example";
  options.party = "member/market";
  options.log_public_key = std::string(32, 'p');
  return vault::Vault::Open(options, &env_);
}

absl::Status VaultScript::Reopen() {
  vault_.reset();
  VERVET_ASSIGN_OR_RETURN(vault_, Open("run"));
  return absl::OkStatus();
}

absl::Status VaultScript::Run(size_t step) {
  VERVET_RETURN_IF_ERROR(steps_[step].run());
  if (!local_key_probe_) local_key_probe_ = LocalKeyProbe(*vault_);
  return absl::OkStatus();
}

absl::Status VaultScript::Recover() { return vault_ == nullptr ? Reopen() : absl::OkStatus(); }

std::string VaultScript::LocalKeyProbe(const vault::Vault& vault) const {
  const vault::CacheKey key = vault.KeyOf(v1::EMAIL, 1, "probe");
  return std::string(key.begin(), key.end());
}

absl::StatusOr<std::string> VaultScript::OutboxOf(vault::Vault& vault) {
  std::string text;
  for (const OutboxState state :
       {OutboxState::kDraft, OutboxState::kBuilt, OutboxState::kDelivered, OutboxState::kRefused}) {
    VERVET_ASSIGN_OR_RETURN(const auto entries, vault.OutboxEntries(state, 0, 1'000));
    for (const OutboxEntry& entry : entries) {
      absl::StrAppend(&text, "outbox ", static_cast<int>(state), " ", entry.request_id, " ",
                      entry.request, " ", entry.lifetime_s.value_or(-1), " ",
                      entry.subject_reference);
      for (const auto& identifier : entry.identifiers) {
        absl::StrAppend(&text, " ", identifier.type, ":", identifier.canonical);
      }
      VERVET_ASSIGN_OR_RETURN(const OutboxEntry found, vault.FindInOutbox(entry.request_id));
      absl::StrAppend(&text, " ", static_cast<int>(found.state), " ", found.record_id, " ",
                      found.sequence, " ", found.status.ToString(), "\n");
    }
  }
  VERVET_ASSIGN_OR_RETURN(const vault::OutboxCounts counts, vault.CountOutbox());
  absl::StrAppend(&text, "counts ", counts.pending, " ", counts.refused, "\n");
  return text;
}

absl::StatusOr<std::string> VaultScript::LogOf(vault::Vault& vault) {
  VERVET_ASSIGN_OR_RETURN(const vault::LogPosition position, vault.Position());
  std::string text =
      absl::StrCat("position ", Hex(position.frontier.Serialize()), " ", position.last_head, " ",
                   position.rewind_until, " ", Hex(position.rewind_root), " ",
                   position.visibility_floor, " ", position.purge_due, "\n");
  VERVET_RETURN_IF_ERROR(vault.ForEachEvent([&](const vault::EventView& event) {
    absl::StrAppend(&text, "event ", event.sequence, " ", event.header, " ", event.body, "\n");
    return absl::OkStatus();
  }));
  VERVET_ASSIGN_OR_RETURN(const auto pins, vault.PinnedKeys());
  for (const vault::PinnedKey& pin : pins) {
    absl::StrAppend(&text, "pin ", pin.type, " ", pin.epoch, " ", pin.public_key, "\n");
  }
  return text;
}

absl::StatusOr<std::string> VaultScript::TokensOf(vault::Vault& vault) {
  std::map<vault::CacheKey, std::pair<int64_t, std::string>> tokens;
  VERVET_RETURN_IF_ERROR(vault.ForEachToken([&](const vault::CachedToken& token) {
    tokens[token.key] = {token.id, absl::StrCat("token ", token.epoch, " ", token.token.hex())};
  }));
  std::string text;
  for (const auto& [key, token] : tokens) {
    VERVET_ASSIGN_OR_RETURN(const std::string element, vault.ElementOf(token.first));
    VERVET_ASSIGN_OR_RETURN(const auto references, vault.ReferencesOf({token.first}));
    absl::StrAppend(&text, token.second, " ", element);
    for (const std::string& reference : references) absl::StrAppend(&text, " ", reference);
    text += "\n";
  }
  for (int i = 0; i < kRecords; ++i) {
    VERVET_ASSIGN_OR_RETURN(const vault::Report report, vault.Reported(IdOf(i, 'r')));
    absl::StrAppend(&text, "report ", i, " ", report.publisher);
    for (const std::string& reference : report.references) absl::StrAppend(&text, " ", reference);
    text += "\n";
  }
  return text;
}

absl::StatusOr<std::string> VaultScript::StateOf(vault::Vault& vault) {
  VERVET_ASSIGN_OR_RETURN(const std::string outbox, OutboxOf(vault));
  VERVET_ASSIGN_OR_RETURN(const std::string log, LogOf(vault));
  VERVET_ASSIGN_OR_RETURN(const std::string tokens, TokensOf(vault));
  return absl::StrCat(outbox, log, tokens);
}

// Has SQLite check the whole closed file; returns how many raw identifiers it holds.
absl::StatusOr<int64_t> VaultScript::CheckFile(const std::string& place) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKeyFile(folder_ + "/key"));
  storage::OpenOptions options;
  options.application_id = vault::kVaultApplicationId;
  options.schema_version = vault::kVaultSchemaVersion;
  VERVET_ASSIGN_OR_RETURN(
      const auto store,
      storage::Database::Open(absl::StrCat(folder_, "/", place, "/vault.db"), key, options));
  VERVET_RETURN_IF_ERROR(store->CheckIntegrity(storage::CheckDepth::kFull));
  return store->QueryInt64("SELECT count(*) FROM outbox_identifiers");
}

Finding VaultScript::LookAtOpen(const Progress& progress) { return Look(*vault_, progress); }

Finding VaultScript::LookAtRestarted(const Progress& progress) {
  auto vault = Open("look");
  if (!vault.ok()) return {{absl::StrCat("does not open: ", vault.status().ToString())}, 0};
  Finding finding = Look(**vault, progress);
  const OutboxEntry one_more = Draft(outbox_entries_ + 1);
  const absl::Status more = (*vault)->AddToOutbox({one_more});
  if (!more.ok()) {
    finding.violations.push_back(absl::StrCat("takes nothing more: ", more.ToString()));
  }
  vault->reset();
  const auto identifiers = CheckFile("look");
  if (!identifiers.ok()) {
    finding.violations.push_back(absl::StrCat("integrity: ", identifiers.status().ToString()));
  } else if (finding.violations.empty() &&
             *identifiers != states_->identifiers_left[finding.present] +
                                 static_cast<int64_t>(one_more.identifiers.size())) {
    finding.violations.push_back(absl::StrCat(*identifiers, " identifiers are left in the file"));
  }
  return finding;
}

Finding VaultScript::Look(vault::Vault& vault, const Progress& progress) {
  const auto state = StateOf(vault);
  if (!state.ok()) return {{absl::StrCat("cannot be read: ", state.status().ToString())}, 0};
  Finding finding;
  finding.present = progress.acknowledged;
  if (progress.acknowledged > 0 && LocalKeyProbe(vault) != *local_key_probe_) {
    finding.violations.push_back("lost: the local key is another");
  }
  const std::vector<std::string>& after = states_->after;
  if (*state == after[progress.acknowledged]) return finding;
  if (progress.next_may_be_there && *state == after[progress.acknowledged + 1]) {
    ++finding.present;
    return finding;
  }
  const auto earlier = std::find(after.begin(), after.end(), *state);
  finding.violations.push_back(
      earlier == after.end()
          ? "half a step: the state is none that whole steps make"
          : absl::StrCat("lost: the state is that after ", earlier - after.begin(), " steps"));
  return finding;
}

std::shared_ptr<const VaultStates> VaultScript::MakeStates(const std::string& folder) {
  auto states = std::make_shared<VaultStates>();
  VaultScript script(folder, nullptr);
  absl::Status status = script.Reopen();
  for (size_t step = 0; status.ok(); ++step) {
    const auto state = script.StateOf(*script.vault_);
    script.vault_.reset();
    const auto identifiers = script.CheckFile("run");
    status = state.ok() ? identifiers.status() : state.status();
    if (!status.ok()) break;
    states->after.push_back(*state);
    states->identifiers_left.push_back(*identifiers);
    if (step == script.size()) return states;
    status = script.Reopen();
    if (status.ok()) status = script.Run(step);
  }
  return nullptr;
}

}  // namespace vervet::crash
