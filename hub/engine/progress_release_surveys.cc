// Figures of surveys in a release (progress_release_judge.h).
#include "hub/engine/progress_release_judge.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hub/engine/progress_asked.h"
#include "hub/views/progress/survey_draws.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;

// One stratum's surveys of one period, in the revisions that stood: what a figure takes as a whole.
struct Piece {
  std::string member, platform_class, taxon_group;
  std::set<std::string> sharing_groups;
  std::string name;  // also of the revisions, of these and of the team's error
  double exposure = 0;
  double offending = 0;
  bool matched = false;  // surveyed in the baseline and in the period

  bool In(const v1::FigureSubset& subset) const {
    const auto is = [](const std::string& wanted, const std::string& label) {
      return wanted.empty() || wanted == label;
    };
    return is(subset.member(), member) && is(subset.platform_class(), platform_class) &&
           is(subset.taxon_group(), taxon_group) &&
           (subset.sharing_group().empty() || sharing_groups.count(subset.sharing_group()) > 0);
  }
};

// What the surveys of a panel's period were at a position: of the baseline and of the period.
struct Pieces {
  std::vector<Piece> baseline, follow_up;
};

class PieceCollector {
 public:
  PieceCollector(const ProgressLedger& ledger, const v1::Panel& panel, bool independent,
                 uint64_t position)
      : ledger_(ledger), panel_(panel), independent_(independent), position_(position) {}

  Pieces Of(const progress::Days& period) {
    for (const uint32_t index : ledger_.teams()) {
      const Row& row = ledger_.rows()[index];
      if (row.sequence > position_) break;
      if (row.independent == independent_) {
        teams_[ledger_.TeamName(row)] = index;  // withdrawals too: they change figures
      }
    }
    Pieces pieces;
    std::map<Key, Piece> before = In(FromProto(panel_.baseline()));
    std::map<Key, Piece> after = In(period);
    for (auto& [key, piece] : before) {
      piece.matched = after.count(key) > 0;
      pieces.baseline.push_back(piece);
    }
    for (auto& [key, piece] : after) {
      piece.matched = before.count(key) > 0;
      pieces.follow_up.push_back(std::move(piece));
    }
    return pieces;
  }

 private:
  using Key = std::array<ProgressLedger::Word, 4>;

  std::map<Key, Piece> In(const progress::Days& period) const {
    std::map<Key, Piece> pieces;
    ledger_.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
      if (row.independent != independent_ || !row.StandsAt(position_) ||
          !period.Contains(row.days)) {
        return;
      }
      const std::string& party = ledger_.Text(row.member);
      const v1::PanelMember* member = FindPanelMember(panel_, party);
      if (member == nullptr ||
          !HasStratum(*member, ledger_.Text(row.surface), ledger_.Text(row.taxon_group),
                      ledger_.Text(row.language))) {
        return;
      }
      Add(row, party, *member, &pieces[{row.member, row.surface, row.taxon_group, row.language}]);
    });
    return pieces;
  }

  void Add(const Row& row, const std::string& party, const v1::PanelMember& member,
           Piece* piece) const {
    if (piece->name.empty()) {
      piece->member = party;
      piece->platform_class = member.platform_class();
      piece->taxon_group = ledger_.Text(row.taxon_group);
      piece->sharing_groups = {member.sharing_groups().begin(), member.sharing_groups().end()};
      piece->name = independent_ ? "independent" : "own";
    }
    const auto team = teams_.find(ledger_.TeamName(row));
    const uint64_t counted = team == teams_.end() ? 0 : ledger_.rows()[team->second].sequence;
    absl::StrAppend(&piece->name, " ", row.sequence, "/", counted);
    piece->exposure += row.exposure;
    progress::Survey survey;
    survey.exposure = row.exposure;
    survey.design =
        row.score_stratified ? progress::Design::kScoreStratified : progress::Design::kSimple;
    survey.samples = ledger_.SamplesOf(row);
    survey.frame_listings = row.frame_listings;
    piece->offending += progress::Summarise(survey, progress::ReviewerError()).total;
  }

  const ProgressLedger& ledger_;
  const v1::Panel& panel_;
  const bool independent_;
  const uint64_t position_;
  std::map<std::string, uint32_t> teams_;  // by name, the newest row
};

// The four sums behind a reduction, and the two behind a prevalence.
struct SurveyDomains {
  JudgedDomain exposure_before, exposure_after, offending_before, offending_after;
  JudgedDomain found, known;  // by reviewers, of known positives: behind the recall
};

progress::Figure FigureOf(const std::vector<Piece>& pieces, const v1::FigureSubset& subset,
                          bool matched_only, double Piece::*magnitude) {
  progress::Figure figure;
  for (const Piece& piece : pieces) {
    if ((matched_only && !piece.matched) || !piece.In(subset)) continue;
    figure.contributions.push_back({piece.member, piece.name, piece.*magnitude});
  }
  return figure;
}

// Puts the sums into `show` of each domain; the same order for wanted ones.
template <typename Take>
void TakeReduction(const Pieces& pieces, const v1::FigureSubset& subset, SurveyDomains* domains,
                   const Take& take) {
  take(&domains->exposure_before, FigureOf(pieces.baseline, subset, true, &Piece::exposure));
  take(&domains->exposure_after, FigureOf(pieces.follow_up, subset, true, &Piece::exposure));
  take(&domains->offending_before, FigureOf(pieces.baseline, subset, true, &Piece::offending));
  take(&domains->offending_after, FigureOf(pieces.follow_up, subset, true, &Piece::offending));
}

template <typename Take>
void TakePrevalence(const Pieces& pieces, const v1::FigureSubset& subset, SurveyDomains* domains,
                    const Take& take) {
  take(&domains->exposure_after, FigureOf(pieces.follow_up, subset, false, &Piece::exposure));
  take(&domains->offending_after, FigureOf(pieces.follow_up, subset, false, &Piece::offending));
}

// Puts what is behind a recall into `found` and `known`: counts of the teams that reviewed in the
// period.
template <typename Take>
void TakeRecall(const ProgressLedger& ledger, const v1::PeriodReleased& released, bool independent,
                SurveyDomains* domains, const Take& take) {
  const v1::Panel& panel = ledger.FindPanel(released.panel())->panel;
  const progress::Days period = FromProto(released.period());
  std::set<std::pair<ProgressLedger::Word, ProgressLedger::Word>> reviewed;
  ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
    if (row.independent == independent && row.StandsAt(released.position()) &&
        row.days.begin >= period.begin &&
        FindPanelMember(panel, ledger.Text(row.member)) != nullptr) {
      reviewed.insert({row.member, row.team});
    }
  });
  progress::Figure found, known;
  for (const uint32_t index : ledger.teams()) {
    const Row& row = ledger.rows()[index];
    if (row.independent != independent || !row.StandsAt(released.position()) ||
        reviewed.count({row.member, row.team}) == 0) {
      continue;
    }
    const std::string piece = absl::StrCat("team ", row.sequence);
    const auto all =
        static_cast<double>(row.found) + static_cast<double>(row.missed) * row.missed_weight;
    found.contributions.push_back({ledger.Text(row.member), piece, static_cast<double>(row.found)});
    known.contributions.push_back({ledger.Text(row.member), piece, all});
  }
  take(&domains->found, std::move(found));
  take(&domains->known, std::move(known));
}

bool IsOfPrevalence(const v1::Series& series) {
  return series.kind() == v1::SERIES_PREVALENCE || series.kind() == v1::SERIES_PRECISION;
}

// The refusals of a list of judgements, one answer for each figure.
class Verdicts {
 public:
  explicit Verdicts(const JudgedDomain& domain)
      : answers_(progress::Judge(domain.shown, domain.wanted, {})) {}
  progress::Withheld Next() { return answers_[next_++]; }

 private:
  std::vector<progress::Withheld> answers_;
  size_t next_ = 0;
};

progress::Withheld Worst(std::initializer_list<progress::Withheld> answers) {
  for (const progress::Withheld answer : answers) {
    if (answer != progress::Withheld::kNo) return answer;
  }
  return progress::Withheld::kNo;
}

// Everything that is to be judged of the panel's surveys, found under the state's lock.
SurveyDomains SurveysToJudge(const HubState& state, const v1::Panel& panel, bool independent,
                             const v1::PeriodReleased& released) {
  const ProgressLedger& ledger = state.progress;
  const v1::Surveyors surveyors = independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES;
  SurveyDomains domains;
  const auto show = [](JudgedDomain* domain, progress::Figure figure) {
    domain->Show(std::move(figure));
  };
  for (const ProgressLedger::Release& earlier : ledger.releases()) {
    const ProgressLedger::Panel* entry = ledger.FindPanel(earlier.released.panel());
    const Pieces pieces =
        PieceCollector(ledger, entry->panel, independent, earlier.released.position())
            .Of(FromProto(earlier.released.period()));
    for (const v1::ReductionFigure& figure : earlier.released.reductions()) {
      if (figure.surveyors() != surveyors || figure.has_withheld()) continue;
      TakeReduction(pieces, figure.subset(), &domains, show);
    }
    for (const v1::Series& series : earlier.released.series()) {
      if (series.surveyors() != surveyors) continue;
      if (series.points_size() != 1 || series.points(0).withheld()) continue;
      if (IsOfPrevalence(series)) TakePrevalence(pieces, series.subset(), &domains, show);
      if (series.kind() == v1::SERIES_RECALL) {
        TakeRecall(ledger, earlier.released, independent, &domains, show);
      }
    }
  }
  const Pieces pieces = PieceCollector(ledger, panel, independent, released.position())
                            .Of(FromProto(released.period()));
  const auto want = [](JudgedDomain* domain, progress::Figure figure) {
    domain->wanted.push_back(std::move(figure));
  };
  for (const v1::ReductionFigure& figure : released.reductions()) {
    if (figure.surveyors() == surveyors) TakeReduction(pieces, figure.subset(), &domains, want);
  }
  for (const v1::Series& series : released.series()) {
    if (series.surveyors() != surveyors) continue;
    if (IsOfPrevalence(series)) TakePrevalence(pieces, series.subset(), &domains, want);
    if (series.kind() == v1::SERIES_RECALL) {
      TakeRecall(ledger, released, independent, &domains, want);
    }
  }
  return domains;
}

}  // namespace

void JudgeSurveys(const SharedState& state, const v1::Panel& panel, bool independent,
                  v1::PeriodReleased* released) {
  const SurveyDomains domains = state.Read(
      [&](const HubState& now) { return SurveysToJudge(now, panel, independent, *released); });
  const v1::Surveyors surveyors = independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES;
  Verdicts exposure_before(domains.exposure_before), exposure_after(domains.exposure_after);
  Verdicts offending_before(domains.offending_before), offending_after(domains.offending_after);
  Verdicts found(domains.found), known(domains.known);
  for (v1::ReductionFigure& figure : *released->mutable_reductions()) {
    if (figure.surveyors() != surveyors) continue;
    const progress::Withheld worst = Worst({exposure_before.Next(), exposure_after.Next(),
                                            offending_before.Next(), offending_after.Next()});
    if (worst != progress::Withheld::kNo) Withhold(worst, &figure);
  }
  for (v1::Series& series : *released->mutable_series()) {
    if (series.surveyors() != surveyors) continue;
    progress::Withheld worst = progress::Withheld::kNo;
    if (IsOfPrevalence(series)) worst = Worst({exposure_after.Next(), offending_after.Next()});
    if (series.kind() == v1::SERIES_RECALL) worst = Worst({found.Next(), known.Next()});
    if (worst != progress::Withheld::kNo) Withhold(worst, &series);
  }
}

}  // namespace vervet::hub
