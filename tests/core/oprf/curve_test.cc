// What every implementation behind the seam has to do with the edges; differential_test.cc does the
// random ones.
#include "core/oprf/curve.h"

#include <algorithm>
#include <cfenv>
#include <utility>
#include <vector>

#include "core/base/manual_environment.h"
#include "core/oprf/curve_lanes.h"
#include "core/oprf/curve_testing.h"
#include "core/oprf/voprf.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/oprf/test_curves.h"

namespace vervet::oprf {
namespace {

constexpr size_t kCounts[] = {1, 2, 7, 8, 9, 17};  // around the lanes of a vector

std::vector<std::string> CurveNames() {
  std::vector<std::string> names;
  for (const Curve* curve : RunnableCurves()) names.emplace_back(curve->name());
  return names;
}

class CurveTest : public testing::TestWithParam<std::string> {
 protected:
  const Curve& curve() const { return CurveNamed(GetParam()); }

  std::vector<uint8_t> RandomPoints(size_t count) {
    std::vector<uint8_t> uniform(count * kDigestBytes), points(count * Element::kSizeBytes);
    env_.FillRandom(absl::MakeSpan(uniform));
    const Scalar one = ScalarOf("01" + std::string(62, '0'));
    SodiumCurve().MultiplyAll(one, *SodiumCurve().MapToGroup(uniform), absl::MakeSpan(points));
    return points;
  }
  std::unique_ptr<CurvePoints> Decoded(Bytes packed) const {
    std::unique_ptr<CurvePoints> points;
    EXPECT_EQ(curve().Decode(packed, &points), packed.size() / Element::kSizeBytes);
    return points;
  }
  std::vector<Scalar> RandomScalars(size_t count) { return oprf::RandomScalars(count, env_); }
  static std::vector<uint8_t> Pack(const std::vector<Scalar>& scalars) {
    std::vector<uint8_t> packed;
    for (const Scalar& scalar : scalars) {
      packed.insert(packed.end(), scalar.RevealSecret().begin(), scalar.RevealSecret().end());
    }
    return packed;
  }
  std::string Times(const Scalar& scalar, absl::string_view hex) {
    std::vector<uint8_t> out(Element::kSizeBytes);
    curve().MultiplyAll(scalar, *Decoded(AsBytes(Unhex(hex))), absl::MakeSpan(out));
    return Hex(out);
  }

  ManualEnvironment env_{11};
};

TEST_P(CurveTest, MultipliesTheGeneratorLikeTheVectorsOfRfc9496) {
  // Appendix A.1: 0·G to 15·G.
  const absl::string_view multiples[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
      "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
      "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
      "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
      "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
      "f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
      "44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
      "903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
      "02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
      "20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
      "bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
      "e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
      "aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
      "46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
      "e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e"};
  for (size_t i = 1; i < std::size(multiples); ++i) {
    const char digit = static_cast<char>(i);
    const Scalar scalar =
        Scalar::Decode(AsBytes(std::string(1, digit) + std::string(31, '\0'))).value();
    EXPECT_EQ(Times(scalar, kGenerator), multiples[i]) << i;
  }
  EXPECT_EQ(Times(ScalarOf(kOrderMinusOne).Minus(ScalarOf(kOrderMinusOne)), kGenerator),
            multiples[0]);
}

TEST_P(CurveTest, MapsLikeTheVectorsOfRfc9496) {
  // Appendix A.3: the first two, and the four that encode one element.
  const std::string uniform = Unhex(
      "5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
      "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6"
      "f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b27"
      "0102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38"
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      "1200000000000000000000000000000000000000000000000000000000000000"
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      "0000000000000000000000000000000000000000000000000000000000000080"
      "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
      "0000000000000000000000000000000000000000000000000000000000000000"
      "1200000000000000000000000000000000000000000000000000000000000080");
  const std::string same = "304282791023b73128d277bdcb5c7746ef2eac08dde9f2983379cb8e5ef0517f";
  const auto points = curve().MapToGroup(AsBytes(uniform));
  ASSERT_EQ(points->size(), 6u);
  std::vector<uint8_t> out(6 * 32);
  EXPECT_EQ(
      curve().MultiplyAll(ScalarOf("01" + std::string(62, '0')), *points, absl::MakeSpan(out)), 6u);
  EXPECT_EQ(Hex(out),
            "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
            "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b" +
                same + same + same + same);
}

TEST_P(CurveTest, MultipliesByTheLargestScalar) {
  for (const size_t count : kCounts) {
    const auto points = RandomPoints(count);
    std::vector<uint8_t> negated(points.size()), back(points.size());
    const Scalar minus_one = ScalarOf(kOrderMinusOne);
    ASSERT_EQ(curve().MultiplyAll(minus_one, *Decoded(points), absl::MakeSpan(negated)), count);
    ASSERT_EQ(curve().MultiplyAll(minus_one, *Decoded(negated), absl::MakeSpan(back)), count);
    EXPECT_NE(negated, points);
    EXPECT_EQ(back, points);
  }
}

TEST_P(CurveTest, MultipliesByOneAndByScalarsOfExtremeDigits) {
  const auto points = RandomPoints(9);
  std::vector<uint8_t> out(points.size()), expected(points.size());
  std::unique_ptr<CurvePoints> sodium_points;
  ASSERT_EQ(SodiumCurve().Decode(points, &sodium_points), 9u);
  // One, two, digits of 8 everywhere, of 7, of 15, a single high bit, the order minus two.
  for (const std::string& hex :
       {"01" + std::string(62, '0'), "02" + std::string(62, '0'), std::string(62, '8') + "08",
        std::string(62, '7') + "07", std::string(62, 'f') + "0f", std::string(62, '0') + "10",
        "eb" + std::string(kOrderMinusOne.substr(2))}) {
    const Scalar scalar = ScalarOf(hex);
    ASSERT_EQ(SodiumCurve().MultiplyAll(scalar, *sodium_points, absl::MakeSpan(expected)), 9u);
    ASSERT_EQ(curve().MultiplyAll(scalar, *Decoded(points), absl::MakeSpan(out)), 9u);
    EXPECT_EQ(out, expected) << hex;
  }
}

TEST_P(CurveTest, SumsToTheIdentityWhereTermsCancel) {
  std::vector<uint8_t> points = RandomPoints(1);
  points.insert(points.end(), points.begin(), points.begin() + 32);
  std::vector<Scalar> weights = RandomScalars(1);
  weights.push_back(weights[0].Minus(weights[0]).Minus(weights[0]));
  std::vector<uint8_t> sum(32, 0xff);
  curve().WeightedSum(Pack(weights), *Decoded(points), absl::MakeSpan(sum));
  EXPECT_EQ(sum, std::vector<uint8_t>(32, 0));
}

TEST_P(CurveTest, LeavesOutAPointOfWeightZero) {
  const std::vector<uint8_t> points = RandomPoints(2);
  std::vector<uint8_t> weights(64, 0);
  weights[32] = 1;
  std::vector<uint8_t> sum(32);
  curve().WeightedSum(weights, *Decoded(points), absl::MakeSpan(sum));
  EXPECT_EQ(sum, std::vector<uint8_t>(points.begin() + 32, points.end()));
}

TEST_P(CurveTest, AddsAPointToItself) {
  const std::vector<uint8_t> one = RandomPoints(1);
  std::vector<uint8_t> points, weights(17 * 32, 0);
  for (size_t i = 0; i < 17; ++i) {
    points.insert(points.end(), one.begin(), one.end());
    weights[i * 32] = 1;
  }
  std::vector<uint8_t> sum(32), product(32);
  curve().WeightedSum(weights, *Decoded(points), absl::MakeSpan(sum));
  curve().MultiplyAll(ScalarOf("11" + std::string(62, '0')), *Decoded(one),
                      absl::MakeSpan(product));
  EXPECT_EQ(sum, product);
}

TEST_P(CurveTest, SumsWithExtremeWeightsLikeLibsodium) {
  // Digits at both ends of every window, equal points in equal buckets, and as many points as are
  // summed in another way than few.
  const std::string extremes[] = {std::string(64, '0'),        "01" + std::string(62, '0'),
                                  std::string(62, '8') + "08", std::string(62, '7') + "07",
                                  std::string(62, 'f') + "0f", std::string(62, '0') + "10",
                                  std::string(kOrderMinusOne)};
  for (const size_t count : {3, 9, 130}) {
    const std::vector<uint8_t> three = RandomPoints(3);
    std::vector<uint8_t> points, expected(32), sum(32);
    std::string weights;
    for (size_t i = 0; i < count; ++i) {
      points.insert(points.end(), three.begin() + i % 3 * 32, three.begin() + i % 3 * 32 + 32);
      weights += Unhex(extremes[i % std::size(extremes)]);
    }
    std::unique_ptr<CurvePoints> sodium_points;
    ASSERT_EQ(SodiumCurve().Decode(points, &sodium_points), count);
    SodiumCurve().WeightedSum(AsBytes(weights), *sodium_points, absl::MakeSpan(expected));
    curve().WeightedSum(AsBytes(weights), *Decoded(points), absl::MakeSpan(sum));
    EXPECT_EQ(sum, expected) << count;
    curve().WeightedSum(std::vector<uint8_t>(count * 32, 0), *Decoded(points), absl::MakeSpan(sum));
    EXPECT_EQ(sum, std::vector<uint8_t>(32, 0)) << "all weights are zero";
  }
}

TEST_P(CurveTest, SumsPointsThatItMadeLikeThoseThatItDecoded) {
  const auto base = curve().Prepare(Generator());
  for (const size_t count : {2, 9, 130}) {
    const auto points = RandomPoints(count);
    const auto scalars = RandomScalars(count);
    const auto weights = Pack(RandomScalars(count));
    std::vector<uint8_t> encodings(points.size()), of_points(32), of_encodings(32);
    std::unique_ptr<CurvePoints> kept;
    ASSERT_EQ(curve().AddMultiples(*Decoded(points), scalars, *base, false,
                                   absl::MakeSpan(encodings), &kept),
              count);
    curve().WeightedSum(weights, *kept, absl::MakeSpan(of_points));
    curve().WeightedSum(weights, *Decoded(encodings), absl::MakeSpan(of_encodings));
    EXPECT_EQ(of_points, of_encodings);
  }
}

TEST_P(CurveTest, SumsPointsOfWhichOneIsTheIdentity) {
  // base - base, and others: what encodes as zero is a point like any other in a sum.
  const auto points = RandomPoints(130);
  const Element first = Element::Decode(Bytes(points.data(), 32)).value();
  std::vector<Scalar> ones;
  for (int i = 0; i < 130; ++i) ones.push_back(ScalarOf("01" + std::string(62, '0')));
  std::vector<uint8_t> differences(points.size()), sum(32), expected(32);
  std::unique_ptr<CurvePoints> kept;
  ASSERT_EQ(curve().AddMultiples(*Decoded(points), ones, *curve().Prepare(first), true,
                                 absl::MakeSpan(differences), &kept),
            0u);
  const auto weights = Pack(RandomScalars(130));
  curve().WeightedSum(weights, *kept, absl::MakeSpan(sum));
  const Bytes others(differences.data() + 32, differences.size() - 32);
  curve().WeightedSum(Bytes(weights).subspan(32), *Decoded(others), absl::MakeSpan(expected));
  EXPECT_EQ(sum, expected);
}

TEST_P(CurveTest, ExpandsMessagesLikeRfc9380) {
  // Lengths around the end of a block, where the padding makes another one.
  for (const size_t tag_bytes : {1, 42, 255}) {
    const std::string dst(tag_bytes, 'T');
    for (const size_t bytes : {0, 1, 64, 65, 66, 106, 107, 145, 193, 194}) {
      for (const size_t count : kCounts) {
        std::vector<uint8_t> messages(count * bytes), expected(count * kDigestBytes);
        std::vector<uint8_t> actual(expected.size());
        env_.FillRandom(absl::MakeSpan(messages));
        for (size_t i = 0; i < count; ++i) {
          ExpandMessageXmd({Bytes(messages).subspan(i * bytes, bytes)}, dst,
                           absl::MakeSpan(expected).subspan(i * kDigestBytes, kDigestBytes));
        }
        curve().ExpandEach(messages, bytes, dst, absl::MakeSpan(actual));
        EXPECT_EQ(actual, expected) << count << " messages of " << bytes << " bytes";
      }
    }
  }
}

TEST_P(CurveTest, TakesAnEmptyBatch) {
  std::vector<uint8_t> sum(32, 0xff);
  const auto points = Decoded({});
  ASSERT_NE(points, nullptr);
  EXPECT_EQ(curve().MultiplyAll(Scalar::Random(env_), *points, {}), 0u);
  EXPECT_EQ(curve().MultiplyEach({}, *points, {}), 0u);
  EXPECT_EQ(curve().MapToGroup({})->size(), 0u);
  curve().WeightedSum({}, *points, absl::MakeSpan(sum));
  EXPECT_EQ(sum, std::vector<uint8_t>(32, 0));
}

// RFC 9496, appendix A.2, and what this project refuses beyond it.
constexpr absl::string_view kBadEncodings[] = {
    // The identity.
    "0000000000000000000000000000000000000000000000000000000000000000",
    // Not below p.
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // Negative.
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    "c940e5a4404157cfb1628b108db051a8d439e1a421394ec4ebccb9ec92a8ac78",
    "47cfc5497c53dc8e61c91d17fd626ffb1c49e2bca94eed052281b510b1117a24",
    "f1c6165d33367351b0da8f6e4511010c68174a03b6581212c71c0e1d026c3c72",
    "87260f7a2f12495118360f02c26a470f450dadf34a413d21042b43b9d93e1309",
    // No square.
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    "de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
    "bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
    "2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
    "f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
    "8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
    "2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
    // A negative x·y.
    "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
    "a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
    "d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
    "8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
    "32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
    "227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
    "5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
    "445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
    // s = -1, whose y is zero.
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    // The generator with bit 255, and the identity with it.
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6",
    "0000000000000000000000000000000000000000000000000000000000000080"};

TEST_P(CurveTest, NamesTheFirstElementItRefuses) {
  for (const absl::string_view hex : kBadEncodings) {
    const std::string encoding = Unhex(hex);
    for (const size_t at : {0, 3, 8}) {
      auto points = RandomPoints(10);
      std::copy(encoding.begin(), encoding.end(), points.begin() + at * 32);
      std::copy(encoding.begin(), encoding.end(), points.begin() + 9 * 32);
      std::unique_ptr<CurvePoints> decoded;
      EXPECT_EQ(curve().Decode(points, &decoded), at) << hex;
      EXPECT_EQ(decoded, nullptr);
    }
  }
}

TEST_P(CurveTest, NamesTheFirstOfTwoThatAreWrongInDifferentWays) {
  // The second is seen at a glance, the first by arithmetic only; both in one block of lanes.
  auto points = RandomPoints(4);
  const std::string no_square = Unhex(kBadEncodings[14]);
  std::copy(no_square.begin(), no_square.end(), points.begin() + 32);
  std::fill_n(points.begin() + 3 * 32, 32, uint8_t{0xff});
  std::unique_ptr<CurvePoints> decoded;
  EXPECT_EQ(curve().Decode(points, &decoded), 1u);
}

TEST_P(CurveTest, NamesTheProductsThatAreTheIdentity) {
  const auto points = RandomPoints(9);
  auto scalars = RandomScalars(9);
  const Scalar taken = std::move(scalars[4]);
  std::vector<uint8_t> out(points.size());
  EXPECT_EQ(curve().MultiplyEach(scalars, *Decoded(points), absl::MakeSpan(out)), 4u);
  EXPECT_EQ(Hex(Bytes(&out[4 * 32], 32)), std::string(64, '0'));
  EXPECT_NE(Hex(Bytes(&out[8 * 32], 32)), std::string(64, '0')) << "the others are there";
  EXPECT_EQ(curve().MultiplyAll(scalars[4], *Decoded(points), absl::MakeSpan(out)), 0u);
  EXPECT_FALSE(taken.IsZero());
}

TEST_P(CurveTest, DoesNotDependOnTheProgramsRoundingMode) {
  const auto points = RandomPoints(9);
  const auto scalars = RandomScalars(9);
  std::vector<uint8_t> expected(points.size()), actual(points.size());
  curve().MultiplyEach(scalars, *Decoded(points), absl::MakeSpan(expected));
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    ASSERT_EQ(std::fesetround(mode), 0);
    curve().MultiplyEach(scalars, *Decoded(points), absl::MakeSpan(actual));
    EXPECT_EQ(std::fegetround(), mode) << "it is the program's";
    std::fesetround(FE_TONEAREST);
    EXPECT_EQ(actual, expected) << mode;
  }
}

TEST_P(CurveTest, AddsMultiplesOfABaseLikeLibsodium) {
  const Element key = Element::Decode(RandomPoints(1)).value();
  for (const Element& base : {Generator(), key}) {
    for (const size_t count : {1, 7, 8, 9, 255, 257}) {
      const auto points = RandomPoints(count);
      const auto scalars = RandomScalars(count);
      std::unique_ptr<CurvePoints> sodium_points, sums;
      ASSERT_EQ(SodiumCurve().Decode(points, &sodium_points), count);
      for (const bool subtract : {false, true}) {
        std::vector<uint8_t> expected(points.size()), actual(points.size());
        SodiumCurve().AddMultiples(*sodium_points, scalars, *SodiumCurve().Prepare(base), subtract,
                                   absl::MakeSpan(expected), nullptr);
        ASSERT_EQ(curve().AddMultiples(*Decoded(points), scalars, *curve().Prepare(base), subtract,
                                       absl::MakeSpan(actual), &sums),
                  count);
        EXPECT_EQ(actual, expected);
        std::vector<uint8_t> of_points(points.size()), of_encodings(points.size());
        curve().MultiplyAll(scalars[0], *sums, absl::MakeSpan(of_points));
        curve().MultiplyAll(scalars[0], *Decoded(actual), absl::MakeSpan(of_encodings));
        EXPECT_EQ(of_points, of_encodings) << "the points are those of the encodings";
      }
    }
  }
}

TEST_P(CurveTest, AddsMultiplesOfExtremeScalars) {
  const auto points = RandomPoints(1);
  const auto base = curve().Prepare(Element::Decode(points).value());
  const auto sum_with = [&](Scalar scalar) {
    std::vector<Scalar> scalars;
    scalars.push_back(std::move(scalar));
    std::vector<uint8_t> out(32);
    const size_t refused =
        curve().AddMultiples(*Decoded(points), scalars, *base, false, absl::MakeSpan(out), nullptr);
    EXPECT_EQ(refused == 0, Hex(out) == std::string(64, '0'));
    return out;
  };
  const auto times = [&](const std::string& hex) {
    std::vector<uint8_t> out(32);
    curve().MultiplyAll(ScalarOf(hex), *Decoded(points), absl::MakeSpan(out));
    return out;
  };
  Scalar moved_from = Scalar::Random(env_);
  const Scalar taken = std::move(moved_from);
  EXPECT_EQ(sum_with(std::move(moved_from)), points) << "zero times";
  EXPECT_EQ(sum_with(ScalarOf("01" + std::string(62, '0'))), times("02" + std::string(62, '0')))
      << "a point and itself";
  EXPECT_EQ(sum_with(ScalarOf("08" + std::string(62, '0'))), times("09" + std::string(62, '0')));
  EXPECT_EQ(sum_with(ScalarOf(std::string(62, '8') + "08")),
            times("89" + std::string(60, '8') + "08"));
  EXPECT_EQ(sum_with(ScalarOf(kOrderMinusOne)), std::vector<uint8_t>(32, 0)) << "the identity";
  EXPECT_FALSE(taken.IsZero());
}

TEST_P(CurveTest, TakesAwayWhatItAdded) {
  const auto points = RandomPoints(9);
  const auto base = curve().Prepare(Generator());
  const auto scalars = RandomScalars(9);
  std::vector<uint8_t> sums(points.size()), back(points.size());
  std::unique_ptr<CurvePoints> kept;
  ASSERT_EQ(
      curve().AddMultiples(*Decoded(points), scalars, *base, false, absl::MakeSpan(sums), &kept),
      9u);
  ASSERT_EQ(curve().AddMultiples(*kept, scalars, *base, true, absl::MakeSpan(back), nullptr), 9u);
  EXPECT_EQ(back, points);
}

TEST_P(CurveTest, RunsAWholeExchange) {
  const ScopedCurveForTesting scoped(curve());
  const KeyPair key = GenerateKeyPair(env_).value();
  const auto blinded = BlindBatch({"a", "b", "a", "c"}, env_).value();
  const auto evaluated = EvaluateBatch(key, AsBytes(blinded.blinded_packed), env_).value();
  const auto elements = VerifyAndUnblindBatch(key.public_key(), blinded,
                                              AsBytes(evaluated.evaluated_packed), evaluated.proof);
  ASSERT_TRUE(elements.ok()) << elements.status();
  ASSERT_EQ(elements->size(), 4u);
  EXPECT_EQ(elements->at(0), elements->at(2));
  const ScopedCurveForTesting other(SodiumCurve());
  EXPECT_TRUE(VerifyProof(key.public_key(), AsBytes(blinded.blinded_packed),
                          AsBytes(evaluated.evaluated_packed), evaluated.proof)
                  .ok())
      << "a peer with libsodium agrees";
}

INSTANTIATE_TEST_SUITE_P(All, CurveTest, testing::ValuesIn(CurveNames()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace vervet::oprf
