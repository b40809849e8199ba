// What members contribute and ask of progress: the part of the fake hub that knows no statistics.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/refusal.h"
#include "tests/member-sdk/fake_hub.h"

namespace vervet::testing {
namespace {

v1::Audience Of(const std::string& party) {
  v1::Audience audience;
  audience.add_roles(v1::COORDINATOR);
  audience.set_party(party);
  return audience;
}

const std::string& MemberOf(const v1::Contribution& contribution) {
  if (contribution.has_activity()) return contribution.activity().member();
  return contribution.has_survey() ? contribution.survey().member() : contribution.team().member();
}

v1::EventBody BodyOf(const v1::Contribution& contribution, const std::string& party) {
  v1::EventBody body;
  if (contribution.has_activity()) {
    *body.mutable_activity_contributed()->mutable_activity() = contribution.activity();
    body.mutable_activity_contributed()->set_contributed_by(party);
  } else if (contribution.has_survey()) {
    *body.mutable_survey_contributed()->mutable_survey() = contribution.survey();
    body.mutable_survey_contributed()->set_contributed_by(party);
  } else {
    *body.mutable_review_team_contributed()->mutable_team() = contribution.team();
    body.mutable_review_team_contributed()->set_contributed_by(party);
  }
  return body;
}

}  // namespace

uint32_t FakeHub::Define(v1::Definitions definitions) {
  MutexLock lock(mutex_);
  const auto newest = state_.definitions.newest();
  definitions.set_version(newest == nullptr ? 1 : newest->version() + 1);
  v1::EventBody body;
  *body.mutable_progress_defined()->mutable_definitions() = definitions;
  v1::Audience audience;
  audience.add_roles(v1::MEMBER);
  AppendLocked(std::move(body), std::move(audience));
  return definitions.version();
}

absl::StatusOr<v1::ContributeResponse> FakeHub::Contribute(const std::string& party,
                                                           const v1::ContributeRequest& request) {
  MutexLock lock(mutex_);
  uint64_t sequence = 0;
  const absl::Status begun =
      Begin(party, request.request_id(), request.SerializeAsString(), &sequence);
  if (!begun.ok()) return begun;
  if (sequence == 0) {
    for (const v1::Contribution& contribution : request.contributions()) {
      if (MemberOf(contribution) != party) {
        return net::WithRequestRefused(absl::PermissionDeniedError("member: another member's"));
      }
    }
    sequence = log_.size() + 1;
    for (const v1::Contribution& contribution : request.contributions()) {
      contributions_.emplace_back(AppendLocked(BodyOf(contribution, party), Of(party)),
                                  contribution);
    }
  }
  const auto concluded = Conclude(request.request_id(), sequence);
  if (!concluded.ok()) return concluded.status();
  v1::ContributeResponse response;
  response.set_first_sequence(*concluded);
  response.set_stored(static_cast<uint32_t>(request.contributions_size()));
  return response;
}

absl::StatusOr<v1::GetDefinitionsResponse> FakeHub::GetDefinitions(
    const std::string& party, const v1::GetDefinitionsRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  const auto found = request.version() == 0 ? state_.definitions.newest()
                                            : state_.definitions.Find(request.version());
  if (found == nullptr) return absl::NotFoundError("version: no such version");
  v1::GetDefinitionsResponse response;
  *response.mutable_definitions() = *found;
  return response;
}

absl::StatusOr<v1::GetReductionResponse> FakeHub::GetReduction(
    const std::string& party, const v1::GetReductionRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  reduction_asked_ = request;
  return reduction_;
}

absl::StatusOr<v1::GetCoverageResponse> FakeHub::GetCoverage(const std::string& party) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  return coverage_;
}

absl::StatusOr<v1::ListContributionsResponse> FakeHub::ListContributions(
    const std::string& party, const v1::ListContributionsRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  v1::ListContributionsResponse response;
  response.mutable_basis()->set_position(log_.size());
  // Two a page, so that there are pages.
  for (const auto& [sequence, contribution] : contributions_) {
    if (MemberOf(contribution) != party || sequence <= request.after_sequence()) continue;
    if (response.lines_size() == 2) {
      response.set_more(true);
      break;
    }
    v1::ContributionLine* const line = response.add_lines();
    line->set_sequence(sequence);
    *line->mutable_contribution() = contribution;
  }
  return response;
}

absl::StatusOr<v1::ListPanelsResponse> FakeHub::ListPanels(const std::string& party) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  return panels_;
}

absl::StatusOr<v1::ListReleasesResponse> FakeHub::ListReleases(
    const std::string& party, const v1::ListReleasesRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  v1::ListReleasesResponse response;
  for (const v1::ReleaseLine& line : releases_.releases()) {
    if (request.panel().empty() || line.panel() == request.panel()) *response.add_releases() = line;
  }
  return response;
}

absl::StatusOr<v1::GetDisplacementResponse> FakeHub::GetDisplacement(const std::string& party) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  return displacement_;
}

absl::StatusOr<v1::PlanResponse> FakeHub::Plan(const std::string& party,
                                               const v1::PlanRequest& request) {
  MutexLock lock(mutex_);
  const absl::Status allowed = MayCall(party);
  if (!allowed.ok()) return allowed;
  plan_asked_ = request;
  return plan_;
}

std::vector<v1::Contribution> FakeHub::contributions() {
  MutexLock lock(mutex_);
  std::vector<v1::Contribution> stored;
  for (const auto& [sequence, contribution] : contributions_) stored.push_back(contribution);
  return stored;
}

}  // namespace vervet::testing
