// Four field elements side by side, in doubles: AVX2 has no wide integer multiplication, but its
// fused multiply-add gives all 106 bits of a product of two 53-bit integers, in two pieces.
//
// A limb is an integer in a double, signed, so that a difference needs no multiple of p. With
// c1 = 1.5·2^103, whose last place is 2^51,
//
//   high = fma(a, b, c1)                    c1 + 2^51·round(a·b / 2^51)
//   low  = fma(a, b, c1 + c3 - high)        c3 + what is left, exactly; c3 = 1.5·2^52
//
// and the bit patterns of high and low, read as integers, are those of c1 and c3 plus the two
// pieces: they are added up as integers, the patterns of c1 and c3 having been subtracted in
// advance. The idea of splitting like this is N. Emmart's, F. Zheng's and C. Weems's ("Faster
// modular exponentiation using double precision floating point arithmetic on the GPU", 2018);
// signed pieces make it work in the usual rounding mode, and splitting at 2^51 makes the high piece
// one of the next limb's column.
//
// Bounds: a reduced limb is at most 2^50 + 2^15 in size. Every product of two limbs is below 2^102
// (else `high` leaves its binade), so Mul takes a sum of up to three reduced elements and a reduced
// one, Sqr a reduced one.
// tests/core/oprf/bounds_test.cc checks every call.
#ifndef VERVET_CORE_OPRF_LANES_FIELD_FMA_H_
#define VERVET_CORE_OPRF_LANES_FIELD_FMA_H_

#include <immintrin.h>

#include "core/oprf/lanes/field_constants.h"

namespace vervet::oprf {
namespace {

constexpr uint64_t kC1Bits = 0x4668000000000000;
constexpr uint64_t kC3Bits = 0x4338000000000000;

// What the columns of a product must start with, so that the patterns of c1 and c3 cancel.
constexpr uint64_t Start(uint64_t lows, uint64_t highs) {
  return 0 - lows * kC3Bits - highs * kC1Bits;
}
constexpr uint64_t kMulStart[2 * kLimbs] = {Start(1, 0), Start(2, 1), Start(3, 2), Start(4, 3),
                                            Start(5, 4), Start(4, 5), Start(3, 4), Start(2, 3),
                                            Start(1, 2), Start(0, 1)};
constexpr uint64_t kSqrStart[2 * kLimbs] = {Start(1, 0), Start(1, 1), Start(2, 1), Start(2, 2),
                                            Start(3, 2), Start(2, 3), Start(2, 2), Start(1, 2),
                                            Start(1, 1), Start(0, 1)};

struct FmaField {
  static constexpr int kLanes = 4;
  typedef uint64_t U __attribute__((vector_size(32)));
  typedef double D __attribute__((vector_size(32)));
  using Mask = U;
  struct Fe {
    D l[kLimbs];
  };
  struct Raw {
    U c[kLimbs];  // signed
  };

  // The rounding mode is the program's, and bounds hold in the usual one; nor must an inexact
  // result, which is half of the method, trap. Everything here runs within one of these.
  class Scope {
   public:
    VERVET_INLINE Scope() : before_(_mm_getcsr()) { _mm_setcsr(kDefault); }
    VERVET_INLINE ~Scope() { _mm_setcsr(before_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    static constexpr unsigned kDefault = 0x1f80;  // to nearest, no trap, denormals as they are
    const unsigned before_;
  };

  static constexpr double kC1 = 0x1.8p103;
  static constexpr double kC3 = 0x1.8p52;
  static constexpr uint64_t kTwo52Bits = 0x4330000000000000;

  static VERVET_INLINE D Splat(double x) { return D{x, x, x, x}; }
  static VERVET_INLINE U Splat(uint64_t x) { return U{x, x, x, x}; }
  static VERVET_INLINE D Fma(D a, D b, D c) {
    return (D)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
  }

  static VERVET_INLINE Fe Of(const Constant& c) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = Splat(static_cast<double>(c.limb[i]));
    return Tighten(out);  // a constant's limb is below 2^51, not 2^50
  }

  // A constant from memory, in one instruction: compilers build wide integers in a general register
  // instead, in three.
  static VERVET_INLINE U Known(const uint64_t& x) {
    U out;
    __asm__("vpbroadcastq %1, %0" : "=x"(out) : "m"(x));
    return out;
  }

  static VERVET_INLINE void Product(D a, D b, U& column, U& next) {
    const D high = Fma(a, b, Splat(kC1));
    const D low = Fma(a, b, Splat(kC1 + kC3) - high);
    column += (U)low;
    next += (U)high;
    // Else the compiler keeps all 50 pieces, to add them up as a tree: more than there are
    // registers.
    __asm__("" : "+x"(column), "+x"(next));
  }
  // 2^255 = 19: columns 5 to 9 come back to 0 to 4.
  static VERVET_INLINE Raw Fold(const U (&column)[2 * kLimbs]) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) {
      const U above = column[i + kLimbs];
      out.c[i] = column[i] + above + (above << 1) + (above << 4);
    }
    return out;
  }

  static VERVET_INLINE Raw MulColumns(const Fe& a, const Fe& b) {
    U column[2 * kLimbs];
    column[0] = Known(kMulStart[0]);
#pragma GCC unroll 9
    for (int k = 0; k < 2 * kLimbs - 1; ++k) {
      const int first = k < kLimbs ? 0 : k - (kLimbs - 1);
      const int last = k < kLimbs ? k : kLimbs - 1;
      column[k + 1] = Known(kMulStart[k + 1]);
#pragma GCC unroll 5
      for (int i = first; i <= last; ++i) Product(a.l[i], b.l[k - i], column[k], column[k + 1]);
    }
    return Fold(column);
  }
  static VERVET_INLINE Raw SqrColumns(const Fe& a) {
    U column[2 * kLimbs];
    D twice[kLimbs];
    for (int i = 0; i < kLimbs; ++i) twice[i] = a.l[i] + a.l[i];
    column[0] = Known(kSqrStart[0]);
#pragma GCC unroll 9
    for (int k = 0; k < 2 * kLimbs - 1; ++k) {
      const int first = k < kLimbs ? 0 : k - (kLimbs - 1);
      column[k + 1] = Known(kSqrStart[k + 1]);
#pragma GCC unroll 3
      for (int i = first; i <= k / 2; ++i) {
        Product(i == k - i ? a.l[i] : twice[i], a.l[k - i], column[k], column[k + 1]);
      }
    }
    return Fold(column);
  }

  static VERVET_INLINE Raw RawAdd(const Raw& a, const Raw& b) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = a.c[i] + b.c[i];
    return out;
  }
  static VERVET_INLINE Raw RawSub(const Raw& a, const Raw& b) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = a.c[i] - b.c[i];
    return out;
  }
  // Columns of up to 2^61 in size. Each is split at 2^51 into what stays, from -2^50 to 2^50, and a
  // carry; adding 2^62 keeps the shift, which AVX2 has for unsigned numbers only, from meeting a
  // sign.
  static VERVET_INLINE Fe Reduce(const Raw& a) {
    static constexpr uint64_t kBias = uint64_t{1} << 62;
    static constexpr uint64_t kHalf = uint64_t{1} << 50;
    static constexpr uint64_t kBiasAndHalf = kBias + kHalf;
    static constexpr uint64_t kNineteen = 19;
    constexpr double kCarryBias = static_cast<double>(kBias >> kLimbBits);
    const U bias_and_half = Known(kBiasAndHalf), limb_mask = Known(kLimbMask),
            exponent = Known(kTwo52Bits);
    U stays[kLimbs], carry[kLimbs];
    for (int i = 0; i < kLimbs; ++i) {
      const U t = a.c[i] + bias_and_half;
      stays[i] = (t & limb_mask) | exponent;
      carry[i] = t >> kLimbBits;
    }
    const U wrapped = (U)_mm256_mul_epu32((__m256i)carry[4], (__m256i)Known(kNineteen));
    Fe out;
    constexpr double kBase = 0x1p52 + static_cast<double>(kHalf);
    out.l[0] = (D)(stays[0] + wrapped) - Splat(kBase + 19 * kCarryBias);
    for (int i = 1; i < kLimbs; ++i) {
      out.l[i] = (D)(stays[i] + carry[i - 1]) - Splat(kBase + kCarryBias);
    }
    return out;
  }
  // Calls, not copies: the loops around them are to stay in the processor's cache of instructions.
  static VERVET_NOINLINE Raw MulRaw(const Fe& a, const Fe& b) { return MulColumns(a, b); }
  static VERVET_NOINLINE Raw SqrRaw(const Fe& a) { return SqrColumns(a); }
  static VERVET_NOINLINE Fe Mul(const Fe& a, const Fe& b) { return Reduce(MulColumns(a, b)); }
  static VERVET_NOINLINE Fe Sqr(const Fe& a) { return Reduce(SqrColumns(a)); }

  static VERVET_INLINE Fe Add(const Fe& a, const Fe& b) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.l[i] + b.l[i];
    return out;
  }
  static VERVET_INLINE Fe Sub(const Fe& a, const Fe& b) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.l[i] - b.l[i];
    return out;
  }
  static VERVET_INLINE Fe Neg(const Fe& a) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = -a.l[i];
    return out;
  }
  // Any limbs below 2^53 in size: adding c1 and taking it away again rounds to a multiple of 2^51.
  static VERVET_INLINE Fe Tighten(const Fe& a) {
    D carry[kLimbs];
    for (int i = 0; i < kLimbs; ++i) carry[i] = (a.l[i] + Splat(kC1)) - Splat(kC1);
    Fe out;
    out.l[0] = Fma(carry[4], Splat(19 * 0x1p-51), a.l[0] - carry[0]);
    for (int i = 1; i < kLimbs; ++i) {
      out.l[i] = Fma(carry[i - 1], Splat(0x1p-51), a.l[i] - carry[i]);
    }
    return out;
  }

  static VERVET_INLINE void ToLimbs(const Fe& a, U (&limb)[kLimbs]) {
    const Fe tight = Tighten(a);
    for (int i = 0; i < kLimbs; ++i) {  // plus p, so that no limb is negative
      const D shifted = tight.l[i] + Splat(0x1p52 + static_cast<double>(kPrime.limb[i]));
      limb[i] = (U)shifted - Splat(kTwo52Bits);
    }
    MakeCanonical(limb);
  }
  static VERVET_INLINE Fe FromLimbs(const uint64_t (*limb)[kLimbs]) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      const U words = U{limb[0][i], limb[1][i], limb[2][i], limb[3][i]} | Splat(kTwo52Bits);
      out.l[i] = (D)words - Splat(0x1p52);
    }
    return Tighten(out);
  }
  static VERVET_INLINE void LanesOf(const U& word, uint64_t* lanes) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), (__m256i)word);
  }

  static VERVET_INLINE Mask IsZeroWord(U word) { return (U)(word == Splat(uint64_t{0})); }
  static VERVET_INLINE uint32_t Bits(Mask mask) {
    return static_cast<uint32_t>(_mm256_movemask_pd((__m256d)mask));
  }
  static VERVET_INLINE Fe Select(Mask mask, const Fe& yes, const Fe& no) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      out.l[i] = (D)_mm256_blendv_pd((__m256d)no.l[i], (__m256d)yes.l[i], (__m256d)mask);
    }
    return out;
  }
  static VERVET_INLINE void OrMasked(Fe& sum, Mask mask, const Fe& a) {
    for (int i = 0; i < kLimbs; ++i) sum.l[i] = (D)((U)sum.l[i] | (mask & (U)a.l[i]));
  }

  static VERVET_INLINE U LoadDigits(const int8_t* digits) {
    int32_t four;
    __builtin_memcpy(&four, digits, sizeof(four));
    return (U)_mm256_cvtepi8_epi64(_mm_cvtsi32_si128(four));
  }
  static VERVET_INLINE U Broadcast(int8_t digit) {
    return Splat(static_cast<uint64_t>(static_cast<int64_t>(digit)));
  }
  // An element of which ToRows wrote the words, in every lane.
  static VERVET_INLINE Fe SplatLimbs(const uint64_t* words) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = (D)Known(words[i]);
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
  // Four rows of four words are four columns.
  static VERVET_INLINE void Turn(const __m256d (&row)[4], __m256d (&column)[4]) {
    const __m256d even01 = _mm256_unpacklo_pd(row[0], row[1]);
    const __m256d odd01 = _mm256_unpackhi_pd(row[0], row[1]);
    const __m256d even23 = _mm256_unpacklo_pd(row[2], row[3]);
    const __m256d odd23 = _mm256_unpackhi_pd(row[2], row[3]);
    column[0] = _mm256_permute2f128_pd(even01, even23, 0x20);
    column[1] = _mm256_permute2f128_pd(odd01, odd23, 0x20);
    column[2] = _mm256_permute2f128_pd(even01, even23, 0x31);
    column[3] = _mm256_permute2f128_pd(odd01, odd23, 0x31);
  }
  // The elements of which each lane has a row; `count` is a multiple of four, so that squares of
  // four words are turned at a time.
  static VERVET_INLINE void FromRows(const uint64_t* const* rows, int count, Fe* elements) {
#pragma GCC unroll 5
    for (int i = 0; i < count * kLimbs; i += 4) {
      __m256d row[4], column[4];
      for (int lane = 0; lane < 4; ++lane) {
        row[lane] = _mm256_loadu_pd(reinterpret_cast<const double*>(rows[lane] + i));
      }
      Turn(row, column);
      for (int n = 0; n < 4; ++n) elements[(i + n) / kLimbs].l[(i + n) % kLimbs] = (D)column[n];
    }
  }
  // The way back, of four elements.
  static VERVET_INLINE void StoreRows(const Fe (&elements)[4], uint64_t* const* rows) {
#pragma GCC unroll 5
    for (int i = 0; i < 4 * kLimbs; i += 4) {
      __m256d row[4], column[4];
      for (int n = 0; n < 4; ++n) {
        column[n] = (__m256d)elements[(i + n) / kLimbs].l[(i + n) % kLimbs];
      }
      Turn(column, row);
      for (int lane = 0; lane < 4; ++lane) {
        _mm256_storeu_pd(reinterpret_cast<double*>(rows[lane] + i), row[lane]);
      }
    }
  }
};

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_FIELD_FMA_H_
