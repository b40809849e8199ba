#include "core/oprf/group.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/oprf/secret_buffer.h"

namespace vervet::oprf {
namespace {

static_assert(Element::kSizeBytes == crypto_core_ristretto255_BYTES);
static_assert(Scalar::kSizeBytes == crypto_core_ristretto255_SCALARBYTES);
static_assert(kDigestBytes == crypto_core_ristretto255_HASHBYTES);
static_assert(kDigestBytes == crypto_core_ristretto255_NONREDUCEDSCALARBYTES);

absl::Status Refuse(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

// Whether the low 255 bits are at or above p = 2^255 - 19, whose encoding is ed ff .. ff 7f.
bool IsAtLeastTheFieldPrime(Bytes encoding) {
  return encoding[0] >= 0xed && (encoding[31] & 0x7f) == 0x7f &&
         std::all_of(encoding.begin() + 1, encoding.begin() + 31,
                     [](uint8_t byte) { return byte == 0xff; });
}

}  // namespace

absl::StatusOr<Element> Element::Decode(Bytes encoding) {
  if (encoding.size() != kSizeBytes) {
    return Refuse(absl::StrCat(encoding.size(), " bytes; an element's encoding has 32"));
  }
  if ((encoding[31] & 0x80) != 0) {
    return Refuse("bit 255 is set; send the canonical ristretto255 encoding, where it is clear");
  }
  if (sodium_is_zero(encoding.data(), kSizeBytes) != 0) {
    return Refuse("the identity element; send an element that was made from an input");
  }
  if (IsAtLeastTheFieldPrime(encoding)) {
    return Refuse("the value is not below 2^255-19; send the canonical ristretto255 encoding");
  }
  if ((encoding[0] & 1) != 0) {
    return Refuse("the value is odd (negative); send the canonical ristretto255 encoding");
  }
  if (crypto_core_ristretto255_is_valid_point(encoding.data()) != 1) {
    return Refuse("no ristretto255 element has this encoding; send one that RFC 9496 encodes");
  }
  return AlreadyChecked(encoding.data());
}

Element Element::AlreadyChecked(const uint8_t* encoding) {
  Element element;
  std::memcpy(element.bytes_.data(), encoding, kSizeBytes);
  return element;
}

const Element& Generator() {
  static constexpr uint8_t kEncoding[Element::kSizeBytes] = {
      0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
      0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
      0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};
  static const Element generator = Element::AlreadyChecked(kEncoding);
  return generator;
}

absl::StatusOr<Scalar> Scalar::DecodeMaybeZero(Bytes encoding) {
  if (encoding.size() != kSizeBytes) {
    return Refuse(absl::StrCat(encoding.size(), " bytes; a scalar's encoding has 32"));
  }
  Secret<kDigestBytes> wide;
  std::memcpy(wide.MutableSecret().data(), encoding.data(), kSizeBytes);
  Scalar reduced = Reduce(wide);
  if (sodium_memcmp(reduced.RevealSecret().data(), encoding.data(), kSizeBytes) != 0) {
    return Refuse("the value is not below the group's order; send the reduced scalar");
  }
  return reduced;
}

absl::StatusOr<Scalar> Scalar::Decode(Bytes encoding) {
  VERVET_ASSIGN_OR_RETURN(Scalar scalar, DecodeMaybeZero(encoding));
  if (scalar.IsZero()) return Refuse("the zero scalar; a key or blind is from 1 to l-1");
  return scalar;
}

Scalar Scalar::Random(Environment& env) {
  Secret<kDigestBytes> wide;
  for (;;) {
    env.FillRandom(wide.MutableSecret());
    Scalar scalar = Reduce(wide);
    if (!scalar.IsZero()) return scalar;
  }
}

Scalar Scalar::Reduce(const Secret<kDigestBytes>& wide) {
  Scalar scalar;
  crypto_core_ristretto255_scalar_reduce(scalar.bytes_.MutableSecret().data(),
                                         wide.RevealSecret().data());
  return scalar;
}

bool Scalar::IsZero() const {
  uint64_t word[kSizeBytes / 8];
  std::memcpy(word, RevealSecret().data(), kSizeBytes);
  const bool is_zero = (word[0] | word[1] | word[2] | word[3]) == 0;
  sodium_memzero(word, sizeof(word));
  return is_zero;
}

Scalar Scalar::Inverse() const {
  Scalar out;
  // A result code of -1 says "zero", for which the output is zero too.
  [[maybe_unused]] const int is_zero = crypto_core_ristretto255_scalar_invert(
      out.bytes_.MutableSecret().data(), RevealSecret().data());
  return out;
}

Scalar Scalar::Times(const Scalar& other) const {
  Scalar out;
  crypto_core_ristretto255_scalar_mul(out.bytes_.MutableSecret().data(), RevealSecret().data(),
                                      other.RevealSecret().data());
  return out;
}

Scalar Scalar::Minus(const Scalar& other) const {
  Scalar out;
  crypto_core_ristretto255_scalar_sub(out.bytes_.MutableSecret().data(), RevealSecret().data(),
                                      other.RevealSecret().data());
  return out;
}

std::vector<Scalar> RandomScalars(size_t count, Environment& env) {
  SecretBuffer random(count * kDigestBytes);
  env.FillRandom(random.MutableSecret());
  std::vector<Scalar> out;
  out.reserve(count);
  Secret<kDigestBytes> wide;
  for (size_t i = 0; i < count; ++i) {
    std::memcpy(wide.MutableSecret().data(), &random.RevealSecret()[i * kDigestBytes],
                kDigestBytes);
    Scalar scalar = Scalar::Reduce(wide);
    out.push_back(scalar.IsZero() ? Scalar::Random(env) : std::move(scalar));
  }
  return out;
}

std::vector<Scalar> InvertAll(absl::Span<const Scalar> scalars) {
  std::vector<Scalar> out;
  if (scalars.empty()) return out;
  out.reserve(scalars.size());  // no reallocation: each copy of a secret has one home
  out.push_back(scalars[0].Clone());
  for (size_t i = 1; i < scalars.size(); ++i) out.push_back(out[i - 1].Times(scalars[i]));
  // out[i] is now the product of the first i+1 scalars; peel them off from the back.
  Scalar inverse = out.back().Inverse();
  for (size_t i = scalars.size() - 1; i > 0; --i) {
    out[i] = out[i - 1].Times(inverse);
    inverse = inverse.Times(scalars[i]);
  }
  out[0] = std::move(inverse);
  return out;
}

absl::StatusOr<Element> MultiplyGenerator(const Scalar& scalar) {
  std::array<uint8_t, Element::kSizeBytes> out;
  if (crypto_scalarmult_ristretto255_base(out.data(), scalar.RevealSecret().data()) != 0) {
    return absl::FailedPreconditionError(
        "secret scalar: zero, so it was moved from; keep the object that owns it");
  }
  return Element::AlreadyChecked(out.data());
}

absl::StatusOr<Element> HashToGroup(Parts message, absl::string_view dst) {
  Secret<kDigestBytes> uniform;
  ExpandMessageXmd(message, dst, uniform.MutableSecret());
  std::array<uint8_t, Element::kSizeBytes> out;
  crypto_core_ristretto255_from_hash(out.data(), uniform.RevealSecret().data());
  if (sodium_is_zero(out.data(), out.size()) != 0) {
    return Refuse("this input maps to the identity element; it cannot be evaluated");
  }
  return Element::AlreadyChecked(out.data());
}

Scalar HashToScalar(Parts message, absl::string_view dst) {
  Secret<kDigestBytes> uniform;
  ExpandMessageXmd(message, dst, uniform.MutableSecret());
  return Scalar::Reduce(uniform);
}

}  // namespace vervet::oprf
