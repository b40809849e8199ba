// The page in a real headless Chromium, served by the real program; a made-up coalition answers.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "hub/dashboard/dashboard.h"
#include "tests/dashboard/script.h"

namespace vervet::dashboard {
namespace {

class Page : public ::testing::Test {
 protected:
  // A dashboard whose hub is not there: the script answers in its place.
  static void SetUpTestSuite() {
    Dashboard::Options options;
    options.identity = {"coalition.example", v1::COORDINATOR, "alice"};
    options.hub_target = "hub.example:7443";
    options.environment = Environment::System();
    options.on_address = [](const std::string& url) { address_ = url; };
    auto dashboard = Dashboard::Start(
        options, grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials()));
    ASSERT_TRUE(dashboard.ok()) << dashboard.status();
    dashboard_ = dashboard->release();
  }
  static void TearDownTestSuite() {
    delete outcomes_;
    delete dashboard_;
  }

  // All scenarios run at once, in one browser with a window each; a test reads what became of its
  // own.
  static std::string OutcomeOf(const std::string& scenario) {
    if (outcomes_ == nullptr) {
      outcomes_ = new Outcomes(RunScript("page_states.mjs", "all", address_,
                                         {{"VERVET_PICTURE", VERVET_PICTURE},
                                          {"VERVET_DRAWING", VERVET_DRAWING},
                                          {"VERVET_KEPT_DRAWING", VERVET_KEPT_DRAWING}}));
    }
    const auto outcome = outcomes_->find(scenario);
    return outcome != outcomes_->end() ? outcome->second : outcomes_->at("all");
  }

  static Dashboard* dashboard_;
  static std::string address_;
  static Outcomes* outcomes_;
};
Dashboard* Page::dashboard_ = nullptr;
std::string Page::address_;
Outcomes* Page::outcomes_ = nullptr;

#define EXPECT_PASSES(scenario) EXPECT_EQ(OutcomeOf(scenario), "")

TEST_F(Page, ShowsReductionIntervalVerdictPanelAndLogPosition) { EXPECT_PASSES("headline"); }
TEST_F(Page, SaysMetNotMetAndThatTradeHasRisen) { EXPECT_PASSES("verdicts"); }
TEST_F(Page, BeginsWithWordsAndNotWithNonsense) { EXPECT_PASSES("beginning"); }
TEST_F(Page, SaysWhyThereIsNoFigure) { EXPECT_PASSES("no_figure"); }
TEST_F(Page, SaysThatAFigureIsWithheld) { EXPECT_PASSES("withheld"); }
TEST_F(Page, ShowsNewFiguresWithoutReloading) { EXPECT_PASSES("new_figures"); }
TEST_F(Page, KeepsTheLastFiguresGreyWhileTheHubIsAway) { EXPECT_PASSES("hub_away"); }
TEST_F(Page, WaitsForAHubThatIsNotThereYet) { EXPECT_PASSES("hub_never_there"); }
TEST_F(Page, SaysThatItIsNotLetInAnyMore) { EXPECT_PASSES("session_lost"); }
TEST_F(Page, SaysThatTheHubComputesAndShowsTheRest) { EXPECT_PASSES("hub_computes"); }
TEST_F(Page, SaysThatItIsAsking) { EXPECT_PASSES("loading"); }
TEST_F(Page, DrillsDownByClassTaxaAndPeriod) { EXPECT_PASSES("drill_down"); }
TEST_F(Page, LooksBackToAPositionAndToADay) { EXPECT_PASSES("as_of"); }
TEST_F(Page, HasATableACsvAndAWordOnItsMakingForEveryChart) { EXPECT_PASSES("tables"); }
TEST_F(Page, IsForTheKeyboardToo) { EXPECT_PASSES("keyboard"); }
TEST_F(Page, SpeaksChinese) { EXPECT_PASSES("chinese"); }
TEST_F(Page, HasChineseForEveryReason) { EXPECT_PASSES("chinese_reasons"); }
TEST_F(Page, SpeaksChineseToAChineseBrowser) { EXPECT_PASSES("chinese_by_itself"); }
TEST_F(Page, HasNoAxeViolations) { EXPECT_PASSES("accessible"); }
TEST_F(Page, HasNoAxeViolationsInTheDark) { EXPECT_PASSES("accessible_dark"); }
TEST_F(Page, HasNoAxeViolationsOnAPhoneInChinese) {
  EXPECT_PASSES("accessible_narrow_and_chinese");
}
TEST_F(Page, HasNoAxeViolationsAtTheBeginning) { EXPECT_PASSES("accessible_at_the_beginning"); }
TEST_F(Page, HasNoAxeViolationsWhileTheHubIsAway) {
  EXPECT_PASSES("accessible_while_the_hub_is_away");
}
TEST_F(Page, FitsOnAPhone) { EXPECT_PASSES("narrow"); }
TEST_F(Page, Prints) { EXPECT_PASSES("printed"); }
TEST_F(Page, IsThePageOfThePictureInTheReadme) { EXPECT_PASSES("drawing"); }
TEST_F(Page, HasItsPictureTaken) { EXPECT_PASSES("picture"); }

}  // namespace
}  // namespace vervet::dashboard
