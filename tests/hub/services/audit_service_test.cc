// The Audit service through gRPC, with a log that fails when told.
#include "hub/services/audit_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "core/log/proof.h"
#include "core/net/status.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

// As in sync_stream_test.cc.
std::vector<std::unique_ptr<grpc::Server>>& EndedServers() {
  static auto& servers = *new std::vector<std::unique_ptr<grpc::Server>>();
  return servers;
}

class AuditServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hub_.env = &env_;
    hub_.metrics = &metrics_;
    hub_.log = &log_;
    hub_.state = &state_;
    hub_.heads = &heads_;
    hub_.arithmetic = &arithmetic_;
    hub_.turns = &turns_;
    hub_.store_failed = [this](const absl::Status& status) {
      MutexLock lock(mutex_);
      store_failure_ = status;
    };
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = v1::Audit::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
    for (int i = 0; i < 5; ++i) {
      const auto events = log_.Append({AdmitEntry(absl::StrCat("member/m", i))});
      ASSERT_TRUE(events.ok()) << events.status();
      state_.Apply(*events);
    }
  }
  void TearDown() override {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_->Wait();
    EndedServers().push_back(std::move(server_));
    arithmetic_.Stop();
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (v1::Audit::Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return net::FromGrpc((stub_.get()->*method)(&context, request, response), context);
  }
  absl::Status Include(uint64_t sequence, v1::ProveInclusionResponse* response) {
    v1::ProveInclusionRequest request;
    request.set_sequence(sequence);
    return Call(&v1::Audit::Stub::ProveInclusion, request, response);
  }
  absl::Status Consist(uint64_t old_size, v1::ProveConsistencyResponse* response) {
    v1::ProveConsistencyRequest request;
    request.set_old_size(old_size);
    return Call(&v1::Audit::Stub::ProveConsistency, request, response);
  }
  absl::Status store_failure() {
    MutexLock lock(mutex_);
    return store_failure_;
  }

  ManualEnvironment env_;
  FakeEventLog log_{&env_};
  SharedState state_;
  const log::LogSigningKey key_ = log::LogSigningKey::FromSeed(storage::TestKey(1));
  HeadSigner heads_{&key_, kCoalition, &log_, &env_};
  HubMetrics metrics_;
  WorkPool arithmetic_{"arithmetic", 1, 1};
  net::RetryTurns turns_{absl::Milliseconds(500), absl::Milliseconds(950)};
  HubContext hub_{};
  AuditService service_{&hub_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Audit::Stub> stub_;
  Mutex mutex_;
  absl::Status store_failure_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(AuditServiceTest, AnswersWithTheSignedHeadAndProofsAgainstIt) {
  v1::SignedTreeHead head;
  ASSERT_TRUE(Call(&v1::Audit::Stub::GetHead, v1::GetHeadRequest(), &head).ok());
  EXPECT_EQ(head.size(), 5u);
  EXPECT_TRUE(log::VerifyTreeHead(key_.public_key, kCoalition, head).ok());
  v1::ProveInclusionResponse inclusion;
  ASSERT_TRUE(Include(2, &inclusion).ok());
  EXPECT_EQ(inclusion.head().SerializeAsString(), head.SerializeAsString());
  EXPECT_EQ(inclusion.path_size(), 3);
  EXPECT_FALSE(inclusion.has_event()) << "this caller has no certificate, so no role";
  v1::ProveConsistencyResponse consistency;
  ASSERT_TRUE(Consist(3, &consistency).ok());
  EXPECT_EQ(consistency.old_head().size(), 3u);
  EXPECT_EQ(consistency.new_head().SerializeAsString(), head.SerializeAsString());
}

TEST_F(AuditServiceTest, PassesOnWhatIsWrongWithTheRequest) {
  v1::ProveInclusionResponse inclusion;
  v1::ProveConsistencyResponse consistency;
  EXPECT_THAT(Include(0, &inclusion), FailsWith(absl::StatusCode::kInvalidArgument, "sequence"));
  EXPECT_THAT(Include(6, &inclusion), FailsWith(absl::StatusCode::kOutOfRange, "sequence"));
  EXPECT_THAT(Consist(6, &consistency), FailsWith(absl::StatusCode::kOutOfRange, "old_size"));
  EXPECT_TRUE(store_failure().ok());
}

TEST_F(AuditServiceTest, IsUnavailableWhereTheLogCannotBeRead) {
  log_.FailReads(absl::DataLossError("the log is damaged at event 2"));
  v1::ProveInclusionResponse inclusion;
  v1::ProveConsistencyResponse consistency;
  for (const absl::Status& status : {Include(2, &inclusion), Consist(3, &consistency)}) {
    EXPECT_THAT(status, FailsWith(absl::StatusCode::kUnavailable, "retry later"));
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("damaged")));
    EXPECT_THAT(store_failure(), FailsWith(absl::StatusCode::kDataLoss, "damaged at event 2"));
  }
}

TEST_F(AuditServiceTest, ProvesNothingWhileItsPoolIsFullAndStillTellsTheHead) {
  // Shared with the pool's thread, which may still be inside Pass when this test is over.
  const auto entered = std::make_shared<Gate>(), release = std::make_shared<Gate>();
  ASSERT_TRUE(arithmetic_.TrySubmit([entered, release] {
    entered->Open();
    EXPECT_TRUE(release->Pass());
  }));
  ASSERT_TRUE(entered->Pass());
  ASSERT_TRUE(arithmetic_.TrySubmit([] {}));
  v1::ProveInclusionResponse inclusion;
  EXPECT_THAT(Include(2, &inclusion), FailsWith(absl::StatusCode::kResourceExhausted, "retry"));
  v1::SignedTreeHead head;
  EXPECT_TRUE(Call(&v1::Audit::Stub::GetHead, v1::GetHeadRequest(), &head).ok());
  release->Open();
}

}  // namespace
}  // namespace vervet::hub
