// Looks at a process's own certificate files while it runs, and hands on to gRPC only what was
// checked: a half-written file or a pair that does not fit leaves the old one in use.
#ifndef VERVET_CORE_NET_CERTIFICATE_WATCH_H_
#define VERVET_CORE_NET_CERTIFICATE_WATCH_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/net/staged_file.h"
#include "core/net/tls_files.h"
#include "core/net/tls_settings.h"

namespace vervet::net {

struct CertificateChange {
  enum class Kind {
    kRenewed,  // `in_use` is new
    kRefused,  // what the files hold is not used: `why`; `in_use` stays
    kMended,   // what they hold is right again, and is what was in use all along
  };
  Kind kind;
  absl::Status why;
  CertificateFacts in_use;
};

// "certificate renewed: valid until ...", and the like: one line for a log or a notice.
std::string Describe(const CertificateChange& change);

// Thread-safe. Owns one thread, which looks every `settings.refresh`.
class CertificateWatch {
 public:
  // Called on the watch's thread, or on that of CheckNow; once a change, and once for each new
  // reason. Must not destroy the watch or call it.
  using OnChange = std::function<void(const CertificateChange&)>;

  // Errors as CheckOwnCertificate. `env` outlives the watch.
  static absl::StatusOr<std::shared_ptr<CertificateWatch>> Start(
      TlsSettings settings, absl::Span<const vervet::v1::Role> roles, Environment* env,
      OnChange on_change = nullptr);
  ~CertificateWatch();
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  // Looks at once. OK: what is in use has not expired. Else why it can no longer be used, and why
  // what the files hold cannot either. Reads files.
  absl::Status CheckNow();

  CertificateFacts InUse();

  const TlsSettings& settings() const { return settings_; }
  // For gRPC: key and certificates in one file, so that they never come apart; and the authorities.
  std::string identity_path() const { return identity_path_; }
  std::string ca_path() const { return ca_path_; }

 private:
  CertificateWatch(TlsSettings settings, absl::Span<const vervet::v1::Role> roles, Environment* env,
                   OnChange on_change)
      : settings_(std::move(settings)),
        roles_(roles.begin(), roles.end()),
        env_(env),
        on_change_(std::move(on_change)) {}

  void Run();
  std::optional<CertificateChange> CheckLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(check_mutex_);
  absl::Status LookLocked(bool* renewed) ABSL_EXCLUSIVE_LOCKS_REQUIRED(check_mutex_);
  absl::Status CheckParty(const CertificateFacts& facts) const;

  const TlsSettings settings_;
  const std::vector<vervet::v1::Role> roles_;
  Environment* const env_;
  const OnChange on_change_;
  std::string identity_path_, ca_path_;  // constant once started

  Mutex check_mutex_;
  TlsMaterial material_ ABSL_GUARDED_BY(check_mutex_);  // in use
  CertificateFacts facts_ ABSL_GUARDED_BY(check_mutex_);
  absl::Status problem_ ABSL_GUARDED_BY(check_mutex_);  // of the files, as last looked at
  StagedFile identity_ ABSL_GUARDED_BY(check_mutex_);
  StagedFile authorities_ ABSL_GUARDED_BY(check_mutex_);

  Mutex stop_mutex_;
  CondVar stopped_;
  bool stopping_ ABSL_GUARDED_BY(stop_mutex_) = false;
  std::thread thread_;
};

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_CERTIFICATE_WATCH_H_
