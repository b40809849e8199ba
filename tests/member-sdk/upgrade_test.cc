// Hub and members are upgraded one after the other: what a member makes of a hub that is newer than
// itself, and of a vault that is older.
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/member_fixture.h"
#include "tests/member-sdk/vault_versions.h"

namespace vervet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kNumber[] = "+442079460018";

class UpgradeTest : public MemberTest {
 protected:
  UpgradeTest() { FoundCoalition(); }

  std::string PublishAtMarket(const std::string& number = kNumber) {
    auto market = Open("market");
    CatchUp(*market);
    const auto ticket = market->Publish(RecordOf({Phone(number)}));
    EXPECT_EQ(ticket.status(), absl::OkStatus());
    Deliver(*market);
    return market->GetDelivery(ticket->request_id)->record_id;
  }
  CheckOutcome Outcome(Client& client, const std::string& number = kNumber) {
    return client.Check({"", {Phone(number)}}, {})->results[0].outcome;
  }
};

TEST_F(UpgradeTest, AKindOfEventThatAMemberDoesNotKnowIsKeptAndItGoesOn) {
  hub_.AppendOfNewerKind("of another day");
  PublishAtMarket();
  hub_.AppendOfNewerKind("and another");
  for (int opening = 0; opening < 2; ++opening) {
    auto social = Open("social");
    CatchUp(*social);
    EXPECT_EQ(social->GetSyncState().position, hub_.size());
    EXPECT_THAT(social->GetSyncState().last_error, IsEmpty());
    EXPECT_EQ(Outcome(*social), CheckOutcome::kMatch);
  }
  // For the member's own upgrade: what it passed over is folded from here then.
  EXPECT_THAT(DumpVault("social"), HasSubstr("of another day"));
  EXPECT_THAT(DumpVault("social"), HasSubstr("and another"));
}

TEST_F(UpgradeTest, FieldsOfARecordThatAMemberDoesNotKnowAreKept) {
  auto social = Open("social");
  CatchUp(*social);
  ASSERT_EQ(Outcome(*social), CheckOutcome::kNoMatch);
  PublishAtMarket("+442079460019");
  // The same record once more, as a newer hub would tell it.
  v1::EventBody body = log::ParseEvent(hub_.events().back())->body;
  v1::RecordPublished& record = *body.mutable_record_published();
  record.set_record_id(std::string(16, 'n'));
  const auto add = [](google::protobuf::Message& message, const std::string& text) {
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(900, text);
  };
  add(record, "a field of the record");
  add(*record.mutable_facts(), "a field of its facts");
  add(*record.mutable_signatures(0), "a field of its signature");
  v1::Audience audience;
  audience.add_groups("all");
  hub_.Append(body, audience);
  CatchUp(*social);
  EXPECT_EQ(social->Check({"", {Phone("+442079460019")}}, {})->results[0].matches.size(), 2u);
  social.reset();
  for (const char* text : {"of the record", "of its facts", "of its signature"}) {
    EXPECT_THAT(DumpVault("social"), HasSubstr(text));
  }
}

// A record of two identifiers, one of a type that came with a later version.
TEST_F(UpgradeTest, ATypeThatAMemberDoesNotKnowDoesNotHideTheOthers) {
  PublishAtMarket();
  v1::EventBody body = log::ParseEvent(hub_.events().back())->body;
  constexpr auto kNewerType = static_cast<v1::SignatureType>(v1::SignatureType_MAX + 100);
  v1::EventBody announcement;
  auto& announced = *announcement.mutable_signature_type_announced();
  announced.set_type(kNewerType);
  announced.set_epoch(1);
  announced.set_public_key(std::string(32, 'k'));
  announced.add_rules_versions(1);
  announced.set_maximum_life_s(86'400);
  v1::Audience everyone;
  everyone.add_roles(v1::MEMBER);
  hub_.Append(announcement, everyone);
  v1::RecordPublished& record = *body.mutable_record_published();
  record.set_record_id(std::string(16, 'n'));
  v1::Signature& newer = *record.add_signatures();
  newer = record.signatures(0);
  newer.set_type(kNewerType);
  newer.set_token(std::string(16, 't'));
  hub_.Append(body, everyone);
  for (int opening = 0; opening < 2; ++opening) {
    auto social = Open("social");
    CatchUp(*social);
    EXPECT_THAT(social->GetSyncState().last_error, IsEmpty());
    EXPECT_EQ(social->Check({"", {Phone(kNumber)}}, {})->results[0].matches.size(), 2u);
  }
}

TEST_F(UpgradeTest, AMessageOfTheStreamThatAMemberDoesNotKnowIsPassedOver) {
  PublishAtMarket();
  bool said = false;
  hub_.set_tamper([&said](v1::SyncResponse& message) {
    if (!message.has_head() || std::exchange(said, true)) return;
    message.Clear();
    message.GetReflection()->MutableUnknownFields(&message)->AddLengthDelimited(50, "a greeting");
  });
  auto social = Open("social");
  CatchUp(*social);
  EXPECT_TRUE(said);
  EXPECT_THAT(social->GetSyncState().last_error, IsEmpty());
  EXPECT_EQ(Outcome(*social), CheckOutcome::kMatch);
}

// A vault of the first version, whose program knew neither opinions nor pictures: it stored their
// events without a use for them.
TEST_F(UpgradeTest, AVaultOfTheFirstVersionGoesOnWhereItWasWithoutFetchingAnythingAgain) {
  const std::string record_id = absl::HexStringToBytes(PublishAtMarket());
  v1::EventBody pause;
  pause.mutable_record_paused()->set_record_id(record_id);
  v1::Audience everyone;
  everyone.add_roles(v1::MEMBER);
  PublishAtMarket("+442079460019");
  hub_.Append(pause, everyone);
  const uint64_t size = hub_.size();

  std::string sql = VaultOfVersion1("member/social", hub_.log_public_key_hex());
  log::MerkleFrontier frontier;
  for (const v1::Event& event : hub_.events()) {
    frontier.Append(log::LeafHash(event));
    absl::StrAppend(&sql, "INSERT INTO events VALUES (", frontier.size(), ", x'",
                    absl::BytesToHexString(event.header()), "', x'",
                    absl::BytesToHexString(event.body()), "');");
  }
  absl::StrAppend(&sql, "INSERT INTO meta VALUES ('frontier', x'",
                  absl::BytesToHexString(frontier.Serialize()), "');");
  MakeVault(vault_path("social"), key_path(), 1, sql);

  const size_t hellos = hub_.hellos().size();
  auto social = Open("social");
  CatchUp(*social);
  EXPECT_EQ(hub_.hellos()[hellos].position(), size);
  EXPECT_EQ(Outcome(*social, "+442079460019"), CheckOutcome::kMatch);
  EXPECT_EQ(Outcome(*social), CheckOutcome::kNoMatch) << "it is paused";
  PublishAtMarket("+442079460020");
  CatchUp(*social);
  EXPECT_EQ(Outcome(*social, "+442079460020"), CheckOutcome::kMatch);
}

}  // namespace
}  // namespace vervet::testing
