// Lines of what surveys say: estimates of each period, and what reviewers got right
// (progress_series.h).
#include <algorithm>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "hub/engine/progress_series.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

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

// Of known positives that the subset's reviewers got to see in the period: found, and all.
std::pair<double, double> Recall(const SeriesWork& work, size_t period,
                                 const progress::Subset& subset, bool independent) {
  std::set<std::pair<ProgressLedger::Word, ProgressLedger::Word>> teams;
  const auto taxon_group = work.taxon_groups.find(subset.taxon_group);
  for (const auto& [member, team, taxa] : work.frames[period]->teams[independent ? 1 : 0]) {
    const v1::PanelMember& party = *work.parties.Of(member);
    const auto& groups = party.sharing_groups();
    if (!subset.member.empty() && party.party() != subset.member) continue;
    if (!subset.platform_class.empty() && party.platform_class() != subset.platform_class) continue;
    if (!subset.sharing_group.empty() &&
        std::find(groups.begin(), groups.end(), subset.sharing_group) == groups.end()) {
      continue;
    }
    if (!subset.taxon_group.empty() &&
        (taxon_group == work.taxon_groups.end() || taxa != taxon_group->second)) {
      continue;
    }
    teams.insert({member, team});
  }
  std::pair<double, double> sums = {0, 0};
  for (const auto& [member, team] : teams) {
    const auto known = work.measured.find({independent ? 1 : 0, member, team});
    if (known == work.measured.end()) continue;
    sums.first += known->second.first;
    sums.second += known->second.second;
  }
  return sums;
}

void FillSurveyPoint(const SeriesWork& work, size_t period, v1::SeriesKind kind,
                     const progress::Subset& subset, bool independent, const ProgressFigure& figure,
                     v1::SeriesPoint* point) {
  *point->mutable_days() = ToProto(work.periods[period]);
  point->set_contributors(static_cast<uint32_t>(figure.basis.members.size()));
  for (const uint32_t version : VersionsOf(figure)) point->add_definition_versions(version);
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
      const auto [found, all] = Recall(work, period, subset, independent);
      if (all > 0) {
        point->set_value(found / all);
      } else {
        *point->mutable_why() = MakeWhy("sensitivity_not_measured",
                                        "No team of the period has said how much it overlooks.");
      }
    }
  }
}

}  // namespace

absl::StatusOr<size_t> AddSurveySeries(const ProgressAsker& asker,
                                       const v1::GetSeriesRequest& request, const SeriesWork& work,
                                       std::vector<v1::Series>* out) {
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
            return i;
          }
          VERVET_ASSIGN_OR_RETURN(const ProgressFigure figure,
                                  asker.figures->Of(key, subset, what));
          FillSurveyPoint(work, i, kinds[k], subset, independent, figure,
                          (*out)[first + k * subsets.size() + j].add_points());
        }
      }
    }
  }
  return work.periods.size();
}

}  // namespace vervet::hub
