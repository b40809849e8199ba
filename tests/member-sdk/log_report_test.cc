// A hub that shows another log than before: the member refuses it, and what it leaves for people
// names both heads.
#include <google/protobuf/text_format.h>

#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "core/log/log_report.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using log::ReportVerdict;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LogReportTest : public MemberTest {
 protected:
  LogReportTest() { FoundCoalition(); }

  // A member that has verified the hub's log as it is now.
  void Follow() {
    social_ = Open("social");
    CatchUp(*social_);
    followed_ = social_->GetSyncState();
    ASSERT_EQ(followed_.hub_size, hub_.size());
    ASSERT_THAT(followed_.log_report, IsEmpty());
  }
  // It refuses the hub with DATA_LOSS: how it says so.
  std::string Refused() {
    const absl::Status status = social_->WaitUntilCaughtUp(std::chrono::seconds(10));
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    const SyncState state = social_->GetSyncState();
    EXPECT_FALSE(state.connected);
    EXPECT_FALSE(state.caught_up);
    EXPECT_EQ(state.position, followed_.position);  // nothing of it was believed
    EXPECT_EQ(state.root, followed_.root);
    EXPECT_EQ(state.log_report, ReportPath());
    EXPECT_THAT(state.last_error, HasSubstr(ReportPath()));
    return state.last_error;
  }
  std::string ReportPath() const { return vault_path("social") + ".log-report"; }
  std::string ReportText() const {
    std::ostringstream text;
    text << std::ifstream(ReportPath()).rdbuf();
    return text.str();
  }
  v1::LogReport Report() const {
    v1::LogReport report;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(ReportText(), &report));
    return report;
  }
  ReportVerdict Verdict() const {
    const auto verdict =
        log::CheckReport(Report(), absl::HexStringToBytes(hub_.log_public_key_hex()));
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.value_or(ReportVerdict::kNoContradiction);
  }
  void ExpectKnownHead() {
    EXPECT_EQ(Report().known_head().size(), followed_.position);
    EXPECT_EQ(Report().known_head().root(), followed_.root);
  }
  void ExpectKnownHeadAndTree() {
    ExpectKnownHead();
    EXPECT_EQ(Report().own_size(), followed_.position);
    EXPECT_EQ(Report().own_root(), followed_.root);
  }

  std::unique_ptr<engine::Engine> social_;
  SyncState followed_;
};

TEST_F(LogReportTest, NamesBothHeadsOfAHubThatWasRolledBack) {
  Follow();
  hub_.RollBackTo(followed_.position - 2);
  const std::string said = Refused();
  EXPECT_EQ(Verdict(), ReportVerdict::kShorterLog);
  ExpectKnownHeadAndTree();
  EXPECT_EQ(Report().shown_head().size(), followed_.position - 2);
  EXPECT_EQ(Report().reported_by(), "member/social");
  EXPECT_THAT(said, HasSubstr(followed_.root));
  EXPECT_THAT(said, HasSubstr(Report().shown_head().root()));
}

TEST_F(LogReportTest, ProvesAForkOfTheSameSizeWithTwoSignedHeads) {
  Follow();
  hub_.RewriteHistory();
  const std::string said = Refused();
  EXPECT_EQ(Verdict(), ReportVerdict::kTwoHistories);
  ExpectKnownHeadAndTree();
  EXPECT_EQ(Report().shown_head().size(), followed_.position);
  EXPECT_NE(Report().shown_head().root(), followed_.root);
  EXPECT_THAT(said, HasSubstr(Report().shown_head().root()));
}

TEST_F(LogReportTest, ProvesAForkThatHasGrownFurther) {
  Follow();
  hub_.RollBackTo(followed_.position - 1);
  for (const char* name : {"member/a", "member/b", "member/c"}) hub_.Admit(name);
  ASSERT_GT(hub_.size(), followed_.position);
  Refused();
  EXPECT_EQ(Verdict(), ReportVerdict::kTwoHistories);
  ExpectKnownHeadAndTree();
}

TEST_F(LogReportTest, NamesBothHeadsOfAForkThatTheHubTriesToPassOff) {
  hub_.set_checks_hello(false);
  Follow();
  hub_.RollBackTo(followed_.position - 1);
  for (const char* name : {"member/a", "member/b", "member/c"}) hub_.Admit(name);
  Refused();
  // Both are signed; that the one is not a beginning of the other, only the entries show.
  EXPECT_EQ(Verdict(), ReportVerdict::kNoContradiction);
  EXPECT_EQ(Report().known_head().root(), followed_.root);
  EXPECT_EQ(Report().shown_head().size(), hub_.size());
  EXPECT_EQ(Report().own_size(), hub_.size());
  EXPECT_NE(Report().own_root(), Report().shown_head().root());
}

TEST_F(LogReportTest, NamesBothHeadsOfARollbackThatTheHubTriesToPassOff) {
  hub_.set_checks_hello(false);
  Follow();
  hub_.RollBackTo(followed_.position - 1);
  Refused();
  EXPECT_EQ(Verdict(), ReportVerdict::kShorterLog);
  ExpectKnownHeadAndTree();
}

TEST_F(LogReportTest, NamesAHeadOfAnOlderSizeOnAnOpenStream) {
  Follow();
  hub_.set_tamper(
      [size = followed_.position, old = v1::SignedTreeHead()](v1::SyncResponse& message) mutable {
        if (!message.has_head()) return;
        if (old.size() == 0) old = message.head();
        if (message.head().size() > size + 1) *message.mutable_head() = old;
      });
  CatchUp(*social_);
  hub_.AppendHidden();
  CatchUp(*social_);
  followed_ = social_->GetSyncState();
  hub_.AppendHidden();
  EXPECT_TRUE(Eventually([&] { return !social_->GetSyncState().log_report.empty(); }));
  const absl::Status status = social_->WaitUntilCaughtUp(std::chrono::seconds(10));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(Verdict(), ReportVerdict::kShorterLog);
}

TEST_F(LogReportTest, ShowsAHeadThatTheLogKeyHasNotSigned) {
  Follow();
  hub_.set_tamper([](v1::SyncResponse& message) {
    if (message.has_head()) message.mutable_head()->mutable_signature()->at(7) ^= 1;
  });
  const std::string said = Refused();
  EXPECT_THAT(said, HasSubstr("not signed by the pinned log key"));
  EXPECT_EQ(Verdict(), ReportVerdict::kNotSigned);
  ExpectKnownHeadAndTree();
}

TEST_F(LogReportTest, NamesAHeadWhoseRootIsNotThatOfTheEntries) {
  Follow();
  hub_.set_tamper([](v1::SyncResponse& message) {
    if (!message.has_entries()) return;
    for (auto& entry : *message.mutable_entries()->mutable_entries()) {
      if (entry.has_leaf_hash()) entry.mutable_leaf_hash()->at(0) ^= 1;
    }
  });
  hub_.AppendHidden();
  Refused();
  ExpectKnownHead();
  EXPECT_EQ(Report().shown_head().size(), followed_.position + 1);
  EXPECT_EQ(Report().own_size(), followed_.position + 1);
  EXPECT_NE(Report().own_root(), Report().shown_head().root());
}

TEST_F(LogReportTest, HasItsOwnHeadAloneWhereTheHubShowsNone) {
  Follow();
  hub_.set_silent_refusal(true);
  hub_.RollBackTo(followed_.position - 1);
  const std::string said = Refused();
  EXPECT_EQ(Verdict(), ReportVerdict::kOneHead);
  ExpectKnownHeadAndTree();
  EXPECT_THAT(said, HasSubstr("the hub showed no signed head"));
}

TEST_F(LogReportTest, IsShownAfterARestartToo) {
  Follow();
  hub_.RewriteHistory();
  Refused();
  const std::string before = ReportText();
  social_.reset();
  ClientOptions options = OptionsOf("social");
  options.background = false;
  social_ = Open("social", std::move(options));
  EXPECT_EQ(social_->GetSyncState().log_report, ReportPath());
  EXPECT_EQ(ReportText(), before);
}

TEST_F(LogReportTest, KeepsAProofWhereALaterReportWouldProveLess) {
  Follow();
  hub_.RewriteHistory();
  Refused();
  const std::string proof = ReportText();
  social_.reset();
  hub_.RollBackTo(followed_.position - 1);
  social_ = Open("social");
  Refused();
  EXPECT_EQ(ReportText(), proof);
}

TEST_F(LogReportTest, IsNotWrittenForAHubThatIsOnlyOutOfReach) {
  Follow();
  hub_.SetReachable(false);
  ASSERT_TRUE(Eventually([&] { return !social_->GetSyncState().connected; }));
  EXPECT_THAT(social_->GetSyncState().log_report, IsEmpty());
}

}  // namespace
}  // namespace vervet::testing
