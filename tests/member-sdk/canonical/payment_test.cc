#include "member-sdk/src/canonical/payment.h"

#include <gtest/gtest.h>

#include "tests/member-sdk/canonical/vectors.h"

namespace vervet::canonical {
namespace {

constexpr auto kKind = IdentifierKind::kPaymentAccount;
constexpr auto kType = SignatureType::kPaymentAccount;

TEST(PaymentAccount, GoldenVectorsOfVersion1) {
  ExpectGolden(kKind, kType,
               {
                   {"DE89 3704 0044 0532 0130 00", "iban:DE89370400440532013000"},
                   {"iban:de89370400440532013000", "iban:DE89370400440532013000"},
                   {"IBAN DE89-3704-0044-0532-0130-00", "iban:DE89370400440532013000"},
                   {"ＩＢＡＮ：ＤＥ８９370400440532013000", "iban:DE89370400440532013000"},
                   {"GB82 WEST 1234 5698 7654 32", "iban:GB82WEST12345698765432"},
                   {"NO93 8601 1117 947", "iban:NO9386011117947"},
                   {"FR14 2004 1010 0505 0001 3M02 606", "iban:FR1420041010050500013M02606"},
                   {"bank:BFTVVNVX:0011-0041 2345", "bank:BFTVVNVX:001100412345"},
                   {"BANK: bftvvnvx005 : 001100412345", "bank:BFTVVNVX:001100412345"},
                   {"upi:Jane.Doe@OKBank", "upi:jane.doe@okbank"},
                   {"paypal:Jane@Example.com", "paypal:jane@example.com"},
                   {"paypal:https://www.paypal.me/JaneDoe/", "paypal:me/janedoe"},
                   {"paypal:paypal.me/JaneDoe", "paypal:me/janedoe"},
                   {"alipay:138 1234 5678", "alipay:+8613812345678", "CN"},
                   {"alipay:+86 138 1234 5678", "alipay:+8613812345678"},
                   {"alipay:Jane@example.com", "alipay:jane@example.com"},
                   {"alipay:2088123456789012", "alipay:2088123456789012"},
                   {"wechatpay:Jane_Doe88", "wechatpay:jane_doe88"},
                   {"wechatpay:13812345678", "wechatpay:+8613812345678", "CN"},
                   {"mpesa:0712 123 456", "mpesa:+254712123456", "KE"},
               });
}

TEST(PaymentAccount, RefusesCardNumbersInEveryDisguise) {
  constexpr char kCard[] = "card numbers must never be shared";
  ExpectRefused(kKind, {
                           {"4111111111111111", kCard},
                           {"4111 1111 1111 1111", kCard},
                           {"4111-1111-1111-1111", kCard},
                           {"4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1", kCard},
                           {"card:4111111111111111", kCard},
                           {"card:jane", kCard},
                           {"visa:4111111111111111", kCard},
                           {"iban:4111111111111111", kCard},
                           {"bank:BFTVVNVX:4111111111111111", kCard},
                           {"upi:4111111111111111@okbank", kCard},
                           {"paypal:4111111111111111@example.com", kCard},
                           {"paypal:+4111111111111111@example.com", kCard},
                           {"4111111111111111:paypal", kCard},
                           {"alipay:4111111111111111", kCard},
                           {"4111 1111 1111 1111 12/27 123", kCard},
                           {"４１１１　１１１１　１１１１　１１１１", kCard},
                           {"٤١١١١١١١١١١١١١١١", kCard},
                           {"4111\u200B1111\u200B1111\u200B1111", kCard},
                           {"378282246310005", kCard},      // 15 digits
                           {"4111111111119", kCard},        // 13
                           {"4111111111111111110", kCard},  // 19
                       });
}

TEST(PaymentAccount, AcceptsWhatCannotBeACardThoughItPassesLuhn) {
  ExpectGolden(kKind, kType,
               {
                   {"GB72 NWBK 60161331926821", "iban:GB72NWBK60161331926821"},
                   {"alipay:2088123456789008", "alipay:2088123456789008"},
               });
}

TEST(PaymentAccount, RefusesWhatItCannotMakeCanonical) {
  ExpectRefused(kKind, {
                           {"DE89370400440532013001", "no scheme"},
                           {"iban:DE89370400440532013001", "check digits"},
                           {"iban:DE8937040044053201300", "length"},
                           {"iban:ZZ591234567890123456", "ISO 13616"},
                           {"iban:jane", "not an IBAN"},
                           {"bank:001100412345", "BIC"},
                           {"bank:XX:001100412345", "BIC"},
                           {"bank:BFTVVNVX:12", "BIC"},
                           {"upi:jane@example.com", "UPI"},
                           {"upi:jane", "UPI"},
                           {"paypal:janedoe", "PayPal"},
                           {"paypal:jane@localhost", "single label"},
                           {"alipay:13812345678", "neither a leading +"},
                           {"wechatpay:jane", "WeChat"},
                           {"mpesa:0712123456", "neither a leading +"},
                           {"mpesa:", "nothing follows"},
                           {"zelle:jane@example.com", "scheme is not supported"},
                           {"jane@example.com", "no scheme"},
                           {"", "empty"},
                       });
}

TEST(PaymentAccount, RequiresAContributedPhoneNumberToBeValid) {
  ExpectRefused(kKind, {{"mpesa:+254112", "full number"}}, Strictness::kContribute);
  ExpectRefused(kKind, {{"mpesa:0862345678", "before sharing it", "KE"}}, Strictness::kContribute);
}

}  // namespace
}  // namespace vervet::canonical
