#include "hub/engine/progress_figures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/engine/progress_rows.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Row = ProgressLedger::Row;
using Kind = ProgressLedger::Kind;
using Which = progress::PeriodEstimate::Which;

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

// What came after an event, in the log's order.
struct ProgressFigures::Since {
  std::vector<Change> changes;
  uint64_t through = 0;
};

// What stood at an event.
struct ProgressFigures::All {
  progress::Panel panel;
  std::vector<progress::ReviewTeam> teams;
  std::vector<progress::Survey> surveys;
  uint64_t through = 0;
};

void ProgressFigures::NoteTouches(const ProgressLedger& ledger) {
  for (const ProgressLedger::Panel& entry : ledger.panels()) {
    const v1::Panel& panel = entry.panel;
    uint64_t& noted = noted_[panel.panel()];
    if (ledger.rows().empty() || ledger.rows().back().sequence == noted) continue;
    const PanelWords words(panel, ledger);
    // The lambda is called here and now, under mutex_, which the analysis cannot see.
    ledger.ForEachAfter(noted, [&](const Row& row) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (row.kind == Kind::kTeam && words.members.contains(row.member)) {
        touches_[{panel.panel(), kTeams, row.independent}] = row.sequence;
      }
      if (row.kind != Kind::kSurvey || !Counts(words, panel, row)) return;
      const progress::Days period = *PeriodHolding(panel, row.days);
      const bool baseline = period == FromProto(panel.baseline());
      touches_[{panel.panel(), baseline ? kBaseline : period.begin, row.independent}] =
          row.sequence;
    });
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

ProgressFigures::All ProgressFigures::CollectAll(const EstimateKey& key, bool with_baseline) const {
  const auto& [name, begin, independent, asked, scope] = key;
  const uint64_t position = std::min(asked, ProgressLedger::kNever - 1);
  return state_->Read(
      [&, begin = begin, independent = independent, scope = scope](const HubState& state) {
        const ProgressLedger& ledger = state.progress;
        const v1::Panel& panel = ledger.FindPanel(std::get<0>(key))->panel;
        All all;
        all.panel = {panel.panel(), panel.unit(), FromProto(panel.baseline()),
                     *ReportingPeriodAt(panel, begin),
                     static_cast<int32_t>(panel.definition_version())};
        all.through = ledger.rows().empty() ? 0 : ledger.rows().back().sequence;
        const PanelWords words(panel, ledger);
        for (const uint32_t index : ledger.teams()) {
          const Row& row = ledger.rows()[index];
          if (row.independent == independent && row.StandsAt(position) &&
              words.members.contains(row.member)) {
            all.teams.push_back(TeamOf(ledger, row));
          }
        }
        const auto take = [&](const progress::Days& period) {
          ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
            if (row.independent != independent || !row.StandsAt(position) ||
                !period.Contains(row.days)) {
              return;
            }
            const v1::PanelMember* member = words.Of(row);
            if (member != nullptr) all.surveys.push_back(SurveyOf(ledger, row, *member));
          });
        };
        if (with_baseline && scope != Scope::kFollowUp) take(all.panel.baseline);
        if (scope != Scope::kBaseline) take(all.panel.follow_up);
        return all;
      });
}

ProgressFigures::Since ProgressFigures::CollectSince(const EstimateKey& key, uint64_t after) const {
  const auto& [name, begin, independent, asked, scope] = key;
  return state_->Read(
      [&, begin = begin, independent = independent, scope = scope](const HubState& state) {
        const ProgressLedger& ledger = state.progress;
        Since since;
        since.through = ledger.rows().empty() ? 0 : ledger.rows().back().sequence;
        if (since.through == after) return since;
        const v1::Panel& panel = ledger.FindPanel(std::get<0>(key))->panel;
        const progress::Days baseline = FromProto(panel.baseline());
        const progress::Days follow_up = *ReportingPeriodAt(panel, begin);
        const PanelWords words(panel, ledger);
        ledger.ForEachAfter(after, [&](const Row& row) {
          if (row.independent != independent || row.kind == Kind::kActivity) return;
          if (row.kind == Kind::kTeam) {
            if (!words.members.contains(row.member)) return;
            since.changes.push_back({Change::What::kTeam, TeamOf(ledger, row), {}});
            return;
          }
          const bool counts = (scope != Scope::kFollowUp && baseline.Contains(row.days)) ||
                              (scope != Scope::kBaseline && follow_up.Contains(row.days));
          const v1::PanelMember* member = counts ? words.Of(row) : nullptr;
          if (member == nullptr) return;
          since.changes.push_back({row.withdrawn ? Change::What::kRemove : Change::What::kPut,
                                   {},
                                   SurveyOf(ledger, row, *member)});
        });
        return since;
      });
}

absl::StatusOr<ProgressFigures::Estimate*> ProgressFigures::UpToDate(const EstimateKey& key) {
  const auto place = std::find_if(estimates_.begin(), estimates_.end(),
                                  [&key](const Estimate& one) { return one.key == key; });
  if (place == estimates_.end()) return Make(key);
  estimates_.splice(estimates_.begin(), estimates_, place);
  Estimate& estimate = estimates_.front();
  if (std::get<3>(key) == ProgressLedger::kNever) {
    TakeIn(CollectSince(key, estimate.through), &estimate);
  }
  return &estimate;
}

// What was stored was checked, and checked against the panels; what was stored before its panel was
// made need not fit it, and stays out.
void ProgressFigures::TakeIn(const Since& since, Estimate* estimate) {
  const uint64_t drawn = estimate->panel.strata_drawn();
  for (const Change& change : since.changes) {
    absl::Status ignored;
    switch (change.what) {
      case Change::What::kTeam:
        ignored = estimate->panel.PutTeam(change.team);
        break;
      case Change::What::kPut:
        ignored = estimate->panel.Put(change.survey);
        break;
      case Change::What::kRemove:
        estimate->panel.Remove(change.survey.stratum, change.survey.days);
        break;
    }
  }
  drawn_ += estimate->panel.strata_drawn() - drawn;
  if (!since.changes.empty()) {
    estimate->before.clear();
    estimate->strata = estimate->panel.StrataCompared();
  }
  estimate->through = since.through;
}

absl::StatusOr<ProgressFigures::Estimate*> ProgressFigures::Make(const EstimateKey& key) {
  ++built_;
  const Estimate* const sibling = std::get<4>(key) == Scope::kBoth ? Sibling(key) : nullptr;
  if (sibling != nullptr) {
    VERVET_ASSIGN_OR_RETURN(const Estimate* const other, UpToDate(sibling->key));
    const All all = CollectAll(key, false);
    const uint64_t drawn = other->panel.baseline().strata_drawn();
    // What came after `other` was brought up to date is taken in once more with the next question,
    // which changes nothing.
    estimates_.push_front(
        {key, other->panel.Against(all.panel.follow_up, all.surveys), other->through, {}, {}});
    drawn_ += estimates_.front().panel.strata_drawn() - drawn;
  } else {
    const All all = CollectAll(key, true);
    VERVET_ASSIGN_OR_RETURN(progress::PanelEstimate panel,
                            progress::PanelEstimate::Create(all.panel, {}));
    // Teams first: one that comes later costs its surveys' draws again.
    for (const progress::ReviewTeam& team : all.teams) (void)panel.PutTeam(team);
    panel.PutAll(all.surveys);
    drawn_ += panel.strata_drawn();
    estimates_.push_front({key, std::move(panel), all.through, {}, {}});
  }
  estimates_.front().strata = estimates_.front().panel.StrataCompared();
  DropOldPeriods(std::get<4>(key));
  return &estimates_.front();
}

void ProgressFigures::DropOldPeriods(Scope scope) {
  const bool both = scope == Scope::kBoth;
  // What stands now before what stood once, later periods before earlier ones.
  const auto rank = [](const Estimate& one) {
    return std::make_tuple(std::get<3>(one.key) == ProgressLedger::kNever,
                           one.panel.follow_up().strata_count() > 0, std::get<1>(one.key));
  };
  while (true) {
    size_t kept = 0;
    auto least = estimates_.end();
    for (auto one = estimates_.begin(); one != estimates_.end(); ++one) {
      if ((std::get<4>(one->key) == Scope::kBoth) != both) continue;
      // The two last used stay: a question goes to and fro between both kinds of surveyors.
      if (++kept <= 2) continue;
      if (least == estimates_.end() || rank(*one) < rank(*least)) least = one;
    }
    if (kept <= (both ? kMaxOfBoth : kMaxOfOne)) return;
    estimates_.erase(least);
  }
}

const ProgressFigures::Estimate* ProgressFigures::Find(const EstimateKey& key) const {
  const auto found = std::find_if(estimates_.begin(), estimates_.end(),
                                  [&key](const Estimate& one) { return one.key == key; });
  return found == estimates_.end() ? nullptr : &*found;
}

const ProgressFigures::Estimate* ProgressFigures::Sibling(const EstimateKey& key) const {
  EstimateKey wanted = key;
  std::get<4>(wanted) = Scope::kBoth;
  const Estimate* best = nullptr;
  for (const Estimate& one : estimates_) {
    std::get<1>(wanted) = std::get<1>(one.key);  // of whatever period
    if (one.key != wanted || one.key == key) continue;
    if (best == nullptr ||
        one.panel.follow_up().strata_count() > best->panel.follow_up().strata_count()) {
      best = &one;
    }
  }
  return best;
}

const ProgressFigures::Result* ProgressFigures::Fresh(const ResultKey& key) const {
  const auto found = results_.find(key);
  if (found == results_.end()) return nullptr;
  const EstimateKey& estimate = std::get<0>(key);
  const bool now = std::get<3>(estimate) == ProgressLedger::kNever;
  return now && LastTouch(estimate) > found->second.through ? nullptr : &found->second;
}

bool ProgressFigures::WillDo(const Estimate& sibling, const ResultKey& key) const {
  const auto found = results_.find(key);
  if (found == results_.end() || !found->second.side) return false;
  EstimateKey follow_up = std::get<0>(key);
  std::get<4>(follow_up) = Scope::kFollowUp;
  return LastTouch(follow_up) <= found->second.through && sibling.strata == found->second.strata;
}

ProgressFigures::EstimateKey ProgressFigures::Source(const EstimateKey& key,
                                                     const ResultKey& result) const {
  if (Find(key) != nullptr) return key;
  if (std::get<4>(key) == Scope::kFollowUp) {  // an estimate of both periods tells it too
    EstimateKey both = key;
    std::get<4>(both) = Scope::kBoth;
    return Find(both) == nullptr ? key : both;
  }
  const Estimate* const sibling = Sibling(key);
  if (sibling == nullptr) return key;
  const bool will_do = std::get<4>(key) == Scope::kBaseline || WillDo(*sibling, result);
  return will_do ? sibling->key : key;
}

void ProgressFigures::Compare(const progress::Subset& subset, Estimate* sibling, Result* result) {
  const auto [before, is_new] = sibling->before.try_emplace(
      {subset.member, subset.platform_class, subset.taxon_group, subset.sharing_group});
  if (is_new) before->second = sibling->panel.baseline().SideOf(subset, Which::kMatched);
  progress::Panel panel = sibling->panel.panel();
  panel.follow_up = result->follow_up;
  result->figure.reduction =
      progress::Compare(panel, before->second, *result->side, progress::kTarget);
  result->through = sibling->through;
}

void ProgressFigures::Fill(const ResultKey& key, const progress::Subset& subset,
                           Estimate* estimate) {
  if (results_.size() >= kMaxResults) {
    results_.clear();
    sides_ = 0;
  }
  const auto& [panel_name, begin, independent, position, scope] = std::get<0>(key);
  const progress::PanelEstimate& panel = estimate->panel;
  const progress::PeriodEstimate& period =
      scope == Scope::kBaseline ? panel.baseline() : panel.follow_up();
  Result& result = results_[key];
  if (result.side) --sides_;
  result = Result();
  result.through = estimate->through;
  result.follow_up = panel.panel().follow_up;
  result.strata = estimate->strata;
  if (scope != Scope::kBoth) {
    progress::PeriodEstimate::Side side = period.SideOf(subset, Which::kAll);
    result.figure.basis = side.basis;
    if (side.basis.sums.of_unknown_ppv == 0) {
      result.figure.prevalence = side.Prevalence();
    }
    KeepSide(key, std::move(side), &result);
    return;
  }
  const auto [before, is_new] = estimate->before.try_emplace(
      {subset.member, subset.platform_class, subset.taxon_group, subset.sharing_group});
  if (is_new) before->second = panel.baseline().SideOf(subset, Which::kMatched);
  progress::PeriodEstimate::Side after = period.SideOf(subset, Which::kMatched);
  result.figure.basis = after.unmatched.empty() ? after.basis : period.BasisOf(subset);
  result.figure.reduction =
      progress::Compare(panel.panel(), before->second, after, progress::kTarget);
  KeepSide(key, std::move(after), &result);
}

absl::StatusOr<ProgressFigure> ProgressFigures::Of(const Key& key, const progress::Subset& subset,
                                                   What what) {
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(EstimateKey resolved, Resolve(key, what));
  bool own = false;  // whether no other estimate will do
  while (true) {
    const ResultKey result_key = {resolved, subset.member, subset.platform_class,
                                  subset.taxon_group, subset.sharing_group};
    if (const Result* fresh = Fresh(result_key)) return fresh->figure;
    const EstimateKey source = own ? resolved : Source(resolved, result_key);
    // No estimate would do, and what is kept of the figure may.
    const bool moved =
        source == resolved && Find(resolved) == nullptr && MoveOn(result_key, subset);
    if (moved) {
      VERVET_ASSIGN_OR_RETURN(EstimateKey again, Resolve(key, what));
      if (again == resolved) return results_.find(result_key)->second.figure;
      resolved = std::move(again);
      continue;
    }
    VERVET_ASSIGN_OR_RETURN(Estimate* const estimate, UpToDate(source));
    // What came meanwhile is in the estimate, and after the position: then it is made as of that.
    VERVET_ASSIGN_OR_RETURN(EstimateKey again, Resolve(key, what));
    if (again != resolved) {
      resolved = std::move(again);
      continue;
    }
    if (std::get<4>(resolved) == Scope::kBoth && source != resolved) {
      // Looked at again, because what was taken in may have changed more than was known before.
      if (!WillDo(*estimate, result_key)) {
        own = true;
        continue;
      }
      Result& result = results_.find(result_key)->second;
      Compare(subset, estimate, &result);
      return result.figure;
    }
    Fill(result_key, subset, estimate);
    return results_.find(result_key)->second.figure;
  }
}

bool ProgressFigures::IsAtHand(const Key& key, const progress::Subset& subset, What what) {
  MutexLock lock(mutex_);
  const auto resolved = Resolve(key, what);
  if (!resolved.ok()) return true;  // nothing to compute
  const ResultKey result_key = {*resolved, subset.member, subset.platform_class, subset.taxon_group,
                                subset.sharing_group};
  return Fresh(result_key) != nullptr || Find(Source(*resolved, result_key)) != nullptr;
}

}  // namespace vervet::hub
