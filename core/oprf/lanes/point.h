// Points of the twisted Edwards curve -x² + y² = 1 + d·x²·y² in extended coordinates (X:Y:Z:T),
// x = X/Z, y = Y/Z, x·y = T/Z: H. Hisil, K. Wong, G. Carter, E. Dawson, "Twisted Edwards curves
// revisited" (2008), sections 3.1 and 3.3. The addition is complete on this curve (d is no square,
// -1 is one): no case for equal points or the identity, hence none that a clock could tell.
//
// Sums of products are combined before they are carried (F::Raw), which saves a carry an addition.
#ifndef VERVET_CORE_OPRF_LANES_POINT_H_
#define VERVET_CORE_OPRF_LANES_POINT_H_

#include "core/oprf/lanes/field_constants.h"

namespace vervet::oprf {
namespace {

template <class F>
struct Point {
  typename F::Fe x, y, z, t;
};

// The second operand of an addition, with what it needs of it computed once.
template <class F>
struct Cached {
  typename F::Fe y_plus_x, y_minus_x, two_z, two_d_t;
};

// The same of a point with Z = 1.
template <class F>
struct CachedAffine {
  typename F::Fe y_plus_x, y_minus_x, two_d_t;
};

// X = E·F, Y = G·H, Z = F·G, T = E·H. Doubling does not look at T: it is multiplied out only where
// an addition follows.
template <class F>
struct Completed {
  typename F::Fe e, f, g, h;
};

template <class F>
VERVET_INLINE Point<F> Identity() {
  const typename F::Fe one = F::Of(kOne);
  const typename F::Fe zero = F::Sub(one, one);
  return {F::Tighten(zero), one, one, F::Tighten(zero)};
}

template <class F>
VERVET_INLINE void ToProjective(const Completed<F>& c, Point<F>& out) {
  out.x = F::Mul(c.e, c.f);
  out.y = F::Mul(c.g, c.h);
  out.z = F::Mul(c.f, c.g);
}
template <class F>
VERVET_INLINE void ToExtended(const Completed<F>& c, Point<F>& out) {
  ToProjective(c, out);
  out.t = F::Mul(c.e, c.h);
}

template <class F>
VERVET_INLINE void ToCached(const Point<F>& p, Cached<F>& out) {
  out.y_plus_x = F::Tighten(F::Add(p.y, p.x));
  out.y_minus_x = F::Tighten(F::Sub(p.y, p.x));
  out.two_z = F::Tighten(F::Add(p.z, p.z));
  out.two_d_t = F::Mul(p.t, F::Of(kTwoD));
}

// "dbl-2008-hwcd" of the Explicit-Formulas Database, all four intermediate values negated.
template <class F>
VERVET_INLINE Completed<F> Doubled(const Point<F>& p) {
  const typename F::Raw xx = F::SqrRaw(p.x);
  const typename F::Raw yy = F::SqrRaw(p.y);
  const typename F::Raw zz = F::SqrRaw(p.z);
  const typename F::Raw both = F::SqrRaw(F::Tighten(F::Add(p.x, p.y)));
  const typename F::Raw sum = F::RawAdd(xx, yy);
  const typename F::Raw difference = F::RawSub(xx, yy);
  return {F::Reduce(F::RawSub(sum, both)), F::Reduce(F::RawAdd(F::RawAdd(zz, zz), difference)),
          F::Reduce(difference), F::Reduce(sum)};
}

// "add-2008-hwcd-3".
template <class F>
VERVET_INLINE Completed<F> Sum(const Point<F>& p, const Cached<F>& q) {
  const typename F::Raw a = F::MulRaw(F::Sub(p.y, p.x), q.y_minus_x);
  const typename F::Raw b = F::MulRaw(F::Add(p.y, p.x), q.y_plus_x);
  const typename F::Raw c = F::MulRaw(p.t, q.two_d_t);
  const typename F::Raw d = F::MulRaw(p.z, q.two_z);
  return {F::Reduce(F::RawSub(b, a)), F::Reduce(F::RawSub(d, c)), F::Reduce(F::RawAdd(d, c)),
          F::Reduce(F::RawAdd(b, a))};
}

// The same with Z2 = 1: a multiplication less.
template <class F>
VERVET_INLINE Completed<F> Sum(const Point<F>& p, const CachedAffine<F>& q) {
  const typename F::Raw a = F::MulRaw(F::Sub(p.y, p.x), q.y_minus_x);
  const typename F::Raw b = F::MulRaw(F::Add(p.y, p.x), q.y_plus_x);
  const typename F::Fe c = F::Mul(p.t, q.two_d_t);
  const typename F::Fe d = F::Add(p.z, p.z);
  return {F::Reduce(F::RawSub(b, a)), F::Tighten(F::Sub(d, c)), F::Tighten(F::Add(d, c)),
          F::Reduce(F::RawAdd(b, a))};
}

// -q where the mask is set: x changes its sign, and T with it.
template <class F>
VERVET_INLINE Cached<F> NegatedWhere(typename F::Mask mask, const Cached<F>& q) {
  return {F::Select(mask, q.y_minus_x, q.y_plus_x), F::Select(mask, q.y_plus_x, q.y_minus_x),
          q.two_z, F::Select(mask, F::Neg(q.two_d_t), q.two_d_t)};
}
template <class F>
VERVET_INLINE CachedAffine<F> NegatedWhere(typename F::Mask mask, const CachedAffine<F>& q) {
  return {F::Select(mask, q.y_minus_x, q.y_plus_x), F::Select(mask, q.y_plus_x, q.y_minus_x),
          F::Select(mask, F::Neg(q.two_d_t), q.two_d_t)};
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_POINT_H_
