#include "member-sdk/src/canonical/email.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kEmail;

TEST(Email, GoldenVectorsOfVersion1) {
  ExpectGolden(kKind, SignatureType::kEmail,
               {
                   {"jane.doe@example.com", "jane.doe@example.com"},
                   {"  Jane.Doe@EXAMPLE.com. ", "jane.doe@example.com"},
                   {"ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "jane@example.com"},
                   {"jane﹫example。com", "jane@example.com"},
                   {"mailto:Jane@example.com", "jane@example.com"},
                   {"ja\u200Bne@exam\u00ADple.com\u200E", "jane@example.com"},
                   {"jane+tag@example.com", "jane+tag@example.com"},
                   {"Jane@BÜCHER.example", "jane@xn--bcher-kva.example"},
                   {"jane@xn--BCHER-kva.example", "jane@xn--bcher-kva.example"},
                   {"jane@bu\u0308cher.example", "jane@xn--bcher-kva.example"},
                   {"jane@straße.example", "jane@xn--strae-oqa.example"},
                   {"jane@STRAẞE.example", "jane@xn--strae-oqa.example"},
                   {"jane@نامه\u200Cای.example", "jane@xn--mgba3gch31f060k.example"},
                   {"ДЖЕЙН@пример.example", "джейн@xn--e1afmkfd.example"},
                   {"用户@例子.example", "用户@xn--fsqu00a.example"},
                   {"o'neil/x=y@example.co.uk", "o'neil/x=y@example.co.uk"},
                   {std::string(64, 'a') + "@example.com", std::string(64, 'a') + "@example.com"},
               });
}

TEST(Email, GoldenVectorsOfTheAliasVersion1) {
  ExpectGolden(kKind, SignatureType::kEmailAlias,
               {
                   {"Jane.Doe+ivory@Gmail.com", "janedoe@gmail.com"},
                   {"j.a.n.e.doe@googlemail.com", "janedoe@gmail.com"},
                   {"jane.doe+x@outlook.com", "jane.doe@outlook.com"},
                   {"jane.doe+x@hotmail.co.uk", "jane.doe@hotmail.co.uk"},
                   {"jane-doe@yahoo.com", "jane-doe@yahoo.com"},
                   {"Jane_Doe-1.2+x@proton.me", "janedoe12@proton.me"},
                   {"jane.doe@protonmail.com", "janedoe@protonmail.com"},
                   {"jane@me.com", "jane@icloud.com"},
                   {"jane+x@mac.com", "jane@icloud.com"},
                   {"jane-doe@ya.ru", "jane-doe@yandex.ru"},
                   {"jane.doe+x@yandex.com", "jane-doe@yandex.ru"},
                   {"shop@jane.fastmail.com", "jane@fastmail.com"},
                   {"jane+shop@fastmail.com", "jane@fastmail.com"},
                   {"12345+x@qq.com", "12345+x@qq.com"},
                   {"jane+a+b@example.com", "jane@example.com"},
                   {"ＪＡＮＥ＋ｔａｇ@example.com", "jane@example.com"},
                   {"jane.doe@example.com", "jane.doe@example.com"},
               });
}

TEST(Email, AliasKeepsTagsThatTellPeopleApart) {
  ExpectGolden(kKind, SignatureType::kEmailAlias,
               {
                   {"noreply+4711@example.com", "noreply+4711@example.com"},
                   {"Support+jane@example.com", "support+jane@example.com"},
                   {"+jane@example.com", "+jane@example.com"},
                   {"jane.+x@example.com", "jane.+x@example.com"},
                   {"-_+x@proton.me", "+x@proton.me"},
                   {"-_@proton.me", "-_@proton.me"},
               });
}

TEST(Email, AliasDoesNotMergeDomainsThatOthersCanHold) {
  const auto alias = [](const char* raw) {
    return FormOf(kKind, SignatureType::kEmailAlias, raw)->text;
  };
  EXPECT_NE(alias("jane@outlook.com"), alias("jane@hotmail.com"));
  EXPECT_NE(alias("jane@proton.me"), alias("jane@pm.me"));
  EXPECT_NE(alias("jane.doe@example.com"), alias("janedoe@example.com"));
}

TEST(Email, RefusesWhatIsNotAPlainAddress) {
  ExpectRefused(
      kKind, {
                 {"Jane <jane@example.com>", "display name"},
                 {"<jane@example.com>", "angle brackets"},
                 {"jane doe@example.com", "space"},
                 {"\"jane doe\"@example.com", "quoted"},
                 {"jane(work)@example.com", "RFC 5322"},
                 {"jane@example.com, joe@example.com", "more than one @"},
                 {"jane@joe@example.com", "more than one @"},
                 {"jane.example.com", "no @"},
                 {"@example.com", "before the @"},
                 {"jane@", "domain is missing"},
                 {".jane@example.com", "dot before the @"},
                 {"jane.@example.com", "dot before the @"},
                 {"ja..ne@example.com", "dot before the @"},
                 {"jane@localhost", "single label"},
                 {"jane@[192.0.2.1]", "IP address"},
                 {"jane@192.0.2.1", "IP address"},
                 {"jane@exa mple.com", "UTS 46"},
                 {"jane@exa_mple.com", "UTS 46"},
                 {"jane@-example.com", "UTS 46"},
                 {"jane@example..com", "UTS 46"},
                 {"jane@xn--a-\u00E4.com", "UTS 46"},
                 {"jane@exam\u200Cple.com", "UTS 46"},
                 {"mailto:jane@example.com?subject=ivory", "mailto"},
                 {"mailto:jane%40example.com", "mailto"},
                 {std::string(65, 'a') + "@example.com", "more than 64 bytes"},
                 {std::string(40, 'a') + "@" + std::string(60, 'b') + "." + std::string(60, 'c') +
                      "." + std::string(60, 'd') + "." + std::string(60, 'e') + ".com",
                  "254 bytes"},
                 {std::string(2000, 'a') + "@example.com", "longer than 1024"},
                 {"jane\n@example.com", "line break"},
                 {std::string("jane\0@example.com", 17), "NUL"},
             });
}

}  // namespace
}  // namespace vervet::canonical
