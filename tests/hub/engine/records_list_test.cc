// Which records coordinators and publishers are shown, and what of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/records_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

class RecordsListTest : public RecordsTest {};

TEST_F(RecordsListTest, KeepsTheFactsFromACoordinatorWhereNoGroupPermitsThem) {
  ASSERT_NO_FATAL_FAILURE(Admit("coordinator/abroad", "US"));
  EXPECT_TRUE(Show("coordinator/abroad").has_facts()) << "the group permits every region";
  ASSERT_NO_FATAL_FAILURE(CreateGroup("european", {"IE", "DE"}));
  ASSERT_NO_FATAL_FAILURE(Join("member/market", "european"));
  v1::PublishRequest request = GoodRequest();
  request.mutable_facts()->set_groups(0, "european");
  const auto published = Publish("member/market", request);
  ASSERT_TRUE(published.ok()) << published.status();
  record_id_ = published->record_id;
  EXPECT_TRUE(Show("coordinator/anna").has_facts());
  EXPECT_FALSE(Show("coordinator/abroad").has_facts());
  EXPECT_EQ(Show("coordinator/abroad").publisher(), "member/market") << "it may still chase";
  ASSERT_TRUE(Retract("member/market", record_id_).ok());
  const auto list = List("coordinator/abroad", v1::ListRecordsRequest::ANY);
  ASSERT_EQ(list.records_size(), 1);
  EXPECT_FALSE(list.records(0).has_facts());
}

TEST_F(RecordsListTest, ListsDisputesThatWaitForAnAnswer) {
  policy_.answer_deadline = absl::Hours(1);
  EXPECT_EQ(List("member/market", v1::ListRecordsRequest::OPEN_DISPUTES).records_size(), 0);
  ASSERT_TRUE(Opine("member/social", v1::DISPUTE).ok());
  EXPECT_EQ(List("member/market", v1::ListRecordsRequest::OPEN_DISPUTES).records_size(), 1);
  env_.Advance(policy_.answer_deadline + absl::Microseconds(1));
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 1);
  ASSERT_TRUE(Run(AnswerDisputesCommand("member/market", Answer())).ok());
  EXPECT_EQ(List("coordinator/anna", v1::ListRecordsRequest::LATE).records_size(), 0);
}

TEST_F(RecordsListTest, RefusesToListMoreThanTheLimit) {
  v1::ListRecordsRequest request;
  v1::ListRecordsResponse response;
  request.set_limit(kMaxListedRecords + 1);
  EXPECT_THAT(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response),
              FailsWith(kInvalid, "limit: is 1001"));
  request.set_limit(kMaxListedRecords);
  EXPECT_TRUE(
      ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response).ok());
  request.set_after_record_id("short");
  EXPECT_THAT(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &response),
              FailsWith(kInvalid, "after_record_id: has 5"));
}

TEST_F(RecordsListTest, PagesThroughAList) {
  std::vector<std::string> ids = {record_id_};
  for (int i = 0; i < 2; ++i) ids.push_back(Publish("member/market", GoodRequest())->record_id);
  for (const std::string& id : ids) {
    record_id_ = id;
    ASSERT_TRUE(Opine("member/social", v1::AGREE).ok());
  }
  std::sort(ids.begin(), ids.end());
  v1::ListRecordsRequest request;
  request.set_limit(2);
  v1::ListRecordsResponse page;
  ASSERT_TRUE(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &page).ok());
  ASSERT_EQ(page.records_size(), 2);
  EXPECT_TRUE(page.more());
  request.set_after_record_id(page.records(1).record_id());
  page.Clear();
  ASSERT_TRUE(ListRecords("coordinator/anna", request, state_, positions_, env_.Now(), &page).ok());
  ASSERT_EQ(page.records_size(), 1);
  EXPECT_EQ(page.records(0).record_id(), ids[2]);
  EXPECT_FALSE(page.more());
}

}  // namespace
}  // namespace vervet::hub
