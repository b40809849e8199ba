#include "hub/log/appender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/net/retry_after.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class AppenderTest : public ::testing::Test {
 protected:
  void Start(EventLog* log, Appender::Options options = {}) {
    appender_ = std::make_unique<Appender>(
        log, &state_, &env_, options,
        [this](absl::Span<const StoredEventPtr> events) { Committed(events); },
        [this](const absl::Status& status) { failures_.push_back(status); });
  }
  void Committed(absl::Span<const StoredEventPtr> events) {
    // The state knows of the commit before anybody is told.
    const uint64_t position = state_.Read([](const auto& state) { return state.position; });
    EXPECT_EQ(position, events.back()->sequence());
    commits_.push_back(events.size());
  }
  absl::Status Admit(int key, const std::string& party) {
    return appender_->Submit(AdmitCommandOf(party, answers_.Into(key)));
  }
  bool Knows(const std::string& party) {
    return state_.Read([&](const auto& state) { return state.roster.FindParty(party) != nullptr; });
  }

  ManualEnvironment env_;
  FakeEventLog fake_{&env_};
  SharedState state_;
  Answers answers_;
  std::vector<absl::Status> failures_;  // the appender's thread; read after Stop
  std::vector<size_t> commits_;         // likewise
  std::unique_ptr<Appender> appender_;
};

TEST_F(AppenderTest, AnswersAfterTheStateHasTheChange) {
  Start(&fake_);
  Command command = AdmitCommandOf("member/a", nullptr);
  bool known_when_answered = false;
  command.done = [&](absl::StatusOr<RequestOutcome> outcome) {
    known_when_answered = Knows("member/a") && commits_.size() == 1;
    answers_.Into(0)(outcome);
  };
  ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  const auto outcome = answers_.Of(0);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->sequence, 1u);
  EXPECT_TRUE(known_when_answered);
}

TEST_F(AppenderTest, CommitsAllThatQueuedUpDuringACommitAtOnce) {
  Start(&fake_);
  fake_.HoldNextAppend();
  ASSERT_TRUE(Admit(0, "member/first").ok());
  ASSERT_TRUE(fake_.Held());
  for (int i = 1; i <= 50; ++i) ASSERT_TRUE(Admit(i, absl::StrCat("member/m", i)).ok());
  fake_.LetGo();
  for (int i = 1; i <= 50; ++i) EXPECT_EQ(answers_.Of(i)->sequence, static_cast<uint64_t>(i) + 1);
  EXPECT_THAT(fake_.batches(), ElementsAre(1, 50));
}

TEST_F(AppenderTest, PutsNoMoreThanMaxBatchIntoOneCommit) {
  Appender::Options options;
  options.max_batch = 10;
  Start(&fake_, options);
  Plug plug(*appender_);
  for (int i = 0; i < 21; ++i) ASSERT_TRUE(Admit(i, absl::StrCat("member/m", i)).ok());
  plug.Pull();
  EXPECT_EQ(answers_.Of(20)->sequence, 21u);
  EXPECT_THAT(fake_.batches(), ElementsAre(10, 10, 1));
}

// They would be copied to every member, unchecked and of any size.
TEST_F(AppenderTest, RefusesFieldsThatItDoesNotKnow) {
  Start(&fake_);
  const auto submit = [this](int key, bool inside) {
    Command command;
    command.decide = [inside](const HubState&, absl::Time) {
      AppendEntry entry = AdmitEntry("member/a");
      v1::RecordPublished& record = *entry.draft.body.mutable_record_published();
      record.add_images();
      google::protobuf::Message* const where =
          inside ? static_cast<google::protobuf::Message*>(record.add_images()) : &record;
      where->GetReflection()->MutableUnknownFields(where)->AddLengthDelimited(900, "smuggled");
      return Command::Decision(std::move(entry));
    };
    command.done = answers_.Into(key);
    return appender_->Submit(std::move(command));
  };
  ASSERT_TRUE(submit(0, false).ok());
  EXPECT_THAT(answers_.Of(0).status(),
              FailsWith(absl::StatusCode::kInvalidArgument,
                        "record_published: has a field, number 900, that this hub does not know"));
  ASSERT_TRUE(submit(1, true).ok());
  EXPECT_THAT(answers_.Of(1).status(), FailsWith(absl::StatusCode::kInvalidArgument,
                                                 "record_published.images[1]: has a field"));
  ASSERT_TRUE(Admit(2, "member/b").ok());
  EXPECT_EQ(answers_.Of(2)->sequence, 1u) << "nothing of the others was stored";
}

TEST_F(AppenderTest, RefusesTheCommandOnePastItsQueue) {
  Appender::Options options;
  options.queue_capacity = 4;
  Start(&fake_, options);
  fake_.HoldNextAppend();
  ASSERT_TRUE(Admit(0, "member/first").ok());
  ASSERT_TRUE(fake_.Held());
  for (int i = 1; i <= 4; ++i) EXPECT_TRUE(Admit(i, absl::StrCat("member/m", i)).ok()) << i;
  EXPECT_THAT(appender_->WouldTake(),
              FailsWith(absl::StatusCode::kResourceExhausted, "full (4 changes); retry"));
  const absl::Status refused = Admit(5, "member/m5");
  EXPECT_THAT(refused, FailsWith(absl::StatusCode::kResourceExhausted, "full (4 changes); retry"));
  EXPECT_TRUE(net::RetryAfter(refused).has_value());
  fake_.LetGo();
  for (int i = 0; i <= 4; ++i) EXPECT_TRUE(answers_.Of(i).ok());
  EXPECT_EQ(appender_->WouldTake(), absl::OkStatus());
  EXPECT_TRUE(Admit(6, "member/m6").ok());
  EXPECT_TRUE(answers_.Of(6).ok());
  appender_->Stop();
  EXPECT_EQ(appender_->WouldTake().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(Knows("member/m5"));
  EXPECT_EQ(answers_.size(), 6u);
}

TEST_F(AppenderTest, AppendsNothingForARefusal) {
  Start(&fake_);
  Command command;
  command.decide = [](const views::CoalitionState&,
                      absl::Time) -> absl::StatusOr<Command::Decision> {
    return absl::PermissionDeniedError("not yours");
  };
  command.done = answers_.Into(0);
  ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  EXPECT_THAT(answers_.Of(0), FailsWith(absl::StatusCode::kPermissionDenied, "not yours"));
  appender_->Stop();
  EXPECT_THAT(fake_.batches(), ElementsAre());
  EXPECT_THAT(commits_, ElementsAre());
}

// What a second retraction of one record in the same burst relies on.
TEST_F(AppenderTest, ShowsADecisionTheEffectsOfWhatTouchedTheSameThing) {
  Start(&fake_);
  Plug plug(*appender_);
  const auto admit_once = [this](int key) {
    Command command;
    command.touches = {"party:member/a"};
    command.decide = [](const views::CoalitionState& state, absl::Time) {
      if (state.roster.FindParty("member/a") != nullptr)
        return Command::Decision(RequestOutcome{state.position, ""});
      return Command::Decision(AdmitEntry("member/a"));
    };
    command.done = answers_.Into(key);
    return command;
  };
  ASSERT_TRUE(Admit(0, "member/x").ok());
  ASSERT_TRUE(appender_->Submit(admit_once(1)).ok());
  ASSERT_TRUE(Admit(2, "member/y").ok());
  ASSERT_TRUE(appender_->Submit(admit_once(3)).ok());
  ASSERT_TRUE(Admit(4, "member/z").ok());
  plug.Pull();
  EXPECT_EQ(answers_.Of(4)->sequence, 4u);
  EXPECT_EQ(answers_.Of(1)->sequence, 2u);
  EXPECT_EQ(answers_.Of(3)->sequence, 3u);  // the position that it saw
  EXPECT_THAT(fake_.batches(), ElementsAre(3, 1));
}

TEST_F(AppenderTest, AppendsWhatFollowsFromACommandInOneCommitAndAnswersWithTheFirst) {
  Start(&fake_);
  Plug plug(*appender_);
  Command command;
  command.decide = [](const HubState&, absl::Time) -> absl::StatusOr<Command::Decision> {
    return Command::Decision(
        std::vector<AppendEntry>{AdmitEntry("member/b"), AdmitEntry("member/c")});
  };
  command.done = answers_.Into(1);
  ASSERT_TRUE(Admit(0, "member/a").ok());
  ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  ASSERT_TRUE(Admit(2, "member/d").ok());
  plug.Pull();
  EXPECT_EQ(answers_.Of(0)->sequence, 1u);
  EXPECT_EQ(answers_.Of(1)->sequence, 2u);
  EXPECT_EQ(answers_.Of(2)->sequence, 4u);
  EXPECT_THAT(fake_.batches(), ElementsAre(4));
  EXPECT_TRUE(Knows("member/c"));
}

TEST_F(AppenderTest, CommitsAnExclusiveCommandAlone) {
  Start(&fake_);
  Plug plug(*appender_);
  for (int i = 0; i < 5; ++i) {
    Command command = AdmitCommandOf(absl::StrCat("member/m", i), answers_.Into(i));
    command.exclusive = i == 2;
    ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  }
  plug.Pull();
  ASSERT_TRUE(answers_.Of(4).ok());
  EXPECT_THAT(fake_.batches(), ElementsAre(2, 1, 2));
}

TEST_F(AppenderTest, JudgesByTheLogsClockWhereTheWallClockWentBack) {
  Start(&fake_);
  ASSERT_TRUE(Admit(0, "member/a").ok());
  ASSERT_TRUE(answers_.Of(0).ok());
  const absl::Time committed = env_.Now();
  env_.SetWallClock(committed - absl::Hours(5));
  absl::Time judged;
  Command command = AdmitCommandOf("member/b", answers_.Into(1));
  command.decide = [&](const views::CoalitionState&, absl::Time now) {
    judged = now;
    return Command::Decision(RequestOutcome{});
  };
  ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  ASSERT_TRUE(answers_.Of(1).ok());
  EXPECT_EQ(judged, committed);
}

TEST_F(AppenderTest, AnswersEveryWaitingCommandWhenTheLogFails) {
  Start(&fake_);
  Plug plug(*appender_);
  fake_.FailAppends(absl::DataLossError("the disk at /secret/path is full"));
  for (int i = 0; i < 20; ++i) {
    Command command = AdmitCommandOf(absl::StrCat("member/m", i), answers_.Into(i));
    command.exclusive = i % 7 == 6;
    ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  }
  plug.Pull();
  for (int i = 0; i < 20; ++i) {
    const auto answer = answers_.Of(i);
    EXPECT_THAT(answer, FailsWith(absl::StatusCode::kUnavailable, "retry")) << i;
    EXPECT_THAT(std::string(answer.status().message()), Not(HasSubstr("secret")));
  }
  EXPECT_THAT(Admit(20, "member/late"), FailsWith(absl::StatusCode::kUnavailable, "retry later"));
  appender_->Stop();
  EXPECT_EQ(fake_.batches().size(), 1u) << "a broken log is not tried again";
  ASSERT_EQ(failures_.size(), 1u);
  EXPECT_THAT(failures_[0], FailsWith(absl::StatusCode::kDataLoss, "/secret/path"));
  EXPECT_THAT(commits_, ElementsAre());
  EXPECT_FALSE(Knows("member/m0"));
}

TEST_F(AppenderTest, StopsWhenTheLogCannotBeReadEither) {
  Start(&fake_);
  Plug plug(*appender_);
  fake_.FailFinds(absl::InternalError("page 77 of /secret/path"));
  for (int i = 0; i < 2; ++i) {
    Command command = AdmitCommandOf("member/a", answers_.Into(i));
    command.request = KeyOf(static_cast<uint32_t>(i));
    ASSERT_TRUE(appender_->Submit(std::move(command)).ok());
  }
  plug.Pull();
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(answers_.Of(i), FailsWith(absl::StatusCode::kUnavailable, "retry"));
    EXPECT_THAT(std::string(answers_.Of(i).status().message()), Not(HasSubstr("secret")));
  }
  appender_->Stop();
  EXPECT_EQ(failures_.size(), 1u);
  EXPECT_THAT(fake_.batches(), ElementsAre());
}

TEST_F(AppenderTest, CommitsWhatIsQueuedBeforeItStops) {
  Start(&fake_);
  Plug plug(*appender_);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Admit(i, absl::StrCat("member/m", i)).ok());
  std::thread stopper([&] { appender_->Stop(); });
  int key = 20;
  absl::Status refused;
  // Once one is refused for this reason, the stop has begun.
  while (!absl::IsUnavailable(refused)) {
    refused = Admit(key, absl::StrCat("member/m", key));
    if (refused.ok()) ++key;
    std::this_thread::yield();
  }
  EXPECT_THAT(refused, FailsWith(absl::StatusCode::kUnavailable, "shutting down; retry"));
  plug.Pull();
  stopper.join();
  EXPECT_EQ(answers_.size(), static_cast<size_t>(key));
  for (int i = 0; i < key; ++i) EXPECT_TRUE(answers_.Of(i).ok()) << i;
  appender_->Stop();
}

// From here on with the real log.

class AppenderOnSqlcipher : public AppenderTest {
 protected:
  void SetUp() override {
    auto log = OpenLog(folder_.File("log"), &env_);
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    Start(log_.get());
  }
  void TearDown() override { appender_.reset(); }
  Command Requested(uint32_t id, int key, const std::string& party,
                    const std::string& fingerprint) {
    Command command = AdmitCommandOf(party, answers_.Into(key));
    command.request = KeyOf(id, fingerprint);
    return command;
  }

  const storage::TempFolder folder_;
  std::unique_ptr<SqlcipherEventLog> log_;
};

TEST_F(AppenderOnSqlcipher, CommitsABurstInOneTransaction) {
  Plug plug(*appender_);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Admit(i, absl::StrCat("member/m", i)).ok());
  plug.Pull();
  ASSERT_TRUE(answers_.Of(99).ok());
  EXPECT_EQ(log_->Position().size, 100u);
  appender_->Stop();
  EXPECT_THAT(commits_, ElementsAre(100));
}

TEST_F(AppenderOnSqlcipher, AppendsOnceForARequestThatCameTwiceInOneBurst) {
  Plug plug(*appender_);
  const std::string same(32, 'a'), other(32, 'b');
  ASSERT_TRUE(appender_->Submit(Requested(1, 0, "member/a", same)).ok());
  ASSERT_TRUE(appender_->Submit(Requested(1, 1, "member/a", same)).ok());
  ASSERT_TRUE(appender_->Submit(Requested(1, 2, "member/b", other)).ok());
  ASSERT_TRUE(appender_->Submit(Requested(2, 3, "member/c", same)).ok());
  plug.Pull();
  ASSERT_TRUE(answers_.Of(3).ok());
  EXPECT_EQ(answers_.Of(0)->sequence, 1u);
  EXPECT_EQ(answers_.Of(1)->sequence, 1u);
  EXPECT_THAT(answers_.Of(2), FailsWith(absl::StatusCode::kAlreadyExists, "request_id"));
  EXPECT_EQ(answers_.Of(3)->sequence, 2u);
  EXPECT_EQ(log_->Position().size, 2u);
  EXPECT_FALSE(Knows("member/b"));
  appender_->Stop();
  EXPECT_TRUE(failures_.empty());
}

TEST_F(AppenderOnSqlcipher, AnswersARetryWithoutDecidingAgain) {
  ASSERT_TRUE(appender_->Submit(Requested(1, 0, "member/a", std::string(32, 'a'))).ok());
  ASSERT_TRUE(answers_.Of(0).ok());
  Command retry = Requested(1, 1, "member/a", std::string(32, 'a'));
  retry.decide = [](const views::CoalitionState&, absl::Time) -> absl::StatusOr<Command::Decision> {
    ADD_FAILURE() << "a retry is not decided again";
    return absl::InternalError("");
  };
  ASSERT_TRUE(appender_->Submit(std::move(retry)).ok());
  EXPECT_EQ(answers_.Of(1)->sequence, 1u);
}

}  // namespace
}  // namespace vervet::hub
