#include "tests/support/test_certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vervet::test_support {
namespace {

using net::BioPtr;
using net::PkeyPtr;
using net::X509CrlPtr;
using net::X509Ptr;

constexpr int kX509Version3 = 2;  // the field counts from zero
constexpr int kCrlVersion2 = 1;

template <typename T>
T Require(T result, const char* what) {
  if (!result) {
    std::fprintf(stderr, "test certificates: %s failed: %s\n", what,
                 net::TakeOpenSslError().c_str());
    std::abort();
  }
  return result;
}

PkeyPtr NewKey() { return PkeyPtr(Require(EVP_EC_gen("P-256"), "making a key")); }

void SetTime(ASN1_TIME* field, absl::Time time) {
  Require(ASN1_TIME_set(field, absl::ToTimeT(time)), "setting a time");
}

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      Require(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()), "making an extension");
  Require(X509_add_ext(certificate, extension, -1), "adding an extension");
  X509_EXTENSION_free(extension);
}

void SetName(X509_NAME* name, absl::string_view common_name) {
  const std::string text(common_name);
  Require(
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0),
      "setting a name");
}

X509Ptr NewCertificate(absl::string_view common_name, long serial, EVP_PKEY* key,
                       absl::Time not_before, absl::Time not_after) {
  X509Ptr certificate(Require(X509_new(), "making a certificate"));
  X509_set_version(certificate.get(), kX509Version3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  SetTime(X509_getm_notBefore(certificate.get()), not_before);
  SetTime(X509_getm_notAfter(certificate.get()), not_after);
  SetName(X509_get_subject_name(certificate.get()), common_name);
  Require(X509_set_pubkey(certificate.get(), key), "setting a key");
  return certificate;
}

template <typename Write>
std::string ToPem(Write write) {
  BioPtr bio(Require(BIO_new(BIO_s_mem()), "making a buffer"));
  Require(write(bio.get()), "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string AlternativeNames(const LeafSpec& spec) {
  std::string names;
  auto append = [&names](absl::string_view kind, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      absl::StrAppend(&names, names.empty() ? "" : ",", kind, ":", value);
    }
  };
  append("URI", spec.uris);
  append("DNS", spec.dns_names);
  append("IP", spec.ip_addresses);
  return names;
}

}  // namespace

TempDir::TempDir() {
  std::string pattern = (std::filesystem::temp_directory_path() / "vervet-test-XXXXXX").string();
  path_ = Require(mkdtemp(pattern.data()), "mkdtemp");
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::File(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

LeafSpec ClientLeaf(absl::string_view party) {
  LeafSpec spec;
  spec.uris = {absl::StrCat("spiffe://", kTestCoalition, "/", party)};
  return spec;
}

LeafSpec HubLeaf(absl::string_view name) {
  LeafSpec spec;
  spec.uris = {absl::StrCat("spiffe://", kTestCoalition, "/hub/", name)};
  spec.dns_names = {"localhost"};
  spec.ip_addresses = {"127.0.0.1", "::1"};
  spec.extended_key_usage = "serverAuth";
  return spec;
}

CertificateAuthority::CertificateAuthority(absl::string_view common_name)
    : key_(NewKey()),
      certificate_(NewCertificate(common_name, 1, key_.get(), absl::Now() - absl::Hours(24 * 30),
                                  absl::Now() + absl::Hours(24 * 30))) {
  X509* ca = certificate_.get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  AddExtension(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(ca, ca, NID_subject_key_identifier, "hash");
  Require(X509_sign(ca, key_.get(), EVP_sha256()), "signing an authority");
}

net::TlsFiles CertificateAuthority::Issue(const LeafSpec& spec, const std::string& dir,
                                          absl::string_view prefix) {
  PkeyPtr key = NewKey();
  X509Ptr leaf =
      NewCertificate(spec.common_name, next_serial_++, key.get(), spec.not_before, spec.not_after);
  X509* ca = certificate_.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(ca));
  AddExtension(leaf.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), ca, NID_authority_key_identifier, "keyid");
  if (!spec.extended_key_usage.empty()) {
    AddExtension(leaf.get(), ca, NID_ext_key_usage, spec.extended_key_usage);
  }
  const std::string names = AlternativeNames(spec);
  if (!names.empty()) AddExtension(leaf.get(), ca, NID_subject_alt_name, names);
  Require(X509_sign(leaf.get(), key_.get(), EVP_sha256()), "signing a leaf");

  net::TlsFiles files;
  files.certificate_path = absl::StrCat(dir, "/", prefix, ".crt");
  files.private_key_path = absl::StrCat(dir, "/", prefix, ".key");
  files.ca_path = absl::StrCat(dir, "/", prefix, ".ca.crt");
  WriteFile(files.certificate_path,
            ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, leaf.get()); }));
  WriteFile(files.private_key_path, ToPem([&](BIO* bio) {
              return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr);
            }),
            0600);
  WriteFile(files.ca_path, Pem());
  return files;
}

std::string CertificateAuthority::WriteRevocations(
    const std::vector<std::string>& certificate_paths, const std::string& dir, int number,
    absl::Time next_update) {
  X509CrlPtr list(Require(X509_CRL_new(), "making a list"));
  X509_CRL_set_version(list.get(), kCrlVersion2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get()));
  std::unique_ptr<ASN1_TIME, net::OpenSslDeleter<ASN1_TIME, ASN1_TIME_free>> time(ASN1_TIME_new());
  SetTime(time.get(), absl::Now() - absl::Hours(2));
  X509_CRL_set1_lastUpdate(list.get(), time.get());
  for (const std::string& path : certificate_paths) {
    auto revoked_certificates = net::ParseCertificates("a revoked certificate", ReadFile(path));
    Require(revoked_certificates.ok(), "reading a revoked certificate");
    X509_REVOKED* revoked = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(revoked,
                                  X509_get_serialNumber(revoked_certificates->front().get()));
    X509_REVOKED_set_revocationDate(revoked, time.get());
    Require(X509_CRL_add0_revoked(list.get(), revoked), "revoking");
  }
  SetTime(time.get(), next_update);
  X509_CRL_set1_nextUpdate(list.get(), time.get());
  X509_CRL_sort(list.get());
  Require(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()), "signing a list");
  const unsigned long hash =
      X509_NAME_hash_ex(X509_get_subject_name(certificate_.get()), nullptr, nullptr, nullptr);
  const std::string path = absl::StrFormat("%s/%08x.r%d", dir, hash, number);
  WriteFile(path, ToPem([&](BIO* bio) { return PEM_write_bio_X509_CRL(bio, list.get()); }));
  return path;
}

std::string CertificateAuthority::Pem() const {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Require(file.good(), "reading a file");
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

void WriteFile(const std::string& path, absl::string_view bytes, unsigned mode) {
  const std::string draft = path + ".new";
  {
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    Require(file.good(), "writing a file");
  }
  Require(chmod(draft.c_str(), mode) == 0, "setting a mode");
  Require(std::rename(draft.c_str(), path.c_str()) == 0, "renaming a file");
}

}  // namespace vervet::test_support
