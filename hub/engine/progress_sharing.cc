// What the sharing of records says of progress: how much is shared, met and disputed, and whether
// offenders go elsewhere. How many records were published, and met, is counted as of any event.
// Everything else is counted from the records that the hub knows now; what an erased record would
// have added is gone, so an older state is not counted again: releases keep their figures.
#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/status_macros.h"
#include "hub/engine/progress_asked.h"
#include "hub/engine/progress_query.h"
#include "hub/views/progress/displacement.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

// Above, looking at every record would hold up the writer.
constexpr uint64_t kMaxRecordsFollowed = 200'000;

using Counts = std::vector<double>;

int IndexOf(const std::vector<progress::Days>& periods, int32_t day) {
  for (size_t i = periods.size(); i-- > 0;) {
    if (periods[i].begin <= day) return day < periods[i].end ? static_cast<int>(i) : -1;
  }
  return -1;
}

Counts CountDays(const std::map<int32_t, uint64_t>& days,
                 const std::vector<progress::Days>& periods) {
  Counts counts(periods.size());
  for (size_t i = 0; i < periods.size(); ++i) {
    for (auto day = days.lower_bound(periods[i].begin);
         day != days.end() && day->first < periods[i].end; ++day) {
      counts[i] += static_cast<double>(day->second);
    }
  }
  return counts;
}

// Records first met by another member in each period, and how many of these were disputed.
std::pair<Counts, Counts> CountMet(const HubState& state,
                                   const std::vector<progress::Days>& periods) {
  Counts met(periods.size()), disputed(periods.size());
  state.sightings.ForEach([&](const std::string& id, const auto& members) {
    absl::Time first = absl::InfiniteFuture();
    for (const auto& [party, sighting] : members) first = std::min(first, sighting.first_matched);
    const int period = IndexOf(periods, DayNumberOf(first));
    if (period < 0) return;
    ++met[static_cast<size_t>(period)];
    const views::RecordPtr record = state.records.Find(id);
    if (record != nullptr && state.records.AftermathOf(*record).CountStance(v1::DISPUTE) > 0) {
      ++disputed[static_cast<size_t>(period)];
    }
  });
  return {std::move(met), std::move(disputed)};
}

v1::Series& AddLine(v1::SeriesKind kind, absl::string_view unit, std::vector<v1::Series>* out) {
  v1::Series& series = out->emplace_back();
  series.set_kind(kind);
  series.set_unit(std::string(unit));
  return series;
}

void AddCounts(v1::SeriesKind kind, absl::string_view unit, const Counts& counts,
               const std::vector<progress::Days>& periods, std::vector<v1::Series>* out) {
  v1::Series& series = AddLine(kind, unit, out);
  for (size_t i = 0; i < periods.size(); ++i) {
    v1::SeriesPoint& point = *series.add_points();
    *point.mutable_days() = ToProto(periods[i]);
    point.set_value(counts[i]);
  }
}

void AddFalseMatches(const std::pair<Counts, Counts>& met,
                     const std::vector<progress::Days>& periods, std::vector<v1::Series>* out) {
  v1::Series& series = AddLine(v1::SERIES_FALSE_MATCH_RATE, "share", out);
  for (size_t i = 0; i < periods.size(); ++i) {
    v1::SeriesPoint& point = *series.add_points();
    *point.mutable_days() = ToProto(periods[i]);
    if (met.first[i] > 0) {
      point.set_value(met.second[i] / met.first[i]);
    } else {
      *point.mutable_why() = MakeWhy("none_met", "No record was met by another member.");
    }
  }
}

void AddEmpty(v1::SeriesKind kind, absl::string_view unit, const v1::Why& why,
              const std::vector<progress::Days>& periods, std::vector<v1::Series>* out) {
  v1::Series& series = AddLine(kind, unit, out);
  for (const progress::Days& period : periods) {
    v1::SeriesPoint& point = *series.add_points();
    *point.mutable_days() = ToProto(period);
    *point.mutable_why() = why;
  }
}

// Records by taxon, in the period in which each was published.
void AddTaxa(const HubState& state, const std::vector<progress::Days>& periods,
             std::vector<v1::Series>* out) {
  std::vector<std::pair<double, std::string>> order;
  std::map<std::string, Counts> by_taxon;
  for (const auto& [taxon, days] : state.taxa.published()) {
    Counts counts = CountDays(days, periods);
    const double sum = std::accumulate(counts.begin(), counts.end(), 0.0);
    if (sum == 0) continue;
    order.emplace_back(-sum, taxon);
    by_taxon[taxon] = std::move(counts);
  }
  std::sort(order.begin(), order.end());
  constexpr size_t kMaxTaxa = 50;
  if (order.size() > kMaxTaxa) order.resize(kMaxTaxa);
  for (const auto& [sum, taxon] : order) {
    AddCounts(v1::SERIES_TAXA, "record", by_taxon[taxon], periods, out);
    out->back().set_taxon(taxon);
  }
}

progress::OffenderSightings Follow(const HubState& state, const views::Record& record) {
  progress::OffenderSightings offender;
  offender.published_at = record.published;
  offender.published_by = record.publisher;
  offender.record_ends = record.last_expiry;
  if (record.state != views::RecordState::kLive) {
    const auto& aftermath = state.records.AftermathOf(record);
    if (aftermath.ended != absl::InfinitePast()) offender.record_ends = aftermath.ended;
  }
  for (const auto& [party, sighting] : state.sightings.Of(record.record_id)) {
    offender.sightings.push_back({sighting.first_matched, party});
  }
  return offender;
}

}  // namespace

v1::Displacement DisplacementOf(const HubState& state, absl::Time as_of) {
  v1::Displacement out;
  if (state.records.live_records() > kMaxRecordsFollowed) {
    *out.mutable_withheld() =
        MakeWhy("too_many_records", "There are too many records to follow each.");
    return out;
  }
  std::vector<progress::OffenderSightings> offenders;
  state.records.ForEachLive(
      [&](const views::Record& record) { offenders.push_back(Follow(state, record)); });
  state.records.ForEachAftermath([&](const views::Record& record, const auto&) {
    if (record.state == views::RecordState::kRetracted ||
        record.state == views::RecordState::kExpired) {
      offenders.push_back(Follow(state, record));
    }
  });
  progress::DisplacementOptions options;
  options.as_of = as_of;
  const progress::Displacement found = progress::EstimateDisplacement(offenders, options);
  out.set_offenders(found.offenders);
  out.set_reappeared(found.reappeared);
  out.set_already_there(found.already_there);
  for (const progress::Reappearance& horizon : found.horizons) {
    v1::Displacement::Horizon& one = *out.add_horizons();
    one.set_days(static_cast<uint32_t>(horizon.days));
    one.set_followed(horizon.followed);
    if (!horizon.share) continue;
    one.mutable_share()->set_point(*horizon.share);
    one.mutable_share()->set_low(horizon.low);
    one.mutable_share()->set_high(horizon.high);
  }
  if (found.quarter_after_days) out.set_quarter_after_days(*found.quarter_after_days);
  if (found.half_after_days) out.set_half_after_days(*found.half_after_days);
  if (found.median_days_of_reappeared) {
    out.set_median_days_of_reappeared(*found.median_days_of_reappeared);
  }
  return out;
}

void AddSharingSeries(const HubState& state, const AskedPosition& asked,
                      const v1::GetSeriesRequest& request,
                      const std::vector<progress::Days>& periods, std::vector<v1::Series>* out) {
  const auto wanted = [&request](v1::SeriesKind kind) {
    return std::find(request.kinds().begin(), request.kinds().end(), kind) != request.kinds().end();
  };
  if (wanted(v1::SERIES_REPORTS_IN_72H)) {
    AddEmpty(v1::SERIES_REPORTS_IN_72H, "share",
             MakeWhy("not_fed_yet", "Users' reports do not reach the hub yet."), periods, out);
  }
  const std::vector<std::pair<v1::SeriesKind, absl::string_view>> kinds = {
      {v1::SERIES_SIGNATURES_SHARED, "record"},
      {v1::SERIES_SIGHTINGS, "sighting"},
      {v1::SERIES_CROSS_MEMBER_MATCHES, "record"},
      {v1::SERIES_FALSE_MATCH_RATE, "share"},
      {v1::SERIES_TAXA, "record"},
      {v1::SERIES_REAPPEARED, "share"}};
  const ProgressLedger& ledger = state.progress;
  const bool drilled = !SameSubset(request.subset(), v1::FigureSubset());
  if (wanted(v1::SERIES_SIGNATURES_SHARED) && !drilled) {
    const auto days = asked.now ? ledger.published() : ledger.PublishedAt(asked.position);
    AddCounts(v1::SERIES_SIGNATURES_SHARED, "record", CountDays(days, periods), periods, out);
  }
  if (wanted(v1::SERIES_SIGHTINGS) && !drilled) {
    const auto days = asked.now ? ledger.sighted() : ledger.SightedAt(asked.position);
    AddCounts(v1::SERIES_SIGHTINGS, "sighting", CountDays(days, periods), periods, out);
  }
  if (!asked.now || drilled) {
    const v1::Why why =
        drilled ? MakeWhy("not_broken_down", "Records are counted for the coalition as a whole.")
                : MakeWhy("as_of_not_kept",
                          "What the hub knows of records now is not what it knew then: records are "
                          "erased. Releases keep their figures.");
    for (const auto& [kind, unit] : kinds) {
      const bool counted = kind == v1::SERIES_SIGNATURES_SHARED || kind == v1::SERIES_SIGHTINGS;
      if (wanted(kind) && (drilled || !counted)) AddEmpty(kind, unit, why, periods, out);
    }
    return;
  }
  if (wanted(v1::SERIES_CROSS_MEMBER_MATCHES) || wanted(v1::SERIES_FALSE_MATCH_RATE)) {
    const auto met = CountMet(state, periods);
    if (wanted(v1::SERIES_CROSS_MEMBER_MATCHES)) {
      AddCounts(v1::SERIES_CROSS_MEMBER_MATCHES, "record", met.first, periods, out);
    }
    if (wanted(v1::SERIES_FALSE_MATCH_RATE)) AddFalseMatches(met, periods, out);
  }
  if (wanted(v1::SERIES_TAXA)) AddTaxa(state, periods, out);
  if (wanted(v1::SERIES_REAPPEARED)) {
    const v1::Displacement all = DisplacementOf(state, state.last_time);
    if (all.has_withheld()) {
      AddEmpty(v1::SERIES_REAPPEARED, "share", all.withheld(), periods, out);
      return;
    }
    v1::Series& series = AddLine(v1::SERIES_REAPPEARED, "share", out);
    for (const v1::Displacement::Horizon& horizon : all.horizons()) {
      if (horizon.days() != 30 || periods.empty()) continue;
      v1::SeriesPoint& point = *series.add_points();
      *point.mutable_days() = ToProto(progress::Days{periods.front().begin, periods.back().end});
      if (horizon.has_share()) {
        point.set_value(horizon.share().point());
        *point.mutable_interval() = horizon.share();
      } else {
        *point.mutable_why() = MakeWhy("not_followed", "No record was followed for 30 days yet.");
      }
    }
  }
}

absl::Status GetDisplacement(const ProgressAsker& asker, const v1::GetDisplacementRequest& request,
                             v1::GetDisplacementResponse* response) {
  return asker.state->Read([&](const HubState& state) -> absl::Status {
    const ProgressLedger& ledger = state.progress;
    VERVET_ASSIGN_OR_RETURN(const AskedPosition asked,
                            ResolvePosition(state, request.as_of(), asker.now));
    FillBasis(ledger, asked, response->mutable_basis());
    if (asker.IsCoordinator() && asked.now) {
      *response->mutable_displacement() = DisplacementOf(state, asker.now);
      return absl::OkStatus();
    }
    // As kept with the newest release by then.
    for (auto one = ledger.releases().rbegin(); one != ledger.releases().rend(); ++one) {
      if (one->sequence > asked.position) continue;
      FillReleaseBasis(*one, response->mutable_basis());
      *response->mutable_displacement() = one->released.displacement();
      return absl::OkStatus();
    }
    *response->mutable_displacement()->mutable_withheld() =
        MakeWhy("not_released", "No release shows this figure.");
    return absl::OkStatus();
  });
}

}  // namespace vervet::hub
