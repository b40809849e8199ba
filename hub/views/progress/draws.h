// Random draws that are the same bits on every machine: a figure that was published must come out
// again, years later, under another compiler and C library. So nothing here comes from <random> or
// from the C library's log and exp, whose last bits differ; only operations that IEEE 754 fixes
// (+ - * / sqrt) are used, and this folder is compiled with -ffp-contract=off.
#ifndef VERVET_HUB_VIEWS_PROGRESS_DRAWS_H_
#define VERVET_HUB_VIEWS_PROGRESS_DRAWS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vervet::hub::progress {

// Natural logarithm of a positive, normal number, and e^x; relative error below 1e-15. Exp returns
// 0 below -700, and is not to be asked above 700.
double PortableLog(double x);
double PortableExp(double x);

// A seed from what a stream of draws is for. Parts are length-prefixed: {"ab","c"} is not
// {"a","bc"}. Not a cryptographic hash: who chooses a name to get pleasant draws moves a bound by
// no more than the simulation's own error.
uint64_t SeedOf(absl::Span<const absl::string_view> parts);

// A stream of draws: xoshiro256++ (Blackman and Vigna 2021), its state filled by splitmix64.
// Not thread-safe.
class DrawStream {
 public:
  explicit DrawStream(uint64_t seed);

  uint64_t Bits();
  double Uniform();  // in (0, 1), never either end
  double Normal();   // polar method (Marsaglia and Bray 1964)
  // Gamma(shape, scale 1); 0 where the shape is 0. Marsaglia and Tsang (2000).
  double Gamma(double shape);
  // By gamma ratio. A shape of 0 pulls the draw to its end: Beta(0, b) = 0, Beta(a, 0) = 1.
  double Beta(double a, double b);
  // How many of n succeed, exactly: the order statistics of n uniforms are bisected (Devroye 1986,
  // X.4), so that n may be as large as a platform.
  uint64_t Binomial(uint64_t n, double p);

 private:
  uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

// The q-quantile of draws, interpolated between neighbours (type 7 of Hyndman and Fan 1996).
// Of at least one draw; reorders them.
double QuantileOf(absl::Span<double> draws, double q);

// The 2.5% and the 97.5% quantile. Of at least one draw; reorders them.
std::pair<double, double> MiddleOf(absl::Span<double> draws);

}  // namespace vervet::hub::progress

#endif  // VERVET_HUB_VIEWS_PROGRESS_DRAWS_H_
