// Figures from two platforms' files to a released period, with real processes over the real hub.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::CommandResult;
using coalition::Json;
using ::testing::HasSubstr;

const absl::CivilDay kEpoch(1970, 1, 1);

std::string MonthText(absl::CivilMonth month) {
  return absl::StrCat(month.year(), month.month() < 10 ? "-0" : "-", month.month());
}

class Contributions : public ::testing::Test {
 protected:
  Contributions() : coordinator_(coalition_.As("coordinator")) {
    // The hub and this process have one clock; the month before this one is over for both.
    const auto now = absl::ToCivilMonth(absl::Now(), absl::UTCTimeZone());
    baseline_ = now - 2;
    follow_up_ = now - 1;
    v1::DefineRequest request;
    request.set_request_id(NewRequestId());
    v1::Definitions& words = *request.mutable_definitions();
    auto* const removed = words.add_actions();
    Name(removed->mutable_word(), "listing_removed");
    removed->set_unit("listing");
    removed->set_meaning(v1::ENFORCEMENT);
    auto* const source = words.add_detection_sources();
    Name(source->mutable_word(), "automated");
    source->set_proactive(true);
    Name(words.add_taxon_groups(), "elephants");
    Name(words.add_surfaces(), "listings");
    Name(words.add_platform_classes(), "marketplace");
    Name(words.add_languages(), "en");
    words.add_exposure_units("view");
    words.set_positive("an offer");
    words.set_change("the first");
    EXPECT_TRUE(Call<v1::DefineResponse>(&v1::Progress::Stub::Define, request).ok());
  }

  static void Name(v1::DefinedWord* word, const std::string& id) {
    word->set_id(id);
    word->set_name(id);
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(grpc::Status (v1::Progress::Stub::*method)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                                const Request& request) {
    return CallAs(coordinator_, method, request);
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> CallAs(RawClient& caller,
                                  grpc::Status (v1::Progress::Stub::*method)(grpc::ClientContext*,
                                                                             const Request&,
                                                                             Response*),
                                  const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    Response response;
    const grpc::Status status = (caller.progress().*method)(&context, request, &response);
    if (!status.ok()) return net::FromGrpc(status, context);
    return response;
  }

  void CreatePanel() {
    v1::CreatePanelRequest request;
    request.set_request_id(NewRequestId());
    v1::Panel& panel = *request.mutable_panel();
    panel.set_panel("two");
    panel.set_title("Two platforms");
    panel.mutable_baseline()->set_begin(FirstDay(baseline_));
    panel.mutable_baseline()->set_end(FirstDay(follow_up_));
    panel.set_unit("view");
    panel.set_first_period_begin(FirstDay(follow_up_));
    panel.set_period_months(1);
    panel.set_due_days(60);
    panel.set_definition_version(1);
    for (const char* party : {"member/market", "member/social"}) {
      v1::PanelMember* const member = panel.add_members();
      member->set_party(party);
      member->set_platform_class("marketplace");
      v1::SurveyStratum* const stratum = member->add_strata();
      stratum->set_surface("listings");
      stratum->set_taxon_group("elephants");
      stratum->set_language("en");
    }
    const auto created = Call<v1::CreatePanelResponse>(&v1::Progress::Stub::CreatePanel, request);
    ASSERT_TRUE(created.ok()) << created.status();
  }

  static int32_t FirstDay(absl::CivilMonth month) {
    return static_cast<int32_t>(absl::CivilDay(month) - kEpoch);
  }

  // The member's command, and its JSON lines.
  CommandResult Run(const std::string& member, std::vector<std::string> arguments) {
    return Member(coalition_, member, std::move(arguments));
  }
  CommandResult Import(const std::string& member, const std::string& csv,
                       std::vector<std::string> more = {}) {
    const std::string path = coalition_.path(member + "-import.csv");
    EXPECT_TRUE(coalition::WriteFile(path, csv).ok());
    std::vector<std::string> arguments = {"progress", "import", path, "--signed-off-by", "lead"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(member, std::move(arguments));
  }
  static std::string SurveyLine(absl::CivilMonth month, int sampled, int positives) {
    return absl::StrCat(MonthText(month), ",listings,elephants,en,1000000,view,", sampled, ",",
                        positives, ",", positives, ",", positives, ",reviewers\n");
  }
  std::vector<v1::ContributionLine> Stored(bool history) {
    v1::ListContributionsRequest request;
    request.set_history(history);
    const auto response =
        Call<v1::ListContributionsResponse>(&v1::Progress::Stub::ListContributions, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->lines().begin(), response->lines().end()};
  }

  static constexpr char kSurveyHeader[] =
      "period,surface,taxon_group,language,exposure,unit,sampled,positives,reviewed_again,"
      "confirmed,"
      "team\n";

  TestCoalition coalition_;
  RawClient coordinator_;
  absl::CivilMonth baseline_, follow_up_;
};

TEST_F(Contributions, GoFromFilesOfTwoPlatformsToAReleasedPeriod) {
  CreatePanel();
  for (const char* member : {"market", "social"}) {
    const CommandResult surveys =
        Import(member, absl::StrCat(kSurveyHeader, SurveyLine(baseline_, 100000, 900),
                                    SurveyLine(follow_up_, 100000, 60)));
    EXPECT_TRUE(surveys.Require().ok()) << surveys.Require();
    const CommandResult activity =
        Import(member, absl::StrCat("period,action,count,detected_by\n", MonthText(follow_up_),
                                    ",listing_removed,40,automated\n"));
    EXPECT_TRUE(activity.Require().ok()) << activity.Require();
  }
  EXPECT_EQ(Stored(false).size(), 6u);

  v1::GetReductionRequest question;
  const auto answer = Call<v1::GetReductionResponse>(&v1::Progress::Stub::GetReduction, question);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_GE(answer->figures_size(), 1);
  // 1 - 60 / 900, or a little more: a month is not as long as the next.
  EXPECT_EQ(answer->figures(0).verdict(), v1::VERDICT_MET);
  EXPECT_NEAR(answer->figures(0).reduction().point(), 0.93, 0.02);

  v1::ReleaseRequest release;
  release.set_request_id(NewRequestId());
  release.set_panel("two");
  release.mutable_period()->set_begin(FirstDay(follow_up_));
  release.mutable_period()->set_end(FirstDay(follow_up_ + 1));
  const auto released = Call<v1::ReleaseResponse>(&v1::Progress::Stub::Release, release);
  ASSERT_TRUE(released.ok()) << released.status();

  // Two are fewer than five: members learn that there is a figure, and not what it is. Their own
  // they see.
  const CommandResult seen = Run("market", {"progress", "status", "--json"});
  ASSERT_TRUE(seen.Require().ok()) << seen.Require();
  for (const Json& figure : seen.ReadJson()->operator[]("figures").elements()) {
    if (!figure["subset"]["member"].text().empty()) continue;
    EXPECT_NE(figure["withheld"]["code"].text(), "") << figure.Print();
  }
  const CommandResult own = Run("market", {"progress", "status", "--own", "--json"});
  ASSERT_TRUE(own.Require().ok()) << own.Require();
  const auto figures = own.ReadJson()->operator[]("figures").elements();
  ASSERT_GE(figures.size(), 1u) << own.output;
  EXPECT_NEAR(figures[0]["reduction"]["point"].real(), 0.93, 0.02) << own.output;
}

TEST_F(Contributions, ARevisionReplacesAndTheHistoryStays) {
  const std::string before = absl::StrCat("period,action,count,detected_by\n",
                                          MonthText(follow_up_), ",listing_removed,40,automated\n");
  ASSERT_TRUE(Import("market", before).Require().ok());
  std::string after = before;
  after.replace(after.find(",40,"), 4, ",45,");
  // Without saying so, it is a contribution to a cell that is taken.
  const CommandResult blind = Import("market", after);
  EXPECT_EQ(blind.exit_code, cli::kExitFailed);
  EXPECT_THAT(blind.error, HasSubstr("revision"));
  ASSERT_TRUE(Import("market", after, {"--revise"}).Require().ok());
  ASSERT_TRUE(Import("market", after, {"--revise"}).Require().ok());
  const auto stands = Stored(false);
  ASSERT_EQ(stands.size(), 1u);
  EXPECT_EQ(stands[0].contribution().activity().count(), 45u);
  EXPECT_EQ(stands[0].contribution().activity().revision(), 2u);
  EXPECT_EQ(stands[0].contribution().activity().signed_off_by(), "lead");
  EXPECT_EQ(Stored(true).size(), 2u);
}

TEST_F(Contributions, ARefusedFileLeavesNothing) {
  ASSERT_TRUE(Import("market", absl::StrCat(kSurveyHeader, SurveyLine(follow_up_, 1000, 3)))
                  .Require()
                  .ok());
  // The first line is right; the second has days that the hub holds a survey of already.
  const std::string part =
      absl::StrCat(MonthText(follow_up_), "-01..", MonthText(follow_up_),
                   "-10,listings,elephants,en,1000000,view,1000,3,3,3,reviewers\n");
  const CommandResult overlap =
      Import("market", absl::StrCat(kSurveyHeader, SurveyLine(baseline_, 1000, 3), part));
  EXPECT_EQ(overlap.exit_code, cli::kExitFailed);
  EXPECT_THAT(overlap.error, HasSubstr("market-import.csv:3: period: overlap"));
  EXPECT_THAT(overlap.error, HasSubstr("market-import.csv:2: not stored"));
  // What can be seen at the platform's door does not reach the hub.
  const uint64_t size = coalition_.LogSize();
  const CommandResult slip =
      Import("market", absl::StrCat(kSurveyHeader, SurveyLine(baseline_, 3, 1000)));
  EXPECT_EQ(slip.exit_code, cli::kExitFailed);
  EXPECT_THAT(slip.error, HasSubstr("market-import.csv:2: positives: is above sampled"));
  EXPECT_EQ(coalition_.LogSize(), size);
  EXPECT_EQ(Stored(true).size(), 1u);
}

TEST_F(Contributions, TheSameRequestAgainStoresOnce) {
  RawClient market = coalition_.As("market");
  v1::ContributeRequest request;
  request.set_request_id(NewRequestId());
  v1::ActivityContribution& activity = *request.add_contributions()->mutable_activity();
  activity.set_member("member/market");
  activity.mutable_days()->set_begin(FirstDay(follow_up_));
  activity.mutable_days()->set_end(FirstDay(follow_up_ + 1));
  activity.set_action("listing_removed");
  activity.set_unit("listing");
  activity.set_detected_by("automated");
  activity.set_count(40);
  activity.set_definition_version(1);
  activity.set_revision(1);
  activity.set_signed_off_by("lead");
  const auto first =
      CallAs<v1::ContributeResponse>(market, &v1::Progress::Stub::Contribute, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(coalition_.hub().Kill().ok());
  ASSERT_TRUE(coalition_->StartHub().ok());
  RawClient market_after = coalition_.As("market");
  const auto again =
      CallAs<v1::ContributeResponse>(market_after, &v1::Progress::Stub::Contribute, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->first_sequence(), first->first_sequence());
  coordinator_ = coalition_.As("coordinator");
  EXPECT_EQ(Stored(true).size(), 1u);

  // Another's figures are not a member's to give.
  RawClient social = coalition_.As("social");
  request.set_request_id(NewRequestId());
  EXPECT_THAT(
      CallAs<v1::ContributeResponse>(social, &v1::Progress::Stub::Contribute, request).status(),
      FailsWith(StatusCode::kPermissionDenied, "member"));
}

TEST_F(Contributions, WaitForAHubThatIsAway) {
  ASSERT_TRUE(Run("market", {"sync"}).Require().ok());
  ASSERT_EQ(coalition_.hub().Stop().value_or(-1), 0);
  const CommandResult away =
      Import("market",
             absl::StrCat("period,action,count,detected_by\n", MonthText(follow_up_),
                          ",listing_removed,40,automated\n"),
             {"--timeout", "0.2"});
  EXPECT_EQ(away.exit_code, cli::kExitUnavailable) << away.error;
  const CommandResult outbox = Run("market", {"progress", "outbox", "--json"});
  EXPECT_THAT(outbox.output, HasSubstr("\"activities\": 1"));
  ASSERT_TRUE(coalition_->StartHub().ok());
  ASSERT_TRUE(Run("market", {"flush"}).Require().ok());
  coordinator_ = coalition_.As("coordinator");
  EXPECT_EQ(Stored(false).size(), 1u);
}

}  // namespace
}  // namespace vervet::integration
