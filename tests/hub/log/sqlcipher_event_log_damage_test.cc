// What is not as it was written is noticed at the start, named, and left as it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "core/storage/database.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

class DamagedLog : public ::testing::Test {
 protected:
  void SetUp() override {
    auto log = OpenLog(path_, &env_);
    ASSERT_TRUE(log.ok()) << log.status();
    for (uint32_t i = 1; i <= 5; ++i) {
      AppendEntry entry = AdmitEntry(absl::StrCat("member/m", i));
      entry.request = KeyOf(i);
      ASSERT_TRUE((*log)->Append({entry}).ok());
      env_.Advance(absl::Seconds(1));
    }
  }
  // With the key and without the log's own code.
  void Change(const std::string& sql) {
    storage::OpenOptions options;
    options.application_id = 0x56764c67;
    options.schema_version = 1;
    auto database = storage::Database::Open(path_, storage::TestKey(), options);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE((*database)->Execute(sql).ok());
  }
  // A row whose leaf hash is right.
  void Insert(uint64_t sequence, const v1::Event& event) {
    const auto hex = [](absl::string_view bytes) {
      return absl::StrCat("x'", absl::BytesToHexString(bytes), "'");
    };
    const log::Hash leaf = log::LeafHash(event);
    Change(absl::StrCat("INSERT INTO event VALUES (", sequence, ", ", hex(event.header()), ", ",
                        hex(event.body()), ", ", hex(event.random()), ", ", hex(log::AsBytes(leaf)),
                        ")"));
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("log");
};

TEST_F(DamagedLog, OpensWhereNothingWasChanged) {
  Change("UPDATE event SET body = body WHERE sequence = 3");
  EXPECT_TRUE(OpenLog(path_, &env_).ok());
}

struct Damage {
  const char* what;
  const char* sql;
  const char* event;
};

TEST_F(DamagedLog, NamesTheEventThatDoesNotFit) {
  const Damage cases[] = {
      {"another event's body",
       "UPDATE event SET body = (SELECT body FROM event WHERE sequence = 2) WHERE sequence = 3",
       "event 3: its bytes do not give its leaf hash"},
      {"another event's random bytes",
       "UPDATE event SET random = (SELECT random FROM event WHERE sequence = 2) WHERE sequence = 3",
       "event 3: its bytes do not give its leaf hash"},
      {"another leaf hash", "UPDATE event SET leaf_hash = zeroblob(32) WHERE sequence = 1",
       "event 1: its bytes do not give its leaf hash"},
      {"a short leaf hash", "UPDATE event SET leaf_hash = zeroblob(31) WHERE sequence = 5",
       "event 5: "},
      {"bytes that do not parse", "UPDATE event SET body = x'ffffff' WHERE sequence = 4",
       "event 4: "},
      {"no body", "UPDATE event SET body = NULL WHERE sequence = 4", "event 4: "},
      {"no random bytes", "UPDATE event SET random = NULL WHERE sequence = 2", "event 2: "},
      {"another header",
       "UPDATE event SET header = (SELECT header FROM event WHERE sequence = 1) WHERE sequence = 2",
       "event 2: its header has another sequence number"},
      {"a deleted row", "DELETE FROM event WHERE sequence = 3", "event 3: it is missing"},
      {"the first row deleted", "DELETE FROM event WHERE sequence = 1", "event 1: it is missing"},
      {"the last row deleted", "DELETE FROM event WHERE sequence = 5", "event 5: it is missing"},
      {"a row of its own invention",
       "INSERT INTO event SELECT 7, header, body, random, leaf_hash FROM event WHERE sequence = 5",
       "event 7: "},
  };
  const std::string good = storage::ReadAll(path_);
  const std::string good_wal = storage::ReadAll(path_ + "-wal");
  for (const Damage& damage : cases) {
    storage::WriteAll(path_, good);
    if (!good_wal.empty()) storage::WriteAll(path_ + "-wal", good_wal);
    ASSERT_NO_FATAL_FAILURE(Change(damage.sql)) << damage.what;
    const std::string damaged = storage::ReadAll(path_);
    EXPECT_THAT(OpenLog(path_, &env_), FailsWith(kDataLoss, damage.event)) << damage.what;
    EXPECT_THAT(OpenLog(path_, &env_), FailsWith(kDataLoss, "nothing was changed: restore"))
        << damage.what;
    EXPECT_EQ(storage::ReadAll(path_), damaged) << damage.what;
  }
}

TEST_F(DamagedLog, NoticesTimeThatGoesBack) {
  // A log that was written with consistent hashes, but whose second event is older than its first.
  ManualEnvironment early(2, absl::FromUnixSeconds(1'000));
  const v1::Event event = log::SealEvent(AdmitEntry("member/a").draft, 6, early.Now(), early);
  Insert(6, event);
  EXPECT_THAT(OpenLog(path_, &env_),
              FailsWith(kDataLoss, "event 6: its time is before its predecessor's"));
}

TEST_F(DamagedLog, MeetsADamagedPage) {
  std::string bytes = storage::ReadAll(path_);
  ASSERT_GT(bytes.size(), 8'192u);
  bytes[5'000] ^= 1;
  storage::WriteAll(path_, bytes);
  EXPECT_FALSE(OpenLog(path_, &env_).ok());
  EXPECT_EQ(storage::ReadAll(path_), bytes);
}

TEST_F(DamagedLog, IsNotOpenedForAnotherCoalition) {
  const std::string before = storage::ReadAll(path_);
  EXPECT_THAT(
      SqlcipherEventLog::Open(path_, storage::TestKey(), "other.example", &env_,
                              [](const StoredEvent&) {}),
      FailsWith(absl::StatusCode::kFailedPrecondition, "belongs to another coalition; correct"));
  EXPECT_EQ(storage::ReadAll(path_), before);
}

TEST_F(DamagedLog, IsNotOpenedWithAnotherKey) {
  const std::string before = storage::ReadAll(path_);
  EXPECT_THAT(SqlcipherEventLog::Open(path_, storage::TestKey(0x77), kCoalition, &env_,
                                      [](const StoredEvent&) {}),
              FailsWith(absl::StatusCode::kFailedPrecondition, ""));
  EXPECT_EQ(storage::ReadAll(path_), before);
}

TEST_F(DamagedLog, IsNotOpenedWhereANewerVersionWroteIt) {
  Change("PRAGMA user_version = 2");
  const std::string before = storage::ReadAll(path_);
  EXPECT_THAT(OpenLog(path_, &env_),
              FailsWith(absl::StatusCode::kFailedPrecondition, "newer version"));
  EXPECT_EQ(storage::ReadAll(path_), before);
}

// A state folded without it would lack what it did: a suspension by another name, perhaps.
TEST_F(DamagedLog, IsNotOpenedWhereANewerVersionAppendedAnEvent) {
  v1::Event event = log::SealEvent(AdmitEntry("member/a").draft, 6, env_.Now(), env_);
  v1::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(event.header()));
  header.set_kind(static_cast<v1::EventKind>(v1::EventKind_MAX + 1'000));
  event.set_header(header.SerializeAsString());
  v1::EventBody body;
  body.GetReflection()->MutableUnknownFields(&body)->AddLengthDelimited(v1::EventKind_MAX + 1'000,
                                                                        "of another day");
  event.set_body(body.SerializeAsString());
  ASSERT_TRUE(log::ParseEvent(event).ok()) << "a member keeps it";
  Insert(6, event);
  const std::string before = storage::ReadAll(path_);
  uint64_t folded = 0;
  EXPECT_THAT(OpenLog(path_, &env_, [&](const StoredEvent& one) { folded = one.sequence(); }),
              FailsWith(absl::StatusCode::kFailedPrecondition,
                        "event 6 of the log was written by a newer version: upgrade"));
  EXPECT_EQ(folded, 5u);
  EXPECT_EQ(storage::ReadAll(path_), before);
}

}  // namespace
}  // namespace vervet::hub
