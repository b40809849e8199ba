// The periods of a panel: the baseline, and then so many months each, without gaps.
#ifndef VERVET_HUB_VIEWS_PROGRESS_PERIODS_H_
#define VERVET_HUB_VIEWS_PROGRESS_PERIODS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hub/views/progress/survey.h"
#include "vervet/v1/progress_types.pb.h"

namespace vervet::hub {

progress::Days FromProto(const v1::Days& days);
v1::Days ToProto(const progress::Days& days);

// Days since 1970, UTC, and back.
int32_t DayNumberOf(absl::Time time);
bool IsFirstOfMonth(int32_t day);
// Months since January 1970: the one that the day is in, and the first day of one.
int32_t MonthOf(int32_t day);
int32_t FirstDayOf(int32_t month);

// The reporting period that the day is in; none before the first.
std::optional<progress::Days> ReportingPeriodAt(const v1::Panel& panel, int32_t day);
// Reporting periods that have begun by the day, by time.
std::vector<progress::Days> ReportingPeriodsUntil(const v1::Panel& panel, int32_t day);
bool IsReportingPeriod(const v1::Panel& panel, const progress::Days& period);
// The baseline or the reporting period that holds all of these days; none where they are outside,
// or in two.
std::optional<progress::Days> PeriodHolding(const v1::Panel& panel, const progress::Days& days);
// Whether any of the days is in the baseline or a reporting period.
bool TouchesPeriods(const v1::Panel& panel, const progress::Days& days);

// The member's line in the panel; null where it has none.
const v1::PanelMember* FindPanelMember(const v1::Panel& panel, absl::string_view member);
bool HasStratum(const v1::PanelMember& member, absl::string_view surface,
                absl::string_view taxon_group, absl::string_view language);

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_PROGRESS_PERIODS_H_
