#include "hub/engine/progress_query.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/views/progress/planner.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {

bool ProgressAsker::IsCoordinator() const { return absl::StartsWith(party, "coordinator/"); }

namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;

constexpr absl::string_view kNotReleased =
    "No release shows this figure. Members see what coordinators have released.";

v1::ReductionFigure NotReleased(const v1::FigureSubset& subset, v1::Surveyors surveyors) {
  v1::ReductionFigure figure;
  *figure.mutable_subset() = subset;
  figure.set_surveyors(surveyors);
  *figure.mutable_withheld() = MakeWhy("not_released", kNotReleased);
  return figure;
}

std::vector<bool> SurveyorsAsked(v1::Surveyors surveyors) {
  if (surveyors == v1::MEMBERS_THEMSELVES) return {false};
  if (surveyors == v1::INDEPENDENT_SURVEYORS) return {true};
  return {false, true};
}

// What a question about the reduction comes down to, found under the state's lock.
struct ReductionPlan {
  AskedPosition asked;
  progress::Days period;
  std::vector<v1::FigureSubset> subsets;
  bool any_independent = false;
};

bool AnyIndependent(const ProgressLedger& ledger, const v1::Panel& panel, uint64_t position) {
  return std::any_of(ledger.rows().begin(), ledger.rows().end(), [&](const Row& row) {
    return row.kind == Kind::kSurvey && row.independent && row.StandsAt(position) &&
           FindPanelMember(panel, ledger.Text(row.member)) != nullptr;
  });
}

absl::Status CheckSubsets(const ProgressAsker& asker, const v1::GetReductionRequest& request) {
  if (request.subsets_size() > kMaxSubsetsAsked) {
    return Invalid("subsets", absl::StrCat("has ", request.subsets_size(), " entries; at most ",
                                           kMaxSubsetsAsked));
  }
  for (int i = 0; i < request.subsets_size() && !asker.IsCoordinator(); ++i) {
    const std::string& member = request.subsets(i).member();
    if (!member.empty() && member != asker.party) {
      return absl::PermissionDeniedError(
          absl::StrCat("subsets[", i, "].member: another member; a member sees its own figures"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ReductionPlan> PlanReduction(const ProgressAsker& asker, const HubState& state,
                                            const v1::GetReductionRequest& request,
                                            v1::GetReductionResponse* response) {
  const ProgressLedger& ledger = state.progress;
  ReductionPlan plan;
  VERVET_ASSIGN_OR_RETURN(plan.asked, ResolvePosition(state, request.as_of(), asker.now));
  VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                          ResolvePanel(ledger, request.panel(), plan.asked.position));
  const v1::Panel& panel = entry->panel;
  const bool coordinator = asker.IsCoordinator();
  if (request.has_period()) {
    plan.period = FromProto(request.period());
    VERVET_RETURN_IF_ERROR(CheckPeriod(panel, plan.period));
  } else {
    plan.period = NewestSurveyedPeriod(ledger, panel, plan.asked);
    if (!coordinator) {
      for (const ProgressLedger::Release& release : ledger.releases()) {
        if (release.sequence <= plan.asked.position && release.released.panel() == panel.panel()) {
          plan.period = FromProto(release.released.period());
        }
      }
    }
  }
  plan.subsets.assign(request.subsets().begin(), request.subsets().end());
  if (plan.subsets.empty()) {
    plan.subsets = StandardSubsets(panel);
    if (!coordinator) plan.subsets.emplace_back().set_member(asker.party);
  }
  if (coordinator && request.with_members()) {
    for (const v1::PanelMember& member : panel.members()) {
      plan.subsets.emplace_back().set_member(member.party());
    }
  }
  plan.any_independent = AnyIndependent(ledger, panel, plan.asked.position);
  FillBasis(ledger, plan.asked, panel, plan.period, coordinator ? "" : asker.party,
            response->mutable_basis());
  response->set_target(progress::kTarget);
  response->set_panel_title(panel.title());
  *response->mutable_baseline() = panel.baseline();
  response->set_unit(panel.unit());
  if (coordinator) return plan;
  if (const auto* release = ledger.ReleaseOf(panel.panel(), plan.period, plan.asked.position)) {
    FillReleaseBasis(*release, response->mutable_basis());
    for (const v1::ReductionFigure& figure : release->released.reductions()) {
      *response->add_figures() = figure;
    }
  }
  return plan;
}

// The released figure of this subset, or that there is none.
v1::ReductionFigure Released(const v1::GetReductionResponse& released,
                             const v1::FigureSubset& subset, bool independent) {
  const v1::Surveyors surveyors = independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES;
  for (const v1::ReductionFigure& figure : released.figures()) {
    if (figure.surveyors() == surveyors && SameSubset(figure.subset(), subset)) return figure;
  }
  return NotReleased(subset, surveyors);
}

}  // namespace

absl::Status GetReduction(const ProgressAsker& asker, const v1::GetReductionRequest& request,
                          v1::GetReductionResponse* response) {
  VERVET_RETURN_IF_ERROR(CheckSubsets(asker, request));
  v1::GetReductionResponse answer;
  VERVET_ASSIGN_OR_RETURN(const ReductionPlan plan, asker.state->Read([&](const HubState& state) {
    return PlanReduction(asker, state, request, &answer);
  }));
  v1::GetReductionResponse released;
  released.mutable_figures()->Swap(answer.mutable_figures());
  for (const v1::FigureSubset& subset : plan.subsets) {
    for (const bool independent : SurveyorsAsked(request.surveyors())) {
      if (independent && !plan.any_independent &&
          request.surveyors() == v1::SURVEYORS_UNSPECIFIED) {
        continue;
      }
      if (!asker.IsCoordinator() && subset.member().empty()) {
        *answer.add_figures() = Released(released, subset, independent);
        continue;
      }
      VERVET_ASSIGN_OR_RETURN(
          const ProgressFigure figure,
          asker.figures->Of({answer.basis().panel(), plan.period, independent, plan.asked.position},
                            FromProto(subset)));
      *answer.add_figures() = ToProto(figure.reduction, subset, independent);
    }
  }
  *response = std::move(answer);
  return absl::OkStatus();
}

namespace {

// What one member has given to one period.
struct Given {
  std::set<std::tuple<std::string, std::string, std::string>> strata, independent;
  uint32_t activities = 0;
  int64_t completed_us = 0;  // when the last missing stratum came
  int64_t last_us = 0;
  std::string signed_off_by;
};

std::map<std::string, Given> GivenIn(const ProgressLedger& ledger, const v1::Panel& panel,
                                     const progress::Days& period, uint64_t position) {
  std::map<std::string, Given> given;
  for (const Row& row : ledger.rows()) {
    if (row.kind == Kind::kTeam || !row.StandsAt(position) || !row.days.Overlaps(period)) continue;
    const std::string& party = ledger.Text(row.member);
    const v1::PanelMember* member = FindPanelMember(panel, party);
    if (member == nullptr) continue;
    Given& one = given[party];
    if (row.kind == Kind::kActivity) {
      ++one.activities;
    } else {
      const std::tuple<std::string, std::string, std::string> stratum = {
          ledger.Text(row.surface), ledger.Text(row.taxon_group), ledger.Text(row.language)};
      if (!period.Contains(row.days) ||
          !HasStratum(*member, std::get<0>(stratum), std::get<1>(stratum), std::get<2>(stratum))) {
        continue;
      }
      if (row.independent) {
        one.independent.insert(stratum);
        continue;
      }
      // A revision does not make a survey late that came in time.
      const Row* first = &row;
      while (first->before != ProgressLedger::kNoRow) first = &ledger.rows()[first->before];
      if (one.strata.insert(stratum).second) {
        one.completed_us = std::max(one.completed_us, first->time_us);
      }
    }
    one.last_us = row.time_us;
    one.signed_off_by = ledger.Text(row.signed_off_by);
  }
  return given;
}

v1::CoverageState StateOf(const v1::MemberCoverage& line, const Given& given, int32_t due_day,
                          int32_t today) {
  if (line.strata_surveyed() == line.strata()) {
    const bool late = DayNumberOf(absl::FromUnixMicros(given.completed_us)) >= due_day;
    return late ? v1::COVERAGE_LATE : v1::COVERAGE_ON_TIME;
  }
  if (line.strata_surveyed() > 0) return v1::COVERAGE_PARTIAL;
  return today >= due_day ? v1::COVERAGE_MISSING : v1::COVERAGE_NOT_DUE;
}

v1::MemberCoverage CoverageOf(const v1::PanelMember& member, const Given& given,
                              const views::Roster& roster, int32_t due_day, int32_t today) {
  v1::MemberCoverage line;
  line.set_party(member.party());
  const auto* party = roster.FindParty(member.party());
  if (party != nullptr) line.set_display_name(party->display_name);
  line.set_suspended(party == nullptr || party->suspended);
  line.set_platform_class(member.platform_class());
  line.set_strata(static_cast<uint32_t>(member.strata_size()));
  line.set_strata_surveyed(static_cast<uint32_t>(given.strata.size()));
  line.set_strata_surveyed_independently(static_cast<uint32_t>(given.independent.size()));
  line.set_activity_contributions(given.activities);
  line.set_last_contribution_us(given.last_us);
  line.set_signed_off_by(given.signed_off_by);
  for (const v1::SurveyStratum& stratum : member.strata()) {
    if (given.strata.count({stratum.surface(), stratum.taxon_group(), stratum.language()}) == 0) {
      *line.add_missing() = stratum;
    }
  }
  line.set_state(StateOf(line, given, due_day, today));
  return line;
}

int Rank(v1::CoverageState state) {
  switch (state) {
    case v1::COVERAGE_MISSING:
      return 0;
    case v1::COVERAGE_NOT_DUE:
      return 1;
    case v1::COVERAGE_PARTIAL:
      return 2;
    default:
      return 3;
  }
}

void CountStates(v1::GetCoverageResponse* answer) {
  for (const v1::MemberCoverage& line : answer->lines()) {
    switch (line.state()) {
      case v1::COVERAGE_ON_TIME:
        answer->set_on_time(answer->on_time() + 1);
        answer->set_complete(answer->complete() + 1);
        break;
      case v1::COVERAGE_LATE:
        answer->set_complete(answer->complete() + 1);
        break;
      case v1::COVERAGE_PARTIAL:
        answer->set_partial(answer->partial() + 1);
        break;
      default:
        answer->set_missing(answer->missing() + 1);
    }
  }
}

// Shares of the baseline's exposure: a member's, and that of strata surveyed in the period.
void FillExposure(const ProgressLedger& ledger, const v1::Panel& panel,
                  const std::map<std::string, Given>& given, uint64_t position,
                  v1::GetCoverageResponse* answer) {
  const progress::Days baseline = FromProto(panel.baseline());
  std::map<std::string, double> of_member;
  double all = 0;
  double covered = 0;
  for (const Row& row : ledger.rows()) {
    if (row.kind != Kind::kSurvey || row.independent || !row.StandsAt(position)) continue;
    if (!baseline.Contains(row.days)) continue;
    const std::string& party = ledger.Text(row.member);
    const v1::PanelMember* member = FindPanelMember(panel, party);
    const std::tuple<std::string, std::string, std::string> stratum = {
        ledger.Text(row.surface), ledger.Text(row.taxon_group), ledger.Text(row.language)};
    if (member == nullptr ||
        !HasStratum(*member, std::get<0>(stratum), std::get<1>(stratum), std::get<2>(stratum))) {
      continue;
    }
    of_member[party] += row.exposure;
    all += row.exposure;
    const auto found = given.find(party);
    if (found != given.end() && found->second.strata.count(stratum) > 0) covered += row.exposure;
  }
  if (!(all > 0)) {
    *answer->mutable_why() = MakeWhy(
        "no_baseline", "No survey of the baseline has come in yet, so shares are not known.");
    return;
  }
  answer->set_exposure_share(covered / all);
  for (v1::MemberCoverage& line : *answer->mutable_lines()) {
    line.set_baseline_exposure_share(of_member[line.party()] / all);
  }
}

void FillWaiting(const ProgressLedger& ledger, const v1::Panel& panel, const progress::Days& period,
                 uint64_t position, v1::GetCoverageResponse* answer) {
  std::set<std::array<ProgressLedger::Word, 4>> seen;
  for (const Row& row : ledger.rows()) {
    if (row.kind != Kind::kSurvey || row.independent || !row.StandsAt(position)) continue;
    if (!row.days.Overlaps(period)) continue;
    if (answer->waiting_for_a_panel_size() >= static_cast<int>(kMaxProgressLines)) return;
    if (!seen.insert({row.member, row.surface, row.taxon_group, row.language}).second) continue;
    const v1::PanelMember* member = FindPanelMember(panel, ledger.Text(row.member));
    if (member != nullptr && HasStratum(*member, ledger.Text(row.surface),
                                        ledger.Text(row.taxon_group), ledger.Text(row.language))) {
      continue;
    }
    v1::MemberStratum& waiting = *answer->add_waiting_for_a_panel();
    waiting.set_member(ledger.Text(row.member));
    waiting.mutable_stratum()->set_surface(ledger.Text(row.surface));
    waiting.mutable_stratum()->set_taxon_group(ledger.Text(row.taxon_group));
    waiting.mutable_stratum()->set_language(ledger.Text(row.language));
  }
}

// A member's own line, and of the others how many.
void KeepOwn(const std::string& party, v1::GetCoverageResponse* answer) {
  auto& lines = *answer->mutable_lines();
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [&party](const auto& line) { return line.party() != party; }),
              lines.end());
  for (v1::MemberCoverage& line : lines) line.clear_baseline_exposure_share();
  auto& waiting = *answer->mutable_waiting_for_a_panel();
  waiting.erase(std::remove_if(waiting.begin(), waiting.end(),
                               [&party](const auto& one) { return one.member() != party; }),
                waiting.end());
  answer->clear_exposure_share();
  *answer->mutable_why() =
      MakeWhy("coordinators_only", "How exposure is shared out is for coordinators.");
}

progress::Days NewestOverPeriod(const v1::Panel& panel, int32_t today) {
  progress::Days newest = *ReportingPeriodAt(panel, panel.first_period_begin());
  for (const progress::Days& period : ReportingPeriodsUntil(panel, today)) {
    if (period.end <= today) newest = period;
  }
  return newest;
}

}  // namespace

absl::Status GetCoverage(const ProgressAsker& asker, const v1::GetCoverageRequest& request,
                         v1::GetCoverageResponse* response) {
  v1::GetCoverageResponse answer;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, request.as_of(), asker.now));
    VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                            ResolvePanel(ledger, request.panel(), asked.position));
    const v1::Panel& panel = entry->panel;
    progress::Days period = NewestOverPeriod(panel, asked.today);
    if (request.has_period()) {
      period = FromProto(request.period());
      VERVET_RETURN_IF_ERROR(CheckPeriod(panel, period));
    }
    const bool coordinator = asker.IsCoordinator();
    FillBasis(ledger, asked, panel, period, coordinator ? "" : asker.party, answer.mutable_basis());
    const int32_t due_day = period.end + static_cast<int32_t>(panel.due_days());
    answer.set_due_day(due_day);
    answer.set_members(static_cast<uint32_t>(panel.members_size()));
    const auto given = GivenIn(ledger, panel, period, asked.position);
    static const auto* const kNothing = new Given;
    std::vector<v1::MemberCoverage> lines;
    for (const v1::PanelMember& member : panel.members()) {
      const auto found = given.find(member.party());
      lines.push_back(CoverageOf(member, found == given.end() ? *kNothing : found->second,
                                 state.roster, due_day, asked.today));
    }
    std::sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) {
      return std::make_pair(Rank(a.state()), a.party()) <
             std::make_pair(Rank(b.state()), b.party());
    });
    for (v1::MemberCoverage& line : lines) *answer.add_lines() = std::move(line);
    CountStates(&answer);
    FillExposure(ledger, panel, given, asked.position, &answer);
    FillWaiting(ledger, panel, period, asked.position, &answer);
    if (!coordinator) KeepOwn(asker.party, &answer);
    return absl::OkStatus();
  }));
  *response = std::move(answer);
  return absl::OkStatus();
}

}  // namespace vervet::hub
