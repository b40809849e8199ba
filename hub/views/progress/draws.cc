#include "hub/views/progress/draws.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>

namespace vervet::hub::progress {
namespace {

static_assert(FLT_EVAL_METHOD == 0, "intermediate results in more than double would change draws");

constexpr double kLn2High = 6.93147180369123816490e-01;  // with 32 trailing zero bits
constexpr double kLn2Low = 1.90821492927058770002e-10;

uint64_t Mix(uint64_t* state) {  // splitmix64
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

uint64_t RotateLeft(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

double PortableLog(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
  double m;  // x = m * 2^exponent, m in [1, 2), then in [0.71, 1.42)
  std::memcpy(&m, &bits, sizeof m);
  if (m > 1.4142135623730951) {
    m /= 2;
    ++exponent;
  }
  // log m = 2 artanh z, z = (m-1)/(m+1), |z| < 0.1716: the first term left out is below 1e-18.
  const double z = (m - 1) / (m + 1);
  const double z2 = z * z;
  constexpr double kOneOver[] = {1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                 1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3};
  double sum = 0;
  for (const double one_over_k : kOneOver) sum = (sum + one_over_k) * z2;
  return exponent * kLn2High + (exponent * kLn2Low + 2 * z * (1 + sum));
}

double PortableExp(double x) {
  if (x < -700) return 0;
  const double k = std::floor(x / 0.69314718055994531 + 0.5);
  const double r = (x - k * kLn2High) - k * kLn2Low;  // |r| < 0.35
  double sum = 1;
  for (int i = 14; i >= 1; --i) sum = 1 + r * sum / i;
  const uint64_t bits = static_cast<uint64_t>(static_cast<int64_t>(k) + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

uint64_t SeedOf(absl::Span<const absl::string_view> parts) {
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  const auto add = [&hash](uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3u; };
  for (absl::string_view part : parts) {
    for (int shift = 0; shift < 32; shift += 8) add(static_cast<uint8_t>(part.size() >> shift));
    for (char c : part) add(static_cast<uint8_t>(c));
  }
  return hash;
}

DrawStream::DrawStream(uint64_t seed) {
  for (uint64_t& word : state_) word = Mix(&seed);
}

uint64_t DrawStream::Bits() {
  const uint64_t result = RotateLeft(state_[0] + state_[3], 23) + state_[0];
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

double DrawStream::Uniform() {
  return (static_cast<double>(Bits() >> 12) + 0.5) * (1.0 / 4503599627370496.0);  // 2^-52
}

double DrawStream::Normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double u, v, s;
  do {
    u = 2 * Uniform() - 1;
    v = 2 * Uniform() - 1;
    s = u * u + v * v;
  } while (s >= 1 || s == 0);
  const double factor = std::sqrt(-2 * PortableLog(s) / s);
  spare_ = v * factor;
  has_spare_ = true;
  return u * factor;
}

double DrawStream::Gamma(double shape) {
  if (!(shape > 0)) return 0;
  double boost = 1;
  if (shape < 1) {  // G(a) = G(a + 1) U^(1/a)
    boost = PortableExp(PortableLog(Uniform()) / shape);
    shape += 1;
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / (3 * std::sqrt(d));
  while (true) {
    const double x = Normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = Uniform();
    const double x2 = x * x;
    if (u < 1 - 0.0331 * x2 * x2 || PortableLog(u) < 0.5 * x2 + d * (1 - v + PortableLog(v))) {
      return boost * d * v;
    }
  }
}

double DrawStream::Beta(double a, double b) {
  const double x = Gamma(a);
  const double y = Gamma(b);
  return x + y > 0 ? x / (x + y) : 0;
}

uint64_t DrawStream::Binomial(uint64_t n, double p) {
  uint64_t successes = 0;
  while (n > 16 && p > 0 && p < 1) {
    const uint64_t middle = n / 2 + 1;  // the middle-th smallest of n uniforms
    const double at = Beta(static_cast<double>(middle), static_cast<double>(n + 1 - middle));
    if (at <= p) {
      successes += middle;
      n -= middle;
      p = (p - at) / (1 - at);
    } else {
      n = middle - 1;
      p /= at;
    }
  }
  if (p >= 1) return successes + n;
  for (; n > 0; --n) successes += Uniform() < p;
  return successes;
}

double QuantileOf(absl::Span<double> draws, double q) {
  const double position = q * static_cast<double>(draws.size() - 1);
  const size_t below = std::min(static_cast<size_t>(position), draws.size() - 1);
  std::nth_element(draws.begin(), draws.begin() + below, draws.end());
  const double low = draws[below];
  if (below + 1 == draws.size()) return low;
  const double high = *std::min_element(draws.begin() + below + 1, draws.end());
  return low + (position - static_cast<double>(below)) * (high - low);
}

std::pair<double, double> MiddleOf(absl::Span<double> draws) {
  const double low = QuantileOf(draws, 0.025);
  return {low, QuantileOf(draws, 0.975)};
}

}  // namespace vervet::hub::progress
