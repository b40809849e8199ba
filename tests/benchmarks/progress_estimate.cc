// What a contribution and a figure cost at the hub: a panel of 60 members with 40 strata each,
// surveyed monthly over a baseline and a follow-up of a year (57,600 surveys). A month of one
// member (40 surveys) comes in; then the page asks for the coalition's figure and its drill-downs.
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hub/views/progress/draws.h"
#include "hub/views/progress/reduction.h"
#include "tests/benchmarks/bench.h"

namespace vervet::bench {
namespace {

namespace progress = hub::progress;
using progress::Survey;

constexpr int kMembers = 60;
constexpr int kStrata = 40;
constexpr int kTaxonGroups = 10;
constexpr int kClasses = 8;

Survey Made(int member, int stratum, int month, progress::DrawStream* chance) {
  Survey survey;
  survey.stratum = {absl::StrCat("member-", member), absl::StrCat("surface-", stratum / 10),
                    absl::StrCat("taxa-", stratum % kTaxonGroups), "en"};
  survey.days = {20'000 + 30 * month, 20'000 + 30 * (month + 1)};
  survey.exposure = 1e7 * std::exp(chance->Normal());
  survey.unit = "view";
  const bool follow_up = month >= 12;
  const auto positives = static_cast<int64_t>(chance->Binomial(10'000, follow_up ? 3e-5 : 2e-4));
  survey.samples = {{10'000, positives, positives, positives, 0}};
  survey.team = absl::StrCat("team-", member);
  survey.platform_class = absl::StrCat("class-", member % kClasses);
  return survey;
}

absl::Status PutMonth(int member, int month, progress::DrawStream* chance,
                      progress::PanelEstimate* estimate) {
  for (int stratum = 0; stratum < kStrata; ++stratum) {
    const absl::Status status = estimate->Put(Made(member, stratum, month, chance));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::StatusOr<progress::PanelEstimate> MadeUpPanel(int members) {
  progress::Panel panel;
  panel.name = "benchmark";
  panel.unit = "view";
  panel.baseline = {20'000, 20'360};
  panel.follow_up = {20'360, 20'720};
  auto estimate = progress::PanelEstimate::Create(panel, {});
  if (!estimate.ok()) return estimate.status();
  progress::DrawStream chance(1);
  for (int member = 0; member < members; ++member) {
    for (int month = 0; month < 24; ++month) {
      const absl::Status status = PutMonth(member, month, &chance, &*estimate);
      if (!status.ok()) return status;
    }
  }
  return estimate;
}

absl::Status Run(const Options& options, Report* report) {
  const int members = options.quick ? 6 : kMembers;
  report->Progress(absl::StrCat("panel of ", members, " members"));
  auto estimate = MadeUpPanel(members);
  if (!estimate.ok()) return estimate.status();
  progress::DrawStream chance(2);

  Line contribution;
  contribution.what = "progress: a member's month, 40 surveys, taken into the panel";
  contribution.unit = "ms";
  contribution.note = absl::StrCat(members, " members x 40 strata x 24 months, 4,000 draws");
  Line figure;
  figure.what = "progress: the coalition's figure";
  figure.unit = "ms";
  figure.target = Target::AtMost(100);
  Line drill_down;
  drill_down.what = "progress: drill-down by 10 taxon groups";
  drill_down.unit = "ms";
  drill_down.target = Target::AtMost(100);
  for (int round = 0; round < options.rounds; ++round) {
    double start = ThreadCpuSeconds();
    const absl::Status status = PutMonth(round % members, 12 + round % 12, &chance, &*estimate);
    if (!status.ok()) return status;
    contribution.measured.Add(1e3 * (ThreadCpuSeconds() - start));
    start = ThreadCpuSeconds();
    if (!estimate->Of({}).reduction.has_value()) return absl::InternalError("no figure");
    figure.measured.Add(1e3 * (ThreadCpuSeconds() - start));
    start = ThreadCpuSeconds();
    for (int i = 0; i < kTaxonGroups; ++i) {
      progress::Subset subset;
      subset.taxon_group = absl::StrCat("taxa-", i);
      if (!estimate->Of(subset).reduction.has_value()) return absl::InternalError("no figure");
    }
    drill_down.measured.Add(1e3 * (ThreadCpuSeconds() - start));
  }
  for (Line* line : {&contribution, &figure, &drill_down}) report->Add(std::move(*line));
  return absl::OkStatus();
}

const bool registered = RegisterRow(
    {"progress-estimate", "a contribution taken into a panel, and the figures asked for", Run});

}  // namespace
}  // namespace vervet::bench
