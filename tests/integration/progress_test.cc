// From definitions to a release through real processes: what `vervet progress` says, that it is the
// same after the hub was killed, and what members see of it.
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "core/cli/exit_codes.h"
#include "core/net/status.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Json;
using ::testing::HasSubstr;

const std::vector<std::string>& Members() {
  static const auto* const members =
      new std::vector<std::string>{"one", "two", "three", "four", "five", "six"};
  return *members;
}

CoalitionChoice SixMembers() {
  CoalitionChoice choice;
  choice.members = Members();
  return choice;
}

constexpr char kDefinitions[] = R"(
  actions { word { id: "listing_removed" name: "Listing removed" name_zh: "下架商品" }
            unit: "listing" meaning: ENFORCEMENT }
  detection_sources { word { id: "automated" name: "Automated" } proactive: true }
  taxon_groups { id: "ivory" name: "Ivory" }
  surfaces { id: "listings" name: "Listings" }
  platform_classes { id: "marketplace" name: "Marketplace" }
  languages { id: "en" name: "English" }
  exposure_units: "view"
  positive: "An offer to trade.\nNot: news."
  change: "the first"
)";

class ProgressTest : public ::testing::Test {
 protected:
  ProgressTest() : coalition_(SixMembers()) {
    const auto this_month = absl::ToCivilMonth(absl::Now(), absl::UTCTimeZone());
    baseline_ = this_month - 2;
    follow_up_ = this_month - 1;
  }

  static int32_t DayOf(absl::CivilMonth month) {
    return static_cast<int32_t>(absl::CivilDay(month) - absl::CivilDay(1970, 1, 1));
  }
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = coalition_.path(name);
    std::ofstream(path) << text;
    return path;
  }
  CommandResult Vervet(std::vector<std::string> arguments) {
    auto result = coalition_->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return *std::move(result);
  }
  // Of the answer's text, the figures.
  static std::string Figures(const std::string& json) {
    const size_t begin = json.find("\"figures\"");
    EXPECT_NE(begin, std::string::npos) << json;
    return json.substr(begin, json.find("\"panel_title\"") - begin);
  }
  void DefineAndFix() {
    const CommandResult defined =
        Vervet({"progress", "define", Write("definitions.textproto", kDefinitions)});
    EXPECT_THAT(defined.output, HasSubstr("version 1")) << defined.error;
    std::string panel = absl::StrCat(
        "panel: \"founders\" title: \"The founders\" baseline { begin: ", DayOf(baseline_),
        " end: ", DayOf(follow_up_), " } unit: \"view\" first_period_begin: ", DayOf(follow_up_),
        " period_months: 1 due_days: 180 definition_version: 1\n");
    for (const std::string& member : Members()) {
      absl::StrAppend(&panel, "members { party: \"member/", member,
                      "\" platform_class: \"marketplace\" strata { surface: \"listings\" "
                      "taxon_group: \"ivory\" language: \"en\" } }\n");
    }
    const CommandResult made = Vervet({"progress", "panel", Write("panel.textproto", panel)});
    EXPECT_THAT(made.output, HasSubstr("6 members")) << made.error;
  }
  absl::Status Survey(const std::string& member, absl::CivilMonth month, int64_t confirmed,
                      uint32_t revision = 1) {
    v1::ContributeRequest request;
    request.set_request_id(NewRequestId());
    v1::SurveyContribution& survey = *request.add_contributions()->mutable_survey();
    survey.mutable_days()->set_begin(DayOf(month));
    survey.mutable_days()->set_end(DayOf(month + 1));
    survey.mutable_stratum()->set_surface("listings");
    survey.mutable_stratum()->set_taxon_group("ivory");
    survey.mutable_stratum()->set_language("en");
    survey.set_exposure(1e6 * (DayOf(month + 1) - DayOf(month)));
    survey.set_unit("view");
    survey.set_design(v1::SIMPLE_RANDOM);
    v1::SurveySample& sample = *survey.add_samples();
    sample.set_sampled(100'000);
    sample.set_positives(confirmed);
    sample.set_reviewed_again(confirmed);
    sample.set_confirmed(confirmed);
    survey.set_team("reviewers");
    survey.set_definition_version(1);
    survey.set_revision(revision);
    survey.set_signed_off_by("trust and safety");
    grpc::ClientContext context;
    v1::ContributeResponse response;
    RawClient caller = coalition_.As(member);
    return net::FromGrpc(caller.progress().Contribute(&context, request, &response), context);
  }
  void SurveyAll(absl::CivilMonth month, int64_t confirmed) {
    for (const std::string& member : Members()) {
      const absl::Status status = Survey(member, month, confirmed);
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  v1::GetReductionResponse ReductionFor(const std::string& member) {
    grpc::ClientContext context;
    v1::GetReductionResponse response;
    RawClient caller = coalition_.As(member);
    const grpc::Status status =
        caller.progress().GetReduction(&context, v1::GetReductionRequest(), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  std::string Month(absl::CivilMonth month) { return absl::FormatCivilTime(month); }

  TestCoalition coalition_;
  absl::CivilMonth baseline_, follow_up_;
};

TEST_F(ProgressTest, AFigureIsTheSameAfterTheHubWasKilledAndAsOfThen) {
  const CommandResult early = Vervet({"progress", "status"});
  EXPECT_EQ(early.exit_code, cli::kExitFailed);
  EXPECT_THAT(early.error, HasSubstr("vervet progress panel"));

  DefineAndFix();
  SurveyAll(baseline_, 200);
  EXPECT_THAT(Vervet({"progress", "status"}).output, HasSubstr("cannot tell"));
  EXPECT_THAT(Vervet({"progress", "missing", "--period", Month(follow_up_)}).output,
              HasSubstr("0 of 6 members complete"));
  SurveyAll(follow_up_, 10);
  const CommandResult text = Vervet({"progress", "status"});
  EXPECT_THAT(text.output, HasSubstr("met"));
  EXPECT_THAT(text.output, HasSubstr("95.0%"));
  const std::string before = Vervet({"progress", "status", "--json"}).output;
  const Json parsed = Json::Parse(before).value_or(Json());
  EXPECT_EQ(parsed["figures"].elements().at(0)["verdict"].text(), "VERDICT_MET");

  ASSERT_TRUE(coalition_.hub().Kill().ok());
  ASSERT_TRUE(coalition_.hub().Start().ok());
  EXPECT_EQ(Vervet({"progress", "status", "--json"}).output, before);

  ASSERT_TRUE(Survey("one", follow_up_, 50, 2).ok());
  EXPECT_NE(Figures(Vervet({"progress", "status", "--json"}).output), Figures(before));
  const std::string then = Vervet({"progress", "status", "--json", "--as-of",
                                   absl::StrCat(parsed["basis"]["position"].number())})
                               .output;
  EXPECT_EQ(Figures(then), Figures(before));
  EXPECT_EQ(Json::Parse(then).value_or(Json())["basis"]["restated_since"].number(), 1u);
  EXPECT_THAT(Vervet({"progress", "restated"}).output, HasSubstr("50 of 100000"));
}

TEST_F(ProgressTest, MembersSeeWhatIsReleasedAndNoRevisionOfOneMemberInIt) {
  DefineAndFix();
  SurveyAll(baseline_, 200);
  SurveyAll(follow_up_, 10);
  EXPECT_EQ(ReductionFor("two").figures(0).withheld().code(), "not_released");

  EXPECT_THAT(Vervet({"progress", "release", Month(follow_up_), "--preview"}).output,
              HasSubstr("preview"));
  EXPECT_THAT(Vervet({"progress", "releases"}).output, HasSubstr("nothing was released"));
  const CommandResult released =
      Vervet({"progress", "release", Month(follow_up_), "--note", "the first"});
  EXPECT_EQ(released.exit_code, cli::kExitOk) << released.error;
  const auto first = ReductionFor("two");
  EXPECT_EQ(first.figures(0).verdict(), v1::VERDICT_MET);
  EXPECT_EQ(first.figures(0).baseline().exposure(), 0);
  EXPECT_EQ(first.basis().release(), 1u);

  const CommandResult again = Vervet({"progress", "release", Month(follow_up_)});
  EXPECT_EQ(again.exit_code, cli::kExitFailed);
  EXPECT_THAT(again.error, HasSubstr("nothing of it has changed"));
  ASSERT_TRUE(Survey("one", follow_up_, 50, 2).ok());
  EXPECT_EQ(ReductionFor("two").figures(0).reduction().point(),
            first.figures(0).reduction().point());
  EXPECT_EQ(Vervet({"progress", "release", Month(follow_up_)}).exit_code, cli::kExitOk);
  EXPECT_EQ(ReductionFor("two").figures(0).withheld().code(), "could_be_worked_out");
}

TEST_F(ProgressTest, AnExportNamesPanelDefinitionsAndPosition) {
  DefineAndFix();
  SurveyAll(baseline_, 200);
  SurveyAll(follow_up_, 10);
  const CommandResult csv = Vervet({"progress", "export", "--format", "csv"});
  ASSERT_EQ(csv.exit_code, cli::kExitOk) << csv.error;
  const std::vector<std::string> lines = absl::StrSplit(csv.output, '\n', absl::SkipEmpty());
  ASSERT_GT(lines.size(), 5u);
  EXPECT_THAT(lines[0], HasSubstr("kind,surveyors,"));
  EXPECT_THAT(lines[1], HasSubstr("reduction,members,"));
  EXPECT_THAT(lines[1], HasSubstr(",met,"));
  EXPECT_THAT(lines[1], HasSubstr(",founders,1,"));
  const CommandResult json = Vervet({"progress", "export", "--format", "json"});
  EXPECT_TRUE(json.ReadJson().ok()) << json.output.substr(0, 200);
  EXPECT_THAT(Vervet({"progress", "plan", "--truth", "90%"}).output, HasSubstr("180"));
}

TEST_F(ProgressTest, AnIndependentSurveyStandsBesideTheMembersOwn) {
  DefineAndFix();
  SurveyAll(baseline_, 200);
  SurveyAll(follow_up_, 10);
  std::string file;
  for (const std::string& member : Members()) {
    for (const absl::CivilMonth month : {baseline_, follow_up_}) {
      absl::StrAppend(
          &file, "contributions { survey { member: \"member/", member,
          "\" days { begin: ", DayOf(month), " end: ", DayOf(month + 1),
          " } stratum { surface: \"listings\" taxon_group: \"ivory\" language: \"en\" } "
          "exposure: 1e7 unit: \"view\" design: SIMPLE_RANDOM samples { sampled: 50000 "
          "positives: 40 reviewed_again: 40 confirmed: 40 } team: \"monitors\" "
          "independent_surveyor: \"Monitors\" definition_version: 1 revision: 1 "
          "signed_off_by: \"head of monitoring\" } }\n");
    }
  }
  const CommandResult stored = Vervet({"progress", "contribute", Write("own.textproto", file)});
  EXPECT_THAT(stored.output, HasSubstr("12 contributions")) << stored.error;
  const CommandResult status = Vervet({"progress", "status"});
  EXPECT_THAT(status.output, HasSubstr("independent"));
  EXPECT_THAT(status.output, HasSubstr("not met"));
}

}  // namespace
}  // namespace vervet::integration
