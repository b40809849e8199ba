// What every implementation behind the seam has to do; each is also compared with libsodium's.
#include "core/oprf/curve.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/manual_environment.h"
#include "core/oprf/voprf.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

constexpr size_t kCounts[] = {1, 2, 7, 8, 9, 17};  // around the lanes of a vector

class CurveTest : public testing::TestWithParam<const Curve& (*)()> {
 protected:
  const Curve& curve() const { return GetParam()(); }

  std::vector<uint8_t> RandomPoints(size_t count) {
    std::vector<uint8_t> uniform(count * kDigestBytes);
    env_.FillRandom(absl::MakeSpan(uniform));
    std::vector<uint8_t> points(count * Element::kSizeBytes);
    SodiumCurve().MapToGroup(uniform, absl::MakeSpan(points));
    return points;
  }
  std::vector<Scalar> RandomScalars(size_t count) {
    std::vector<Scalar> scalars;
    for (size_t i = 0; i < count; ++i) scalars.push_back(Scalar::Random(env_));
    return scalars;
  }
  static std::vector<uint8_t> Pack(const std::vector<Scalar>& scalars) {
    std::vector<uint8_t> packed;
    for (const Scalar& scalar : scalars) {
      packed.insert(packed.end(), scalar.RevealSecret().begin(), scalar.RevealSecret().end());
    }
    return packed;
  }

  ManualEnvironment env_{11};
};

TEST_P(CurveTest, AgreesWithLibsodium) {
  for (const size_t count : kCounts) {
    const auto points = RandomPoints(count);
    const auto scalars = RandomScalars(count);
    std::vector<uint8_t> expected(points.size()), actual(points.size());

    ASSERT_EQ(SodiumCurve().MultiplyAll(scalars[0], points, absl::MakeSpan(expected)), count);
    ASSERT_EQ(curve().MultiplyAll(scalars[0], points, absl::MakeSpan(actual)), count);
    EXPECT_EQ(actual, expected);

    ASSERT_EQ(SodiumCurve().MultiplyEach(scalars, points, absl::MakeSpan(expected)), count);
    ASSERT_EQ(curve().MultiplyEach(scalars, points, absl::MakeSpan(actual)), count);
    EXPECT_EQ(actual, expected);

    expected.resize(32), actual.resize(32);
    const auto weights = Pack(scalars);
    ASSERT_EQ(SodiumCurve().WeightedSum(weights, points, absl::MakeSpan(expected)), count);
    ASSERT_EQ(curve().WeightedSum(weights, points, absl::MakeSpan(actual)), count);
    EXPECT_EQ(actual, expected);
  }
}

TEST_P(CurveTest, MapsLikeTheVectorsOfRfc9496) {
  // Appendix A.3, first and second vector.
  const std::string uniform = Unhex(
      "5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1"
      "4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6"
      "f116b34b8f17ceb56e8732a60d913dd10cce47a6d53bee9204be8b44f6678b27"
      "0102a56902e2488c46120e9276cfe54638286b9e4b3cdb470b542d46c2068d38");
  std::vector<uint8_t> out(64);
  curve().MapToGroup(AsBytes(uniform), absl::MakeSpan(out));
  EXPECT_EQ(Hex(out),
            "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
            "f26e5b6f7d362d2d2a94c5d0e7602cb4773c95a2e5c31a64f133189fa76ed61b");
}

TEST_P(CurveTest, MultipliesByTheLargestScalar) {
  const auto points = RandomPoints(8);
  std::vector<uint8_t> negated(points.size()), back(points.size());
  const Scalar minus_one = ScalarOf(kOrderMinusOne);
  ASSERT_EQ(curve().MultiplyAll(minus_one, points, absl::MakeSpan(negated)), 8u);
  ASSERT_EQ(curve().MultiplyAll(minus_one, negated, absl::MakeSpan(back)), 8u);
  EXPECT_NE(negated, points);
  EXPECT_EQ(back, points);
}

TEST_P(CurveTest, SumsToTheIdentityWhereTermsCancel) {
  std::vector<uint8_t> points = RandomPoints(1);
  points.insert(points.end(), points.begin(), points.begin() + 32);
  std::vector<Scalar> weights = RandomScalars(1);
  weights.push_back(weights[0].Minus(weights[0]).Minus(weights[0]));
  std::vector<uint8_t> sum(32, 0xff);
  ASSERT_EQ(curve().WeightedSum(Pack(weights), points, absl::MakeSpan(sum)), 2u);
  EXPECT_EQ(sum, std::vector<uint8_t>(32, 0));
}

TEST_P(CurveTest, LeavesOutAPointOfWeightZero) {
  const std::vector<uint8_t> points = RandomPoints(2);
  std::vector<uint8_t> weights(64, 0);
  weights[32] = 1;
  std::vector<uint8_t> sum(32);
  ASSERT_EQ(curve().WeightedSum(weights, points, absl::MakeSpan(sum)), 2u);
  EXPECT_EQ(sum, std::vector<uint8_t>(points.begin() + 32, points.end()));
}

TEST_P(CurveTest, NamesTheFirstElementItRefuses) {
  const std::string bad[] = {
      std::string(32, '\0'),                                                       // identity
      Unhex("01" + std::string(62, '0')),                                          // negative
      Unhex("ed" + std::string(60, 'f') + "7f"),                                   // not reduced
      Unhex("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),   // no element
      Unhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2df6")};  // bit 255
  for (const std::string& encoding : bad) {
    for (const size_t at : {0, 3, 8}) {
      auto points = RandomPoints(10);
      std::copy(encoding.begin(), encoding.end(), points.begin() + at * 32);
      std::copy(encoding.begin(), encoding.end(), points.begin() + 9 * 32);
      const auto scalars = RandomScalars(10);
      std::vector<uint8_t> out(points.size());
      EXPECT_EQ(curve().MultiplyAll(scalars[0], points, absl::MakeSpan(out)), at) << Hex(encoding);
      EXPECT_EQ(curve().MultiplyEach(scalars, points, absl::MakeSpan(out)), at) << Hex(encoding);
      EXPECT_EQ(curve().WeightedSum(Pack(scalars), points, absl::MakeSpan(out)), at)
          << Hex(encoding);
    }
  }
}

TEST_P(CurveTest, NamesAFineElementWhoseSecretScalarIsZero) {
  const auto points = RandomPoints(9);
  auto scalars = RandomScalars(9);
  const Scalar taken = std::move(scalars[4]);
  std::vector<uint8_t> out(points.size());
  EXPECT_EQ(curve().MultiplyEach(scalars, points, absl::MakeSpan(out)), 4u);
  EXPECT_EQ(curve().MultiplyAll(scalars[4], points, absl::MakeSpan(out)), 0u);
  EXPECT_FALSE(taken.IsZero());
}

INSTANTIATE_TEST_SUITE_P(Sodium, CurveTest, testing::Values(&SodiumCurve));
INSTANTIATE_TEST_SUITE_P(Best, CurveTest, testing::Values(&BestCurve));

}  // namespace
}  // namespace vervet::oprf
