#include "hub/views/progress_periods.h"

#include <algorithm>

#include "absl/time/civil_time.h"

namespace vervet::hub {
namespace {

const absl::CivilDay kEpoch(1970, 1, 1);

absl::CivilMonth FirstMonth(const v1::Panel& panel) {
  return absl::CivilMonth(kEpoch + panel.first_period_begin());
}

int32_t DayNumber(absl::CivilMonth month) {
  return static_cast<int32_t>(absl::CivilDay(month) - kEpoch);
}

progress::Days PeriodNumber(const v1::Panel& panel, int64_t number) {
  const absl::CivilMonth begin = FirstMonth(panel) + number * panel.period_months();
  return {DayNumber(begin), DayNumber(begin + panel.period_months())};
}

}  // namespace

progress::Days FromProto(const v1::Days& days) { return {days.begin(), days.end()}; }

v1::Days ToProto(const progress::Days& days) {
  v1::Days out;
  out.set_begin(days.begin);
  out.set_end(days.end);
  return out;
}

int32_t DayNumberOf(absl::Time time) {
  return static_cast<int32_t>(absl::ToCivilDay(time, absl::UTCTimeZone()) - kEpoch);
}

bool IsFirstOfMonth(int32_t day) { return (kEpoch + day).day() == 1; }

int32_t MonthOf(int32_t day) {
  return static_cast<int32_t>(absl::CivilMonth(kEpoch + day) - absl::CivilMonth(kEpoch));
}

int32_t FirstDayOf(int32_t month) { return DayNumber(absl::CivilMonth(kEpoch) + month); }

std::optional<progress::Days> ReportingPeriodAt(const v1::Panel& panel, int32_t day) {
  if (day < panel.first_period_begin() || panel.period_months() == 0) return std::nullopt;
  const int64_t months = absl::CivilMonth(kEpoch + day) - FirstMonth(panel);
  return PeriodNumber(panel, months / panel.period_months());
}

std::vector<progress::Days> ReportingPeriodsUntil(const v1::Panel& panel, int32_t day) {
  std::vector<progress::Days> periods;
  const auto last = ReportingPeriodAt(panel, day);
  if (!last) return periods;
  for (int64_t number = 0;; ++number) {
    periods.push_back(PeriodNumber(panel, number));
    if (periods.back() == *last) return periods;
  }
}

bool IsReportingPeriod(const v1::Panel& panel, const progress::Days& period) {
  const auto at = ReportingPeriodAt(panel, period.begin);
  return at && *at == period;
}

std::optional<progress::Days> PeriodHolding(const v1::Panel& panel, const progress::Days& days) {
  const progress::Days baseline = FromProto(panel.baseline());
  if (baseline.Contains(days)) return baseline;
  const auto period = ReportingPeriodAt(panel, days.begin);
  if (period && period->Contains(days)) return period;
  return std::nullopt;
}

bool TouchesPeriods(const v1::Panel& panel, const progress::Days& days) {
  return FromProto(panel.baseline()).Overlaps(days) || days.end > panel.first_period_begin();
}

const v1::PanelMember* FindPanelMember(const v1::Panel& panel, absl::string_view member) {
  const auto found = std::find_if(panel.members().begin(), panel.members().end(),
                                  [member](const auto& one) { return one.party() == member; });
  return found == panel.members().end() ? nullptr : &*found;
}

bool HasStratum(const v1::PanelMember& member, absl::string_view surface,
                absl::string_view taxon_group, absl::string_view language) {
  return std::any_of(member.strata().begin(), member.strata().end(), [&](const auto& stratum) {
    return stratum.surface() == surface && stratum.taxon_group() == taxon_group &&
           stratum.language() == language;
  });
}

}  // namespace vervet::hub
