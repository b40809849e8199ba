// Contributions of a coalition to a real hub, generated from a stated truth: before the panel's
// first period 400 of 100,000 sampled listings are offers, afterwards one in ten of that.
#ifndef VERVET_TESTS_DASHBOARD_PROGRESS_WORLD_H_
#define VERVET_TESTS_DASHBOARD_PROGRESS_WORLD_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "vervet/v1/progress.grpc.pb.h"

namespace vervet::dashboard {

inline constexpr char kWorldPanel[] = "founders";
inline constexpr int kWorldPeriods = 3;

class ProgressWorld {
 public:
  // A stub with the certificate of that member, or of "coordinator".
  using StubFor = std::function<std::unique_ptr<v1::Progress::Stub>(const std::string& name)>;

  // `today` is the hub's.
  ProgressWorld(std::vector<std::string> members, absl::CivilDay today, StubFor stub_for);

  // Definitions, the panel, the baseline's surveys, those of all periods, and some activity.
  absl::Status Contribute();
  // A later revision of the first member's newest survey: so many positives.
  absl::Status Revise(int64_t positives);

  v1::Days baseline() const;
  v1::Days period(int number) const;  // from 0

 private:
  absl::Status Define();
  absl::Status MakePanel();
  absl::Status ContributeAs(const std::string& member);
  v1::SurveyContribution SurveyOf(const std::string& member, const std::string& taxa,
                                  const v1::Days& days, int64_t positives) const;
  absl::Status Send(const std::string& member, v1::ContributeRequest request);

  const std::vector<std::string> members_;
  const absl::CivilMonth first_period_;
  const StubFor stub_for_;
  uint32_t revision_ = 1;
};

}  // namespace vervet::dashboard

#endif  // VERVET_TESTS_DASHBOARD_PROGRESS_WORLD_H_
