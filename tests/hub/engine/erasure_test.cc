// What is erased is gone from log, views and disk, and the log still verifies.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/hub/engine/records_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;

class ErasureTest : public RecordsTest {};

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(ErasureTest, ErasesBodyRandomBytesElementsAndViewsAndStillVerifies) {
  ASSERT_TRUE(Opine("member/social", v1::DISAGREE).ok());
  const uint64_t opinion = LogSize();
  const std::string leaf(log::AsBytes(EventAt(published_)->leaf_hash));
  const auto erased = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();

  EXPECT_FALSE(Matches());
  for (const uint64_t sequence : {published_, opinion}) {
    const auto event = EventAt(sequence);
    EXPECT_TRUE(event->erased);
    EXPECT_TRUE(event->event.body().empty());
    EXPECT_TRUE(event->event.random().empty());
  }
  EXPECT_EQ(log::AsBytes(EventAt(published_)->leaf_hash), leaf);
  EXPECT_THAT(EventAt(erased->sequence)->parsed.body.record_erased().sequences(),
              ElementsAre(published_, opinion));
  const v1::RecordStatus status = Show("member/market");
  EXPECT_EQ(status.state(), v1::ERASED);
  EXPECT_FALSE(status.has_facts());
  EXPECT_EQ(status.opinions_size(), 0);
  EXPECT_TRUE(FileBytes(folder_.File("log-wal")).empty())
      << "the write-ahead log still holds what was erased";

  // The same state from the log alone, and the same root.
  const LogPosition before = log_->Position();
  appender_.reset();
  log_.reset();
  SharedState folded_anew;
  const auto reopened = SqlcipherEventLog::Open(
      folder_.File("log"), storage::TestKey(), kCoalition, &env_,
      [&](const StoredEvent& event) { folded_anew.Apply({std::make_shared<StoredEvent>(event)}); });
  ASSERT_TRUE(reopened.ok()) << reopened.status();
  EXPECT_EQ((*reopened)->Position().root, before.root);
  EXPECT_EQ(ShowIn(folded_anew, "member/market").SerializeAsString(), status.SerializeAsString());
}

TEST_F(ErasureTest, GivesTheFirstAnswerToARetriedPublicationOfAnErasedRecord) {
  const v1::PublishRequest request = GoodRequest();
  v1::PublishRequest with_id = request;
  with_id.set_request_id(NewRequestId());
  const auto first = Run(PublishCommand("member/market", with_id, env_));
  ASSERT_TRUE(first.ok()) << first.status();
  record_id_ = first->record_id;
  ASSERT_TRUE(Run(EraseCommand("member/market", Erasure(), policy_)).ok());
  const uint64_t size = LogSize();
  const auto again = Run(PublishCommand("member/market", with_id, env_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(LogSize(), size) << "a late retry must not publish an erased record again";
}

TEST_F(ErasureTest, LetsNobodyEraseAnothersRecordButACoordinatorOnACourtOrder) {
  EXPECT_THAT(Run(EraseCommand("member/social", Erasure(), policy_)),
              FailsWith(kDenied, "another member's record"));
  EXPECT_THAT(Run(EraseCommand("member/search", Erasure(), policy_)),
              FailsWith(kNotFound, "no such record"));
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::WITHDRAWN), policy_)),
              FailsWith(kDenied, "COURT_ORDER"));
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_)),
              FailsWith(kDenied, "COURT_ORDER"));
  v1::EraseRequest groundless = Erasure();
  groundless.clear_ground();
  EXPECT_THAT(Run(EraseCommand("member/market", groundless, policy_)),
              FailsWith(kInvalid, "ground: "));
  EXPECT_TRUE(Matches());
  const auto erased = Run(EraseCommand("coordinator/anna", Erasure(v1::COURT_ORDER), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();
  const auto again = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, erased->sequence);
}

TEST_F(ErasureTest, LetsACoordinatorStandInForASuspendedPublisherWhereAPersonHasTheRight) {
  EXPECT_THAT(Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_)),
              FailsWith(kDenied, "who is active"));
  Suspend("member/market");
  const auto erased = Run(EraseCommand("coordinator/anna", Erasure(v1::SUBJECT_RIGHT), policy_));
  EXPECT_TRUE(erased.ok()) << erased.status();
}

TEST_F(ErasureTest, ErasesARecordThatHadEnded) {
  const auto retracted = Retract("member/market", record_id_);
  ASSERT_TRUE(retracted.ok());
  const auto erased = Run(EraseCommand("member/market", Erasure(), policy_));
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_TRUE(EventAt(retracted->sequence)->erased) << "its reason is gone, too";
  ASSERT_TRUE(
      Run(AcknowledgeRemedyCommand("member/social", Acknowledgement(erased->sequence))).ok());
}

}  // namespace
}  // namespace vervet::hub
