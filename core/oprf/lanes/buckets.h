// Weighted sums of many points by buckets, after N. Pippenger ("On the evaluation of powers and
// related problems", 1976); D. J. Bernstein, J. Doumen, T. Lange and J.-J. Oosterwijk compare it
// with tables for sums like ours ("Faster batch forgery identification", 2012).
//
// A weight is Σ digit·2^(bits·window), digits signed. Within a window each point is added to the
// bucket of its digit, or taken away, and Σ size·bucket costs two additions a bucket more. No point
// needs a table. Each lane has windows of its own: so all lanes add the same point at a time, each
// to another bucket, and the buckets are counted up once for all lanes.
//
// The additions are complete: buckets begin as the identity, and nobody looks whether they still
// are it, or are the point that is added. Digits of zero have a bucket too, which is not counted.
#ifndef VERVET_CORE_OPRF_LANES_BUCKETS_H_
#define VERVET_CORE_OPRF_LANES_BUCKETS_H_

#include "core/oprf/lanes/multiply.h"

namespace vervet::oprf {
namespace {

// A bucket of each lane, lane by lane: X, Y, Z, T.
template <class F>
struct Bucket {
  uint64_t row[F::kLanes][4 * kLimbs];

  VERVET_INLINE void RowsOf(uint64_t** rows) {
    for (int lane = 0; lane < F::kLanes; ++lane) rows[lane] = row[lane];
  }
};

// What is added of a point with Z = 1, in every lane the same: the words of a CachedAffine.
constexpr int kPointWords = 3 * kLimbs;

// Those of a block's points, one behind the other.
template <class F>
VERVET_NOINLINE void ToPointRows(const Point<F>& p, uint64_t* rows) {
  const typename F::Fe three[3] = {F::Tighten(F::Add(p.y, p.x)), F::Tighten(F::Sub(p.y, p.x)),
                                   F::Mul(p.t, F::Of(kTwoD))};
  F::ToRows(three, 3, rows);
}

template <class F>
VERVET_INLINE Point<F> LoadRows(const uint64_t* const* rows) {
  typename F::Fe four[4];
  F::FromRows(rows, 4, four);
  return {four[0], four[1], four[2], four[3]};
}
template <class F>
VERVET_INLINE void StoreRows(const Point<F>& p, uint64_t* const* rows) {
  const typename F::Fe four[4] = {p.x, p.y, p.z, p.t};
  F::StoreRows(four, rows);
}

// Where each lane's digit leads.
template <class F>
VERVET_INLINE void FindRows(Bucket<F>* buckets, const int8_t* digits, uint64_t** rows) {
  for (int lane = 0; lane < F::kLanes; ++lane) {
    const int digit = digits[lane];
    rows[lane] = buckets[digit < 0 ? -digit : digit].row[lane];
  }
}

// One window of each lane: digits [point][lane].
template <class F>
VERVET_NOINLINE void FillBuckets(const int8_t* digits, const uint64_t* points, size_t count,
                                 int largest, Bucket<F>* buckets) {
  uint64_t* rows[F::kLanes];
  for (int i = 0; i <= largest; ++i) {
    buckets[i].RowsOf(rows);
    StoreRows(Identity<F>(), rows);
  }
  for (size_t i = 0; i < count; ++i, digits += F::kLanes, points += kPointWords) {
    if (i + 1 < count) {
      FindRows(buckets, digits + F::kLanes, rows);
      for (const uint64_t* const row : rows) {
        __builtin_prefetch(row);
        __builtin_prefetch(row + 8);
        __builtin_prefetch(row + 19);
      }
    }
    FindRows(buckets, digits, rows);
    const CachedAffine<F> point = {F::SplatLimbs(points), F::SplatLimbs(points + kLimbs),
                                   F::SplatLimbs(points + 2 * kLimbs)};
    const typename F::U sign = typename F::U{} - (F::LoadDigits(digits) >> 63);
    Point<F> sum = LoadRows<F>(rows);
    ToExtended(Sum(sum, NegatedWhere<F>(sign, point)), sum);
    StoreRows(sum, rows);
  }
}

// Σ size·buckets[size] in each lane, from the largest down: what was added up so far counts once
// more at each step.
template <class F>
VERVET_NOINLINE void CountBuckets(Bucket<F>* buckets, int largest, Point<F>& sum) {
  uint64_t* rows[F::kLanes];
  Cached<F> cached;
  buckets[largest].RowsOf(rows);
  Point<F> so_far = LoadRows<F>(rows);
  sum = so_far;
  for (int size = largest - 1; size > 0; --size) {
    buckets[size].RowsOf(rows);
    ToCached(LoadRows<F>(rows), cached);
    ToExtended(Sum(so_far, cached), so_far);
    ToCached(so_far, cached);
    ToExtended(Sum(sum, cached), sum);
  }
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_BUCKETS_H_
