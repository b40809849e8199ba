// Who is refused at the door, and that nothing comes of it.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using test_support::ClientLeaf;
using test_support::LeafSpec;

class Access : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    coalition_ = std::make_unique<TestCoalition>();
    Request();  // the first evaluation reserves a block of them: an event of the hub's own
  }
  static void TearDownTestSuite() { coalition_.reset(); }

  void SetUp() override { size_before_ = coalition_->LogSize(); }

  // A publication that would be right from member/market.
  static v1::PublishRequest Request() {
    RawClient market = coalition_->As("market");
    const auto request = GoodPublishRequest(market, "somebody@example.com", kEverybody);
    EXPECT_TRUE(request.ok()) << request.status();
    return request.value_or(v1::PublishRequest());
  }
  static absl::Status PublishAs(RawClient caller) { return caller.Publish(Request()).status(); }

  void ExpectNothingStored() { EXPECT_EQ(coalition_->LogSize(), size_before_); }

  static std::unique_ptr<TestCoalition> coalition_;
  uint64_t size_before_ = 0;
};

std::unique_ptr<TestCoalition> Access::coalition_;

TEST_F(Access, LetsAnAdmittedMemberPublish) {
  EXPECT_TRUE(PublishAs(coalition_->As("market")).ok());
  EXPECT_EQ(coalition_->LogSize(), size_before_ + 1);
}

// The handshake itself fails, so that the caller learns it as a connection that does not come
// about.
TEST_F(Access, RefusesACallerWithoutACertificate) {
  RawClient caller(coalition_->hub().address(), {"", "", (*coalition_)->tls_of("market").ca, ""});
  EXPECT_THAT(PublishAs(std::move(caller)), FailsWith(StatusCode::kUnavailable, ""));
  ExpectNothingStored();
}

TEST_F(Access, RefusesACertificateOfAnotherAuthority) {
  test_support::CertificateAuthority other("another authority");
  RawClient caller(coalition_->hub().address(),
                   coalition_->Issue(ClientLeaf("member/market"), other));
  EXPECT_THAT(PublishAs(std::move(caller)), FailsWith(StatusCode::kUnavailable, ""));
  ExpectNothingStored();
}

TEST_F(Access, RefusesAnExpiredCertificate) {
  LeafSpec expired = ClientLeaf("member/market");
  expired.not_before = absl::Now() - absl::Hours(48);
  expired.not_after = absl::Now() - absl::Hours(24);
  EXPECT_THAT(PublishAs(coalition_->With(expired)), FailsWith(StatusCode::kUnavailable, ""));
  ExpectNothingStored();
}

TEST_F(Access, RefusesACertificateThatIsForServersAlone) {
  LeafSpec server = ClientLeaf("member/market");
  server.extended_key_usage = "serverAuth";
  EXPECT_THAT(PublishAs(coalition_->With(server)), FailsWith(StatusCode::kUnavailable, ""));
  ExpectNothingStored();
}

TEST_F(Access, RefusesAnotherTrustDomain) {
  LeafSpec other;
  other.uris = {"spiffe://another.test/member/market"};
  EXPECT_THAT(PublishAs(coalition_->With(other)),
              FailsWith(StatusCode::kUnauthenticated, "coalition"));
  ExpectNothingStored();
}

TEST_F(Access, RefusesACertificateWithoutAUri) {
  LeafSpec nameless;
  nameless.dns_names = {"market.example"};
  EXPECT_THAT(PublishAs(coalition_->With(nameless)),
              FailsWith(StatusCode::kUnauthenticated, "URI"));
  ExpectNothingStored();
}

TEST_F(Access, RefusesARoleThatMayNotCallAMethod) {
  EXPECT_THAT(PublishAs(coalition_->As("coordinator")),
              FailsWith(StatusCode::kPermissionDenied, "role"));
  EXPECT_THAT(coalition_->As("market").List().status(),
              FailsWith(StatusCode::kPermissionDenied, "role"));
  EXPECT_THAT(coalition_->As("market").Suspend("member/social", "envy").status(),
              FailsWith(StatusCode::kPermissionDenied, "role"));
  EXPECT_THAT(PublishAs(coalition_->With(ClientLeaf("auditor/market"))),
              FailsWith(StatusCode::kPermissionDenied, "role"));
  ExpectNothingStored();
}

TEST_F(Access, RefusesWhoeverWasNotAdmitted) {
  EXPECT_THAT(PublishAs(coalition_->With(ClientLeaf("member/stranger"))),
              FailsWith(StatusCode::kPermissionDenied, "admit"));
  EXPECT_THAT(coalition_->With(ClientLeaf("coordinator/stranger")).List().status(),
              FailsWith(StatusCode::kPermissionDenied, "admit"));
  ExpectNothingStored();
}

TEST_F(Access, SuspendsAMemberInUnaryCallsAndInMidStream) {
  RawClient social = coalition_->As("social"), coordinator = coalition_->As("coordinator");
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const auto stream = social.exchange().Sync(&context);
  v1::SyncRequest hello;
  hello.mutable_hello();
  stream->Write(hello);
  v1::SyncResponse response;
  ASSERT_TRUE(stream->Read(&response));  // it is open

  ASSERT_TRUE(coordinator.Suspend("member/social", "certificate lost").ok());
  EXPECT_EQ(coalition_->LogSize(), size_before_ + 1);
  while (stream->Read(&response)) {
  }
  EXPECT_THAT(net::FromGrpc(stream->Finish(), context),
              FailsWith(StatusCode::kPermissionDenied, "suspended"));
  const v1::PublishRequest request = Request();
  EXPECT_THAT(social.Publish(request).status(),
              FailsWith(StatusCode::kPermissionDenied, "suspended"));
  EXPECT_THAT(social.Evaluate({}).status(), FailsWith(StatusCode::kPermissionDenied, "suspended"));
  EXPECT_EQ(coalition_->LogSize(), size_before_ + 1);

  ASSERT_TRUE(coordinator.Reinstate("member/social", "new certificate").ok());
  EXPECT_TRUE(social.Publish(request).ok());
}

}  // namespace
}  // namespace vervet::integration
