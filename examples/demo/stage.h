// What the acts of the demo share: the coalition, the timeline, and what was measured on the way.
#ifndef VERVET_EXAMPLES_DEMO_STAGE_H_
#define VERVET_EXAMPLES_DEMO_STAGE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "examples/coalition/coalition.h"
#include "examples/demo/people.h"
#include "examples/demo/timeline.h"

namespace vervet::demo {

// Sharing groups: everybody, and the sub-coalition of market and social.
inline constexpr char kEverybody[] = "coalition";
inline constexpr char kSubCoalition[] = "primates-desk";
inline constexpr char kMarket[] = "market";
inline constexpr char kSocial[] = "social";
inline constexpr char kSearch[] = "search";

// A reference that is no secret: the promise's check must find it wherever it looks, or it proves
// nothing.
inline constexpr char kDecision[] = "CASE-2026-0117";
inline constexpr char kSubDecision[] = "CASE-2026-0118";
inline constexpr char kImageDecision[] = "CASE-2026-0201";

struct Settings {
  std::string dir;
  uint64_t offenders = 20'000;
};

struct Measurements {
  std::vector<absl::Duration>
      told;  // the hub's time stamp of the event → the notice at the watching member
  std::vector<absl::Duration> checked;  // one check that matched, the start of its process included
  uint64_t bulk_checks = 0;
  absl::Duration bulk_checks_took;
  uint64_t log_events = 0;
  std::string log_root;
  uint64_t live_records = 0;
  uint64_t live_signatures = 0;
};

struct Stage {
  Settings settings;
  Timeline& timeline;
  std::unique_ptr<coalition::Coalition> coalition;
  Measurements measured;
  std::vector<RawIdentifier> identifiers;  // every raw one that any member ever used
};

// Each act says on the timeline what it does, and returns the first thing that was not as it must
// be.
absl::Status FoundCoalition(Stage& stage);       // 1
absl::Status WarnAndRecognise(Stage& stage);     // 2 and 3
absl::Status RecogniseEveryPhone(Stage& stage);  // 4
absl::Status ShareManyOffenders(Stage& stage);   // 4
absl::Status RightAWrong(Stage& stage);          // 5
absl::Status KillTheHub(Stage& stage);           // 6
absl::Status AuditTheLog(Stage& stage);          // 7
absl::Status SearchForRawData(Stage& stage);     // 8
absl::Status RecognisePictures(Stage& stage);    // 9
absl::Status MeasureProgress(Stage& stage);      // 10
void Summarise(Stage& stage);

// The coordinators' page over this coalition, until the process is destroyed; the hub runs.
// NOT_FOUND where it was not built.
absl::StatusOr<std::unique_ptr<coalition::Process>> StartDashboard(Stage& stage, std::string* url);

// That the hub and every member hold the same log and the same records; notes what they hold.
absl::Status CompareLogs(Stage& stage);

// FAILED_PRECONDITION with `otherwise` unless `condition`.
absl::Status Expect(bool condition, const std::string& otherwise);

}  // namespace vervet::demo

#endif  // VERVET_EXAMPLES_DEMO_STAGE_H_
