// Real handshakes between our credentials and a right or wrong other side.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "core/net/x509.h"
#include "tests/core/net/rpc_fixture.h"
#include "tests/support/test_certificates.h"

namespace vervet::net {
namespace {

using test_support::CertificateAuthority;
using test_support::ClientLeaf;
using test_support::HubLeaf;
using test_support::LeafSpec;
using test_support::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

// gRPC lets go of a channel's credentials a while after the channel, and looks at their files until
// then: so the directory stays to the program's end.
std::string NewTestDirectory() {
  static TempDir root;
  static int tests = 0;
  const std::string path = root.File(std::to_string(++tests));
  std::filesystem::create_directory(path);
  return path;
}

class Handshake : public ::testing::Test {
 protected:
  TlsFiles Issue(const LeafSpec& spec, const std::string& prefix) {
    return authority_.Issue(spec, dir_, prefix);
  }

  // A hub with our credentials.
  std::unique_ptr<TestHub> StartHub(const TlsSettings& settings) {
    auto credentials = ServerTls(settings, absl::Now());
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return std::make_unique<TestHub>(*credentials);
  }
  std::unique_ptr<TestHub> StartHub() { return StartHub(TestSettings(Issue(HubLeaf(), "hub"))); }

  // A member with our credentials.
  std::shared_ptr<grpc::Channel> Connect(const std::string& target,
                                         const std::string& host = "127.0.0.1") {
    auto credentials = ClientTls(TestSettings(Issue(ClientLeaf(), "member")), host, absl::Now());
    EXPECT_TRUE(credentials.ok()) << credentials.status();
    return MakeChannel(target, *credentials);
  }

  // What a client sees that a hub must turn away in TLS.
  void ExpectRefusedByHub(const TlsFiles& client, const TlsSettings& hub_settings) {
    auto hub = StartHub(hub_settings);
    const Answer answer =
        WhoAmI(MakeChannel(hub->target(), UncheckedClient(client, hub_settings.files.ca_path)));
    EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable) << answer.status;
    EXPECT_EQ(hub->calls(), 0);
    RecordProperty("client_sees", answer.status.ToString());
    // The same hub serves a right client: the refusal was about the certificate.
    const Answer right = WhoAmI(Connect(hub->target()));
    EXPECT_TRUE(right.status.ok()) << right.status;
  }

  // What our client sees of a server with `spec` from `authority`; that server asks for no
  // certificate and would serve.
  absl::Status SeenOfServer(const LeafSpec& spec, CertificateAuthority& authority) {
    TestHub hub(UncheckedServer(authority.Issue(spec, dir_, "server")));
    const Answer answer = WhoAmI(Connect(hub.target()));
    EXPECT_EQ(hub.calls(), 0);
    RecordProperty("client_sees", answer.status.ToString());
    return answer.status;
  }

  std::string File(const std::string& name) const { return dir_ + "/" + name; }

  const std::string dir_ = NewTestDirectory();
  CertificateAuthority authority_;
};

TEST_F(Handshake, GivesTheHandlerTheCallersIdentityAndTheCallerTheHubs) {
  auto hub = StartHub();
  const Answer answer = WhoAmI(Connect(hub->target()));
  EXPECT_TRUE(answer.status.ok()) << answer.status;
  EXPECT_EQ(answer.reply, "spiffe://coalition.test/member/market");
  EXPECT_EQ(answer.hub_uri, "spiffe://coalition.test/hub/main");
}

TEST_F(Handshake, FindsTheHubByDnsNameToo) {
  auto hub = StartHub();
  const Answer answer = WhoAmI(Connect("localhost:" + std::to_string(hub->port()), "localhost"));
  EXPECT_TRUE(answer.status.ok()) << answer.status;
}

TEST_F(Handshake, RefusesAClientWithoutACertificate) {
  ExpectRefusedByHub(TlsFiles(), TestSettings(Issue(HubLeaf(), "hub")));
}

TEST_F(Handshake, RefusesAClientOfAnotherAuthority) {
  CertificateAuthority other("another authority");
  ExpectRefusedByHub(other.Issue(ClientLeaf(), dir_, "stranger"),
                     TestSettings(Issue(HubLeaf(), "hub")));
}

// Same name, another key: what an attacker would make.
TEST_F(Handshake, RefusesAClientOfAnAuthorityThatOnlyBearsTheName) {
  CertificateAuthority impostor;
  ExpectRefusedByHub(impostor.Issue(ClientLeaf(), dir_, "stranger"),
                     TestSettings(Issue(HubLeaf(), "hub")));
}

TEST_F(Handshake, RefusesAnExpiredClient) {
  LeafSpec spec = ClientLeaf();
  spec.not_after = absl::Now() - absl::Minutes(1);
  ExpectRefusedByHub(Issue(spec, "expired"), TestSettings(Issue(HubLeaf(), "hub")));
}

TEST_F(Handshake, RefusesAClientWhoseCertificateIsForServers) {
  LeafSpec spec = ClientLeaf();
  spec.extended_key_usage = "serverAuth";
  ExpectRefusedByHub(Issue(spec, "wrong-usage"), TestSettings(Issue(HubLeaf(), "hub")));
}

TEST_F(Handshake, RefusesARevokedClient) {
  const TlsFiles revoked = Issue(ClientLeaf("member/revoked"), "revoked");
  const std::string crl_dir = File("crl");
  std::filesystem::create_directory(crl_dir);
  authority_.WriteRevocations({revoked.certificate_path}, crl_dir);
  TlsSettings settings = TestSettings(Issue(HubLeaf(), "hub"));
  settings.files.crl_dir = crl_dir;
  ExpectRefusedByHub(revoked, settings);
}

TEST_F(Handshake, TellsAClientWithoutAUriWhatToAskFor) {
  LeafSpec spec = ClientLeaf();
  spec.uris.clear();
  spec.dns_names = {"market.example"};
  const TlsFiles files = Issue(spec, "no-uri");
  auto hub = StartHub();
  const Answer answer = WhoAmI(MakeChannel(hub->target(), UncheckedClient(files, files.ca_path)));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("names no SPIFFE URI; ask"));
}

TEST_F(Handshake, TellsAClientWithTwoUrisThatOneIsWanted) {
  LeafSpec spec = ClientLeaf();
  spec.uris.push_back("spiffe://coalition.test/coordinator/market");
  const TlsFiles files = Issue(spec, "two-uris");
  auto hub = StartHub();
  const Answer answer = WhoAmI(MakeChannel(hub->target(), UncheckedClient(files, files.ca_path)));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("more than one URI"));
}

TEST_F(Handshake, TellsAClientOfAnotherCoalitionBothNames) {
  LeafSpec spec = ClientLeaf();
  spec.uris = {"spiffe://elsewhere.test/member/market"};
  const TlsFiles files = Issue(spec, "elsewhere");
  auto hub = StartHub();
  const Answer answer = WhoAmI(MakeChannel(hub->target(), UncheckedClient(files, files.ca_path)));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(answer.status.message()),
              AllOf(HasSubstr("elsewhere.test"), HasSubstr("coalition.test")));
}

TEST_F(Handshake, TellsAClientWithAMalformedUriWhatIsWrong) {
  LeafSpec spec = ClientLeaf();
  spec.uris = {"spiffe://coalition.test/member/Market"};
  const TlsFiles files = Issue(spec, "malformed");
  auto hub = StartHub();
  const Answer answer = WhoAmI(MakeChannel(hub->target(), UncheckedClient(files, files.ca_path)));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(answer.status.message()), HasSubstr("upper-case"));
}

TEST_F(Handshake, SendsNothingToAServerWithAMembersUri) {
  LeafSpec spec = HubLeaf();
  spec.uris = {"spiffe://coalition.test/member/market"};
  const absl::Status seen = SeenOfServer(spec, authority_);
  EXPECT_EQ(seen.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(seen.message()), HasSubstr("not a hub's of this coalition"));
}

TEST_F(Handshake, SendsNothingToTheHubOfAnotherCoalition) {
  LeafSpec spec = HubLeaf();
  spec.uris = {"spiffe://elsewhere.test/hub/main"};
  const absl::Status seen = SeenOfServer(spec, authority_);
  EXPECT_EQ(seen.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(seen.message()), HasSubstr("not a hub's of this coalition"));
}

TEST_F(Handshake, SendsNothingToAServerWithoutExactlyOneUri) {
  LeafSpec spec = HubLeaf();
  spec.uris.clear();
  EXPECT_THAT(std::string(SeenOfServer(spec, authority_).message()), HasSubstr("names 0 URIs"));
  spec.uris = {"spiffe://coalition.test/hub/main", "spiffe://coalition.test/hub/other"};
  EXPECT_THAT(std::string(SeenOfServer(spec, authority_).message()), HasSubstr("names 2 URIs"));
}

TEST_F(Handshake, SendsNothingToAHubOfAnotherHost) {
  LeafSpec spec = HubLeaf();
  spec.common_name = "127.0.0.1";  // the common name counts for nothing
  spec.dns_names = {"hub.elsewhere.test"};
  spec.ip_addresses = {"127.0.0.2"};
  const absl::Status seen = SeenOfServer(spec, authority_);
  EXPECT_EQ(seen.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(seen.message()), HasSubstr("does not cover the host 127.0.0.1"));
}

TEST_F(Handshake, SendsNothingToAHubOfAnotherAuthority) {
  CertificateAuthority impostor;
  EXPECT_EQ(SeenOfServer(HubLeaf(), impostor).code(), absl::StatusCode::kUnavailable);
}

TEST_F(Handshake, SendsNothingToAHubWithAnExpiredCertificate) {
  LeafSpec spec = HubLeaf();
  spec.not_after = absl::Now() - absl::Minutes(1);
  EXPECT_EQ(SeenOfServer(spec, authority_).code(), absl::StatusCode::kUnavailable);
}

TEST_F(Handshake, SendsNothingToAServerWhoseCertificateIsForClients) {
  LeafSpec spec = HubLeaf();
  spec.extended_key_usage = "clientAuth";
  EXPECT_EQ(SeenOfServer(spec, authority_).code(), absl::StatusCode::kUnavailable);
}

TEST_F(Handshake, SendsNothingToARevokedHub) {
  const TlsFiles server = Issue(HubLeaf(), "server");
  TestHub hub(UncheckedServer(server));
  const std::string crl_dir = File("crl");
  std::filesystem::create_directory(crl_dir);
  authority_.WriteRevocations({server.certificate_path}, crl_dir);
  TlsSettings settings = TestSettings(Issue(ClientLeaf(), "member"));
  settings.files.crl_dir = crl_dir;
  auto credentials = ClientTls(settings, "127.0.0.1", absl::Now());
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  const Answer answer = WhoAmI(MakeChannel(hub.target(), *credentials));
  EXPECT_EQ(answer.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(hub.calls(), 0);
}

// Two generations of files behind one directory link, as a renewal leaves them.
class Renewal : public Handshake {
 protected:
  TlsFiles IssueGeneration(const std::string& generation, const LeafSpec& spec) {
    const std::string generation_dir = File(generation);
    std::filesystem::create_directory(generation_dir);
    authority_.Issue(spec, generation_dir, "own");
    const std::string draft = File("current.new");
    std::filesystem::create_symlink(generation_dir, draft);
    std::filesystem::rename(draft, File("current"));
    TlsFiles files;
    files.certificate_path = File("current/own.crt");
    files.private_key_path = File("current/own.key");
    files.ca_path = File("current/own.ca.crt");
    return files;
  }

  const absl::Time deadline_ = absl::Now() + absl::Seconds(30);
};

TEST_F(Renewal, OfAHubsCertificateReachesNewConnectionsWithoutARestart) {
  auto hub = StartHub(TestSettings(IssueGeneration("first", HubLeaf("first"))));
  ASSERT_EQ(WhoAmI(Connect(hub->target())).hub_uri, "spiffe://coalition.test/hub/first");
  IssueGeneration("second", HubLeaf("second"));
  Answer answer;
  do {
    answer = WhoAmI(Connect(hub->target()));
    ASSERT_TRUE(answer.status.ok()) << answer.status;  // no connection fails meanwhile
  } while (answer.hub_uri != "spiffe://coalition.test/hub/second" && absl::Now() < deadline_);
  EXPECT_EQ(answer.hub_uri, "spiffe://coalition.test/hub/second");
}

TEST_F(Renewal, OfAMembersCertificateReachesNewConnectionsWithoutARestart) {
  auto hub = StartHub();
  const TlsFiles files = IssueGeneration("first", ClientLeaf("member/first"));
  auto credentials = ClientTls(TestSettings(files), "127.0.0.1", absl::Now());
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  ASSERT_EQ(WhoAmI(MakeChannel(hub->target(), *credentials)).reply,
            "spiffe://coalition.test/member/first");
  IssueGeneration("second", ClientLeaf("member/second"));
  Answer answer;
  do {
    answer = WhoAmI(MakeChannel(hub->target(), *credentials));
    ASSERT_TRUE(answer.status.ok()) << answer.status;
  } while (answer.reply != "spiffe://coalition.test/member/second" && absl::Now() < deadline_);
  EXPECT_EQ(answer.reply, "spiffe://coalition.test/member/second");
}

// A client of plain OpenSSL with a right certificate, for what gRPC's client would never do.
class RawClient {
 public:
  RawClient(const TlsFiles& files, int max_version) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    SSL_CTX_use_certificate_file(context_.get(), files.certificate_path.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), files.private_key_path.c_str(), SSL_FILETYPE_PEM);
  }

  // Whether the handshake is done and the server then speaks HTTP/2. Offers the ticket of the time
  // before, if any.
  bool Connect(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool done = ConnectOn(fd, port);
    TakeOpenSslError();
    close(fd);
    return done;
  }

  bool has_ticket() const { return session_ != nullptr; }

 private:
  using SessionPtr = std::unique_ptr<SSL_SESSION, OpenSslDeleter<SSL_SESSION, SSL_SESSION_free>>;

  bool ConnectOn(int fd, int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) return false;
    SslPtr ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), fd);
    const unsigned char alpn[] = {2, 'h', '2'};
    SSL_set_alpn_protos(ssl.get(), alpn, sizeof(alpn));
    if (SSL_connect(ssl.get()) != 1) return false;
    // Tickets arrive before the first bytes of HTTP/2.
    char byte = 0;
    if (SSL_read(ssl.get(), &byte, 1) != 1) return false;
    SessionPtr session(SSL_get1_session(ssl.get()));
    if (SSL_SESSION_is_resumable(session.get()) == 1) session_ = std::move(session);
    return true;
  }

  SslCtxPtr context_;
  SessionPtr session_;
};

TEST_F(Handshake, RefusesTls12) {
  auto hub = StartHub();
  const TlsFiles files = Issue(ClientLeaf(), "member");
  EXPECT_FALSE(RawClient(files, TLS1_2_VERSION).Connect(hub->port()));
  EXPECT_TRUE(RawClient(files, TLS1_3_VERSION).Connect(hub->port()));
}

// A ticket would let a certificate that has expired or was revoked back in.
TEST_F(Handshake, GivesNoTicketToResumeWith) {
  auto hub = StartHub();
  RawClient client(Issue(ClientLeaf(), "member"), TLS1_3_VERSION);
  ASSERT_TRUE(client.Connect(hub->port()));
  EXPECT_FALSE(client.has_ticket());
}

TEST(HandshakeDeathTest, AHubThatLeavesTlsUnrestrictedStopsBeforeItListens) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a child without gRPC's threads
  EXPECT_EXIT(
      {
        unsetenv("GRPC_SSL_CIPHER_SUITES");
        const auto credentials = ServerTls(TlsSettings(), absl::Now());
        std::exit(credentials.status().code() == absl::StatusCode::kFailedPrecondition ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(Handshake, StopsBeforeTheFirstConnectionWhereTheOwnFilesAreWrong) {
  const TlsFiles member = Issue(ClientLeaf(), "member");
  const TlsFiles hub = Issue(HubLeaf(), "hub");
  EXPECT_EQ(ServerTls(TestSettings(member), absl::Now()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ClientTls(TestSettings(hub), "127.0.0.1", absl::Now()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ClientTls(TestSettings(member), "", absl::Now()).status().code(),
            absl::StatusCode::kInvalidArgument);
  TlsSettings settings = TestSettings(hub);
  settings.files.crl_dir = File("nowhere");
  EXPECT_EQ(ServerTls(settings, absl::Now()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vervet::net
