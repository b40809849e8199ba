// GetSeries of progress_query.h: lines over the periods of a panel.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;
using Word = ProgressLedger::Word;

bool IsOfActivity(v1::SeriesKind kind) {
  switch (kind) {
    case v1::SERIES_ACTIVITY:
    case v1::SERIES_PROACTIVE_RATE:
    case v1::SERIES_VIEWS_BEFORE_REMOVAL:
    case v1::SERIES_APPEALS:
    case v1::SERIES_RESTORED:
    case v1::SERIES_REFERRALS:
      return true;
    default:
      return false;
  }
}

bool IsOfSurveys(v1::SeriesKind kind) {
  return kind == v1::SERIES_PREVALENCE || kind == v1::SERIES_REDUCTION ||
         kind == v1::SERIES_PRECISION || kind == v1::SERIES_RECALL;
}

// What of one period counts towards one value.
struct Tally {
  double sum = 0;
  double of = 0;  // of rates
  std::set<Word> members;
  std::set<uint32_t> versions;
};

// What is asked for, found under the state's lock.
struct SeriesWork {
  AskedPosition asked;
  v1::Panel panel;
  std::vector<progress::Days> periods;       // the baseline first
  std::vector<std::set<uint32_t>> versions;  // of the surveys of each period
  // Of known positives that reviewers got to see, by surveyors and period: found, and all.
  std::array<std::vector<std::pair<double, double>>, 2> recall;
  bool any_independent = false;
};

int PeriodIndex(const std::vector<progress::Days>& periods, int32_t day) {
  for (size_t i = periods.size(); i-- > 0;) {
    if (periods[i].begin <= day) return day < periods[i].end ? static_cast<int>(i) : -1;
  }
  return -1;
}

// ---- Activity.

class ActivityTallies {
 public:
  ActivityTallies(const ProgressLedger& ledger, const SeriesWork& work,
                  const v1::GetSeriesRequest& request)
      : ledger_(ledger), work_(work), request_(request) {
    for (const v1::PanelMember& member : work.panel.members()) {
      if (const Word word = ledger.Find(member.party())) members_[word] = &member;
    }
    for (const ProgressLedger::Defined& defined : ledger.definitions()) {
      for (const auto& action : defined.definitions.actions()) {
        meanings_[ledger.Find(action.word().id())] = action.meaning();
      }
      for (const auto& source : defined.definitions.detection_sources()) {
        proactive_[ledger.Find(source.word().id())] = source.proactive();
      }
    }
    for (const Row& row : ledger.rows()) {
      if (row.sequence > work.asked.position) break;
      if (row.kind == Kind::kActivity && row.StandsAt(work.asked.position)) Take(row);
    }
  }

  void AddTo(std::vector<v1::Series>* out) const {
    for (const auto& [key, line] : lines_) {
      const auto& [kind, action, unit, split] = key;
      v1::Series& series = out->emplace_back();
      series.set_kind(static_cast<v1::SeriesKind>(kind));
      *series.mutable_subset() = request_.subset();
      series.set_action(ledger_.Text(action));
      SetSplit(split, &series);
      const bool share = kind == v1::SERIES_PROACTIVE_RATE;
      series.set_unit(share                                     ? "share"
                      : kind == v1::SERIES_VIEWS_BEFORE_REMOVAL ? "view"
                                                                : ledger_.Text(unit));
      for (size_t i = 0; i < line.size(); ++i) {
        AddPoint(work_.periods[i], line[i], share || kind == v1::SERIES_VIEWS_BEFORE_REMOVAL,
                 series.add_points());
      }
    }
  }

 private:
  void Take(const Row& row) {
    const int period = PeriodIndex(work_.periods, row.days.begin);
    if (period < 0) return;
    const auto found = members_.find(row.member);
    const v1::PanelMember* member = found == members_.end() ? nullptr : found->second;
    const v1::FigureSubset& subset = request_.subset();
    const auto in_group = [member](const std::string& group) {
      return member != nullptr &&
             std::find(member->sharing_groups().begin(), member->sharing_groups().end(), group) !=
                 member->sharing_groups().end();
    };
    if (!subset.member().empty() && ledger_.Text(row.member) != subset.member()) return;
    if (!subset.taxon_group().empty() && ledger_.Text(row.taxon_group) != subset.taxon_group()) {
      return;
    }
    if (!subset.platform_class().empty() &&
        (member == nullptr || member->platform_class() != subset.platform_class())) {
      return;
    }
    if (!subset.sharing_group().empty() && !in_group(subset.sharing_group())) return;
    for (const int kind : request_.kinds())
      TakeFor(static_cast<v1::SeriesKind>(kind), row, member, static_cast<size_t>(period));
  }

  void TakeFor(v1::SeriesKind kind, const Row& row, const v1::PanelMember* member, size_t period) {
    const auto known = meanings_.find(row.action);
    if (known == meanings_.end()) return;
    const v1::ActionMeaning meaning = known->second;
    double sum = static_cast<double>(row.count);
    double of = 0;
    switch (kind) {
      case v1::SERIES_ACTIVITY:
        break;
      case v1::SERIES_APPEALS:
        if (meaning != v1::APPEAL_RECEIVED) return;
        break;
      case v1::SERIES_RESTORED:
        if (meaning != v1::RESTORED_ON_APPEAL) return;
        break;
      case v1::SERIES_REFERRALS:
        if (meaning != v1::REFERRED_TO_AGENCY) return;
        break;
      case v1::SERIES_PROACTIVE_RATE: {
        if (meaning != v1::ENFORCEMENT) return;
        const auto source = proactive_.find(row.detected_by);
        of = sum;
        if (source == proactive_.end() || !source->second) sum = 0;
        break;
      }
      case v1::SERIES_VIEWS_BEFORE_REMOVAL:
        if (!row.views_known || row.views_known_of == 0) return;
        sum = static_cast<double>(row.views);
        of = static_cast<double>(row.views_known_of);
        break;
      default:
        return;
    }
    auto& line = lines_[{static_cast<int>(kind), row.action, row.unit, SplitOf(row, member)}];
    line.resize(work_.periods.size());
    line[period].sum += sum;
    line[period].of += of;
    line[period].members.insert(row.member);
    line[period].versions.insert(row.definition_version);
  }

  std::string SplitOf(const Row& row, const v1::PanelMember* member) const {
    switch (request_.split()) {
      case v1::SPLIT_PLATFORM_CLASS:
        return member == nullptr ? "" : member->platform_class();
      case v1::SPLIT_TAXON_GROUP:
        return ledger_.Text(row.taxon_group);
      case v1::SPLIT_DETECTION_SOURCE:
        return ledger_.Text(row.detected_by);
      case v1::SPLIT_MEMBER:
        return ledger_.Text(row.member);
      default:
        return "";
    }
  }

  void SetSplit(const std::string& value, v1::Series* series) const {
    switch (request_.split()) {
      case v1::SPLIT_PLATFORM_CLASS:
        return series->mutable_subset()->set_platform_class(value);
      case v1::SPLIT_TAXON_GROUP:
        return series->mutable_subset()->set_taxon_group(value);
      case v1::SPLIT_DETECTION_SOURCE:
        return series->set_detected_by(value);
      case v1::SPLIT_MEMBER:
        return series->mutable_subset()->set_member(value);
      default:
        return;
    }
  }

  static void AddPoint(const progress::Days& days, const Tally& tally, bool rate,
                       v1::SeriesPoint* point) {
    *point->mutable_days() = ToProto(days);
    point->set_contributors(static_cast<uint32_t>(tally.members.size()));
    for (const uint32_t version : tally.versions) point->add_definition_versions(version);
    if (tally.members.empty() || (rate && !(tally.of > 0))) {
      *point->mutable_why() =
          MakeWhy("no_contribution", "Nobody has contributed this for the period yet.");
      return;
    }
    point->set_value(rate ? tally.sum / tally.of : tally.sum);
  }

  const ProgressLedger& ledger_;
  const SeriesWork& work_;
  const v1::GetSeriesRequest& request_;
  std::map<Word, const v1::PanelMember*> members_;
  std::map<Word, v1::ActionMeaning> meanings_;
  std::map<Word, bool> proactive_;
  // by kind, action, unit and what it is split by; a tally for each period
  std::map<std::tuple<int, Word, Word, std::string>, std::vector<Tally>> lines_;
};

// ---- Markers, and what surveys say beside the estimate.

void LookAtSurveys(const ProgressLedger& ledger, SeriesWork* work,
                   std::vector<v1::SeriesMarker>* markers) {
  const size_t count = work->periods.size();
  work->versions.resize(count);
  for (auto& recall : work->recall) recall.assign(count, {0, 0});
  std::map<std::pair<Word, Word>, const Row*> teams[2];
  std::vector<std::set<std::pair<Word, Word>>> seen[2] = {
      std::vector<std::set<std::pair<Word, Word>>>(count),
      std::vector<std::set<std::pair<Word, Word>>>(count)};
  std::vector<std::set<std::array<Word, 4>>> frames(count);
  std::set<Word> members;
  for (const v1::PanelMember& member : work->panel.members()) {
    members.insert(ledger.Find(member.party()));
  }
  for (const Row& row : ledger.rows()) {
    if (row.sequence > work->asked.position) break;
    if (row.kind == Kind::kActivity || !row.StandsAt(work->asked.position)) continue;
    if (members.count(row.member) == 0) continue;
    if (row.kind == Kind::kTeam) {
      teams[row.independent][{row.member, row.team}] = &row;
      continue;
    }
    const int period = PeriodIndex(work->periods, row.days.begin);
    if (period < 0) continue;
    work->versions[period].insert(row.definition_version);
    seen[row.independent][period].insert({row.member, row.team});
    if (row.independent) {
      work->any_independent = true;
    } else {
      frames[period].insert({row.member, row.surface, row.taxon_group, row.language});
    }
  }
  for (int independent = 0; independent < 2; ++independent) {
    for (size_t i = 0; i < count; ++i) {
      for (const auto& team : seen[independent][i]) {
        const auto known = teams[independent].find(team);
        if (known == teams[independent].end()) continue;
        const Row& row = *known->second;
        const auto found = static_cast<double>(row.found);
        work->recall[independent][i].first += found;
        work->recall[independent][i].second +=
            found + static_cast<double>(row.missed) * row.missed_weight;
      }
    }
  }
  const auto due = static_cast<int32_t>(work->panel.due_days());
  for (size_t i = 1; i < count; ++i) {
    if (frames[i].empty() || frames[i - 1].empty()) continue;
    uint32_t added = 0;
    uint32_t gone = 0;
    for (const auto& stratum : frames[i]) added += frames[i - 1].count(stratum) == 0 ? 1 : 0;
    for (const auto& stratum : frames[i - 1]) gone += frames[i].count(stratum) == 0 ? 1 : 0;
    // Until a period is due, what has not come is late at worst.
    if (work->asked.today < work->periods[i].end + due) gone = 0;
    if (added == 0 && gone == 0) continue;
    v1::SeriesMarker& marker = markers->emplace_back();
    marker.set_kind(v1::FRAME_CHANGED);
    marker.set_day(work->periods[i].begin);
    marker.set_panel(work->panel.panel());
    marker.set_strata_added(added);
    marker.set_strata_gone(gone);
    marker.set_text(absl::StrCat(added, " strata came, ", gone, " went"));
  }
}

void AddEventMarkers(const ProgressLedger& ledger, const SeriesWork& work,
                     std::vector<v1::SeriesMarker>* markers) {
  for (const ProgressLedger::Defined& defined : ledger.definitions()) {
    if (defined.sequence > work.asked.position) break;
    v1::SeriesMarker& marker = markers->emplace_back();
    marker.set_kind(v1::DEFINITIONS_CHANGED);
    marker.set_day(DayNumberOf(absl::FromUnixMicros(defined.time_us)));
    marker.set_sequence(defined.sequence);
    marker.set_definition_version(defined.definitions.version());
    marker.set_text(defined.definitions.change());
  }
  for (const ProgressLedger::Panel& panel : ledger.panels()) {
    if (panel.sequence > work.asked.position) break;
    v1::SeriesMarker& marker = markers->emplace_back();
    marker.set_kind(v1::PANEL_CREATED_MARKER);
    marker.set_day(DayNumberOf(absl::FromUnixMicros(panel.time_us)));
    marker.set_sequence(panel.sequence);
    marker.set_definition_version(panel.panel.definition_version());
    marker.set_panel(panel.panel.panel());
    marker.set_text(panel.panel.title());
  }
}

// ---- Surveys.

std::vector<v1::FigureSubset> SubsetsOf(const v1::GetSeriesRequest& request,
                                        const v1::Panel& panel) {
  std::vector<v1::FigureSubset> subsets;
  for (const v1::FigureSubset& standard : StandardSubsets(panel)) {
    v1::FigureSubset subset = request.subset();
    bool wanted = false;
    if (request.split() == v1::SPLIT_PLATFORM_CLASS && !standard.platform_class().empty()) {
      subset.set_platform_class(standard.platform_class());
      wanted = true;
    }
    if (request.split() == v1::SPLIT_TAXON_GROUP && !standard.taxon_group().empty()) {
      subset.set_taxon_group(standard.taxon_group());
      wanted = true;
    }
    if (request.split() == v1::SPLIT_SHARING_GROUP && !standard.sharing_group().empty()) {
      subset.set_sharing_group(standard.sharing_group());
      wanted = true;
    }
    if (wanted) subsets.push_back(std::move(subset));
  }
  if (request.split() == v1::SPLIT_MEMBER) {
    for (const v1::PanelMember& member : panel.members()) {
      subsets.push_back(request.subset());
      subsets.back().set_member(member.party());
    }
  }
  if (subsets.empty()) subsets.push_back(request.subset());
  return subsets;
}

void FillSurveyPoint(const SeriesWork& work, size_t period, v1::SeriesKind kind, bool independent,
                     const ProgressFigure& figure, v1::SeriesPoint* point) {
  *point->mutable_days() = ToProto(work.periods[period]);
  point->set_contributors(static_cast<uint32_t>(figure.basis.members.size()));
  for (const uint32_t version : work.versions[period]) point->add_definition_versions(version);
  if (figure.basis.strata == 0) {
    *point->mutable_why() = MakeWhy("no_survey", "No survey of the period has come in yet.");
    return;
  }
  const progress::SurveySummary& sums = figure.basis.sums;
  switch (kind) {
    case v1::SERIES_PREVALENCE:
      if (!figure.prevalence) {
        *point->mutable_why() = MakeWhy(progress::NameOf(progress::Reason::kPpvUnknown),
                                        progress::InWords(progress::Reason::kPpvUnknown));
        return;
      }
      point->set_value(figure.prevalence->point);
      *point->mutable_interval() = ToProto(*figure.prevalence);
      return;
    case v1::SERIES_REDUCTION:
      if (figure.reduction.reduction) {
        point->set_value(figure.reduction.reduction->point);
        *point->mutable_interval() = ToProto(*figure.reduction.reduction);
      }
      if (figure.reduction.reason != progress::Reason::kNone) {
        *point->mutable_why() = MakeWhy(progress::NameOf(figure.reduction.reason),
                                        progress::InWords(figure.reduction.reason));
      }
      return;
    case v1::SERIES_PRECISION:
      if (sums.reviewed_again > 0) {
        point->set_value(static_cast<double>(sums.confirmed) /
                         static_cast<double>(sums.reviewed_again));
      } else {
        *point->mutable_why() =
            MakeWhy("none_reviewed_again", "No positive of the period was reviewed again.");
      }
      return;
    default: {
      const auto& [found, all] = work.recall[independent ? 1 : 0][period];
      if (all > 0) {
        point->set_value(found / all);
      } else {
        *point->mutable_why() = MakeWhy("sensitivity_not_measured",
                                        "No team of the period has said how much it overlooks.");
      }
    }
  }
}

absl::Status AddSurveySeries(const ProgressAsker& asker, const v1::GetSeriesRequest& request,
                             const SeriesWork& work, std::vector<v1::Series>* out) {
  const std::vector<v1::FigureSubset> subsets = SubsetsOf(request, work.panel);
  const absl::Duration began = asker.env->Monotonic();
  const progress::Days baseline = FromProto(work.panel.baseline());
  for (const bool independent : {false, true}) {
    if (request.surveyors() == (independent ? v1::MEMBERS_THEMSELVES : v1::INDEPENDENT_SURVEYORS)) {
      continue;
    }
    if (independent && !work.any_independent && request.surveyors() == v1::SURVEYORS_UNSPECIFIED) {
      continue;
    }
    const size_t first = out->size();
    std::vector<v1::SeriesKind> kinds;
    for (const int kind : request.kinds()) {
      if (IsOfSurveys(static_cast<v1::SeriesKind>(kind))) {
        kinds.push_back(static_cast<v1::SeriesKind>(kind));
      }
    }
    for (const v1::SeriesKind kind : kinds) {
      for (const v1::FigureSubset& subset : subsets) {
        v1::Series& series = out->emplace_back();
        series.set_kind(kind);
        series.set_surveyors(independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES);
        *series.mutable_subset() = subset;
        series.set_unit("share");
      }
    }
    if (kinds.empty()) continue;
    // Period by period, because an estimate serves all figures of its period.
    for (size_t i = 0; i < work.periods.size(); ++i) {
      for (size_t j = 0; j < subsets.size(); ++j) {
        const ProgressFigures::Key key = {work.panel.panel(), work.periods[i], independent,
                                          work.asked.position};
        const progress::Subset subset = FromProto(subsets[j]);
        for (size_t k = 0; k < kinds.size(); ++k) {
          // The baseline is not compared with itself.
          if (kinds[k] == v1::SERIES_REDUCTION && work.periods[i] == baseline) continue;
          const auto what = kinds[k] == v1::SERIES_REDUCTION ? ProgressFigures::What::kReduction
                                                             : ProgressFigures::What::kPrevalence;
          if (asker.env->Monotonic() - began > asker.patience &&
              !asker.figures->IsAtHand(key, subset, what)) {
            return absl::UnavailableError(
                absl::StrCat("figures of ", i, " of ", work.periods.size(),
                             " periods are computed; retry for the others"));
          }
          VERVET_ASSIGN_OR_RETURN(const ProgressFigure figure,
                                  asker.figures->Of(key, subset, what));
          FillSurveyPoint(work, i, kinds[k], independent, figure,
                          (*out)[first + k * subsets.size() + j].add_points());
        }
      }
    }
  }
  return absl::OkStatus();
}

// ---- Members: from releases.

void AddReleased(const ProgressLedger& ledger, const SeriesWork& work,
                 const v1::GetSeriesRequest& request, std::vector<v1::Series>* out) {
  for (const progress::Days& period : work.periods) {
    const auto* release = ledger.ReleaseOf(work.panel.panel(), period, work.asked.position);
    if (release == nullptr) continue;
    for (const v1::Series& series : release->released.series()) {
      if (std::find(request.kinds().begin(), request.kinds().end(), series.kind()) ==
          request.kinds().end()) {
        continue;
      }
      const v1::FigureSubset& asked = request.subset();
      const bool whole = SameSubset(series.subset(), asked);
      const bool part =
          SameSubset(asked, v1::FigureSubset()) &&
          ((request.split() == v1::SPLIT_PLATFORM_CLASS &&
            !series.subset().platform_class().empty()) ||
           (request.split() == v1::SPLIT_TAXON_GROUP && !series.subset().taxon_group().empty()) ||
           (request.split() == v1::SPLIT_SHARING_GROUP &&
            !series.subset().sharing_group().empty()));
      const bool split_by_subset = request.split() == v1::SPLIT_PLATFORM_CLASS ||
                                   request.split() == v1::SPLIT_TAXON_GROUP ||
                                   request.split() == v1::SPLIT_SHARING_GROUP;
      if (IsOfSurveys(series.kind()) && split_by_subset ? !part : !whole) continue;
      if (request.surveyors() != v1::SURVEYORS_UNSPECIFIED &&
          series.surveyors() != v1::SURVEYORS_UNSPECIFIED &&
          series.surveyors() != request.surveyors()) {
        continue;
      }
      const auto same = std::find_if(out->begin(), out->end(), [&series](const auto& one) {
        return one.kind() == series.kind() && one.surveyors() == series.surveyors() &&
               SameSubset(one.subset(), series.subset()) && one.action() == series.action() &&
               one.detected_by() == series.detected_by() && one.unit() == series.unit();
      });
      if (same == out->end()) {
        out->push_back(series);
      } else {
        same->mutable_points()->MergeFrom(series.points());
      }
    }
  }
}

absl::Status CheckSeriesRequest(const ProgressAsker& asker, const v1::GetSeriesRequest& request) {
  if (request.kinds().empty() || request.kinds_size() > v1::SeriesKind_MAX) {
    return Invalid("kinds", absl::StrCat("has ", request.kinds_size(), " entries; 1 to ",
                                         static_cast<int>(v1::SeriesKind_MAX)));
  }
  std::set<int> seen;
  for (int i = 0; i < request.kinds_size(); ++i) {
    if (request.kinds(i) == v1::SERIES_KIND_UNSPECIFIED ||
        !v1::SeriesKind_IsValid(request.kinds(i))) {
      return Invalid(absl::StrCat("kinds[", i, "]"), "is missing or unknown; see SeriesKind");
    }
    if (!seen.insert(request.kinds(i)).second) {
      return Invalid(absl::StrCat("kinds[", i, "]"), "is there twice; each once");
    }
  }
  const std::string& member = request.subset().member();
  if (!asker.IsCoordinator() && !member.empty() && member != asker.party) {
    return absl::PermissionDeniedError(
        "subset.member: another member; a member sees its own figures");
  }
  if (!asker.IsCoordinator() && request.split() == v1::SPLIT_MEMBER) {
    return absl::PermissionDeniedError("split: members' figures are for coordinators");
  }
  return absl::OkStatus();
}

std::vector<progress::Days> PeriodsOf(const v1::Panel& panel, const v1::GetSeriesRequest& request,
                                      int32_t today) {
  std::vector<progress::Days> periods = {FromProto(panel.baseline())};
  for (const progress::Days& period : ReportingPeriodsUntil(panel, today)) {
    periods.push_back(period);
  }
  if (!request.has_days()) return periods;
  const progress::Days wanted = FromProto(request.days());
  periods.erase(std::remove_if(periods.begin(), periods.end(),
                               [&](const auto& period) { return !period.Overlaps(wanted); }),
                periods.end());
  return periods;
}

// A line without points for each kind of which there is nothing, so that a page can say so.
void AddUncounted(const v1::GetSeriesRequest& request, std::vector<v1::Series>* out) {
  for (const int kind : request.kinds()) {
    const bool counted = std::any_of(out->begin(), out->end(),
                                     [kind](const auto& one) { return one.kind() == kind; });
    if (counted) continue;
    v1::Series& series = out->emplace_back();
    series.set_kind(static_cast<v1::SeriesKind>(kind));
    *series.mutable_subset() = request.subset();
  }
}

}  // namespace

absl::Status GetSeries(const ProgressAsker& asker, const v1::GetSeriesRequest& request,
                       v1::GetSeriesResponse* response) {
  VERVET_RETURN_IF_ERROR(CheckSeriesRequest(asker, request));
  const bool own = !asker.IsCoordinator() && request.subset().member() == asker.party;
  const bool from_releases = !asker.IsCoordinator() && !own;
  v1::GetSeriesResponse answer;
  SeriesWork work;
  std::vector<v1::Series> series;
  std::vector<v1::SeriesMarker> markers;
  VERVET_RETURN_IF_ERROR(asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(work.asked, ResolvePosition(state, request.as_of(), asker.now));
    VERVET_ASSIGN_OR_RETURN(const ProgressLedger::Panel* const entry,
                            ResolvePanel(ledger, request.panel(), work.asked.position));
    work.panel = entry->panel;
    work.periods = PeriodsOf(work.panel, request, work.asked.today);
    FillBasis(ledger, work.asked, answer.mutable_basis());
    answer.mutable_basis()->set_panel(work.panel.panel());
    AddEventMarkers(ledger, work, &markers);
    if (from_releases) {
      AddReleased(ledger, work, request, &series);
      return absl::OkStatus();
    }
    LookAtSurveys(ledger, &work, &markers);
    if (std::any_of(request.kinds().begin(), request.kinds().end(),
                    [](int kind) { return IsOfActivity(static_cast<v1::SeriesKind>(kind)); })) {
      ActivityTallies(ledger, work, request).AddTo(&series);
    }
    AddSharingSeries(state, work.asked, request, work.periods, &series);
    return absl::OkStatus();
  }));
  if (!from_releases) VERVET_RETURN_IF_ERROR(AddSurveySeries(asker, request, work, &series));
  AddUncounted(request, &series);
  for (const int kind : request.kinds()) {
    for (v1::Series& one : series) {
      if (one.kind() == kind) *answer.add_series() = std::move(one);
    }
  }
  std::stable_sort(markers.begin(), markers.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.day(), a.sequence()) < std::make_pair(b.day(), b.sequence());
  });
  for (v1::SeriesMarker& marker : markers) *answer.add_markers() = std::move(marker);
  *response = std::move(answer);
  return absl::OkStatus();
}

}  // namespace vervet::hub
