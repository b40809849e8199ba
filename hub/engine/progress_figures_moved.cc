// Figures of a period of which no estimate is kept, after some of its strata were revised
// (progress_figures.h): the sums that were kept are moved, and no other stratum is drawn.
#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "hub/engine/progress_figures.h"
#include "hub/engine/progress_rows.h"
#include "hub/views/progress/checks.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Row = ProgressLedger::Row;
using Kind = ProgressLedger::Kind;
using Side = progress::PeriodEstimate::Side;
using Which = progress::PeriodEstimate::Which;

std::array<ProgressLedger::Word, 4> StratumOf(const Row& row) {
  return {row.member, row.surface, row.taxon_group, row.language};
}

}  // namespace

// What stands in a period, and what was revised in it.
struct ProgressFigures::Revisions {
  progress::Panel panel;
  progress::RevisedPeriod revised;
  uint64_t through = 0;
};

ProgressFigures::Revisions ProgressFigures::CollectRevisions(const EstimateKey& key,
                                                             uint64_t after) const {
  const auto& [name, begin, independent, position, scope] = key;
  Revisions out =
      state_->Read([&, begin = begin, independent = independent](const HubState& state) {
        const ProgressLedger& ledger = state.progress;
        const v1::Panel& panel = ledger.FindPanel(std::get<0>(key))->panel;
        const progress::Days period = *ReportingPeriodAt(panel, begin);
        Revisions found;
        found.panel = {panel.panel(), panel.unit(), FromProto(panel.baseline()), period,
                       static_cast<int32_t>(panel.definition_version())};
        found.through = ledger.rows().empty() ? 0 : ledger.rows().back().sequence;
        found.revised.period = period;
        const PanelWords words(panel, ledger);
        const uint64_t now = ProgressLedger::kNever - 1;
        for (const uint32_t index : ledger.teams()) {
          const Row& row = ledger.rows()[index];
          if (row.independent == independent && row.StandsAt(now) &&
              words.members.contains(row.member)) {
            found.revised.teams.push_back(TeamOf(ledger, row));
          }
        }
        const auto counts = [&](const Row& row) {
          return row.independent == independent && period.Contains(row.days) &&
                 words.Of(row) != nullptr;
        };
        absl::flat_hash_set<std::array<ProgressLedger::Word, 4>> changed;
        ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
          if (row.sequence > after && counts(row)) changed.insert(StratumOf(row));
        });
        ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
          const bool has_changed = changed.contains(StratumOf(row));
          const bool stood = has_changed && row.StandsAt(after);
          const bool stands = row.StandsAt(now);
          if (!(stood || stands) || !counts(row)) return;
          progress::Survey survey = SurveyOf(ledger, row, *words.Of(row));
          if (has_changed) found.revised.changed.insert(survey.stratum);
          if (stood) found.revised.then.push_back(survey);
          if (stands) found.revised.now.push_back(std::move(survey));
        });
        return found;
      });
  // What was stored before its panel was made need not fit it, and stays out.
  for (auto* const surveys : {&out.revised.now, &out.revised.then}) {
    surveys->erase(std::remove_if(surveys->begin(), surveys->end(),
                                  [&out](const progress::Survey& survey) {
                                    constexpr int32_t kAnyDay = std::numeric_limits<int32_t>::max();
                                    return !progress::CheckSurvey(survey, kAnyDay).empty() ||
                                           !progress::CheckFits(survey, out.panel).empty();
                                  }),
                   surveys->end());
  }
  return out;
}

const ProgressFigures::Moved* ProgressFigures::MovedSince(const EstimateKey& key, uint64_t after,
                                                          const Estimate* sibling) {
  const auto& [name, begin, independent, position, scope] = key;
  const auto teams = touches_.find({name, kTeams, independent});
  if (teams != touches_.end() && teams->second > after) return nullptr;
  EstimateKey period_key = key;
  std::get<4>(period_key) = Scope::kFollowUp;  // whichever of both asks
  const auto rows = state_->Read([&, begin = begin](const HubState& state) {
    const v1::Panel& panel = state.progress.FindPanel(std::get<0>(key))->panel;
    std::tuple<uint64_t, uint64_t, size_t> found = {0, 0, 0};
    state.progress.ForEachIn(Kind::kSurvey, *ReportingPeriodAt(panel, begin), [&](const Row& row) {
      if (row.sequence <= after) return;
      auto& [first, last, count] = found;
      first = count == 0 ? row.sequence : std::min(first, row.sequence);
      last = std::max(last, row.sequence);
      ++count;
    });
    return found;
  });
  const uint64_t baseline_strata = sibling == nullptr ? 0 : sibling->strata.first;
  if (moved_ != nullptr && moved_->key == period_key && moved_->rows == rows &&
      (sibling == nullptr || moved_->baseline_strata == baseline_strata)) {
    return moved_.get();
  }
  const Revisions revisions = CollectRevisions(key, after);
  moved_ = std::make_unique<Moved>();
  moved_->key = std::move(period_key);
  moved_->rows = rows;
  moved_->through = revisions.through;
  moved_->baseline_strata = baseline_strata;
  moved_->period = progress::MovedPeriod::Create(
      revisions.revised, sibling == nullptr ? nullptr : &sibling->panel.baseline(),
      progress::PanelEstimate::Options().draws);
  if (moved_->period) drawn_ += moved_->period->strata_drawn();
  return moved_.get();
}

bool ProgressFigures::MoveOn(const ResultKey& key, const progress::Subset& subset) {
  const EstimateKey& estimate = std::get<0>(key);
  const Scope scope = std::get<4>(estimate);
  const auto found = results_.find(key);
  if (found == results_.end() || !found->second.side || scope == Scope::kBaseline) return false;
  Result& result = found->second;
  Estimate* sibling = nullptr;
  if (const Estimate* const kept = Sibling(estimate)) {
    const auto up_to_date = UpToDate(EstimateKey(kept->key));
    if (up_to_date.ok()) sibling = *up_to_date;
  }
  if (scope == Scope::kBoth && sibling == nullptr) return false;
  const Moved* const moved = MovedSince(estimate, result.through, sibling);
  if (moved == nullptr || !moved->period) return false;
  if (scope == Scope::kFollowUp) {
    result.side = moved->period->Move(*result.side, subset, Which::kAll);
    result.figure.basis = result.side->basis;
    result.figure.prevalence.reset();
    if (result.figure.basis.sums.of_unknown_ppv == 0) {
      result.figure.prevalence = result.side->Prevalence();
    }
    result.through = moved->through;
    return true;
  }
  // The same strata are compared as before, and by the baseline that is at hand.
  const auto compared = moved->period->strata_compared();
  if (compared != result.strata || compared != sibling->strata) return false;
  result.side = moved->period->Move(*result.side, subset, Which::kMatched);
  result.figure.basis =
      result.side->unmatched.empty() ? result.side->basis : moved->period->BasisOf(subset);
  Compare(subset, sibling, &result);
  result.through = std::min(moved->through, sibling->through);
  return true;
}

void ProgressFigures::KeepSide(const ResultKey& key, Side side, Result* result) {
  const auto& [estimate, member, platform_class, taxon_group, sharing_group] = key;
  const Scope scope = std::get<4>(estimate);
  // What is drilled into twice, or of one member, is too much to keep for all periods.
  const int named = !platform_class.empty() + !taxon_group.empty() + !sharing_group.empty();
  if (std::get<3>(estimate) != ProgressLedger::kNever || scope == Scope::kBaseline ||
      !member.empty() || named > 1 || sides_ >= kMaxSides) {
    return;
  }
  ResultKey other = key;
  std::get<4>(std::get<0>(other)) = scope == Scope::kBoth ? Scope::kFollowUp : Scope::kBoth;
  const auto found = results_.find(other);
  if (found != results_.end() && found->second.side) {
    const Side& compared = scope == Scope::kBoth ? side : *found->second.side;
    EstimateKey follow_up = estimate;
    std::get<4>(follow_up) = Scope::kFollowUp;
    // Where every stratum is compared both hold the same sum: once is enough.
    if (compared.unmatched.empty() &&
        LastTouch(follow_up) <= std::min(found->second.through, result->through)) {
      side.sum = found->second.side->sum;
    }
  }
  result->side = std::move(side);
  ++sides_;
}

}  // namespace vervet::hub
