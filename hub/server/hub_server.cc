#include "hub/server/hub_server.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/diagnostics.h"
#include "core/base/status_macros.h"
#include "core/net/channel.h"
#include "core/net/credentials.h"
#include "core/net/metrics_listener.h"
#include "core/net/retry_turns.h"
#include "core/views/blinded.h"
#include "hub/access/door.h"
#include "hub/engine/believed_clock.h"
#include "hub/engine/dispute_share.h"
#include "hub/engine/publish.h"
#include "hub/engine/records.h"
#include "hub/engine/registry.h"
#include "hub/log/sqlcipher_event_log.h"
#include "hub/server/certificate_refusal.h"
#include "hub/server/exit_codes.h"
#include "hub/server/keys.h"
#include "hub/server/listen_address.h"
#include "hub/server/metrics_text.h"
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
// For a caller whom the pool for curve arithmetic has refused.
constexpr absl::Duration kSoonestReturn = absl::Milliseconds(500);
constexpr size_t kExpiriesPerTick = 1'000;
constexpr size_t kCountsPerTick = 1'000;
constexpr absl::Duration kCountersEvery = absl::Seconds(60);
constexpr absl::Duration kShutdownGrace = absl::Seconds(5);

// Who may call is what an operator looks for first when somebody cannot.
void LogRosterChange(const StoredEvent& event) {
  const v1::EventBody& body = event.parsed.body;
  std::string party, group;
  if (body.has_member_admitted()) party = body.member_admitted().party();
  if (body.has_member_suspended()) party = body.member_suspended().party();
  if (body.has_member_reinstated()) party = body.member_reinstated().party();
  if (body.has_group_joined()) {
    party = body.group_joined().party();
    group = body.group_joined().group();
  }
  if (body.has_group_left()) {
    party = body.group_left().party();
    group = body.group_left().group();
  }
  if (party.empty()) return;
  LogLine line(Severity::kInfo, "hub.roster_changed");
  line.Text("kind", v1::EventKind_Name(event.parsed.header.kind())).Text("party", party);
  if (!group.empty()) line.Text("group", group);
  line.Number("sequence", static_cast<int64_t>(event.sequence()));
}

// The old pair stays in use while the files are wrong: a line for each new reason.
void LogCertificate(const net::CertificateChange& change) {
  const bool refused = change.kind == net::CertificateChange::Kind::kRefused;
  LogLine line(refused ? Severity::kWarning : Severity::kInfo,
               refused ? "hub.certificate_refused" : "hub.certificate_renewed");
  line.Text("message", net::Describe(change)).Text("fingerprint", change.in_use.fingerprint);
}

// gRPC's own words may quote what a peer sent, so only the place is logged; but for a handshake
// that failed, where the words are OpenSSL's and say why a certificate was refused. At most one
// line a second: strangers can cause them at will.
void LogGrpc(gpr_log_func_args* args) {
  if (args->severity < GPR_LOG_SEVERITY_ERROR) return;
  // Before the limit, so that it is not taken for a later handshake's on this thread.
  const absl::string_view refusal = TakeCertificateRefusal();
  static std::atomic<int64_t> last_second{0};
  const int64_t second = absl::ToUnixSeconds(absl::Now());
  if (last_second.exchange(second) == second) return;
  LogLine line(Severity::kWarning, "grpc.error");
  line.Text("file", args->file).Number("line", args->line);
  if (!absl::StrContains(args->file, "ssl_transport_security")) return;
  line.Text("message", args->message);
  if (!refusal.empty()) line.Text("reason", refusal);
}

void LogClockStep(absl::Duration by) {
  if (by == absl::ZeroDuration()) {
    LogLine(Severity::kInfo, "clock.believed_again");
    return;
  }
  LogLine(Severity::kError, "clock.step_not_believed")
      .Number("seconds", absl::ToInt64Seconds(by))
      .Text("remedy",
            "the hub's time goes on without it: set the clock right, or restart the hub where the "
            "new time is the right one");
}

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
    pause_review_.emplace(config_.remedy);
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
    return AppendAtStart();
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
    const absl::Time now = env_->Now();
    const auto due = state_.Read([&](const views::CoalitionState& state) {
      return state.records.DueForExpiry(std::max(now, state.last_time), kExpiriesPerTick);
    });
    for (const std::string& record_id : due) {
      Command command = ExpireCommand(record_id);
      command.done = [](const absl::StatusOr<RequestOutcome>&) {};
      if (!appender_->Submit(std::move(command)).ok()) break;  // the next tick tries again
    }
    CountSightings();
    ReviewPauses();
    if (log_->TidyDue()) {
      // On a quiet hub nothing else would bring the appender to it.
      Command nothing;
      nothing.decide = [](const HubState&, absl::Time) -> absl::StatusOr<Command::Decision> {
        return Command::Decision(RequestOutcome{});
      };
      nothing.done = [](const absl::StatusOr<RequestOutcome>&) {};
      (void)appender_->Submit(std::move(nothing));
    }
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
  // From time to time, and not with each sighting: the moment of a count is not to tell whose it
  // was.
  void CountSightings() {
    if (uncounted_.empty()) {
      if (env_->Monotonic() - sightings_counted_ < config_.sighting_count_interval) return;
      sightings_counted_ = env_->Monotonic();
      uncounted_ = state_.Read([](const HubState& state) {
        return state.sightings.Unannounced(std::numeric_limits<size_t>::max());
      });
    }
    // The rest with the next ticks.
    for (size_t i = 0; i < kCountsPerTick && !uncounted_.empty(); ++i) {
      Command command = CountSightingsCommand(uncounted_.back());
      command.done = [](const absl::StatusOr<RequestOutcome>&) {};
      if (!appender_->Submit(std::move(command)).ok()) return;
      uncounted_.pop_back();
    }
  }

  void ReviewPauses() {
    if (unreviewed_.empty()) {
      unreviewed_ = state_.Read([&](const HubState& state) { return pause_review_->Next(state); });
    }
    while (!unreviewed_.empty()) {
      Command command = ReviewPauseCommand(unreviewed_.back(), config_.remedy);
      command.done = [](const absl::StatusOr<RequestOutcome>&) {};
      if (!appender_->Submit(std::move(command)).ok()) return;  // the next tick tries again
      unreviewed_.pop_back();
    }
  }

  // Members stop syncing for good when a key changes under its epoch, so another keyring than the
  // log's must not start.
  absl::Status CheckKeyringFitsLog() {
    return state_.Read([&](const views::CoalitionState& state) -> absl::Status {
      for (const auto& [type, announced] : state.types.all()) {
        if (!views::IsBlinded(type)) continue;
        const Keyring::VoprfKey* key = keyring_.Find(type);
        const absl::string_view name = v1::SignatureType_Name(type);
        if (key == nullptr || key->epoch < announced.epoch) {
          return absl::FailedPreconditionError(absl::StrCat(
              "keyring_path: holds no key of epoch ", announced.epoch, " for ", name,
              ", which the log announced; restore the keyring that belongs to this log"));
        }
        const auto& bytes = key->pair.public_key().bytes();
        if (key->epoch == announced.epoch &&
            announced.public_key !=
                absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {
          return absl::FailedPreconditionError(
              absl::StrCat("keyring_path: its key for ", name,
                           " is not the one that the log announced; restore the keyring that "
                           "belongs to this log"));
        }
      }
      return absl::OkStatus();
    });
  }

  // What the configuration says and the log does not yet: coordinators, and each type's
  // announcement.
  absl::Status AppendAtStart() {
    VERVET_RETURN_IF_ERROR(CheckKeyringFitsLog());
    VERVET_RETURN_IF_ERROR(state_.Read(
        [&](const HubState& state) { return CheckHubRegion(state.roster, config_.region); }));
    for (const auto& coordinator : config_.coordinators) {
      VERVET_RETURN_IF_ERROR(AppendNow(
          BootstrapCommand(coordinator.party, coordinator.display_name, coordinator.region)));
    }
    for (const auto& [type, policy] : config_.types) {
      v1::SignatureTypeAnnounced announcement;
      announcement.set_type(type);
      if (views::IsBlinded(type)) {
        const Keyring::VoprfKey* key = keyring_.Find(type);
        if (key == nullptr) continue;
        announcement.set_epoch(key->epoch);
        const auto& public_key = key->pair.public_key().bytes();
        announcement.set_public_key(reinterpret_cast<const char*>(public_key.data()),
                                    public_key.size());
      }
      for (const uint32_t version : policy.rules_versions) announcement.add_rules_versions(version);
      announcement.set_maximum_life_s(absl::ToInt64Seconds(policy.maximum_life));
      VERVET_RETURN_IF_ERROR(AppendNow(AnnounceCommand(announcement)));
    }
    return absl::OkStatus();
  }

  absl::Status AppendNow(Command command) {
    Mutex mutex;
    CondVar changed;
    bool finished = false;
    absl::Status result;
    command.done = [&](absl::StatusOr<RequestOutcome> outcome) {
      MutexLock lock(mutex);
      result = outcome.status();
      finished = true;
      changed.NotifyAll();
    };
    VERVET_RETURN_IF_ERROR(appender_->Submit(std::move(command)));
    MutexLock lock(mutex);
    while (!finished) changed.Wait(mutex);
    return start_failure_.ok() ? result : start_failure_;
  }

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
  net::RetryTurns turns_{kSoonestReturn};
  SharedState state_;
  SyncPositions positions_;
  absl::Status start_failure_;  // written on the appender's thread before it answers the command
  std::atomic<bool> failed_{false};
  std::vector<std::string> uncounted_;  // records whose sightings this interval still has to count
  std::optional<PauseReview> pause_review_;
  std::vector<std::string> unreviewed_;  // records whose pause this round still has to look at
  absl::Duration sightings_counted_ = Environment::System()->Monotonic();
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
