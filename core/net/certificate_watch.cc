#include "core/net/certificate_watch.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/net/x509.h"

namespace vervet::net {
namespace {

// Key first, then the certificates. OpenSSL's readers pass over what they do not look for.
struct IdentityPem {
  explicit IdentityPem(const TlsMaterial& material) {
    pem.reserve(material.private_key_pem.size() + 1 + material.certificate_pem.size());
    absl::StrAppend(&pem, material.private_key_pem, "\n", material.certificate_pem);
  }
  ~IdentityPem() { OPENSSL_cleanse(pem.data(), pem.size()); }
  std::string pem;
};

}  // namespace

std::string Describe(const CertificateChange& change) {
  const std::string until = UtcText(change.in_use.not_after);
  switch (change.kind) {
    case CertificateChange::Kind::kRenewed:
      return absl::StrCat("certificate renewed: new connections use the one valid until ", until);
    case CertificateChange::Kind::kRefused:
      return absl::StrCat("certificate files not used: ", change.why.message(),
                          " (in use: the one valid until ", until, ")");
    case CertificateChange::Kind::kMended:
      return absl::StrCat("certificate files are right again: in use is the one valid until ",
                          until);
  }
  return "";
}

absl::StatusOr<std::shared_ptr<CertificateWatch>> CertificateWatch::Start(
    TlsSettings settings, absl::Span<const vervet::v1::Role> roles, Environment* env,
    OnChange on_change) {
  std::shared_ptr<CertificateWatch> watch(
      new CertificateWatch(std::move(settings), roles, env, std::move(on_change)));
  {
    MutexLock lock(watch->check_mutex_);
    bool renewed = false;
    VERVET_RETURN_IF_ERROR(watch->LookLocked(&renewed));
    watch->identity_path_ = watch->identity_.path();
    watch->ca_path_ = watch->authorities_.path();
  }
  watch->thread_ = std::thread([raw = watch.get()] { raw->Run(); });
  return watch;
}

CertificateWatch::~CertificateWatch() {
  {
    MutexLock lock(stop_mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void CertificateWatch::Run() {
  const auto every = absl::ToChronoNanoseconds(std::max(settings_.refresh, absl::Seconds(1)));
  while (true) {
    {
      const auto next = std::chrono::steady_clock::now() + every;
      MutexLock lock(stop_mutex_);
      while (!stopping_ && stopped_.WaitUntil(stop_mutex_, next)) {
      }
      if (stopping_) return;
    }
    (void)CheckNow();  // OnChange says what there is to say
  }
}

absl::Status CertificateWatch::CheckNow() {
  std::optional<CertificateChange> change;
  absl::Status usable;
  {
    MutexLock lock(check_mutex_);
    change = CheckLocked();
    if (env_->Now() > facts_.not_after) usable = problem_;
  }
  if (change && on_change_) on_change_(*change);
  return usable;
}

std::optional<CertificateChange> CertificateWatch::CheckLocked() {
  bool renewed = false;
  const absl::Status before = std::exchange(problem_, LookLocked(&renewed));
  if (!problem_.ok()) {
    if (problem_ == before) return std::nullopt;
    return CertificateChange{CertificateChange::Kind::kRefused, problem_, facts_};
  }
  if (renewed) return CertificateChange{CertificateChange::Kind::kRenewed, {}, facts_};
  if (before.ok()) return std::nullopt;
  return CertificateChange{CertificateChange::Kind::kMended, {}, facts_};
}

absl::Status CertificateWatch::LookLocked(bool* renewed) {
  VERVET_ASSIGN_OR_RETURN(TlsMaterial found, ReadTlsMaterial(settings_.files));
  // Also where nothing has changed: certificates expire.
  VERVET_ASSIGN_OR_RETURN(
      CertificateFacts facts,
      CheckTlsMaterial(found, settings_.files, settings_.coalition, roles_, env_->Now()));
  VERVET_RETURN_IF_ERROR(CheckParty(facts));
  if (found.SameAs(material_)) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(authorities_.Replace(found.ca_pem));
  VERVET_RETURN_IF_ERROR(identity_.Replace(IdentityPem(found).pem));
  material_ = std::move(found);
  facts_ = std::move(facts);
  *renewed = true;
  return absl::OkStatus();
}

absl::Status CertificateWatch::CheckParty(const CertificateFacts& facts) const {
  if (settings_.party.empty() || facts.identity.party() == settings_.party) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the certificate ", settings_.files.certificate_path, " is that of ",
                   facts.identity.party(), ", and this process runs as ", settings_.party,
                   "; put the renewed certificate of ", settings_.party, " there"));
}

CertificateFacts CertificateWatch::InUse() {
  MutexLock lock(check_mutex_);
  return facts_;
}

}  // namespace vervet::net
