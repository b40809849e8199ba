// A coalition of full size that measures: members of forty strata each, and surveys of them. Shared
// by the rows of the hub's figures and of the page.
#ifndef VERVET_TESTS_BENCHMARKS_FULL_SIZE_PANEL_H_
#define VERVET_TESTS_BENCHMARKS_FULL_SIZE_PANEL_H_

#include <cstdint>
#include <random>

#include "absl/time/civil_time.h"
#include "vervet/v1/progress_types.pb.h"

namespace vervet::bench {

inline constexpr int kPanelStrata = 40;
inline constexpr int kPanelClasses = 4;
inline constexpr int kPanelTaxa = 5;
inline constexpr int kPanelSurfaces = 4;
inline constexpr int kPanelLanguages = 2;

v1::Days Between(absl::CivilMonth first, absl::CivilMonth end);

// "member/m0" and so on, of class-0 to class-3; the baseline is the three months before `first`,
// and months follow. Strata: surface-0, ..., taxa-0, ..., language-0, ...
v1::Panel FullSizePanel(int members, absl::CivilMonth first);

// Of 20,000 listings up to `most` positives, all reviewed again and confirmed; revision 1.
v1::SurveyContribution MadeUpSurvey(const v1::PanelMember& member, int stratum,
                                    const v1::Days& days, uint32_t most, std::mt19937* chance);

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_FULL_SIZE_PANEL_H_
