#include "hub/engine/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log/proof.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;

class AuditTest : public EngineTest {
 protected:
  absl::StatusOr<v1::ProveInclusionResponse> Include(const std::string& party, v1::Role role,
                                                     const v1::ProveInclusionRequest& request) {
    v1::ProveInclusionResponse response;
    const absl::Status status = ProveInclusion(party, role, request, Sources(), &response);
    if (!status.ok()) return status;
    return response;
  }
  absl::StatusOr<v1::ProveInclusionResponse> IncludeEvent(uint64_t sequence, uint64_t size = 0) {
    v1::ProveInclusionRequest request;
    request.set_sequence(sequence);
    request.set_size(size);
    return Include("auditor/eye", v1::AUDITOR, request);
  }
  absl::StatusOr<v1::ProveInclusionResponse> IncludeRecord(const std::string& party, v1::Role role,
                                                           const std::string& record_id) {
    v1::ProveInclusionRequest request;
    request.set_record_id(record_id);
    return Include(party, role, request);
  }
  absl::StatusOr<v1::ProveConsistencyResponse> Consistent(uint64_t old_size, uint64_t new_size) {
    v1::ProveConsistencyRequest request;
    request.set_old_size(old_size);
    request.set_new_size(new_size);
    v1::ProveConsistencyResponse response;
    const absl::Status status = ProveConsistency(request, Sources(), &response);
    if (!status.ok()) return status;
    return response;
  }
  AuditSources Sources() {
    if (heads_ == nullptr) {
      heads_ = std::make_unique<HeadSigner>(&keyring_->log_key(), kCoalition, log_.get(), &env_);
    }
    return {log_.get(), &state_, heads_.get()};
  }

  void ExpectSigned(const v1::SignedTreeHead& head, uint64_t size) {
    EXPECT_EQ(head.size(), size);
    EXPECT_EQ(head.root(), log::AsBytes(*log_->RootAt(size)));
    EXPECT_TRUE(log::VerifyTreeHead(keyring_->log_key().public_key, kCoalition, head).ok());
  }
  static log::Hash HashOf(const std::string& bytes) { return *log::HashFromBytes(bytes); }
  template <typename Repeated>
  static std::vector<log::Hash> Hashes(const Repeated& repeated) {
    return *log::ProofFromBytes({repeated.data(), static_cast<size_t>(repeated.size())});
  }
  void ExpectIncluded(const v1::ProveInclusionResponse& response, uint64_t sequence,
                      uint64_t size) {
    ExpectSigned(response.head(), size);
    EXPECT_EQ(response.sequence(), sequence);
    EXPECT_TRUE(log::VerifyInclusion(HashOf(response.leaf_hash()), sequence - 1, size,
                                     Hashes(response.path()), HashOf(response.head().root()))
                    .ok());
    EXPECT_EQ(response.leaf_hash(), log::AsBytes(EventAt(sequence)->leaf_hash));
  }

  std::unique_ptr<HeadSigner> heads_;
};

TEST_F(AuditTest, ProvesEveryEventInEverySizeOfTheLog) {
  const uint64_t newest = LogSize();
  ASSERT_GT(newest, 5u);
  for (uint64_t size = 1; size <= newest; ++size) {
    for (uint64_t sequence = 1; sequence <= size; ++sequence) {
      const auto response = IncludeEvent(sequence, size);
      ASSERT_TRUE(response.ok()) << response.status();
      ExpectIncluded(*response, sequence, size);
    }
  }
  ExpectIncluded(*IncludeEvent(1), 1, newest);
}

TEST_F(AuditTest, ProvesThatEachSizeIsTheBeginningOfEachLaterOne) {
  const uint64_t newest = LogSize();
  for (uint64_t size = 1; size <= newest; ++size) {
    for (uint64_t old_size = 1; old_size <= size; ++old_size) {
      const auto response = Consistent(old_size, size);
      ASSERT_TRUE(response.ok()) << response.status();
      ExpectSigned(response->old_head(), old_size);
      ExpectSigned(response->new_head(), size);
      EXPECT_TRUE(log::VerifyConsistency(old_size, HashOf(response->old_head().root()), size,
                                         HashOf(response->new_head().root()),
                                         Hashes(response->proof()))
                      .ok());
    }
  }
  EXPECT_EQ(Consistent(newest, 0)->proof_size(), 0);
}

TEST_F(AuditTest, SignsAHeadOfThePastInTheSameBytesEachTime) {
  const std::string first = Consistent(3, 5)->old_head().SerializeAsString();
  env_.Advance(absl::Hours(1));
  CreateGroup("later");
  EXPECT_EQ(Consistent(3, 5)->old_head().SerializeAsString(), first);
  EXPECT_EQ(absl::FromUnixMicros(Consistent(3, 5)->old_head().time_us()),
            absl::FromUnixMicros(EventAt(3)->parsed.header.time_us()));
}

TEST_F(AuditTest, ShowsTheEventOnlyToWhomItIsFor) {
  const auto outcome = Publish("member/market", GoodRequest());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto seen = IncludeRecord("member/social", v1::MEMBER, outcome->record_id);
  ASSERT_TRUE(seen.ok()) << seen.status();
  ExpectIncluded(*seen, outcome->sequence, LogSize());
  EXPECT_EQ(log::AsBytes(log::LeafHash(seen->event())), seen->leaf_hash());

  // A coordinator is not in its groups, but knows that it is there.
  const auto hashed = IncludeRecord("coordinator/anna", v1::COORDINATOR, outcome->record_id);
  ASSERT_TRUE(hashed.ok()) << hashed.status();
  ExpectIncluded(*hashed, outcome->sequence, LogSize());
  EXPECT_FALSE(hashed->has_event());

  const auto by_number = IncludeEvent(outcome->sequence);
  ASSERT_TRUE(by_number.ok()) << by_number.status();
  EXPECT_FALSE(by_number->has_event());
}

TEST_F(AuditTest, KnowsNoRecordThatTheCallerMayNotSee) {
  const auto outcome = Publish("member/market", GoodRequest());
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_THAT(IncludeRecord("member/search", v1::MEMBER, outcome->record_id).status(),
              FailsWith(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(IncludeRecord("auditor/eye", v1::AUDITOR, outcome->record_id).status(),
              FailsWith(absl::StatusCode::kNotFound, ""));
  EXPECT_THAT(IncludeRecord("member/market", v1::MEMBER, std::string(16, 'x')).status(),
              FailsWith(absl::StatusCode::kNotFound, ""));
}

TEST_F(AuditTest, RefusesWhatItCannotProveAndNamesTheField) {
  const uint64_t newest = LogSize();
  EXPECT_TRUE(IncludeEvent(newest).ok());
  EXPECT_THAT(IncludeEvent(newest + 1).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "sequence: event"));
  EXPECT_THAT(IncludeEvent(3, 2).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "not in the tree of the first 2"));
  EXPECT_THAT(IncludeEvent(1, newest + 1).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "size: the log has"));
  EXPECT_THAT(IncludeEvent(0).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "sequence: events are counted from 1"));
  EXPECT_THAT(Include("auditor/eye", v1::AUDITOR, {}).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "sequence: is missing"));
  EXPECT_THAT(IncludeRecord("member/market", v1::MEMBER, "short").status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "record_id"));
  EXPECT_THAT(Consistent(0, 0).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "old_size: must be at least 1"));
  EXPECT_THAT(Consistent(3, 2).status(),
              FailsWith(absl::StatusCode::kInvalidArgument, "old_size: must not be above"));
  EXPECT_THAT(Consistent(newest + 1, 0).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "old_size: the log has"));
  EXPECT_THAT(Consistent(1, newest + 1).status(),
              FailsWith(absl::StatusCode::kOutOfRange, "new_size: the log has"));
}

}  // namespace
}  // namespace vervet::hub
