#include "core/net/x509.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace vervet::net {
namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

absl::Status OpenError(absl::string_view what, const std::string& path, int error) {
  const std::string text = absl::StrCat(what, " ", path, " cannot be read: ", std::strerror(error));
  if (error == ENOENT || error == ENOTDIR) {
    return absl::NotFoundError(absl::StrCat(text, "; correct the path, or put the file there"));
  }
  if (error == EACCES) return absl::PermissionDeniedError(text);
  return absl::FailedPreconditionError(text);
}

}  // namespace

absl::StatusOr<std::string> ReadPemFile(absl::string_view what, const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError(absl::StrCat(what, ": no path is set"));
  std::unique_ptr<std::FILE, FileCloser> file(std::fopen(path.c_str(), "rbe"));
  if (file == nullptr) return OpenError(what, path, errno);
  std::string text(kMaxPemFileBytes + 1, '\0');
  errno = 0;
  const size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) return OpenError(what, path, errno);
  if (size > kMaxPemFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " ", path, " is larger than ",
                                                   kMaxPemFileBytes, " bytes; is it a PEM file?"));
  }
  text.resize(size);
  return text;
}

absl::StatusOr<std::vector<X509Ptr>> ParseCertificates(absl::string_view what,
                                                       absl::string_view pem) {
  ERR_clear_error();
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509Ptr> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  // The end of the text shows as "no start line"; anything else is a damaged certificate.
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = TakeOpenSslError();
  if (!at_end) {
    return absl::InvalidArgumentError(absl::StrCat(what, " does not parse: ", reason));
  }
  if (certificates.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " holds no certificate (BEGIN CERTIFICATE)"));
  }
  return certificates;
}

absl::StatusOr<std::vector<std::string>> UriNames(const X509& certificate) {
  int critical = 0;
  std::unique_ptr<GENERAL_NAMES, OpenSslDeleter<GENERAL_NAMES, GENERAL_NAMES_free>> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(&certificate, NID_subject_alt_name, &critical, nullptr)));
  if (names == nullptr && critical != -1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("its alternative names do not parse");
  }
  std::vector<std::string> uris;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)),
                     static_cast<size_t>(ASN1_STRING_length(uri)));
    // "spiffe://a\0b" must not read as "spiffe://a" anywhere.
    if (text.find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("its URI holds a NUL byte");
    }
    uris.push_back(std::move(text));
  }
  return uris;
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm tm = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return absl::InfinitePast();
  return absl::FromTM(tm, absl::UTCTimeZone());
}

std::string UtcText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

bool CoversHost(X509& certificate, const std::string& host) {
  unsigned char address[sizeof(in6_addr)];
  if (inet_pton(AF_INET, host.c_str(), address) == 1 ||
      inet_pton(AF_INET6, host.c_str(), address) == 1) {
    return X509_check_ip_asc(&certificate, host.c_str(), 0) == 1;
  }
  return X509_check_host(&certificate, host.data(), host.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                         nullptr) == 1;
}

std::string TakeOpenSslError() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "no reason given" : reason;
  ERR_clear_error();
  return text;
}

}  // namespace vervet::net
