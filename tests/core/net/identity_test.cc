#include "core/net/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"

namespace vervet::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Identity, ReadsEveryRoleFromItsUriAndWritesItBack) {
  for (const char* role : {"member", "coordinator", "expert", "agency", "auditor", "hub"}) {
    const std::string uri = std::string("spiffe://coalition.example/") + role + "/market-1";
    const auto identity = ParseSpiffe(uri);
    ASSERT_TRUE(identity.ok()) << identity.status();
    EXPECT_EQ(identity->coalition, "coalition.example");
    EXPECT_EQ(RoleWord(identity->role), absl::string_view(role));
    EXPECT_EQ(identity->name, "market-1");
    EXPECT_EQ(identity->uri(), uri);
    EXPECT_EQ(identity->party(), std::string(role) + "/market-1");
  }
}

TEST(Identity, GivesEveryRoleOfTheProtocolAWord) {
  const auto* roles = vervet::v1::Role_descriptor();
  for (int i = 0; i < roles->value_count(); ++i) {
    const auto role = static_cast<vervet::v1::Role>(roles->value(i)->number());
    if (role == vervet::v1::ROLE_UNSPECIFIED) continue;
    EXPECT_EQ(ParseRole(RoleWord(role)).value_or(vervet::v1::ROLE_UNSPECIFIED), role)
        << roles->value(i)->name();
  }
  EXPECT_TRUE(RoleWord(vervet::v1::ROLE_UNSPECIFIED).empty());
}

struct Refusal {
  const char* uri;
  const char* reason;
};

TEST(Identity, RefusesEveryOtherSpellingOfAUriWithTheReason) {
  const Refusal refusals[] = {
      {"", "does not begin with spiffe://"},
      {"https://coalition.example/member/market", "does not begin with spiffe://"},
      {"SPIFFE://coalition.example/member/market", "does not begin with spiffe://"},
      {"spiffe:/coalition.example/member/market", "does not begin with spiffe://"},
      {"spiffe://coalition.example:443/member/market", "port"},
      {"spiffe://user@coalition.example/member/market", "user part"},
      {"spiffe://coalition.example/member/market?x=1", "query"},
      {"spiffe://coalition.example/member/market#x", "fragment"},
      {"spiffe://coalition.example/member/m%61rket", "percent escape"},
      {"spiffe://Coalition.example/member/market", "upper-case"},
      {"spiffe://coalition.example/Member/market", "upper-case"},
      {"spiffe://coalition.example/member/Market", "upper-case"},
      {"spiffe://coalition.example/member/mar ket", "printable ASCII"},
      {"spiffe://coalition.example/member/m\xc3\xa4rket", "printable ASCII"},
      {"spiffe:///member/market", "the coalition is empty"},
      {"spiffe://coalition.example", "0 path segments"},
      {"spiffe://coalition.example/member", "1 path segments"},
      {"spiffe://coalition.example/member/market/", "3 path segments"},
      {"spiffe://coalition.example/eu/member/market", "3 path segments"},
      {"spiffe://coalition.example//market", "none of member"},
      {"spiffe://coalition.example/member/", "the name (0 bytes)"},
      {"spiffe://coalition.example/hubs/market", "none of member"},
      {"spiffe://coalition.example/member/-market", "the first a letter or a digit"},
      {"spiffe://coalition.example/member/mar_ket", "a-z, 0-9 and -"},
      {"spiffe://coalition.example/member/mar.ket", "a-z, 0-9 and -"},
      {"spiffe://.example/member/market", "no DNS name"},
      {"spiffe://coalition..example/member/market", "no DNS name"},
      {"spiffe://coalition.example./member/market", "no DNS name"},
      {"spiffe://-coalition.example/member/market", "no DNS name"},
      {"spiffe://coalition-.example/member/market", "no DNS name"},
      {"spiffe://coalition_1.example/member/market", "no DNS name"},
  };
  for (const Refusal& refusal : refusals) {
    const auto identity = ParseSpiffe(refusal.uri);
    EXPECT_EQ(identity.status().code(), absl::StatusCode::kInvalidArgument) << refusal.uri;
    EXPECT_THAT(std::string(identity.status().message()), HasSubstr(refusal.reason)) << refusal.uri;
    EXPECT_THAT(std::string(identity.status().message()), Not(HasSubstr("market"))) << refusal.uri;
  }
}

TEST(Identity, RefusesANulByteInsideAUri) {
  EXPECT_FALSE(
      ParseSpiffe(absl::string_view("spiffe://coalition.example/member/mark\0t", 40)).ok());
}

TEST(Identity, TakesANameOfSixtyThreeBytesAndNoneOfSixtyFour) {
  const std::string prefix = "spiffe://coalition.example/member/";
  EXPECT_TRUE(ParseSpiffe(prefix + std::string(kMaxPartyNameBytes, 'a')).ok());
  EXPECT_FALSE(ParseSpiffe(prefix + std::string(kMaxPartyNameBytes + 1, 'a')).ok());
}

TEST(Identity, TakesACoalitionOf253BytesAndNoneOf254) {
  const std::string label(61, 'a');  // 61 + dot, four times, leaves 5 bytes
  const std::string four = label + "." + label + "." + label + "." + label + ".";
  EXPECT_TRUE(CheckCoalition(four + "abcde").ok());
  EXPECT_FALSE(CheckCoalition(four + "abcdef").ok());
  EXPECT_TRUE(CheckCoalition(std::string(63, 'a')).ok());
  EXPECT_FALSE(CheckCoalition(std::string(64, 'a')).ok());
}

TEST(Identity, ReadsAParty) {
  const auto party = ParseParty("agency/border-police");
  ASSERT_TRUE(party.ok()) << party.status();
  EXPECT_EQ(party->role, vervet::v1::AGENCY);
  EXPECT_EQ(party->name, "border-police");
  EXPECT_TRUE(party->coalition.empty());
}

TEST(Identity, RefusesAPartyOfAnotherForm) {
  for (const char* party : {"", "member", "member/", "/market", "member/market/1", "Member/market",
                            "platform/market", "member/Market", "member:market"}) {
    EXPECT_EQ(ParseParty(party).status().code(), absl::StatusCode::kInvalidArgument) << party;
  }
}

}  // namespace
}  // namespace vervet::net
