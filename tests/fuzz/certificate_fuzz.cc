// Certificates: PEM that people paste together, leaves of the right authority that say strange
// things, and leaves of which a byte was changed.
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/net/tls_files.h"
#include "core/net/x509.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;
using net::PkeyPtr;
using net::X509Ptr;

constexpr char kCoalition[] = "coalition.example";
const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

// Made with a key that stays the same, so that an input is the same in every run.
struct Authority {
  PkeyPtr key{EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr,
      reinterpret_cast<const uint8_t*>("an authority's key, 32 bytes long"), 32)};
  X509Ptr certificate = Make("authority", 1, key.get());
  PkeyPtr leaf_key{EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr,
      reinterpret_cast<const uint8_t*>("a leaf's key, which has 32 bytes."), 32)};
  std::string pem, leaf_key_pem;

  Authority() {
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
    Extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate.get(), key.get(), nullptr);
    pem = Pem(*certificate);
    net::BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), leaf_key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    leaf_key_pem = Text(bio.get());
  }

  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<size_t>(size));
  }
  static std::string Pem(X509& certificate) {
    net::BioPtr bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), &certificate);
    return Text(bio.get());
  }
  static X509Ptr Make(const char* name, long serial, EVP_PKEY* key) {
    X509Ptr made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), absl::ToTimeT(kNow - absl::Hours(24)));
    ASN1_TIME_set(X509_getm_notAfter(made.get()), absl::ToTimeT(kNow + absl::Hours(24)));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const uint8_t*>(name), -1, -1, 0);
    X509_set_pubkey(made.get(), key);
    return made;
  }
  void Extend(X509* made, int nid, const char* value) const {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate.get(), made, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
    if (extension != nullptr) X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    ERR_clear_error();
  }
  // With these bytes as the value of its alternative names, right or not.
  X509Ptr Leaf(const std::vector<std::string>& uris, const char* usage,
               const std::string* raw_names) const {
    X509Ptr leaf = Make("leaf", 2, leaf_key.get());
    X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate.get()));
    if (*usage != '\0') Extend(leaf.get(), NID_ext_key_usage, usage);
    if (raw_names != nullptr) {
      ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
      ASN1_OCTET_STRING_set(value, reinterpret_cast<const uint8_t*>(raw_names->data()),
                            static_cast<int>(raw_names->size()));
      X509_EXTENSION* extension =
          X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, value);
      X509_add_ext(leaf.get(), extension, -1);
      X509_EXTENSION_free(extension);
      ASN1_OCTET_STRING_free(value);
    } else if (!uris.empty()) {
      GENERAL_NAMES* names = sk_GENERAL_NAME_new_null();
      for (const std::string& uri : uris) {
        GENERAL_NAME* name = GENERAL_NAME_new();
        ASN1_IA5STRING* text = ASN1_IA5STRING_new();
        ASN1_STRING_set(text, uri.data(), static_cast<int>(uri.size()));
        GENERAL_NAME_set0_value(name, GEN_URI, text);
        sk_GENERAL_NAME_push(names, name);
      }
      X509_add1_ext_i2d(leaf.get(), NID_subject_alt_name, names, 0, X509V3_ADD_APPEND);
      GENERAL_NAMES_free(names);
    }
    X509_sign(leaf.get(), key.get(), nullptr);
    return leaf;
  }
};

const Authority& Ca() {
  static const auto* const authority = new Authority;
  return *authority;
}

// The properties of whatever is accepted.
absl::Status Check(const std::string& certificate_pem, const std::string& ca_pem) {
  net::TlsMaterial material;
  material.certificate_pem = certificate_pem;
  material.private_key_pem = Ca().leaf_key_pem;
  material.ca_pem = ca_pem;
  const net::TlsFiles files = {"leaf.crt", "leaf.key", "ca.crt", ""};
  const auto facts = net::CheckTlsMaterial(material, files, kCoalition, net::ClientRoles(), kNow);
  VERVET_FUZZ_CHECK(ERR_peek_error() == 0, "no error is left behind for the next connection");
  if (!facts.ok()) {
    CheckRefusal(facts.status(), {StatusCode::kInvalidArgument, StatusCode::kFailedPrecondition});
    return facts.status();
  }
  const auto chain = net::ParseCertificates("the certificate", certificate_pem);
  VERVET_FUZZ_CHECK(chain.ok(), "what is accepted parses");
  X509& leaf = *chain->front();
  VERVET_FUZZ_CHECK(X509_verify(&leaf, Ca().key.get()) == 1, "the authority has signed it");
  const auto uris = net::UriNames(leaf);
  VERVET_FUZZ_CHECK(uris.ok() && uris->size() == 1 && uris->front() == facts->identity.uri(),
                    "it has one URI, its identity");
  VERVET_FUZZ_CHECK(facts->identity.coalition == kCoalition && facts->identity.role != v1::HUB &&
                        facts->identity.role != v1::ROLE_UNSPECIFIED,
                    "of a caller of this coalition");
  VERVET_FUZZ_CHECK(X509_get_extended_key_usage(&leaf) == XKU_SSL_CLIENT, "for clients alone");
  VERVET_FUZZ_CHECK(facts->not_after >= kNow && facts->fingerprint.size() == 64, "valid now");
  return absl::OkStatus();
}

void Named(Input& in) {
  static constexpr const char* kUsages[] = {
      "clientAuth", "clientAuth", "serverAuth", "", "clientAuth,serverAuth", "emailProtection"};
  const char* const usage = kUsages[in.Below(6)];
  std::vector<std::string> uris;
  for (uint32_t count = in.Below(3); count > 0; --count) {
    uris.push_back(
        absl::StrCat(in.Flag() ? "spiffe://coalition.example/member/" : "", in.ShortBytes()));
  }
  const absl::Status status = Check(Authority::Pem(*Ca().Leaf(uris, usage, nullptr)), Ca().pem);
  const bool right = uris.size() == 1 && net::ParseSpiffe(uris[0]).ok() &&
                     net::ParseSpiffe(uris[0])->coalition == kCoalition &&
                     net::ParseSpiffe(uris[0])->role != v1::HUB && usage == kUsages[0];
  VERVET_FUZZ_CHECK(status.ok() == right,
                    absl::StrCat("one right URI is let in, and nothing else: ", status.ToString()));
}

void RawNames(Input& in) {
  const std::string names = in.Rest();
  const X509Ptr leaf = Ca().Leaf({}, "clientAuth", &names);
  const auto uris = net::UriNames(*leaf);
  if (!uris.ok()) CheckRefusal(uris.status(), {StatusCode::kInvalidArgument});
  (void)Check(Authority::Pem(*leaf), Ca().pem);
}

// A right leaf of which bytes were changed: its signature is gone, wherever they stand.
void Changed(Input& in) {
  static const auto* const right = [] {
    const X509Ptr leaf =
        Ca().Leaf({"spiffe://coalition.example/member/market"}, "clientAuth", nullptr);
    uint8_t* der = nullptr;
    const int size = i2d_X509(leaf.get(), &der);
    auto* bytes = new std::string(reinterpret_cast<char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    return bytes;
  }();
  std::string der = *right;
  for (uint32_t count = in.Below(4); count > 0; --count) {
    der[in.Below(static_cast<uint32_t>(der.size()))] = static_cast<char>(in.Byte());
  }
  net::BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio(bio.get(), "CERTIFICATE", "", reinterpret_cast<const uint8_t*>(der.data()),
                static_cast<long>(der.size()));
  (void)Check(Authority::Text(bio.get()), Ca().pem);
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vervet::fuzz;  // NOLINT(google-build-using-namespace)
  Input in(data, size);
  switch (in.Below(5)) {
    case 0:
      Named(in);
      break;
    case 1:
      RawNames(in);
      break;
    case 2:
      Changed(in);
      break;
    case 3:
      (void)Check(in.Rest(), Ca().pem);
      break;
    default: {
      static const auto* const leaf = new std::string(Authority::Pem(
          *Ca().Leaf({"spiffe://coalition.example/member/market"}, "clientAuth", nullptr)));
      (void)Check(*leaf + in.ShortBytes(), Ca().pem + in.Rest());
      break;
    }
  }
  return 0;
}
