// The limits of what the hub keeps of progress in all: the real ones, at the limit and one past it.
// What fills them is folded without being stored, because ten thousand releases would take minutes.
#include "core/base/progress_limits.h"

#include "absl/strings/str_cat.h"
#include "tests/hub/engine/progress_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

class ProgressLimitsTest : public ProgressTest {
 protected:
  void SetUp() override {
    ProgressTest::SetUp();
    sequence_ = LogSize();
  }

  void Fold(const v1::EventBody& body, v1::EventKind kind) {
    log::ParsedEvent event;
    event.body = body;
    event.header.set_kind(kind);
    event.header.set_sequence(++sequence_);
    event.header.set_time_us(absl::ToUnixMicros(env_.Now()));
    state_.Apply(event);
  }
  // What the appender would be told, without appending it.
  absl::Status Decide(const absl::StatusOr<Command>& command) {
    if (!command.ok()) return command.status();
    return state_.Read(
        [&](const HubState& state) { return command->decide(state, env_.Now()).status(); });
  }

 private:
  uint64_t sequence_ = 0;
};

TEST_F(ProgressLimitsTest, TakeTheLastContributionOfAMemberAndNoneAfterIt) {
  v1::ActivityContribution activity = GoodActivity(MemberNumber(1), kApril);
  const auto next = [&] {
    v1::ContributeRequest request;
    request.set_request_id(NewRequestId());
    *request.add_contributions()->mutable_activity() = activity;
    return Decide(ContributeCommand(MemberNumber(1), request));
  };
  v1::EventBody body;
  v1::ActivityContribution& stored = *body.mutable_activity_contributed()->mutable_activity();
  for (size_t i = 1; i < kMaxContributionsByMember; ++i) {
    stored = activity;
    Fold(body, v1::ACTIVITY_CONTRIBUTED);
    activity.set_revision(activity.revision() + 1);
  }
  EXPECT_TRUE(next().ok()) << next();
  stored = activity;
  Fold(body, v1::ACTIVITY_CONTRIBUTED);
  activity.set_revision(activity.revision() + 1);
  EXPECT_THAT(next(), FailsWith(kPrecondition, "has 200000 contributions"));
  // Of that member alone.
  v1::ContributeRequest other;
  other.set_request_id(NewRequestId());
  *other.add_contributions()->mutable_activity() = GoodActivity(MemberNumber(2), kApril);
  EXPECT_TRUE(Decide(ContributeCommand(MemberNumber(2), other)).ok());
}

TEST_F(ProgressLimitsTest, TakeTheLastVersionOfTheDefinitionsAndNoneAfterIt) {
  v1::EventBody body;
  *body.mutable_progress_defined()->mutable_definitions() = GoodDefinitions();
  v1::Definitions& stored = *body.mutable_progress_defined()->mutable_definitions();
  const auto define = [&](size_t after) {
    v1::DefineRequest request;
    request.set_request_id(NewRequestId());
    *request.mutable_definitions() = GoodDefinitions();
    request.set_after_version(static_cast<uint32_t>(after));
    return Decide(DefineCommand(kCoordinator, request));
  };
  for (size_t version = 2; version < kMaxDefinitionVersions; ++version) {
    stored.set_version(static_cast<uint32_t>(version));
    Fold(body, v1::PROGRESS_DEFINED);
  }
  EXPECT_TRUE(define(kMaxDefinitionVersions - 1).ok()) << define(kMaxDefinitionVersions - 1);
  stored.set_version(kMaxDefinitionVersions);
  Fold(body, v1::PROGRESS_DEFINED);
  EXPECT_THAT(define(kMaxDefinitionVersions), FailsWith(kPrecondition, "there are 1000 versions"));
}

TEST_F(ProgressLimitsTest, TakeTheLastPanelAndNoneAfterIt) {
  v1::EventBody body;
  v1::Panel& stored = *body.mutable_panel_created()->mutable_panel();
  stored = GoodPanel();
  const auto create = [&] {
    v1::CreatePanelRequest request;
    request.set_request_id(NewRequestId());
    *request.mutable_panel() = GoodPanel();
    request.mutable_panel()->set_panel("another");
    return Decide(CreatePanelCommand(kCoordinator, request));
  };
  for (size_t panel = 2; panel < kMaxPanels; ++panel) {
    stored.set_panel(absl::StrCat("panel-", panel));
    Fold(body, v1::PANEL_CREATED);
  }
  EXPECT_TRUE(create().ok()) << create();
  stored.set_panel("the-last");
  Fold(body, v1::PANEL_CREATED);
  EXPECT_THAT(create(), FailsWith(kPrecondition, "there are 100 panels"));
}

TEST_F(ProgressLimitsTest, TakeTheLastReleaseAndNoneAfterIt) {
  v1::EventBody body;
  v1::PeriodReleased& stored = *body.mutable_period_released();
  stored.set_panel("founders");
  *stored.mutable_period() = ToProto(kMay);
  const auto release = [&] {
    v1::ReleaseRequest request;
    request.set_request_id(NewRequestId());
    *request.mutable_period() = ToProto(kApril);
    return PrepareRelease(Asker(), request).status();
  };
  for (size_t number = 1; number < kMaxReleases; ++number) {
    stored.set_release(static_cast<uint32_t>(number));
    Fold(body, v1::PERIOD_RELEASED);
  }
  EXPECT_TRUE(release().ok()) << release();
  stored.set_release(kMaxReleases);
  Fold(body, v1::PERIOD_RELEASED);
  EXPECT_THAT(release(), FailsWith(kPrecondition, "there are 10000 releases"));
}

}  // namespace
}  // namespace vervet::hub
