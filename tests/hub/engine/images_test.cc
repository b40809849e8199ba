// Records with images at the hub: what it takes, what it refuses, and what it never does with them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/image_limits.h"
#include "core/base/wire_limits.h"
#include "hub/engine/budgets.h"
#include "hub/engine/evaluate.h"
#include "hub/engine/lookup.h"
#include "hub/engine/records.h"
#include "hub/engine/records_query.h"
#include "tests/hub/engine/images_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kNotFound = absl::StatusCode::kNotFound;

class ImagesTest : public ImagesEngineTest {
 protected:
  int64_t In(absl::Duration from_now) { return absl::ToUnixMicros(env_.Now() + from_now); }
  v1::RecordStatus Show(const std::string& record_id) {
    v1::ShowRecordRequest request;
    request.set_record_id(record_id);
    v1::RecordStatus response;
    const absl::Status status =
        ShowRecord("member/market", request, state_, SyncPositions(), env_.Now(), &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  v1::ReportQuarantineRequest Quarantine(const std::string& record_id, uint32_t number) {
    v1::ReportQuarantineRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id);
    request.set_hash(Hash(number));
    request.set_matches(812);
    request.set_window_s(3'600);
    return request;
  }
};

TEST_F(ImagesTest, ArePublishedAsTheyCameToTheRecordsGroupsAlone) {
  v1::PublishRequest request = ImageRequest();
  request.mutable_images(1)->set_radius(12);
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition party=member/market");
  const auto& record = event->parsed.body.record_published();
  ASSERT_EQ(record.images_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(record.images(i).SerializeAsString(), request.images(i).SerializeAsString());
  }
  EXPECT_EQ(record.signatures_size(), 0);
  EXPECT_EQ(Show(outcome->record_id).images(), 2u);
  EXPECT_EQ(Show(outcome->record_id).signatures(), 0u);
}

TEST_F(ImagesTest, StandBesideSignaturesAndTheLastOfBothEndsTheRecord) {
  v1::PublishRequest request = GoodRequest();
  *request.add_images() = ImageOf(Hash(1));
  request.mutable_images(0)->set_expires_us(In(absl::Hours(48)));
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(Show(outcome->record_id).signatures(), 1u);
  EXPECT_EQ(Show(outcome->record_id).images(), 1u);
  const uint64_t size = LogSize();
  env_.Advance(absl::Hours(47));
  ASSERT_TRUE(Run(ExpireCommand(outcome->record_id)).ok());
  EXPECT_EQ(LogSize(), size) << "the image is still in force";
  env_.Advance(absl::Hours(1));
  ASSERT_TRUE(Run(ExpireCommand(outcome->record_id)).ok());
  EXPECT_EQ(LogSize(), size + 1);
  EXPECT_EQ(Show(outcome->record_id).state(), v1::EXPIRED);
  EXPECT_EQ(Show(outcome->record_id).images(), 0u);
}

TEST_F(ImagesTest, AreGoneFromTheLogOnceErased) {
  const auto outcome = Publish("member/market", ImageRequest());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(EventAt(outcome->sequence)->event.body(), HasSubstr(Hash(1)));
  v1::EraseRequest erasure;
  erasure.set_request_id(NewRequestId());
  erasure.set_record_id(outcome->record_id);
  erasure.set_ground(v1::WITHDRAWN);
  ASSERT_TRUE(Run(EraseCommand("member/market", erasure, RemedyPolicy{})).ok());
  EXPECT_THAT(EventAt(outcome->sequence)->event.body(), Not(HasSubstr(Hash(1))));
  EXPECT_EQ(Show(outcome->record_id).images(), 0u);
}

struct Refusal {
  const char* what;
  std::function<void(v1::PublishRequest&)> change;
  const char* words;
  const char* remedy;
};

TEST_F(ImagesTest, AreRefusedByTheirNameAndNothingIsStored) {
  using R = v1::PublishRequest;
  const auto second = [](R& r) -> v1::ImageSignature& { return *r.mutable_images(1); };
  const int64_t now = In(absl::ZeroDuration());
  const int64_t too_late = In(kImageLife) + 1;
  const std::vector<Refusal> cases = {
      {"neither images nor signatures", [](R& r) { r.clear_images(); },
       "signatures: is empty, and so is images", "at least one of either"},
      {"one image too many",
       [this](R& r) {
         for (uint32_t i = 3; i <= kMaxRecordImages + 1; ++i) *r.add_images() = ImageOf(Hash(i));
       },
       "images: has 65", "at most 64"},
      {"no hash", [=](R& r) { second(r).clear_hash(); }, "images[1].hash: has 0", "has 32"},
      {"a short hash", [=](R& r) { second(r).mutable_hash()->pop_back(); },
       "images[1].hash: has 31", "has 32"},
      {"a long hash", [=](R& r) { second(r).mutable_hash()->push_back('h'); },
       "images[1].hash: has 33", "has 32"},
      {"a hash of nothing", [=](R& r) { second(r).set_hash(std::string(32, '\0')); },
       "images[1].hash: is all zero", "publish another"},
      {"a hash twice", [=](R& r) { second(r).set_hash(r.images(0).hash()); },
       "images[1].hash: is the same", "an earlier one"},
      {"too plain a picture", [=](R& r) { second(r).set_quality(49); },
       "images[1].quality: is 49; at least 50", "another photograph"},
      {"a quality that PDQ does not have", [=](R& r) { second(r).set_quality(101); },
       "images[1].quality: is 101", "ends at 100"},
      {"a radius beyond the index's", [=](R& r) { second(r).set_radius(32); },
       "images[1].radius: is 32", "at most 31"},
      {"no expiry", [=](R& r) { second(r).clear_expires_us(); },
       "images[1].expires_us: ", "a time to come"},
      {"an expiry now", [=](R& r) { second(r).set_expires_us(now); },
       "images[1].expires_us: ", "a time to come"},
      {"too long a life", [=](R& r) { second(r).set_expires_us(too_late); },
       "images[1].expires_us: is later than the longest life of IMAGE_PDQ", "730 days"},
      {"an image among the signatures",
       [this](R& r) {
         *r.add_signatures() = SignatureOf(v1::PHONE, "+353861234567");
         r.mutable_signatures(0)->set_type(v1::IMAGE_PDQ);
       },
       "signatures[0].type: is IMAGE_PDQ", "in images"},
  };
  const uint64_t size = LogSize();
  for (const Refusal& refusal : cases) {
    SCOPED_TRACE(refusal.what);
    v1::PublishRequest request = ImageRequest();
    refusal.change(request);
    EXPECT_THAT(Publish("member/market", request), FailsWith(kInvalid, refusal.words));
    EXPECT_THAT(Publish("member/market", request), FailsWith(kInvalid, refusal.remedy));
    EXPECT_EQ(LogSize(), size);
  }
}

TEST_F(ImagesTest, AreTakenUpToEachLimit) {
  v1::PublishRequest request = ImageRequest();
  for (uint32_t i = 3; i <= kMaxRecordImages; ++i) *request.add_images() = ImageOf(Hash(i));
  v1::ImageSignature& first = *request.mutable_images(0);
  first.set_quality(kMinImageQuality);
  first.set_radius(kMaxHashRadius);
  first.set_expires_us(In(kImageLife));
  v1::ImageSignature& second = *request.mutable_images(1);
  second.set_quality(kMaxImageQuality);
  second.set_radius(0);
  second.set_expires_us(In(absl::Microseconds(1)));
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(Show(outcome->record_id).images(), kMaxRecordImages);
}

TEST_F(ImagesTest, OnTheNegativeListAreRefusedWhileItIsInForce) {
  v1::PublishRequest request = ImageRequest();
  ASSERT_TRUE(Mark("expert/ada", 2, 8).ok());
  request.mutable_images(1)->set_hash(Hash(2, 8));
  ASSERT_TRUE(Publish("member/market", request).ok()) << "one expert is not enough";
  ASSERT_TRUE(Mark("expert/ben", 2, 3).ok());
  request.set_request_id(NewRequestId());
  EXPECT_THAT(Publish("member/market", request),
              FailsWith(kPrecondition, "images[1].hash: is, or is close to, a picture that two"));
  request.mutable_images(1)->set_hash(Hash(2, 9));
  EXPECT_TRUE(Publish("member/market", request).ok()) << "a bit beyond the radius";
  request.set_request_id(NewRequestId());
  request.mutable_images(1)->set_hash(Hash(2));
  EXPECT_THAT(Publish("member/market", request), FailsWith(kPrecondition, "leave it out"));
  Suspend("expert/ben");
  EXPECT_TRUE(Publish("member/market", request).ok()) << "a suspended expert's mark counts no more";
}

TEST_F(ImagesTest, HaveNoKeyNoEvaluationNoLookupAndNoBudget) {
  EXPECT_EQ(keyring_->Find(v1::IMAGE_PDQ), nullptr);

  v1::EvaluateRequest evaluate;
  evaluate.add_batches()->set_type(v1::IMAGE_PDQ);
  evaluate.mutable_batches(0)->set_blinded(std::string(32, 'b'));
  EXPECT_THAT(CheckEvaluate(evaluate, *keyring_), FailsWith(kInvalid, "batches[0].type: is IMAGE"));

  v1::LookupRequest lookup;
  lookup.add_tokens()->set_type(v1::IMAGE_PDQ);
  lookup.mutable_tokens(0)->set_token(std::string(16, 't'));
  v1::LookupResponse found;
  EXPECT_THAT(Lookup("member/market", lookup, state_, env_.Now(), &found),
              FailsWith(kInvalid, "tokens[0].type: is IMAGE_PDQ"));

  v1::GrantRequest grant;
  grant.set_request_id(NewRequestId());
  grant.set_party("member/market");
  grant.set_type(v1::IMAGE_PDQ);
  grant.set_evaluations(1);
  grant.set_expires_us(In(absl::Hours(1)));
  grant.set_reason("a reason");
  EXPECT_THAT(Run(GrantCommand("coordinator/anna", grant, env_)), FailsWith(kInvalid, "type: "));

  v1::ListBudgetsResponse budgets;
  const net::Identity caller{"coalition.example", v1::MEMBER, "market"};
  ASSERT_TRUE(state_
                  .Read([&](const HubState& state) {
                    return ListBudgets(
                        state, caller, {}, {},
                        [](absl::string_view, v1::SignatureType) { return ServedCount{}; },
                        env_.Now(), &budgets);
                  })
                  .ok());
  EXPECT_EQ(budgets.lines_size(), 2);
  for (const v1::BudgetLine& line : budgets.lines()) EXPECT_NE(line.type(), v1::IMAGE_PDQ);
}

TEST_F(ImagesTest, AreNotInUseBeforeTheyAreAnnounced) {
  const auto command = PublishCommand("member/market", ImageRequest(), env_);
  ASSERT_TRUE(command.ok()) << command.status();
  HubState state;
  log::ParsedEvent event;
  const auto apply = [&](const v1::EventBody& body) {
    event.body = body;
    state.Apply(event);
  };
  v1::EventBody body;
  body.mutable_member_admitted()->set_party("member/market");
  apply(body);
  body.mutable_group_joined()->set_party("member/market");
  body.mutable_group_joined()->set_group("coalition");
  apply(body);
  EXPECT_THAT(command->decide(state, env_.Now()), FailsWith(kInvalid, "images: are not in use"));
}

TEST_F(ImagesTest, SetAsideByAMemberAlertCoordinatorsOnceADay) {
  const auto published = Publish("member/market", ImageRequest());
  ASSERT_TRUE(published.ok()) << published.status();
  const std::string& record = published->record_id;
  const auto first = Run(ReportQuarantineCommand("member/social", Quarantine(record, 2)));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto event = EventAt(first->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles=COORDINATOR groups= party=");
  const auto& alert = event->parsed.body.alert_raised();
  EXPECT_EQ(alert.kind(), v1::IMAGE_FLOOD);
  EXPECT_EQ(alert.party(), "member/social");
  EXPECT_EQ(alert.record_id(), record);
  EXPECT_THAT(alert.detail(), HasSubstr("image 2 of 2 matched 812 times in 3600 s"));
  EXPECT_THAT(event->event.body(), Not(HasSubstr(Hash(2)))) << "it would outlive an erasure";
  const auto involved = [&] {
    return state_.Read(
        [&](const HubState& state) { return state.involvement.EventsOf("member/social", record); });
  };
  EXPECT_EQ(involved(), 1u);

  const uint64_t size = LogSize();
  const auto again = Run(ReportQuarantineCommand("member/social", Quarantine(record, 1)));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size);
  EXPECT_EQ(involved(), 1u);

  env_.Advance(absl::Hours(23));
  v1::PublishRequest fresh = ImageRequest();
  const auto other = Publish("member/market", fresh);
  const auto of_other =
      Run(ReportQuarantineCommand("member/social", Quarantine(other->record_id, 1)));
  EXPECT_GT(of_other->sequence, first->sequence) << "another record";
  env_.Advance(absl::Hours(2));
  const auto next_day =
      Run(ReportQuarantineCommand("member/social", Quarantine(other->record_id, 1)));
  EXPECT_GT(next_day->sequence, first->sequence);
}

TEST_F(ImagesTest, AreSetAsideOnlyWhereTheRecordHasThem) {
  const auto published = Publish("member/market", ImageRequest());
  ASSERT_TRUE(published.ok()) << published.status();
  struct Case {
    const char* what;
    std::string party;
    std::function<void(v1::ReportQuarantineRequest&)> change;
    absl::StatusCode code;
    const char* words;
  };
  const auto as_is = [](v1::ReportQuarantineRequest&) {};
  const std::vector<Case> cases = {
      {"no request id", "member/social", [](auto& r) { r.clear_request_id(); }, kInvalid,
       "request_id: "},
      {"a short record id", "member/social", [](auto& r) { r.set_record_id("short"); }, kInvalid,
       "record_id: has 5"},
      {"a short hash", "member/social", [](auto& r) { r.set_hash("short"); }, kInvalid,
       "hash: has 5"},
      {"no match", "member/social", [](auto& r) { r.set_matches(0); }, kInvalid, "matches: is 0"},
      {"too many matches", "member/social",
       [](auto& r) { r.set_matches(kMaxQuarantinedMatches + 1); }, kInvalid, "matches: is 1000001"},
      {"no window", "member/social", [](auto& r) { r.set_window_s(0); }, kInvalid,
       "window_s: is 0"},
      {"too long a window", "member/social",
       [](auto& r) { r.set_window_s(kMaxQuarantineWindowS + 1); }, kInvalid, "366 days"},
      {"an image of no record", "member/social", [](auto& r) { r.set_hash(Hash(3)); }, kNotFound,
       "hash: the record has no such image"},
      {"an unknown record", "member/social", [](auto& r) { r.set_record_id(std::string(16, 'z')); },
       kNotFound, "no such record"},
      {"who may not see it", "member/search", as_is, kNotFound, "no such record"},
      {"its publisher", "member/market", as_is, kDenied, "own record"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    v1::ReportQuarantineRequest request = Quarantine(published->record_id, 1);
    one.change(request);
    const uint64_t size = LogSize();
    EXPECT_THAT(Run(ReportQuarantineCommand(one.party, request)), FailsWith(one.code, one.words));
    EXPECT_EQ(LogSize(), size);
  }
  v1::ReportQuarantineRequest longest = Quarantine(published->record_id, 1);
  longest.set_matches(kMaxQuarantinedMatches);
  longest.set_window_s(kMaxQuarantineWindowS);
  EXPECT_TRUE(Run(ReportQuarantineCommand("member/social", longest)).ok());
  ASSERT_TRUE(Retract("member/market", published->record_id).ok());
  EXPECT_THAT(Run(ReportQuarantineCommand("member/social", Quarantine(published->record_id, 1))),
              FailsWith(kPrecondition, "retracted"));
}

TEST_F(ImagesTest, CountAgainstWhatTheLogTakesOfOneMember) {
  const auto published = Publish("member/market", ImageRequest());
  ASSERT_TRUE(published.ok()) << published.status();
  auto event = std::make_shared<StoredEvent>();
  event->parsed.body.mutable_alert_raised()->set_kind(v1::IMAGE_FLOOD);
  event->parsed.body.mutable_alert_raised()->set_party("member/social");
  event->parsed.body.mutable_alert_raised()->set_record_id(published->record_id);
  const std::vector<StoredEventPtr> one = {event};
  for (size_t i = 1; i < kMaxEventsAboutRecordByMember; ++i) state_.Apply(one);
  ASSERT_TRUE(
      Run(ReportQuarantineCommand("member/social", Quarantine(published->record_id, 1))).ok());
  v1::OpineRequest opinion;
  opinion.set_request_id(NewRequestId());
  opinion.set_record_id(published->record_id);
  opinion.set_stance(v1::AGREE);
  EXPECT_THAT(Run(OpineCommand("member/social", opinion, RemedyPolicy{})),
              FailsWith(kPrecondition, "1000 events of the caller's"));
}

}  // namespace
}  // namespace vervet::hub
