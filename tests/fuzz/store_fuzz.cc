// Stores of which a row was changed, on a disk in memory: the hub's log opens as it is or not at
// all, a second reader of the format agrees, and a member's vault does not take its process down.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "core/storage/statement.h"
#include "hub/backup/store_reader.h"
#include "hub/log/sqlcipher_event_log.h"
#include "member-sdk/src/engine/sync/log_follower.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/hub_world.h"
#include "tests/support/fault_vfs.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;
using test_support::FaultDisk;
using test_support::Files;

constexpr uint64_t kEvents = 26;
constexpr size_t kEventsOfARow = 4;  // of a vault

Secret<32> Key() {
  const std::string bytes(32, '\x5a');
  return Secret<32>(absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), 32));
}

// Lock files and the vault's key are real files.
const std::string& Folder() {
  static const auto* const folder = [] {
    auto* path = new std::string("/dev/shm/vervet-fuzz-XXXXXX");
    VERVET_FUZZ_CHECK(mkdtemp(path->data()) != nullptr, "the machine has /dev/shm");
    std::ofstream(*path + "/vault.key") << absl::BytesToHexString(std::string(32, '\x5a'));
    std::filesystem::permissions(*path + "/vault.key", std::filesystem::perms::owner_read |
                                                           std::filesystem::perms::owner_write);
    std::atexit([] { std::filesystem::remove_all(Folder()); });
    return path;
  }();
  return *folder;
}

test_support::FaultVfs& Vfs() {
  static auto* const vfs = new test_support::FaultVfs;
  return *vfs;
}

std::shared_ptr<FaultDisk> Mount(const Files& files) {
  auto disk = std::make_shared<FaultDisk>(files);
  Vfs().Mount(disk);
  return disk;
}

void Require(const absl::Status& status) { VERVET_FUZZ_CHECK(status.ok(), status.ToString()); }

// A log with the history of a HubWorld, in a store.
const Files& LogFiles() {
  static const auto* const files = [] {
    HubWorld world;
    const auto disk = Mount({});
    ManualEnvironment env;
    auto log = hub::SqlcipherEventLog::Open(Folder() + "/log.db", Key(), kCoalition, &env,
                                            [](const hub::StoredEvent&) {});
    Require(log.status());
    for (const auto& event : world.hub().log().events()) {
      hub::AppendEntry entry;
      entry.draft.audience = event->parsed.header.audience();
      entry.draft.body = event->parsed.body;
      if (event->sequence() == 20) {
        entry.request =
            hub::RequestKey{"member/market", std::string(16, 'q'), std::string(32, 'f')};
      }
      Require((*log)->Append({entry}).status());
    }
    hub::AppendEntry erasure;
    erasure.draft.body.mutable_record_erased()->set_record_id(std::string(16, 'e'));
    erasure.draft.body.mutable_record_erased()->add_sequences(12);
    erasure.erases = {12};
    Require((*log)->Append({erasure}).status());
    (*log).reset();
    return new Files(disk->files());
  }();
  return *files;
}

vault::VaultOptions VaultFor() {
  vault::VaultOptions options;
  options.path = Folder() + "/vault.db";
  options.key.path = Folder() + "/vault.key";
  options.coalition = kCoalition;
  options.party = "member/social";
  options.log_public_key = Ground::Get().keyring().log_key().public_key;
  return options;
}

const Files& VaultFiles() {
  static const auto* const files = [] {
    HubWorld world;
    const auto disk = Mount({});
    ManualEnvironment env;
    auto vault = vault::Vault::Open(VaultFor(), &env);
    Require(vault.status());
    vault::LogBatch batch;
    for (const auto& event : world.hub().log().events()) {
      batch.frontier.Append(event->leaf_hash);
      batch.events.Add(event->sequence(), event->event.header(), event->event.body());
      if (batch.events.size() < kEventsOfARow) continue;
      Require((*vault)->Commit(batch));
      batch.events.Clear();
    }
    batch.pins.push_back({v1::PHONE, 1, std::string(32, 'p')});
    Require((*vault)->Commit(batch));
    Require((*vault)->CommitHead(world.hub().heads().Current().SerializeAsString()));
    (*vault).reset();
    return new Files(disk->files());
  }();
  return *files;
}

// One row changed with SQL. `application_id`, as the store's owner writes it.
void Change(const std::string& path, int32_t application_id, int32_t schema, Input& in,
            bool is_log) {
  storage::OpenOptions options;
  options.application_id = application_id;
  options.schema_version = schema;
  auto database = storage::Database::Open(path, Key(), options);
  Require(database.status());
  const auto run = [&](const char* sql, const std::function<void(storage::Statement&)>& bind) {
    auto statement = storage::Statement::Prepare(**database, sql);
    Require(statement.status());
    bind(*statement);
    (void)statement->Run();  // a constraint may refuse it
  };
  const auto sequence = static_cast<int64_t>(1 + in.Below(kEvents));
  const auto set = [&](const char* sql) {
    const std::string bytes = in.ShortBytes();
    run(sql, [&](storage::Statement& it) { it.BindBlob(1, bytes).BindInt64(2, sequence); });
  };
  if (!is_log) {
    static constexpr const char* kNames[] = {"frontier",    "last_head",        "rewind_until",
                                             "rewind_root", "visibility_floor", "first_met",
                                             "purge_due"};
    switch (in.Below(5)) {
      case 0: {
        const auto last = static_cast<int64_t>(in.Below(2 * kEvents));
        return run(
            "UPDATE events SET last = ?1 WHERE sequence = "
            "(SELECT max(sequence) FROM events WHERE sequence <= ?2)",
            [&](storage::Statement& it) { it.BindInt64(1, last).BindInt64(2, sequence); });
      }
      case 1:
        return set(
            "UPDATE events SET body = ?1 WHERE sequence = "
            "(SELECT max(sequence) FROM events WHERE sequence <= ?2)");
      case 2: {
        const std::string key = in.ShortBytes();
        return run("UPDATE pinned_keys SET public_key = ?1, type = ?2",
                   [&](storage::Statement& it) { it.BindBlob(1, key).BindInt64(2, in.Byte()); });
      }
      default: {
        const std::string name = kNames[in.Below(7)], value = in.ShortBytes();
        return run("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)",
                   [&](storage::Statement& it) { it.BindText(1, name).BindBlob(2, value); });
      }
    }
  }
  switch (in.Below(9)) {
    case 0:
      return set("UPDATE event SET header = ?1 WHERE sequence = ?2");
    case 1:
      return set("UPDATE event SET body = ?1 WHERE sequence = ?2");
    case 2:
      return set("UPDATE event SET random = ?1 WHERE sequence = ?2");
    case 3:
      return set("UPDATE event SET leaf_hash = ?1 WHERE sequence = ?2");
    case 4:
      return run("DELETE FROM event WHERE sequence = ?1",
                 [&](storage::Statement& it) { it.BindInt64(1, sequence); });
    case 5: {
      const auto to = static_cast<int64_t>(in.Number());
      return run("UPDATE event SET sequence = ?1 WHERE sequence = ?2",
                 [&](storage::Statement& it) { it.BindInt64(1, to).BindInt64(2, sequence); });
    }
    case 6:
      return run("UPDATE event SET body = NULL, random = NULL WHERE sequence = ?1",
                 [&](storage::Statement& it) { it.BindInt64(1, sequence); });
    case 7: {
      const auto to = static_cast<int64_t>(in.Number());
      return run("UPDATE request SET sequence = ?1",
                 [&](storage::Statement& it) { it.BindInt64(1, to); });
    }
    default: {
      // Whoever holds the key can write what gives its leaf hash.
      v1::EventHeader header;
      header.set_sequence(static_cast<uint64_t>(sequence));
      header.set_kind(static_cast<v1::EventKind>(in.Byte()));
      header.set_time_us(1'790'000'000'000'000 + static_cast<int8_t>(in.Byte()));
      const std::string bytes = header.SerializeAsString(), body = in.ShortBytes(),
                        random(log::kEventRandomBytes, 'r');
      const log::Hash leaf = log::LeafHash(bytes, body, random);
      return run("UPDATE event SET header=?1, body=?2, random=?3, leaf_hash=?4 WHERE sequence=?5",
                 [&](storage::Statement& it) {
                   it.BindBlob(1, bytes).BindBlob(2, body).BindBlob(3, random);
                   it.BindBlob(4, log::AsBytes(leaf)).BindInt64(5, sequence);
                 });
    }
  }
}

void Log(Input& in) {
  Mount(LogFiles());
  const std::string path = Folder() + "/log.db";
  for (uint32_t count = in.Below(3); count > 0; --count) Change(path, 0x56764c67, 1, in, true);
  ManualEnvironment env;
  hub::HubState state;
  log::MerkleFrontier leaves;
  auto log = hub::SqlcipherEventLog::Open(path, Key(), kCoalition, &env,
                                          [&](const hub::StoredEvent& event) {
                                            state.Apply(event.parsed);
                                            leaves.Append(event.leaf_hash);
                                          });
  if (!log.ok()) {
    CheckRefusal(log.status(), {StatusCode::kDataLoss, StatusCode::kFailedPrecondition});
  } else {
    const hub::LogPosition position = (*log)->Position();
    VERVET_FUZZ_CHECK(position.size == leaves.size() && position.root == leaves.Root(),
                      "the log is what was folded");
    for (uint64_t at = 1; at <= position.size; ++at) {
      const auto read = (*log)->Read(at, 1, 1);
      VERVET_FUZZ_CHECK(read.ok() && read->size() == 1 && read->front()->sequence() == at,
                        "every event can be read");
    }
    (*log).reset();
  }
  auto reader = hub::StoreReader::Open(path, Key(), kCoalition);
  Require(reader.status());
  const auto facts = reader->ReadAll();
  VERVET_FUZZ_CHECK(facts.ok() == log.ok(),
                    absl::StrCat("both readers agree: ", log.status().ToString(), " / ",
                                 facts.status().ToString()));
  if (facts.ok()) VERVET_FUZZ_CHECK(facts->root == leaves.Root(), "on the root too");
}

void Member(Input& in) {
  Mount(VaultFiles());
  const vault::VaultOptions options = VaultFor();
  for (uint32_t count = in.Below(3); count > 0; --count) {
    Change(options.path, vault::kVaultApplicationId, vault::kVaultSchemaVersion, in, false);
  }
  ManualEnvironment env;
  auto vault = vault::Vault::Open(options, &env);
  Require(vault.status());
  const auto position = (*vault)->Position();
  if (!position.ok()) {
    return CheckRefusal(position.status(), {StatusCode::kDataLoss, StatusCode::kInvalidArgument});
  }
  engine::LogFollower follower(options.log_public_key, kCoalition);
  const absl::Status restored = follower.Restore(*position, *(*vault)->PinnedKeys());
  if (!restored.ok()) return CheckRefusal(restored, {StatusCode::kDataLoss});
  views::CoalitionState state;
  const absl::Status read = (*vault)->ForEachEvent([&](const vault::EventView& event) {
    const auto parsed = engine::ReadEvent(event.header, event.body);
    if (parsed.ok()) state.Apply(*parsed);
    return parsed.status();
  });
  if (!read.ok()) CheckRefusal(read, {StatusCode::kDataLoss});
  VERVET_FUZZ_CHECK(follower.BeginSession().position() == position->frontier.size(),
                    "it goes on where its tree ends");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  in.Below(4) == 0 ? vervet::fuzz::Member(in) : vervet::fuzz::Log(in);
  return 0;
}
