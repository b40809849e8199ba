#include "core/storage/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class DatabaseTest : public StoreTest {
 protected:
  void ExpectRefused(const absl::Status& status, absl::StatusCode code, const std::string& text) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(text), HasSubstr(path_)));
  }
};

TEST_F(DatabaseTest, KeepsWhatWasStoredWhenItIsOpenedAgain) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  OpenOptions options = TestOptions();
  options.create_if_missing = false;
  auto again = MustOpen(options);
  EXPECT_EQ(ReadNote(*again, 1).value_or(""), "vervet");
}

TEST_F(DatabaseTest, SetsWhatDurabilityAndErasureNeed) {
  auto database = MustOpen();
  EXPECT_EQ(database->QueryInt64("PRAGMA synchronous").value_or(-1), 2) << "FULL";
  EXPECT_EQ(database->QueryInt64("PRAGMA secure_delete").value_or(-1), 1);
  EXPECT_EQ(database->QueryInt64("PRAGMA foreign_keys").value_or(-1), 1);
  EXPECT_EQ(database->QueryInt64("PRAGMA temp_store").value_or(-1), 2) << "MEMORY";
  EXPECT_EQ(database->QueryInt64("PRAGMA page_size").value_or(-1), 4096);
  EXPECT_EQ(database->QueryInt64("PRAGMA cache_size").value_or(0), -1024);
  EXPECT_EQ(database->QueryInt64("PRAGMA wal_autocheckpoint").value_or(-1), 1000);
  EXPECT_TRUE(std::filesystem::exists(path_ + "-wal"));
}

TEST_F(DatabaseTest, LeavesNothingBesideAStoreAtRest) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  const auto files = [&] {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.File(""))) {
      names.insert(entry.path().filename());
    }
    return names;
  };
  const std::set<std::string> before = files();
  ASSERT_EQ(before.count("store.db-wal"), 0u) << "the writer has closed it";
  OpenOptions options = TestOptions();
  options.create_if_missing = false;
  options.read_only = true;
  options.at_rest = true;
  auto reader = MustOpen(options);
  EXPECT_EQ(ReadNote(*reader, 1).value_or(""), "vervet");
  EXPECT_FALSE(AddNote(*reader, 2, "vervet").ok());
  reader.reset();
  EXPECT_EQ(files(), before);
}

TEST_F(DatabaseTest, MakesFilesForTheirOwnerAlone) {
  auto database = MustOpen();
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(ModeOf(path_ + suffix), 0600);
}

TEST_F(DatabaseTest, IsNotFoundWhenMissingAndNotToBeCreated) {
  OpenOptions options = TestOptions();
  options.create_if_missing = false;
  ExpectRefused(Open(options).status(), absl::StatusCode::kNotFound, "there is no store");
  EXPECT_FALSE(std::filesystem::exists(path_));
  WriteAll(path_, "");
  ExpectRefused(Open(options).status(), absl::StatusCode::kNotFound, "there is no store");
}

TEST_F(DatabaseTest, NeedsAFolderThatExists) {
  const auto database = Database::Open(folder_.File("no/store.db"), TestKey(), TestOptions());
  EXPECT_EQ(database.status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(DatabaseTest, NeedsAnApplicationAndAVersion) {
  OpenOptions options = TestOptions();
  options.application_id = 0;
  EXPECT_EQ(Open(options).status().code(), absl::StatusCode::kInvalidArgument);
  options = TestOptions();
  options.schema_version = 0;
  EXPECT_EQ(Open(options).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Database::Open("", TestKey(), TestOptions()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DatabaseTest, RefusesAWrongKeyAndChangesNothing) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  const std::string before = ReadAll(path_);
  ExpectRefused(Database::Open(path_, TestKey(0x5b), TestOptions()).status(),
                absl::StatusCode::kFailedPrecondition, "the key does not open");
  EXPECT_EQ(ReadAll(path_), before);
  EXPECT_EQ(ReadNote(*MustOpen(), 1).value_or(""), "vervet");
}

TEST_F(DatabaseTest, LosesNoUncheckpointedCommitToAWrongKey) {
  ASSERT_EQ(RunInChild([&] {
              auto database = Open();
              ::_exit(database.ok() && AddNote(**database, 1, "in the log").ok() ? 0 : 1);
              return 1;
            }),
            0);
  ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 0u);
  EXPECT_EQ(Database::Open(path_, TestKey(0x5b), TestOptions()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReadNote(*MustOpen(), 1).value_or(""), "in the log");
}

TEST_F(DatabaseTest, RefusesAFileThatIsNoStore) {
  WriteAll(path_, std::string(10000, 'x'));
  ExpectRefused(Open().status(), absl::StatusCode::kFailedPrecondition, "a Vervet test store");
  EXPECT_EQ(ReadAll(path_), std::string(10000, 'x'));
}

TEST_F(DatabaseTest, RefusesAnotherKindOfStore) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  OpenOptions options = TestOptions();
  options.application_id = 4711;
  options.kind = "a Vervet hub store";
  ExpectRefused(Open(options).status(), absl::StatusCode::kFailedPrecondition,
                "is not a Vervet hub store");
  EXPECT_EQ(CountNotes(*MustOpen()), 1);
}

TEST_F(DatabaseTest, RefusesAStoreThatNobodyIdentified) {
  ASSERT_TRUE(MustOpen()->Execute("PRAGMA application_id = 0; PRAGMA user_version = 0").ok());
  ExpectRefused(Open().status(), absl::StatusCode::kFailedPrecondition,
                "is not a Vervet test store");
}

TEST_F(DatabaseTest, RefusesANewerSchemaAndChangesNothing) {
  OpenOptions newer = TestOptions();
  newer.schema_version = 7;
  ASSERT_TRUE(AddNote(*MustOpen(newer), 1, "vervet").ok());
  const std::string before = ReadAll(path_);
  ExpectRefused(Open().status(), absl::StatusCode::kFailedPrecondition,
                "was written by a newer version (schema 7, this program knows 1): "
                "upgrade the program; nothing was changed");
  EXPECT_EQ(ReadAll(path_), before);
}

TEST_F(DatabaseTest, RefusesAnOlderSchemaThatItCannotMigrate) {
  MustOpen();
  OpenOptions newer = TestOptions();
  newer.schema_version = 2;
  ExpectRefused(Open(newer).status(), absl::StatusCode::kFailedPrecondition, "older version");
}

TEST_F(DatabaseTest, MigratesAnOlderSchemaOnce) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  OpenOptions newer = TestOptions();
  newer.schema_version = 3;
  int calls = 0;
  newer.migrate = [&calls](Database& database, int32_t from_version) {
    ++calls;
    EXPECT_EQ(from_version, 1);
    return database.Execute("ALTER TABLE notes ADD COLUMN taxon TEXT");
  };
  for (int i = 0; i < 2; ++i) {
    auto database = MustOpen(newer);
    EXPECT_EQ(database->QueryInt64("SELECT count(taxon IS NULL) FROM notes").value_or(-1), 1);
    EXPECT_EQ(database->QueryInt64("PRAGMA user_version").value_or(-1), 3);
  }
  EXPECT_EQ(calls, 1);
}

TEST_F(DatabaseTest, UndoesAMigrationThatFails) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  OpenOptions newer = TestOptions();
  newer.schema_version = 2;
  newer.migrate = [](Database& database, int32_t) {
    const absl::Status dropped = database.Execute("DROP TABLE notes");
    return dropped.ok() ? absl::UnavailableError("later") : dropped;
  };
  EXPECT_EQ(Open(newer).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CountNotes(*MustOpen()), 1);
}

TEST_F(DatabaseTest, FinishesACreationThatWasCutShort) {
  OpenOptions options = TestOptions();
  options.schema_sql += "CREATE TABLE broken (";
  EXPECT_EQ(Open(options).status().code(), absl::StatusCode::kInternal);
  options = TestOptions();
  options.create_if_missing = false;
  ExpectRefused(Open(options).status(), absl::StatusCode::kNotFound, "there is no store");
  EXPECT_EQ(CountNotes(*MustOpen()), 0);
}

TEST_F(DatabaseTest, ReadsOnlyWhenAskedTo) {
  ASSERT_TRUE(AddNote(*MustOpen(), 1, "vervet").ok());
  const std::string before = ReadAll(path_);
  OpenOptions options = TestOptions();
  options.read_only = true;
  {
    auto database = MustOpen(options);
    EXPECT_EQ(ReadNote(*database, 1).value_or(""), "vervet");
    EXPECT_EQ(AddNote(*database, 2, "x").code(), absl::StatusCode::kFailedPrecondition);
  }
  EXPECT_EQ(ReadAll(path_), before);
  std::filesystem::remove(path_);
  ExpectRefused(Open(options).status(), absl::StatusCode::kNotFound, "there is no store");
}

TEST_F(DatabaseTest, GivesReadersEachCommitOfTheWriter) {
  auto writer = MustOpen();
  auto reader = writer->OpenReader();
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(CountNotes(**reader), 0);
  {
    auto transaction = Transaction::Begin(*writer);
    ASSERT_TRUE(AddNote(*writer, 1, "vervet").ok());
    EXPECT_EQ(CountNotes(**reader), 0) << "not committed yet";
    ASSERT_TRUE(transaction->Commit().ok());
  }
  EXPECT_EQ(CountNotes(**reader), 1);
  EXPECT_EQ(AddNote(**reader, 2, "x").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ((*reader)->QueryInt64("PRAGMA wal_autocheckpoint").value_or(-1), 0);
  EXPECT_EQ((*reader)->QueryInt64("PRAGMA query_only").value_or(-1), 1);
  writer.reset();
  EXPECT_EQ(CountNotes(**reader), 1) << "a reader may outlive the writer";
}

TEST_F(DatabaseTest, EmptiesTheWriteAheadLogWhenToldTo) {
  auto database = MustOpen();
  ASSERT_TRUE(AddNote(*database, 1, std::string(50000, 'x')).ok());
  ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 50000u);
  const int64_t with_log = database->FileSizeBytes().value_or(0);
  EXPECT_GT(with_log, 50000);
  ASSERT_TRUE(database->Checkpoint(CheckpointMode::kTruncate).ok());
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0u);
  EXPECT_EQ(database->FileSizeBytes().value_or(0),
            static_cast<int64_t>(std::filesystem::file_size(path_)));
  ASSERT_TRUE(AddNote(*database, 2, "x").ok());
  EXPECT_TRUE(database->Checkpoint(CheckpointMode::kPassive).ok());
}

TEST_F(DatabaseTest, TakesEveryPathForAPath) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.File(""));
  for (const char* path : {":memory:", "file:x?mode=memory"}) {
    EXPECT_TRUE(Database::Open(path, TestKey(), TestOptions()).ok());
    EXPECT_TRUE(std::filesystem::exists(folder_.File(path)));
  }
  std::filesystem::current_path(before);
}

TEST_F(DatabaseTest, SurvivesAProcessThatEndsRightAfterItsCommit) {
  ASSERT_EQ(RunInChild([&] {
              auto database = Open();
              if (!database.ok()) return 1;
              for (int64_t id = 1; id <= 20; ++id) {
                if (!AddNote(**database, id, "acknowledged").ok()) return 2;
              }
              auto open_transaction = Transaction::Begin(**database);
              if (!AddNote(**database, 21, "never acknowledged").ok()) return 3;
              ::_exit(0);
            }),
            0);
  auto database = MustOpen();
  EXPECT_EQ(CountNotes(*database), 20);
  EXPECT_EQ(ReadNote(*database, 20).value_or(""), "acknowledged");
  EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kFull).ok());
}

}  // namespace
}  // namespace vervet::storage
