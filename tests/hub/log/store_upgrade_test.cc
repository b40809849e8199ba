// A store that an earlier hub wrote, byte for byte, is opened, served and gone on with. A change of
// the schema or of what a field means that breaks this needs a migration, and not another test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

// Schema 1, as the first hub made it.
constexpr char kSchema1[] = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE event (sequence INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB, random BLOB,
  leaf_hash BLOB NOT NULL);
CREATE TABLE element (sequence INTEGER NOT NULL, ordinal INTEGER NOT NULL, element BLOB NOT NULL,
  PRIMARY KEY (sequence, ordinal)) WITHOUT ROWID;
CREATE TABLE request (party TEXT NOT NULL, request_id BLOB NOT NULL, fingerprint BLOB NOT NULL,
  sequence INTEGER NOT NULL, record_id BLOB NOT NULL, PRIMARY KEY (party, request_id)) WITHOUT ROWID;
CREATE INDEX request_sequence ON request (sequence);
INSERT INTO meta VALUES ('coalition', CAST('coalition.example' AS BLOB));
)sql";

// member/market is admitted; then it publishes a record of one e-mail address.
constexpr char kHeader1[] = "08011080c097d1edff96031a070a0501020304052001";
constexpr char kBody1[] =
    "0a370a0d6d656d6265722f6d61726b6574120e4578616d706c65204d61726b65741a0249452212636f6f"
    "7264696e61746f722f6f6666696365";
constexpr char kLeaf1[] = "9d40e945da48fc87f32858728000fa0f1ee8942cd75b286407d15328d5d041d8";
constexpr char kHeader2[] =
    "080210c0d6c8d3edff96031a1a1209636f616c6974696f6e1a0d6d656d6265722f6d61726b65742008";
constexpr char kBody2[] =
    "42cb010a10018f0000000000000000000000000001120d6d656d6265722f6d61726b65741a84010a1808"
    "0310041a124c6f786f646f6e7461206166726963616e6110021803221a4578616d706c65204d61726b65"
    "74204c74642c204475626c696e2a2270726576656e74696f6e206f662077696c646c6966652074726166"
    "6669636b696e67321147445052204172742e20362831292866293a06434153452d314209636f616c6974"
    "696f6e22210802100118012210111111111111111111111111111111112880c08ccba5cb9703";
constexpr char kLeaf2[] = "76294450f3fb6ed402d5a5090ad9ad86c1e58b6f334831ee138aba2ca3e73057";
constexpr char kRoot[] = "2d6533692b035ba5a47df8dab6ede90bb85c7b2fe93ff5654fc3b7039d4aec4e";
constexpr char kRecordId[] = "018f0000000000000000000000000001";

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

// 32 times.
std::string Repeated(const char* byte) {
  std::string hex;
  for (int i = 0; i < 32; ++i) hex += byte;
  return hex;
}

std::string EventRow(uint64_t sequence, absl::string_view header, absl::string_view body,
                     absl::string_view random, absl::string_view leaf) {
  return absl::StrCat("INSERT INTO event VALUES (", sequence, ", x'", header, "', x'", body,
                      "', x'", random, "', x'", leaf, "');");
}

class StoreUpgradeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    env_.Advance(absl::Minutes(1));  // after its events
    storage::OpenOptions options = FirstHubs();
    options.create_if_missing = true;
    options.schema_sql =
        absl::StrCat(kSchema1, EventRow(1, kHeader1, kBody1, Repeated("01"), kLeaf1),
                     EventRow(2, kHeader2, kBody2, Repeated("02"), kLeaf2),
                     "INSERT INTO element VALUES (2, 0, x'", Repeated("0e"), "');",
                     "INSERT INTO request VALUES ('member/market', x'", Hex(IdOf(7)), "', x'",
                     Repeated("66"), "', 2, x'", kRecordId, "');");
    const auto made = storage::Database::Open(path_, storage::TestKey(), options);
    ASSERT_TRUE(made.ok()) << made.status();
  }

  static storage::OpenOptions FirstHubs() {
    storage::OpenOptions options;
    options.application_id = 0x56764c67;
    options.schema_version = 1;
    return options;
  }

  ManualEnvironment env_;  // its first moment is that of the first event
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("log");
};

TEST_F(StoreUpgradeTest, OpensWithEverythingThatTheFirstHubStored) {
  for (int opening = 0; opening < 2; ++opening) {
    std::vector<log::ParsedEvent> folded;
    const auto log =
        OpenLog(path_, &env_, [&](const StoredEvent& event) { folded.push_back(event.parsed); });
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_EQ((*log)->Position().size, 2u);
    EXPECT_EQ(Hex(log::AsBytes((*log)->Position().root)), kRoot);
    ASSERT_EQ(folded.size(), 2u);
    EXPECT_EQ(folded[0].body.member_admitted().party(), "member/market");
    EXPECT_EQ(folded[1].header.audience().groups(0), "coalition");
    const v1::RecordPublished& record = folded[1].body.record_published();
    EXPECT_EQ(Hex(record.record_id()), kRecordId);
    EXPECT_EQ(record.facts().offence().activity(), v1::AUCTION);
    EXPECT_EQ(record.facts().decision_reference(), "CASE-1");
    ASSERT_EQ(record.signatures_size(), 1);
    EXPECT_EQ(record.signatures(0).type(), v1::EMAIL);
  }
}

TEST_F(StoreUpgradeTest, AnswersARequestOfThatTimeAndGoesOn) {
  {
    const auto log = OpenLog(path_, &env_);
    ASSERT_TRUE(log.ok()) << log.status();
    const auto answer = (*log)->FindRequest(KeyOf(7));
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_TRUE(answer->has_value());
    EXPECT_EQ((*answer)->sequence, 2u);
    EXPECT_EQ(Hex((*answer)->record_id), kRecordId);
    ASSERT_TRUE((*log)->Append({AdmitEntry("member/social")}).ok());
  }
  const auto again = OpenLog(path_, &env_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->Position().size, 3u);
  EXPECT_EQ(Hex(log::AsBytes(*(*again)->RootAt(2))), kRoot);
  const auto events = (*again)->Read(1, 2, 1 << 20);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(Hex((*events)[1]->event.header()), kHeader2);
  EXPECT_EQ(Hex((*events)[1]->event.body()), kBody2);
}

// After a step back to an older version: what the newer hub stored of known kinds.
TEST_F(StoreUpgradeTest, ServesFieldsThatItDoesNotKnowAsTheyAre) {
  v1::Event event = log::SealEvent(AdmitEntry("member/social").draft, 3, env_.Now(), env_);
  v1::EventBody body;
  ASSERT_TRUE(body.ParseFromString(event.body()));
  auto& admitted = *body.mutable_member_admitted();
  admitted.GetReflection()->MutableUnknownFields(&admitted)->AddLengthDelimited(900, "later");
  event.set_body(body.SerializeAsString());
  {
    auto database = storage::Database::Open(path_, storage::TestKey(), FirstHubs());
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE(
        (*database)
            ->Execute(EventRow(3, Hex(event.header()), Hex(event.body()), Hex(event.random()),
                               Hex(log::AsBytes(log::LeafHash(event)))))
            .ok());
  }
  const auto log = OpenLog(path_, &env_);
  ASSERT_TRUE(log.ok()) << log.status();
  const auto events = (*log)->Read(3, 1, 1 << 20);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ((*events)[0]->event.body(), event.body());
}

}  // namespace
}  // namespace vervet::hub
