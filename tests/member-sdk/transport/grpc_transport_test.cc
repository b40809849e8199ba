// The gRPC shell of the SDK against a small server on loopback: statuses, deadlines, streams, and
// going away.
#include "member-sdk/src/transport/grpc_transport.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "core/base/mutex.h"
#include "core/net/refusal.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"
#include "vervet/v1/exchange.grpc.pb.h"
#include "vervet/v1/records.grpc.pb.h"

namespace vervet::transport {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(10);

class ScriptedExchange final : public v1::Exchange::Service {
 public:
  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        v1::EvaluateResponse* response) override {
    if (stall) {
      while (!context->IsCancelled()) std::this_thread::yield();
      return grpc::Status::CANCELLED;
    }
    for (const auto& batch : request->batches()) response->add_batches()->set_type(batch.type());
    return grpc::Status::OK;
  }
  grpc::Status Publish(grpc::ServerContext* context, const v1::PublishRequest* request,
                       v1::PublishResponse* response) override {
    while (stall && !context->IsCancelled()) std::this_thread::yield();
    if (request->request_id() == "full") {
      return net::ToGrpc(
          net::WithRetryAfter(absl::ResourceExhaustedError("the queue is full"), absl::Seconds(3)),
          *context);
    }
    if (request->request_id() == "not in that group") {
      return net::ToGrpc(net::WithRequestRefused(absl::PermissionDeniedError("facts.groups[0]")),
                         *context);
    }
    if (request->request_id() == "suspended") {
      return net::ToGrpc(absl::PermissionDeniedError("is suspended"), *context);
    }
    if (request->request_id() == "from a newer hub") {
      context->AddTrailingMetadata(net::kRefusalMetadata, "group");
      return net::ToGrpc(absl::PermissionDeniedError("for now"), *context);
    }
    response->set_record_id(request->request_id());
    response->set_sequence(7);
    return grpc::Status::OK;
  }
  grpc::Status Retract(grpc::ServerContext*, const v1::RetractRequest*,
                       v1::RetractResponse*) override {
    return net::ToGrpc(absl::NotFoundError("record_id: no such record"));
  }
  grpc::Status Sync(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<v1::SyncResponse, v1::SyncRequest>* stream) override {
    v1::SyncRequest request;
    if (!stream->Read(&request) || !request.has_hello()) return grpc::Status::CANCELLED;
    if (request.hello().position() == 99) {
      return net::ToGrpc(absl::DataLossError("you have applied more than this log holds"));
    }
    v1::SyncResponse response;
    response.mutable_head()->set_size(request.hello().position());
    stream->Write(response);
    while (stream->Read(&request)) applied = request.applied().position();
    return grpc::Status::OK;
  }

  std::atomic<bool> stall{false};
  std::atomic<uint64_t> applied{0};
};

// Answers each call with a sequence number of its own, so that no two can be mixed up.
class ScriptedRecords final : public v1::Records::Service {
 public:
  grpc::Status Opine(grpc::ServerContext*, const v1::OpineRequest* request,
                     v1::OpineResponse* response) override {
    response->set_sequence(11);
    response->set_answer_due_us(request->stance() == v1::DISPUTE ? 99 : 0);
    return grpc::Status::OK;
  }
  grpc::Status AnswerDisputes(grpc::ServerContext*, const v1::AnswerDisputesRequest*,
                              v1::AnswerDisputesResponse* response) override {
    response->set_sequence(12);
    return grpc::Status::OK;
  }
  grpc::Status ReportSighting(grpc::ServerContext*, const v1::ReportSightingRequest*,
                              v1::ReportSightingResponse* response) override {
    response->set_sequence(13);
    return grpc::Status::OK;
  }
  grpc::Status AcknowledgeRemedy(grpc::ServerContext*, const v1::AcknowledgeRemedyRequest*,
                                 v1::AcknowledgeRemedyResponse* response) override {
    response->set_sequence(14);
    return grpc::Status::OK;
  }
  grpc::Status Erase(grpc::ServerContext*, const v1::EraseRequest*,
                     v1::EraseResponse* response) override {
    response->set_sequence(15);
    return grpc::Status::OK;
  }
  grpc::Status ShowRecord(grpc::ServerContext*, const v1::ShowRecordRequest* request,
                          v1::RecordStatus* response) override {
    if (request->record_id().empty()) {
      return net::ToGrpc(absl::NotFoundError("record_id: no such record"));
    }
    response->set_record_id(request->record_id());
    return grpc::Status::OK;
  }
};

class GrpcTransportTest : public ::testing::Test {
 protected:
  GrpcTransportTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&exchange_);
    builder.RegisterService(&records_);
    server_ = builder.BuildAndStart();
    transport_ = MakeGrpcTransport(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                       grpc::InsecureChannelCredentials()));
  }
  ~GrpcTransportTest() override {
    transport_.reset();
    StopServer();
  }
  void StopServer() {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_->Wait();
  }

  template <typename Response>
  class Awaited {
   public:
    engine::Transport::Done<Response> done() {
      return [this](absl::StatusOr<Response> response) {
        MutexLock lock(mutex_);
        response_ = std::move(response);
        ++calls_;
        changed_.NotifyAll();
      };
    }
    absl::StatusOr<Response> Wait() {
      MutexLock lock(mutex_);
      while (calls_ == 0) changed_.Wait(mutex_);
      return response_;
    }

   private:
    Mutex mutex_;
    CondVar changed_;
    absl::StatusOr<Response> response_ ABSL_GUARDED_BY(mutex_);
    int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  };

  // The answer to one call about a record.
  template <typename Request, typename Response>
  Response AnswerTo(void (engine::Transport::*call)(const Request&, absl::Duration,
                                                    engine::Transport::Done<Response>),
                    const Request& request) {
    Awaited<Response> awaited;
    (transport_.get()->*call)(request, kDeadline, awaited.done());
    const auto answer = awaited.Wait();
    EXPECT_EQ(answer.status(), absl::OkStatus());
    return answer.value_or(Response());
  }

  ScriptedExchange exchange_;
  ScriptedRecords records_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<engine::Transport> transport_;
};

TEST_F(GrpcTransportTest, CarriesAnAnswerAndAStatus) {
  v1::EvaluateRequest evaluate;
  evaluate.add_batches()->set_type(v1::PHONE);
  const auto evaluated = transport_->Evaluate(evaluate, kDeadline);
  ASSERT_EQ(evaluated.status(), absl::OkStatus());
  EXPECT_EQ(evaluated->batches(0).type(), v1::PHONE);

  v1::PublishRequest publish;
  publish.set_request_id("one");
  Awaited<v1::PublishResponse> published;
  transport_->Publish(publish, kDeadline, published.done());
  EXPECT_EQ(published.Wait()->sequence(), 7u);

  Awaited<v1::RetractResponse> retracted;
  transport_->Retract({}, kDeadline, retracted.done());
  EXPECT_EQ(retracted.Wait().status(), absl::NotFoundError("record_id: no such record"));
}

TEST_F(GrpcTransportTest, CarriesEachCallAboutARecordToItsOwnMethod) {
  using engine::Transport;
  v1::OpineRequest dispute;
  dispute.set_stance(v1::DISPUTE);
  const v1::OpineResponse told = AnswerTo(&Transport::Opine, dispute);
  EXPECT_EQ(told.sequence(), 11u);
  EXPECT_EQ(told.answer_due_us(), 99);
  EXPECT_EQ(AnswerTo(&Transport::AnswerDisputes, v1::AnswerDisputesRequest()).sequence(), 12u);
  EXPECT_EQ(AnswerTo(&Transport::ReportSighting, v1::ReportSightingRequest()).sequence(), 13u);
  EXPECT_EQ(AnswerTo(&Transport::AcknowledgeRemedy, v1::AcknowledgeRemedyRequest()).sequence(),
            14u);
  EXPECT_EQ(AnswerTo(&Transport::Erase, v1::EraseRequest()).sequence(), 15u);
  v1::ShowRecordRequest show;
  EXPECT_EQ(transport_->ShowRecord(show, kDeadline).status(),
            absl::NotFoundError("record_id: no such record"));
  show.set_record_id("one");
  EXPECT_EQ(transport_->ShowRecord(show, kDeadline)->record_id(), "one");
}

TEST_F(GrpcTransportTest, CarriesTheTimeToRetryAfter) {
  v1::PublishRequest publish;
  publish.set_request_id("full");
  Awaited<v1::PublishResponse> published;
  transport_->Publish(publish, kDeadline, published.done());
  const absl::Status status = published.Wait().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(net::RetryAfter(status), absl::Seconds(3));
}

TEST_F(GrpcTransportTest, CarriesWhetherTheRequestOrTheCallerIsRefused) {
  const auto answer_to = [this](const std::string& request_id) {
    v1::PublishRequest publish;
    publish.set_request_id(request_id);
    Awaited<v1::PublishResponse> published;
    transport_->Publish(publish, kDeadline, published.done());
    return published.Wait().status();
  };
  const absl::Status request = answer_to("not in that group");
  EXPECT_EQ(request.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(net::RequestIsRefused(request));
  EXPECT_FALSE(net::CallerIsRefused(request));
  for (const char* request_id : {"suspended", "from a newer hub"}) {
    const absl::Status caller = answer_to(request_id);
    EXPECT_EQ(caller.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_FALSE(net::RequestIsRefused(caller)) << request_id;
    EXPECT_TRUE(net::CallerIsRefused(caller)) << request_id;
  }
}

TEST_F(GrpcTransportTest, GivesUpAtTheDeadline) {
  exchange_.stall = true;
  EXPECT_EQ(transport_->Evaluate({}, absl::Milliseconds(50)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(GrpcTransportTest, FailsAtOnceWhereNobodyListens) {
  StopServer();
  EXPECT_EQ(transport_->Evaluate({}, kDeadline).status().code(), absl::StatusCode::kUnavailable);
  engine::SyncFrame frame;
  const auto session = transport_->OpenSync({});
  EXPECT_FALSE(session->Read(&frame));
  EXPECT_EQ(session->Finish().code(), absl::StatusCode::kUnavailable);
}

TEST_F(GrpcTransportTest, SaysHelloReadsAndAcknowledges) {
  v1::SyncHello hello;
  hello.set_position(5);
  const auto session = transport_->OpenSync(hello);
  engine::SyncFrame frame;
  ASSERT_TRUE(session->Read(&frame));
  EXPECT_EQ(frame.head().size(), 5u);
  EXPECT_TRUE(session->SendApplied(4));
  while (exchange_.applied != 4) std::this_thread::yield();
}

TEST_F(GrpcTransportTest, SaysWhyTheHubEndedAStream) {
  v1::SyncHello hello;
  hello.set_position(99);
  const auto session = transport_->OpenSync(hello);
  engine::SyncFrame frame;
  EXPECT_FALSE(session->Read(&frame));
  const absl::Status status = session->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("more than this log holds"));
}

TEST_F(GrpcTransportTest, WakesAReaderThatIsCancelled) {
  const auto session = transport_->OpenSync({});
  engine::SyncFrame frame;
  ASSERT_TRUE(session->Read(&frame));
  std::thread canceller([&] { session->Cancel(); });
  EXPECT_FALSE(session->Read(&frame));
  canceller.join();
  EXPECT_EQ(session->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_F(GrpcTransportTest, EndsAnEvaluationWhenItIsShutDown) {
  exchange_.stall = true;
  std::thread shutting_down([&] { transport_->Shutdown(); });
  // Whichever comes first: open calls are cancelled, later ones fail.
  EXPECT_EQ(transport_->Evaluate({}, kDeadline).status().code(), absl::StatusCode::kCancelled);
  shutting_down.join();
  EXPECT_EQ(transport_->Evaluate({}, kDeadline).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(GrpcTransportTest, AnswersEveryOpenCallWhenItIsDestroyed) {
  exchange_.stall = true;
  std::atomic<int> answered{0};
  for (int i = 0; i < 4; ++i) {
    transport_->Publish({}, kDeadline, [&](absl::StatusOr<v1::PublishResponse> response) {
      EXPECT_FALSE(response.ok());
      ++answered;
    });
  }
  transport_.reset();
  EXPECT_EQ(answered, 4);
}

}  // namespace
}  // namespace vervet::transport
