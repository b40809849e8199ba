// Eight field elements side by side, for a multiply-add of 52-bit integers (AVX-512 IFMA): the low
// or the high 52 bits of a product, added to a 64-bit word. The instruction itself is a parameter:
// tests put its definition in plain C++ in its place, so that every line here is tested on any
// processor.
//
// The radix is 2^51, so a high half belongs to the next column, twice: high halves are added first,
// doubled, then the low halves go on top. Bounds: only the low 52 bits of an operand are read, so
// every operand is below 2^52. A reduced limb is below 2^51 + 2^16, so a sum is carried before it
// is multiplied: Add and Sub do. tests/core/oprf/bounds_test.cc checks every call.
#ifndef VERVET_CORE_OPRF_LANES_FIELD_IFMA_H_
#define VERVET_CORE_OPRF_LANES_FIELD_IFMA_H_

#include "core/oprf/lanes/field_constants.h"

namespace vervet::oprf {
namespace {

// Lane has U, a vector of eight 64-bit words, and MultiplyAddLow, MultiplyAddHigh, Times19.
template <class Lane>
struct IfmaField {
  static constexpr int kLanes = 8;
  using U = typename Lane::U;
  using Mask = U;  // all ones or zero, in each lane
  struct Fe {
    U l[kLimbs];
  };
  struct Raw {
    U c[kLimbs];
  };

  static VERVET_INLINE U Splat(uint64_t x) { return U{x, x, x, x, x, x, x, x}; }

  struct Scope {
    VERVET_INLINE Scope() {}  // integers have no modes
  };

  static VERVET_INLINE Fe Of(const Constant& c) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = Splat(c.limb[i]);
    return out;
  }

  // 2^255 = 19: columns 5 to 9 come back to 0 to 4.
  static VERVET_INLINE Raw Fold(const U (&high)[2 * kLimbs], const U (&low)[2 * kLimbs]) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) {
      const U above = low[i + kLimbs] + (high[i + kLimbs] << 1);
      out.c[i] = low[i] + (high[i] << 1) + Lane::Times19(above);
    }
    return out;
  }
  static VERVET_NOINLINE Raw MulRaw(const Fe& a, const Fe& b) {
    U high[2 * kLimbs], low[2 * kLimbs];
#pragma GCC unroll 10
    for (int k = 0; k < 2 * kLimbs; ++k) high[k] = low[k] = Splat(0);
#pragma GCC unroll 5
    for (int i = 0; i < kLimbs; ++i) {
#pragma GCC unroll 5
      for (int j = 0; j < kLimbs; ++j) {
        high[i + j + 1] = Lane::MultiplyAddHigh(high[i + j + 1], a.l[i], b.l[j]);
        low[i + j] = Lane::MultiplyAddLow(low[i + j], a.l[i], b.l[j]);
      }
    }
    return Fold(high, low);
  }
  // A doubled operand would be above 2^52: the mixed products are added once and doubled after.
  static VERVET_NOINLINE Raw SqrRaw(const Fe& a) {
    U high[2 * kLimbs], low[2 * kLimbs];
#pragma GCC unroll 10
    for (int k = 0; k < 2 * kLimbs; ++k) high[k] = low[k] = Splat(0);
#pragma GCC unroll 5
    for (int i = 0; i < kLimbs; ++i) {
#pragma GCC unroll 4
      for (int j = i + 1; j < kLimbs; ++j) {
        high[i + j + 1] = Lane::MultiplyAddHigh(high[i + j + 1], a.l[i], a.l[j]);
        low[i + j] = Lane::MultiplyAddLow(low[i + j], a.l[i], a.l[j]);
      }
    }
#pragma GCC unroll 10
    for (int k = 0; k < 2 * kLimbs; ++k) {
      high[k] += high[k];
      low[k] += low[k];
    }
#pragma GCC unroll 5
    for (int i = 0; i < kLimbs; ++i) {
      high[2 * i + 1] = Lane::MultiplyAddHigh(high[2 * i + 1], a.l[i], a.l[i]);
      low[2 * i] = Lane::MultiplyAddLow(low[2 * i], a.l[i], a.l[i]);
    }
    return Fold(high, low);
  }

  static VERVET_INLINE Raw RawAdd(const Raw& a, const Raw& b) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = a.c[i] + b.c[i];
    return out;
  }
  // 2^10·p keeps every column of a difference positive: a column of one product is below 2^60.
  static VERVET_INLINE Raw RawSub(const Raw& a, const Raw& b) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = a.c[i] + Splat(kPrime.limb[i] << 10) - b.c[i];
    return out;
  }
  // Columns below 2^63; each carry goes one limb up, where it is small beside what stays.
  static VERVET_INLINE Fe Reduce(const Raw& a) {
    U carry[kLimbs];
    for (int i = 0; i < kLimbs; ++i) carry[i] = a.c[i] >> kLimbBits;
    Fe out;
    out.l[0] = (a.c[0] & Splat(kLimbMask)) + Small19(carry[4]);
    for (int i = 1; i < kLimbs; ++i) out.l[i] = (a.c[i] & Splat(kLimbMask)) + carry[i - 1];
    return out;
  }
  static VERVET_INLINE U Small19(U x) { return x + (x << 1) + (x << 4); }

  static VERVET_NOINLINE Fe Mul(const Fe& a, const Fe& b) { return Reduce(MulRaw(a, b)); }
  static VERVET_NOINLINE Fe Sqr(const Fe& a) { return Reduce(SqrRaw(a)); }

  static VERVET_INLINE Fe Add(const Fe& a, const Fe& b) {
    Raw sum;
    for (int i = 0; i < kLimbs; ++i) sum.c[i] = a.l[i] + b.l[i];
    return Reduce(sum);
  }
  static VERVET_INLINE Fe Sub(const Fe& a, const Fe& b) {
    Raw sum;
    for (int i = 0; i < kLimbs; ++i) sum.c[i] = a.l[i] + Splat(kPrime.limb[i] << 1) - b.l[i];
    return Reduce(sum);
  }
  static VERVET_INLINE Fe Neg(const Fe& a) {
    Fe zero;
    for (int i = 0; i < kLimbs; ++i) zero.l[i] = Splat(0);
    return Sub(zero, a);
  }
  static VERVET_INLINE Fe Tighten(const Fe& a) { return a; }  // sums are carried already

  static VERVET_INLINE void ToLimbs(const Fe& a, U (&limb)[kLimbs]) {
    for (int i = 0; i < kLimbs; ++i) limb[i] = a.l[i];
    MakeCanonical(limb);
  }
  static VERVET_INLINE Fe FromLimbs(const uint64_t (*limb)[kLimbs]) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      out.l[i] = U{limb[0][i], limb[1][i], limb[2][i], limb[3][i],
                   limb[4][i], limb[5][i], limb[6][i], limb[7][i]};
    }
    return out;
  }
  static VERVET_INLINE void LanesOf(const U& word, uint64_t* lanes) {
    __builtin_memcpy(lanes, &word, sizeof(word));
  }

  static VERVET_INLINE Mask IsZeroWord(U word) { return (U)(word == Splat(0)); }
  static VERVET_INLINE uint32_t Bits(Mask mask) {
    uint32_t bits = 0;
    for (int i = 0; i < kLanes; ++i) bits |= static_cast<uint32_t>(mask[i] & 1) << i;
    return bits;
  }
  static VERVET_INLINE Fe Select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = no.l[i] ^ (mask & (yes.l[i] ^ no.l[i]));
    return out;
  }
  static VERVET_INLINE void OrMasked(Fe& sum, Mask mask, const Fe& a) {
    for (int i = 0; i < kLimbs; ++i) sum.l[i] |= mask & a.l[i];
  }

  static VERVET_INLINE U LoadDigits(const int8_t* digits) {
    const auto wide = [digits](int i) { return static_cast<uint64_t>(int64_t{digits[i]}); };
    return U{wide(0), wide(1), wide(2), wide(3), wide(4), wide(5), wide(6), wide(7)};
  }
  static VERVET_INLINE U Broadcast(int8_t digit) {
    return Splat(static_cast<uint64_t>(int64_t{digit}));
  }
  // An element of which ToRows wrote the words, in every lane.
  static VERVET_INLINE Fe SplatLimbs(const uint64_t* words) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = Splat(words[i]);
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
    for (int i = 0; i < count * kLimbs; ++i) {
      elements[i / kLimbs].l[i % kLimbs] = U{rows[0][i], rows[1][i], rows[2][i], rows[3][i],
                                             rows[4][i], rows[5][i], rows[6][i], rows[7][i]};
    }
  }
  // The way back, of four elements.
  static VERVET_INLINE void StoreRows(const Fe (&elements)[4], uint64_t* const* rows) {
    for (int i = 0; i < 4 * kLimbs; ++i) {
      uint64_t words[kLanes];
      __builtin_memcpy(words, &elements[i / kLimbs].l[i % kLimbs], sizeof(words));
      for (int lane = 0; lane < kLanes; ++lane) rows[lane][i] = words[lane];
    }
  }
};

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_FIELD_IFMA_H_
