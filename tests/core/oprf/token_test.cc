#include "core/oprf/token.h"

#include "absl/hash/hash_testing.h"
#include "core/base/manual_environment.h"
#include "core/oprf/voprf.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

using absl::StatusCode;

// Golden values: the key is that of RFC 9497's mode 1 vectors; N and the tokens were computed by a
// second implementation, written from RFC 9380, 9496 and 9497. A change here breaks every stored
// signature.
struct Golden {
  uint32_t type, rules_version, epoch;
  absl::string_view canonical_form, input, unblinded, token;
};
constexpr Golden kGolden[] = {
    {1, 1, 1, "+14155550123",
     "00097665727665742f7631000400000001000400000001000c2b3134313535353530313233",
     "32c2ed184ca12ad8eabcae881d2ae5c110f161f07e774e94a4748f23043a070b",
     "6a8381202560eb2ae7c3ea65ba6f7b58"},
    {2, 7, 0x01020304, "\xc5\xbeofie@example.org",
     "00097665727665742f76310004000000020004000000070012c5be6f666965406578616d706c652e6f7267",
     "727a1da606e45b2f403ba3c955d1a94ebaaaaca966c735d1110c25868ca46c57",
     "273b535186643b3e17d605c2d8d7878c"}};

TEST(Token, HasTheGoldenInputs) {
  for (const Golden& golden : kGolden) {
    const auto input = Input(golden.type, golden.rules_version, golden.canonical_form);
    ASSERT_TRUE(input.ok()) << input.status();
    EXPECT_EQ(Hex(*input), golden.input);
  }
}

TEST(Token, HasTheGoldenValuesAfterAWholeExchange) {
  ManualEnvironment env;
  const KeyPair key =
      KeyPair::FromSecretKey(
          ScalarOf("e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909"))
          .value();
  for (const Golden& golden : kGolden) {
    const auto input = Input(golden.type, golden.rules_version, golden.canonical_form);
    ASSERT_TRUE(input.ok());
    const auto blinded = BlindBatch({*input}, env);
    ASSERT_TRUE(blinded.ok());
    const auto evaluated = EvaluateBatch(key, AsBytes(blinded->blinded_packed), env);
    ASSERT_TRUE(evaluated.ok());
    const auto unblinded = VerifyAndUnblindBatch(
        key.public_key(), *blinded, AsBytes(evaluated->evaluated_packed), evaluated->proof);
    ASSERT_TRUE(unblinded.ok()) << unblinded.status();
    EXPECT_EQ(Hex(unblinded->at(0).bytes()), golden.unblinded);
    EXPECT_EQ(DeriveToken(golden.type, golden.epoch, unblinded->at(0)).hex(), golden.token);
  }
}

TEST(Token, DiffersByTypeEpochAndElement) {
  const Element n = ElementOf(kGolden[0].unblinded);
  const Token token = DeriveToken(1, 2, n);
  EXPECT_NE(token, DeriveToken(2, 1, n));
  EXPECT_NE(token, DeriveToken(1, 3, n));
  EXPECT_NE(token, DeriveToken(1, 2, ElementOf(kGolden[1].unblinded)));
  EXPECT_EQ(token, DeriveToken(1, 2, n));
}

TEST(Token, InputKeepsTypeAndRulesVersionApart) {
  EXPECT_NE(*Input(1, 2, "x"), *Input(2, 1, "x"));
  EXPECT_NE(*Input(1, 1, "x"), *Input(1, 1, "xx"));
}

TEST(Token, InputRefusesAnEmptyOrOverlongCanonicalForm) {
  EXPECT_THAT(Input(1, 1, ""), FailsWith(StatusCode::kInvalidArgument, "0 bytes"));
  const auto longest = Input(1, 1, std::string(kMaxCanonicalFormBytes, 'x'));
  ASSERT_TRUE(longest.ok());
  EXPECT_EQ(longest->size(), kMaxInputBytes);
  const auto too_long = Input(1, 1, std::string(kMaxCanonicalFormBytes + 1, 'x'));
  EXPECT_THAT(too_long, FailsWith(StatusCode::kInvalidArgument, "65511 bytes"));
  EXPECT_EQ(too_long.status().message().find("xx"),
            absl::string_view::npos);  // names no identifier
}

TEST(Token, DecodesSixteenBytesAndNothingElse) {
  const auto token = Token::Decode(AsBytes(Unhex(kGolden[0].token)));
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->hex(), kGolden[0].token);
  EXPECT_THAT(Token::Decode(AsBytes("short")), FailsWith(StatusCode::kInvalidArgument, "5 bytes"));
  EXPECT_THAT(Token::Decode(AsBytes(std::string(17, 'x'))),
              FailsWith(StatusCode::kInvalidArgument, "17 bytes"));
}

TEST(Token, OrdersAndHashesByItsBytes) {
  const auto low = Token::Decode(AsBytes(Unhex("00000000000000000000000000000001"))).value();
  const auto high = Token::Decode(AsBytes(Unhex("ff000000000000000000000000000000"))).value();
  EXPECT_LT(Token(), low);
  EXPECT_LT(low, high);
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({Token(), low, high}));
}

// The reason for the token not being RFC 9497's output.
TEST(Token, ANewKeyNeedsTheStoredElementAndNotTheIdentifier) {
  ManualEnvironment env;
  const KeyPair old_key = GenerateKeyPair(env).value();
  const KeyPair new_key = GenerateKeyPair(env).value();
  const auto evaluate = [&](const KeyPair& key) {
    const auto blinded = BlindBatch({*Input(1, 1, "+14155550123")}, env).value();
    const auto evaluated = EvaluateBatch(key, AsBytes(blinded.blinded_packed), env).value();
    return VerifyAndUnblindBatch(key.public_key(), blinded, AsBytes(evaluated.evaluated_packed),
                                 evaluated.proof)
        .value()
        .at(0);
  };
  const Element stored = evaluate(old_key);
  const Scalar delta = new_key.secret_key().Times(old_key.secret_key().Inverse());
  const auto rekeyed = BlindEvaluateBatch(delta, stored.bytes());
  ASSERT_TRUE(rekeyed.ok());
  EXPECT_EQ(DeriveToken(1, 2, Element::Decode(AsBytes(*rekeyed)).value()),
            DeriveToken(1, 2, evaluate(new_key)));
}

}  // namespace
}  // namespace vervet::oprf
