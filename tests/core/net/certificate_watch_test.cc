// A renewal while the process runs: what was checked is used, what is not right is told.
#include "core/net/certificate_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "core/base/manual_environment.h"
#include "core/net/staged_file.h"
#include "tests/core/net/rpc_fixture.h"
#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::CertificateAuthority;
using test_support::ClientLeaf;
using test_support::HubLeaf;
using test_support::LeafSpec;
using test_support::ReadFile;
using test_support::TempDir;
using test_support::WriteFile;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class WatchTest : public ::testing::Test {
 protected:
  // Only looks when it is told to.
  void Start(const std::string& party = "") {
    TlsSettings settings = TestSettings(files_);
    settings.refresh = absl::Hours(24);
    settings.party = party;
    auto watch = CertificateWatch::Start(
        settings, ClientRoles(), &env_,
        [this](const CertificateChange& change) { told_.push_back(Describe(change)); });
    ASSERT_TRUE(watch.ok()) << watch.status();
    watch_ = *std::move(watch);
  }
  TlsFiles Issue(const LeafSpec& spec, const std::string& prefix = "own") {
    return authority_.Issue(spec, dir_.path(), prefix);
  }
  std::vector<std::string> TakeTold() { return std::move(told_); }

  TempDir dir_;
  CertificateAuthority authority_;
  ManualEnvironment env_{1, absl::Now()};
  TlsFiles files_ = Issue(ClientLeaf());
  std::vector<std::string> told_;
  std::shared_ptr<CertificateWatch> watch_;
};

TEST_F(WatchTest, TakesARenewedPairAndSaysSoOnce) {
  Start();
  const std::string first = watch_->InUse().fingerprint;
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_THAT(TakeTold(), IsEmpty());
  Issue(ClientLeaf());
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_NE(watch_->InUse().fingerprint, first);
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("certificate renewed")));
  EXPECT_THAT(ReadFile(watch_->identity_path()),
              AllOf(HasSubstr(ReadFile(files_.private_key_path)),
                    HasSubstr(ReadFile(files_.certificate_path))));
}

TEST_F(WatchTest, KeepsTheOldPairWhileTheNewOneIsHalfThere) {
  Start();
  const std::string first = watch_->InUse().fingerprint;
  const std::string staged = ReadFile(watch_->identity_path());
  const TlsFiles next = Issue(ClientLeaf(), "next");
  const std::string new_certificate = ReadFile(next.certificate_path);

  WriteFile(files_.certificate_path, new_certificate.substr(0, new_certificate.size() / 2));
  EXPECT_TRUE(watch_->CheckNow().ok());
  WriteFile(files_.certificate_path, "");
  EXPECT_TRUE(watch_->CheckNow().ok());
  WriteFile(files_.certificate_path, new_certificate);
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_TRUE(watch_->CheckNow().ok());  // the same reason is told once
  EXPECT_EQ(watch_->InUse().fingerprint, first);
  EXPECT_EQ(ReadFile(watch_->identity_path()), staged);
  EXPECT_THAT(TakeTold(),
              ElementsAre(HasSubstr("does not parse"), HasSubstr("holds no certificate"),
                          HasSubstr("is not the key of")));

  WriteFile(files_.private_key_path, ReadFile(next.private_key_path), 0600);
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_NE(watch_->InUse().fingerprint, first);
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("certificate renewed")));
}

TEST_F(WatchTest, SaysWhenWrongFilesAreRightAgain) {
  Start();
  const std::string certificate = ReadFile(files_.certificate_path);
  std::filesystem::remove(files_.certificate_path);
  EXPECT_TRUE(watch_->CheckNow().ok());
  WriteFile(files_.certificate_path, certificate);
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("cannot be read"), HasSubstr("right again")));
}

TEST_F(WatchTest, RefusesWhatWouldNotDoAtTheStartEither) {
  Start();
  const std::string first = watch_->InUse().fingerprint;
  LeafSpec expired = ClientLeaf();
  expired.not_after = absl::Now() - absl::Minutes(1);
  Issue(expired);
  EXPECT_TRUE(watch_->CheckNow().ok());
  Issue(HubLeaf());
  EXPECT_TRUE(watch_->CheckNow().ok());
  CertificateAuthority other("another authority");
  const TlsFiles foreign = other.Issue(ClientLeaf(), dir_.path(), "foreign");
  WriteFile(files_.certificate_path, ReadFile(foreign.certificate_path));
  WriteFile(files_.private_key_path, ReadFile(foreign.private_key_path), 0600);
  EXPECT_TRUE(watch_->CheckNow().ok());
  Issue(ClientLeaf());
  ASSERT_EQ(::chmod(files_.private_key_path.c_str(), 0644), 0);
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_EQ(watch_->InUse().fingerprint, first);
  EXPECT_THAT(TakeTold(),
              ElementsAre(HasSubstr("expired on"), HasSubstr("its role is hub"),
                          HasSubstr("does not chain to the authority"), HasSubstr("chmod 600")));
}

TEST_F(WatchTest, DoesNotBecomeAnotherParty) {
  Start("member/market");
  Issue(ClientLeaf("member/social"));
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_EQ(watch_->InUse().identity.party(), "member/market");
  EXPECT_THAT(TakeTold(), ElementsAre(AllOf(HasSubstr("that of member/social"),
                                            HasSubstr("runs as member/market"))));
}

TEST_F(WatchTest, FailsWithTheReasonOnceThePairInUseHasExpired) {
  Start();
  env_.Advance(absl::Hours(25));
  EXPECT_THAT(std::string(watch_->CheckNow().message()),
              AllOf(HasSubstr("expired on"), HasSubstr("renew it")));
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("expired on")));
  LeafSpec renewed = ClientLeaf();
  renewed.not_after = absl::Now() + absl::Hours(48);
  Issue(renewed);
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("certificate renewed")));
}

TEST_F(WatchTest, TakesANewAuthorityBesideTheOld) {
  Start();
  CertificateAuthority next("the next authority");
  WriteFile(files_.ca_path, authority_.Pem() + next.Pem());
  EXPECT_TRUE(watch_->CheckNow().ok());
  EXPECT_THAT(TakeTold(), ElementsAre(HasSubstr("certificate renewed")));
  EXPECT_EQ(ReadFile(watch_->ca_path()), authority_.Pem() + next.Pem());
}

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/thread-self/fd")) {
    ++count;
  }
  return count;
}

TEST_F(WatchTest, HoldsTwoDescriptorsAndGivesThemBack) {
  const size_t before = OpenDescriptors();
  Start();
  EXPECT_EQ(OpenDescriptors(), before + 2);
  for (int i = 0; i < 3; ++i) {
    Issue(ClientLeaf());
    EXPECT_TRUE(watch_->CheckNow().ok());
  }
  EXPECT_EQ(OpenDescriptors(), before + 2);
  watch_.reset();
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(StagedFile, ShowsAReaderThatItsContentIsAnother) {
  StagedFile file;
  ASSERT_TRUE(file.Replace("first").ok());
  const std::string path = file.path();
  struct stat first {
  }, second{};
  ASSERT_EQ(::stat(path.c_str(), &first), 0);
  EXPECT_EQ(ReadFile(path), "first");
  ASSERT_TRUE(file.Replace("other").ok());
  ASSERT_EQ(::stat(path.c_str(), &second), 0);
  EXPECT_EQ(file.path(), path);
  EXPECT_EQ(ReadFile(path), "other");
  EXPECT_NE(first.st_mtime, second.st_mtime);
}

// A hub whose files are replaced one after the other, as a careless person would.
TEST_F(WatchTest, AHubServesThroughAMismatchAndThenWithTheNewCertificate) {
  const TlsFiles hub_files = Issue(HubLeaf("first"), "hub");
  auto credentials = ServerTls(TestSettings(hub_files), absl::Now());
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  TestHub hub(*credentials);
  credentials->reset();  // the server keeps what it needs
  const auto connect = [&] {
    auto client = ClientTls(TestSettings(files_), "127.0.0.1", absl::Now());
    EXPECT_TRUE(client.ok()) << client.status();
    return WhoAmI(MakeChannel(hub.target(), *client));
  };
  ASSERT_EQ(connect().hub_uri, "spiffe://coalition.test/hub/first");
  const TlsFiles next = Issue(HubLeaf("second"), "next");
  WriteFile(hub_files.certificate_path, ReadFile(next.certificate_path));
  // Longer than the hub's look at its files and gRPC's look at ours take together.
  const absl::Time mismatched_until = absl::Now() + absl::Seconds(4);
  while (absl::Now() < mismatched_until) {
    const Answer answer = connect();
    ASSERT_TRUE(answer.status.ok()) << answer.status;
    ASSERT_EQ(answer.hub_uri, "spiffe://coalition.test/hub/first");
  }
  WriteFile(hub_files.private_key_path, ReadFile(next.private_key_path), 0600);
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  Answer answer;
  do {
    answer = connect();
    ASSERT_TRUE(answer.status.ok()) << answer.status;
  } while (answer.hub_uri != "spiffe://coalition.test/hub/second" && absl::Now() < deadline);
  EXPECT_EQ(answer.hub_uri, "spiffe://coalition.test/hub/second");
}

}  // namespace
}  // namespace vervet::net
