// What the hub takes of progress in one request and in all, and what the SDK therefore never sends.
// docs/protocol.md lists them; each is tested at the limit and one past it. Beside wire_limits.h,
// so that a change here does not compile everything anew.
#ifndef VERVET_CORE_BASE_PROGRESS_LIMITS_H_
#define VERVET_CORE_BASE_PROGRESS_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace vervet {

// Contribute: contributions in one request, and its size.
inline constexpr int kMaxContributions = 256;
inline constexpr size_t kMaxContributeBytes = 64 * 1024;
// Wrong contributions that one refusal names.
inline constexpr size_t kMaxProblemsNamed = 20;
// Of one member, all revisions counted: ten years of 12 months of 40 strata are 4,800 surveys.
// Keeps one member from filling the hub's memory.
inline constexpr size_t kMaxContributionsByMember = 200'000;

inline constexpr uint64_t kMaxActivityCount = 1'000'000'000'000;
inline constexpr uint64_t kMaxViewsBeforeRemoval = 1'000'000'000'000'000;
inline constexpr int32_t kMaxContributionDays = 366;
inline constexpr size_t kMaxSignedOffBytes = 128;
inline constexpr size_t kMaxSurveyorBytes = 128;

// Ids of words: a-z, 0-9, _ and -.
inline constexpr size_t kMaxWordIdBytes = 64;
inline constexpr size_t kMaxWordNameBytes = 128;
inline constexpr size_t kMaxUnitBytes = 64;
inline constexpr int kMaxActions = 64;
inline constexpr int kMaxDetectionSources = 32;
inline constexpr int kMaxTaxonGroups = 64;
inline constexpr int kMaxSurfaces = 64;
inline constexpr int kMaxPlatformClasses = 32;
inline constexpr int kMaxSurveyLanguages = 64;
inline constexpr int kMaxExposureUnits = 8;
inline constexpr size_t kMaxPositiveBytes = 4'096;
inline constexpr size_t kMaxDefinitionVersions = 1'000;

inline constexpr int kMaxPanelMembers = 1'000;
inline constexpr int kMaxPanelStrata = 64;  // of one member
inline constexpr size_t kMaxPanelBytes = 128 * 1024;
inline constexpr size_t kMaxPanels = 100;
inline constexpr uint32_t kMaxPeriodMonths = 12;
inline constexpr uint32_t kMaxDueDays = 180;
inline constexpr size_t kMaxReleases = 10'000;

// Queries.
inline constexpr int kMaxSubsetsAsked = 256;
inline constexpr uint32_t kMaxProgressLines = 1'000;  // of one list
inline constexpr int kMaxPlannedStrata = 10'000;

}  // namespace vervet

#endif  // VERVET_CORE_BASE_PROGRESS_LIMITS_H_
