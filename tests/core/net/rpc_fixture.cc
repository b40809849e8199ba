#include "tests/core/net/rpc_fixture.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <cstdio>
#include <future>

#include "core/net/peer.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"
#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::kTestCoalition;
using test_support::ReadFile;

// As main() of a hub does it: before gRPC reads its configuration.
const bool kTlsRestricted = [] {
  const absl::Status status = RestrictTlsOfThisProcess();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return status.ok();
}();

constexpr auto kCallTimeout = std::chrono::seconds(10);

grpc::ByteBuffer ToBuffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToText(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

class WhoAmIReactor final : public grpc::ServerGenericBidiReactor {
 public:
  explicit WhoAmIReactor(grpc::GenericCallbackServerContext* context) : context_(context) {
    StartRead(&request_);
  }

  void OnReadDone(bool) override {
    const std::string& method = context_->method();
    if (method == "/test/Later") {
      return Finish(ToGrpc(
          WithRetryAfter(absl::ResourceExhaustedError("the queue is full"), absl::Seconds(7)),
          *context_));
    }
    if (method == "/test/Junk") {
      context_->AddTrailingMetadata(kRetryAfterMetadata, "soon");
      return Finish(ToGrpc(absl::UnavailableError("closing")));
    }
    if (method == "/test/Long") {
      return Finish(ToGrpc(absl::InvalidArgumentError(std::string(100'000, '\n'))));
    }
    if (method == "/test/Echo") {
      return StartWriteAndFinish(&request_, grpc::WriteOptions(), grpc::Status::OK);
    }
    const auto identity = PeerIdentity(*context_->auth_context(), kTestCoalition);
    if (!identity.ok()) return Finish(ToGrpc(identity.status()));
    reply_ = ToBuffer(identity->uri());
    StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  grpc::GenericCallbackServerContext* const context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer reply_;
};

}  // namespace

class WhoAmIService final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    calls.fetch_add(1);
    return new WhoAmIReactor(context);
  }

  std::atomic<int> calls{0};
};

TestHub::TestHub(const std::shared_ptr<grpc::ServerCredentials>& credentials,
                 const ServerLimits& limits, int port)
    : service_(std::make_unique<WhoAmIService>()) {
  grpc::ServerBuilder builder;
  ApplyServerDefaults(builder, limits);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), credentials, &port_);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
}

TestHub::~TestHub() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server_->Wait();
}

int TestHub::calls() const { return service_->calls.load(); }

Answer CallMethod(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallTimeout);
  const grpc::ByteBuffer request = ToBuffer("hello");
  grpc::ByteBuffer reply;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &reply,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  Answer answer;
  answer.status = FromGrpc(done.get_future().get(), context);
  answer.reply = ToText(reply);
  if (const auto hub = context.auth_context()) {
    for (const grpc::string_ref& uri : hub->FindPropertyValues("peer_spiffe_id")) {
      answer.hub_uri = std::string(uri.data(), uri.size());
    }
  }
  return answer;
}

std::shared_ptr<grpc::ServerCredentials> UncheckedServer(const TlsFiles& files) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back(
      {ReadFile(files.private_key_path), ReadFile(files.certificate_path)});
  return grpc::SslServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> UncheckedClient(const TlsFiles& files,
                                                          const std::string& ca_path) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(ca_path);
  if (!files.certificate_path.empty()) {
    options.pem_private_key = ReadFile(files.private_key_path);
    options.pem_cert_chain = ReadFile(files.certificate_path);
  }
  return grpc::SslCredentials(options);
}

TlsSettings TestSettings(const TlsFiles& files) {
  TlsSettings settings;
  settings.files = files;
  settings.coalition = kTestCoalition;
  settings.refresh = absl::Seconds(1);
  return settings;
}

}  // namespace vervet::net
