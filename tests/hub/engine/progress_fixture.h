// A coalition that measures: definitions, a panel of seven members with two strata each, and
// surveys made from stated counts. Shared by the tests of contributions and of figures.
#ifndef VERVET_TESTS_HUB_ENGINE_PROGRESS_FIXTURE_H_
#define VERVET_TESTS_HUB_ENGINE_PROGRESS_FIXTURE_H_

#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <vector>

#include "hub/engine/progress.h"
#include "hub/engine/progress_query.h"
#include "hub/engine/progress_release.h"
#include "hub/views/progress_periods.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {

// Days since 1970 of 2026; "today" is 21 September.
inline constexpr progress::Days kBaseline = {20454, 20544};  // January to March
inline constexpr progress::Days kApril = {20544, 20574};
inline constexpr progress::Days kMay = {20574, 20605};
inline constexpr progress::Days kJune = {20605, 20635};
inline constexpr progress::Days kJuly = {20635, 20666};
inline constexpr progress::Days kAugust = {20666, 20697};
inline constexpr progress::Days kSeptember = {20697, 20727};
inline constexpr char kCoordinator[] = "coordinator/anna";

v1::Definitions GoodDefinitions();
// Members one to seven: one to four are marketplaces, the others social.
v1::Panel GoodPanel();
std::string MemberNumber(int number);  // 1: "member/one"

// What a member found in one stratum: simple sample, every positive reviewed again.
v1::SurveyContribution GoodSurvey(const std::string& member, const progress::Days& days,
                                  int64_t confirmed = 40, const std::string& taxon = "ivory");
v1::ActivityContribution GoodActivity(const std::string& member, const progress::Days& days,
                                      uint64_t count = 100);
v1::ReviewTeamContribution GoodTeam(const std::string& member);

template <typename Message>
bool Same(const Message& a, const Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

class ProgressTest : public EngineTest {
 protected:
  void SetUp() override;

  absl::StatusOr<RequestOutcome> Define(const v1::Definitions& definitions, uint32_t after);
  absl::StatusOr<RequestOutcome> CreatePanel(const v1::Panel& panel);
  absl::StatusOr<RequestOutcome> Contribute(const std::string& by,
                                            const std::vector<v1::Contribution>& contributions);
  absl::StatusOr<RequestOutcome> Contribute(const std::string& by,
                                            const v1::SurveyContribution& survey);
  absl::StatusOr<RequestOutcome> Contribute(const std::string& by,
                                            const v1::ActivityContribution& activity);
  absl::StatusOr<RequestOutcome> Contribute(const std::string& by,
                                            const v1::ReviewTeamContribution& team);
  // Both strata of every member, for a period; so many confirmed in each.
  void SurveyAll(const progress::Days& days, int64_t confirmed);
  absl::StatusOr<RequestOutcome> Release(const progress::Days& period);
  // Revises member one's survey of ivory in the period.
  void Revise(const progress::Days& days, uint32_t revision, int64_t confirmed);

  ProgressAsker Asker(const std::string& party = kCoordinator) {
    return {&state_, &figures_, &env_, party, env_.Now()};
  }
  v1::GetReductionResponse Reduction(const progress::Days& period,
                                     const std::string& party = kCoordinator,
                                     uint64_t position = 0);
  v1::GetSeriesResponse Series(v1::SeriesKind kind, v1::SeriesSplit split = v1::SPLIT_NONE,
                               const std::string& party = kCoordinator,
                               const std::string& member = "");
  v1::GetCoverageResponse Coverage(const progress::Days& period,
                                   const std::string& party = kCoordinator);

  ProgressFigures figures_{&state_};
};

}  // namespace vervet::hub

#endif  // VERVET_TESTS_HUB_ENGINE_PROGRESS_FIXTURE_H_
