#include "core/net/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/net/x509.h"

namespace vervet::net {
namespace {

using vervet::v1::Role;

constexpr absl::string_view kIssueAgain = "issue it again with certs/vervet-certs issue";
constexpr absl::string_view kRenew = "renew it with certs/vervet-certs renew";

// The pieces of a TLS setup, read once, so that every check sees the same bytes.
struct Loaded {
  std::vector<X509Ptr> chain;  // never empty; the leaf first
  std::vector<X509Ptr> authorities;
  PkeyPtr key;

  X509* leaf() const { return chain.front().get(); }
};

absl::Status CheckKeyMode(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) {
    const int error = errno;
    const std::string text =
        absl::StrCat("the private key ", path, " cannot be read: ", std::strerror(error));
    if (error == EACCES) return absl::PermissionDeniedError(text);
    return absl::NotFoundError(absl::StrCat(text, "; correct the path, or put the file there"));
  }
  // The group may read: Debian gives services their keys through the group ssl-cert.
  if ((status.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the private key %s has mode %04o, which lets other users at it; run "
                        "chmod 600 on it, and issue a new one if others may have read it",
                        path, status.st_mode & 07777));
  }
  return absl::OkStatus();
}

// Without this OpenSSL asks for the passphrase on the terminal, and a service would wait there for
// ever.
int RefusePassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

absl::StatusOr<PkeyPtr> ParsePrivateKey(const std::string& path, const std::string& pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  bool asked = false;
  PkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassphrase, &asked));
  if (key != nullptr) return key;
  if (asked) {
    ERR_clear_error();
    return absl::FailedPreconditionError(
        absl::StrCat("the private key ", path,
                     " is protected by a passphrase; store it without "
                     "one, in a file of mode 0600"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the private key ", path, " does not parse: ", TakeOpenSslError()));
}

absl::StatusOr<Loaded> Load(const TlsMaterial& material, const TlsFiles& files) {
  Loaded loaded;
  VERVET_ASSIGN_OR_RETURN(
      loaded.chain, ParseCertificates(absl::StrCat("the certificate ", files.certificate_path),
                                      material.certificate_pem));
  VERVET_ASSIGN_OR_RETURN(loaded.key,
                          ParsePrivateKey(files.private_key_path, material.private_key_pem));
  VERVET_ASSIGN_OR_RETURN(
      loaded.authorities,
      ParseCertificates(absl::StrCat("the authority's certificate ", files.ca_path),
                        material.ca_pem));
  if (X509_check_private_key(loaded.leaf(), loaded.key.get()) != 1) {
    ERR_clear_error();
    return absl::FailedPreconditionError(absl::StrCat("the private key ", files.private_key_path,
                                                      " is not the key of ", files.certificate_path,
                                                      "; put the pair of one issue side by side"));
  }
  return loaded;
}

absl::Status CheckDates(const Loaded& loaded, const std::string& path, absl::Time now) {
  const absl::Time not_before = ToTime(X509_get0_notBefore(loaded.leaf()));
  const absl::Time not_after = ToTime(X509_get0_notAfter(loaded.leaf()));
  if (now < not_before) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the certificate ", path, " is not valid before ", UtcText(not_before),
        ", and this machine's clock says ", UtcText(now), "; check the clock, or ", kRenew));
  }
  if (now > not_after) {
    return absl::FailedPreconditionError(
        absl::StrCat("the certificate ", path, " expired on ", UtcText(not_after), "; ", kRenew));
  }
  return absl::OkStatus();
}

absl::Status CheckChain(const Loaded& loaded, const TlsFiles& files, absl::Time now) {
  X509StorePtr store(X509_STORE_new());
  for (const X509Ptr& authority : loaded.authorities) {
    X509_STORE_add_cert(store.get(), authority.get());
  }
  STACK_OF(X509)* untrusted = sk_X509_new_null();
  for (const X509Ptr& certificate : loaded.chain) sk_X509_push(untrusted, certificate.get());
  X509StoreCtxPtr context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), loaded.leaf(), untrusted);
  X509_STORE_CTX_set_time(context.get(), 0, absl::ToTimeT(now));
  const bool good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  const int depth = X509_STORE_CTX_get_error_depth(context.get());
  sk_X509_free(untrusted);
  ERR_clear_error();
  if (good) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the certificate ", files.certificate_path, " does not chain to the authority ",
      files.ca_path, ": ", X509_verify_cert_error_string(error), " (at depth ", depth,
      "); is it another coalition's authority? Put the certificate and the authority of one "
      "coalition side by side"));
}

absl::StatusOr<Identity> CheckIdentity(const Loaded& loaded, const std::string& path,
                                       absl::string_view coalition, absl::Span<const Role> roles) {
  auto refuse = [&path](const auto&... why) {
    return absl::FailedPreconditionError(absl::StrCat("the certificate ", path, ": ", why...));
  };
  absl::StatusOr<std::vector<std::string>> uris = UriNames(*loaded.leaf());
  if (!uris.ok()) return refuse(uris.status().message(), "; ", kIssueAgain);
  if (uris->size() != 1) {
    return refuse("it names ", uris->size(),
                  " URIs, and exactly one, spiffe://<coalition>/<role>/<name>, is wanted; ",
                  kIssueAgain);
  }
  absl::StatusOr<Identity> identity = ParseSpiffe(uris->front());
  if (!identity.ok()) return refuse(identity.status().message(), "; ", kIssueAgain);
  if (identity->coalition != coalition) {
    return refuse("it is of the coalition ", identity->coalition, ", and the configuration says ",
                  coalition);
  }
  if (std::find(roles.begin(), roles.end(), identity->role) == roles.end()) {
    return refuse("its role is ", RoleWord(identity->role), ", and this program needs ",
                  absl::StrJoin(roles, " or ", [](std::string* out, Role role) {
                    absl::StrAppend(out, RoleWord(role));
                  }));
  }
  return identity;
}

// A certificate that is good for both sides would let a stolen client key pose as a server, or the
// other way round.
absl::Status CheckUsage(const Loaded& loaded, const std::string& path, Role role) {
  const bool is_hub = role == vervet::v1::HUB;
  const uint32_t wanted = is_hub ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
  // UINT32_MAX where the extension is absent, which means "anything".
  const uint32_t usage = X509_get_extended_key_usage(loaded.leaf());
  if (usage == wanted) return absl::OkStatus();
  const absl::string_view wanted_name = is_hub ? "serverAuth" : "clientAuth";
  const bool lacks = usage != UINT32_MAX && (usage & wanted) == 0;
  return absl::FailedPreconditionError(
      absl::StrCat("the certificate ", path, ": its extended key usage ",
                   lacks ? "lacks " : "allows more than ", wanted_name, ", and the role ",
                   RoleWord(role), " has ", wanted_name, " alone; ", kIssueAgain));
}

std::string Fingerprint(const X509& certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest, &size) != 1) return "";
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest), size});
}

}  // namespace

absl::Span<const Role> ClientRoles() {
  static constexpr Role kRoles[] = {vervet::v1::MEMBER, vervet::v1::COORDINATOR, vervet::v1::EXPERT,
                                    vervet::v1::AGENCY, vervet::v1::AUDITOR};
  return kRoles;
}

TlsMaterial& TlsMaterial::operator=(TlsMaterial&& other) noexcept {
  if (this == &other) return *this;
  OPENSSL_cleanse(private_key_pem.data(), private_key_pem.size());
  certificate_pem = std::move(other.certificate_pem);
  private_key_pem = std::move(other.private_key_pem);
  ca_pem = std::move(other.ca_pem);
  return *this;
}

TlsMaterial::~TlsMaterial() { OPENSSL_cleanse(private_key_pem.data(), private_key_pem.size()); }

bool TlsMaterial::SameAs(const TlsMaterial& other) const {
  return certificate_pem == other.certificate_pem && private_key_pem == other.private_key_pem &&
         ca_pem == other.ca_pem;
}

absl::StatusOr<TlsMaterial> ReadTlsMaterial(const TlsFiles& files) {
  TlsMaterial material;
  VERVET_ASSIGN_OR_RETURN(material.certificate_pem,
                          ReadPemFile("the certificate", files.certificate_path));
  VERVET_RETURN_IF_ERROR(CheckKeyMode(files.private_key_path));
  VERVET_ASSIGN_OR_RETURN(material.private_key_pem,
                          ReadPemFile("the private key", files.private_key_path));
  VERVET_ASSIGN_OR_RETURN(material.ca_pem,
                          ReadPemFile("the authority's certificate", files.ca_path));
  return material;
}

absl::StatusOr<CertificateFacts> CheckOwnCertificate(const TlsFiles& files,
                                                     absl::string_view coalition,
                                                     absl::Span<const Role> roles, absl::Time now) {
  VERVET_RETURN_IF_ERROR(CheckCoalition(coalition));
  VERVET_ASSIGN_OR_RETURN(const TlsMaterial material, ReadTlsMaterial(files));
  return CheckTlsMaterial(material, files, coalition, roles, now);
}

absl::StatusOr<CertificateFacts> CheckTlsMaterial(const TlsMaterial& material,
                                                  const TlsFiles& files,
                                                  absl::string_view coalition,
                                                  absl::Span<const Role> roles, absl::Time now) {
  VERVET_RETURN_IF_ERROR(CheckCoalition(coalition));
  VERVET_ASSIGN_OR_RETURN(const Loaded loaded, Load(material, files));
  const std::string& path = files.certificate_path;
  VERVET_RETURN_IF_ERROR(CheckDates(loaded, path, now));
  VERVET_RETURN_IF_ERROR(CheckChain(loaded, files, now));
  CertificateFacts facts;
  VERVET_ASSIGN_OR_RETURN(facts.identity, CheckIdentity(loaded, path, coalition, roles));
  VERVET_RETURN_IF_ERROR(CheckUsage(loaded, path, facts.identity.role));
  facts.not_after = ToTime(X509_get0_notAfter(loaded.leaf()));
  facts.fingerprint = Fingerprint(*loaded.leaf());
  return facts;
}

}  // namespace vervet::net
