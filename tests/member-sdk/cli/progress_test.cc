// Contributing figures from the command line, and reading what comes of them.
#include <gmock/gmock.h>

#include "core/cli/exit_codes.h"
#include "member-sdk/cli/progress_csv.h"
#include "tests/member-sdk/cli/fake_client.h"

namespace vervet::member_cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kActivityFile[] =
    "period,action,count,detected_by,surface\n"
    "2026-03,listing_removed,1412,automated,listings\n"
    "2026-03,user_educated,88000,,\n";

class ProgressCliTest : public MemberCliTest {
 protected:
  ProgressCliTest() {
    world_.definitions.version = 7;
    world_.contribution_rules = [](const Contribution& contribution) -> std::string {
      const auto* const activity = std::get_if<Activity>(&contribution);
      if (activity != nullptr && activity->action == "listing_hidden") {
        return "action: is not in the definitions; use one of listing_removed";
      }
      const auto* const survey = std::get_if<Survey>(&contribution);
      if (survey == nullptr) return "";
      for (size_t i = 0; i < survey->samples.size(); ++i) {
        if (survey->samples[i].positives > survey->samples[i].sampled) {
          return "samples[" + std::to_string(i) + "].positives: is above sampled; they are a part";
        }
      }
      return "";
    };
  }

  int Import(const std::string& text, std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"progress", "import", WriteFile("file.csv", text),
                                     "--signed-off-by", "T&S lead"};
    args.insert(args.end(), more.begin(), more.end());
    return Run(args);
  }
};

TEST_F(ProgressCliTest, SubmitsOneCountWithPeriodSignOffAndVersion) {
  EXPECT_EQ(
      Run({"progress", "submit-activity", "--period", "2026-03", "--action", "listing_removed",
           "--count", "1412", "--detected-by", "automated", "--views-before-removal", "90",
           "--views-known-of", "30", "--signed-off-by", "T&S lead"}),
      cli::kExitOk)
      << err_;
  ASSERT_EQ(world_.contributed.size(), 1u);
  const Contributions& call = world_.contributed[0];
  EXPECT_EQ(call.signed_off_by, "T&S lead");
  EXPECT_EQ(call.definition_version, 7u);
  const auto& activity = std::get<Activity>(call.contributions.at(0));
  EXPECT_EQ(DayRangeText(activity.days), "2026-03");
  EXPECT_EQ(activity.count, 1412u);
  EXPECT_EQ(activity.views_before_removal, 90u);
  EXPECT_THAT(out_, HasSubstr("stored"));
}

TEST_F(ProgressCliTest, RefusesFiguresThatNobodyAnswersFor) {
  EXPECT_EQ(Run({"progress", "submit-team", "--team", "dublin", "--found", "9", "--missed", "1"}),
            cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("signed-off-by"));
  EXPECT_FALSE(world_.opened);
}

TEST_F(ProgressCliTest, SubmitsASurveyOfSeveralBands) {
  EXPECT_EQ(Run({"progress",        "submit-survey",
                 "--period",        "2026-Q1",
                 "--surface",       "listings",
                 "--taxon-group",   "elephants",
                 "--language",      "en",
                 "--exposure",      "4.2e7",
                 "--unit",          "view",
                 "--band",          "500,60,60,55,0.25",
                 "--band",          "60000,41,41,35,0.001",
                 "--team",          "dublin",
                 "--signed-off-by", "T&S lead",
                 "--revision",      "2"}),
            cli::kExitOk)
      << err_;
  const auto& survey = std::get<Survey>(world_.contributed.at(0).contributions.at(0));
  EXPECT_EQ(survey.design, SurveyDesign::kScoreStratified);
  ASSERT_EQ(survey.samples.size(), 2u);
  EXPECT_EQ(survey.samples[1].confirmed, 35);
  EXPECT_EQ(survey.samples[0].inclusion_probability, 0.25);
  EXPECT_EQ(survey.revision, 2u);
  EXPECT_EQ(survey.exposure, 4.2e7);
}

TEST_F(ProgressCliTest, SaysWhatIsWrongWithEachFieldAndStoresNothing) {
  EXPECT_EQ(Run({"progress",        "submit-survey",
                 "--period",        "2026-Q1",
                 "--surface",       "listings",
                 "--taxon-group",   "elephants",
                 "--language",      "en",
                 "--exposure",      "4.2e7",
                 "--unit",          "view",
                 "--band",          "10,11,0,0",
                 "--team",          "dublin",
                 "--signed-off-by", "me"}),
            cli::kExitFailed);
  EXPECT_THAT(err_, AllOf(HasSubstr("positives of band 1: is above sampled"),
                          HasSubstr("nothing was stored")));
  EXPECT_EQ(Run({"progress", "submit-activity", "--period", "March", "--action", "a", "--count",
                 "1", "--signed-off-by", "me"}),
            cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("--period must be a month (2026-03)"));
}

TEST_F(ProgressCliTest, ImportsAFileOfActivity) {
  EXPECT_EQ(Import(kActivityFile), cli::kExitOk) << err_;
  ASSERT_EQ(world_.contributed.size(), 1u);
  ASSERT_EQ(world_.contributed[0].contributions.size(), 2u);
  EXPECT_EQ(std::get<Activity>(world_.contributed[0].contributions[1]).count, 88000u);
  EXPECT_THAT(out_, HasSubstr("2 lines: 2 activity contributions fit, 2 stored by the hub"));
}

TEST_F(ProgressCliTest, OneWrongLineHoldsBackTheFile) {
  const std::string file = std::string(kActivityFile) +
                           "2026-03,listing_hidden,3,automated,listings\n"
                           "2026-13,listing_removed,1.5,automated,listings\n"
                           "2026-03,listing_removed,3,automated\n";
  EXPECT_EQ(Import(file), cli::kExitFailed);
  EXPECT_TRUE(world_.contributed.empty());
  EXPECT_THAT(err_, HasSubstr("file.csv:4: action: is not in the definitions; use one of "));
  EXPECT_THAT(err_, HasSubstr("file.csv:5: period: must be a month"));
  EXPECT_THAT(err_, HasSubstr("file.csv:5: count: must be a whole number"));
  EXPECT_THAT(err_, HasSubstr("file.csv:6: has 4 cells, the header 5"));
  EXPECT_THAT(out_, HasSubstr("3 lines refused; nothing was stored"));
}

TEST_F(ProgressCliTest, PartialSendsTheOthers) {
  const std::string file =
      std::string(kActivityFile) + "2026-03,listing_hidden,3,automated,listings\n";
  EXPECT_EQ(Import(file, {"--partial"}), cli::kExitPartial);
  ASSERT_EQ(world_.contributed.size(), 1u);
  EXPECT_EQ(world_.contributed[0].contributions.size(), 2u);
}

TEST_F(ProgressCliTest, DryRunSendsNothing) {
  EXPECT_EQ(Import(kActivityFile, {"--dry-run", "--json"}), cli::kExitOk);
  EXPECT_TRUE(world_.contributed.empty());
  EXPECT_THAT(out_, AllOf(HasSubstr("\"contributions\":2"), HasSubstr("\"stored\":false")));
}

constexpr char kSurveyFile[] =
    "period,surface,taxon_group,language,exposure,unit,sampled,positives,reviewed_again,"
    "confirmed,inclusion_probability,team\n"
    "2026-Q1,listings,elephants,en,42000000,view,500,60,60,55,0.25,dublin\n"
    "2026-Q1,listings,elephants,en,42000000,view,60000,41,41,35,0.001,dublin\n"
    "2026-Q1,listings,pangolins,en,42000000,view,1000,1,1,1,,dublin\n";

TEST_F(ProgressCliTest, LinesOfOneStratumAreBandsOfOneSurvey) {
  EXPECT_EQ(Import(kSurveyFile), cli::kExitOk) << err_;
  ASSERT_EQ(world_.contributed.at(0).contributions.size(), 2u);
  const auto& first = std::get<Survey>(world_.contributed[0].contributions[0]);
  EXPECT_EQ(first.design, SurveyDesign::kScoreStratified);
  EXPECT_EQ(first.samples.size(), 2u);
  const auto& second = std::get<Survey>(world_.contributed[0].contributions[1]);
  EXPECT_EQ(second.design, SurveyDesign::kSimple);
}

TEST_F(ProgressCliTest, NamesTheLineOfTheBandThatIsWrong) {
  std::string file = kSurveyFile;
  file.replace(file.find("60000,41"), 8, "60000,60001");
  EXPECT_EQ(Import(file), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("file.csv:3: positives: is above sampled"));
  file = kSurveyFile;
  file.replace(file.find("42000000", file.find("42000000") + 1), 8, "42000001");
  EXPECT_EQ(Import(file), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("file.csv:3: exposure: is not as on line 2"));
}

TEST_F(ProgressCliTest, ReviseNumbersWhatChangedAndLeavesOutWhatDidNot) {
  Activity stands;
  stands.days = *ParseDayRange("2026-03");
  stands.action = "listing_removed";
  stands.detected_by = "automated";
  stands.surface = "listings";
  stands.count = 1400;
  stands.revision = 3;
  Activity same;
  same.days = stands.days;
  same.action = "user_educated";
  same.unit = "message";
  same.count = 88000;
  world_.stored_contributions.resize(2);
  world_.stored_contributions[0].contribution = stands;
  world_.stored_contributions[1].contribution = same;
  EXPECT_EQ(Import(kActivityFile, {"--revise"}), cli::kExitOk) << err_;
  ASSERT_EQ(world_.contributed.size(), 1u);
  ASSERT_EQ(world_.contributed[0].contributions.size(), 1u);
  const auto& sent = std::get<Activity>(world_.contributed[0].contributions[0]);
  EXPECT_EQ(sent.revision, 4u);
  EXPECT_EQ(sent.count, 1412u);
  EXPECT_THAT(out_, HasSubstr("1 unchanged"));
}

TEST_F(ProgressCliTest, ARefusalOfTheHubNamesTheLines) {
  world_.hub_refuses_contributions = absl::FailedPreconditionError(
      "contributions[1].activity.revision: is 1, and the next one of this cell is 2");
  EXPECT_EQ(Import(kActivityFile), cli::kExitFailed);
  EXPECT_THAT(err_, HasSubstr("file.csv:3: revision: is 1, and the next one of this cell is 2"));
  EXPECT_THAT(err_, HasSubstr("file.csv:2: not stored, because of the other lines"));
}

TEST_F(ProgressCliTest, WaitsInTheOutboxWhereTheHubIsAway) {
  world_.hub_reachable = false;
  EXPECT_EQ(Import(kActivityFile, {"--timeout", "1"}), cli::kExitUnavailable);
  EXPECT_THAT(out_, HasSubstr("2 in the outbox"));
  EXPECT_EQ(world_.contributed.at(0).definition_version, 0u);
}

TEST_F(ProgressCliTest, RefusesAFileOfAnotherKind) {
  EXPECT_EQ(Import("period,whatever\n2026-03,1\n"), cli::kExitUsage);
  EXPECT_EQ(Import("period,surface\n2026-03,listings\n"), cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("action (activity), sampled (surveys), found (review teams)"));
  EXPECT_EQ(Import("period,action\n2026-03,listing_removed\n"), cli::kExitUsage);
  EXPECT_FALSE(world_.opened);
}

TEST_F(ProgressCliTest, SplitsALongFileIntoCalls) {
  std::string file = "period,action,count\n";
  for (int day = 1; day <= 28; ++day) {
    for (int month = 1; month <= 12; ++month) {
      char line[64];
      snprintf(line, sizeof(line), "2025-%02d-%02d,user_educated,1\n", month, day);
      file += line;
    }
  }
  EXPECT_EQ(Import(file), cli::kExitOk) << err_;
  size_t sent = 0;
  for (const Contributions& call : world_.contributed) {
    EXPECT_LE(call.contributions.size(), 256u);
    sent += call.contributions.size();
  }
  EXPECT_EQ(sent, 336u);
  EXPECT_GE(world_.contributed.size(), 2u);
}

TEST_F(ProgressCliTest, StatusShowsTheVerdictAndWhatIsWithheld) {
  Reduction reduction;
  reduction.target = 0.8;
  reduction.source.panel = "founders";
  reduction.source.release = 3;
  reduction.baseline = *ParseDayRange("2025-Q4");
  ReductionFigure whole;
  whole.verdict = Verdict::kMet;
  whole.reduction = Interval{0.8421, 0.81, 0.871};
  ReductionFigure withheld;
  withheld.subset.platform_class = "social";
  withheld.withheld = Reason{"too_few_contributors", "too few members contribute to it"};
  reduction.figures = {whole, withheld};
  world_.reduction = reduction;
  EXPECT_EQ(Run({"progress", "status", "--period", "2026-Q1"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("84.2% (81.0% to 87.1%), met"),
                          HasSubstr("withheld: too few members contribute to it"),
                          HasSubstr("panel founders"), HasSubstr("release 3")));
  EXPECT_EQ(world_.reduction_asked.period, ParseDayRange("2026-Q1"));
  EXPECT_FALSE(world_.reduction_asked.own);
  EXPECT_EQ(Run({"progress", "status", "--own", "--json"}), cli::kExitOk);
  EXPECT_THAT(out_, AllOf(HasSubstr("\"low\": 0.81"), HasSubstr("\"coverage\": null")));
  EXPECT_TRUE(world_.reduction_asked.own);
}

TEST_F(ProgressCliTest, CannotTellIsNeverANumber) {
  Reduction reduction;
  ReductionFigure whole;
  whole.verdict = Verdict::kCannotTell;
  whole.reason = Reason{"no_baseline", "there is no survey of the baseline yet"};
  reduction.figures = {whole};
  world_.reduction = reduction;
  EXPECT_EQ(Run({"progress", "status"}), cli::kExitOk);
  EXPECT_THAT(out_, AllOf(HasSubstr("no figure, cannot tell: there is no survey of the baseline"),
                          Not(HasSubstr("nan"))));
}

TEST_F(ProgressCliTest, SeriesShowsValuesInTheirUnit) {
  Series series;
  series.kind = SeriesKind::kPrevalence;
  series.surveyors = Surveyors::kMembers;
  series.unit = "share";
  SeriesPoint point;
  point.days = *ParseDayRange("2026-Q1");
  point.value = 0.000123;
  series.points = {point};
  world_.series.series = {series};
  world_.series.markers = {{20454, "definitions 2: toys are no longer counted"}};
  EXPECT_EQ(Run({"progress", "series", "prevalence", "proactive-rate"}), cli::kExitOk) << err_;
  EXPECT_THAT(out_, AllOf(HasSubstr("0.0123%"), HasSubstr("2026-01-01  definitions 2")));
  EXPECT_EQ(world_.series_asked.kinds.size(), 2u);
  EXPECT_EQ(Run({"progress", "series", "prevalance"}), cli::kExitUsage);
  EXPECT_THAT(err_, HasSubstr("did you mean prevalence"));
}

TEST_F(ProgressCliTest, TheOutboxShowsWhatWaitsAndWhatWasRefused) {
  QueuedContributions waits;
  waits.request_id = std::string(32, 'a');
  waits.activities = 12;
  waits.days = *ParseDayRange("2026-03");
  QueuedContributions refused;
  refused.request_id = std::string(32, 'b');
  refused.delivery.state = DeliveryState::kRefused;
  refused.delivery.status = absl::AlreadyExistsError("contributions[0].survey.days: overlap");
  world_.queued_contributions = {waits, refused};
  EXPECT_EQ(Run({"progress", "outbox"}), cli::kExitOk);
  EXPECT_THAT(out_, AllOf(HasSubstr("pending"), HasSubstr("2026-03"), HasSubstr("refused"),
                          HasSubstr("contributions[0].survey.days: overlap")));
  EXPECT_FALSE(world_.options.background);
}

TEST_F(ProgressCliTest, ListsRevisionsAndWhoAnswersForThem) {
  StoredContribution stored;
  Activity activity;
  activity.days = *ParseDayRange("2026-03");
  activity.action = "listing_removed";
  activity.unit = "listing";
  activity.count = 1400;
  stored.contribution = activity;
  stored.signed_off_by = "T&S lead";
  stored.replaced = true;
  world_.stored_contributions = {stored};
  EXPECT_EQ(Run({"progress", "list", "--history"}), cli::kExitOk);
  EXPECT_THAT(out_,
              AllOf(HasSubstr("1,400 listing"), HasSubstr("T&S lead"), HasSubstr("replaced")));
}

TEST(ContributionProblems, ReadsWhatTheHubSaysToo) {
  std::string rest;
  const auto problems = ContributionProblems(
      "contributions[0].survey.samples[1].positives is above sampled: positives are a part of the "
      "listings sampled. contributions[12].activity.days: overlap those of another contribution of "
      "the same cell (event 77); revise it",
      &rest);
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].contribution, 0u);
  EXPECT_EQ(problems[0].band, 1);
  EXPECT_EQ(problems[0].problem.column, "positives");
  EXPECT_EQ(problems[0].problem.reason,
            "is above sampled: positives are a part of the listings sampled");
  EXPECT_EQ(problems[1].contribution, 12u);
  EXPECT_EQ(problems[1].problem.column, "period");
  EXPECT_EQ(rest, "");
  EXPECT_TRUE(ContributionProblems("definitions: there are none yet", &rest).empty());
  EXPECT_EQ(rest, "definitions: there are none yet");
}

}  // namespace
}  // namespace vervet::member_cli
