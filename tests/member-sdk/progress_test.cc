// Contributing to the progress figures: what is refused at once, what survives, that it is stored
// once and in order; and what comes back when figures are asked for.
#include "member-sdk/src/engine/progress/contribution_rules.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Definitions Words() {
  v1::Definitions words;
  v1::ActionDefinition* const removed = words.add_actions();
  removed->mutable_word()->set_id("listing_removed");
  removed->set_unit("listing");
  removed->set_meaning(v1::ENFORCEMENT);
  v1::ActionDefinition* const educated = words.add_actions();
  educated->mutable_word()->set_id("user_educated");
  educated->set_unit("message");
  educated->set_meaning(v1::PREVENTION);
  words.add_detection_sources()->mutable_word()->set_id("automated");
  words.add_taxon_groups()->set_id("elephants");
  words.add_surfaces()->set_id("listings");
  words.add_languages()->set_id("en");
  words.add_exposure_units("view");
  return words;
}

class ProgressTest : public MemberTest {
 protected:
  ProgressTest() {
    FoundCoalition();
    hub_.Define(Words());
    const int32_t today = engine::DayOf(env_.Now());
    month_ = {today - 40, today - 10};
  }

  Activity Removed(uint64_t count) const {
    Activity activity;
    activity.days = month_;
    activity.action = "listing_removed";
    activity.detected_by = "automated";
    activity.taxon_group = "elephants";
    activity.surface = "listings";
    activity.count = count;
    return activity;
  }
  Survey Sampled(int64_t sampled, int64_t positives) const {
    Survey survey;
    survey.days = month_;
    survey.surface = "listings";
    survey.taxon_group = "elephants";
    survey.language = "en";
    survey.exposure = 1e6;
    survey.unit = "view";
    survey.samples = {{sampled, positives, positives, positives, 0}};
    survey.team = "dublin";
    return survey;
  }
  static Contributions Signed(std::vector<Contribution> contributions) {
    return {std::move(contributions), "Head of Trust and Safety", 0};
  }
  static Delivery DeliveryOf(Client& client, const Ticket& ticket) {
    const auto delivery = client.GetDelivery(ticket.request_id);
    EXPECT_EQ(delivery.status(), absl::OkStatus());
    return *delivery;
  }
  std::vector<uint64_t> StoredCounts() {
    std::vector<uint64_t> counts;
    for (const v1::Contribution& stored : hub_.contributions()) {
      if (stored.has_activity()) counts.push_back(stored.activity().count());
    }
    return counts;
  }

  DayRange month_;
};

TEST_F(ProgressTest, ContributionsArriveWithUnitSignOffAndVersion) {
  auto market = Open("market");
  CatchUp(*market);
  const auto ticket = market->Contribute(
      Signed({Removed(17), Sampled(1000, 3), ReviewTeam{"dublin", 90, 10, 1, 1, false}}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  Deliver(*market);
  const Delivery delivery = DeliveryOf(*market, *ticket);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.record_id, "");
  const auto stored = hub_.contributions();
  ASSERT_EQ(stored.size(), 3u);
  EXPECT_EQ(delivery.sequence, hub_.size() - 2);
  const auto& activity = stored[0].activity();
  EXPECT_EQ(activity.member(), "member/market");
  EXPECT_EQ(activity.unit(), "listing");
  EXPECT_EQ(activity.signed_off_by(), "Head of Trust and Safety");
  EXPECT_EQ(activity.definition_version(), 1u);
  EXPECT_EQ(stored[1].survey().samples(0).positives(), 3);
  EXPECT_EQ(stored[2].team().missed(), 10);
}

TEST_F(ProgressTest, WaitsInTheOutboxForAHubThatIsAwayAndSurvivesARestart) {
  {
    auto market = Open("market");
    CatchUp(*market);
    hub_.SetReachable(false);
    ASSERT_EQ(market->Contribute(Signed({Removed(17), Sampled(1000, 3)})).status(),
              absl::OkStatus());
    const auto queued = market->ContributionOutbox();
    ASSERT_EQ(queued.status(), absl::OkStatus());
    ASSERT_EQ(queued->size(), 1u);
    EXPECT_EQ(queued->front().delivery.state, DeliveryState::kPending);
    EXPECT_EQ(queued->front().activities, 1u);
    EXPECT_EQ(queued->front().surveys, 1u);
    EXPECT_EQ(queued->front().days, month_);
  }
  hub_.SetReachable(true);
  auto market = Open("market");
  Deliver(*market);
  EXPECT_EQ(hub_.contributions().size(), 2u);
  EXPECT_TRUE(market->ContributionOutbox()->empty());
}

TEST_F(ProgressTest, ALostAnswerStoresOnce) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.LoseAnswers(2);
  const auto ticket = market->Contribute(Signed({Removed(17)}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kDelivered);
  EXPECT_THAT(StoredCounts(), ElementsAre(17));
}

TEST_F(ProgressTest, RevisionsNeverOvertakeWhatTheyReplace) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.SetReachable(false);
  for (uint32_t revision = 1; revision <= 5; ++revision) {
    Activity activity = Removed(100 + revision);
    activity.revision = revision;
    ASSERT_EQ(market->Contribute(Signed({activity})).status(), absl::OkStatus());
  }
  hub_.LoseAnswers(3);
  hub_.SetReachable(true);
  Deliver(*market);
  EXPECT_THAT(StoredCounts(), ElementsAre(101, 102, 103, 104, 105));
}

TEST_F(ProgressTest, ARefusalOfTheHubIsFinalAndShown) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.RefuseCalls(1, absl::FailedPreconditionError("contributions[0].revision: the newest is 4"));
  const auto ticket = market->Contribute(Signed({Removed(17)}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  Deliver(*market);
  const Delivery delivery = DeliveryOf(*market, *ticket);
  EXPECT_EQ(delivery.state, DeliveryState::kRefused);
  EXPECT_THAT(std::string(delivery.status.message()), HasSubstr("contributions[0].revision"));
  EXPECT_TRUE(hub_.contributions().empty());
  const auto queued = market->ContributionOutbox();
  ASSERT_EQ(queued->size(), 1u);
  EXPECT_EQ(queued->front().delivery.state, DeliveryState::kRefused);
}

TEST_F(ProgressTest, AVaultThatNeverSyncedAsksForTheDefinitions) {
  ClientOptions options = OptionsOf("market");
  auto market = Open("market", std::move(options));
  EXPECT_EQ(market->Contribute(Signed({Removed(17)})).status(), absl::OkStatus());
  Deliver(*market);
  EXPECT_EQ(hub_.contributions().size(), 1u);
}

TEST_F(ProgressTest, WithoutDefinitionsTheVersionMustBeSaid) {
  hub_.SetReachable(false);
  auto market = Open("market");
  Contributions batch = Signed({Removed(17)});
  EXPECT_EQ(market->Contribute(batch).status().code(), absl::StatusCode::kFailedPrecondition);
  batch.definition_version = 1;
  EXPECT_EQ(market->Contribute(batch).status(), absl::OkStatus());
}

TEST_F(ProgressTest, AVersionThatTheHubDoesNotHaveIsRefusedAtOnce) {
  auto market = Open("market");
  CatchUp(*market);
  Contributions batch = Signed({Removed(17)});
  batch.definition_version = 2;
  EXPECT_EQ(market->Contribute(batch).status().code(), absl::StatusCode::kNotFound);
  hub_.Define(Words());
  EXPECT_EQ(market->Contribute(batch).status(), absl::OkStatus());
}

TEST_F(ProgressTest, NamesEveryMistakeWithItsFieldAndRemedy) {
  auto market = Open("market");
  CatchUp(*market);
  Survey survey = Sampled(100, 101);
  survey.exposure = 0;
  const auto ticket = market->Contribute(Signed({Removed(1), survey}));
  EXPECT_EQ(ticket.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ticket.status().message()),
              AllOf(HasSubstr("contributions[1].exposure"),
                    HasSubstr("contributions[1].samples[0].positives: is above sampled")));
  EXPECT_EQ(market->GetSyncState().outbox_pending, 0u);
}

TEST_F(ProgressTest, NamesAtMostTwentyMistakes) {
  auto market = Open("market");
  CatchUp(*market);
  std::vector<Contribution> many;
  for (int i = 0; i < 25; ++i) {
    Activity activity = Removed(1);
    activity.days = {100 + i, 101 + i};
    activity.surface = "nowhere";
    many.emplace_back(activity);
  }
  const auto ticket = market->Contribute(Signed(std::move(many)));
  EXPECT_THAT(std::string(ticket.status().message()),
              AllOf(HasSubstr("contributions[19]"), HasSubstr("And 5 more")));
}

TEST_F(ProgressTest, TakesABatchAtTheLimitAndNotOneMore) {
  auto market = Open("market");
  CatchUp(*market);
  std::vector<Contribution> many;
  for (int i = 0; i < 256; ++i) {
    Activity activity = Removed(1);
    activity.days = {100 + i, 101 + i};
    many.emplace_back(activity);
  }
  EXPECT_EQ(market->Contribute(Signed(many)).status(), absl::OkStatus());
  many.emplace_back(Removed(1));
  EXPECT_EQ(market->Contribute(Signed(many)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ProgressTest, FiguresSayWhatTheyAreOf) {
  v1::GetReductionResponse response;
  response.mutable_basis()->set_position(77);
  response.mutable_basis()->set_panel("founders");
  response.mutable_basis()->set_release(3);
  response.set_target(0.8);
  v1::ReductionFigure* const figure = response.add_figures();
  figure->set_verdict(v1::VERDICT_MET);
  figure->mutable_reduction()->set_point(0.85);
  figure->mutable_reduction()->set_low(0.81);
  figure->mutable_reduction()->set_high(0.88);
  figure->mutable_follow_up()->set_members(8);
  v1::ReductionFigure* const withheld = response.add_figures();
  withheld->mutable_subset()->set_platform_class("social");
  withheld->mutable_withheld()->set_code("too_few_contributors");
  hub_.SetReduction(response);

  auto market = Open("market");
  ReductionQuery query;
  query.own = true;
  query.as_of = 77;
  const auto reduction = market->GetReduction(query);
  ASSERT_EQ(reduction.status(), absl::OkStatus());
  EXPECT_EQ(reduction->source.position, 77u);
  EXPECT_EQ(reduction->source.release, 3u);
  ASSERT_EQ(reduction->figures.size(), 2u);
  EXPECT_EQ(reduction->figures[0].verdict, Verdict::kMet);
  EXPECT_EQ(reduction->figures[0].reduction->low, 0.81);
  EXPECT_EQ(reduction->figures[0].members, 8u);
  EXPECT_FALSE(reduction->figures[1].reduction.has_value());
  EXPECT_EQ(reduction->figures[1].withheld->code, "too_few_contributors");
  EXPECT_EQ(hub_.reduction_asked().subsets(0).member(), "member/market");
  EXPECT_EQ(hub_.reduction_asked().as_of().position(), 77u);
}

TEST_F(ProgressTest, KnowsThePanelsAndWhatOfThemIsItsOwn) {
  v1::ListPanelsResponse response;
  v1::PanelLine& line = *response.add_panels();
  v1::Panel& panel = *line.mutable_panel();
  panel.set_panel("founders");
  panel.set_title("The founders");
  panel.mutable_baseline()->set_begin(20454);
  panel.mutable_baseline()->set_end(20544);
  panel.set_unit("view");
  panel.set_due_days(15);
  line.set_members(8);
  line.add_periods()->set_begin(20544);
  v1::PanelMember& own = *panel.add_members();
  own.set_party("member/market");
  own.set_platform_class("marketplace");
  own.add_strata()->set_taxon_group("elephants");
  hub_.SetPanels(response);
  const auto of_market = Open("market")->ListPanels();
  ASSERT_EQ(of_market.status(), absl::OkStatus());
  ASSERT_EQ(of_market->size(), 1u);
  const PanelSummary& known = of_market->front();
  EXPECT_EQ(known.title, "The founders");
  EXPECT_EQ(known.baseline, (DayRange{20454, 20544}));
  EXPECT_EQ(known.members, 8u);
  EXPECT_EQ(known.periods.size(), 1u);
  EXPECT_TRUE(known.has_own);
  ASSERT_EQ(known.own_strata.size(), 1u);
  EXPECT_EQ(known.own_strata[0].taxon_group, "elephants");
  EXPECT_FALSE(Open("social")->ListPanels()->front().has_own);
}

TEST_F(ProgressTest, KnowsWhatWasReleasedAndWhetherOffendersReappear) {
  v1::ListReleasesResponse releases;
  for (const char* panel : {"founders", "others"}) {
    v1::ReleaseLine& line = *releases.add_releases();
    line.set_release(static_cast<uint32_t>(releases.releases_size()));
    line.set_panel(panel);
    line.set_withheld(3);
  }
  hub_.SetReleases(releases);
  auto market = Open("market");
  EXPECT_EQ(market->ListReleases("")->size(), 2u);
  const auto of_panel = market->ListReleases("others");
  ASSERT_EQ(of_panel.status(), absl::OkStatus());
  ASSERT_EQ(of_panel->size(), 1u);
  EXPECT_EQ(of_panel->front().release, 2u);
  EXPECT_EQ(of_panel->front().withheld, 3u);

  v1::GetDisplacementResponse displacement;
  displacement.mutable_displacement()->set_offenders(12);
  v1::Displacement::Horizon& month = *displacement.mutable_displacement()->add_horizons();
  month.set_days(30);
  month.mutable_share()->set_point(0.25);
  displacement.mutable_displacement()->add_horizons()->set_days(90);
  hub_.SetDisplacement(displacement);
  const auto known = market->GetDisplacement();
  ASSERT_EQ(known.status(), absl::OkStatus());
  EXPECT_EQ(known->offenders, 12);
  EXPECT_EQ(known->horizons[0].share->point, 0.25);
  EXPECT_FALSE(known->horizons[1].share.has_value());
  EXPECT_FALSE(known->half_after_days.has_value());
  EXPECT_FALSE(known->withheld.has_value());
}

TEST_F(ProgressTest, AsksHowMuchToSample) {
  v1::PlanResponse response;
  response.set_listings(7'300'000);
  response.set_baseline_positives(727);
  v1::PlanLine& line = *response.add_lines();
  line.set_name("listings");
  line.set_listings(7'300'000);
  hub_.SetPlan(response);
  PlanQuery query;
  query.strata = {{"listings", 1e9, 1e-4}};
  query.truth = 0.9;
  query.allocation = PlanAllocation::kNeyman;
  const auto plan = Open("market")->PlanSamples(query);
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->listings, 7'300'000);
  ASSERT_EQ(plan->lines.size(), 1u);
  EXPECT_EQ(plan->lines[0].name, "listings");
  const v1::PlanRequest asked = hub_.plan_asked();
  EXPECT_EQ(asked.panel(), "");
  EXPECT_EQ(asked.truth(), 0.9);
  EXPECT_EQ(asked.target(), 0.8);
  EXPECT_EQ(asked.allocation(), v1::PLAN_NEYMAN);
  EXPECT_EQ(asked.strata(0).prevalence(), 1e-4);
}

TEST_F(ProgressTest, ListsItsOwnContributionsPageByPage) {
  auto market = Open("market");
  CatchUp(*market);
  for (int32_t day = 100; day < 105; ++day) {
    Activity activity = Removed(static_cast<uint64_t>(day));
    activity.days = {day, day + 1};
    ASSERT_EQ(market->Contribute(Signed({activity})).status(), absl::OkStatus());
  }
  Deliver(*market);
  const auto stored = market->ListContributions({});
  ASSERT_EQ(stored.status(), absl::OkStatus());
  ASSERT_EQ(stored->size(), 5u);
  EXPECT_EQ(std::get<Activity>(stored->back().contribution).count, 104u);
  EXPECT_EQ(stored->back().signed_off_by, "Head of Trust and Safety");
}

// ---- what Contribute refuses at once

struct Slip {
  const char* name;
  std::function<void(Activity&, Survey&, ReviewTeam&)> make;
  const char* message;
};

class ContributionRules : public ProgressTest, public ::testing::WithParamInterface<Slip> {};

TEST_P(ContributionRules, RefusesAtOnceAndStoresNothing) {
  auto market = Open("market");
  CatchUp(*market);
  Activity activity = Removed(17);
  Survey survey = Sampled(1000, 3);
  ReviewTeam team{"dublin", 90, 10, 1, 1, false};
  ASSERT_EQ(market->Contribute(Signed({activity, survey, team})).status(), absl::OkStatus());
  const uint64_t pending = market->GetSyncState().outbox_pending;
  GetParam().make(activity, survey, team);
  const auto ticket = market->Contribute(Signed({activity, survey, team}));
  EXPECT_EQ(ticket.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ticket.status().message()), HasSubstr(GetParam().message));
  EXPECT_LE(market->GetSyncState().outbox_pending, pending);
}

INSTANTIATE_TEST_SUITE_P(
    Slips, ContributionRules,
    ::testing::Values(
        Slip{"UnknownAction", [](auto& a, auto&, auto&) { a.action = "listing_hidden"; },
             "contributions[0].action: is not in the definitions; use one of listing_removed"},
        Slip{"AnothersUnit", [](auto& a, auto&, auto&) { a.unit = "account"; },
             "contributions[0].unit: is not the action's; this action is counted in: listing"},
        Slip{"NoSource", [](auto& a, auto&, auto&) { a.detected_by = ""; },
             "contributions[0].detected_by"},
        Slip{"SourceOfPrevention", [](auto& a, auto&, auto&) { a.action = "user_educated"; },
             "contributions[0].detected_by: is given"},
        Slip{"AbsurdCount", [](auto& a, auto&, auto&) { a.count = 1'000'000'000'001; },
             "contributions[0].count"},
        Slip{"ViewsOfNothing", [](auto& a, auto&, auto&) { a.views_before_removal = 5; },
             "contributions[0].views_before_removal"},
        Slip{"NotOver", [](auto& a, auto&, auto&) { a.days.end += 11; },
             "contributions[0].days: are not over yet"},
        Slip{"Backwards", [](auto& a, auto&, auto&) { a.days.end = a.days.begin; },
             "contributions[0].days"},
        Slip{"MoreThanAYear", [](auto& a, auto&, auto&) { a.days.begin = a.days.end - 367; },
             "contributions[0].days: are more than 366"},
        Slip{"NoRevision", [](auto& a, auto&, auto&) { a.revision = 0; },
             "contributions[0].revision"},
        Slip{"WithdrawsNothing", [](auto& a, auto&, auto&) { a.withdrawn = true; },
             "contributions[0].withdrawn"},
        Slip{"NoExposure", [](auto&, auto& s, auto&) { s.exposure = 0; },
             "contributions[1].exposure: is not a positive number"},
        Slip{"EndlessExposure", [](auto&, auto& s, auto&) { s.exposure = 1e300 * 1e300; },
             "contributions[1].exposure"},
        Slip{"UnknownStratum", [](auto&, auto& s, auto&) { s.language = "xx"; },
             "contributions[1].stratum.language"},
        Slip{"UnknownUnit", [](auto&, auto& s, auto&) { s.unit = "listing"; },
             "contributions[1].unit"},
        Slip{"MorePositives", [](auto&, auto& s, auto&) { s.samples[0].positives = 1001; },
             "contributions[1].samples[0].positives: is above sampled"},
        Slip{"NegativePositives", [](auto&, auto& s, auto&) { s.samples[0].positives = -1; },
             "contributions[1].samples[0].positives: is negative"},
        Slip{"MoreReviewed", [](auto&, auto& s, auto&) { s.samples[0].reviewed_again = 4; },
             "contributions[1].samples[0].reviewed_again"},
        Slip{"MoreConfirmed", [](auto&, auto& s, auto&) { s.samples[0].confirmed = 4; },
             "contributions[1].samples[0].confirmed"},
        Slip{"BandsOfASimpleSample", [](auto&, auto& s, auto&) { s.samples.push_back({1}); },
             "contributions[1].samples: are several"},
        Slip{"NoProbability",
             [](auto&, auto& s, auto&) { s.design = SurveyDesign::kScoreStratified; },
             "contributions[1].samples[0].inclusion_probability: is outside (0, 1]"},
        Slip{"ProbabilityAboveOne",
             [](auto&, auto& s, auto&) { s.samples[0].inclusion_probability = 1.01; },
             "contributions[1].samples[0].inclusion_probability"},
        Slip{"SmallFrame", [](auto&, auto& s, auto&) { s.frame_listings = 999; },
             "contributions[1].frame_listings"},
        Slip{"TinyExposure", [](auto&, auto& s, auto&) { s.exposure = 1e-9; },
             "contributions[1].exposure: is below 1e-6"},
        Slip{"FrameInThousands",
             [](auto&, auto& s, auto&) {
               s.design = SurveyDesign::kScoreStratified;
               s.samples[0].inclusion_probability = 0.001;  // 1,000 of 1,000,000
               s.frame_listings = 1'000;
             },
             "contributions[1].frame_listings: is far from what the samples come to"},
        Slip{"NoTeam", [](auto&, auto& s, auto&) { s.team = "the Dublin team"; },
             "contributions[1].team"},
        Slip{"BlindTeam", [](auto&, auto&, auto& t) { t.found = 0; },
             "contributions[2].found: is 0 though some were missed"},
        Slip{"NearlyBlindTeam", [](auto&, auto&, auto& t) { t.missed_weight = 1e9; },
             "contributions[2].missed: is, weighted, above a million times found"},
        Slip{"NegativeMissed", [](auto&, auto&, auto& t) { t.missed = -1; },
             "contributions[2].missed"}),
    [](const auto& info) { return info.param.name; });

TEST_F(ProgressTest, RefusesDaysThatOverlapInOneCall) {
  auto market = Open("market");
  CatchUp(*market);
  Activity later = Removed(2);
  later.days.begin += 5;
  const auto ticket = market->Contribute(Signed({later, Removed(1)}));
  EXPECT_THAT(std::string(ticket.status().message()), HasSubstr("contributions[0].days"));
  later.detected_by = "";
  later.action = "user_educated";
  EXPECT_EQ(market->Contribute(Signed({later, Removed(1)})).status(), absl::OkStatus());
}

TEST_F(ProgressTest, RefusesFiguresThatNobodyAnswersFor) {
  auto market = Open("market");
  CatchUp(*market);
  Contributions batch = Signed({Removed(1)});
  batch.signed_off_by = "";
  EXPECT_THAT(std::string(market->Contribute(batch).status().message()),
              HasSubstr("signed_off_by"));
  batch.signed_off_by = std::string(129, 'x');
  EXPECT_FALSE(market->Contribute(batch).ok());
}

TEST(DayRange, IsWrittenAsPeopleWriteIt) {
  for (const char* text : {"2026", "2026-03", "2026-Q1", "2026-Q4", "2026-02-28",
                           "2025-11..2026-01", "2026-03-02..2026-03-08"}) {
    const auto days = ParseDayRange(text);
    ASSERT_TRUE(days.has_value()) << text;
    EXPECT_EQ(DayRangeText(*days), text);
  }
  EXPECT_EQ(*ParseDayRange("2026-01"), (DayRange{20454, 20485}));
  EXPECT_EQ(DayRangeText(*ParseDayRange("2026-01-01..2026-01-31")), "2026-01");
  for (const char* text :
       {"", "26", "2026-13", "2026-00", "2026-Q5", "2026-02-30", "2026-3-1",
        "2026-03-08..2026-03-02", "2026-03..2026-02", "2026-03-02x", "-026-01"}) {
    EXPECT_FALSE(ParseDayRange(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace vervet::testing
