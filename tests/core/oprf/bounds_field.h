// A field for the templates of core/oprf/lanes/ whose elements are not numbers but bounds: how
// large each limb can be, whatever the input. Every operation checks what its counterpart needs of
// its operands, and answers with the bound of its result. So the very formulas that multiply points
// check themselves, for all inputs at once.
#ifndef VERVET_TESTS_CORE_OPRF_BOUNDS_FIELD_H_
#define VERVET_TESTS_CORE_OPRF_BOUNDS_FIELD_H_

#include <cmath>

#include "core/oprf/lanes/block_ops.h"

namespace vervet::oprf {
namespace {

// Largest sizes have some 115 bits; a relative error of 2^-63 disappears beside the slack of every
// bound, which is at least 2^-20 of it.
using Size = long double;

// The place of the first broken rule, and nothing where there is none.
struct Broken {
  const char* rule = nullptr;
  Size size = 0, limit = 0;
};
inline Broken broken;
inline Size closest = 0;  // size/limit of the check that was nearest to its limit

VERVET_INLINE void Below(const char* rule, Size size, Size limit) {
  const Size ratio = size / limit;
  if (ratio > closest && ratio < 1) closest = ratio;
  if (size >= limit && broken.rule == nullptr) broken = {rule, size, limit};
}

inline Size Power(int n) { return std::ldexp(Size{1}, n); }
inline Size PrimeLimb(int i) { return static_cast<Size>(kPrime.limb[i]); }

// What the three fields have in common. `Rules` says how the sizes go through their operations.
template <class Rules>
struct BoundsField {
  static constexpr int kLanes = 1;
  using U = uint64_t;
  using Mask = uint64_t;
  struct Fe {
    Size l[kLimbs];
  };
  struct Raw {
    Size c[kLimbs];
  };

  struct Scope {
    Scope() {}
  };
  static Fe Of(const Constant& c) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = static_cast<Size>(c.limb[i]);
    return Rules::template Loaded<BoundsField>(out);
  }
  static Fe FromLimbs(const uint64_t (*)[kLimbs]) {
    Fe out;
    for (Size& limb : out.l) limb = Power(51) - 1;
    return Rules::template Loaded<BoundsField>(out);
  }
  static Raw MulRaw(const Fe& a, const Fe& b) { return Rules::template Mul<BoundsField>(a, b); }
  static Raw SqrRaw(const Fe& a) { return Rules::template Sqr<BoundsField>(a); }
  static Fe Reduce(const Raw& a) { return Rules::template Reduce<BoundsField>(a); }
  static Fe Mul(const Fe& a, const Fe& b) { return Reduce(MulRaw(a, b)); }
  static Fe Sqr(const Fe& a) { return Reduce(SqrRaw(a)); }
  static Fe Add(const Fe& a, const Fe& b) { return Rules::template Add<BoundsField>(a, b); }
  static Fe Sub(const Fe& a, const Fe& b) { return Rules::template Sub<BoundsField>(a, b); }
  static Fe Neg(const Fe& a) { return Rules::template Neg<BoundsField>(a); }
  static Fe Tighten(const Fe& a) { return Rules::template Tighten<BoundsField>(a); }
  static Raw RawAdd(const Raw& a, const Raw& b) {
    Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = a.c[i] + b.c[i];
    return out;
  }
  static Raw RawSub(const Raw& a, const Raw& b) {
    return Rules::template RawSub<BoundsField>(a, b);
  }

  static void ToLimbs(const Fe& a, U (&limb)[kLimbs]) {
    Rules::template Canonical<BoundsField>(a);
    for (U& word : limb) word = 0;
  }
  static void LanesOf(const U& word, uint64_t* lanes) { lanes[0] = word; }
  static Mask IsZeroWord(U) { return 0; }
  static uint32_t Bits(Mask) { return 1; }
  // Whichever it is.
  static Fe Select(Mask, const Fe& a, const Fe& b) {
    Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = std::fmax(a.l[i], b.l[i]);
    return out;
  }
  static void OrMasked(Fe& sum, Mask, const Fe& a) { sum = Select(0, sum, a); }
  static U LoadDigits(const int8_t*) { return 0; }
  static U Broadcast(int8_t) { return 0; }
  // Bounds do not fit into a row's words: what went into any row may come out.
  static inline Fe in_rows[4] = {};
  static void ToRows(const Fe* elements, int count, uint64_t*) {
    for (int i = 0; i < count; ++i) in_rows[i] = Select(0, in_rows[i], elements[i]);
  }
  static Fe SplatLimbs(const uint64_t*) {
    return Select(0, Select(0, in_rows[0], in_rows[1]), Select(0, in_rows[2], in_rows[3]));
  }
  static void StoreRows(const Fe (&elements)[4], uint64_t* const*) { ToRows(elements, 4, nullptr); }
  static void FromRows(const uint64_t* const*, int count, Fe* elements) {
    for (int i = 0; i < count; ++i) elements[i] = in_rows[i];
  }
};

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_TESTS_CORE_OPRF_BOUNDS_FIELD_H_
