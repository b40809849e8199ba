#include "tests/benchmarks/oprf_sodium.h"

#include <sodium.h>

#include <cstring>

#include "core/oprf/hash.h"
#include "core/oprf/mode.h"

namespace vervet::bench {
namespace {

using oprf::AsBytes;
using oprf::BigEndian16;
using oprf::Bytes;
using Scalar = std::array<uint8_t, 32>;
using Point = std::array<uint8_t, 32>;

const uint8_t* At(const std::string& packed, size_t i) {
  return reinterpret_cast<const uint8_t*>(packed.data()) + i * 32;
}

Scalar HashToScalar(oprf::Parts message) {
  std::array<uint8_t, 64> wide;
  oprf::ExpandMessageXmd(message, oprf::DomainTag("HashToScalar-", oprf::Mode::kVoprf),
                         absl::MakeSpan(wide));
  Scalar out;
  crypto_core_ristretto255_scalar_reduce(out.data(), wide.data());
  return out;
}

Point Times(const uint8_t* scalar, const uint8_t* point) {
  Point out = {};
  [[maybe_unused]] const int is_identity =
      crypto_scalarmult_ristretto255(out.data(), scalar, point);
  return out;
}
Point TimesGenerator(const uint8_t* scalar) {
  Point out = {};
  [[maybe_unused]] const int is_identity = crypto_scalarmult_ristretto255_base(out.data(), scalar);
  return out;
}
Point Plus(const Point& a, const Point& b) {
  Point out;
  crypto_core_ristretto255_add(out.data(), a.data(), b.data());
  return out;
}

std::vector<Scalar> Weights(const uint8_t* public_key, const std::string& blinded,
                            const std::string& evaluated) {
  const std::string seed_tag = oprf::DomainTag("Seed-", oprf::Mode::kVoprf);
  const auto length = BigEndian16(32);
  const oprf::Digest seed = oprf::Sha512(
      {length, Bytes(public_key, 32), BigEndian16(seed_tag.size()), AsBytes(seed_tag)});
  std::vector<Scalar> weights;
  for (size_t i = 0; i < blinded.size() / 32; ++i) {
    weights.push_back(HashToScalar({BigEndian16(seed.size()), seed, BigEndian16(i), length,
                                    Bytes(At(blinded, i), 32), length, Bytes(At(evaluated, i), 32),
                                    AsBytes("Composite")}));
  }
  return weights;
}

Point Sum(const std::vector<Scalar>& weights, const std::string& points) {
  Point sum = {};
  for (size_t i = 0; i < weights.size(); ++i) {
    sum = Plus(sum, Times(weights[i].data(), At(points, i)));
  }
  return sum;
}

Scalar Challenge(const uint8_t* public_key, const Point& m, const Point& z, const Point& t2,
                 const Point& t3) {
  const auto length = BigEndian16(32);
  return HashToScalar({length, Bytes(public_key, 32), length, m, length, z, length, t2, length, t3,
                       AsBytes("Challenge")});
}

}  // namespace

SodiumClient SodiumBlind(const std::vector<std::string>& inputs) {
  SodiumClient out;
  const std::string tag = oprf::DomainTag("HashToGroup-", oprf::Mode::kVoprf);
  for (const std::string& input : inputs) {
    std::array<uint8_t, 64> uniform;
    oprf::ExpandMessageXmd({AsBytes(input)}, tag, absl::MakeSpan(uniform));
    Point hashed;
    crypto_core_ristretto255_from_hash(hashed.data(), uniform.data());
    Scalar& blind = out.blinds.emplace_back();
    crypto_core_ristretto255_scalar_random(blind.data());
    const Point blinded = Times(blind.data(), hashed.data());
    out.blinded.append(reinterpret_cast<const char*>(blinded.data()), blinded.size());
  }
  return out;
}

SodiumAnswer SodiumEvaluate(const uint8_t* secret_key, const uint8_t* public_key,
                            const std::string& blinded) {
  SodiumAnswer out;
  for (size_t i = 0; i < blinded.size() / 32; ++i) {
    const Point evaluated = Times(secret_key, At(blinded, i));
    out.evaluated.append(reinterpret_cast<const char*>(evaluated.data()), evaluated.size());
  }
  const Point m = Sum(Weights(public_key, blinded, out.evaluated), blinded);
  Scalar nonce, product;
  crypto_core_ristretto255_scalar_random(nonce.data());
  out.c = Challenge(public_key, m, Times(secret_key, m.data()), TimesGenerator(nonce.data()),
                    Times(nonce.data(), m.data()));
  crypto_core_ristretto255_scalar_mul(product.data(), out.c.data(), secret_key);
  crypto_core_ristretto255_scalar_sub(out.s.data(), nonce.data(), product.data());
  return out;
}

std::string SodiumFinish(const uint8_t* public_key, const SodiumClient& client,
                         const SodiumAnswer& answer) {
  const std::vector<Scalar> weights = Weights(public_key, client.blinded, answer.evaluated);
  const Point m = Sum(weights, client.blinded);
  const Point z = Sum(weights, answer.evaluated);
  const Scalar& c = answer.c;
  const Scalar& s = answer.s;
  const Point t2 = Plus(TimesGenerator(s.data()), Times(c.data(), public_key));
  const Point t3 = Plus(Times(s.data(), m.data()), Times(c.data(), z.data()));
  if (Challenge(public_key, m, z, t2, t3) != c) return "";
  std::string out;
  for (size_t i = 0; i < client.blinds.size(); ++i) {
    Scalar inverse;
    crypto_core_ristretto255_scalar_invert(inverse.data(), client.blinds[i].data());
    const Point unblinded = Times(inverse.data(), At(answer.evaluated, i));
    out.append(reinterpret_cast<const char*>(unblinded.data()), unblinded.size());
  }
  return out;
}

}  // namespace vervet::bench
