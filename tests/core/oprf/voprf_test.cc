#include "core/oprf/voprf.h"

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"
#include "core/oprf/voprf_testing.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

using absl::StatusCode;

// A client's and a server's half of one exchange over `count` inputs.
class Voprf : public testing::Test {
 protected:
  void Exchange(size_t count) {
    inputs_.clear();
    for (size_t i = 0; i < count; ++i) inputs_.push_back(absl::StrCat("input ", i));
    blinded_ = BlindBatch(inputs_, env_).value();
    evaluated_ = EvaluateBatch(key_, AsBytes(blinded_.blinded_packed), env_).value();
  }
  absl::StatusOr<std::vector<Element>> Finish() { return FinishWith(key_.public_key()); }
  absl::StatusOr<std::vector<Element>> FinishWith(const Element& public_key) {
    return VerifyAndUnblindBatch(public_key, blinded_, AsBytes(evaluated_.evaluated_packed),
                                 evaluated_.proof);
  }
  // k · H(input), computed without any blinding.
  Element Direct(absl::string_view input) {
    const Element hashed =
        HashToGroup({AsBytes(input)}, DomainTag("HashToGroup-", Mode::kVoprf)).value();
    const std::string n = BlindEvaluateBatch(key_.secret_key(), hashed.bytes()).value();
    return Element::Decode(AsBytes(n)).value();
  }

  ManualEnvironment env_{3};
  KeyPair key_ = GenerateKeyPair(env_).value();
  std::vector<std::string> inputs_;
  BlindedBatch blinded_;
  EvaluatedBatch evaluated_{"", Proof::Decode(AsBytes(std::string(64, '\0'))).value()};
};

TEST_F(Voprf, UnblindsToTheKeyTimesTheHashedInput) {
  for (const size_t count : {1, 2, 9, 64}) {
    Exchange(count);
    const auto unblinded = Finish();
    ASSERT_TRUE(unblinded.ok()) << unblinded.status();
    ASSERT_EQ(unblinded->size(), count);
    for (size_t i = 0; i < count; ++i) EXPECT_EQ(unblinded->at(i), Direct(inputs_[i]));
  }
}

TEST_F(Voprf, GivesTheSameElementForEveryBlindAndHidesTheInputBehindIt) {
  Exchange(3);
  const auto first = Finish();
  const std::string first_blinded = blinded_.blinded_packed;
  Exchange(3);
  const auto second = Finish();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(*first, *second);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NE(Hex(At(first_blinded, i)), Hex(At(blinded_.blinded_packed, i)));
  }
}

TEST_F(Voprf, SendsEqualInputsOfABatchOnce) {
  inputs_ = {"same", "other", "same", "same", "last"};
  blinded_ = BlindBatch(inputs_, env_).value();
  EXPECT_EQ(blinded_.elements(), 3u);
  evaluated_ = EvaluateBatch(key_, AsBytes(blinded_.blinded_packed), env_).value();
  const auto unblinded = Finish();
  ASSERT_TRUE(unblinded.ok()) << unblinded.status();
  ASSERT_EQ(unblinded->size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(unblinded->at(i), Direct(inputs_[i]));
}

TEST_F(Voprf, BlindsTheSameInputDifferentlyInAnotherBatch) {
  EXPECT_NE(BlindBatch({"same"}, env_)->blinded_packed, BlindBatch({"same"}, env_)->blinded_packed);
}

TEST_F(Voprf, DoesOneElementLikeABatch) {
  const auto blinded = Blind("input", env_);
  ASSERT_TRUE(blinded.ok());
  const auto evaluated = EvaluateBatch(key_, blinded->blinded.bytes(), env_);
  ASSERT_TRUE(evaluated.ok());
  ASSERT_TRUE(VerifyProof(key_.public_key(), blinded->blinded.bytes(),
                          AsBytes(evaluated->evaluated_packed), evaluated->proof)
                  .ok());
  const auto unblinded =
      Unblind(blinded->blind, Element::Decode(AsBytes(evaluated->evaluated_packed)).value());
  ASSERT_TRUE(unblinded.ok());
  EXPECT_EQ(*unblinded, Direct("input"));
}

TEST_F(Voprf, DrawsAFreshNonceForEveryProof) {
  Exchange(1);
  const auto again = EvaluateBatch(key_, AsBytes(blinded_.blinded_packed), env_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->evaluated_packed, evaluated_.evaluated_packed);
  EXPECT_FALSE(again->proof == evaluated_.proof);
}

TEST_F(Voprf, RefusesAProofWithAnyOneBitWrong) {
  Exchange(2);
  const auto good = evaluated_.proof.bytes();
  for (size_t bit = 0; bit < 512; ++bit) {
    auto bytes = good;
    bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const auto proof = Proof::Decode(bytes);
    if (!proof.ok()) continue;  // no longer two canonical scalars
    evaluated_.proof = *proof;
    EXPECT_THAT(Finish(), FailsWith(StatusCode::kDataLoss, "it does not hold")) << bit;
  }
  evaluated_.proof = Proof::Decode(good).value();
  EXPECT_TRUE(Finish().ok());
}

TEST_F(Voprf, RefusesAnAnswerInAnotherOrder) {
  Exchange(3);
  std::string& packed = evaluated_.evaluated_packed;
  packed = packed.substr(32, 32) + packed.substr(0, 32) + packed.substr(64);
  EXPECT_THAT(Finish(), FailsWith(StatusCode::kDataLoss, "it does not hold"));
}

TEST_F(Voprf, RefusesOneElementMadeWithAnotherKey) {
  Exchange(5);
  const KeyPair other = GenerateKeyPair(env_).value();
  const std::string wrong =
      BlindEvaluateBatch(other.secret_key(), At(blinded_.blinded_packed, 4)).value();
  evaluated_.evaluated_packed.replace(4 * 32, 32, wrong);
  EXPECT_THAT(Finish(), FailsWith(StatusCode::kDataLoss, "it does not hold"));
}

TEST_F(Voprf, RefusesAnswersOfAnotherKeyThanThePinnedOne) {
  Exchange(2);
  EXPECT_THAT(FinishWith(GenerateKeyPair(env_).value().public_key()),
              FailsWith(StatusCode::kDataLoss, "check the pinned public key"));
}

TEST_F(Voprf, RefusesTheProofOfAnotherBatch) {
  Exchange(2);
  const Proof other = evaluated_.proof;
  Exchange(2);
  evaluated_.proof = other;
  EXPECT_THAT(Finish(), FailsWith(StatusCode::kDataLoss, "it does not hold"));
}

TEST_F(Voprf, ServerNamesTheBadElementOfABatch) {
  const std::string generator = Unhex(kGenerator);
  std::string bit255 = generator;
  bit255[31] = static_cast<char>(bit255[31] | 0x80);
  const std::pair<std::string, std::string> cases[] = {
      {std::string(32, '\0'), "blinded[3]: the identity element"},
      {bit255, "blinded[3]: bit 255 is set"},
      {Unhex("ee" + std::string(60, 'f') + "7f"), "blinded[3]: the value is not below 2^255-19"},
      {Unhex("01" + std::string(62, '0')), "blinded[3]: the value is odd"},
      {Unhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
       "blinded[3]: no ristretto255 element"}};
  for (const auto& [encoding, message] : cases) {
    const std::string packed = generator + generator + generator + encoding + generator;
    EXPECT_THAT(EvaluateBatch(key_, AsBytes(packed), env_),
                FailsWith(StatusCode::kInvalidArgument, message));
    EXPECT_THAT(BlindEvaluateBatch(key_.secret_key(), AsBytes(packed)),
                FailsWith(StatusCode::kInvalidArgument, message));
  }
}

TEST_F(Voprf, ClientNamesTheBadElementOfAnAnswer) {
  Exchange(3);
  evaluated_.evaluated_packed.replace(64, 32, std::string(32, '\0'));
  EXPECT_THAT(Finish(), FailsWith(StatusCode::kInvalidArgument, "evaluated[2]: the identity"));
  EXPECT_THAT(UnblindBatch(key_.public_key(), blinded_, AsBytes(evaluated_.evaluated_packed)),
              FailsWith(StatusCode::kInvalidArgument, "evaluated[2]: the identity"));
}

TEST_F(Voprf, RefusesAnEmptyBatchAndHalfAnElement) {
  EXPECT_THAT(EvaluateBatch(key_, {}, env_),
              FailsWith(StatusCode::kInvalidArgument, "blinded: an empty batch"));
  EXPECT_THAT(EvaluateBatch(key_, AsBytes(std::string(33, 'x')), env_),
              FailsWith(StatusCode::kInvalidArgument, "blinded: 33 bytes"));
  EXPECT_THAT(BlindBatch({}, env_), FailsWith(StatusCode::kInvalidArgument, "inputs: 0 of them"));
  EXPECT_THAT(UnblindSeparately({}, {}),
              FailsWith(StatusCode::kInvalidArgument, "evaluated: an empty batch"));
}

TEST_F(Voprf, RefusesABatchPastTheRfcsLimit) {
  // The size is looked at before any element: these would be 65,536 identities.
  EXPECT_THAT(EvaluateBatch(key_, AsBytes(std::string((kMaxBatch + 1) * 32, '\0')), env_),
              FailsWith(StatusCode::kInvalidArgument, "blinded: 65536 elements"));
  EXPECT_THAT(EvaluateBatch(key_, AsBytes(std::string(kMaxBatch * 32, '\0')), env_),
              FailsWith(StatusCode::kInvalidArgument, "blinded[0]: the identity"));
  EXPECT_THAT(BlindBatch(std::vector<std::string>(kMaxBatch + 1), env_),
              FailsWith(StatusCode::kInvalidArgument, "inputs: 65536"));
}

TEST_F(Voprf, RefusesAnAnswerOfAnotherSize) {
  Exchange(3);
  evaluated_.evaluated_packed.resize(64);
  EXPECT_THAT(Finish(), FailsWith(StatusCode::kInvalidArgument, "2 elements for 3 blinded"));
  Exchange(3);
  std::vector<Scalar> two;
  for (int i = 0; i < 2; ++i) two.push_back(Scalar::Random(env_));
  EXPECT_THAT(UnblindSeparately(two, AsBytes(evaluated_.evaluated_packed)),
              FailsWith(StatusCode::kInvalidArgument, "blinds: 2 for 3"));
}

TEST_F(Voprf, TakesAnInputAtTheLimitAndRefusesOneByteMore) {
  const std::string longest(kMaxInputBytes, 'x');
  EXPECT_TRUE(BlindBatch({longest}, env_).ok());
  EXPECT_TRUE(Blind(longest, env_).ok());
  EXPECT_TRUE(Finalize(longest, key_.public_key()).ok());
  EXPECT_THAT(BlindBatch({"fine", longest + "x"}, env_),
              FailsWith(StatusCode::kInvalidArgument, "inputs[1]: 65536 bytes"));
  EXPECT_THAT(Blind(longest + "x", env_),
              FailsWith(StatusCode::kInvalidArgument, "input: 65536 bytes"));
  EXPECT_THAT(Finalize(longest + "x", key_.public_key()),
              FailsWith(StatusCode::kInvalidArgument, "input: 65536 bytes"));
}

TEST_F(Voprf, RefusesAStoredKeyThatIsNotACanonicalNonZeroScalar) {
  for (const std::string& hex :
       {std::string(64, '0'), std::string(kOrder), std::string(kOrderPlusOne), std::string("01")}) {
    EXPECT_THAT(KeyPair::FromSecretKey(AsBytes(Unhex(hex))),
                FailsWith(StatusCode::kInvalidArgument, "secret key: "))
        << hex;
  }
  EXPECT_TRUE(KeyPair::FromSecretKey(AsBytes(Unhex(kOrderMinusOne))).ok());
}

TEST_F(Voprf, RefusesAProofOfNonCanonicalScalars) {
  const std::string zero(32, '\0');
  const std::string order = Unhex(kOrder);
  EXPECT_THAT(Proof::Decode(AsBytes(order + zero)),
              FailsWith(StatusCode::kInvalidArgument, "proof: the challenge"));
  EXPECT_THAT(Proof::Decode(AsBytes(zero + order)),
              FailsWith(StatusCode::kInvalidArgument, "proof: the response"));
  EXPECT_THAT(Proof::Decode(AsBytes(zero)),
              FailsWith(StatusCode::kInvalidArgument, "proof: 32 bytes"));
}

TEST_F(Voprf, DerivesADifferentKeyForAnotherSeedInfoOrMode) {
  const std::string seed(32, '\x11');
  const auto key = DeriveKeyPair(AsBytes(seed), "phone");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(DeriveKeyPair(AsBytes(seed), "phone")->public_key(), key->public_key());
  EXPECT_NE(DeriveKeyPair(AsBytes(seed), "email")->public_key(), key->public_key());
  EXPECT_NE(DeriveKeyPair(AsBytes(std::string(32, '\x12')), "phone")->public_key(),
            key->public_key());
  EXPECT_NE(DeriveKeyPair(AsBytes(seed), "phone", Mode::kOprf)->public_key(), key->public_key());
}

TEST_F(Voprf, RefusesASeedOfAnotherLengthAndAnOverlongInfo) {
  EXPECT_THAT(DeriveKeyPair(AsBytes(std::string(31, 'x')), "phone"),
              FailsWith(StatusCode::kInvalidArgument, "seed: 31 bytes"));
  const std::string seed(32, 'x');
  EXPECT_TRUE(DeriveKeyPair(AsBytes(seed), std::string(65'535, 'i')).ok());
  EXPECT_THAT(DeriveKeyPair(AsBytes(seed), std::string(65'536, 'i')),
              FailsWith(StatusCode::kInvalidArgument, "info: 65536 bytes"));
}

}  // namespace
}  // namespace vervet::oprf
