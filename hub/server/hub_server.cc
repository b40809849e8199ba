#include "hub/server/hub_server.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/diagnostics.h"
#include "core/base/status_macros.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/metrics_listener.h"
#include "core/net/retry_turns.h"
#include "hub/access/door.h"
#include "hub/engine/believed_clock.h"
#include "hub/log/sqlcipher_event_log.h"
#include "hub/server/announcements.h"
#include "hub/server/certificate_refusal.h"
#include "hub/server/exit_codes.h"
#include "hub/server/keys.h"
#include "hub/server/listen_address.h"
#include "hub/server/log_lines.h"
#include "hub/server/metrics_text.h"
#include "hub/server/upkeep.h"
#include "hub/server/watchdog.h"
#include "hub/services/audit_service.h"
#include "hub/services/budgets_service.h"
#include "hub/services/exchange_service.h"
#include "hub/services/negative_list_service.h"
#include "hub/services/progress_service.h"
#include "hub/services/records_service.h"
#include "hub/services/registry_service.h"
#include "hub/services/sync_streams.h"

namespace vervet::hub {
namespace {

constexpr size_t kPumpThreads = 2;
// For callers whom a full pool has refused. Below a second: the SDK takes longer waits for those of
// spent budgets.
constexpr absl::Duration kSoonestReturn = absl::Milliseconds(500);
constexpr absl::Duration kLatestReturn = absl::Milliseconds(950);
constexpr absl::Duration kCountersEvery = absl::Seconds(60);
constexpr absl::Duration kShutdownGrace = absl::Seconds(5);

class HubServerImpl final : public HubServer {
 public:
  HubServerImpl(const Config& config, Options options, Keyring keyring)
      : config_(config), options_(std::move(options)), keyring_(std::move(keyring)) {}

  ~HubServerImpl() override { Shutdown(); }

  // What a person has most likely got wrong, before the store is touched.
  absl::Status CheckDoor() {
    VERVET_RETURN_IF_ERROR(
        CheckListenAddress("listen_address", config_.listen_host, config_.listen_port));
    net::TlsSettings tls;
    tls.files = {config_.certificate_path, config_.private_key_path, config_.ca_path,
                 config_.crl_dir};
    tls.coalition = config_.coalition;
    tls.refresh = config_.certificate_check;
    static constexpr v1::Role kHubRoles[] = {v1::HUB};
    VERVET_ASSIGN_OR_RETURN(certificate_, net::CertificateWatch::Start(std::move(tls), kHubRoles,
                                                                       env_, &LogCertificate));
    VERVET_ASSIGN_OR_RETURN(credentials_, net::ServerTls(certificate_, env_->Now()));
    return absl::OkStatus();
  }

  absl::Status OpenEngine() {
    if (access(config_.store_path.c_str(), F_OK) != 0) {
      return absl::NotFoundError(absl::StrCat("store_path: ", config_.store_path,
                                              " does not exist; correct the path, restore the log, "
                                              "or make a new one: vervet-hub init"));
    }
    VERVET_ASSIGN_OR_RETURN(const auto store_key, ReadStoreKey(config_));
    VERVET_ASSIGN_OR_RETURN(
        log_,
        SqlcipherEventLog::Open(config_.store_path, store_key, config_.coalition, env_,
                                [&](const StoredEvent& event) { state_.Apply(event.parsed); }));
    if (!options_.accept_clock) {
      const absl::Time last = state_.Read([](const HubState& state) { return state.last_time; });
      VERVET_RETURN_IF_ERROR(CheckClockAgainstLog(env_->Now(), last));
    }
    positions_.SetLogSizeAtStart(log_->Position().size);
    heads_ = std::make_unique<HeadSigner>(&keyring_.log_key(), config_.coalition, log_.get(), env_);
    arithmetic_ =
        std::make_unique<WorkPool>("arithmetic", config_.work_threads, config_.work_queue);
    // Each stream is queued at most once, so this is never full.
    pump_ = std::make_unique<WorkPool>("pump", kPumpThreads, config_.sync_streams + 64);
    Appender::Options limits;
    limits.queue_capacity = config_.append_queue;
    limits.commit_seconds = &metrics_.commit_seconds.Get();
    appender_ = std::make_unique<Appender>(
        log_.get(), &state_, env_, limits,
        [this](absl::Span<const StoredEventPtr> events) {
          metrics_.events_appended.Add(events.size());
          metrics_.commits.Add();
          metrics_.commit_events.Get().Observe(static_cast<double>(events.size()));
          for (const StoredEventPtr& event : events) LogRosterChange(*event);
          if (streams_ != nullptr) streams_->OnCommit(events);
        },
        [this](const absl::Status& status) {
          start_failure_ = status;
          Fail(kExitStoreFailed, status);
        });
    alerts_ = std::make_unique<AlertQueue>(&state_, appender_.get(), env_,
                                           config_.budgets.longest_alert_delay);
    budgets_ =
        std::make_unique<Budgets>(config_.budgets, &state_, appender_.get(), alerts_.get(), env_);
    context_.coalition = config_.coalition;
    context_.region = config_.region;
    context_.remedy = config_.remedy;
    context_.env = env_;
    context_.metrics = &metrics_;
    context_.sync_memory = &sync_memory_;
    context_.turns = &turns_;
    context_.keyring = &keyring_;
    context_.log = log_.get();
    context_.state = &state_;
    context_.heads = heads_.get();
    context_.appender = appender_.get();
    context_.positions = &positions_;
    context_.budgets = budgets_.get();
    context_.alerts = alerts_.get();
    context_.arithmetic = arithmetic_.get();
    context_.pump = pump_.get();
    context_.store_failed = [this](const absl::Status& status) { Fail(kExitStoreFailed, status); };
    VERVET_RETURN_IF_ERROR(CheckLogFits(config_, context_));
    const absl::Status announced = AppendAnnouncements(config_, context_);
    // What a person needs is why the store failed, not what its callers are told.
    VERVET_RETURN_IF_ERROR(start_failure_);
    VERVET_RETURN_IF_ERROR(announced);
    upkeep_.emplace(&context_, config_.sighting_count_interval, config_.append_queue / 2);
    return absl::OkStatus();
  }

  absl::Status Listen() {
    credentials_->SetAuthMetadataProcessor(std::make_shared<Door>(
        config_.coalition, &state_,
        [this](const std::string& party, const std::string& method, const absl::Status& status) {
          LogRefusal(party, method, status);
        }));

    streams_ = std::make_unique<SyncStreams>(&context_, config_.sync_streams);
    exchange_ = std::make_unique<ExchangeService>(&context_, streams_.get());
    audit_ = std::make_unique<AuditService>(&context_);
    budgets_service_ = std::make_unique<BudgetsService>(&context_);
    registry_ = std::make_unique<RegistryService>(&context_);
    records_ = std::make_unique<RecordsService>(&context_);
    negative_list_ = std::make_unique<NegativeListService>(&context_);
    progress_ = std::make_unique<ProgressService>(&context_);
    grpc::ServerBuilder builder;
    net::ApplyServerDefaults(builder);
    int port = 0;
    builder.AddListeningPort(config_.listen_address, credentials_, &port);
    builder.RegisterService(exchange_.get());
    builder.RegisterService(audit_.get());
    builder.RegisterService(budgets_service_.get());
    builder.RegisterService(registry_.get());
    builder.RegisterService(records_.get());
    builder.RegisterService(negative_list_.get());
    builder.RegisterService(progress_.get());
    if (options_.customize) options_.customize(builder);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::FailedPreconditionError(absl::StrCat(
          "listen_address: cannot listen on ", config_.listen_address, "; choose another address"));
    }
    const bool ipv6 = config_.listen_host.find(':') != std::string::npos;
    address_ = ipv6 ? absl::StrCat("[", config_.listen_host, "]:", port)
                    : absl::StrCat(config_.listen_host, ":", port);
    watchdog_ = std::make_unique<Watchdog>(
        Watchdog::Options{config_.listen_host, port, config_.watchdog_interval, absl::Seconds(5),
                          config_.watchdog_failures, &metrics_.listener_silent},
        [this](const absl::Status& status) { Fail(kExitListenerDead, status); });
    return ShowMetrics();
  }

  absl::Status ShowMetrics() {
    if (config_.metrics_host.empty()) return absl::OkStatus();
    auto listener = net::MetricsListener::Start(config_.metrics_host, config_.metrics_port, [this] {
      return HubMetricsText({&config_, &context_, streams_.get(), certificate_.get()});
    });
    if (!listener.ok()) {
      return absl::Status(listener.status().code(),
                          absl::StrCat("metrics_address: ", listener.status().message()));
    }
    metrics_listener_ = *std::move(listener);
    LogLine(Severity::kInfo, "hub.metrics_listening").Text("address", metrics_listener_->address());
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }

  void Tick() override {
    streams_->Tick();
    upkeep_->Tick();
    alerts_->Tick();
    if (env_->Monotonic() - counters_logged_ > kCountersEvery) LogCounters();
  }

  void Shutdown() override {
    if (shut_down_.exchange(true)) return;
    metrics_listener_.reset();
    watchdog_.reset();
    if (server_ != nullptr) {
      if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(false);
      streams_->EndAll(absl::UnavailableError("the hub is shutting down; reconnect"));
      // A reader that takes nothing keeps its stream open past EndAll; the deadline cancels it.
      server_->Shutdown(std::chrono::system_clock::now() +
                        absl::ToChronoMilliseconds(kShutdownGrace));
      server_->Wait();
    }
    if (arithmetic_) arithmetic_->Stop();
    if (progress_) progress_->Stop();
    if (alerts_) alerts_->RaiseAll();
    if (appender_) appender_->Stop();
    if (pump_) pump_->Stop();
    // Not deleted: with the last user of its hidden callback queue gone, gRPC 1.51 at times aborts
    // on that queue's reference count. It has no calls any more, and the process is about to end.
    (void)server_.release();
    if (!address_.empty()) LogCounters();
  }

 private:
  // The first failure counts.
  void Fail(int exit_code, const absl::Status& status) {
    if (!failed_.exchange(true)) options_.failed(exit_code, status);
  }

  void LogRefusal(const std::string& party, const std::string& method, const absl::Status& status) {
    metrics_.refused_at_the_door.Add({absl::StatusCodeToString(status.code())});
    // A caller that retries in a loop must not fill the disk.
    const int64_t second = absl::ToUnixSeconds(env_->Now());
    if (refusal_second_.exchange(second) == second) return;
    LogLine(Severity::kWarning, "hub.refused")
        .Text("party", party)
        .Text("method", method.substr(0, 128))
        .Outcome(status);
  }

  void LogCounters() {
    counters_logged_ = env_->Monotonic();
    LogLine line(Severity::kInfo, "hub.counters");
    for (const auto& [name, count] : metrics_.CountersForLog()) line.Number(name, count);
  }

  const Config config_;
  const Options options_;
  BelievedClock clock_{Environment::System(), &LogClockStep};
  Environment* const env_ = &clock_;
  const Keyring keyring_;
  HubMetrics metrics_;
  SyncMemory sync_memory_;
  net::RetryTurns turns_{kSoonestReturn, kLatestReturn};
  SharedState state_;
  SyncPositions positions_;
  absl::Status start_failure_;  // written on the appender's thread before it answers the command
  std::atomic<bool> failed_{false};
  std::optional<Upkeep> upkeep_;
  absl::Duration counters_logged_ = Environment::System()->Monotonic();
  std::atomic<int64_t> refusal_second_{0};
  std::atomic<bool> shut_down_{false};
  HubContext context_{};
  std::string address_;
  std::shared_ptr<net::CertificateWatch> certificate_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;

  // Later members use earlier ones and are destroyed first.
  std::unique_ptr<SqlcipherEventLog> log_;
  std::unique_ptr<HeadSigner> heads_;
  std::unique_ptr<WorkPool> arithmetic_;
  std::unique_ptr<WorkPool> pump_;
  std::unique_ptr<SyncStreams> streams_;
  std::unique_ptr<Appender> appender_;
  std::unique_ptr<AlertQueue> alerts_;
  std::unique_ptr<Budgets> budgets_;
  std::unique_ptr<ExchangeService> exchange_;
  std::unique_ptr<AuditService> audit_;
  std::unique_ptr<BudgetsService> budgets_service_;
  std::unique_ptr<RegistryService> registry_;
  std::unique_ptr<RecordsService> records_;
  std::unique_ptr<NegativeListService> negative_list_;
  std::unique_ptr<ProgressService> progress_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<net::MetricsListener> metrics_listener_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HubServer>> HubServer::Start(const Config& config, Options options) {
  KeepCertificateRefusals();
  gpr_set_log_function(&LogGrpc);
  VERVET_ASSIGN_OR_RETURN(Keyring keyring, OpenKeyring(config));
  auto server = std::make_unique<HubServerImpl>(config, std::move(options), std::move(keyring));
  VERVET_RETURN_IF_ERROR(server->CheckDoor());
  VERVET_RETURN_IF_ERROR(server->OpenEngine());
  VERVET_RETURN_IF_ERROR(server->Listen());
  return std::unique_ptr<HubServer>(std::move(server));
}

}  // namespace vervet::hub
