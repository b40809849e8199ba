#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/base/wire_limits.h"
#include "hub/engine/publish.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class RetractTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    const auto outcome = Publish("member/market", GoodRequest());
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    record_id_ = outcome->record_id;
  }
  v1::RetractRequest GoodRetract() {
    v1::RetractRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id_);
    request.set_reason("confirmed in error");
    return request;
  }

  std::string record_id_;
};

TEST_F(RetractTest, WithdrawsTheCallersOwnRecord) {
  const auto outcome = Run(RetractCommand("member/market", GoodRetract(), RemedyPolicy{}));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition party=member/market");
  const auto& retracted = event->parsed.body.record_retracted();
  EXPECT_EQ(retracted.record_id(), record_id_);
  EXPECT_EQ(retracted.reason(), "confirmed in error");
  EXPECT_EQ(retracted.retracted_by(), "member/market");
}

TEST_F(RetractTest, SucceedsAgainWithTheFirstAnswer) {
  const auto first = Retract("member/market", record_id_);
  ASSERT_TRUE(first.ok());
  const uint64_t size = LogSize();
  const auto again = Retract("member/market", record_id_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size);
}

TEST_F(RetractTest, AppendsOnceForTwoInOneBurst) {
  const uint64_t size = LogSize();
  Plug plug(*appender_);
  const int first = Begin(RetractCommand("member/market", GoodRetract(), RemedyPolicy{}));
  const int second = Begin(RetractCommand("member/market", GoodRetract(), RemedyPolicy{}));
  plug.Pull();
  ASSERT_TRUE(answers_.Of(first).ok());
  ASSERT_TRUE(answers_.Of(second).ok());
  EXPECT_EQ(answers_.Of(first)->sequence, size + 1);
  EXPECT_EQ(answers_.Of(second)->sequence, size + 1);
  EXPECT_EQ(LogSize(), size + 1);
}

struct Refusal {
  const char* what;
  std::function<void(v1::RetractRequest&)> change;
  const char* field;
  const char* remedy;
};

TEST_F(RetractTest, RefusesEachThingThatIsWrongByItsName) {
  using R = v1::RetractRequest;
  const Refusal cases[] = {
      {"no request id", [](R& r) { r.clear_request_id(); }, "request_id: has 0", "must have 16"},
      {"a long request id", [](R& r) { r.set_request_id(std::string(17, 'a')); },
       "request_id: has 17", "must have 16"},
      {"no record id", [](R& r) { r.clear_record_id(); }, "record_id: has 0",
       "as Publish answered"},
      {"a short record id", [](R& r) { r.set_record_id(std::string(15, 'a')); },
       "record_id: has 15", "as Publish answered"},
      {"no reason", [](R& r) { r.clear_reason(); }, "reason: ", "required"},
      {"a long reason", [](R& r) { r.set_reason(std::string(kMaxReasonBytes + 1, 'x')); },
       "reason: has 513", "at most 512"},
      {"a control character", [](R& r) { r.set_reason("a\x1b[31mb"); }, "reason: ", "plain text"},
  };
  const uint64_t size = LogSize();
  for (const Refusal& c : cases) {
    v1::RetractRequest request = GoodRetract();
    c.change(request);
    const auto outcome = Run(RetractCommand("member/market", request, RemedyPolicy{}));
    EXPECT_THAT(outcome, FailsWith(kInvalid, c.field)) << c.what;
    EXPECT_THAT(outcome, FailsWith(kInvalid, c.remedy)) << c.what;
    EXPECT_EQ(LogSize(), size) << c.what;
  }
  v1::RetractRequest at_the_limit = GoodRetract();
  at_the_limit.set_reason(std::string(kMaxReasonBytes, 'x'));
  EXPECT_TRUE(Run(RetractCommand("member/market", at_the_limit, RemedyPolicy{})).ok());
}

TEST_F(RetractTest, TellsAMemberThatMaySeeTheRecordThatItIsAnothers) {
  const uint64_t size = LogSize();
  EXPECT_THAT(Retract("member/social", record_id_),
              FailsWith(absl::StatusCode::kPermissionDenied, "record_id: another member's record"));
  EXPECT_EQ(LogSize(), size);
}

TEST_F(RetractTest, TellsAMemberThatMayNotSeeTheRecordNothingOfIt) {
  const auto hidden = Retract("member/search", record_id_);
  const auto unknown = Retract("member/search", IdOf(1));
  EXPECT_THAT(hidden, FailsWith(absl::StatusCode::kNotFound, "record_id: no such record"));
  EXPECT_EQ(hidden.status(), unknown.status());
}

TEST_F(RetractTest, IsOpenToAPublisherThatLeftTheGroup) {
  v1::LeaveGroupRequest leave;
  leave.set_request_id(NewRequestId());
  leave.set_party("member/market");
  leave.set_group("coalition");
  ASSERT_TRUE(Run(LeaveGroupCommand("coordinator/anna", leave)).ok());
  EXPECT_TRUE(Retract("member/market", record_id_).ok());
}

TEST_F(RetractTest, IsTooLateForAnExpiredRecord) {
  env_.Advance(absl::Hours(25));
  ASSERT_TRUE(Run(ExpireCommand(record_id_)).ok());
  EXPECT_THAT(Retract("member/market", record_id_), FailsWith(absl::StatusCode::kFailedPrecondition,
                                                              "record_id: the record has expired"));
}

TEST_F(RetractTest, IsRefusedToASuspendedPublisher) {
  ASSERT_NO_FATAL_FAILURE(Suspend("member/market"));
  const uint64_t size = LogSize();
  EXPECT_THAT(Retract("member/market", record_id_),
              FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
  EXPECT_EQ(LogSize(), size);
}

TEST_F(RetractTest, RefusesAPublishsRequestId) {
  const v1::PublishRequest published = GoodRequest();
  ASSERT_TRUE(Publish("member/market", published).ok());
  v1::RetractRequest request = GoodRetract();
  request.set_request_id(published.request_id());
  EXPECT_THAT(Run(RetractCommand("member/market", request, RemedyPolicy{})),
              FailsWith(absl::StatusCode::kAlreadyExists, "request_id: "));
}

}  // namespace
}  // namespace vervet::hub
