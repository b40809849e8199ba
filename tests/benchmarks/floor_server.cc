// vervet-bench-floor STORE CERTIFICATE KEY CA: the least that a durable publication can cost. Its
// Publish checks, derives and decides nothing: it enqueues rows as large as the hub's own into the
// hub's appender and store, and answers after the commit. Never installed.
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "core/base/environment.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/lock_checks.h"
#include "hub/log/appender.h"
#include "hub/log/sqlcipher_event_log.h"
#include "vervet/v1/exchange.grpc.pb.h"

namespace vervet::bench {
namespace {

constexpr char kCoalition[] = "coalition.example";
constexpr char kPublisher[] = "member/market";

hub::AppendEntry EntryOf(const v1::PublishRequest& request) {
  hub::AppendEntry entry;
  *entry.draft.audience.mutable_groups() = request.facts().groups();
  entry.draft.audience.set_party(kPublisher);
  v1::RecordPublished& record = *entry.draft.body.mutable_record_published();
  record.set_record_id(request.request_id());
  record.set_publisher(kPublisher);
  *record.mutable_facts() = request.facts();
  for (const v1::NewSignature& given : request.signatures()) {
    v1::Signature& signature = *record.add_signatures();
    signature.set_type(given.type());
    signature.set_rules_version(given.rules_version());
    signature.set_epoch(given.epoch());
    signature.set_expires_us(given.expires_us());
    signature.set_token(given.element().data(), oprf::Token::kSizeBytes);
    entry.elements.push_back(given.element());
  }
  entry.record_id = request.request_id();
  return entry;
}

class Floor final : public v1::Exchange::CallbackService {
 public:
  explicit Floor(hub::Appender* appender) : appender_(appender) {}

  grpc::ServerUnaryReactor* Publish(grpc::CallbackServerContext* context,
                                    const v1::PublishRequest* request,
                                    v1::PublishResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    hub::Command command;
    command.request = hub::RequestKey{kPublisher, request->request_id(), std::string(32, 'f')};
    command.decide = [request](const hub::HubState&, absl::Time) {
      return hub::Command::Decision(EntryOf(*request));
    };
    command.done = [reactor, response](const absl::StatusOr<hub::RequestOutcome>& outcome) {
      if (!outcome.ok()) {
        return reactor->Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "not stored"));
      }
      response->set_record_id(outcome->record_id);
      response->set_sequence(outcome->sequence);
      reactor->Finish(grpc::Status::OK);
    };
    if (!appender_->Submit(std::move(command)).ok()) {
      reactor->Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "queue full"));
    }
    return reactor;
  }

 private:
  hub::Appender* const appender_;
};

int Fail(const char* what, const absl::Status& status) {
  fprintf(stderr, "vervet-bench-floor: %s: %s\n", what, status.ToString().c_str());
  return 1;
}

int Serve(const std::string& store, const net::TlsFiles& files) {
  Environment* const env = Environment::System();
  Secret<32> key;
  env->FillRandom(key.MutableSecret());
  hub::SharedState state;
  auto log = hub::SqlcipherEventLog::Open(
      store, key, kCoalition, env,
      [&](const hub::StoredEvent& event) { state.Apply(event.parsed); });
  if (!log.ok()) return Fail("store", log.status());
  hub::Appender appender(
      log->get(), &state, env, {}, [](absl::Span<const hub::StoredEventPtr>) {},
      [](const absl::Status& status) { Fail("store", status); });
  net::TlsSettings tls;
  tls.files = files;
  tls.coalition = kCoalition;
  auto credentials = net::ServerTls(tls, env->Now());
  if (!credentials.ok()) return Fail("certificate", credentials.status());
  Floor floor(&appender);
  grpc::ServerBuilder builder;
  net::ApplyServerDefaults(builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", *credentials, &port);
  builder.RegisterService(&floor);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return Fail("listener", absl::InternalError("none"));
  printf("listening 127.0.0.1:%d\n", port);
  fflush(stdout);
  server->Wait();  // until it is killed: what it stored is of no use to anybody
  return 0;
}

}  // namespace
}  // namespace vervet::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    fputs("usage: vervet-bench-floor STORE CERTIFICATE KEY CA\n", stderr);
    return 2;
  }
  vervet::net::LeaveOutLockChecks();
  const absl::Status restricted = vervet::net::RestrictTlsOfThisProcess();
  if (!restricted.ok()) return vervet::bench::Fail("TLS", restricted);
  return vervet::bench::Serve(argv[1], {argv[2], argv[3], argv[4], ""});
}
