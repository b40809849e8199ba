// One field element at a time: 64-bit limbs, 128-bit products.
//
// Bounds, in units of 2^51: a reduced limb is below 1 + 2^-30; Mul's operands may be up to 2^54, so
// that nothing but Sub's underflow needs care: it adds 4p, so its second operand stays below that.
#ifndef VERVET_CORE_OPRF_LANES_FIELD_PORTABLE_H_
#define VERVET_CORE_OPRF_LANES_FIELD_PORTABLE_H_

#include "core/oprf/lanes/field_constants.h"

namespace vervet::oprf {
namespace {

struct PortableField {
  static constexpr int kLanes = 1;
  using U = uint64_t;
  using Mask = uint64_t;  // all ones or zero
  struct Fe {
    uint64_t l[kLimbs];
  };
  using Raw = Fe;  // nothing is gained by delaying a carry here
  using Wide = unsigned __int128;

  struct Scope {
    VERVET_INLINE Scope() {}  // integers have no modes
  };

  static VERVET_INLINE Fe Of(const Constant& c) {
    return {{c.limb[0], c.limb[1], c.limb[2], c.limb[3], c.limb[4]}};
  }

  static VERVET_INLINE Fe Carry(Wide c0, Wide c1, Wide c2, Wide c3, Wide c4) {
    c1 += static_cast<uint64_t>(c0 >> kLimbBits);
    c2 += static_cast<uint64_t>(c1 >> kLimbBits);
    c3 += static_cast<uint64_t>(c2 >> kLimbBits);
    c4 += static_cast<uint64_t>(c3 >> kLimbBits);
    // The last carry has up to 64 bits, its 19-fold more.
    const Wide first = Wide{static_cast<uint64_t>(c0) & kLimbMask} +
                       Wide{static_cast<uint64_t>(c4 >> kLimbBits)} * 19;
    Fe out;
    out.l[0] = static_cast<uint64_t>(first) & kLimbMask;
    out.l[1] = (static_cast<uint64_t>(c1) & kLimbMask) + static_cast<uint64_t>(first >> kLimbBits);
    out.l[2] = static_cast<uint64_t>(c2) & kLimbMask;
    out.l[3] = static_cast<uint64_t>(c3) & kLimbMask;
    out.l[4] = static_cast<uint64_t>(c4) & kLimbMask;
    return out;
  }

  static VERVET_NOINLINE Fe Mul(const Fe& a, const Fe& b) {
    const uint64_t a0 = a.l[0], a1 = a.l[1], a2 = a.l[2], a3 = a.l[3], a4 = a.l[4];
    const uint64_t b0 = b.l[0], b1 = b.l[1], b2 = b.l[2], b3 = b.l[3], b4 = b.l[4];
    const uint64_t n1 = b1 * 19, n2 = b2 * 19, n3 = b3 * 19, n4 = b4 * 19;
    const auto w = [](uint64_t x, uint64_t y) { return static_cast<Wide>(x) * y; };
    return Carry(w(a0, b0) + w(a1, n4) + w(a2, n3) + w(a3, n2) + w(a4, n1),
                 w(a0, b1) + w(a1, b0) + w(a2, n4) + w(a3, n3) + w(a4, n2),
                 w(a0, b2) + w(a1, b1) + w(a2, b0) + w(a3, n4) + w(a4, n3),
                 w(a0, b3) + w(a1, b2) + w(a2, b1) + w(a3, b0) + w(a4, n4),
                 w(a0, b4) + w(a1, b3) + w(a2, b2) + w(a3, b1) + w(a4, b0));
  }
  static VERVET_NOINLINE Fe Sqr(const Fe& a) {
    const uint64_t a0 = a.l[0], a1 = a.l[1], a2 = a.l[2], a3 = a.l[3], a4 = a.l[4];
    const uint64_t d0 = a0 * 2, d1 = a1 * 2, n3 = a3 * 19, n4 = a4 * 19;
    const auto w = [](uint64_t x, uint64_t y) { return static_cast<Wide>(x) * y; };
    return Carry(w(a0, a0) + w(d1, n4) + w(a2 * 2, n3), w(d0, a1) + w(a2 * 2, n4) + w(a3, n3),
                 w(d0, a2) + w(a1, a1) + w(a3 * 2, n4), w(d0, a3) + w(d1, a2) + w(a4, n4),
                 w(d0, a4) + w(d1, a3) + w(a2, a2));
  }

  static VERVET_INLINE Fe Add(const Fe& a, const Fe& b) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.l[i] + b.l[i];
    return out;
  }
  static VERVET_INLINE Fe Sub(const Fe& a, const Fe& b) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.l[i] + 4 * kPrime.limb[i] - b.l[i];
    return out;
  }
  static VERVET_INLINE Fe Neg(const Fe& a) { return Tighten(Sub(Fe{}, a)); }
  static VERVET_INLINE Fe Tighten(const Fe& a) {
    Fe out = a;
    const uint64_t carry = out.l[4] >> kLimbBits;
    out.l[4] &= kLimbMask;
    out.l[0] += carry * 19;
    for (int i = 0; i < 4; ++i) {
      out.l[i + 1] += out.l[i] >> kLimbBits;
      out.l[i] &= kLimbMask;
    }
    return out;
  }

  static VERVET_NOINLINE Raw MulRaw(const Fe& a, const Fe& b) { return Mul(a, b); }
  static VERVET_NOINLINE Raw SqrRaw(const Fe& a) { return Sqr(a); }
  static VERVET_INLINE Raw RawAdd(const Raw& a, const Raw& b) { return Add(a, b); }
  static VERVET_INLINE Raw RawSub(const Raw& a, const Raw& b) { return Sub(a, b); }
  static VERVET_INLINE Fe Reduce(const Raw& a) { return a; }

  static VERVET_INLINE void ToLimbs(const Fe& a, U (&limb)[kLimbs]) {
    const Fe tight = Tighten(a);
    for (int i = 0; i < kLimbs; ++i) limb[i] = tight.l[i];
    MakeCanonical(limb);
  }
  static VERVET_INLINE Fe FromLimbs(const uint64_t (*limb)[kLimbs]) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = (*limb)[i];
    return out;
  }
  static VERVET_INLINE void LanesOf(const U& word, uint64_t* lanes) { lanes[0] = word; }

  static VERVET_INLINE Mask IsZeroWord(U word) { return ((word | (0 - word)) >> 63) - 1; }
  static VERVET_INLINE uint32_t Bits(Mask mask) { return static_cast<uint32_t>(mask & 1); }
  static VERVET_INLINE Fe Select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = no.l[i] ^ (mask & (yes.l[i] ^ no.l[i]));
    return out;
  }
  static VERVET_INLINE void OrMasked(Fe& sum, Mask mask, const Fe& a) {
    for (int i = 0; i < kLimbs; ++i) sum.l[i] |= mask & a.l[i];
  }

  static VERVET_INLINE U LoadDigits(const int8_t* digits) {
    return static_cast<uint64_t>(static_cast<int64_t>(digits[0]));
  }
  static VERVET_INLINE U Broadcast(int8_t digit) { return LoadDigits(&digit); }
  // An element of which ToRows wrote the words, in every lane.
  static VERVET_INLINE Fe SplatLimbs(const uint64_t* words) {
    Fe out;
    __builtin_memcpy(&out, words, sizeof(out));
    return out;
  }
  // Of each lane, the words of `count` elements one behind the other: row after row.
  static VERVET_INLINE void ToRows(const Fe* elements, int count, uint64_t* rows) {
    for (int i = 0; i < count * kLimbs; ++i) {
      uint64_t words[kLanes];
      __builtin_memcpy(words, &elements[i / kLimbs].l[i % kLimbs], sizeof(words));
      for (int lane = 0; lane < kLanes; ++lane) rows[lane * count * kLimbs + i] = words[lane];
    }
  }
  // The elements of which each lane has a row.
  static VERVET_INLINE void FromRows(const uint64_t* const* rows, int count, Fe* elements) {
    __builtin_memcpy(elements, rows[0], static_cast<size_t>(count) * sizeof(Fe));
  }
  // The way back, of four elements.
  static VERVET_INLINE void StoreRows(const Fe (&elements)[4], uint64_t* const* rows) {
    __builtin_memcpy(rows[0], elements, sizeof(elements));
  }
};

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_FIELD_PORTABLE_H_
