// Ten times more callers than the hub's queues take: what they are told and how soon, and what
// becomes of those who were let in.
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/publish_load.h"

namespace vervet::bench {
namespace {

constexpr size_t kQueue =
    256;  // limits.work_queue, the first that a publication meets: its default
constexpr size_t kAtEase = 64;  // callers whom no queue refuses
constexpr size_t kConnections = 32;

struct Split {
  double admitted = 0;
  std::vector<absl::Duration> refused;
};

absl::StatusOr<Split> SplitAnswers(const std::vector<integration::Answered>& answers) {
  Split split;
  for (const auto& answered : answers) {
    if (answered.status.ok()) {
      ++split.admitted;
    } else if (absl::IsResourceExhausted(answered.status)) {
      split.refused.push_back(answered.took);
    } else {
      return answered.status;
    }
  }
  return split;
}

absl::Status Run(const Options& options, Report* report) {
  // Queues that the callers fill: with the default of 4,096 nothing would be refused for long.
  integration::TestCoalition coalition(
      integration::WithHubConfig("limits { append_queue: 256 work_queue: 256 }\n"));
  integration::RawClient market = coalition.As("market");
  VERVET_ASSIGN_OR_RETURN(
      const auto request,
      integration::GoodPublishRequest(market, "overload@example.com", integration::kEverybody));
  std::vector<std::unique_ptr<integration::RawClient>> connections;
  for (size_t i = 0; i < kConnections; ++i) {
    connections.push_back(std::make_unique<integration::RawClient>(coalition.hub().address(),
                                                                   coalition->tls_of("market")));
  }
  integration::PublishLoad load(std::move(connections), request);
  VERVET_RETURN_IF_ERROR(SplitAnswers(load.Burst(kConnections)).status());

  const absl::Duration each = absl::Seconds(options.quick ? 1 : 4);
  const size_t crowd = 10 * kQueue;
  Line through, refusal;
  through.what = absl::StrCat("publications let in, ", crowd, " callers");
  through.unit = "/s";
  refusal.what = "refusal at the door, p99";
  refusal.unit = "ms";
  double refusals = 0;
  const auto measure = [&](size_t callers, Samples* per_second, Samples* p99) -> absl::Status {
    const double began = WallSeconds();
    VERVET_ASSIGN_OR_RETURN(const Split split, SplitAnswers(load.Run(callers, each)));
    per_second->Add(split.admitted / (WallSeconds() - began));
    if (p99 == nullptr) return absl::OkStatus();
    if (split.refused.empty()) return absl::InternalError("nobody was refused: no overload");
    p99->Add(absl::ToDoubleMilliseconds(integration::P99(split.refused)));
    refusals += static_cast<double>(split.refused.size());
    return absl::OkStatus();
  };
  VERVET_RETURN_IF_ERROR(Interleave(
      options.rounds, {[&] { return measure(kAtEase, &through.floor, nullptr); },
                       [&] { return measure(crowd, &through.measured, &refusal.measured); }}));
  through.floor_is =
      absl::StrCat("the same hub with ", kAtEase, " callers, none of whom is refused");
  through.target = Target::RatioAtLeast(0.9);
  through.note = absl::StrFormat(
      "callers on %d connections of the load generator's own process, which shares the cores; who "
      "is refused comes back after the time that the hub names",
      static_cast<int>(kConnections));
  refusal.note = absl::StrFormat("as the callers see it; %.0f refusals in all", refusals);
  report->Add(std::move(through));
  report->Add(std::move(refusal));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-overload", "ten times more publishers than the hub's queues take", &Run});

}  // namespace
}  // namespace vervet::bench
