#include "hub/engine/progress_release_judge.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hub/engine/progress_asked.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;

v1::Why WhyWithheld(progress::Withheld withheld) {
  switch (withheld) {
    case progress::Withheld::kTooFewContributors:
      return MakeWhy("too_few_contributors", "Fewer than five members contribute to this figure.");
    case progress::Withheld::kOneDominates:
      return MakeWhy("one_dominates", "One member has more than 60% of this figure.");
    default:
      return MakeWhy("could_be_worked_out",
                     "Together with figures that were released before, this one would let a "
                     "member's contribution be worked out.");
  }
}

bool IsProactive(const ProgressLedger& ledger, const Row& row) {
  const auto& definitions = ledger.definitions()[row.definition_version - 1].definitions;
  for (const auto& source : definitions.detection_sources()) {
    if (source.word().id() == ledger.Text(row.detected_by)) return source.proactive();
  }
  return false;
}

// A released line, or one that is to be: of which period, as of when.
struct Line {
  const v1::PeriodReleased& released;
  const v1::Series& series;
};

bool IsOfClass(const ProgressLedger& ledger, const Row& row, const Line& line) {
  const std::string& wanted = line.series.subset().platform_class();
  if (wanted.empty()) return true;
  const v1::PanelMember* member =
      FindPanelMember(ledger.FindPanel(line.released.panel())->panel, ledger.Text(row.member));
  return member != nullptr && member->platform_class() == wanted;
}

progress::Figure ActivityFigure(const ProgressLedger& ledger, const Line& line,
                                bool proactive_only) {
  const progress::Days period = FromProto(line.released.period());
  const bool of_views = line.series.kind() == v1::SERIES_VIEWS_BEFORE_REMOVAL;
  progress::Figure figure;
  ledger.ForEachIn(Kind::kActivity, period, [&](const Row& row) {
    if (!row.StandsAt(line.released.position()) || row.days.begin < period.begin) return;
    if (ledger.Text(row.action) != line.series.action() || !IsOfClass(ledger, row, line)) return;
    if (of_views && !row.views_known) return;
    if (proactive_only && !IsProactive(ledger, row)) return;
    figure.contributions.push_back({ledger.Text(row.member), absl::StrCat("event ", row.sequence),
                                    static_cast<double>(of_views ? row.views : row.count)});
  });
  return figure;
}

bool IsOfActivity(const v1::Series& series) {
  return series.surveyors() == v1::SURVEYORS_UNSPECIFIED && !series.action().empty();
}

// Whether the sums behind two lines are of the same things.
bool AreComparable(const v1::Series& a, const v1::Series& b) {
  const bool views = a.kind() == v1::SERIES_VIEWS_BEFORE_REMOVAL;
  return IsOfActivity(a) && IsOfActivity(b) && a.action() == b.action() && a.points_size() == 1 &&
         views == (b.kind() == v1::SERIES_VIEWS_BEFORE_REMOVAL);
}

// The sums behind a line: the total, and what of it is proactive.
std::vector<progress::Figure> FiguresBehind(const ProgressLedger& ledger, const Line& line) {
  std::vector<progress::Figure> figures = {ActivityFigure(ledger, line, false)};
  if (line.series.kind() == v1::SERIES_PROACTIVE_RATE) {
    figures.push_back(ActivityFigure(ledger, line, true));
  }
  return figures;
}

// For each line of the release, in its order: what was shown before, and the sums behind it.
std::vector<JudgedDomain> ActivityToJudge(const ProgressLedger& ledger,
                                          const v1::PeriodReleased& released) {
  std::vector<JudgedDomain> domains;
  for (const v1::Series& series : released.series()) {
    JudgedDomain& domain = domains.emplace_back();
    if (!IsOfActivity(series)) continue;
    for (const ProgressLedger::Release& earlier : ledger.releases()) {
      for (const v1::Series& one : earlier.released.series()) {
        if (!AreComparable(one, series) || one.points(0).withheld()) continue;
        for (progress::Figure& figure : FiguresBehind(ledger, {earlier.released, one})) {
          domain.Show(std::move(figure));
        }
      }
    }
    domain.wanted = FiguresBehind(ledger, {released, series});
  }
  return domains;
}

}  // namespace

void JudgedDomain::Show(progress::Figure figure) {
  std::string content;
  for (const auto& one : figure.contributions) absl::StrAppend(&content, one.piece, "\n");
  if (known.insert(content).second) shown.push_back(std::move(figure));
}

void Withhold(progress::Withheld withheld, v1::ReductionFigure* figure) {
  v1::ReductionFigure hidden;
  *hidden.mutable_subset() = figure->subset();
  hidden.set_surveyors(figure->surveyors());
  *hidden.mutable_withheld() = WhyWithheld(withheld);
  *figure = std::move(hidden);
}

void Withhold(progress::Withheld withheld, v1::Series* series) {
  for (v1::SeriesPoint& point : *series->mutable_points()) {
    v1::SeriesPoint hidden;
    *hidden.mutable_days() = point.days();
    hidden.set_withheld(true);
    *hidden.mutable_why() = WhyWithheld(withheld);
    point = std::move(hidden);
  }
}

void JudgeActivity(const SharedState& state, v1::PeriodReleased* released) {
  std::vector<JudgedDomain> domains =
      state.Read([&](const HubState& now) { return ActivityToJudge(now.progress, *released); });
  for (int i = 0; i < released->series_size(); ++i) {
    v1::Series& series = *released->mutable_series(i);
    if (!IsOfActivity(series)) continue;
    JudgedDomain& domain = domains[static_cast<size_t>(i)];
    for (int earlier = 0; earlier < i; ++earlier) {  // of this release: they count as shown
      const v1::Series& one = released->series(earlier);
      if (!AreComparable(one, series) || one.points(0).withheld()) continue;
      for (const progress::Figure& figure : domains[static_cast<size_t>(earlier)].wanted) {
        domain.Show(figure);
      }
    }
    for (const progress::Withheld answer : progress::Judge(domain.shown, domain.wanted, {})) {
      if (answer == progress::Withheld::kNo) continue;
      Withhold(answer, &series);
      break;
    }
  }
}

void JudgeDisplacement(const HubState& state, v1::Displacement* displacement) {
  progress::Figure figure;
  for (const auto& [name, party] : state.roster.parties()) {
    const uint64_t records = state.records.LiveRecordsOf(name);
    if (records > 0) {
      figure.contributions.push_back({name, "records", static_cast<double>(records)});
    }
  }
  const auto answer = progress::Judge({}, {figure}, {}).front();
  if (answer == progress::Withheld::kNo) return;
  displacement->Clear();
  *displacement->mutable_withheld() = WhyWithheld(answer);
}

}  // namespace vervet::hub
