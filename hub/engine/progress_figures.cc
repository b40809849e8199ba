#include "hub/engine/progress_figures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Row = ProgressLedger::Row;
using Kind = ProgressLedger::Kind;
using StratumWords = std::array<ProgressLedger::Word, 4>;

// The panel's strata and members in the ledger's words; of what no contribution has named yet,
// nothing.
struct PanelWords {
  PanelWords(const v1::Panel& panel, const ProgressLedger& ledger) {
    for (const v1::PanelMember& member : panel.members()) {
      const ProgressLedger::Word party = ledger.Find(member.party());
      if (party == 0) continue;
      members[party] = &member;
      for (const v1::SurveyStratum& stratum : member.strata()) {
        strata[{party, ledger.Find(stratum.surface()), ledger.Find(stratum.taxon_group()),
                ledger.Find(stratum.language())}] = &member;
      }
    }
  }
  // Null for a survey that is not of the panel.
  const v1::PanelMember* Of(const Row& row) const {
    const auto found = strata.find({row.member, row.surface, row.taxon_group, row.language});
    return found == strata.end() ? nullptr : found->second;
  }

  absl::flat_hash_map<ProgressLedger::Word, const v1::PanelMember*> members;
  absl::flat_hash_map<StratumWords, const v1::PanelMember*> strata;
};

progress::Stratum StratumOf(const ProgressLedger& ledger, const Row& row) {
  return {ledger.Text(row.member), ledger.Text(row.surface), ledger.Text(row.taxon_group),
          ledger.Text(row.language)};
}

progress::Survey SurveyOf(const ProgressLedger& ledger, const Row& row,
                          const v1::PanelMember& member) {
  progress::Survey survey;
  survey.stratum = StratumOf(ledger, row);
  survey.days = row.days;
  survey.exposure = row.exposure;
  survey.unit = ledger.Text(row.unit);
  survey.surveyor = row.independent ? ledger.Text(row.surveyor) : ledger.Text(row.member);
  survey.design =
      row.score_stratified ? progress::Design::kScoreStratified : progress::Design::kSimple;
  survey.samples = ledger.SamplesOf(row);
  survey.frame_listings = row.frame_listings;
  survey.design_effect = row.design_effect;
  survey.team = ledger.TeamName(row);
  survey.platform_class = member.platform_class();
  survey.sharing_groups = {member.sharing_groups().begin(), member.sharing_groups().end()};
  return survey;
}

progress::ReviewTeam TeamOf(const ProgressLedger& ledger, const Row& row) {
  progress::ReviewTeam team;
  team.name = ledger.TeamName(row);
  if (row.withdrawn) return team;  // not measured
  team.found = row.found;
  team.missed = row.missed;
  team.missed_weight = row.missed_weight;
  return team;
}

bool Counts(const PanelWords& words, const v1::Panel& panel, const Row& row) {
  return words.Of(row) != nullptr && PeriodHolding(panel, row.days).has_value();
}

}  // namespace

// One row's effect on an estimate.
struct ProgressFigures::Change {
  enum class What { kTeam, kPut, kRemove } what;
  progress::ReviewTeam team;
  progress::Survey survey;  // kRemove: stratum and days
};

struct ProgressFigures::Batch {
  progress::Panel panel;
  std::vector<Change> changes;
  uint64_t through = 0;
};

void ProgressFigures::NoteTouches(const ProgressLedger& ledger) {
  for (const ProgressLedger::Panel& entry : ledger.panels()) {
    const v1::Panel& panel = entry.panel;
    uint64_t& noted = noted_[panel.panel()];
    const size_t first = ledger.FirstAfter(noted);
    if (first == ledger.rows().size()) continue;
    const PanelWords words(panel, ledger);
    for (size_t i = first; i < ledger.rows().size(); ++i) {
      const Row& row = ledger.rows()[i];
      if (row.kind == Kind::kTeam && words.members.contains(row.member)) {
        touches_[{panel.panel(), kTeams, row.independent}] = row.sequence;
      }
      if (row.kind != Kind::kSurvey || !Counts(words, panel, row)) continue;
      const progress::Days period = *PeriodHolding(panel, row.days);
      const bool baseline = period == FromProto(panel.baseline());
      touches_[{panel.panel(), baseline ? kBaseline : period.begin, row.independent}] =
          row.sequence;
    }
    noted = ledger.rows().back().sequence;
  }
}

uint64_t ProgressFigures::LastTouch(const EstimateKey& key) const {
  const auto& [panel, begin, independent, position, scope] = key;
  uint64_t last = 0;
  for (const int32_t part : {begin, kBaseline, kTeams}) {
    if (part == begin && scope == Scope::kBaseline) continue;
    if (part == kBaseline && scope == Scope::kFollowUp) continue;
    const auto touch = touches_.find({panel, part, independent});
    if (touch != touches_.end()) last = std::max(last, touch->second);
  }
  return last;
}

absl::StatusOr<ProgressFigures::EstimateKey> ProgressFigures::Resolve(const Key& key, What what) {
  // The lambda is called here and now, under mutex_, which the analysis cannot see.
  return state_->Read(
      [&](const HubState& state) ABSL_NO_THREAD_SAFETY_ANALYSIS -> absl::StatusOr<EstimateKey> {
        NoteTouches(state.progress);
        const ProgressLedger::Panel* entry = state.progress.FindPanel(key.panel);
        if (entry == nullptr) return absl::NotFoundError("panel: no such panel");
        const bool baseline = key.period == FromProto(entry->panel.baseline());
        const Scope scope = baseline                    ? Scope::kBaseline
                            : what == What::kPrevalence ? Scope::kFollowUp
                                                        : Scope::kBoth;
        const int32_t begin = baseline ? entry->panel.first_period_begin() : key.period.begin;
        EstimateKey found = {key.panel, begin, key.independent, ProgressLedger::kNever, scope};
        if (LastTouch(found) > key.position) std::get<3>(found) = key.position;
        return found;
      });
}

ProgressFigures::Batch ProgressFigures::Collect(const EstimateKey& key, uint64_t after) const {
  const auto& [name, begin, independent, position, scope] = key;
  const bool from_nothing = after == 0;
  const bool now = position == ProgressLedger::kNever;
  return state_->Read([&, begin = begin, independent = independent, position = position,
                       scope = scope](const HubState& state) {
    const ProgressLedger& ledger = state.progress;
    const v1::Panel& panel = ledger.FindPanel(std::get<0>(key))->panel;
    Batch batch;
    batch.panel = {panel.panel(), panel.unit(), FromProto(panel.baseline()),
                   *ReportingPeriodAt(panel, begin),
                   static_cast<int32_t>(panel.definition_version())};
    batch.through = ledger.rows().empty() ? 0 : ledger.rows().back().sequence;
    const size_t first = ledger.FirstAfter(after);
    if (first == ledger.rows().size()) return batch;
    const PanelWords words(panel, ledger);
    std::vector<Change> surveys, baseline;
    for (size_t i = first; i < ledger.rows().size(); ++i) {
      const Row& row = ledger.rows()[i];
      if (row.independent != independent || row.kind == Kind::kActivity) continue;
      if (from_nothing && !row.StandsAt(now ? ProgressLedger::kNever - 1 : position)) continue;
      if (row.kind == Kind::kTeam) {
        if (!words.members.contains(row.member)) continue;
        // From nothing the teams come first: a team that comes later costs its surveys' draws
        // again.
        auto& where = from_nothing ? batch.changes : surveys;
        where.push_back({Change::What::kTeam, TeamOf(ledger, row), {}});
        continue;
      }
      const bool in_baseline = batch.panel.baseline.Contains(row.days);
      const bool counts =
          in_baseline ? scope != Scope::kFollowUp
                      : scope != Scope::kBaseline && batch.panel.follow_up.Contains(row.days);
      if (!counts) continue;
      const v1::PanelMember* member = words.Of(row);
      if (member == nullptr) continue;
      // The follow-up before the baseline: then each stratum of the longer of both is drawn once.
      auto& where = from_nothing && in_baseline ? baseline : surveys;
      where.push_back({row.withdrawn ? Change::What::kRemove : Change::What::kPut,
                       {},
                       SurveyOf(ledger, row, *member)});
    }
    std::move(surveys.begin(), surveys.end(), std::back_inserter(batch.changes));
    std::move(baseline.begin(), baseline.end(), std::back_inserter(batch.changes));
    return batch;
  });
}

absl::StatusOr<ProgressFigures::Estimate*> ProgressFigures::UpToDate(const EstimateKey& key) {
  auto place = std::find_if(estimates_.begin(), estimates_.end(),
                            [&key](const Estimate& one) { return one.key == key; });
  const bool at_hand = place != estimates_.end();
  Batch batch;
  if (at_hand) {
    estimates_.splice(estimates_.begin(), estimates_, place);
    if (std::get<3>(key) != ProgressLedger::kNever) return &estimates_.front();
    batch = Collect(key, estimates_.front().through);
  } else {
    batch = Collect(key, 0);
    VERVET_ASSIGN_OR_RETURN(progress::PanelEstimate panel,
                            progress::PanelEstimate::Create(batch.panel, {}));
    estimates_.push_front({key, std::move(panel), 0});
    DropOldest(std::get<4>(key));
    ++built_;
  }
  Estimate& estimate = estimates_.front();
  for (const Change& change : batch.changes) {
    // What was stored was checked, and checked against the panels; what was stored before its panel
    // was made need not fit it, and stays out.
    absl::Status ignored;
    switch (change.what) {
      case Change::What::kTeam:
        ignored = estimate.panel.PutTeam(change.team);
        break;
      case Change::What::kPut:
        ignored = estimate.panel.Put(change.survey);
        break;
      case Change::What::kRemove:
        estimate.panel.Remove(change.survey.stratum, change.survey.days);
        break;
    }
  }
  estimate.through = batch.through;
  return &estimate;
}

void ProgressFigures::DropOldest(Scope scope) {
  const bool both = scope == Scope::kBoth;
  size_t kept = 0;
  for (auto one = estimates_.begin(); one != estimates_.end();) {
    const bool same = (std::get<4>(one->key) == Scope::kBoth) == both;
    const bool drop = same && ++kept > (both ? kMaxOfBoth : kMaxOfOne);
    one = drop ? estimates_.erase(one) : std::next(one);
  }
}

const ProgressFigures::Estimate* ProgressFigures::Find(const EstimateKey& key) const {
  const auto found = std::find_if(estimates_.begin(), estimates_.end(),
                                  [&key](const Estimate& one) { return one.key == key; });
  return found == estimates_.end() ? nullptr : &*found;
}

const ProgressFigures::Result* ProgressFigures::Fresh(const ResultKey& key) const {
  const auto found = results_.find(key);
  if (found == results_.end()) return nullptr;
  const EstimateKey& estimate = std::get<0>(key);
  const bool now = std::get<3>(estimate) == ProgressLedger::kNever;
  return now && LastTouch(estimate) > found->second.through ? nullptr : &found->second;
}

absl::StatusOr<ProgressFigure> ProgressFigures::Of(const Key& key, const progress::Subset& subset,
                                                   What what) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(EstimateKey resolved, Resolve(key, what));
  while (true) {
    const ResultKey result_key = {resolved, subset.member, subset.platform_class,
                                  subset.taxon_group, subset.sharing_group};
    if (const Result* fresh = Fresh(result_key)) return fresh->figure;
    VERVET_ASSIGN_OR_RETURN(Estimate* const estimate, UpToDate(resolved));
    // What came meanwhile is in the estimate, and after the position: then it is made as of that.
    VERVET_ASSIGN_OR_RETURN(EstimateKey again, Resolve(key, what));
    if (again != resolved) {
      resolved = std::move(again);
      continue;
    }
    if (results_.size() >= kMaxResults) results_.clear();
    Result& result = results_[result_key];
    result.figure = ProgressFigure();
    const bool baseline = std::get<4>(resolved) == Scope::kBaseline;
    const progress::PanelEstimate& panel = estimate->panel;
    const progress::PeriodEstimate& period = baseline ? panel.baseline() : panel.follow_up();
    result.figure.basis = period.BasisOf(subset, progress::PeriodEstimate::Which::kAll);
    if (std::get<4>(resolved) == Scope::kBoth) {
      result.figure.reduction = panel.Of(subset);
    } else if (result.figure.basis.sums.of_unknown_ppv == 0) {
      result.figure.prevalence = period.PrevalenceOf(subset);
    }
    result.through = estimate->through;
    return result.figure;
  }
}

bool ProgressFigures::IsAtHand(const Key& key, const progress::Subset& subset, What what) {
  MutexLock lock(mutex_);
  const auto resolved = Resolve(key, what);
  if (!resolved.ok()) return true;  // nothing to compute
  return Find(*resolved) != nullptr || Fresh({*resolved, subset.member, subset.platform_class,
                                              subset.taxon_group, subset.sharing_group}) != nullptr;
}

}  // namespace vervet::hub
