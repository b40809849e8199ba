// A vault of an earlier version opens, with everything in it.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/member_fixture.h"
#include "tests/member-sdk/vault_versions.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a member had done with version 1.
constexpr char kRowsOfVersion1[] = R"sql(
INSERT INTO events VALUES (1, x'01', x'02');
INSERT INTO tokens VALUES (1, x'0000000000000000000000000000000000000000000000000000000000000001',
  1, 1, 1, x'11', x'00000000000000000000000000000001');
INSERT INTO subject_references VALUES (1, 'user-42');
INSERT INTO reported VALUES (x'72727272727272727272727272727272', 'user-42', 'member/market');
INSERT INTO outbox VALUES (1, x'71717171717171717171717171717171', 1, 0, x'0102', NULL, 'user-7',
  NULL, NULL, NULL, NULL, NULL);
INSERT INTO outbox_identifiers VALUES (1, 0, 1, 1, '+442079460018');
)sql";

// What version 2 added to the table of reports' neighbours; the rest of it is not looked at here.
constexpr char kVersion2Addition[] = R"sql(
ALTER TABLE tokens ADD COLUMN cached_us INTEGER;
ALTER TABLE outbox ADD COLUMN answer_due_us INTEGER;
CREATE TABLE matched (
  record_id BLOB NOT NULL, reference TEXT NOT NULL, first_us INTEGER NOT NULL,
  PRIMARY KEY (record_id, reference)) WITHOUT ROWID;
INSERT INTO matched VALUES (x'72727272727272727272727272727272', 'user-42', 7);
)sql";

constexpr char kActionsOfVersion2[] = R"sql(
CREATE TABLE actions (
  record_id BLOB NOT NULL, reference TEXT NOT NULL, action TEXT NOT NULL, noted_us INTEGER NOT NULL,
  PRIMARY KEY (record_id, reference, action)) WITHOUT ROWID;
)sql";

class VaultMigrationTest : public MemberTest {
 protected:
  void MakeVersion1() { Make(1, ""); }
  // With what the versions after the first added.
  void Make(int32_t version, const std::string& added_sql) {
    MakeVault(
        vault_path("a"), key_path(), version,
        absl::StrCat(VaultOfVersion1("member/a", absl::BytesToHexString(std::string(32, 'k'))),
                     kRowsOfVersion1, added_sql));
  }
  absl::StatusOr<std::unique_ptr<vault::Vault>> OpenVault() {
    return vault::Vault::Open(
        {vault_path("a"), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')}, &env_);
  }
};

TEST_F(VaultMigrationTest, KeepsEverythingThatTheFirstVersionHeld) {
  MakeVersion1();
  for (int opening = 0; opening < 2; ++opening) {
    const auto opened = OpenVault();
    ASSERT_EQ(opened.status(), absl::OkStatus());
    vault::Vault& vault = **opened;
    int events = 0;
    ASSERT_EQ(vault.ForEachEvent([&](const vault::EventView&) {
      ++events;
      return absl::OkStatus();
    }),
              absl::OkStatus());
    EXPECT_EQ(events, 1);
    const auto tokens = vault.TokensOf({}, "user-42");
    ASSERT_THAT(tokens->rows, SizeIs(1));
    EXPECT_EQ(tokens->rows[0].since_us, 0);
    const auto drafts = vault.OutboxEntries(vault::OutboxState::kDraft, 0, 10);
    ASSERT_THAT(*drafts, SizeIs(1));
    EXPECT_EQ((*drafts)[0].kind, vault::OutboxKind::kPublish);
    EXPECT_EQ((*drafts)[0].identifiers[0].canonical, "+442079460018");
    EXPECT_EQ((*drafts)[0].record_id, "");
    EXPECT_FALSE(vault.Position()->scrub_due);
    EXPECT_FALSE(vault.Position()->first_met.has_value());
  }
}

TEST_F(VaultMigrationTest, CountsWhomTheFirstVersionHadReportedAmongTheMatched) {
  MakeVersion1();
  const auto vault = OpenVault();
  ASSERT_EQ(vault.status(), absl::OkStatus());
  const std::string record_id(16, 'r');
  EXPECT_THAT((*vault)->Reported(record_id)->references, ElementsAre("user-42"));
  const auto affected = (*vault)->AffectedBy(record_id);
  ASSERT_THAT(*affected, SizeIs(1));
  EXPECT_EQ((*affected)[0].reference, "user-42");
  EXPECT_EQ((*affected)[0].when_us, absl::ToUnixMicros(env_.Now()));
  EXPECT_THAT(*(*vault)->Remedies(), IsEmpty());
}

TEST_F(VaultMigrationTest, TakesTheSecondVersionsReportsForTold) {
  Make(2, kVersion2Addition);
  for (int opening = 0; opening < 2; ++opening) {
    const auto vault = OpenVault();
    ASSERT_EQ(vault.status(), absl::OkStatus());
    const auto report = (*vault)->Reported(std::string(16, 'r'));
    EXPECT_THAT(report->references, ElementsAre("user-42"));
    EXPECT_THAT(report->telling, IsEmpty());
  }
}

// What version 3 added to the marks of reports.
constexpr char kVersion3Addition[] = R"sql(
ALTER TABLE reported ADD COLUMN telling INTEGER NOT NULL DEFAULT 0;
INSERT INTO reported VALUES (x'72727272727272727272727272727272', 'user-43', 'member/market', 1);
)sql";

TEST_F(VaultMigrationTest, BringsTheThirdVersionsMarksAlongAndHasRoomForPictures) {
  Make(3, absl::StrCat(kVersion2Addition, kActionsOfVersion2, kVersion3Addition));
  const std::string record_id(16, 'r');
  for (int opening = 0; opening < 2; ++opening) {
    const auto opened = OpenVault();
    ASSERT_EQ(opened.status(), absl::OkStatus());
    vault::Vault& vault = **opened;
    EXPECT_THAT(vault.Reported(record_id)->references, ElementsAre("user-42"));
    EXPECT_THAT(vault.Reported(record_id)->telling, ElementsAre("user-43"));
    EXPECT_THAT(vault.Reported(record_id)->images, IsEmpty());
    const auto affected = vault.AffectedBy(record_id);
    ASSERT_EQ(affected.status(), absl::OkStatus());
    ASSERT_THAT(*affected, SizeIs(1));
    EXPECT_EQ((*affected)[0].image, "");
    EXPECT_THAT(*vault.ImagesOf("user-42"), SizeIs(opening));
    EXPECT_THAT(*vault.Quarantines(), IsEmpty());
    vault::KeptImage image;
    image.hashes = std::string(32, 'h');
    image.quality = 77;
    image.references = {"user-42"};
    ASSERT_EQ(vault.KeepImages({{image}}).status(), absl::OkStatus());
  }
}

// What version 4 added to the marks; its tables of pictures are not looked at here.
constexpr char kVersion4Addition[] = R"sql(
ALTER TABLE reported ADD COLUMN image BLOB;
ALTER TABLE matched ADD COLUMN image BLOB;
)sql";

TEST_F(VaultMigrationTest, GoesOnBehindTheFourthVersionsEvents) {
  Make(4, absl::StrCat(kVersion2Addition, kActionsOfVersion2, kVersion3Addition, kVersion4Addition,
                       "INSERT INTO events VALUES (4, x'03', x'04');"));
  for (int opening = 0; opening < 2; ++opening) {
    const auto opened = OpenVault();
    ASSERT_EQ(opened.status(), absl::OkStatus());
    vault::Vault& vault = **opened;
    EXPECT_THAT(vault.Reported(std::string(16, 'r'))->references, ElementsAre("user-42"));
    EXPECT_EQ((*vault.FindEvent(4))->header, "\x03");
    EXPECT_EQ((*vault.FindEvent(4))->body, "\x04");
    EXPECT_EQ(*vault.FindEvent(3), std::nullopt);
    EXPECT_EQ((*vault.FindEvent(6)).has_value(), opening == 1);
    vault::LogBatch batch;
    batch.events = {{5, "header 5", "body 5"}, {6, "header 6", "body 6"}};
    ASSERT_EQ(vault.Commit(batch), absl::OkStatus());
    std::vector<uint64_t> sequences;
    ASSERT_EQ(vault.ForEachEvent([&](const vault::EventView& event) {
      sequences.push_back(event.sequence);
      return absl::OkStatus();
    }),
              absl::OkStatus());
    EXPECT_THAT(sequences, ElementsAre(1, 4, 5, 6));
  }
}

TEST_F(VaultMigrationTest, TellingEndsWhenItIsReported) {
  const auto opened = OpenVault();
  ASSERT_EQ(opened.status(), absl::OkStatus());
  vault::Vault& vault = **opened;
  const std::string record_id(16, 'r');
  const std::vector<vault::ReportMark> one = {{record_id, "member/market", "user-1"}};
  const std::vector<vault::ReportMark> both = {{record_id, "member/market", "user-1"},
                                               {record_id, "member/market", "user-2"}};
  ASSERT_EQ(vault.MarkTelling(one), absl::OkStatus());
  EXPECT_THAT(vault.Reported(record_id)->telling, ElementsAre("user-1"));
  EXPECT_THAT(vault.Reported(record_id)->references, IsEmpty());
  EXPECT_THAT(*vault.AffectedBy(record_id), SizeIs(1)) << "who may be acted on is owed a remedy";
  ASSERT_EQ(vault.MarkReported(one), absl::OkStatus());
  ASSERT_EQ(vault.MarkTelling(both), absl::OkStatus());
  EXPECT_THAT(vault.Reported(record_id)->references, ElementsAre("user-1"));
  EXPECT_THAT(vault.Reported(record_id)->telling, ElementsAre("user-2"));
}

}  // namespace
}  // namespace vervet::testing
