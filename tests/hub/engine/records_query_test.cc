#include "hub/engine/records_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/wire_limits.h"
#include "core/net/identity.h"
#include "hub/views/applied_times.h"
#include "hub/views/sync_positions.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kPublisher[] = "member/market";
constexpr char kCoordinator[] = "coordinator/anna";
constexpr char kAbroad[] = "coordinator/abroad";
constexpr char kReason[] = "our photographs show a replica";

// What one answer may hold where the caller has set nothing (gRPC's default).
constexpr size_t kTransportBytes = 4 * 1024 * 1024;

// Folds events without the checks of the commands and without a disk, so that a coalition of the
// largest size takes no time. The group "coalition" permits IE alone, where everybody is but
// kAbroad.
class RecordsQueryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    v1::EventBody body;
    body.mutable_group_created()->set_group("coalition");
    body.mutable_group_created()->add_permitted_regions("IE");
    Fold(body);
    Admit(kCoordinator, "IE");
    Admit(kAbroad, "US");
    AdmitMember(kPublisher);
  }

  // The event's sequence number.
  uint64_t Fold(const v1::EventBody& body) {
    log::EventDraft draft;
    draft.body = body;
    auto event = std::make_shared<StoredEvent>();
    event->event = log::SealEvent(draft, ++sequence_, env_.Now(), env_);
    event->parsed = log::ParseEvent(event->event).value();
    state_.Apply({std::move(event)});
    return sequence_;
  }
  void Admit(const std::string& party, const std::string& region) {
    v1::EventBody body;
    body.mutable_member_admitted()->set_party(party);
    body.mutable_member_admitted()->set_region(region);
    body.mutable_member_admitted()->set_display_name(std::string(kMaxDisplayNameBytes, 'n'));
    Fold(body);
  }
  void AdmitMember(const std::string& party) {
    Admit(party, "IE");
    v1::EventBody body;
    body.mutable_group_joined()->set_party(party);
    body.mutable_group_joined()->set_group("coalition");
    Fold(body);
  }
  // With names of the longest form; they sort as they are counted.
  std::vector<std::string> AdmitMembers(size_t count) {
    std::vector<std::string> members;
    for (size_t i = 0; i < count; ++i) {
      const std::string number = absl::StrCat(100'000 + i);
      members.push_back(absl::StrCat(
          "member/", std::string(net::kMaxPartyNameBytes - number.size(), 'm'), number));
      AdmitMember(members.back());
    }
    return members;
  }
  void Publish(const std::string& record_id) {
    v1::EventBody body;
    auto& published = *body.mutable_record_published();
    published.set_record_id(record_id);
    published.set_publisher(kPublisher);
    published.mutable_facts()->add_groups("coalition");
    published.mutable_facts()->set_purpose("prevention of wildlife trafficking");
    published.add_signatures()->set_expires_us(absl::ToUnixMicros(env_.Now() + absl::Hours(9'999)));
    published.mutable_signatures(0)->set_token(std::string(16, 't'));
    Fold(body);
  }
  void Opine(const std::string& record_id, const std::string& party, const std::string& reason) {
    v1::EventBody body;
    auto& given = *body.mutable_opinion_given();
    given.set_record_id(record_id);
    given.set_party(party);
    given.set_stance(v1::DISPUTE);
    given.set_reason(reason);
    given.set_answer_due_us(absl::ToUnixMicros(env_.Now() + absl::Hours(24)));
    Fold(body);
  }
  uint64_t Retract(const std::string& record_id) {
    v1::EventBody body;
    body.mutable_record_retracted()->set_record_id(record_id);
    body.mutable_record_retracted()->set_reason(kReason);
    body.mutable_record_retracted()->set_remedy_due_us(
        absl::ToUnixMicros(env_.Now() + absl::Hours(24)));
    return Fold(body);
  }
  void Acknowledge(const std::string& record_id, const std::string& party) {
    v1::EventBody body;
    body.mutable_remedy_acknowledged()->set_record_id(record_id);
    body.mutable_remedy_acknowledged()->set_party(party);
    body.mutable_remedy_acknowledged()->set_outcome(v1::REVERSED);
    body.mutable_remedy_acknowledged()->set_subjects(kMaxSubjects);
    Fold(body);
  }

  v1::RecordStatus Show(const std::string& party, const std::string& record_id) {
    v1::ShowRecordRequest request;
    request.set_record_id(record_id);
    v1::RecordStatus response;
    const auto status = ShowRecord(party, request, state_, positions_, env_.Now(), &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  v1::ListRecordsResponse List(v1::ListRecordsRequest request,
                               const std::string& party = kCoordinator) {
    v1::ListRecordsResponse response;
    const auto status = ListRecords(party, request, state_, positions_, env_.Now(), &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  std::vector<std::string> Ids(v1::ListRecordsRequest::Need need) {
    v1::ListRecordsRequest request;
    request.set_need(need);
    std::vector<std::string> ids;
    const v1::ListRecordsResponse response = List(request);
    for (const auto& record : response.records()) ids.push_back(record.record_id());
    return ids;
  }

  ManualEnvironment env_;
  SharedState state_;
  SyncPositions positions_;
  uint64_t sequence_ = 0;
};

TEST_F(RecordsQueryTest, ShowsTheFullestRecordOfTheLargestCoalitionBelowTheTransportsLimit) {
  const auto members = AdmitMembers(kMaxParties - 3);
  Publish(IdOf(1));
  for (const auto& member : members) Opine(IdOf(1), member, std::string(kMaxReasonBytes, 'r'));
  const uint64_t ended = Retract(IdOf(1));
  for (const auto& member : members) {
    Acknowledge(IdOf(1), member);
    positions_.Applied(member, ended - 1, env_.Now());
    positions_.Applied(member, ended, env_.Now());
    positions_.LookedUp(member, env_.Now());
  }
  const v1::RecordStatus status = Show(kCoordinator, IdOf(1));
  EXPECT_LT(status.ByteSizeLong(), kTransportBytes * 9 / 10);
  EXPECT_EQ(static_cast<size_t>(status.remedies_size()), members.size()) << "nobody is left out";
  ASSERT_EQ(status.opinions_size(), kMaxOpinionsShown);
  EXPECT_EQ(status.opinions(0).party(), members[members.size() - kMaxOpinionsShown]);
  EXPECT_EQ(status.opinions(kMaxOpinionsShown - 1).party(), members.back());
  EXPECT_EQ(status.unanswered_disputes(), members.size()) << "all are counted";

  // A list's first entry is given however large it is, or nobody would get past it.
  Publish(IdOf(2));
  Retract(IdOf(2));
  v1::ListRecordsRequest request;
  v1::ListRecordsResponse page = List(request);
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_GT(page.ByteSizeLong(), kMaxRecordListBytes);
  EXPECT_TRUE(page.more());
  request.set_after_record_id(page.records(0).record_id());
  page = List(request);
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.records(0).record_id(), IdOf(2));
  EXPECT_FALSE(page.more());
}

TEST_F(RecordsQueryTest, EndsAnAnswerAtItsBytesAndGoesOnBehindItsLastRecord) {
  const auto members = AdmitMembers(100);
  std::vector<std::string> ids;
  for (uint32_t i = 0; i < 40; ++i) {
    ids.push_back(IdOf(i));
    Publish(ids.back());
    for (const auto& member : members) Opine(ids.back(), member, std::string(kMaxReasonBytes, 'r'));
  }
  std::vector<std::string> listed;
  v1::ListRecordsRequest request;
  int pages = 0;
  for (bool more = true; more && pages < 40; ++pages) {
    const v1::ListRecordsResponse page = List(request);
    EXPECT_LE(page.ByteSizeLong(), kMaxRecordListBytes);
    ASSERT_GT(page.records_size(), 1);
    for (const auto& record : page.records()) listed.push_back(record.record_id());
    request.set_after_record_id(listed.back());
    more = page.more();
  }
  EXPECT_EQ(listed, ids);
  EXPECT_EQ(pages, 3) << "40 records of about 60 KiB";
}

TEST_F(RecordsQueryTest, VisitsNoRecordUpToTheGivenOneNorAfterTheVisitorHasEnough) {
  for (uint32_t i = 0; i < 9; ++i) {
    Publish(IdOf(i));
    Retract(IdOf(i));
  }
  std::vector<std::string> visited;
  state_.Read([&](const HubState& state) {
    state.records.ForEachAftermathAfter(IdOf(3), [&](const auto& record, const auto&) {
      visited.push_back(record.record_id);
      return visited.size() < 2;
    });
  });
  EXPECT_THAT(visited, ElementsAre(IdOf(4), IdOf(5)));
}

TEST_F(RecordsQueryTest, MissesTheRemedyOfEveryHolderWhateverOthersHaveSaid) {
  const auto members = AdmitMembers(2);
  Publish(IdOf(1));
  Retract(IdOf(1));
  AdmitMember("member/newcomer");  // was no holder
  Acknowledge(IdOf(1), "member/newcomer");
  Acknowledge(IdOf(1), members[0]);
  EXPECT_THAT(Ids(v1::ListRecordsRequest::REMEDIES_DUE), ElementsAre(IdOf(1)));
  EXPECT_THAT(Ids(v1::ListRecordsRequest::LATE), IsEmpty());
  EXPECT_THAT(Ids(v1::ListRecordsRequest::OPEN_DISPUTES), IsEmpty());
  env_.Advance(absl::Hours(25));
  EXPECT_THAT(Ids(v1::ListRecordsRequest::LATE), ElementsAre(IdOf(1)));
  Acknowledge(IdOf(1), members[1]);
  EXPECT_THAT(Ids(v1::ListRecordsRequest::REMEDIES_DUE), IsEmpty());
  EXPECT_THAT(Ids(v1::ListRecordsRequest::LATE), IsEmpty());
  EXPECT_THAT(Ids(v1::ListRecordsRequest::ANY), ElementsAre(IdOf(1)));
  EXPECT_EQ(Show(kCoordinator, IdOf(1)).remedies_size(), 3);
}

TEST_F(RecordsQueryTest, TellsWhenAMemberAppliedTheEndAndNotWhenItLastSpoke) {
  const auto members = AdmitMembers(3);
  Publish(IdOf(1));
  positions_.Applied(members[0], sequence_, env_.Now());
  const uint64_t ended = Retract(IdOf(1));
  env_.Advance(absl::Hours(1));
  positions_.Applied(members[0], ended, env_.Now());
  positions_.Applied(members[1], ended + 1, env_.Now());  // where it already was at the hub's start
  const absl::Time applied = env_.Now();
  env_.Advance(absl::Hours(1));
  for (int i = 0; i < 2; ++i) positions_.Applied(members[i], ended + 2, env_.Now());

  const v1::RecordStatus status = Show(kPublisher, IdOf(1));
  ASSERT_EQ(status.remedies_size(), 3);
  EXPECT_TRUE(status.remedies(0).applied());
  EXPECT_EQ(status.remedies(0).applied_us(), absl::ToUnixMicros(applied));
  EXPECT_TRUE(status.remedies(1).applied());
  EXPECT_EQ(status.remedies(1).applied_us(), 0);
  EXPECT_FALSE(status.remedies(2).applied());

  positions_.Applied(members[0], ended - 1, env_.Now());
  EXPECT_FALSE(Show(kPublisher, IdOf(1)).remedies(0).applied()) << "it rewound";
}

TEST_F(RecordsQueryTest, KeepsReasonsAndAnswersWhereTheFactsMayNotGo) {
  const auto members = AdmitMembers(1);
  Publish(IdOf(1));
  Opine(IdOf(1), members[0], kReason);
  v1::EventBody answer;
  answer.mutable_dispute_answered()->set_record_id(IdOf(1));
  answer.mutable_dispute_answered()->set_answer("two reviewers have looked again");
  Fold(answer);
  Retract(IdOf(1));

  const auto at_home = List({}, kCoordinator);
  ASSERT_EQ(at_home.records_size(), 1);
  EXPECT_EQ(at_home.records(0).end_reason(), kReason);
  EXPECT_EQ(at_home.records(0).opinions(0).reason(), kReason);
  EXPECT_EQ(at_home.records(0).last_answer(), "two reviewers have looked again");
  const auto listed = List({}, kAbroad);
  ASSERT_EQ(listed.records_size(), 1);
  for (const v1::RecordStatus& abroad : {Show(kAbroad, IdOf(1)), listed.records(0)}) {
    EXPECT_FALSE(abroad.has_facts());
    EXPECT_EQ(abroad.end_reason(), "");
    EXPECT_EQ(abroad.last_answer(), "");
    ASSERT_EQ(abroad.opinions_size(), 1);
    EXPECT_EQ(abroad.opinions(0).reason(), "");
    // What it needs to chase whoever is late stays.
    EXPECT_EQ(abroad.opinions(0).party(), members[0]);
    EXPECT_EQ(abroad.opinions(0).stance(), v1::DISPUTE);
    EXPECT_NE(abroad.last_answer_us(), 0);
    EXPECT_EQ(abroad.remedies_size(), 1);
  }
}

absl::Time Second(int64_t second) { return absl::FromUnixSeconds(1'700'000'000 + second); }

TEST(AppliedTimes, TellsTheFirstTimeAtOrBeyondAPosition) {
  AppliedTimes times;
  EXPECT_EQ(times.At(1), absl::InfinitePast());
  times.Note(10, Second(0));
  times.Note(20, Second(1));
  times.Note(20, Second(2));
  times.Note(30, Second(3));
  EXPECT_EQ(times.At(10), absl::InfinitePast()) << "it was there before";
  EXPECT_EQ(times.At(11), Second(1));
  EXPECT_EQ(times.At(20), Second(1));
  EXPECT_EQ(times.At(21), Second(3));
  EXPECT_EQ(times.At(31), absl::InfinitePast());
}

TEST(AppliedTimes, ForgetsWhatARewindTookBack) {
  AppliedTimes times;
  times.Note(10, Second(0));
  times.Note(20, Second(1));
  times.Note(30, Second(2));
  times.Note(25, Second(3));
  EXPECT_EQ(times.At(20), Second(1));
  EXPECT_EQ(times.At(25), Second(2)) << "it has not left this one";
  EXPECT_EQ(times.At(26), absl::InfinitePast());
  times.Note(30, Second(4));
  EXPECT_EQ(times.At(26), Second(4));
  times.Note(0, Second(5));
  EXPECT_EQ(times.At(1), absl::InfinitePast());
  times.Note(30, Second(6));
  EXPECT_EQ(times.At(5), Second(6)) << "applied again";
}

TEST(AppliedTimes, StaysBoundedAndNearlyRight) {
  constexpr int64_t kNotes = 100'000;
  AppliedTimes times;
  size_t largest = 0;
  for (int64_t i = 0; i <= kNotes; ++i) {
    times.Note(i, Second(i));
    largest = std::max(largest, times.size());
  }
  EXPECT_LE(largest, AppliedTimes::kMaxKept);
  for (int64_t i = 1; i <= kNotes; ++i) {
    ASSERT_GE(times.At(i), Second(i));
    ASSERT_LT(times.At(i), Second(i + kNotes / 250));
  }
  EXPECT_EQ(times.At(kNotes - 2), Second(kNotes - 2)) << "the newest are exact";
}

TEST(AppliedTimes, StaysBoundedWhereTheClockStandsStill) {
  AppliedTimes times;
  for (uint64_t i = 0; i < 10'000; ++i) times.Note(i, Second(0));
  EXPECT_LE(times.size(), AppliedTimes::kMaxKept);
  EXPECT_EQ(times.At(1), Second(0));
}

}  // namespace
}  // namespace vervet::hub
