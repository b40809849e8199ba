#include "core/net/crl_dir.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/net/x509.h"

namespace vervet::net {
namespace {

constexpr size_t kHashDigits = 8;

// OpenSSL's name for a certificate in a hashed directory: eight hex digits, a dot, a number.
bool LooksLikeAuthority(absl::string_view name) {
  if (name.size() < kHashDigits + 2 || name[kHashDigits] != '.') return false;
  for (char c : name.substr(0, kHashDigits)) {
    if (!absl::ascii_isxdigit(c)) return false;
  }
  for (char c : name.substr(kHashDigits + 1)) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return true;
}

absl::StatusOr<std::vector<std::string>> ListNames(const std::string& dir) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator it(dir, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    names.push_back(it->path().filename().string());
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat("the directory of revocation lists ", dir,
                                            " cannot be listed: ", error.message()));
  }
  return names;
}

// OK where this list would let gRPC check certificates of `authority` at `now`.
absl::Status CheckList(const std::string& path, X509& authority, absl::Time now) {
  VERVET_ASSIGN_OR_RETURN(const std::string pem, ReadPemFile("the revocation list", path));
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509CrlPtr list(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  if (list == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the revocation list ", path, " does not parse: ", TakeOpenSslError()));
  }
  if (X509_CRL_verify(list.get(), X509_get0_pubkey(&authority)) != 1) {
    ERR_clear_error();
    return absl::FailedPreconditionError(
        absl::StrCat("the revocation list ", path, " is not signed by the coalition's authority"));
  }
  const absl::Time next_update = ToTime(X509_CRL_get0_nextUpdate(list.get()));
  if (now > next_update || now < ToTime(X509_CRL_get0_lastUpdate(list.get()))) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the revocation list ", path, " is not current (the next was due ", UtcText(next_update),
        "), and every connection would be refused; write a new "
        "one with certs/vervet-certs revoke under the next number (.r1 after .r0)"));
  }
  return absl::OkStatus();
}

absl::Status CheckAuthority(const std::string& dir, const std::vector<std::string>& names,
                            X509& authority, absl::Time now) {
  const std::string stem = absl::StrFormat(
      "%08x", X509_NAME_hash_ex(X509_get_subject_name(&authority), nullptr, nullptr, nullptr));
  absl::Status last = absl::FailedPreconditionError(
      absl::StrCat("the directory of revocation lists ", dir, " holds no ", stem,
                   ".r0, and without it nobody's revocation is noticed; write one with "
                   "certs/vervet-certs revoke, or leave crl_dir unset"));
  for (const std::string& name : names) {
    if (!absl::StartsWith(name, absl::StrCat(stem, ".r"))) continue;
    absl::Status status = CheckList(absl::StrCat(dir, "/", name), authority, now);
    if (status.ok()) return status;
    last = status;
  }
  return last;
}

}  // namespace

absl::Status CheckCrlDirectory(const std::string& crl_dir, const std::string& ca_path,
                               absl::Time now) {
  VERVET_ASSIGN_OR_RETURN(const std::vector<std::string> names, ListNames(crl_dir));
  for (const std::string& name : names) {
    if (LooksLikeAuthority(name)) {
      return absl::FailedPreconditionError(
          absl::StrCat("the directory of revocation lists ", crl_dir, " holds ", name,
                       ", which TLS would trust as an authority; keep only lists (.r0) there"));
    }
  }
  VERVET_ASSIGN_OR_RETURN(const std::string pem,
                          ReadPemFile("the authority's certificate", ca_path));
  VERVET_ASSIGN_OR_RETURN(const std::vector<X509Ptr> authorities,
                          ParseCertificates("the authority's certificate", pem));
  for (const X509Ptr& authority : authorities) {
    VERVET_RETURN_IF_ERROR(CheckAuthority(crl_dir, names, *authority, now));
  }
  return absl::OkStatus();
}

}  // namespace vervet::net
