// GetCoverage of progress_query.h: who has reported for a period, and who is missing.
#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;
using StratumWords = std::array<ProgressLedger::Word, 3>;  // surface, taxon group, language

bool IsOf(const v1::PanelMember& member, const Row& row, const ProgressLedger& ledger) {
  return HasStratum(member, ledger.Text(row.surface), ledger.Text(row.taxon_group),
                    ledger.Text(row.language));
}

// None where a word of it never occurred.
std::optional<StratumWords> WordsOf(const v1::SurveyStratum& stratum,
                                    const ProgressLedger& ledger) {
  StratumWords words = {};
  const std::string* const texts[] = {&stratum.surface(), &stratum.taxon_group(),
                                      &stratum.language()};
  for (size_t i = 0; i < words.size(); ++i) {
    words[i] = ledger.Find(*texts[i]);
    if (words[i] == 0 && !texts[i]->empty()) return std::nullopt;
  }
  return words;
}

// What one member has given to one period.
struct Given {
  std::set<StratumWords> strata, independent;
  uint32_t activities = 0;
  uint64_t last = 0;         // the newest contribution
  int64_t completed_us = 0;  // when the last missing stratum came
  int64_t last_us = 0;
  std::string signed_off_by;
};

std::map<std::string, Given> GivenIn(const ProgressLedger& ledger, const v1::Panel& panel,
                                     const progress::Days& period, uint64_t position) {
  std::map<std::string, Given> given;
  const auto came = [&ledger](const Row& row, Given* one) {
    if (row.sequence <= one->last) return;
    one->last = row.sequence;
    one->last_us = row.time_us;
    one->signed_off_by = ledger.Text(row.signed_off_by);
  };
  ledger.ForEachIn(Kind::kActivity, period, [&](const Row& row) {
    const std::string& party = ledger.Text(row.member);
    if (!row.StandsAt(position) || FindPanelMember(panel, party) == nullptr) return;
    Given& one = given[party];
    ++one.activities;
    came(row, &one);
  });
  ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
    if (!row.StandsAt(position) || !period.Contains(row.days)) return;
    const std::string& party = ledger.Text(row.member);
    const v1::PanelMember* member = FindPanelMember(panel, party);
    if (member == nullptr || !IsOf(*member, row, ledger)) return;
    const StratumWords stratum = {row.surface, row.taxon_group, row.language};
    Given& one = given[party];
    if (row.independent) {
      one.independent.insert(stratum);
      return;
    }
    // A revision does not make a survey late that came in time.
    const Row* first = &row;
    while (first->before != ProgressLedger::kNoRow) first = &ledger.rows()[first->before];
    if (one.strata.insert(stratum).second) {
      one.completed_us = std::max(one.completed_us, first->time_us);
    }
    came(row, &one);
  });
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
                              const HubState& state, int32_t due_day, int32_t today) {
  v1::MemberCoverage line;
  line.set_party(member.party());
  const auto* party = state.roster.FindParty(member.party());
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
    const auto words = WordsOf(stratum, state.progress);
    if (!words || given.strata.count(*words) == 0) {
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
      case v1::COVERAGE_NOT_DUE:
        answer->set_not_due(answer->not_due() + 1);
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
  ledger.ForEachIn(Kind::kSurvey, baseline, [&](const Row& row) {
    if (row.independent || !row.StandsAt(position) || !baseline.Contains(row.days)) return;
    const std::string& party = ledger.Text(row.member);
    const v1::PanelMember* member = FindPanelMember(panel, party);
    if (member == nullptr || !IsOf(*member, row, ledger)) return;
    of_member[party] += row.exposure;
    all += row.exposure;
    const auto found = given.find(party);
    if (found != given.end() &&
        found->second.strata.count({row.surface, row.taxon_group, row.language}) > 0) {
      covered += row.exposure;
    }
  });
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
  ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
    if (row.independent || !row.StandsAt(position)) return;
    if (answer->waiting_for_a_panel_size() >= static_cast<int>(kMaxProgressLines)) return;
    if (!seen.insert({row.member, row.surface, row.taxon_group, row.language}).second) return;
    const v1::PanelMember* member = FindPanelMember(panel, ledger.Text(row.member));
    if (member != nullptr && IsOf(*member, row, ledger)) return;
    v1::MemberStratum& waiting = *answer->add_waiting_for_a_panel();
    waiting.set_member(ledger.Text(row.member));
    waiting.mutable_stratum()->set_surface(ledger.Text(row.surface));
    waiting.mutable_stratum()->set_taxon_group(ledger.Text(row.taxon_group));
    waiting.mutable_stratum()->set_language(ledger.Text(row.language));
  });
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
      lines.push_back(CoverageOf(member, found == given.end() ? *kNothing : found->second, state,
                                 due_day, asked.today));
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
