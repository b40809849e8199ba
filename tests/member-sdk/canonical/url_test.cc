#include "member-sdk/src/canonical/url.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kUrl;
constexpr auto kType = SignatureType::kUrl;

TEST(Url, GoldenVectorsOfVersion1) {
  ExpectGolden(
      kKind, kType,
      {
          {"https://shop.example/item/5", "https://shop.example/item/5"},
          {"HTTP://WWW.Shop.Example:80/item/5/", "https://shop.example/item/5"},
          {"https://shop.example.:443/item/5#photos", "https://shop.example/item/5"},
          {"https://shop.example:8443/", "https://shop.example:8443/"},
          {"https://shop.example:/", "https://shop.example/"},
          {"http://shop.example", "https://shop.example/"},
          {"https://shop.example?id=5", "https://shop.example/?id=5"},
          {"https://shop.example/a/./b/../c/%2e%2e/d//", "https://shop.example/a/d"},
          {"https://shop.example/../..//x", "https://shop.example//x"},
          {"https://shop.example/%7ejane/%c3%a9", "https://shop.example/~jane/%C3%A9"},
          {"https://shop.example/~jane/é", "https://shop.example/~jane/%C3%A9"},
          {"https://shop.example/Item/A%2fB", "https://shop.example/Item/A%2FB"},
          {"https://bücher.example/象牙", "https://xn--bcher-kva.example/%E8%B1%A1%E7%89%99"},
          {"https://ｓｈｏｐ.example/x\u200B", "https://shop.example/x"},
          {"https://r3---a.shop.example/x", "https://r3---a.shop.example/x"},
      });
}

TEST(Url, DropsTrackingParametersAndOrdersTheRest) {
  ExpectGolden(
      kKind, kType,
      {
          {"https://shop.example/x?utm_source=a&id=5&fbclid=b&GCLID=c",
           "https://shop.example/x?id=5"},
          {"https://shop.example/x?%75tm_campaign=a", "https://shop.example/x"},
          {"https://shop.example/x?b=2&a=1&&=", "https://shop.example/x?a=1&b=2"},
          {"https://shop.example/x?b=2&a=9&a=1", "https://shop.example/x?a=9&a=1&b=2"},
          {"https://shop.example/x?q=a%20b+c/d?e", "https://shop.example/x?q=a%20b+c/d?e"},
          {"https://shop.example/x?Q=A", "https://shop.example/x?Q=A"},
          {"https://shop.example/x?", "https://shop.example/x"},
          {"https://shop.example/x?" + std::string("utm_content=") + std::string(4000, 'a'),
           "https://shop.example/x"},
      });
}

TEST(Url, RefusesWhatIsNotAPublicPage) {
  ExpectRefused(kKind, {
                           {"shop.example/item/5", "begin with http"},
                           {"ftp://shop.example/item", "begin with http"},
                           {"javascript:alert(1)", "begin with http"},
                           {"https://jane:secret@shop.example/", "password"},
                           {"https://jane@shop.example/", "user name"},
                           {"https://192.0.2.1/item", "IP address"},
                           {"https://0xc0000201/item", "single label"},
                           {"https://1.2.3.0x4/item", "IP address"},
                           {"https://[2001:db8::1]/item", "IP address"},
                           {"https://[2001:db8::1]:8443/item", "IP address"},
                           {"https://localhost/item", "single label"},
                           {"https:///item", "domain is missing"},
                           {"https://shop.example:99999/item", "port"},
                           {"https://shop.example:80a/item", "port"},
                           {"https://shop.example/a b", "space"},
                           {"https://shop.example\\item", "backslash"},
                           {"https://shop.example/100%", "percent"},
                           {"https://shop.example/%zz", "percent"},
                           {"https://shop.example/%00", "control"},
                           {"https://shop.example/#!/item/5", "fragment"},
                           {"https://shop.example/#/item/5", "fragment"},
                           {"https://shop.example/" + std::string(2100, 'a'), "2048 bytes"},
                           {"https://shop.example/" + std::string(9000, 'a'), "8192 bytes"},
                           {"", "empty"},
                       });
}

}  // namespace
}  // namespace vervet::canonical
