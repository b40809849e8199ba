#include "member-sdk/src/transport/grpc_transport.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/mutex.h"
#include "core/net/status.h"
#include "vervet/v1/exchange.grpc.pb.h"
#include "vervet/v1/progress.grpc.pb.h"
#include "vervet/v1/records.grpc.pb.h"

namespace vervet::transport {
namespace {

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(deadline));
}

// A stub that hands out what came as it came: the engine reads a message where its bytes lie.
using SyncStub = grpc::TemplatedGenericStub<v1::SyncRequest, grpc::ByteBuffer>;
constexpr char kSyncMethod[] = "/vervet.v1.Exchange/Sync";

// One operation at a time, each waited for: the thread that waits does the reading itself.
class GrpcSyncSession final : public engine::SyncSession {
 public:
  GrpcSyncSession(SyncStub& stub, const v1::SyncHello& hello)
      : stream_(stub.PrepareCall(&context_, kSyncMethod, &queue_)) {
    stream_->StartCall(this);
    (void)IsDone();
    v1::SyncRequest request;
    *request.mutable_hello() = hello;
    // A stream that is broken already says so at the first Read.
    (void)Write(request);
  }
  ~GrpcSyncSession() override {
    context_.TryCancel();
    if (!finished_) (void)Finish();
    queue_.Shutdown();
    while (IsDone()) {
    }
  }

  bool Read(engine::SyncFrame* frame) override {
    stream_->Read(&message_, this);
    if (!IsDone()) return false;
    std::string& bytes = frame->NewBytes();
    bytes.reserve(message_.Length());
    unreadable_ = !message_.Dump(&slices_).ok();
    for (const grpc::Slice& slice : slices_) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    slices_.clear();
    message_.Clear();
    unreadable_ = !frame->Parse() || unreadable_;
    if (unreadable_) context_.TryCancel();
    return !unreadable_;
  }

  bool SendApplied(uint64_t position) override {
    v1::SyncRequest request;
    request.mutable_applied()->set_position(position);
    return Write(request);
  }

  absl::Status Finish() override {
    finished_ = true;
    grpc::Status status;
    stream_->Finish(&status, this);
    (void)IsDone();
    if (unreadable_) return absl::AbortedError("the hub sent a Sync message that does not parse");
    return net::FromGrpc(status, context_);
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  bool Write(const v1::SyncRequest& request) {
    stream_->Write(request, this);
    return IsDone();
  }
  // Waits for the operation that was begun; false: it failed, or there is none and never will be.
  bool IsDone() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::SyncRequest, grpc::ByteBuffer>> stream_;
  grpc::ByteBuffer message_;
  std::vector<grpc::Slice> slices_;
  bool unreadable_ = false;
  bool finished_ = false;
};

// Its own completion queue and thread, not the callback API: that one shares a hidden queue between
// all channels of the process, and where the last channel goes, gRPC 1.51 at times aborts on the
// queue's reference count.
class GrpcTransport final : public engine::Transport {
 public:
  GrpcTransport(std::shared_ptr<grpc::Channel> channel, PrepareConnection prepare,
                transport::CertificateExpiry expiry)
      : prepare_(std::move(prepare)),
        expiry_(std::move(expiry)),
        exchange_(v1::Exchange::NewStub(channel)),
        sync_(channel),
        records_(v1::Records::NewStub(channel)),
        progress_(v1::Progress::NewStub(std::move(channel))),
        thread_([this] { RunQueue(); }) {}

  ~GrpcTransport() override {
    Shutdown();
    {
      MutexLock lock(mutex_);
      while (!open_.empty()) closed_.Wait(mutex_);
    }
    queue_.Shutdown();
    thread_.join();
  }

  void Shutdown() override {
    MutexLock lock(mutex_);
    shut_down_ = true;
    for (grpc::ClientContext* context : open_) context->TryCancel();
  }

  absl::Status Prepare(std::vector<std::string>* notices) override {
    return prepare_ ? prepare_(notices) : absl::OkStatus();
  }

  std::optional<absl::Time> CertificateExpiry() override {
    return expiry_ ? std::optional<absl::Time>(expiry_()) : std::nullopt;
  }

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration deadline) override {
    return Ask(*exchange_, &v1::Exchange::Stub::Evaluate, request, deadline);
  }
  void Publish(const v1::PublishRequest& request, absl::Duration deadline,
               Done<v1::PublishResponse> done) override {
    Send(*exchange_, &v1::Exchange::Stub::AsyncPublish, request, deadline, std::move(done));
  }
  void Retract(const v1::RetractRequest& request, absl::Duration deadline,
               Done<v1::RetractResponse> done) override {
    Send(*exchange_, &v1::Exchange::Stub::AsyncRetract, request, deadline, std::move(done));
  }
  void Opine(const v1::OpineRequest& request, absl::Duration deadline,
             Done<v1::OpineResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncOpine, request, deadline, std::move(done));
  }
  void AnswerDisputes(const v1::AnswerDisputesRequest& request, absl::Duration deadline,
                      Done<v1::AnswerDisputesResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncAnswerDisputes, request, deadline, std::move(done));
  }
  void ReportSighting(const v1::ReportSightingRequest& request, absl::Duration deadline,
                      Done<v1::ReportSightingResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncReportSighting, request, deadline, std::move(done));
  }
  void ReportQuarantine(const v1::ReportQuarantineRequest& request, absl::Duration deadline,
                        Done<v1::ReportQuarantineResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncReportQuarantine, request, deadline, std::move(done));
  }
  void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest& request, absl::Duration deadline,
                         Done<v1::AcknowledgeRemedyResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncAcknowledgeRemedy, request, deadline, std::move(done));
  }
  void Erase(const v1::EraseRequest& request, absl::Duration deadline,
             Done<v1::EraseResponse> done) override {
    Send(*records_, &v1::Records::Stub::AsyncErase, request, deadline, std::move(done));
  }
  absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest& request,
                                              absl::Duration deadline) override {
    return Ask(*records_, &v1::Records::Stub::ShowRecord, request, deadline);
  }
  void Contribute(const v1::ContributeRequest& request, absl::Duration deadline,
                  Done<v1::ContributeResponse> done) override {
    Send(*progress_, &v1::Progress::Stub::AsyncContribute, request, deadline, std::move(done));
  }
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const v1::GetDefinitionsRequest& request, absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::GetDefinitions, request, deadline);
  }
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const v1::GetReductionRequest& request,
                                                        absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::GetReduction, request, deadline);
  }
  absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest& request,
                                                  absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::GetSeries, request, deadline);
  }
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest& request,
                                                      absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::GetCoverage, request, deadline);
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request, absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::ListContributions, request, deadline);
  }
  absl::StatusOr<v1::ListPanelsResponse> ListPanels(const v1::ListPanelsRequest& request,
                                                    absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::ListPanels, request, deadline);
  }
  absl::StatusOr<v1::ListReleasesResponse> ListReleases(const v1::ListReleasesRequest& request,
                                                        absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::ListReleases, request, deadline);
  }
  absl::StatusOr<v1::GetDisplacementResponse> GetDisplacement(
      const v1::GetDisplacementRequest& request, absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::GetDisplacement, request, deadline);
  }
  absl::StatusOr<v1::PlanResponse> Plan(const v1::PlanRequest& request,
                                        absl::Duration deadline) override {
    return Ask(*progress_, &v1::Progress::Stub::Plan, request, deadline);
  }

  std::unique_ptr<engine::SyncSession> OpenSync(const v1::SyncHello& hello) override {
    return std::make_unique<GrpcSyncSession>(sync_, hello);
  }

 private:
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Ask(Stub& stub,
                               grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request, absl::Duration deadline) {
    grpc::ClientContext context;
    SetDeadline(context, deadline);
    Register(&context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    Unregister(&context);
    if (!status.ok()) return net::FromGrpc(status, context);
    return response;
  }

  // One call on the queue; owned by its tag from Start on.
  struct PendingCall {
    virtual ~PendingCall() = default;
    virtual void Answer() = 0;
    grpc::ClientContext context;
    grpc::Status status;
  };
  template <typename Response>
  struct TypedCall final : PendingCall {
    void Start(std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> started) {
      reader = std::move(started);
      reader->Finish(&response, &this->status, static_cast<PendingCall*>(this));
    }
    void Answer() override {
      if (this->status.ok()) {
        done(std::move(response));
      } else {
        done(net::FromGrpc(this->status, this->context));
      }
    }
    Response response;
    Done<Response> done;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  };

  template <typename Stub, typename Request, typename Response>
  void Send(Stub& stub,
            std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*method)(
                grpc::ClientContext*, const Request&, grpc::CompletionQueue*),
            const Request& request, absl::Duration deadline, Done<Response> done) {
    auto* const call = new TypedCall<Response>;
    call->done = std::move(done);
    SetDeadline(call->context, deadline);
    Register(&call->context);
    call->Start((stub.*method)(&call->context, request, &queue_));
  }

  void RunQueue() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      const std::unique_ptr<PendingCall> call(static_cast<PendingCall*>(tag));
      call->Answer();
      Unregister(&call->context);
    }
  }

  void Register(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    open_.insert(context);
    // A call that is cancelled before it starts fails when it does.
    if (shut_down_) context->TryCancel();
  }

  void Unregister(grpc::ClientContext* context) {
    MutexLock lock(mutex_);
    open_.erase(context);
    closed_.NotifyAll();
  }

  const PrepareConnection prepare_;
  const transport::CertificateExpiry expiry_;
  const std::unique_ptr<v1::Exchange::Stub> exchange_;
  SyncStub sync_;
  const std::unique_ptr<v1::Records::Stub> records_;
  const std::unique_ptr<v1::Progress::Stub> progress_;
  grpc::CompletionQueue queue_;
  Mutex mutex_;
  CondVar closed_;
  std::set<grpc::ClientContext*> open_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<engine::Transport> MakeGrpcTransport(std::shared_ptr<grpc::Channel> channel,
                                                     PrepareConnection prepare,
                                                     CertificateExpiry expiry) {
  return std::make_unique<GrpcTransport>(std::move(channel), std::move(prepare), std::move(expiry));
}

}  // namespace vervet::transport
