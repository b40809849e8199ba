#include "member-sdk/src/canonical/platform_account.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kPlatformAccount;
constexpr auto kType = SignatureType::kPlatformAccount;

TEST(PlatformAccount, GoldenVectorsOfVersion1) {
  ExpectGolden(
      kKind, kType,
      {
          {"marketplace.example:123456", "marketplace.example:123456"},
          {"Marketplace.Example/123456", "marketplace.example:123456"},
          {"www.marketplace.example.: １２３４５６ ", "marketplace.example:123456"},
          {"ｍａｒｋｅｔｐｌａｃｅ．ｅｘａｍｐｌｅ：１２３４５６", "marketplace.example:123456"},
          {"marketplace.example:007", "marketplace.example:007"},
          {"social.example:@Jane_Doe", "social.example:jane_doe"},
          {"social.example/jane_doe", "social.example:jane_doe"},
          {"social.example:＠JANE\u200B_doe", "social.example:jane_doe"},
          {"social.example:@123456", "social.example:@123456"},
          {"social.example:channel:UCabc", "social.example:channel:ucabc"},
          {"m.social.example:7", "m.social.example:7"},
          {"bücher.example:7", "xn--bcher-kva.example:7"},
          {"social.example:Джейн", "social.example:джейн"},
          {"social.example:" + std::string(128, 'a'), "social.example:" + std::string(128, 'a')},
      });
}

TEST(PlatformAccount, KeepsANumericHandleApartFromANumericId) {
  EXPECT_NE(FormOf(kKind, kType, "social.example:@123")->text,
            FormOf(kKind, kType, "social.example:123")->text);
}

TEST(PlatformAccount, RefusesWhatNamesNoAccount) {
  ExpectRefused(kKind, {
                           {"123456", "names no platform"},
                           {"@jane_doe", "names no platform"},
                           {"marketplace:123456", "single label"},
                           {"192.0.2.1:123456", "IP address"},
                           {"https://marketplace.example/user/123456", "is a URL"},
                           {"marketplace.example/user/123456", "part of a URL"},
                           {"marketplace.example:123456?tab=sold", "part of a URL"},
                           {"marketplace.example:", "account is missing"},
                           {"marketplace.example:@", "account is missing"},
                           {"marketplace.example:@@jane", "more than one @"},
                           {"marketplace.example:jane doe", "space"},
                           {"marketplace.example:" + std::string(129, 'a'), "128 bytes"},
                           {"", "empty"},
                       });
}

}  // namespace
}  // namespace vervet::canonical
