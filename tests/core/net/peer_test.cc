#include "core/net/peer.h"

#include <gmock/gmock.h>
#include <grpcpp/security/auth_context.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace vervet::net {
namespace {

// An authentication context with the given properties and nothing else.
class FakeAuthContext final : public grpc::AuthContext {
 public:
  explicit FakeAuthContext(std::vector<std::pair<std::string, std::string>> properties)
      : properties_(std::move(properties)) {}

  bool IsPeerAuthenticated() const override { return true; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    std::vector<grpc::string_ref> values;
    for (const auto& [key, value] : properties_) {
      if (key == name) values.emplace_back(value);
    }
    return values;
  }
  grpc::AuthPropertyIterator begin() const override { return end(); }
  grpc::AuthPropertyIterator end() const override { return EmptyIterator(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  // The base's constructor is for derived classes.
  struct EmptyIterator : grpc::AuthPropertyIterator {};

  const std::vector<std::pair<std::string, std::string>> properties_;
};

constexpr char kUri[] = "spiffe://coalition.test/expert/pangolins";

TEST(PeerIdentity, IsTheOneSpiffeUri) {
  const auto identity = PeerIdentity(
      FakeAuthContext({{"peer_uri", kUri}, {"peer_spiffe_id", kUri}}), "coalition.test");
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->party(), "expert/pangolins");
}

TEST(PeerIdentity, IsRefusedWithoutExactlyOneUriOfThisCoalition) {
  using Properties = std::vector<std::pair<std::string, std::string>>;
  const Properties wrong[] = {
      {},
      {{"peer_uri", "https://example.test/"}},
      {{"x509_common_name", kUri}, {"x509_subject_alternative_name", kUri}},
      {{"peer_spiffe_id", kUri}, {"peer_spiffe_id", kUri}},
      {{"peer_uri", kUri}, {"peer_uri", "https://example.test/"}, {"peer_spiffe_id", kUri}},
      {{"peer_spiffe_id", "spiffe://coalition.test.evil/expert/pangolins"}},
      {{"peer_spiffe_id", "spiffe://coalition.test/expert/pangolins/x"}},
  };
  for (const Properties& properties : wrong) {
    EXPECT_EQ(PeerIdentity(FakeAuthContext(properties), "coalition.test").status().code(),
              absl::StatusCode::kUnauthenticated);
  }
}

}  // namespace
}  // namespace vervet::net
