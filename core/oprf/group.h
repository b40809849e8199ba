// The prime-order group ristretto255 (RFC 9496) as RFC 9497 uses it: elements, scalars, and hashing
// into both.
#ifndef VERVET_CORE_OPRF_GROUP_H_
#define VERVET_CORE_OPRF_GROUP_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/base/secret.h"
#include "core/oprf/hash.h"
#include "core/oprf/mode.h"

namespace vervet::oprf {

// A group element other than the identity, held as its one canonical encoding, so equal bytes mean
// equal elements. A value type; safe to read from several threads.
class Element {
 public:
  static constexpr size_t kSizeBytes = 32;

  // INVALID_ARGUMENT, with a reason of its own for each: wrong length, bit 255 set, the identity, a
  // value not below 2^255-19, an odd value, bytes that encode no element (RFC 9496 section 4.3.1,
  // RFC 9497 section 4.1). libsodium 1.0.18 by itself accepts the identity and ignores bit 255.
  static absl::StatusOr<Element> Decode(Bytes encoding);
  // For the 32 bytes that our own arithmetic has just produced, where a second decoding would only
  // cost time.
  static Element AlreadyChecked(const uint8_t* encoding);

  const std::array<uint8_t, kSizeBytes>& bytes() const { return bytes_; }

  friend bool operator==(const Element&, const Element&) = default;
  friend auto operator<=>(const Element&, const Element&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Element& e) {
    return H::combine(std::move(h), e.bytes_);
  }

 private:
  Element() = default;
  std::array<uint8_t, kSizeBytes> bytes_;
};

// The group's generator G, RFC 9496 appendix A.1.
const Element& Generator();

// An integer modulo the group's order l = 2^252 + 27742317777372353535851937790883648493,
// little-endian: a key, a blind, a proof's nonce. Move-only, wiped when it dies or is moved from
// (it is then zero); the arithmetic runs in constant time. Not thread-safe to move; safe to read
// from several threads.
class Scalar {
 public:
  static constexpr size_t kSizeBytes = 32;

  // INVALID_ARGUMENT unless `encoding` is 32 bytes with a value from 1 to l-1. libsodium would
  // reduce silently.
  static absl::StatusOr<Scalar> Decode(Bytes encoding);
  // As Decode, and zero is allowed: the two halves of a proof (RFC 9497 section 2.1,
  // DeserializeScalar).
  static absl::StatusOr<Scalar> DecodeMaybeZero(Bytes encoding);
  // Uniform in 1 to l-1, up to a bias below 2^-250.
  static Scalar Random(Environment& env);
  // 64 bytes, little-endian, modulo l.
  static Scalar Reduce(const Secret<kDigestBytes>& wide);

  Scalar Clone() const { return Scalar(bytes_.Clone()); }
  bool IsZero() const;
  // Of zero: zero.
  Scalar Inverse() const;
  Scalar Times(const Scalar& other) const;
  Scalar Minus(const Scalar& other) const;

  // 32 bytes, canonical.
  Bytes RevealSecret() const { return bytes_.RevealSecret(); }

 private:
  Scalar() = default;
  explicit Scalar(Secret<kSizeBytes> bytes) : bytes_(std::move(bytes)) {}
  Secret<kSizeBytes> bytes_;
};

// `count` of Scalar::Random, the random bytes drawn together.
std::vector<Scalar> RandomScalars(size_t count, Environment& env);

// The inverse of each, for the price of one inversion and three multiplications a scalar
// (Montgomery's trick, in constant time). No scalar may be zero: one would turn every result into
// zero.
std::vector<Scalar> InvertAll(absl::Span<const Scalar> scalars);

// scalar · G, G the group's generator. FAILED_PRECONDITION when the scalar is zero.
absl::StatusOr<Element> MultiplyGenerator(const Scalar& scalar);

// RFC 9497 section 4.1; `dst` is 1 to 255 bytes, as DomainTag makes it. HashToGroup:
// INVALID_ARGUMENT for the input, which nobody can find, that maps to the identity.
absl::StatusOr<Element> HashToGroup(Parts message, absl::string_view dst);
Scalar HashToScalar(Parts message, absl::string_view dst);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_GROUP_H_
