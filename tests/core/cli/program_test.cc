#include "core/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/cli/exit_codes.h"
#include "tests/core/cli/testing_streams.h"

namespace vervet::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Greet final : public Command {
 public:
  explicit Greet(std::string name) : name_(std::move(name)) {}
  CommandPage Page() const override {
    return {.name = name_,
            .arguments = "WHOM",
            .summary = "says hello",
            .purpose = "Greets.",
            .examples = {{name_ + " Ann", "greets Ann"}},
            .exit_codes = {{0, "greeted"}, {2, "usage"}},
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }
  void DeclareFlags(FlagSet& flags) override { flags.Switch("loud", "louder", &loud_); }
  int Run(const std::vector<std::string>& arguments, Streams& streams) override {
    *streams.out << name_ << " " << arguments[0] << (loud_ ? "!" : "") << "\n";
    return kExitOk;
  }

 private:
  std::string name_;
  bool loud_ = false;
};

class ProgramTest : public ::testing::Test {
 protected:
  int Run(const std::vector<std::string>& args) {
    Program program({"hi", "greets people", "A longer text.", {{"HI_CONFIG", "where it is"}}},
                    [this](FlagSet& flags) { flags.Switch("json", "for programs", &json_); });
    program.Add(std::make_unique<Greet>("greet"));
    program.Add(std::make_unique<Greet>("groups create"));
    program.Add(std::make_unique<Greet>("groups list"));
    program.Add(std::make_unique<Greet>("groups old purge"));
    return program.Run(args, test_.streams);
  }
  std::string out() { return test_.out.str(); }
  std::string err() { return test_.err.str(); }
  bool json_ = false;
  TestingStreams test_;
};

TEST_F(ProgramTest, FindsCommandsOfOneToThreeWords) {
  EXPECT_EQ(Run({"greet", "Ann", "--loud"}), kExitOk);
  EXPECT_EQ(Run({"groups", "create", "asia"}), kExitOk);
  EXPECT_EQ(Run({"groups", "old", "purge", "asia"}), kExitOk);
  EXPECT_EQ(out(), "greet Ann!\ngroups create asia\ngroups old purge asia\n");
}

TEST_F(ProgramTest, TakesCommonFlagsBeforeAndBehindTheCommand) {
  EXPECT_EQ(Run({"--json", "greet", "Ann"}), kExitOk);
  EXPECT_TRUE(json_);
  json_ = false;
  EXPECT_EQ(Run({"greet", "Ann", "--json"}), kExitOk);
  EXPECT_TRUE(json_);
}

TEST_F(ProgramTest, ShowsAPageWithExamplesAndExitCodes) {
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"greet", "--help"}, {"help", "greet"}, {"greet", "-h"}, {"--help", "greet"}}) {
    test_.out.str("");
    EXPECT_EQ(Run(args), kExitOk);
    EXPECT_THAT(out(), HasSubstr("usage: hi greet WHOM [flags]"));
    EXPECT_THAT(out(), HasSubstr("$ hi greet Ann"));
    EXPECT_THAT(out(), HasSubstr(" 2  usage"));
    EXPECT_THAT(out(), HasSubstr("--loud"));
  }
}

TEST_F(ProgramTest, WithoutACommandShowsTheOverviewAsAUsageError) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_THAT(out(), IsEmpty());
  EXPECT_THAT(err(), HasSubstr("groups create"));
  EXPECT_THAT(err(), HasSubstr("HI_CONFIG"));
  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_THAT(out(), HasSubstr("A longer text."));
}

TEST_F(ProgramTest, ShowsTheCommandsBelowOneWord) {
  EXPECT_EQ(Run({"groups", "--help"}), kExitOk);
  EXPECT_THAT(out(), HasSubstr("groups list"));
  EXPECT_THAT(out(), Not(HasSubstr("  greet")));
  EXPECT_EQ(Run({"groups"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("groups list"));
  EXPECT_EQ(Run({"groups", "old"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("groups old purge"));
}

TEST_F(ProgramTest, AnswersAMistypedCommandWithTheNearest) {
  EXPECT_EQ(Run({"gret", "Ann"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("did you mean greet?"));
  EXPECT_EQ(Run({"groups", "crate", "x"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("did you mean groups create?"));
  EXPECT_EQ(Run({"groups", "old", "perge", "x"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("did you mean groups old purge?"));
}

TEST_F(ProgramTest, RefusesAWrongNumberOfArgumentsWithoutRepeatingThem) {
  EXPECT_EQ(Run({"greet", "Ann", "ann@mail.example"}), kExitUsage);
  EXPECT_EQ(Run({"greet"}), kExitUsage);
  EXPECT_EQ(Run({"ann@mail.example"}), kExitUsage);
  EXPECT_THAT(err(), HasSubstr("missing: WHOM"));
  EXPECT_THAT(err(), Not(HasSubstr("ann@")));
  EXPECT_THAT(out(), IsEmpty());
}

TEST(ExitCodes, TellWhatARetryMayMend) {
  EXPECT_EQ(ExitCodeFor(absl::OkStatus()), 0);
  EXPECT_EQ(ExitCodeFor(absl::PermissionDeniedError("")), 1);
  EXPECT_EQ(ExitCodeFor(absl::UnavailableError("")), 3);
  EXPECT_EQ(ExitCodeFor(absl::DeadlineExceededError("")), 3);
  EXPECT_EQ(ExitCodeFor(absl::ResourceExhaustedError("")), 3);
  EXPECT_EQ(ExitCodeFor(absl::DataLossError("")), 5);
}

}  // namespace
}  // namespace vervet::cli
