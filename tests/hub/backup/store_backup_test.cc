// A backup is the log at one moment, proved by its root, or it is no backup.
#include "hub/backup/store_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "core/storage/database.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

namespace fs = std::filesystem;
using absl::StatusCode;
using oprf::FailsWith;
using storage::ReadAll;
using storage::TestKey;
using storage::WriteAll;
using ::testing::HasSubstr;
using ::testing::Not;

class StoreBackup : public ::testing::Test {
 protected:
  void SetUp() override { OpenIt(); }
  void OpenIt() {
    auto log = OpenLog(path_, &env_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // As another process would find it: written back and closed.
  void CloseIt() { log_.reset(); }
  void Append(uint32_t number) {
    AppendEntry entry = AdmitEntry(absl::StrCat("member/m", number));
    entry.request = KeyOf(number);
    entry.elements = {std::string(32, static_cast<char>(number))};
    ASSERT_TRUE(log_->Append({entry}).ok());
    env_.Advance(absl::Seconds(1));
  }
  void Erase(uint64_t sequence) {
    AppendEntry entry = AdmitEntry("member/unused");
    entry.draft.body.Clear();
    entry.draft.body.mutable_record_erased()->set_record_id(IdOf(1));
    entry.draft.body.mutable_record_erased()->add_sequences(sequence);
    entry.erases = {sequence};
    ASSERT_TRUE(log_->Append({entry}).ok());
  }
  absl::StatusOr<StoreFacts> BackUp(const std::string& out) {
    return BackUpStore(path_, TestKey(), kCoalition, out, env_);
  }
  absl::StatusOr<StoreFacts> Verify(const std::string& path) {
    return VerifyStore(path, TestKey(), kCoalition);
  }
  absl::StatusOr<StoreFacts> Restore(const std::string& from, const std::string& path) {
    return RestoreStore(from, TestKey(), kCoalition, path, env_);
  }
  // With the key and without the log's own code.
  static void Change(const std::string& path, const std::string& sql) {
    storage::OpenOptions options;
    options.application_id = 0x56764c67;
    options.schema_version = 1;
    auto database = storage::Database::Open(path, TestKey(), options);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE((*database)->Execute(sql).ok());
  }
  // Besides what the test made itself.
  size_t FilesNamed(const std::string& part) const {
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(folder_.File(""))) {
      if (absl::StrContains(entry.path().filename().string(), part)) ++count;
    }
    return count;
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("log.db");
  const std::string backup_ = folder_.File("backup");
  std::unique_ptr<SqlcipherEventLog> log_;
};

TEST_F(StoreBackup, OfARunningLogHasItsSizeAndRoot) {
  for (uint32_t i = 1; i <= 20; ++i) Append(i);
  const auto facts = BackUp(backup_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->size, 20u);
  EXPECT_EQ(facts->root, log_->Position().root);
  EXPECT_EQ(facts->erased, 0u);
  EXPECT_EQ(storage::ModeOf(backup_), 0600);
  EXPECT_EQ(FilesNamed("backup"), 1u);
  EXPECT_FALSE(absl::StrContains(ReadAll(backup_), "member/m1"));
  // It goes on, and the backup stays what it was.
  Append(21);
  const auto again = Verify(backup_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->root, facts->root);
  EXPECT_EQ(Verify(path_)->size, 21u);
}

TEST_F(StoreBackup, IsOfOneMomentWhileTheLogGrows) {
  Append(1);
  std::atomic<bool> stop{false};
  std::atomic<uint32_t> written{1};
  std::thread writer([&] {
    for (uint32_t i = 2; !stop; ++i) {
      Append(i);
      written = i;
    }
  });
  while (written < 50) std::this_thread::yield();
  for (int round = 0; round < 3; ++round) {
    const auto facts = BackUp(absl::StrCat(backup_, round));
    ASSERT_TRUE(facts.ok()) << facts.status();
    EXPECT_GE(facts->size, 50u);
    EXPECT_EQ(facts->root, log_->RootAt(facts->size).value());
    EXPECT_TRUE(Verify(path_).ok());
  }
  stop = true;
  writer.join();
}

TEST_F(StoreBackup, CountsErasedEventsAndKeepsTheRoot) {
  for (uint32_t i = 1; i <= 5; ++i) Append(i);
  const auto before = Verify(path_);
  Erase(2);
  const auto facts = BackUp(backup_);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->size, 6u);
  EXPECT_EQ(facts->erased, 1u);
  EXPECT_EQ(facts->root, log_->Position().root);
  EXPECT_EQ(log_->RootAt(5).value(), before->root);
}

TEST_F(StoreBackup, RefusesAnErasureThatNothingNames) {
  for (uint32_t i = 1; i <= 3; ++i) Append(i);
  CloseIt();
  Change(path_, "UPDATE event SET body = NULL, random = NULL WHERE sequence = 2");
  EXPECT_THAT(Verify(path_).status(),
              FailsWith(StatusCode::kDataLoss, "event 2: its body is gone"));
}

TEST_F(StoreBackup, RestoresALogThatOpensAndGoesOn) {
  for (uint32_t i = 1; i <= 7; ++i) Append(i);
  const auto made = BackUp(backup_);
  ASSERT_TRUE(made.ok()) << made.status();
  Append(8);
  CloseIt();
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path_ + suffix);
  const auto restored = Restore(backup_, path_);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->root, made->root);
  EXPECT_EQ(FilesNamed(".partial"), 0u);
  EXPECT_TRUE(fs::exists(backup_));
  OpenIt();
  EXPECT_EQ(log_->Position().size, 7u);
  EXPECT_EQ(log_->Position().root, made->root);
  EXPECT_EQ(log_->FindRequest(KeyOf(7)).value()->sequence, 7u);
  Append(9);
  EXPECT_EQ(log_->Position().size, 8u);
}

TEST_F(StoreBackup, OverwritesNothing) {
  Append(1);
  WriteAll(backup_, "somebody's");
  EXPECT_THAT(BackUp(backup_).status(), FailsWith(StatusCode::kAlreadyExists, "--out: "));
  EXPECT_EQ(ReadAll(backup_), "somebody's");
  const std::string good = folder_.File("good");
  ASSERT_TRUE(BackUp(good).ok());
  CloseIt();
  const std::string before = ReadAll(path_);
  EXPECT_THAT(Restore(good, path_).status(), FailsWith(StatusCode::kAlreadyExists, "store_path: "));
  EXPECT_EQ(ReadAll(path_), before);
  // A log's write-ahead log alone is a log's remains, too.
  const std::string elsewhere = folder_.File("elsewhere");
  WriteAll(elsewhere + "-wal", "frames");
  EXPECT_THAT(Restore(good, elsewhere).status(), FailsWith(StatusCode::kAlreadyExists, "-wal"));
  EXPECT_FALSE(fs::exists(elsewhere));
}

TEST_F(StoreBackup, IsNotRestoredUnderARunningHub) {
  Append(1);
  ASSERT_TRUE(BackUp(backup_).ok());
  fs::rename(path_, folder_.File("taken-away"));
  EXPECT_THAT(Restore(backup_, path_).status(),
              FailsWith(StatusCode::kFailedPrecondition, "in use by process"));
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(StoreBackup, RefusesWhatIsNoSoundBackup) {
  for (uint32_t i = 1; i <= 40; ++i) Append(i);
  ASSERT_TRUE(BackUp(backup_).ok());
  const std::string target = folder_.File("target");
  const auto refused = [&](StatusCode code, const std::string& part) {
    const absl::Status status = Restore(backup_, target).status();
    EXPECT_THAT(status, FailsWith(code, part));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
    EXPECT_FALSE(fs::exists(target));
    EXPECT_EQ(FilesNamed(".partial"), 0u);
  };
  EXPECT_THAT(RestoreStore(backup_, TestKey(0x11), kCoalition, target, env_).status(),
              FailsWith(StatusCode::kFailedPrecondition, "the key does not open"));
  EXPECT_THAT(RestoreStore(backup_, TestKey(), "elsewhere.example", target, env_).status(),
              FailsWith(StatusCode::kFailedPrecondition, "belongs to another coalition"));
  EXPECT_THAT(Restore(folder_.File("nowhere"), target).status(),
              FailsWith(StatusCode::kNotFound, "there is no store"));

  const std::string good = ReadAll(backup_);
  std::string bytes = good;
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  WriteAll(backup_, bytes);
  refused(StatusCode::kDataLoss, "damaged");
  WriteAll(backup_, good.substr(0, good.size() - 4096));
  refused(StatusCode::kDataLoss, "");
  WriteAll(backup_, good.substr(0, 3 * 4096) + std::string(4096, '\0') + good.substr(4 * 4096));
  refused(StatusCode::kDataLoss, "");
  WriteAll(backup_, "not a store");
  refused(StatusCode::kFailedPrecondition, "the key does not open");
  WriteAll(backup_, good);
  WriteAll(backup_ + "-wal", "frames");
  refused(StatusCode::kFailedPrecondition, "has a write-ahead log beside it");
  fs::remove(backup_ + "-wal");
  EXPECT_TRUE(Restore(backup_, target).ok());
}

struct Damage {
  const char* name;
  const char* sql;
  const char* said;
};

class DamagedBackup : public StoreBackup, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedBackup, IsRefusedWithTheEventsNumber) {
  for (uint32_t i = 1; i <= 5; ++i) Append(i);
  CloseIt();
  Change(path_, GetParam().sql);
  EXPECT_THAT(Verify(path_).status(), FailsWith(StatusCode::kDataLoss, GetParam().said));
  EXPECT_THAT(BackUp(backup_).status(), FailsWith(StatusCode::kDataLoss, GetParam().said));
  EXPECT_FALSE(fs::exists(backup_));
  EXPECT_EQ(FilesNamed(".partial"), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Each, DamagedBackup,
    ::testing::Values(
        Damage{"body", "UPDATE event SET body = x'00' || body WHERE sequence = 3",
               "event 3: its bytes"},
        Damage{"random", "UPDATE event SET random = NULL WHERE sequence = 3", "event 3: its bytes"},
        Damage{"leaf", "UPDATE event SET leaf_hash = zeroblob(32) WHERE sequence = 4",
               "event 4: its bytes"},
        Damage{"short_leaf", "UPDATE event SET leaf_hash = x'00' WHERE sequence = 4",
               "event 4: its leaf hash"},
        Damage{"missing", "DELETE FROM event WHERE sequence = 2", "event 2: it is missing"},
        Damage{"missing_at_the_end", "DELETE FROM event WHERE sequence = 5",
               "event 5: it is missing"},
        Damage{"swapped",
               "UPDATE event SET header = (SELECT header FROM event WHERE sequence = 1) "
               "WHERE sequence = 2",
               "event 2: its header"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace vervet::hub
