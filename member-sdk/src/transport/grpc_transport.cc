#include "member-sdk/src/transport/grpc_transport.h"

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <set>
#include <utility>

#include "core/base/mutex.h"
#include "core/net/status.h"
#include "vervet/v1/exchange.grpc.pb.h"

namespace vervet::transport {
namespace {

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoNanoseconds(deadline));
}

class GrpcSyncSession final : public engine::SyncSession {
 public:
  GrpcSyncSession(v1::Exchange::Stub& stub, const v1::SyncHello& hello)
      : stream_(stub.Sync(&context_)) {
    v1::SyncRequest request;
    *request.mutable_hello() = hello;
    // A stream that is broken already says so at the first Read.
    (void)stream_->Write(request);
  }
  ~GrpcSyncSession() override {
    context_.TryCancel();
    if (!finished_) (void)Finish();
  }

  bool Read(v1::SyncResponse* message) override { return stream_->Read(message); }

  bool SendApplied(uint64_t position) override {
    v1::SyncRequest request;
    request.mutable_applied()->set_position(position);
    return stream_->Write(request);
  }

  absl::Status Finish() override {
    finished_ = true;
    return net::FromGrpc(stream_->Finish(), context_);
  }

  void Cancel() override { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SyncRequest, v1::SyncResponse>> stream_;
  bool finished_ = false;
};

class GrpcTransport final : public engine::Transport {
 public:
  explicit GrpcTransport(std::shared_ptr<grpc::Channel> channel)
      : stub_(v1::Exchange::NewStub(std::move(channel))) {}

  ~GrpcTransport() override {
    Shutdown();
    MutexLock lock(mutex_);
    while (!open_.empty()) closed_.Wait(mutex_);
  }

  void Shutdown() override {
    MutexLock lock(mutex_);
    shut_down_ = true;
    for (grpc::ClientContext* context : open_) context->TryCancel();
  }

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration deadline) override {
    grpc::ClientContext context;
    SetDeadline(context, deadline);
    Register(&context);
    v1::EvaluateResponse response;
    const grpc::Status status = stub_->Evaluate(&context, request, &response);
    Unregister(&context);
    if (!status.ok()) return net::FromGrpc(status, context);
    return response;
  }

  void Publish(const v1::PublishRequest& request, absl::Duration deadline,
               Done<v1::PublishResponse> done) override {
    auto call = Open<v1::PublishRequest, v1::PublishResponse>(request, deadline, std::move(done));
    auto* const raw = call.get();
    stub_->async()->Publish(
        &raw->context, &raw->request, &raw->response,
        [this, call = std::move(call)](const grpc::Status& status) { Close(*call, status); });
  }

  void Retract(const v1::RetractRequest& request, absl::Duration deadline,
               Done<v1::RetractResponse> done) override {
    auto call = Open<v1::RetractRequest, v1::RetractResponse>(request, deadline, std::move(done));
    auto* const raw = call.get();
    stub_->async()->Retract(
        &raw->context, &raw->request, &raw->response,
        [this, call = std::move(call)](const grpc::Status& status) { Close(*call, status); });
  }

  std::unique_ptr<engine::SyncSession> OpenSync(const v1::SyncHello& hello) override {
    return std::make_unique<GrpcSyncSession>(*stub_, hello);
  }

 private:
  template <typename Request, typename Response>
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
    Done<Response> done;
  };

  template <typename Request, typename Response>
  std::shared_ptr<Call<Request, Response>> Open(const Request& request, absl::Duration deadline,
                                                Done<Response> done) {
    auto call = std::make_shared<Call<Request, Response>>();
    call->request = request;
    call->done = std::move(done);
    SetDeadline(call->context, deadline);
    Register(&call->context);
    return call;
  }

  template <typename Request, typename Response>
  void Close(Call<Request, Response>& call, const grpc::Status& status) {
    if (status.ok()) {
      call.done(std::move(call.response));
    } else {
      call.done(net::FromGrpc(status, call.context));
    }
    Unregister(&call.context);
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

  const std::unique_ptr<v1::Exchange::Stub> stub_;
  Mutex mutex_;
  CondVar closed_;
  std::set<grpc::ClientContext*> open_ ABSL_GUARDED_BY(mutex_);
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

std::unique_ptr<engine::Transport> MakeGrpcTransport(std::shared_ptr<grpc::Channel> channel) {
  return std::make_unique<GrpcTransport>(std::move(channel));
}

}  // namespace vervet::transport
