#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BackfillTest : public MemberCliTest {
 protected:
  BackfillTest() {
    std::string text = "reference,type,value\n";
    for (int i = 0; i < 10; ++i) {
      absl::StrAppend(&text, "user-", i, ",email,user", i, "@mail.example\n");
    }
    csv_ = WriteFile("users.csv", text);
    world_.records["user3@mail.example"] = ExampleMatch(world_.environment.Now());
    world_.records["user8@mail.example"] = ExampleMatch(world_.environment.Now());
  }
  int Backfill(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"backfill", "--csv", csv_});
    return Run(more);
  }
  std::string State() const {
    std::ifstream file(csv_ + ".backfill");
    return std::string(std::istreambuf_iterator<char>(file), {});
  }

  int TimesAsked(const std::string& reference) const {
    return static_cast<int>(
        std::count_if(world_.checked.begin(), world_.checked.end(),
                      [&](const Subject& subject) { return subject.reference == reference; }));
  }

  std::string csv_;
};

TEST_F(BackfillTest, ScreensAWholeFileAndNamesWhoMatches) {
  EXPECT_EQ(Backfill(), 10);
  EXPECT_THAT(out_, HasSubstr("users.csv:5  user-3  email  match"));
  EXPECT_THAT(out_, HasSubstr("users.csv:10  user-8  email  match"));
  EXPECT_THAT(out_, HasSubstr("10 lines screened: 2 matches, 8 without"));
  EXPECT_THAT(Everything(), Not(HasSubstr("user3@")));
  EXPECT_EQ(world_.checked.size(), 10u);
}

TEST_F(BackfillTest, StopsCleanlyWhereTheBudgetEndsAndSaysWhenItMayGoOn) {
  world_.evaluations_left = 6;
  world_.retry_after = std::chrono::hours(5);
  EXPECT_EQ(Backfill(), 3);
  EXPECT_THAT(out_, HasSubstr("6 lines so far: 1 match, 5 without; 6 asked of the hub"));
  EXPECT_THAT(out_, Not(HasSubstr("user-8")));
  EXPECT_THAT(err_, HasSubstr("stopped after line 7"));
  EXPECT_THAT(err_, HasSubstr("the day's evaluations are used up; it may go on at "));

  world_.checked.clear();
  world_.evaluations_left = 100;
  EXPECT_EQ(Backfill(), 10);
  EXPECT_EQ(world_.checked.size(), 4u) << "what was answered is not asked again";
  EXPECT_THAT(out_, Not(HasSubstr("user-3")));
  EXPECT_THAT(out_, HasSubstr("user-8  email  match"));
  EXPECT_THAT(out_, HasSubstr("10 lines screened: 2 matches, 8 without"));
}

TEST_F(BackfillTest, TellsAProgramWhenItMayGoOn) {
  world_.evaluations_left = 6;
  world_.retry_after = std::chrono::hours(5);
  EXPECT_EQ(Backfill({"--json"}), 3);
  EXPECT_THAT(out_, HasSubstr("\"event\":\"result\",\"line\":5,\"reference\":\"user-3\""));
  EXPECT_THAT(out_, HasSubstr("\"all\":false,\"line\":7,\"lines\":6"));
  EXPECT_THAT(out_, HasSubstr("\"may_go_on_at\":\""));
}

TEST_F(BackfillTest, GoesOnAfterACrash) {
  world_.check_status = absl::UnavailableError("the hub is out of reach");
  EXPECT_EQ(Backfill(), 3);
  EXPECT_EQ(State(), "") << "nothing was answered";
  world_.check_status = absl::OkStatus();
  world_.evaluations_left = 6;
  world_.retry_after = std::chrono::hours(5);
  EXPECT_EQ(Backfill(), 3);
  const std::string before = State();

  // The process dies after the vault has the answers and before the state does.
  world_.evaluations_left = 100;
  EXPECT_EQ(Backfill(), 10);
  std::ofstream(csv_ + ".backfill", std::ios::trunc) << before;
  world_.evaluations_left = 0;
  EXPECT_EQ(Backfill(), 10) << "the vault answers without the hub";
  EXPECT_THAT(out_, HasSubstr("user-8  email  match"));
  EXPECT_THAT(out_, HasSubstr("10 lines screened: 2 matches, 8 without"));
}

TEST_F(BackfillTest, AsksAgainWhereTheHubDidNotAnswerInTime) {
  world_.unknown = {"user4@mail.example"};
  world_.not_answered = absl::DeadlineExceededError("the hub took longer than 10 s");
  world_.on_wait = [this] {
    if (world_.waits.size() == 2) world_.unknown.clear();
  };
  EXPECT_EQ(Backfill(), 10);
  EXPECT_THAT(out_, HasSubstr("10 lines screened: 2 matches, 8 without"));
  EXPECT_THAT(err_, HasSubstr("backfill: line 6: the hub took longer than 10 s; asks again in "));
  EXPECT_THAT(err_, HasSubstr("(2 of 9)"));
  EXPECT_THAT(Everything(), Not(HasSubstr("user4@")));
  ASSERT_EQ(world_.waits.size(), 2u);
  EXPECT_LE(world_.waits[0], world_.waits[1]) << "waits grow";
  EXPECT_EQ(TimesAsked("user-4"), 3);
  EXPECT_EQ(TimesAsked("user-9"), 1) << "what was answered is not asked again";
}

TEST_F(BackfillTest, StopsWhereTheHubNeverAnswersAndALaterRunGoesOn) {
  world_.unknown = {"user6@mail.example"};
  EXPECT_EQ(Backfill(), 3);
  EXPECT_EQ(world_.waits.size(), 9u);
  for (const absl::Duration wait : world_.waits) EXPECT_LE(wait, absl::Minutes(1));
  EXPECT_THAT(out_, HasSubstr("6 lines so far: 1 match, 5 without"));
  EXPECT_THAT(err_, HasSubstr("stopped after line 7: never seen before, and the hub is out of "
                              "reach; asked 9 times more; the same command goes on there"));

  world_.unknown.clear();
  world_.checked.clear();
  world_.waits.clear();
  EXPECT_EQ(Backfill(), 10);
  EXPECT_TRUE(world_.waits.empty());
  EXPECT_EQ(world_.checked.size(), 4u);
  EXPECT_THAT(out_, HasSubstr("10 lines screened: 2 matches, 8 without"));
}

TEST_F(BackfillTest, AnAnswerBeginsTheCountOfAttemptsAnew) {
  for (int i = 0; i < 10; ++i) world_.unknown.insert(absl::StrCat("user", i, "@mail.example"));
  world_.on_wait = [this] { world_.unknown.erase(world_.unknown.begin()); };
  EXPECT_EQ(Backfill(), 10);
  EXPECT_EQ(world_.waits.size(), 10u);
  for (const absl::Duration wait : world_.waits) EXPECT_LE(wait, absl::Seconds(1));
}

TEST_F(BackfillTest, DoesNotAskAgainWhereThatMendsNothing) {
  const std::pair<absl::Status, int> cases[] = {
      {absl::PermissionDeniedError("this member is suspended"), 1},
      {absl::DataLossError("does not prove the announced key"), 5},
      {absl::ResourceExhaustedError("the message is too large"), 3}};
  for (const auto& [status, exit_code] : cases) {
    world_.unknown = {"user6@mail.example"};
    world_.not_answered = status;
    EXPECT_EQ(Backfill({"--restart"}), exit_code);
    EXPECT_THAT(err_, HasSubstr(absl::StrCat("stopped after line 7: ", status.message(), ";")));
    EXPECT_TRUE(world_.waits.empty());
  }
  world_.unknown.clear();
  EXPECT_EQ(Backfill(), 10) << "the state is that of a run that stopped";
  EXPECT_THAT(out_, HasSubstr("10 lines screened"));
}

TEST_F(BackfillTest, WaitsAsLongAsTheHubSays) {
  world_.unknown = {"user6@mail.example"};
  world_.on_wait = [this] { world_.unknown.clear(); };
  world_.retry_after = std::chrono::seconds(20);
  EXPECT_EQ(Backfill(), 10);
  EXPECT_EQ(world_.waits, std::vector<absl::Duration>{absl::Seconds(20)});

  world_.unknown = {"user6@mail.example"};
  world_.retry_after = std::chrono::hours(2);
  EXPECT_EQ(Backfill({"--restart"}), 3);
  EXPECT_EQ(world_.waits.size(), 1u) << "that long, a later run waits";
  EXPECT_THAT(err_, HasSubstr("it may go on at "));
}

TEST_F(BackfillTest, WaitsForABusyHubAsOftenAsItTakes) {
  world_.evaluations_left = 0;
  world_.retry_after = std::chrono::milliseconds(500);
  world_.on_wait = [this] {
    if (world_.waits.size() == 20) world_.evaluations_left = 100;
  };
  EXPECT_EQ(Backfill(), 10);
  EXPECT_EQ(world_.waits, std::vector<absl::Duration>(20, absl::Milliseconds(500)));
}

TEST_F(BackfillTest, StopsWhenItIsAskedToWhileItWaits) {
  world_.unknown = {"user6@mail.example"};
  world_.on_wait = [this] { stop_->Request(); };
  EXPECT_EQ(Backfill(), 3);
  EXPECT_EQ(world_.waits.size(), 1u);
  EXPECT_THAT(err_, HasSubstr("stopped after line 7: asked to stop; the same command goes on"));
}

TEST_F(BackfillTest, ASecondRunOverAFinishedFileAsksNothing) {
  EXPECT_EQ(Backfill(), 10);
  world_.checked.clear();
  EXPECT_EQ(Backfill(), 10);
  EXPECT_TRUE(world_.checked.empty());
  EXPECT_EQ(Backfill({"--restart"}), 10);
  EXPECT_EQ(world_.checked.size(), 10u);
}

TEST_F(BackfillTest, RefusesAStateOfAnotherFile) {
  EXPECT_EQ(Backfill(), 10);
  std::ofstream(csv_, std::ios::app) << "user-10,email,user10@mail.example\n";
  EXPECT_EQ(Backfill(), 2);
  EXPECT_THAT(err_, HasSubstr("is of a file of another size"));
  std::ofstream(csv_ + ".backfill", std::ios::trunc) << "something else\n";
  EXPECT_EQ(Backfill(), 2);
  EXPECT_THAT(err_, HasSubstr("is no state of a backfill"));
  EXPECT_EQ(Run({"backfill", "--csv", "-"}), 2);
  EXPECT_EQ(Run({"backfill"}), 2);
}

TEST_F(BackfillTest, KeepsTheFilesOrderWithSeveralBatchesInWork) {
  constexpr int kLines = 40'000;  // three batches
  std::string text = "reference,type,value\n";
  for (int i = 0; i < kLines; ++i) {
    absl::StrAppend(&text, "user-", i, ",email,person", i, "@mail.example\n");
  }
  csv_ = WriteFile("many.csv", text);
  const std::vector<int> offenders = {0, 16'383, 16'384, 32'767, 32'768, kLines - 1};
  for (const int i : offenders) {
    world_.records[absl::StrCat("person", i, "@mail.example")] =
        ExampleMatch(world_.environment.Now());
  }
  // Which batch meets the end of the budget is chance; what was answered before it is kept.
  world_.evaluations_left = 18'000;
  world_.retry_after = std::chrono::hours(5);
  EXPECT_EQ(Backfill(), 3);
  std::string out = out_;
  EXPECT_EQ(world_.evaluated.size(), 18'000u);
  world_.evaluations_left = kLines;
  EXPECT_EQ(Backfill(), 10);
  out += out_;
  EXPECT_EQ(world_.evaluated.size(), size_t{kLines}) << "each once";
  EXPECT_THAT(out_, HasSubstr("40,000 lines screened: 6 matches, 39,994 without"));
  size_t at = 0;
  for (const int i : offenders) {
    const std::string answer = absl::StrCat("many.csv:", i + 2, "  user-", i, "  email  match");
    at = out.find(answer, at);
    ASSERT_NE(at, std::string::npos) << answer;
    EXPECT_EQ(out.find(answer, at + 1), std::string::npos) << "said once";
  }
}

TEST_F(BackfillTest, CountsWrongLinesAndGoesOn) {
  csv_ = WriteFile("mixed.csv",
                   "reference,type,value\na,email,fine@mail.example\nb,fax,123\n\"c\",email\n"
                   "d,email,also@mail.example\n");
  EXPECT_EQ(Backfill(), 4);
  EXPECT_THAT(out_, HasSubstr("4 lines screened: 0 matches, 2 without, 2 refused"));
}

}  // namespace
}  // namespace vervet::member_cli
