// Scalar multiplication, and weighted sums, on blocks of points.
#ifndef VERVET_CORE_OPRF_LANES_MULTIPLY_H_
#define VERVET_CORE_OPRF_LANES_MULTIPLY_H_

#include "core/oprf/lanes/lane_ops.h"
#include "core/oprf/lanes/ristretto.h"

namespace vervet::oprf {
namespace {

constexpr int kTableEntries = 8;  // P, 2P, ..., 8P: digits are from -8 to 8

template <class F>
VERVET_NOINLINE void MakeTable(const Point<F>& p, Cached<F>* table) {
  ToCached(p, table[0]);
  Point<F> multiple;
  ToExtended(Doubled(p), multiple);
  ToCached(multiple, table[1]);
  for (int i = 2; i < kTableEntries; ++i) {
    ToExtended(Sum(multiple, table[0]), multiple);
    ToCached(multiple, table[i]);
  }
  Wipe(&multiple, sizeof(multiple));
}

template <class F>
VERVET_INLINE Cached<F> CachedIdentity() {
  Cached<F> out;
  ToCached(Identity<F>(), out);
  return out;
}

// Digit times the point, in each lane its own digit: every entry is read whatever the digit. One
// coordinate at a time, so that it stays in registers.
template <class F>
VERVET_INLINE Cached<F> LookUp(const Cached<F>* table, const Cached<F>& identity,
                               typename F::U digit) {
  using U = typename F::U;
  using Fe = typename F::Fe;
  const U sign = U{} - (digit >> 63);  // all ones where it is negative
  const U size = (digit ^ sign) - sign;
  typename F::Mask is[kTableEntries + 1];
  for (int i = 0; i <= kTableEntries; ++i) {
    is[i] = F::IsZeroWord(size - static_cast<uint64_t>(i));
  }
  const auto take = [&](Fe Cached<F>::*coordinate) {
    Fe out = {};
    F::OrMasked(out, is[0], identity.*coordinate);
#pragma GCC unroll 8
    for (int i = 0; i < kTableEntries; ++i) F::OrMasked(out, is[i + 1], table[i].*coordinate);
    return out;
  };
  return NegatedWhere<F>(sign, Cached<F>{take(&Cached<F>::y_plus_x), take(&Cached<F>::y_minus_x),
                                         take(&Cached<F>::two_z), take(&Cached<F>::two_d_t)});
}

// Four doublings; T is there afterwards.
template <class F>
VERVET_NOINLINE void TimesSixteen(Point<F>& p) {
  for (int i = 0; i < 3; ++i) ToProjective(Doubled(p), p);
  ToExtended(Doubled(p), p);
}

// to = scalar · from, a digit at a time from the top; `digit(i)` gives the lanes' i-th digits.
template <class F, class Digit>
VERVET_INLINE void MultiplyBlock(const Point<F>& from, Point<F>& to, const Digit& digit) {
  Cached<F> table[kTableEntries];
  MakeTable(from, table);
  const Cached<F> identity = CachedIdentity<F>();
  Point<F> sum = Identity<F>();
  for (int i = kScalarDigits - 1; i >= 0; --i) {
    if (i != static_cast<int>(kScalarDigits) - 1) TimesSixteen(sum);
    const Completed<F> next = Sum(sum, LookUp(table, identity, digit(i)));
    if (i == 0) {
      ToExtended(next, sum);
    } else {
      ToProjective(next, sum);
    }
  }
  to = sum;
  Wipe(table, sizeof(table));
  Wipe(&sum, sizeof(sum));
}

// A point's table for a public weight, lane by lane: a lane reads the one entry that it needs, and
// that lies in three cache lines instead of ten.
template <class F>
struct PublicTable {
  static constexpr int kRowWords = 4 * kLimbs;
  // The identity first: a digit of zero is an index as well.
  uint64_t row[kTableEntries + 1][F::kLanes][kRowWords];

  void Make(const Point<F>& p) {
    Cached<F> entries[kTableEntries];
    MakeTable(p, entries);
    Put(0, CachedIdentity<F>());
    for (int i = 0; i < kTableEntries; ++i) Put(i + 1, entries[i]);
  }
  void Put(int at, const Cached<F>& entry) {
    const typename F::Fe four[4] = {entry.y_plus_x, entry.y_minus_x, entry.two_z, entry.two_d_t};
    F::ToRows(four, 4, row[at][0]);
  }
  VERVET_INLINE const uint64_t* Row(int lane, int digit) const {
    return row[digit < 0 ? -digit : digit][lane];
  }
};

// sum += digits · the table's points, a step of E. Straus's method (1964).
template <class F>
VERVET_INLINE void AddWeighted(const PublicTable<F>& table, const int8_t* digits, Point<F>& sum) {
  const uint64_t* rows[F::kLanes];
  for (int lane = 0; lane < F::kLanes; ++lane) rows[lane] = table.Row(lane, digits[lane]);
  typename F::Fe four[4];
  F::FromRows(rows, 4, four);
  const typename F::U sign = typename F::U{} - (F::LoadDigits(digits) >> 63);
  ToExtended(Sum(sum, NegatedWhere<F>(sign, Cached<F>{four[0], four[1], four[2], four[3]})), sum);
}
// The next block's rows are known: memory can bring them while this one is added.
template <class F>
VERVET_INLINE void Prefetch(const PublicTable<F>& table, const int8_t* digits) {
  for (int lane = 0; lane < F::kLanes; ++lane) {
    const uint64_t* const row = table.Row(lane, digits[lane]);
    __builtin_prefetch(row);
    __builtin_prefetch(row + 8);
    __builtin_prefetch(row + 19);
  }
}

// The sum of all lanes, in each of them: every other lane is turned by 1, by 2, by 4.
template <class F>
VERVET_INLINE void AddLanes(Point<F>& sum) {
  for (int by = 1; by < F::kLanes; by *= 2) {
    Point<F> turned;
    constexpr int kWords = sizeof(turned) / (F::kLanes * sizeof(uint64_t));
    uint64_t words[kWords][F::kLanes], from[kWords][F::kLanes];
    static_assert(sizeof(words) == sizeof(turned));
    __builtin_memcpy(from, &sum, sizeof(from));
    for (int i = 0; i < kWords; ++i) {
      for (int lane = 0; lane < F::kLanes; ++lane) {
        words[i][lane] = from[i][(lane + by) % F::kLanes];
      }
    }
    __builtin_memcpy(&turned, words, sizeof(turned));
    Cached<F> cached;
    ToCached(turned, cached);
    ToExtended(Sum(sum, cached), sum);
  }
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_MULTIPLY_H_
