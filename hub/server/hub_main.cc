#include "hub/server/hub_main.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/diagnostics.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/program.h"
#include "core/cli/stop_signal.h"
#include "core/net/credentials.h"
#include "core/net/lock_checks.h"
#include "core/storage/key_file.h"
#include "hub/config/config.h"
#include "hub/keyring/keyring.h"
#include "hub/log/sqlcipher_event_log.h"
#include "hub/server/backup_commands.h"
#include "hub/server/check_config_command.h"
#include "hub/server/configured_command.h"
#include "hub/server/exit_codes.h"
#include "hub/server/hub_server.h"
#include "hub/server/keys.h"

namespace vervet::hub {
namespace {

constexpr absl::Duration kTick = absl::Seconds(1);

absl::StatusOr<std::string> LogPublicKey(const Config& config) {
  VERVET_ASSIGN_OR_RETURN(const Keyring keyring, OpenKeyring(config));
  return absl::BytesToHexString(keyring.log_key().public_key);
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

class InitCommand final : public ConfiguredCommand {
 public:
  cli::CommandPage Page() const override {
    cli::CommandPage page;
    page.name = "init";
    page.arguments = "--config FILE";
    page.summary = "make the keys of a new hub";
    page.purpose =
        "Makes the store's key file, the keyring's key file, the keyring itself (VOPRF keys and "
        "the key that signs the log) and an empty log, each with mode 0600, and prints the public "
        "key of the log, which every member pins in its configuration. What exists already is kept "
        "as it is, and where a key command is configured no key file is made. Back the keyring up "
        "with `vervet-hub keyring backup`, apart from the log.";
    page.examples = {{"init --config hub.textproto", "once, before the first start"}};
    page.exit_codes = HubExitCodes();
    return page;
  }

 protected:
  int RunWith(const Config& config, cli::Streams& streams) override {
    const absl::Status status = Init(config, streams);
    if (!status.ok()) return Report(streams, status);
    const auto public_key = LogPublicKey(config);
    if (!public_key.ok()) return Report(streams, public_key.status());
    *streams.out << "log public key: " << *public_key << "\n";
    return cli::kExitOk;
  }

 private:
  static absl::Status KeepOrMake(const std::string& path, absl::Status made,
                                 cli::Streams& streams) {
    if (absl::IsAlreadyExists(made)) {
      *streams.out << "kept " << path << "\n";
      return absl::OkStatus();
    }
    if (made.ok()) *streams.out << "made " << path << "\n";
    return made;
  }

  static absl::Status Init(const Config& config, cli::Streams& streams) {
    Environment& env = *Environment::System();
    if (Exists(config.store_path)) {
      for (const std::string& path :
           {config.store_key_path, config.keyring_key_path, config.keyring_path}) {
        if (path.empty() || Exists(path)) continue;  // empty: a command gives the key
        return absl::FailedPreconditionError(
            absl::StrCat(path, " is missing, but the log ", config.store_path,
                         " exists and needs the keys that it was made with; restore them from "
                         "their backup. (A new hub needs a new "
                         "store_path.)"));
      }
    }
    for (const std::string& path : {config.store_key_path, config.keyring_key_path}) {
      if (path.empty()) continue;
      VERVET_RETURN_IF_ERROR(KeepOrMake(path, storage::CreateKeyFile(path, env), streams));
    }
    VERVET_ASSIGN_OR_RETURN(const auto key, ReadKeyringKey(config));
    VERVET_RETURN_IF_ERROR(
        KeepOrMake(config.keyring_path,
                   Keyring::Create(config.keyring_path, key, config.coalition, env), streams));
    return MakeLog(config, env, streams);
  }

  // Only here, so that a mistyped store_path does not start the coalition's log anew.
  static absl::Status MakeLog(const Config& config, Environment& env, cli::Streams& streams) {
    if (Exists(config.store_path)) {
      *streams.out << "kept " << config.store_path << "\n";
      return absl::OkStatus();
    }
    VERVET_ASSIGN_OR_RETURN(const auto key, ReadStoreKey(config));
    VERVET_RETURN_IF_ERROR(SqlcipherEventLog::Open(config.store_path, key, config.coalition, &env,
                                                   [](const StoredEvent&) {})
                               .status());
    *streams.out << "made " << config.store_path << "\n";
    return absl::OkStatus();
  }
};

class LogKeyCommand final : public ConfiguredCommand {
 public:
  cli::CommandPage Page() const override {
    cli::CommandPage page;
    page.name = "log-key";
    page.arguments = "--config FILE";
    page.summary = "print the public key of the log";
    page.purpose =
        "Prints 64 hexadecimal digits: the Ed25519 key that signs the log's heads. Members pin it "
        "as log_public_key; "
        "read it to them over a channel that is not this hub.";
    page.examples = {{"log-key --config hub.textproto", ""}};
    page.exit_codes = HubExitCodes();
    return page;
  }

 protected:
  int RunWith(const Config& config, cli::Streams& streams) override {
    const auto public_key = LogPublicKey(config);
    if (!public_key.ok()) return Report(streams, public_key.status());
    *streams.out << *public_key << "\n";
    return cli::kExitOk;
  }
};

// Core files would hold the keys; file descriptors are what a flood of connections eats first.
void SetProcessLimits() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // A core_pattern that pipes ignores the limit; this it honours.
  prctl(PR_SET_DUMPABLE, 0);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

class ServeCommand final : public ConfiguredCommand {
 public:
  ServeCommand(cli::StopSignal* stop, std::function<void(grpc::ServerBuilder&)> customize)
      : stop_(stop), customize_(std::move(customize)) {}

  cli::CommandPage Page() const override {
    cli::CommandPage page;
    page.name = "serve";
    page.arguments = "--config FILE [--accept-clock]";
    page.summary = "run the hub until SIGTERM";
    page.purpose =
        "Opens keyring and log, listens, and writes one JSON object a line to standard error. "
        "SIGTERM or Ctrl-C ends "
        "streams and calls, commits what is queued and exits with 0.";
    page.examples = {
        {"serve --config hub.textproto", "in the foreground; a supervisor restarts it"}};
    page.exit_codes = HubExitCodes();
    page.exit_codes.push_back(
        {kExitStoreFailed, "the log could not be written; everything acknowledged is on the disk"});
    page.exit_codes.push_back({kExitListenerDead, "the listener no longer answered; restart"});
    return page;
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    ConfiguredCommand::DeclareFlags(flags);
    flags.Switch("accept-clock",
                 "start although the machine's clock does not fit the log's last event",
                 &accept_clock_);
  }

 protected:
  int RunWith(const Config& config, cli::Streams& streams) override {
    SetProcessLimits();
    stop_->Listen();
    std::atomic<int> exit_code{cli::kExitOk};
    HubServer::Options options;
    options.accept_clock = accept_clock_;
    options.customize = customize_;
    options.failed = [&](int code, const absl::Status& status) {
      LogLine(Severity::kError,
              code == kExitListenerDead ? "hub.listener_dead" : "hub.store_failed")
          .Outcome(status);
      // A dead listener may be one of many symptoms: do not count on an orderly shutdown.
      if (code == kExitListenerDead) _exit(code);
      int expected = cli::kExitOk;
      exit_code.compare_exchange_strong(expected, code);
      stop_->Request();
    };
    auto server = HubServer::Start(config, std::move(options));
    if (!server.ok())
      return Report(streams, server.status(), exit_code == 0 ? cli::kExitFailed : exit_code.load());
    LogLine(Severity::kInfo, "hub.listening")
        .Text("address", (*server)->address())
        .Number("pid", getpid());
    while (!stop_->WaitFor(kTick)) (*server)->Tick();
    LogLine(Severity::kInfo, "hub.stopping");
    (*server)->Shutdown();
    LogLine(Severity::kInfo, "hub.stopped").Number("exit_code", exit_code);
    return exit_code;
  }

 private:
  cli::StopSignal* const stop_;
  const std::function<void(grpc::ServerBuilder&)> customize_;
  bool accept_clock_ = false;
};

}  // namespace

int HubMain(int argc, char** argv, std::function<void(grpc::ServerBuilder&)> customize) {
  static cli::StopSignal stop;  // the signal thread outlives main's last statement
  cli::Streams streams = cli::Streams::OfProcess();
  if (const absl::Status tls = net::RestrictTlsOfThisProcess(); !tls.ok())
    return Report(streams, tls);
  net::LeaveOutLockChecks();
  cli::StopSignal::ListenForSignals(&stop);
  signal(SIGPIPE, SIG_IGN);
  cli::Program::About about;
  about.name = "vervet-hub";
  about.summary = "The hub of a Vervet coalition.";
  about.purpose =
      "Keeps the coalition's log, evaluates blinded identifiers, and lets members publish, retract "
      "and sync. It never "
      "sees an identifier.";
  cli::Program program(std::move(about), [](cli::FlagSet&) {});
  program.Add(std::make_unique<InitCommand>());
  program.Add(std::make_unique<ServeCommand>(&stop, std::move(customize)));
  program.Add(MakeCheckConfigCommand());
  program.Add(std::make_unique<LogKeyCommand>());
  AddStoreCommands(program);
  AddKeyringCommands(program);
  std::vector<std::string> args(argv + 1, argv + argc);
  // As other servers spell it.
  if (!args.empty() && args[0] == "--check-config") args[0] = "check-config";
  return program.Run(args, streams);
}

}  // namespace vervet::hub
