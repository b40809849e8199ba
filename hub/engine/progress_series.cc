// GetSeries of progress_query.h: lines over the periods of a panel.
#include "hub/engine/progress_series.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {

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

namespace {

// Which lines a release breaks down, and by what.
bool IsReleasedInParts(v1::SeriesKind kind, v1::SeriesSplit split) {
  switch (split) {
    case v1::SPLIT_PLATFORM_CLASS:
      return IsOfSurveys(kind) || kind == v1::SERIES_ACTIVITY;
    case v1::SPLIT_TAXON_GROUP:
    case v1::SPLIT_SHARING_GROUP:
      return IsOfSurveys(kind);
    default:
      return false;
  }
}

bool IsPart(const v1::Series& series, v1::SeriesSplit split) {
  const v1::FigureSubset& subset = series.subset();
  return (split == v1::SPLIT_PLATFORM_CLASS && !subset.platform_class().empty()) ||
         (split == v1::SPLIT_TAXON_GROUP && !subset.taxon_group().empty()) ||
         (split == v1::SPLIT_SHARING_GROUP && !subset.sharing_group().empty());
}

// A released reduction as a point of its line.
v1::Series LineOf(const v1::ReductionFigure& figure, const v1::PeriodReleased& released) {
  v1::Series series;
  series.set_kind(v1::SERIES_REDUCTION);
  series.set_surveyors(figure.surveyors());
  *series.mutable_subset() = figure.subset();
  series.set_unit("share");
  v1::SeriesPoint& point = *series.add_points();
  *point.mutable_days() = released.period();
  if (figure.has_withheld()) {
    point.set_withheld(true);
    *point.mutable_why() = figure.withheld();
    return series;
  }
  if (figure.has_reduction()) {
    point.set_value(figure.reduction().point());
    *point.mutable_interval() = figure.reduction();
  }
  if (figure.has_reason()) *point.mutable_why() = figure.reason();
  point.set_contributors(figure.follow_up().members());
  for (const uint32_t version : VersionsOf(released)) point.add_definition_versions(version);
  return series;
}

}  // namespace

void AddReleased(const ProgressLedger& ledger, const SeriesWork& work,
                 const v1::GetSeriesRequest& request, std::vector<v1::Series>* out) {
  for (const progress::Days& period : work.periods) {
    const auto* release = ledger.ReleaseOf(work.panel.panel(), period, work.asked.position);
    if (release == nullptr) continue;
    std::vector<v1::Series> all(release->released.series().begin(),
                                release->released.series().end());
    for (const v1::ReductionFigure& figure : release->released.reductions()) {
      all.push_back(LineOf(figure, release->released));
    }
    for (const v1::Series& series : all) {
      if (std::find(request.kinds().begin(), request.kinds().end(), series.kind()) ==
          request.kinds().end()) {
        continue;
      }
      const v1::FigureSubset& asked = request.subset();
      const bool whole = SameSubset(series.subset(), asked);
      const bool part = SameSubset(asked, v1::FigureSubset()) && IsPart(series, request.split());
      if (IsReleasedInParts(series.kind(), request.split()) ? !part : !whole) continue;
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

namespace {

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
    work.parties = PanelParties(work.panel, ledger);
    work.meanings = DefinedMeanings(ledger);
    work.periods = PeriodsOf(work.panel, request, work.asked.today);
    const progress::Days all =
        work.periods.empty() ? progress::Days()
                             : progress::Days{work.periods.front().begin, work.periods.back().end};
    FillBasis(ledger, work.asked, work.panel, all, asker.IsCoordinator() ? "" : asker.party,
              answer.mutable_basis());
    answer.mutable_basis()->clear_period();  // there are several
    AddEventMarkers(ledger, work.asked, &markers);
    if (from_releases) {
      AddReleased(ledger, work, request, &series);
    } else {
      AddSharingSeries(state, work.asked, request, work.periods, &series);
    }
    return absl::OkStatus();
  }));
  if (!from_releases) {
    LookAtSurveys(asker, &work);
    AddFrameMarkers(work, &markers);
    if (std::any_of(request.kinds().begin(), request.kinds().end(),
                    [](int kind) { return IsOfActivity(static_cast<v1::SeriesKind>(kind)); })) {
      AddActivitySeries(asker, request, work, &series);
    }
    VERVET_ASSIGN_OR_RETURN(const size_t computed, AddSurveySeries(asker, request, work, &series));
    if (computed < work.periods.size()) {
      if (!request.tell_of_computing()) {
        return absl::UnavailableError(absl::StrCat("figures of ", computed, " of ",
                                                   work.periods.size(),
                                                   " periods are computed; retry for the others"));
      }
      answer.mutable_computing()->set_computed(static_cast<uint32_t>(computed));
      answer.mutable_computing()->set_periods(static_cast<uint32_t>(work.periods.size()));
      *response = std::move(answer);
      return absl::OkStatus();
    }
  }
  AddUncounted(request, &series);
  std::set<uint32_t> versions;
  for (const v1::Series& one : series) {
    for (const v1::SeriesPoint& point : one.points()) {
      versions.insert(point.definition_versions().begin(), point.definition_versions().end());
    }
  }
  AddCountedUnder(versions, answer.mutable_basis());
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
