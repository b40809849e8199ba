// Contributions, definitions and panels: what is refused, with which words, and what is logged.
#include "hub/engine/progress.h"

#include <functional>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/wire_limits.h"
#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kExists = absl::StatusCode::kAlreadyExists;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

v1::Contribution Of(const v1::SurveyContribution& survey) {
  v1::Contribution contribution;
  *contribution.mutable_survey() = survey;
  return contribution;
}
v1::Contribution Of(const v1::ActivityContribution& activity) {
  v1::Contribution contribution;
  *contribution.mutable_activity() = activity;
  return contribution;
}

class ContributeTest : public ProgressTest {
 protected:
  // Each refusal leaves the log as it was.
  absl::Status SurveyWith(const std::function<void(v1::SurveyContribution&)>& change) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), kApril);
    change(survey);
    return Tried([&] { return Contribute(MemberNumber(1), survey).status(); });
  }
  absl::Status ActivityWith(const std::function<void(v1::ActivityContribution&)>& change) {
    v1::ActivityContribution activity = GoodActivity(MemberNumber(1), kApril);
    change(activity);
    return Tried([&] { return Contribute(MemberNumber(1), activity).status(); });
  }
  absl::Status TeamWith(const std::function<void(v1::ReviewTeamContribution&)>& change) {
    v1::ReviewTeamContribution team = GoodTeam(MemberNumber(1));
    change(team);
    return Tried([&] { return Contribute(MemberNumber(1), team).status(); });
  }
  absl::Status Tried(const std::function<absl::Status()>& attempt) {
    const uint64_t before = LogSize();
    const absl::Status status = attempt();
    EXPECT_EQ(LogSize(), status.ok() ? before + 1 : before);
    return status;
  }
};

TEST_F(ContributeTest, KeepsOneEventForEachContributionForTheMemberAndCoordinators) {
  const auto stored = Contribute(MemberNumber(1), {Of(GoodSurvey(MemberNumber(1), kApril)),
                                                   Of(GoodActivity(MemberNumber(1), kApril))});
  ASSERT_TRUE(stored.ok()) << stored.status();
  const StoredEventPtr survey = EventAt(stored->sequence);
  const StoredEventPtr activity = EventAt(stored->sequence + 1);
  EXPECT_EQ(survey->parsed.header.kind(), v1::SURVEY_CONTRIBUTED);
  EXPECT_EQ(activity->parsed.header.kind(), v1::ACTIVITY_CONTRIBUTED);
  EXPECT_EQ(AudienceOf(*survey), "roles=COORDINATOR groups= party=member/one");
  EXPECT_EQ(AudienceOf(*activity), "roles=COORDINATOR groups= party=member/one");
  EXPECT_EQ(survey->parsed.body.survey_contributed().contributed_by(), "member/one");
}

TEST_F(ContributeTest, FillsInTheCallersOwnName) {
  v1::SurveyContribution survey = GoodSurvey("", kApril);
  const auto stored = Contribute(MemberNumber(1), survey);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(EventAt(stored->sequence)->parsed.body.survey_contributed().survey().member(),
            "member/one");
}

TEST_F(ContributeTest, AnswersARetryAsTheFirstTime) {
  v1::ContributeRequest request;
  request.set_request_id(NewRequestId());
  *request.add_contributions() = Of(GoodSurvey(MemberNumber(1), kApril));
  const auto first = Run(ContributeCommand(MemberNumber(1), request));
  const uint64_t size = LogSize();
  const auto again = Run(ContributeCommand(MemberNumber(1), request));
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->sequence, again->sequence);
  EXPECT_EQ(LogSize(), size);
}

TEST_F(ContributeTest, RefusesASurveyThatCannotBe) {
  using Survey = v1::SurveyContribution;
  const auto refused = [this](const std::function<void(Survey&)>& change, const std::string& field,
                              const std::string& remedy) {
    const absl::Status status = SurveyWith(change);
    EXPECT_THAT(status, FailsWith(kInvalid, absl::StrCat("contributions[0].survey.", field)));
    EXPECT_THAT(std::string(status.message()), HasSubstr(remedy)) << field;
  };
  refused([](Survey& s) { s.mutable_samples(0)->set_positives(100'001); }, "samples[0].positives",
          "a part of the listings sampled");
  refused([](Survey& s) { s.mutable_samples(0)->set_confirmed(-1); }, "samples[0].confirmed",
          "count from 0");
  refused([](Survey& s) { s.mutable_samples(0)->set_sampled(1'000'000'001); }, "samples[0].sampled",
          "not views");
  refused([](Survey& s) { s.clear_samples(); }, "samples", "one sample");
  refused([](Survey& s) { s.set_exposure(0); }, "exposure", "no share in the estimate");
  refused([](Survey& s) { s.set_exposure(1.1e13); }, "exposure", "check the unit");
  refused([](Survey& s) { s.set_exposure(std::numeric_limits<double>::quiet_NaN()); }, "exposure",
          "no share in the estimate");
  refused([](Survey& s) { s.mutable_days()->set_end(20'720); }, "days", "last day has passed");
  refused([](Survey& s) { s.mutable_days()->set_end(s.days().begin()); }, "days", "first day");
  refused([](Survey& s) { s.mutable_days()->set_end(kApril.end + 1); }, "days",
          "split the survey where a period ends");
  refused([](Survey& s) { s.set_unit("active listing"); }, "unit", "this panel's is: view");
  refused([](Survey& s) { s.set_unit("furlong"); }, "unit", "one of theirs");
  refused([](Survey& s) { s.set_definition_version(2); }, "definition_version", "1 to 1");
  refused([](Survey& s) { s.mutable_stratum()->set_surface("attic"); }, "stratum.surface",
          "one of theirs");
  refused([](Survey& s) { s.set_signed_off_by(""); }, "signed_off_by", "required");
  refused([](Survey& s) { s.set_team("The Team"); }, "team", "your own word");
  refused([](Survey& s) { s.set_revision(0); }, "revision", "one more with each revision");
  refused([](Survey& s) { s.set_design_effect(0.5); }, "design_effect", "drawn one by one");
  refused([](Survey& s) { s.set_design(v1::SURVEY_DESIGN_UNSPECIFIED); }, "design",
          "SIMPLE_RANDOM");
  for (const double p : {0.0, -0.1, 1.01}) {
    refused(
        [p](Survey& s) {
          s.set_design(v1::SCORE_STRATIFIED);
          s.mutable_samples(0)->set_inclusion_probability(p);
        },
        "samples[0].inclusion_probability", "probability with which");
  }
}

TEST_F(ContributeTest, RefusesAnActivityThatCannotBe) {
  using Activity = v1::ActivityContribution;
  const auto refused = [this](const std::function<void(Activity&)>& change,
                              const std::string& field, const std::string& remedy) {
    const absl::Status status = ActivityWith(change);
    EXPECT_THAT(status, FailsWith(kInvalid, absl::StrCat("contributions[0].activity.", field)));
    EXPECT_THAT(std::string(status.message()), HasSubstr(remedy)) << field;
  };
  refused([](Activity& a) { a.set_unit("account"); }, "unit", "this action is counted in: listing");
  refused([](Activity& a) { a.set_action("dance"); }, "action", "one of their actions");
  refused([](Activity& a) { a.set_detected_by(""); }, "detected_by", "say how it was found");
  refused(
      [](Activity& a) {
        a.set_action("user_educated");
        a.set_unit("message");
      },
      "detected_by", "leave it empty");
  refused([](Activity& a) { a.set_count(kMaxActivityCount + 1); }, "count", "check the unit");
  refused([](Activity& a) { a.set_views_known_of(101); }, "views_known_of", "of the counted items");
  refused([](Activity& a) { a.set_views_known_of(1); }, "views_known_of", "give both");
  refused([](Activity& a) { a.set_views_before_removal(7); }, "views_known_of", "how many items");
  refused([](Activity& a) { a.mutable_days()->set_end(20'718); }, "days", "last day has passed");
  refused([](Activity& a) { a.mutable_days()->set_begin(a.days().end() - 367); }, "days",
          "each month");
  refused([](Activity& a) { a.set_taxon_group("unicorns"); }, "taxon_group", "one of theirs");
  EXPECT_TRUE(ActivityWith([](Activity& a) { a.set_count(kMaxActivityCount); }).ok());
  EXPECT_TRUE(ActivityWith([](Activity& a) {
                a.set_surface("listings");
                a.mutable_days()->set_begin(a.days().end() - 366);
              }).ok());
}

TEST_F(ContributeTest, RefusesATeamThatCannotBe) {
  using Team = v1::ReviewTeamContribution;
  EXPECT_THAT(TeamWith([](Team& t) { t.set_found(0); }), FailsWith(kInvalid, "team.found"));
  EXPECT_THAT(TeamWith([](Team& t) { t.set_missed(-1); }), FailsWith(kInvalid, "team.missed"));
  EXPECT_THAT(TeamWith([](Team& t) { t.set_missed_weight(-1); }),
              FailsWith(kInvalid, "team.missed_weight"));
  EXPECT_TRUE(TeamWith([](Team&) {}).ok());
}

TEST_F(ContributeTest, NamesEveryProblemOfARequestWithItsIndexAndStoresNothing) {
  v1::SurveyContribution wrong = GoodSurvey(MemberNumber(1), kMay);
  wrong.set_exposure(-1);
  wrong.mutable_samples(0)->set_positives(-2);
  const uint64_t before = LogSize();
  const absl::Status status =
      Contribute(MemberNumber(1), {Of(GoodSurvey(MemberNumber(1), kApril)), Of(wrong)}).status();
  EXPECT_THAT(status, FailsWith(kInvalid, "contributions[1].survey.exposure"));
  EXPECT_THAT(status, FailsWith(kInvalid, "contributions[1].survey.samples[0].positives"));
  EXPECT_EQ(LogSize(), before);
}

TEST_F(ContributeTest, RefusesAMemberThatReportsForAnother) {
  const auto status = Contribute(MemberNumber(2), GoodSurvey(MemberNumber(1), kApril)).status();
  EXPECT_THAT(status, FailsWith(kDenied, "contributions[0].member: another member"));
  v1::SurveyContribution posing = GoodSurvey(MemberNumber(1), kApril);
  posing.set_independent_surveyor("Monitors");
  EXPECT_THAT(Contribute(MemberNumber(1), posing).status(),
              FailsWith(kDenied, "independent_surveyor"));
}

TEST_F(ContributeTest, LetsCoordinatorsSubmitIndependentSurveysOnly) {
  v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), kApril);
  EXPECT_THAT(Contribute(kCoordinator, survey).status(), FailsWith(kDenied, "contributes its own"));
  survey.set_independent_surveyor("Monitors");
  EXPECT_TRUE(Contribute(kCoordinator, survey).ok());
  survey.set_member("member/nobody");
  EXPECT_THAT(Contribute(kCoordinator, survey).status(), FailsWith(kInvalid, "no member"));
}

TEST_F(ContributeTest, KeepsAnIndependentSurveyApartFromTheMembersOwn) {
  v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), kApril);
  ASSERT_TRUE(Contribute(MemberNumber(1), survey).ok());
  survey.set_independent_surveyor("Monitors");
  EXPECT_TRUE(Contribute(kCoordinator, survey).ok());
}

TEST_F(ContributeTest, TakesRevisionsInTheirOrder) {
  v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), kApril);
  EXPECT_THAT(SurveyWith([](auto& s) { s.set_revision(2); }),
              FailsWith(kPrecondition, "the next one of this cell is 1"));
  ASSERT_TRUE(Contribute(MemberNumber(1), survey).ok());
  EXPECT_THAT(SurveyWith([](auto&) {}), FailsWith(kPrecondition, "the next one of this cell is 2"));
  survey.set_revision(2);
  survey.mutable_samples(0)->set_confirmed(30);
  EXPECT_TRUE(Contribute(MemberNumber(1), survey).ok());
}

TEST_F(ContributeTest, RefusesOverlappingDaysUntilTheOtherIsWithdrawn) {
  v1::SurveyContribution half = GoodSurvey(MemberNumber(1), {kApril.begin, kApril.begin + 15});
  ASSERT_TRUE(Contribute(MemberNumber(1), half).ok());
  EXPECT_THAT(SurveyWith([](auto&) {}), FailsWith(kExists, "overlap"));
  half.set_revision(2);
  half.set_withdrawn(true);
  ASSERT_TRUE(Contribute(MemberNumber(1), half).ok());
  EXPECT_TRUE(SurveyWith([](auto&) {}).ok());
}

TEST_F(ContributeTest, RefusesToWithdrawWhatIsNotThere) {
  EXPECT_THAT(SurveyWith([](auto& s) { s.set_withdrawn(true); }),
              FailsWith(kPrecondition, "nothing in this cell"));
}

TEST_F(ContributeTest, TakesACellOnceInARequest) {
  const auto status = Contribute(MemberNumber(1), {Of(GoodSurvey(MemberNumber(1), kApril)),
                                                   Of(GoodSurvey(MemberNumber(1), kApril))})
                          .status();
  EXPECT_THAT(status,
              FailsWith(kInvalid, "contributions[1]: is of the same cell as contributions[0]"));
}

TEST_F(ContributeTest, TakesAsManyAsTheLimitSaysAndNoneAbove) {
  std::vector<v1::Contribution> many;
  for (int i = 0; i < kMaxContributions + 1; ++i) {
    v1::ActivityContribution activity = GoodActivity("", {20'000 + i, 20'001 + i});
    activity.set_signed_off_by("x");
    many.push_back(Of(activity));
  }
  EXPECT_THAT(Contribute(MemberNumber(1), many).status(), FailsWith(kInvalid, "contributions"));
  many.pop_back();
  const uint64_t before = LogSize();
  const auto stored = Contribute(MemberNumber(1), many);
  EXPECT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(LogSize(), before + kMaxContributions);
}

TEST_F(ContributeTest, RefusesARequestAboveItsBytes) {
  std::vector<v1::Contribution> many;
  for (int i = 0; i < 60; ++i) {
    v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), {20'000 + i, 20'001 + i});
    survey.set_design(v1::SCORE_STRATIFIED);
    survey.clear_samples();
    for (int band = 0; band < 64; ++band) {
      v1::SurveySample& sample = *survey.add_samples();
      sample.set_sampled(100);
      sample.set_positives(2);
      sample.set_reviewed_again(1);
      sample.set_confirmed(1);
      sample.set_inclusion_probability(0.25);
    }
    many.push_back(Of(survey));
  }
  EXPECT_THAT(Contribute(MemberNumber(1), many).status(),
              FailsWith(kInvalid, "send them in several requests"));
  many.resize(30);
  EXPECT_TRUE(Contribute(MemberNumber(1), many).ok());
}

TEST_F(ContributeTest, RefusesASuspendedMember) {
  Suspend(MemberNumber(1));
  EXPECT_THAT(SurveyWith([](auto&) {}), FailsWith(kDenied, "not an active party"));
}

TEST_F(ContributeTest, NumbersVersionsOfTheDefinitions) {
  EXPECT_THAT(Define(GoodDefinitions(), 0).status(),
              FailsWith(absl::StatusCode::kAborted, "the newest version is 1"));
  const auto second = Define(GoodDefinitions(), 1);
  ASSERT_TRUE(second.ok()) << second.status();
  const auto& body = EventAt(second->sequence)->parsed.body.progress_defined();
  EXPECT_EQ(body.definitions().version(), 2u);
  EXPECT_EQ(AudienceOf(*EventAt(second->sequence)), "roles=MEMBER,COORDINATOR groups= party=");
  EXPECT_TRUE(SurveyWith([](auto& s) { s.set_definition_version(2); }).ok());
}

TEST_F(ContributeTest, RefusesDefinitionsThatNobodyCouldCountUnder) {
  const auto with = [this](const std::function<void(v1::Definitions&)>& change) {
    v1::Definitions definitions = GoodDefinitions();
    change(definitions);
    return Tried([&] { return Define(definitions, 1).status(); });
  };
  EXPECT_THAT(with([](auto& d) { d.clear_actions(); }), FailsWith(kInvalid, "definitions.actions"));
  EXPECT_THAT(with([](auto& d) { d.mutable_actions(0)->set_unit(""); }),
              FailsWith(kInvalid, "definitions.actions[0].unit"));
  EXPECT_THAT(
      with([](auto& d) { d.mutable_actions(1)->mutable_word()->set_id("listing_removed"); }),
      FailsWith(kInvalid, "definitions.actions[1].word.id: is there twice"));
  EXPECT_THAT(with([](auto& d) { d.mutable_surfaces(0)->set_id("The Shop"); }),
              FailsWith(kInvalid, "definitions.surfaces[0].id"));
  EXPECT_THAT(with([](auto& d) { d.set_positive(""); }), FailsWith(kInvalid, "positive"));
  EXPECT_THAT(with([](auto& d) { d.set_positive(std::string(kMaxPositiveBytes + 1, 'x')); }),
              FailsWith(kInvalid, "positive"));
  EXPECT_TRUE(with([](auto& d) { d.set_positive(std::string(kMaxPositiveBytes, 'x')); }).ok());
}

TEST_F(ContributeTest, RefusesAPanelThatMeasuresNothing) {
  const auto with = [this](const std::function<void(v1::Panel&)>& change) {
    v1::Panel panel = GoodPanel();
    panel.set_panel("second");
    change(panel);
    return Tried([&] { return CreatePanel(panel).status(); });
  };
  EXPECT_THAT(with([](auto& p) { p.clear_baseline(); }),
              FailsWith(kInvalid, "panel.baseline: is missing"));
  EXPECT_THAT(with([](auto& p) { p.mutable_baseline()->set_end(p.baseline().begin()); }),
              FailsWith(kInvalid, "panel.baseline"));
  EXPECT_THAT(with([](auto& p) { p.set_first_period_begin(kApril.begin + 1); }),
              FailsWith(kInvalid, "not the first day of a month"));
  EXPECT_THAT(with([](auto& p) { p.set_first_period_begin(20'513); }),
              FailsWith(kInvalid, "before the baseline's end"));
  EXPECT_THAT(with([](auto& p) { p.set_period_months(kMaxPeriodMonths + 1); }),
              FailsWith(kInvalid, "period_months"));
  EXPECT_THAT(with([](auto& p) { p.set_due_days(0); }), FailsWith(kInvalid, "due_days"));
  EXPECT_THAT(with([](auto& p) { p.set_unit("furlong"); }), FailsWith(kInvalid, "panel.unit"));
  EXPECT_THAT(with([](auto& p) { p.mutable_members(0)->set_party("coordinator/anna"); }),
              FailsWith(kInvalid, "must be a member"));
  EXPECT_THAT(with([](auto& p) { p.mutable_members(0)->set_party("member/nobody"); }),
              FailsWith(kNotFound, "panel.members[0].party"));
  EXPECT_THAT(with([](auto& p) { p.mutable_members(1)->set_party(p.members(0).party()); }),
              FailsWith(kInvalid, "panel.members[1].party: is there twice"));
  EXPECT_THAT(with([](auto& p) { p.mutable_members(0)->clear_strata(); }),
              FailsWith(kInvalid, "panel.members[0].strata"));
  EXPECT_THAT(with([](auto& p) { p.set_definition_version(9); }),
              FailsWith(kInvalid, "definition_version"));
  EXPECT_THAT(with([](auto& p) { p.set_panel("founders"); }),
              FailsWith(kExists, "panels never change"));
  EXPECT_TRUE(with([](auto& p) { p.set_period_months(kMaxPeriodMonths); }).ok());
}

TEST_F(ContributeTest, NotesTheSharingGroupsOfAPanelsMembers) {
  const auto& panel = state_.Read(
      [](const HubState& state) { return state.progress.FindPanel("founders")->panel; });
  EXPECT_THAT(panel.members(0).sharing_groups(), ::testing::ElementsAre("club"));
  EXPECT_THAT(panel.members(6).sharing_groups(), ::testing::IsEmpty());
}

class UndefinedTest : public EngineTest {};

TEST_F(UndefinedTest, RefusesContributionsUntilSomethingIsDefined) {
  v1::ContributeRequest request;
  request.set_request_id(NewRequestId());
  *request.add_contributions()->mutable_activity() = GoodActivity("member/market", kApril);
  EXPECT_THAT(Run(ContributeCommand("member/market", request)).status(),
              FailsWith(kPrecondition, "vervet progress define"));
}

}  // namespace
}  // namespace vervet::hub
