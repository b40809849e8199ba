#include "hub/engine/progress_release.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/views/progress/suppression.h"
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
    for (const Row& row : ledger_.rows()) {
      if (row.sequence > position_) break;
      if (row.kind == Kind::kTeam && row.independent == independent_) {
        teams_[ledger_.TeamName(row)] = row.sequence;  // withdrawals too: they change figures
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
    for (const Row& row : ledger_.rows()) {
      if (row.sequence > position_) break;
      if (row.kind != Kind::kSurvey || row.independent != independent_ ||
          !row.StandsAt(position_) || !period.Contains(row.days)) {
        continue;
      }
      const std::string& party = ledger_.Text(row.member);
      const v1::PanelMember* member = FindPanelMember(panel_, party);
      if (member == nullptr ||
          !HasStratum(*member, ledger_.Text(row.surface), ledger_.Text(row.taxon_group),
                      ledger_.Text(row.language))) {
        continue;
      }
      Add(row, party, *member, &pieces[{row.member, row.surface, row.taxon_group, row.language}]);
    }
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
    absl::StrAppend(&piece->name, " ", row.sequence, "/", team == teams_.end() ? 0 : team->second);
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
  std::map<std::string, uint64_t> teams_;
};

// Sums of one kind that could be compared with one another. Pieces of different domains are never
// in one figure, so each is judged by itself.
struct Domain {
  std::vector<progress::Figure> shown, wanted;
  std::set<std::string> known;  // `shown` by content: releases repeat each other

  void Show(progress::Figure figure) {
    std::string content;
    for (const auto& one : figure.contributions) absl::StrAppend(&content, one.piece, "\n");
    if (known.insert(content).second) shown.push_back(std::move(figure));
  }
};

// The four sums behind a reduction, and the two behind a prevalence.
struct SurveyDomains {
  Domain exposure_before, exposure_after, offending_before, offending_after;
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

bool IsOfPrevalence(const v1::Series& series) {
  return series.kind() == v1::SERIES_PREVALENCE || series.kind() == v1::SERIES_PRECISION;
}

// The refusals of a list of judgements, one answer for each figure.
class Verdicts {
 public:
  explicit Verdicts(const Domain& domain)
      : answers_(progress::Judge(domain.shown, domain.wanted, {})) {}
  progress::Withheld Next() { return answers_[next_++]; }

 private:
  std::vector<progress::Withheld> answers_;
  size_t next_ = 0;
};

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

// What a member gets of a figure that is shown: no amounts, and no names.
void Simplify(v1::ReductionFigure* figure) {
  for (v1::FigureBasis* basis : {figure->mutable_baseline(), figure->mutable_follow_up()}) {
    v1::FigureBasis shown;
    shown.set_members(basis->members());
    shown.set_strata(basis->strata());
    shown.set_surveys(basis->surveys());
    *basis = shown;
  }
  figure->clear_without_follow_up();
  figure->clear_without_baseline();
}

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
  const auto show = [](Domain* domain, progress::Figure figure) {
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
      if (series.surveyors() != surveyors || !IsOfPrevalence(series)) continue;
      if (series.points_size() != 1 || series.points(0).withheld()) continue;
      TakePrevalence(pieces, series.subset(), &domains, show);
    }
  }
  const Pieces pieces = PieceCollector(ledger, panel, independent, released.position())
                            .Of(FromProto(released.period()));
  const auto want = [](Domain* domain, progress::Figure figure) {
    domain->wanted.push_back(std::move(figure));
  };
  for (const v1::ReductionFigure& figure : released.reductions()) {
    if (figure.surveyors() == surveyors) TakeReduction(pieces, figure.subset(), &domains, want);
  }
  for (const v1::Series& series : released.series()) {
    if (series.surveyors() == surveyors && IsOfPrevalence(series)) {
      TakePrevalence(pieces, series.subset(), &domains, want);
    }
  }
  return domains;
}

void JudgeSurveys(const SurveyDomains& domains, bool independent, v1::PeriodReleased* released) {
  const v1::Surveyors surveyors = independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES;
  Verdicts exposure_before(domains.exposure_before), exposure_after(domains.exposure_after);
  Verdicts offending_before(domains.offending_before), offending_after(domains.offending_after);
  for (v1::ReductionFigure& figure : *released->mutable_reductions()) {
    if (figure.surveyors() != surveyors) continue;
    const progress::Withheld worst = Worst({exposure_before.Next(), exposure_after.Next(),
                                            offending_before.Next(), offending_after.Next()});
    if (worst != progress::Withheld::kNo) Withhold(worst, &figure);
  }
  for (v1::Series& series : *released->mutable_series()) {
    if (series.surveyors() != surveyors || !IsOfPrevalence(series)) continue;
    const progress::Withheld worst = Worst({exposure_after.Next(), offending_after.Next()});
    if (worst != progress::Withheld::kNo) Withhold(worst, &series);
  }
}

// ---- Activity: the rows themselves are the pieces.

bool IsProactive(const ProgressLedger& ledger, const Row& row) {
  const auto& definitions = ledger.definitions()[row.definition_version - 1].definitions;
  for (const auto& source : definitions.detection_sources()) {
    if (source.word().id() == ledger.Text(row.detected_by)) return source.proactive();
  }
  return false;
}

progress::Figure ActivityFigure(const ProgressLedger& ledger, const progress::Days& period,
                                const v1::Series& series, uint64_t position, bool proactive_only) {
  progress::Figure figure;
  for (const Row& row : ledger.rows()) {
    if (row.sequence > position) break;
    if (row.kind != Kind::kActivity || !row.StandsAt(position)) continue;
    if (row.days.begin < period.begin || row.days.begin >= period.end) continue;
    if (ledger.Text(row.action) != series.action()) continue;
    if (series.kind() == v1::SERIES_VIEWS_BEFORE_REMOVAL && !row.views_known) continue;
    if (proactive_only && !IsProactive(ledger, row)) continue;
    const uint64_t magnitude =
        series.kind() == v1::SERIES_VIEWS_BEFORE_REMOVAL ? row.views : row.count;
    figure.contributions.push_back({ledger.Text(row.member), absl::StrCat("event ", row.sequence),
                                    static_cast<double>(magnitude)});
  }
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
std::vector<progress::Figure> FiguresBehind(const ProgressLedger& ledger,
                                            const progress::Days& period, const v1::Series& series,
                                            uint64_t position) {
  std::vector<progress::Figure> figures = {ActivityFigure(ledger, period, series, position, false)};
  if (series.kind() == v1::SERIES_PROACTIVE_RATE) {
    figures.push_back(ActivityFigure(ledger, period, series, position, true));
  }
  return figures;
}

// For each line of the release, in its order: what was shown before, and the sums behind it.
std::vector<Domain> ActivityToJudge(const HubState& state, const v1::PeriodReleased& released) {
  const ProgressLedger& ledger = state.progress;
  std::vector<Domain> domains;
  for (const v1::Series& series : released.series()) {
    Domain& domain = domains.emplace_back();
    if (!IsOfActivity(series)) continue;
    for (const ProgressLedger::Release& earlier : ledger.releases()) {
      for (const v1::Series& one : earlier.released.series()) {
        if (!AreComparable(one, series) || one.points(0).withheld()) continue;
        for (progress::Figure& figure : FiguresBehind(ledger, FromProto(earlier.released.period()),
                                                      one, earlier.released.position())) {
          domain.Show(std::move(figure));
        }
      }
    }
    domain.wanted =
        FiguresBehind(ledger, FromProto(released.period()), series, released.position());
  }
  return domains;
}

void JudgeActivity(std::vector<Domain> domains, v1::PeriodReleased* released) {
  for (int i = 0; i < released->series_size(); ++i) {
    v1::Series& series = *released->mutable_series(i);
    if (!IsOfActivity(series)) continue;
    Domain& domain = domains[static_cast<size_t>(i)];
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

// Whose records displacement rests on: as many, and as evenly, as for any other figure.
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

absl::Status CheckReleasable(const HubState& state, const v1::Panel& panel,
                             const progress::Days& period, const AskedPosition& asked) {
  const ProgressLedger& ledger = state.progress;
  if (period.end > asked.today) {
    return absl::FailedPreconditionError("period: is not over; a release shows whole periods");
  }
  if (ledger.releases().size() >= kMaxReleases) {
    return absl::FailedPreconditionError(
        absl::StrCat("there are ", kMaxReleases, " releases, the limit"));
  }
  const auto* last = ledger.ReleaseOf(panel.panel(), period, asked.position);
  if (last == nullptr) return absl::OkStatus();
  const progress::Days baseline = FromProto(panel.baseline());
  for (size_t i = ledger.FirstAfter(last->released.position()); i < ledger.rows().size(); ++i) {
    const Row& row = ledger.rows()[i];
    if (row.kind == Kind::kTeam || row.days.Overlaps(period) || row.days.Overlaps(baseline)) {
      return absl::OkStatus();
    }
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "period: nothing of it has changed since its release ", last->released.release()));
}

// A series of one period for each kind, in the order of the page: totals before their parts.
absl::Status AddSeries(const ProgressAsker& asker, uint64_t position,
                       v1::PeriodReleased* released) {
  v1::GetSeriesRequest request;
  request.set_panel(released->panel());
  *request.mutable_days() = released->period();
  request.mutable_as_of()->set_position(position);
  const auto take = [&]() -> absl::Status {
    v1::GetSeriesResponse answer;
    VERVET_RETURN_IF_ERROR(GetSeries(asker, request, &answer));
    for (v1::Series& series : *answer.mutable_series()) {
      if (series.points_size() == 1) *released->add_series() = std::move(series);
    }
    return absl::OkStatus();
  };
  for (const v1::SeriesKind kind :
       {v1::SERIES_PREVALENCE, v1::SERIES_PRECISION, v1::SERIES_ACTIVITY, v1::SERIES_PROACTIVE_RATE,
        v1::SERIES_VIEWS_BEFORE_REMOVAL, v1::SERIES_APPEALS, v1::SERIES_RESTORED,
        v1::SERIES_REFERRALS}) {
    request.add_kinds(kind);
  }
  VERVET_RETURN_IF_ERROR(take());
  request.clear_kinds();
  request.add_kinds(v1::SERIES_PREVALENCE);
  for (const v1::SeriesSplit split :
       {v1::SPLIT_PLATFORM_CLASS, v1::SPLIT_TAXON_GROUP, v1::SPLIT_SHARING_GROUP}) {
    request.set_split(split);
    VERVET_RETURN_IF_ERROR(take());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::PeriodReleased> PrepareRelease(const ProgressAsker& asker,
                                                  const v1::ReleaseRequest& request) {
  if (!request.note().empty()) {
    VERVET_RETURN_IF_ERROR(CheckText("note", request.note(), kMaxReasonBytes));
  }
  if (!request.has_period()) return Invalid("period", "is missing; which period is released?");
  v1::Panel panel;
  v1::PeriodReleased released;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, v1::AsOf(), asker.now));
    VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                            ResolvePanel(state.progress, request.panel(), asked.position));
    panel = entry->panel;
    const progress::Days period = FromProto(request.period());
    VERVET_RETURN_IF_ERROR(CheckPeriod(panel, period));
    VERVET_RETURN_IF_ERROR(CheckReleasable(state, panel, period, asked));
    released.set_release(static_cast<uint32_t>(state.progress.releases().size() + 1));
    released.set_panel(panel.panel());
    *released.mutable_period() = request.period();
    released.set_position(asked.position);
    released.set_definition_version(panel.definition_version());
    released.set_note(request.note());
    released.set_released_by(asker.party);
    *released.mutable_displacement() = DisplacementOf(state, asker.now);
    JudgeDisplacement(state, released.mutable_displacement());
    return absl::OkStatus();
  }));
  const uint64_t position = released.position();
  v1::GetReductionRequest reductions;
  reductions.set_panel(panel.panel());
  *reductions.mutable_period() = request.period();
  reductions.mutable_as_of()->set_position(position);
  v1::GetReductionResponse answer;
  VERVET_RETURN_IF_ERROR(GetReduction(asker, reductions, &answer));
  released.mutable_reductions()->Swap(answer.mutable_figures());
  VERVET_RETURN_IF_ERROR(AddSeries(asker, position, &released));
  SurveyDomains own, independent;
  std::vector<Domain> activity;
  asker.state->Read([&](const HubState& state) {
    own = SurveysToJudge(state, panel, false, released);
    independent = SurveysToJudge(state, panel, true, released);
    activity = ActivityToJudge(state, released);
  });
  JudgeSurveys(own, false, &released);
  JudgeSurveys(independent, true, &released);
  JudgeActivity(std::move(activity), &released);
  for (v1::ReductionFigure& figure : *released.mutable_reductions()) {
    if (!figure.has_withheld()) Simplify(&figure);
  }
  return released;
}

absl::StatusOr<Command> ReleaseCommand(absl::string_view by, const v1::ReleaseRequest& request,
                                       const absl::StatusOr<v1::PeriodReleased>& prepared) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "Release", request);
  command.exclusive = true;
  command.decide = [by = std::string(by), prepared](
                       const HubState& state, absl::Time) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    VERVET_RETURN_IF_ERROR(prepared.status());
    if (state.progress.changed() != prepared->position()) {
      return absl::AbortedError(
          "something was contributed while the release was prepared; release again");
    }
    AppendEntry entry;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    *entry.draft.body.mutable_period_released() = *prepared;
    return Command::Decision(std::move(entry));
  };
  return command;
}

void FillReleaseResponse(const v1::PeriodReleased& released, v1::ReleaseResponse* response) {
  response->set_release(released.release());
  uint32_t shown = 0;
  uint32_t withheld = 0;
  for (const v1::ReductionFigure& figure : released.reductions()) {
    ++(figure.has_withheld() ? withheld : shown);
  }
  for (const v1::Series& series : released.series()) {
    for (const v1::SeriesPoint& point : series.points()) ++(point.withheld() ? withheld : shown);
  }
  response->set_shown(shown);
  response->set_withheld(withheld);
  *response->mutable_reductions() = released.reductions();
  *response->mutable_series() = released.series();
}

}  // namespace vervet::hub
