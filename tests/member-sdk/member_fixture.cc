#include "tests/member-sdk/member_fixture.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "core/storage/statement.h"
#include "member-sdk/src/vault/vault.h"

namespace vervet::testing {

void Told::AddTo(ClientOptions* options) {
  options->on_match = [this](const MatchEvent& event) {
    MutexLock lock(mutex_);
    matches_.push_back(event);
  };
  options->on_match_ended = [this](const MatchEndedEvent& event) {
    MutexLock lock(mutex_);
    ended_.push_back(event);
  };
  options->on_opinion = [this](const OpinionEvent& event) {
    MutexLock lock(mutex_);
    opinions_.push_back(event);
  };
  options->on_objection_outcome = [this](const Objection& objection) {
    MutexLock lock(mutex_);
    objections_.push_back(objection);
  };
  options->on_quarantine = [this](const ImageQuarantine& quarantine) {
    MutexLock lock(mutex_);
    quarantines_.push_back(quarantine);
  };
  options->on_notice = [this](const std::string& line) {
    MutexLock lock(mutex_);
    notices_.push_back(line);
  };
}

std::vector<MatchEvent> Told::matches() {
  MutexLock lock(mutex_);
  return matches_;
}

std::vector<MatchEndedEvent> Told::ended() {
  MutexLock lock(mutex_);
  return ended_;
}

std::vector<std::string> Told::notices() {
  MutexLock lock(mutex_);
  return notices_;
}

std::vector<OpinionEvent> Told::opinions() {
  MutexLock lock(mutex_);
  return opinions_;
}

std::vector<Objection> Told::objections() {
  MutexLock lock(mutex_);
  return objections_;
}

std::vector<ImageQuarantine> Told::quarantines() {
  MutexLock lock(mutex_);
  return quarantines_;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

MemberTest::MemberTest() {
  std::string pattern = (std::filesystem::temp_directory_path() / "vervet-sdk-XXXXXX").string();
  folder_ = mkdtemp(pattern.data());
  const absl::Status made = storage::CreateKeyFile(key_path(), *Environment::System());
  if (!made.ok()) ADD_FAILURE() << made;
}

MemberTest::~MemberTest() { std::filesystem::remove_all(folder_); }

void MemberTest::FoundCoalition() {
  hub_.AnnounceAll();
  hub_.CreateGroup("all");
  for (const std::string party : {"member/market", "member/social"}) {
    hub_.Admit(party);
    hub_.Join(party, "all");
  }
}

ClientOptions MemberTest::OptionsOf(const std::string& name) {
  ClientOptions options;
  options.coalition = kCoalition;
  options.log_public_key = hub_.log_public_key_hex();
  options.vault_path = vault_path(name);
  options.vault_key_path = key_path();
  options.legal_entity = absl::StrCat(name, " Ltd, Dublin");
  options.lawful_basis = "GDPR Art. 6(1)(f)";
  options.default_groups = {"all"};
  options.backoff_min = std::chrono::milliseconds(1);
  options.backoff_max = std::chrono::milliseconds(5);
  return options;
}

std::unique_ptr<engine::Engine> MemberTest::Open(const std::string& name) {
  return Open(name, OptionsOf(name));
}

std::unique_ptr<engine::Engine> MemberTest::Open(const std::string& name, ClientOptions options) {
  const std::string party = "member/" + name;
  auto engine = engine::Engine::Open(std::move(options), party, hub_.Connect(party), &env_);
  if (!engine.ok()) {
    ADD_FAILURE() << engine.status();
    abort();
  }
  return *std::move(engine);
}

std::string MemberTest::DumpVault(const std::string& name) {
  const auto key = storage::ReadKeyFile(key_path());
  storage::OpenOptions options;
  options.application_id = vault::kVaultApplicationId;
  options.schema_version = vault::kVaultSchemaVersion;
  options.read_only = true;
  auto database = storage::Database::Open(vault_path(name), *key, options);
  if (!database.ok()) {
    ADD_FAILURE() << database.status();
    return "";
  }
  std::vector<std::string> tables;
  {
    auto select = storage::Statement::Prepare(
        **database, "SELECT name FROM sqlite_master WHERE type = 'table'");
    while (*select->Step()) tables.emplace_back(select->ColumnText(0));
  }
  std::string dump;
  for (const std::string& table : tables) {
    auto select = storage::Statement::Prepare(**database, absl::StrCat("SELECT * FROM ", table));
    while (*select->Step()) {
      absl::StrAppend(&dump, table, ":");
      for (int i = 0; i < select->ColumnCount(); ++i) {
        absl::StrAppend(&dump, "|", select->ColumnBlobAsString(i));
      }
      dump += '\n';
    }
  }
  return dump;
}

// SQLite's file format, section 4.1: a header of 32 bytes, its salt at 16; then frames of 24 bytes
// and a page. A frame that ends a transaction has the store's size at 4, others zero; one whose
// salt at 8 differs is left over. SQLCipher encrypts the pages alone.
int MemberTest::CommitsOf(const std::string& name) {
  constexpr size_t kHeaderBytes = 32;
  constexpr size_t kFrameBytes = 24 + 4096;
  std::ifstream file(vault_path(name) + "-wal", std::ios::binary);
  const std::string log((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  int commits = 0;
  for (size_t at = kHeaderBytes; at + kFrameBytes <= log.size(); at += kFrameBytes) {
    if (log.compare(at + 8, 8, log, 16, 8) != 0) break;
    if (log.compare(at + 4, 4, std::string(4, '\0')) != 0) ++commits;
  }
  return commits;
}

Identifier Phone(std::string value, std::string region) {
  return {IdentifierType::kPhone, std::move(value), std::move(region)};
}

Identifier Email(std::string value) { return {IdentifierType::kEmail, std::move(value), ""}; }

OffenderRecord RecordOf(std::vector<Identifier> identifiers) {
  OffenderRecord record;
  record.identifiers = std::move(identifiers);
  record.facts.taxa = {"Loxodonta africana"};
  record.facts.decision_reference = "case-17";
  return record;
}

void CatchUp(Client& client) {
  ASSERT_EQ(client.WaitUntilCaughtUp(std::chrono::seconds(10)), absl::OkStatus());
}

void Deliver(Client& client) {
  ASSERT_EQ(client.Flush(std::chrono::seconds(10)), absl::OkStatus());
}

}  // namespace vervet::testing
