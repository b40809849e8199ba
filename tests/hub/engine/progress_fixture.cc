#include "tests/hub/engine/progress_fixture.h"

#include "absl/strings/str_cat.h"

namespace vervet::hub {
namespace {

void Word(const std::string& id, v1::DefinedWord* word) {
  word->set_id(id);
  word->set_name(absl::StrCat("The ", id));
  word->set_name_zh("名");
}

}  // namespace

v1::Definitions GoodDefinitions() {
  v1::Definitions definitions;
  const auto action = [&](const std::string& id, const std::string& unit, v1::ActionMeaning means) {
    v1::ActionDefinition& one = *definitions.add_actions();
    Word(id, one.mutable_word());
    one.set_unit(unit);
    one.set_meaning(means);
  };
  action("listing_removed", "listing", v1::ENFORCEMENT);
  action("account_closed", "account", v1::ENFORCEMENT);
  action("user_educated", "message", v1::PREVENTION);
  action("appealed", "listing", v1::APPEAL_RECEIVED);
  const auto source = [&](const std::string& id, bool proactive) {
    v1::DetectionSourceDefinition& one = *definitions.add_detection_sources();
    Word(id, one.mutable_word());
    one.set_proactive(proactive);
  };
  source("automated", true);
  source("user_report", false);
  for (const char* id : {"ivory", "reptiles"}) Word(id, definitions.add_taxon_groups());
  Word("listings", definitions.add_surfaces());
  for (const char* id : {"marketplace", "social"}) Word(id, definitions.add_platform_classes());
  Word("en", definitions.add_languages());
  definitions.add_exposure_units("view");
  definitions.add_exposure_units("active listing");
  definitions.set_positive("An offer to trade a listed species.\nNot: news, or a toy.");
  definitions.set_change("the first");
  return definitions;
}

std::string MemberNumber(int number) {
  static const char* const kNames[] = {"one", "two", "three", "four", "five", "six", "seven"};
  return absl::StrCat("member/", kNames[number - 1]);
}

v1::Panel GoodPanel() {
  v1::Panel panel;
  panel.set_panel("founders");
  panel.set_title("The founders");
  *panel.mutable_baseline() = ToProto(kBaseline);
  panel.set_unit("view");
  panel.set_first_period_begin(kApril.begin);
  panel.set_period_months(1);
  panel.set_due_days(15);
  panel.set_definition_version(1);
  for (int number = 1; number <= 7; ++number) {
    v1::PanelMember& member = *panel.add_members();
    member.set_party(MemberNumber(number));
    member.set_platform_class(number <= 4 ? "marketplace" : "social");
    for (const char* taxon : {"ivory", "reptiles"}) {
      v1::SurveyStratum& stratum = *member.add_strata();
      stratum.set_surface("listings");
      stratum.set_taxon_group(taxon);
      stratum.set_language("en");
    }
  }
  return panel;
}

v1::SurveyContribution GoodSurvey(const std::string& member, const progress::Days& days,
                                  int64_t confirmed, const std::string& taxon) {
  v1::SurveyContribution survey;
  survey.set_member(member);
  *survey.mutable_days() = ToProto(days);
  survey.mutable_stratum()->set_surface("listings");
  survey.mutable_stratum()->set_taxon_group(taxon);
  survey.mutable_stratum()->set_language("en");
  survey.set_exposure(1'000'000.0 * days.length());
  survey.set_unit("view");
  survey.set_design(v1::SIMPLE_RANDOM);
  v1::SurveySample& sample = *survey.add_samples();
  sample.set_sampled(100'000);
  sample.set_positives(confirmed + 5);
  sample.set_reviewed_again(confirmed + 5);
  sample.set_confirmed(confirmed);
  survey.set_team("reviewers");
  survey.set_definition_version(1);
  survey.set_revision(1);
  survey.set_signed_off_by("head of trust and safety");
  return survey;
}

v1::ActivityContribution GoodActivity(const std::string& member, const progress::Days& days,
                                      uint64_t count) {
  v1::ActivityContribution activity;
  activity.set_member(member);
  *activity.mutable_days() = ToProto(days);
  activity.set_action("listing_removed");
  activity.set_unit("listing");
  activity.set_detected_by("automated");
  activity.set_taxon_group("ivory");
  activity.set_count(count);
  activity.set_definition_version(1);
  activity.set_revision(1);
  activity.set_signed_off_by("head of trust and safety");
  return activity;
}

v1::ReviewTeamContribution GoodTeam(const std::string& member) {
  v1::ReviewTeamContribution team;
  team.set_member(member);
  team.set_team("reviewers");
  team.set_found(90);
  team.set_missed(10);
  team.set_definition_version(1);
  team.set_revision(1);
  team.set_signed_off_by("head of trust and safety");
  return team;
}

void ProgressTest::SetUp() {
  EngineTest::SetUp();
  CreateGroup("club");
  for (int number = 1; number <= 7; ++number) Admit(MemberNumber(number));
  for (int number = 1; number <= 3; ++number) Join(MemberNumber(number), "club");
  ASSERT_TRUE(Define(GoodDefinitions(), 0).ok());
  const auto panel = CreatePanel(GoodPanel());
  ASSERT_TRUE(panel.ok()) << panel.status();
}

absl::StatusOr<RequestOutcome> ProgressTest::Define(const v1::Definitions& definitions,
                                                    uint32_t after) {
  v1::DefineRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_definitions() = definitions;
  request.set_after_version(after);
  return Run(DefineCommand(kCoordinator, request));
}

absl::StatusOr<RequestOutcome> ProgressTest::CreatePanel(const v1::Panel& panel) {
  v1::CreatePanelRequest request;
  request.set_request_id(NewRequestId());
  *request.mutable_panel() = panel;
  return Run(CreatePanelCommand(kCoordinator, request));
}

absl::StatusOr<RequestOutcome> ProgressTest::Contribute(
    const std::string& by, const std::vector<v1::Contribution>& contributions) {
  v1::ContributeRequest request;
  request.set_request_id(NewRequestId());
  for (const v1::Contribution& one : contributions) *request.add_contributions() = one;
  return Run(ContributeCommand(by, request));
}

absl::StatusOr<RequestOutcome> ProgressTest::Contribute(const std::string& by,
                                                        const v1::SurveyContribution& survey) {
  v1::Contribution contribution;
  *contribution.mutable_survey() = survey;
  return Contribute(by, std::vector<v1::Contribution>{contribution});
}

absl::StatusOr<RequestOutcome> ProgressTest::Contribute(const std::string& by,
                                                        const v1::ActivityContribution& activity) {
  v1::Contribution contribution;
  *contribution.mutable_activity() = activity;
  return Contribute(by, std::vector<v1::Contribution>{contribution});
}

absl::StatusOr<RequestOutcome> ProgressTest::Contribute(const std::string& by,
                                                        const v1::ReviewTeamContribution& team) {
  v1::Contribution contribution;
  *contribution.mutable_team() = team;
  return Contribute(by, std::vector<v1::Contribution>{contribution});
}

void ProgressTest::SurveyAll(const progress::Days& days, int64_t confirmed) {
  for (int number = 1; number <= 7; ++number) {
    for (const char* taxon : {"ivory", "reptiles"}) {
      const auto stored = Contribute(MemberNumber(number),
                                     GoodSurvey(MemberNumber(number), days, confirmed, taxon));
      ASSERT_TRUE(stored.ok()) << stored.status();
    }
  }
}

absl::StatusOr<RequestOutcome> ProgressTest::Release(const progress::Days& period) {
  v1::ReleaseRequest request;
  request.set_request_id(NewRequestId());
  request.set_panel("founders");
  *request.mutable_period() = ToProto(period);
  return Run(ReleaseCommand(kCoordinator, request, PrepareRelease(Asker(), request)));
}

v1::GetReductionResponse ProgressTest::Reduction(const progress::Days& period,
                                                 const std::string& party, uint64_t position) {
  v1::GetReductionRequest request;
  *request.mutable_period() = ToProto(period);
  if (position != 0) request.mutable_as_of()->set_position(position);
  v1::GetReductionResponse response;
  const absl::Status status = GetReduction(Asker(party), request, &response);
  EXPECT_TRUE(status.ok()) << status;
  return response;
}

v1::GetSeriesResponse ProgressTest::Series(v1::SeriesKind kind, v1::SeriesSplit split,
                                           const std::string& party, const std::string& member) {
  v1::GetSeriesRequest request;
  request.add_kinds(kind);
  request.set_split(split);
  request.mutable_subset()->set_member(member);
  v1::GetSeriesResponse response;
  const absl::Status status = GetSeries(Asker(party), request, &response);
  EXPECT_TRUE(status.ok()) << status;
  return response;
}

v1::GetCoverageResponse ProgressTest::Coverage(const progress::Days& period,
                                               const std::string& party) {
  v1::GetCoverageRequest request;
  *request.mutable_period() = ToProto(period);
  v1::GetCoverageResponse response;
  const absl::Status status = GetCoverage(Asker(party), request, &response);
  EXPECT_TRUE(status.ok()) << status;
  return response;
}

void ProgressTest::Revise(const progress::Days& days, uint32_t revision, int64_t confirmed) {
  v1::SurveyContribution survey = GoodSurvey(MemberNumber(1), days, confirmed);
  survey.set_revision(revision);
  const auto stored = Contribute(MemberNumber(1), survey);
  ASSERT_TRUE(stored.ok()) << stored.status();
}

}  // namespace vervet::hub
