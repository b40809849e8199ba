#include "hub/server/config_check.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/secret.h"
#include "core/net/crl_dir.h"
#include "core/net/tls_files.h"
#include "core/storage/process_lock.h"
#include "core/views/blinded.h"
#include "hub/backup/store_reader.h"
#include "hub/keyring/keyring.h"
#include "hub/server/keys.h"
#include "hub/server/listen_address.h"

namespace vervet::hub {
namespace {

using Verdict = Finding::Verdict;

// Beside its streams: the store's files, gRPC's own, connections without a stream, the watchdog's,
// metrics.
constexpr uint64_t kFilesBesideStreams = 256;

int64_t SizeOrMinusOne(const std::string& path) {
  struct stat facts {};
  return stat(path.c_str(), &facts) == 0 ? facts.st_size : -1;
}

class Checker {
 public:
  Checker(const Config& config, Environment& env)
      : config_(config), env_(env), running_(storage::ProcessLock::Holder(config.store_path)) {}

  std::vector<Finding> Run() {
    CheckKeyring();
    CheckStore();
    CheckCertificate();
    CheckRevocationLists();
    CheckAddress("listen_address", config_.listen_host, config_.listen_port);
    if (config_.metrics_host.empty()) {
      Right("metrics_address", "none: no page for Prometheus");
    } else {
      CheckAddress("metrics_address", config_.metrics_host, config_.metrics_port);
    }
    CheckLimits();
    return std::move(findings_);
  }

 private:
  void Right(absl::string_view field, absl::string_view what) {
    findings_.push_back({Verdict::kRight, absl::StrCat(field, ": ", what)});
  }
  void Warn(absl::string_view field, absl::string_view what) {
    findings_.push_back({Verdict::kWarning, absl::StrCat(field, ": ", what)});
  }
  void Skip(absl::string_view field, absl::string_view why) {
    findings_.push_back({Verdict::kSkipped, absl::StrCat(field, ": not looked at: ", why)});
  }
  // Some messages name their field already.
  void Wrong(absl::string_view field, const absl::Status& status) {
    const absl::string_view name = field.substr(0, field.find(' '));
    findings_.push_back({Verdict::kWrong, absl::StartsWith(status.message(), name)
                                              ? std::string(status.message())
                                              : absl::StrCat(field, ": ", status.message())});
  }

  static std::string KeyField(absl::string_view name, const std::vector<std::string>& command) {
    return absl::StrCat(name, command.empty() ? "_path" : "_command");
  }

  void CheckKeyring() {
    const std::string field = KeyField("keyring_key", config_.keyring_key_command);
    const auto key = ReadKeyringKey(config_);
    if (!key.ok()) {
      Wrong(field, key.status());
      return Skip("keyring_path", "its key cannot be had");
    }
    Right(field, "gives a key");
    const auto keyring = Keyring::Open(config_.keyring_path, *key, config_.coalition);
    if (!keyring.ok()) return Wrong("keyring_path", keyring.status());
    Right("keyring_path", absl::StrCat("opens; the log's public key is ",
                                       absl::BytesToHexString(keyring->log_key().public_key)));
    for (const auto& [type, policy] : config_.types) {
      if (!views::IsBlinded(type) || keyring->Find(type) != nullptr) continue;
      Warn("keyring_path", absl::StrCat("holds no key for ", v1::SignatureType_Name(type),
                                        ": nobody can check or publish this type"));
    }
  }

  void CheckStore() {
    const std::string field = KeyField("store_key", config_.store_key_command);
    const auto key = ReadStoreKey(config_);
    if (!key.ok()) {
      Wrong(field, key.status());
    } else {
      Right(field, "gives a key");
    }
    CheckStoreFolder();
    if (!key.ok()) return Skip("store_path", "its key cannot be had");
    if (access(config_.store_path.c_str(), F_OK) != 0) {
      return Wrong("store_path", absl::NotFoundError(absl::StrCat(
                                     config_.store_path,
                                     " does not exist; correct the path, restore the log, or make "
                                     "a new one: vervet-hub init")));
    }
    // Beside a hub that runs, or after one that was killed, the write-ahead log belongs to the
    // store.
    const bool at_rest = !running_ && SizeOrMinusOne(absl::StrCat(config_.store_path, "-wal")) <= 0;
    const auto reader = StoreReader::Open(config_.store_path, *key, config_.coalition, at_rest);
    if (!reader.ok()) return Wrong("store_path", reader.status());
    Right("store_path", running_ ? absl::StrCat("is this coalition's log, in use by ", *running_)
                                 : "is this coalition's log; no hub runs on it");
  }

  void CheckStoreFolder() {
    std::string folder = std::filesystem::path(config_.store_path).parent_path();
    if (folder.empty()) folder = ".";
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
      return Wrong("store_path",
                   absl::FailedPreconditionError(absl::StrCat(
                       "the folder ", folder,
                       " is missing, or this user may not write to it; run this as the hub's user, "
                       "or make the folder and chown it")));
    }
    struct statvfs space {};
    if (statvfs(folder.c_str(), &space) != 0) return;
    const uint64_t free_bytes = static_cast<uint64_t>(space.f_bavail) * space.f_frsize;
    const std::string free = absl::StrCat(free_bytes / (1024 * 1024), " MiB are free under it");
    if (free_bytes < kFreeSpaceWarningBytes) {
      Warn("store_path", absl::StrCat(free, "; a full disk stops the hub: make room"));
    } else {
      Right("store_path", free);
    }
  }

  void CheckCertificate() {
    const net::TlsFiles files = {config_.certificate_path, config_.private_key_path,
                                 config_.ca_path, config_.crl_dir};
    const auto facts = net::CheckOwnCertificate(files, config_.coalition, {v1::HUB}, env_.Now());
    if (!facts.ok()) return Wrong("tls", facts.status());
    const std::string until =
        absl::StrCat("is of ", facts->identity.uri(), ", valid until ",
                     absl::FormatTime("%Y-%m-%d", facts->not_after, absl::UTCTimeZone()));
    if (facts->not_after - env_.Now() < kCertificateWarning) {
      Warn("tls.certificate_path",
           absl::StrCat(until, ", which is soon; renew it with certs/vervet-certs renew"));
    } else {
      Right("tls.certificate_path", until);
    }
  }

  void CheckRevocationLists() {
    if (config_.crl_dir.empty()) {
      return Right("tls.crl_dir", "none: the roster alone keeps revoked certificates out");
    }
    const absl::Status lists = net::CheckCrlDirectory(config_.crl_dir, config_.ca_path, env_.Now());
    if (!lists.ok()) return Wrong("tls.crl_dir", lists);
    Right("tls.crl_dir", "its revocation lists are current");
  }

  void CheckAddress(const std::string& field, const std::string& host, int port) {
    bool in_use = false;
    const absl::Status status = CheckListenAddress(field, host, port, &in_use);
    if (in_use && running_) {
      return Right(
          field, absl::StrCat("the port is in use, as it is where the hub runs (", *running_, ")"));
    }
    if (!status.ok()) return Wrong(field, status);
    Right(field, port == 0 ? "takes a free port" : "can be listened on");
  }

  void CheckLimits() {
    rlimit files{};
    const uint64_t needed = config_.sync_streams + kFilesBesideStreams;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_max < needed) {
      Warn("limits.sync_streams",
           absl::StrCat(config_.sync_streams, " streams take about ", needed,
                        " file descriptors, and a process started from here may open ",
                        files.rlim_max, "; set LimitNOFILE for the hub, or lower the limit"));
    } else {
      Right("limits.sync_streams", absl::StrCat(config_.sync_streams, ", within the process's ",
                                                files.rlim_max, " file descriptors"));
    }
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    if (config_.work_threads > cores) {
      Warn("limits.work_threads",
           absl::StrCat(config_.work_threads, " threads for arithmetic on ", cores,
                        " cores make no more of it and keep the log's writer waiting; leave it "
                        "out for one a core"));
    }
    if (config_.budgets.limits.total < config_.budgets.limits.daily) {
      Warn("budgets.total",
           "is below budgets.daily, so that no member can ever use a whole day's budget");
    }
  }

  const Config& config_;
  Environment& env_;
  const std::optional<std::string> running_;  // who holds the store
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> CheckConfig(const Config& config, Environment& env) {
  return Checker(config, env).Run();
}

}  // namespace vervet::hub
