#include "core/net/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <cstdio>
#include <string>

#include "absl/status/status.h"
#include "core/net/x509.h"
#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::CertificateAuthority;
using test_support::ClientLeaf;
using test_support::HubLeaf;
using test_support::kTestCoalition;
using test_support::LeafSpec;
using test_support::ReadFile;
using test_support::TempDir;
using test_support::WriteFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr vervet::v1::Role kHub[] = {vervet::v1::HUB};

class OwnCertificate : public ::testing::Test {
 protected:
  TlsFiles Issue(const LeafSpec& spec) { return authority_.Issue(spec, dir_.path(), "own"); }

  absl::StatusOr<CertificateFacts> CheckClient(const TlsFiles& files) {
    return CheckOwnCertificate(files, kTestCoalition, ClientRoles(), absl::Now());
  }

  // The refusal's text; every refusal names the file and ends in one line.
  std::string Refusal(const TlsFiles& files, absl::StatusCode code) {
    const absl::Status status = CheckClient(files).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
    EXPECT_THAT(std::string(status.message()), HasSubstr(dir_.path()));
    return std::string(status.message());
  }
  std::string Refusal(const TlsFiles& files) {
    return Refusal(files, absl::StatusCode::kFailedPrecondition);
  }

  TempDir dir_;
  CertificateAuthority authority_;
};

TEST_F(OwnCertificate, GivesTheFactsOfARightOne) {
  const LeafSpec spec = ClientLeaf();
  const auto facts = CheckClient(Issue(spec));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->identity.uri(), spec.uris.front());
  EXPECT_EQ(facts->not_after, absl::FromTimeT(absl::ToTimeT(spec.not_after)));
  EXPECT_THAT(facts->fingerprint, MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(facts->fingerprint.size(), 64u);
  EXPECT_TRUE(CheckOwnCertificate(Issue(HubLeaf()), kTestCoalition, kHub, absl::Now()).ok());
}

TEST_F(OwnCertificate, NamesTheFileThatIsMissing) {
  const TlsFiles right = Issue(ClientLeaf());
  for (std::string TlsFiles::*path :
       {&TlsFiles::certificate_path, &TlsFiles::private_key_path, &TlsFiles::ca_path}) {
    TlsFiles files = right;
    files.*path = dir_.File("nowhere.pem");
    EXPECT_THAT(
        Refusal(files, absl::StatusCode::kNotFound),
        AllOf(HasSubstr("nowhere.pem"), HasSubstr("No such file"), HasSubstr("correct the path")));
  }
  EXPECT_EQ(CheckClient(TlsFiles()).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OwnCertificate, RefusesAKeyThatOthersMayUse) {
  const TlsFiles files = Issue(ClientLeaf());
  for (mode_t mode : {0604u, 0644u, 0660u, 0601u, 0666u}) {
    chmod(files.private_key_path.c_str(), mode);
    EXPECT_THAT(Refusal(files), HasSubstr("chmod 600"));
  }
  for (mode_t mode : {0600u, 0400u, 0640u}) {
    chmod(files.private_key_path.c_str(), mode);
    EXPECT_TRUE(CheckClient(files).ok());
  }
}

TEST_F(OwnCertificate, RefusesAKeyOfAnotherCertificate) {
  TlsFiles files = Issue(ClientLeaf());
  files.private_key_path = authority_.Issue(ClientLeaf(), dir_.path(), "other").private_key_path;
  EXPECT_THAT(Refusal(files), HasSubstr("is not the key of"));
}

TEST_F(OwnCertificate, RefusesAKeyBehindAPassphraseInsteadOfAskingForIt) {
  const TlsFiles files = Issue(ClientLeaf());
  PkeyPtr key(EVP_EC_gen("P-256"));
  BioPtr bio(BIO_new(BIO_s_mem()));
  char passphrase[] = "open sesame";
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), passphrase,
                                sizeof(passphrase) - 1, nullptr, nullptr);
  char* pem = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &pem);
  WriteFile(files.private_key_path, {pem, static_cast<size_t>(size)}, 0600);
  EXPECT_THAT(Refusal(files), HasSubstr("protected by a passphrase"));
}

TEST_F(OwnCertificate, RefusesFilesThatDoNotParse) {
  const TlsFiles files = Issue(ClientLeaf());
  const std::string certificate = ReadFile(files.certificate_path);
  WriteFile(files.certificate_path, "hello");
  EXPECT_THAT(Refusal(files, absl::StatusCode::kInvalidArgument),
              HasSubstr("holds no certificate"));
  WriteFile(files.certificate_path, "");
  Refusal(files, absl::StatusCode::kInvalidArgument);
  WriteFile(files.certificate_path, certificate.substr(0, certificate.size() / 2));
  EXPECT_THAT(Refusal(files, absl::StatusCode::kInvalidArgument), HasSubstr("does not parse"));
  WriteFile(files.certificate_path, std::string(kMaxPemFileBytes + 1, 'x'));
  EXPECT_THAT(Refusal(files, absl::StatusCode::kInvalidArgument), HasSubstr("larger than"));
  WriteFile(files.certificate_path, certificate);
  ASSERT_TRUE(CheckClient(files).ok());
  WriteFile(files.private_key_path, "hello", 0600);
  EXPECT_THAT(Refusal(files, absl::StatusCode::kInvalidArgument), HasSubstr("private key"));
}

TEST_F(OwnCertificate, SaysSinceWhenItIsExpiredAndHowToRenewIt) {
  LeafSpec spec = ClientLeaf();
  spec.not_after = absl::FromCivil(absl::CivilSecond(2021, 3, 4, 5, 6, 7), absl::UTCTimeZone());
  spec.not_before = spec.not_after - absl::Hours(24);
  EXPECT_THAT(Refusal(Issue(spec)), AllOf(HasSubstr("expired on 2021-03-04 05:06 UTC"),
                                          HasSubstr("certs/vervet-certs renew")));
}

TEST_F(OwnCertificate, SaysFromWhenItIsValidAndToCheckTheClock) {
  LeafSpec spec = ClientLeaf();
  spec.not_before = absl::Now() + absl::Hours(1);
  EXPECT_THAT(Refusal(Issue(spec)),
              AllOf(HasSubstr("not valid before"), HasSubstr("check the clock")));
}

TEST_F(OwnCertificate, RefusesAnotherAuthority) {
  TlsFiles files = Issue(ClientLeaf());
  CertificateAuthority other("another authority");
  WriteFile(files.ca_path, other.Pem());
  EXPECT_THAT(Refusal(files), AllOf(HasSubstr("does not chain to the authority"),
                                    HasSubstr("of one coalition side by side")));
  // Two authorities in one file, as during a change of authorities.
  WriteFile(files.ca_path, other.Pem() + authority_.Pem());
  EXPECT_TRUE(CheckClient(files).ok());
}

TEST_F(OwnCertificate, RefusesNoUriSeveralAndAMalformedOne) {
  LeafSpec spec = ClientLeaf();
  spec.uris.clear();
  EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("names 0 URIs"));
  spec.dns_names = {"market.example"};
  EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("names 0 URIs"));
  spec.uris = {"spiffe://coalition.test/member/a", "spiffe://coalition.test/member/b"};
  EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("names 2 URIs"));
  spec.uris = {"spiffe://coalition.test/member/Market"};
  EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("upper-case"));
}

TEST_F(OwnCertificate, NamesBothCoalitionsWhereTheyDiffer) {
  LeafSpec spec = ClientLeaf();
  spec.uris = {"spiffe://elsewhere.test/member/market"};
  EXPECT_THAT(Refusal(Issue(spec)),
              AllOf(HasSubstr("elsewhere.test"), HasSubstr("coalition.test")));
}

TEST_F(OwnCertificate, RefusesARoleThatThisProgramDoesNotHave) {
  EXPECT_THAT(Refusal(Issue(HubLeaf())), HasSubstr("its role is hub"));
  const auto status =
      CheckOwnCertificate(Issue(ClientLeaf()), kTestCoalition, kHub, absl::Now()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("its role is member, and this program needs hub"));
}

TEST_F(OwnCertificate, RefusesAKeyUsageThatIsNotTheRolesAlone) {
  LeafSpec spec = ClientLeaf();
  spec.extended_key_usage = "serverAuth";
  EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("lacks clientAuth"));
  for (const char* usage : {"clientAuth,serverAuth", "clientAuth,anyExtendedKeyUsage", ""}) {
    spec.extended_key_usage = usage;
    EXPECT_THAT(Refusal(Issue(spec)), HasSubstr("allows more than clientAuth")) << usage;
  }
}

TEST_F(OwnCertificate, RefusesAConfiguredCoalitionThatIsNoDnsName) {
  EXPECT_EQ(CheckOwnCertificate(Issue(ClientLeaf()), "Coalition", ClientRoles(), absl::Now())
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace vervet::net
