#include "hub/views/progress/draws.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace vervet::hub::progress {
namespace {

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments MomentsOf(int count, const std::function<double()>& draw) {
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < count; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  return {sum / count, squares / count - sum / count * (sum / count)};
}

TEST(Draws, AreTheSameBitsOnEveryMachine) {
  // Written down once; a machine, a compiler or an option that changes one bit fails here.
  DrawStream stream(SeedOf({"golden", "draws"}));
  EXPECT_EQ(stream.Bits(), 0xfe7b21085a43b9dbu);
  EXPECT_EQ(stream.Uniform(), 0x1.0d473cdc21055p-1);
  EXPECT_EQ(stream.Normal(), 0x1.5d429f65e55aep+0);
  EXPECT_EQ(stream.Gamma(0.5), 0x1.d2abf3bd295f9p-5);
  EXPECT_EQ(stream.Gamma(17), 0x1.fa96eda23db6fp+3);
  EXPECT_EQ(stream.Beta(3, 40), 0x1.cea28c6f9bbafp-4);
  EXPECT_EQ(stream.Binomial(1'000'000, 1e-4), 110u);
}

TEST(Draws, TakeLogarithmsAndPowersAsTheLibraryDoes) {
  for (double x = 1e-300; x < 1e300; x *= 1.37) {
    EXPECT_NEAR(PortableLog(x) / std::log(x), 1, 1e-14) << x;
  }
  EXPECT_EQ(PortableLog(1), 0);
  for (double x = -690; x < 690; x += 1.37) {
    EXPECT_NEAR(PortableExp(x) / std::exp(x), 1, 1e-14) << x;
  }
  EXPECT_EQ(PortableExp(-701), 0);
}

TEST(Draws, SeedsTellTheirPartsApart) {
  EXPECT_NE(SeedOf({"ab", "c"}), SeedOf({"a", "bc"}));
  EXPECT_NE(SeedOf({"a"}), SeedOf({"a", ""}));
  EXPECT_EQ(SeedOf({"a", "b"}), SeedOf({"a", "b"}));
}

TEST(Draws, GammaHasItsMeanAndVariance) {
  DrawStream stream(1);
  for (double shape : {0.05, 0.5, 1.0, 3.0, 250.0}) {
    const Moments moments = MomentsOf(100'000, [&] { return stream.Gamma(shape); });
    EXPECT_NEAR(moments.mean / shape, 1, 5 / std::sqrt(shape * 100'000)) << shape;
    EXPECT_NEAR(moments.variance / shape, 1, shape < 0.5 ? 0.12 : 0.04) << shape;
  }
  EXPECT_EQ(stream.Gamma(0), 0);
}

TEST(Draws, BinomialHasItsMeanAndVarianceForAPlatformsSize) {
  DrawStream stream(2);
  const Moments moments =
      MomentsOf(20'000, [&] { return static_cast<double>(stream.Binomial(1'000'000'000, 3e-8)); });
  EXPECT_NEAR(moments.mean, 30, 0.2);
  EXPECT_NEAR(moments.variance, 30, 1.5);
  EXPECT_EQ(stream.Binomial(7, 1), 7u);
  EXPECT_EQ(stream.Binomial(7, 0), 0u);
  EXPECT_EQ(stream.Binomial(1000, 1), 1000u);
}

TEST(Draws, QuantilesInterpolateBetweenNeighbours) {
  std::vector<double> draws = {4, 1, 3, 2, 5};
  EXPECT_EQ(QuantileOf(absl::MakeSpan(draws), 0.5), 3);
  EXPECT_DOUBLE_EQ(QuantileOf(absl::MakeSpan(draws), 0.625), 3.5);
  EXPECT_EQ(QuantileOf(absl::MakeSpan(draws), 0), 1);
  EXPECT_EQ(QuantileOf(absl::MakeSpan(draws), 1), 5);
}

}  // namespace
}  // namespace vervet::hub::progress
