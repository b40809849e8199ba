// Certificates of hub and member renewed under an open stream: new connections present the new
// ones, and no process was restarted.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/net/x509.h"
#include "examples/coalition/process.h"
#include "examples/coalition/temp_dir.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/tcp_relay.h"

namespace vervet::integration {
namespace {

using coalition::Process;
using test_support::ClientLeaf;
using test_support::HubLeaf;
using test_support::LeafSpec;

constexpr absl::Duration kDeadline = absl::Seconds(40);

bool WaitFor(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + kDeadline;
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    poll(nullptr, 0, 50);
  }
  return true;
}

// The serial number of the certificate that the hub presents to a new connection; -1 where it
// presents none. `client`: whose certificate to show; the handshake's end says whether it was
// taken.
struct Seen {
  int64_t serial = -1;
  bool accepted = false;
};

Seen Connect(const std::string& address, const coalition::TlsPaths& client) {
  Seen seen;
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0) {
    const net::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_use_certificate_file(context.get(), client.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), client.private_key.c_str(), SSL_FILETYPE_PEM);
    const net::SslPtr ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd);
    const unsigned char alpn[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl.get(), alpn, sizeof(alpn));
    if (SSL_connect(ssl.get()) == 1) {
      const net::X509Ptr certificate(SSL_get1_peer_certificate(ssl.get()));
      seen.serial = ASN1_INTEGER_get(X509_get0_serialNumber(certificate.get()));
      // HTTP/2's first bytes come only to a caller whose certificate was taken.
      char byte = 0;
      seen.accepted = SSL_read(ssl.get(), &byte, 1) == 1;
    }
  }
  close(fd);
  net::TakeOpenSslError();
  return seen;
}

int64_t SerialOf(const std::string& certificate_path) {
  const auto chain = net::ParseCertificates("it", coalition::ReadFile(certificate_path).value());
  return ASN1_INTEGER_get(X509_get0_serialNumber((*chain)[0].get()));
}

class Renewal : public ::testing::Test {
 protected:
  LeafSpec Lasting(absl::Duration time) {
    LeafSpec spec = ClientLeaf("member/social");
    spec.not_after = absl::Now() + time;
    return spec;
  }
  // Over the files that are in use, as a renewal does it.
  void IssueAgain(const LeafSpec& spec, const std::string& name) {
    coalition_.authority().Issue(spec, coalition_->dir_of(name), name);
  }
  // `watch` of "social" through the relay; returns when it is up to date.
  std::unique_ptr<Process> Watch() {
    const std::string config = coalition_->dir_of("social") + "/through-relay.textproto";
    const std::string text = coalition::ReadFile(coalition_->member_config("social")).value();
    EXPECT_TRUE(coalition::WriteFile(config, absl::StrReplaceAll(text, {{coalition_.hub().address(),
                                                                         relay_.address()}}))
                    .ok());
    std::vector<std::string> argv = coalition_->MemberArgv("social", {"watch", "--json"});
    argv[2] = config;
    auto watch = Process::Start({argv});
    EXPECT_TRUE(watch.ok()) << watch.status();
    EXPECT_TRUE(WaitForText(**watch, "\"ready\"")) << (*watch)->Text(Process::Stream::kError);
    return *std::move(watch);
  }
  static bool WaitForText(Process& process, const std::string& text, size_t first_line = 0) {
    return process
        .WaitForLine(
            Process::Stream::kOutput,
            [&](absl::string_view line) { return absl::StrContains(line, text); }, kDeadline,
            first_line)
        .ok();
  }

  TestCoalition coalition_{{{"market", "social"}, "certificate_check_s: 1\n"}};
  TcpRelay relay_{coalition_.hub().address()};
};

TEST_F(Renewal, OfTheHubsCertificateReachesNewConnectionsAndEndsNoStream) {
  const auto watch = Watch();
  const coalition::TlsPaths& hub_tls = coalition_->tls_of("hub");
  const coalition::TlsPaths& market = coalition_->tls_of("market");
  const int64_t old_serial = SerialOf(hub_tls.certificate);
  ASSERT_EQ(Connect(coalition_.hub().address(), market).serial, old_serial);
  const int connections = relay_.connections();

  // First only half of a pair: the hub goes on with the old one, and says why.
  const std::string old_key = coalition::ReadFile(hub_tls.private_key).value();
  IssueAgain(HubLeaf("hub"), "hub");
  const std::string new_key = coalition::ReadFile(hub_tls.private_key).value();
  const int64_t new_serial = SerialOf(hub_tls.certificate);
  ASSERT_NE(new_serial, old_serial);
  test_support::WriteFile(hub_tls.private_key, old_key, 0600);
  ASSERT_TRUE(WaitFor([&] {
    return absl::StrContains(coalition_.hub().Output(), "hub.certificate_refused");
  })) << coalition_.hub().Output();
  EXPECT_TRUE(absl::StrContains(coalition_.hub().Output(), "is not the key of"));
  EXPECT_TRUE(Connect(coalition_.hub().address(), market).accepted);

  test_support::WriteFile(hub_tls.private_key, new_key, 0600);
  ASSERT_TRUE(WaitFor([&] {
    const Seen seen = Connect(coalition_.hub().address(), market);
    EXPECT_TRUE(seen.accepted);
    return seen.serial == new_serial;
  }));
  EXPECT_TRUE(absl::StrContains(coalition_.hub().Output(), "hub.certificate_renewed"));
  EXPECT_EQ(relay_.connections(), connections) << "the open stream was cut";
  EXPECT_TRUE(coalition_.hub().running());
  EXPECT_TRUE(watch->running());
}

TEST_F(Renewal, OfTheMembersCertificateIsUsedAtTheNextConnection) {
  // Long enough for a slow machine to start, and over soon.
  const absl::Duration life = absl::Seconds(12);
  IssueAgain(Lasting(life), "social");
  const absl::Time expired = absl::Now() + life + absl::Seconds(2);
  const coalition::TlsPaths social = coalition_->tls_of("social");
  coalition::TlsPaths old = social;
  old.certificate = coalition_.path("old.crt");
  old.private_key = coalition_.path("old.key");
  test_support::WriteFile(old.certificate, coalition::ReadFile(social.certificate).value());
  test_support::WriteFile(old.private_key, coalition::ReadFile(social.private_key).value(), 0600);
  const auto watch = Watch();
  ASSERT_TRUE(Connect(coalition_.hub().address(), old).accepted);

  IssueAgain(ClientLeaf("member/social"), "social");
  ASSERT_TRUE(WaitFor([&] { return absl::Now() > expired; }));
  // The old one opens no door any more, so a connection after the cut shows the new one.
  ASSERT_FALSE(Connect(coalition_.hub().address(), old).accepted);
  const size_t before = watch->LineCount(Process::Stream::kOutput);
  relay_.Cut();
  EXPECT_TRUE(WaitForText(*watch, "certificate renewed"));
  EXPECT_TRUE(WaitForText(*watch, "\"text\":\"connected\"", before))
      << watch->Text(Process::Stream::kOutput);
  const auto published = Member(coalition_, "market",
                                {"publish", "--email", "after@example.com", "--offence", "auction",
                                 "--taxon", "Manis javanica", "--decision", "CASE-1"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  watch->Signal(SIGTERM);
  EXPECT_EQ(watch->Wait(kDeadline).value_or(-1), 0);
  EXPECT_TRUE(coalition_.hub().running());
}

TEST_F(Renewal, ThatWasForgottenIsToldWithTheReason) {
  const absl::Duration life = absl::Seconds(8);
  IssueAgain(Lasting(life), "social");
  const absl::Time expired = absl::Now() + life + absl::Seconds(2);
  const auto watch = Watch();
  ASSERT_TRUE(WaitFor([&] { return absl::Now() > expired; }));
  relay_.Cut();
  EXPECT_TRUE(WaitForText(*watch, "expired on")) << watch->Text(Process::Stream::kOutput);
  // And it is found again by itself, once there is a right one.
  const size_t before = watch->LineCount(Process::Stream::kOutput);
  IssueAgain(ClientLeaf("member/social"), "social");
  EXPECT_TRUE(WaitForText(*watch, "\"text\":\"connected\"", before))
      << watch->Text(Process::Stream::kOutput);
}

}  // namespace
}  // namespace vervet::integration
