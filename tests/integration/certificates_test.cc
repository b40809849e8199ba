// A certificate that will not do: a caller past the SDK is turned away in TLS and the hub's log
// says why; our own command lines say it before they connect.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Process;
using coalition::TlsPaths;
using test_support::CertificateAuthority;
using test_support::ClientLeaf;
using test_support::LeafSpec;
using ::testing::HasSubstr;

constexpr absl::Duration kDeadline = absl::Seconds(20);

LeafSpec Expired(const std::string& party) {
  LeafSpec spec = ClientLeaf(party);
  spec.not_before = absl::Now() - absl::Hours(48);
  spec.not_after = absl::Now() - absl::Hours(24);
  return spec;
}

// ---- a caller past the SDK

class RefusedInTls : public ::testing::Test {
 protected:
  // `tls` gets nowhere, and the hub's log has a line of it with `reason`.
  void ExpectRefused(const TlsPaths& tls, const std::string& reason) {
    RawClient market = coalition_.As("market");
    const auto request = GoodPublishRequest(market, "somebody@example.com", kEverybody);
    ASSERT_TRUE(request.ok()) << request.status();
    const uint64_t size = coalition_.LogSize();
    const Process& hub = coalition_.hub().process();
    const size_t first_line = hub.LineCount(Process::Stream::kError);
    // The hub writes at most one such line a second, so the caller comes until one is its own.
    const absl::Time deadline = absl::Now() + kDeadline;
    absl::StatusOr<Process::Line> line;
    do {
      RawClient caller(coalition_.hub().address(), tls);
      ASSERT_THAT(caller.Publish(*request).status(), FailsWith(absl::StatusCode::kUnavailable, ""));
      line = coalition_.hub().process().WaitForLine(
          Process::Stream::kError,
          [&](absl::string_view text) {
            return absl::StrContains(text, "\"grpc.error\"") && absl::StrContains(text, reason);
          },
          absl::Milliseconds(200), first_line);
    } while (!line.ok() && absl::Now() < deadline);
    EXPECT_TRUE(line.ok()) << line.status() << coalition_.hub().Output();
    EXPECT_EQ(coalition_.LogSize(), size);
    // The certificate was the one thing wrong.
    EXPECT_TRUE(market.Publish(*request).ok());
    EXPECT_EQ(coalition_.LogSize(), size + 1);
  }

  TestCoalition coalition_;
};

TEST_F(RefusedInTls, WithoutACertificateTheLogSaysSo) {
  ExpectRefused({"", "", coalition_->tls_of("market").ca, ""}, "peer did not return a certificate");
}

TEST_F(RefusedInTls, OfAnotherAuthorityTheLogSaysThatTheIssuerIsUnknown) {
  CertificateAuthority other("another authority");
  ExpectRefused(coalition_.Issue(ClientLeaf("member/market"), other),
                "\"unable to get local issuer certificate\"");
}

TEST_F(RefusedInTls, ExpiredTheLogSaysThat) {
  ExpectRefused(coalition_.Issue(Expired("member/market"), coalition_.authority()),
                "\"certificate has expired\"");
}

// ---- the command lines

// The hub does not run: whoever tried to connect first would say that it is not there.
class RefusedBeforeConnecting : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    coalition_ = std::make_unique<TestCoalition>();
    ASSERT_EQ(coalition_->hub().Stop().value_or(-1), 0);
  }
  static void TearDownTestSuite() { coalition_.reset(); }

  // `vervet-member sync` with another certificate in its configuration.
  static CommandResult SyncWith(const TlsPaths& tls) {
    TestCoalition& coalition = *coalition_;
    const TlsPaths& right = coalition->tls_of("market");
    const std::string path = coalition->member_config("market"),
                      config = coalition::ReadFile(path).value();
    EXPECT_THAT(config, HasSubstr(right.certificate));
    const std::string changed = absl::StrReplaceAll(
        config, {{right.certificate, tls.certificate}, {right.private_key, tls.private_key}});
    EXPECT_TRUE(coalition::WriteFile(path, changed).ok());
    const CommandResult result = Member(coalition, "market", {"sync", "--timeout", "1"});
    EXPECT_TRUE(coalition::WriteFile(path, config).ok());
    return result;
  }

  // `vervet members list` with another certificate.
  static CommandResult ListWith(const TlsPaths& tls) {
    const auto result = (*coalition_)
                            ->RunCoordinator({"members", "list", "--timeout", "1", "--certificate",
                                              tls.certificate, "--private-key", tls.private_key});
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }

  static void ExpectOneLine(const CommandResult& result, int exit_code, const TlsPaths& tls,
                            const std::string& reason, const std::string& remedy) {
    EXPECT_EQ(result.exit_code, exit_code) << result.name;
    EXPECT_EQ(result.output, "") << result.name;
    const std::vector<std::string> lines =
        absl::StrSplit(result.error, '\n', absl::SkipWhitespace());
    ASSERT_EQ(lines.size(), 1u) << result.error;
    for (const std::string& part : {tls.certificate, reason, remedy})
      EXPECT_THAT(lines[0], HasSubstr(part)) << result.name;
  }

  // Both command lines name the file, the reason and the remedy.
  static void ExpectRefused(const TlsPaths& member, const TlsPaths& coordinator,
                            const std::string& reason, const std::string& remedy) {
    ExpectOneLine(SyncWith(member), cli::kExitFailed, member, reason, remedy);
    ExpectOneLine(ListWith(coordinator), cli::kExitUsage, coordinator, reason, remedy);
  }

  static std::unique_ptr<TestCoalition> coalition_;
};

std::unique_ptr<TestCoalition> RefusedBeforeConnecting::coalition_;

TEST_F(RefusedBeforeConnecting, NotWhereTheCertificateIsRight) {
  EXPECT_EQ(SyncWith((*coalition_)->tls_of("market")).exit_code, cli::kExitUnavailable);
  EXPECT_EQ(ListWith((*coalition_)->tls_of("coordinator")).exit_code, cli::kExitUnavailable);
}

TEST_F(RefusedBeforeConnecting, WithoutACertificate) {
  TlsPaths member = (*coalition_)->tls_of("market");
  TlsPaths coordinator = (*coalition_)->tls_of("coordinator");
  member.certificate = coordinator.certificate = coalition_->path("nowhere.pem");
  ExpectRefused(member, coordinator, "No such file", "correct the path");
}

TEST_F(RefusedBeforeConnecting, WithAnExpiredCertificate) {
  CertificateAuthority& authority = coalition_->authority();
  ExpectRefused(coalition_->Issue(Expired("member/market"), authority),
                coalition_->Issue(Expired("coordinator/coordinator"), authority), "expired on",
                "certs/vervet-certs renew");
}

TEST_F(RefusedBeforeConnecting, WithACertificateOfAnotherAuthority) {
  CertificateAuthority other("another authority");
  ExpectRefused(coalition_->Issue(ClientLeaf("member/market"), other),
                coalition_->Issue(ClientLeaf("coordinator/coordinator"), other),
                "does not chain to the authority", "of one coalition side by side");
}

}  // namespace
}  // namespace vervet::integration
