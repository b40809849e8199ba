#include "core/net/crl_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::CertificateAuthority;
using test_support::ReadFile;
using test_support::TempDir;
using test_support::WriteFile;
using ::testing::HasSubstr;

class RevocationLists : public ::testing::Test {
 protected:
  RevocationLists() {
    std::filesystem::create_directory(lists_);
    WriteFile(ca_path_, authority_.Pem());
  }

  absl::Status Check() { return CheckCrlDirectory(lists_, ca_path_, absl::Now()); }
  void ExpectRefused(const char* reason) {
    const absl::Status status = Check();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr(reason));
  }

  TempDir dir_;
  const std::string lists_ = dir_.File("lists");
  const std::string ca_path_ = dir_.File("ca.crt");
  CertificateAuthority authority_;
};

TEST_F(RevocationLists, AreTakenWhereTheAuthoritySignedACurrentOne) {
  authority_.WriteRevocations({}, lists_);
  EXPECT_TRUE(Check().ok()) << Check();
}

TEST_F(RevocationLists, AreTakenWhereANewerOneStandsBesideAnExpiredOne) {
  authority_.WriteRevocations({}, lists_, 0, absl::Now() - absl::Minutes(1));
  authority_.WriteRevocations({}, lists_, 1);
  EXPECT_TRUE(Check().ok()) << Check();
}

TEST_F(RevocationLists, AreRefusedWhereTheDirectoryIsEmptyOrMissing) {
  ExpectRefused("nobody's revocation is noticed");
  std::filesystem::remove(lists_);
  EXPECT_EQ(Check().code(), absl::StatusCode::kNotFound);
}

TEST_F(RevocationLists, AreRefusedWhenExpired) {
  authority_.WriteRevocations({}, lists_, 0, absl::Now() - absl::Minutes(1));
  ExpectRefused("is not current");
}

TEST_F(RevocationLists, AreRefusedWhenAnImpostorSignedThem) {
  CertificateAuthority impostor;  // the same name, another key
  impostor.WriteRevocations({}, lists_);
  ExpectRefused("is not signed by the coalition's authority");
}

TEST_F(RevocationLists, AreRefusedWhenDamaged) {
  const std::string path = authority_.WriteRevocations({}, lists_);
  const std::string pem = ReadFile(path);
  WriteFile(path, pem.substr(0, pem.size() / 2));
  ExpectRefused("does not parse");
}

TEST_F(RevocationLists, AreRefusedWhereOneOfTwoAuthoritiesHasNone) {
  CertificateAuthority second("second authority");
  WriteFile(ca_path_, authority_.Pem() + second.Pem());
  authority_.WriteRevocations({}, lists_);
  ExpectRefused("nobody's revocation is noticed");
  second.WriteRevocations({}, lists_);
  EXPECT_TRUE(Check().ok()) << Check();
}

// OpenSSL would load it as a trust anchor.
TEST_F(RevocationLists, AreRefusedBesideAnAuthoritysCertificate) {
  authority_.WriteRevocations({}, lists_);
  WriteFile(lists_ + "/0a1b2c3d.0", authority_.Pem());
  ExpectRefused("would trust as an authority");
}

}  // namespace
}  // namespace vervet::net
