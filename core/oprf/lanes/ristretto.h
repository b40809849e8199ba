// Between encodings and points: RFC 9496 section 4.3, in lanes.
#ifndef VERVET_CORE_OPRF_LANES_RISTRETTO_H_
#define VERVET_CORE_OPRF_LANES_RISTRETTO_H_

#include "core/oprf/lanes/point.h"

namespace vervet::oprf {
namespace {

template <class F>
VERVET_INLINE typename F::Mask IsZero(const typename F::Fe& a) {
  typename F::U limb[kLimbs];
  F::ToLimbs(a, limb);
  return F::IsZeroWord(limb[0] | limb[1] | limb[2] | limb[3] | limb[4]);
}
// Section 3.1: odd in the canonical representation.
template <class F>
VERVET_INLINE typename F::Mask IsNegative(const typename F::Fe& a) {
  typename F::U limb[kLimbs];
  F::ToLimbs(a, limb);
  return ~F::IsZeroWord(limb[0] & 1);
}
template <class F>
VERVET_INLINE typename F::Fe NegatedWhere(typename F::Mask mask, const typename F::Fe& a) {
  return F::Select(mask, F::Neg(a), a);
}
template <class F>
VERVET_INLINE typename F::Fe Absolute(const typename F::Fe& a) {
  return NegatedWhere<F>(IsNegative<F>(a), a);
}

// Bytes of several lanes, `stride` apart; bit 255 is left out.
template <class F>
VERVET_INLINE typename F::Fe LoadFe(const uint8_t* bytes, size_t stride) {
  uint64_t limb[F::kLanes][kLimbs];
  for (int lane = 0; lane < F::kLanes; ++lane) LoadLimbs(bytes + lane * stride, limb[lane]);
  const typename F::Fe out = F::FromLimbs(limb);
  Wipe(limb, sizeof(limb));
  return out;
}
template <class F>
VERVET_INLINE void StoreFe(const typename F::Fe& a, uint8_t* bytes) {
  typename F::U limb[kLimbs];
  F::ToLimbs(a, limb);
  uint64_t lanes[kLimbs][F::kLanes];
  for (int i = 0; i < kLimbs; ++i) F::LanesOf(limb[i], lanes[i]);
  for (int lane = 0; lane < F::kLanes; ++lane) {
    const uint64_t one[kLimbs] = {lanes[0][lane], lanes[1][lane], lanes[2][lane], lanes[3][lane],
                                  lanes[4][lane]};
    StoreLimbs(one, bytes + 32 * lane);
  }
}

template <class F>
VERVET_NOINLINE void SquareTimes(typename F::Fe& a, int times) {
  for (int i = 0; i < times; ++i) a = F::Sqr(a);
}

// a^(2^250 - 1), the common beginning of both powers below; and a^11. D. J. Bernstein's chain
// ("Curve25519", 2006).
template <class F>
VERVET_INLINE typename F::Fe PowerCommon(const typename F::Fe& a, typename F::Fe& power11) {
  using Fe = typename F::Fe;
  const Fe power2 = F::Sqr(a);
  Fe t = F::Sqr(F::Sqr(power2));
  const Fe power9 = F::Mul(t, a);
  power11 = F::Mul(power9, power2);
  const Fe ones5 = F::Mul(F::Sqr(power11), power9);  // 2^5 - 1
  const auto extend = [](const Fe& x, int by, const Fe& y) {
    Fe out = x;
    SquareTimes<F>(out, by);
    return F::Mul(out, y);
  };
  const Fe ones10 = extend(ones5, 5, ones5);
  const Fe ones20 = extend(ones10, 10, ones10);
  const Fe ones40 = extend(ones20, 20, ones20);
  const Fe ones50 = extend(ones40, 10, ones10);
  const Fe ones100 = extend(ones50, 50, ones50);
  const Fe ones200 = extend(ones100, 100, ones100);
  return extend(ones200, 50, ones50);
}
// a^((p-5)/8), (p-5)/8 = 2^252 - 3.
template <class F>
VERVET_NOINLINE void RaiseForRoot(typename F::Fe& a) {
  typename F::Fe unused;
  typename F::Fe t = PowerCommon<F>(a, unused);
  SquareTimes<F>(t, 2);
  a = F::Mul(t, a);
}
// a^(p-2) = 1/a, p-2 = 2^255 - 21; of zero: zero.
template <class F>
VERVET_NOINLINE void Invert(typename F::Fe& a) {
  typename F::Fe power11;
  typename F::Fe t = PowerCommon<F>(a, power11);
  SquareTimes<F>(t, 5);
  a = F::Mul(t, power11);
}

// Section 4.2, SQRT_RATIO_M1: the nonnegative root of u/v where that is a square (the answer), of
// SQRT_M1·u/v where it is not.
template <class F>
VERVET_INLINE typename F::Mask RootOfRatio(const typename F::Fe& u, const typename F::Fe& v,
                                           typename F::Fe& root) {
  using Fe = typename F::Fe;
  const Fe v3 = F::Mul(F::Sqr(v), v);
  const Fe v7 = F::Mul(F::Sqr(v3), v);
  Fe power = F::Mul(v7, u);
  RaiseForRoot<F>(power);
  const Fe r = F::Mul(F::Mul(v3, u), power);
  const Fe check = F::Mul(F::Sqr(r), v);
  const Fe u_i = F::Mul(u, F::Of(kSqrtM1));
  const auto correct = IsZero<F>(F::Sub(check, u));
  const auto flipped = IsZero<F>(F::Add(check, u));
  const auto flipped_i = IsZero<F>(F::Add(check, u_i));
  const Fe r_prime = F::Mul(r, F::Of(kSqrtM1));
  root = Absolute<F>(F::Select(flipped | flipped_i, r_prime, r));
  return correct | flipped;
}

// Section 4.3.1, steps 3 and 4: the caller has looked at the canonical form and the sign.
template <class F>
VERVET_INLINE uint32_t Decode(const uint8_t* encodings, Point<F>& out) {
  using Fe = typename F::Fe;
  const Fe one = F::Of(kOne);
  const Fe s = LoadFe<F>(encodings, 32);
  const Fe ss = F::Sqr(s);
  const Fe u1 = F::Tighten(F::Sub(one, ss));
  const Fe u2 = F::Tighten(F::Add(one, ss));
  const Fe u2_squared = F::Sqr(u2);
  const Fe d_u1_squared = F::Mul(F::Sqr(u1), F::Of(kD));
  const Fe v = F::Neg(F::Tighten(F::Add(d_u1_squared, u2_squared)));
  Fe root;
  const auto was_square = RootOfRatio<F>(one, F::Mul(v, u2_squared), root);
  const Fe den_x = F::Mul(root, u2);
  const Fe den_y = F::Mul(F::Mul(root, den_x), v);
  out.x = F::Tighten(Absolute<F>(F::Mul(F::Add(s, s), den_x)));
  out.y = F::Mul(u1, den_y);
  out.z = one;
  out.t = F::Mul(out.x, out.y);
  return F::Bits(was_square & ~IsNegative<F>(out.t) & ~IsZero<F>(out.y));
}

// Section 4.3.4, MAP.
template <class F>
VERVET_NOINLINE void MapHalf(const typename F::Fe& t, Point<F>& out) {
  using Fe = typename F::Fe;
  const Fe one = F::Of(kOne);
  const Fe d = F::Of(kD);
  const Fe r = F::Mul(F::Sqr(t), F::Of(kSqrtM1));
  const Fe u = F::Mul(F::Add(r, one), F::Of(kOneMinusDSquared));
  const Fe minus_one = F::Neg(one);
  const Fe r_d = F::Mul(r, d);
  const Fe v = F::Mul(F::Tighten(F::Sub(minus_one, r_d)), F::Tighten(F::Add(r, d)));
  Fe root;
  const auto was_square = RootOfRatio<F>(u, v, root);
  const Fe other = F::Tighten(F::Neg(Absolute<F>(F::Mul(root, t))));
  const Fe s = F::Select(was_square, root, other);
  const Fe c = F::Select(was_square, minus_one, r);
  const Fe n = F::Tighten(F::Sub(F::Mul(F::Mul(F::Sub(r, one), c), F::Of(kDMinusOneSquared)), v));
  const Fe ss = F::Sqr(s);
  Completed<F> w;
  w.e = F::Mul(F::Add(s, s), v);
  w.f = F::Mul(n, F::Of(kSqrtAdMinusOne));
  w.g = F::Tighten(F::Sub(one, ss));
  w.h = F::Tighten(F::Add(one, ss));
  // (w0·w3 : w2·w1 : w1·w3 : w0·w2) of the RFC is (e·h : g·f : f·h : e·g).
  out.x = F::Mul(w.e, w.h);
  out.y = F::Mul(w.g, w.f);
  out.z = F::Mul(w.f, w.h);
  out.t = F::Mul(w.e, w.g);
}

template <class F>
VERVET_INLINE void Map(const uint8_t* uniform, Point<F>& out) {
  Point<F> first, second;
  MapHalf<F>(LoadFe<F>(uniform, 64), first);
  MapHalf<F>(LoadFe<F>(uniform + 32, 64), second);
  Cached<F> cached;
  ToCached<F>(second, cached);
  ToExtended(Sum(first, cached), out);
  Wipe(&first, sizeof(first));
  Wipe(&second, sizeof(second));
  Wipe(&cached, sizeof(cached));
}

// Section 4.3.2; and Z = 1 afterwards, as the root gives 1/Z. Of a point that encodes as zero, X·Y
// is zero and there is no root: that one stays as it is.
template <class F>
VERVET_NOINLINE void Encode(Point<F>& p, uint8_t* encodings) {
  using Fe = typename F::Fe;
  const Fe u1 = F::Mul(F::Tighten(F::Add(p.z, p.y)), F::Sub(p.z, p.y));
  const Fe u2 = F::Mul(p.x, p.y);
  Fe root;
  RootOfRatio<F>(F::Of(kOne), F::Mul(u1, F::Sqr(u2)), root);
  const Fe den1 = F::Mul(root, u1);
  const Fe den2 = F::Mul(root, u2);
  const Fe z_inverse = F::Mul(F::Mul(den1, den2), p.t);
  const auto rotate = IsNegative<F>(F::Mul(p.t, z_inverse));
  const Fe x = F::Select(rotate, F::Mul(p.y, F::Of(kSqrtM1)), p.x);
  Fe y = F::Select(rotate, F::Mul(p.x, F::Of(kSqrtM1)), p.y);
  const Fe den_inverse = F::Select(rotate, F::Mul(den1, F::Of(kInvSqrtAMinusD)), den2);
  y = NegatedWhere<F>(IsNegative<F>(F::Mul(x, z_inverse)), y);
  StoreFe<F>(Absolute<F>(F::Mul(den_inverse, F::Sub(p.z, y))), encodings);
  const auto no_root = IsZero<F>(u2);
  p.x = F::Select(no_root, p.x, F::Mul(p.x, z_inverse));
  p.y = F::Select(no_root, p.y, F::Mul(p.y, z_inverse));
  p.z = F::Select(no_root, p.z, F::Of(kOne));
  p.t = F::Select(no_root, p.t, F::Mul(p.x, p.y));
}

// The encodings of doubled points. The root that an encoding needs is rational in the coordinates
// of half the point, so inverses suffice, and P. Montgomery's trick makes one of many. M. Hamburg's
// observation, as "double_and_compress_batch" in curve25519-dalek has it: with
//
//   e = 2·X·Y,  f = Z² + d·T²,  g = Y² + X²,  h = Z² - d·T²
//
// the double is (e·h : f·g : f·h : e·g), and 1/(e·f·g·h) gives both inverses that section 4.3.2
// takes from its root.
template <class F>
struct HalfEncoded {
  typename F::Fe e, f, g, h, eg, fh, product;
  typename F::Mask degenerate;
};

template <class F>
VERVET_INLINE void StartEncoding(const Point<F>& p, HalfEncoded<F>& out) {
  using Fe = typename F::Fe;
  const Fe zz = F::Sqr(p.z);
  const Fe d_tt = F::Mul(F::Sqr(p.t), F::Of(kD));
  out.e = F::Mul(F::Add(p.y, p.y), p.x);
  out.f = F::Tighten(F::Add(zz, d_tt));
  out.g = F::Reduce(F::RawAdd(F::SqrRaw(p.y), F::SqrRaw(p.x)));
  out.h = F::Tighten(F::Sub(zz, d_tt));
  out.eg = F::Mul(out.e, out.g);
  out.fh = F::Mul(out.f, out.h);
  out.product = F::Mul(out.eg, out.fh);
  // A point of small order, whose double encodes as zero: its inverse is zero, without spoiling all
  // others'.
  out.degenerate = IsZero<F>(out.product);
  out.product = F::Select(out.degenerate, F::Of(kOne), out.product);
}

template <class F>
VERVET_INLINE void FinishEncoding(const HalfEncoded<F>& p, const typename F::Fe& of_product,
                                  uint8_t* encodings) {
  using Fe = typename F::Fe;
  const Fe inverse = F::Select(p.degenerate, Fe{}, of_product);
  const Fe z_inverse = F::Mul(p.eg, inverse);
  const Fe t_inverse = F::Mul(p.fh, inverse);
  const auto rotate = IsNegative<F>(F::Mul(p.eg, z_inverse));
  const Fe e = F::Select(rotate, p.g, p.e);
  Fe g = F::Select(rotate, F::Neg(p.e), p.g);
  const Fe h = F::Select(rotate, F::Mul(p.f, F::Of(kSqrtM1)), p.h);
  const Fe magic = F::Select(rotate, F::Of(kSqrtM1), F::Of(kInvSqrtAMinusD));
  g = NegatedWhere<F>(IsNegative<F>(F::Mul(F::Mul(h, e), z_inverse)), g);
  const Fe s = F::Mul(F::Sub(h, g), F::Mul(magic, F::Mul(g, t_inverse)));
  StoreFe<F>(Absolute<F>(s), encodings);
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_RISTRETTO_H_
