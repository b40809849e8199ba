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

// A digit's sign, all ones where it is negative, and for each entry of a table where it is the one.
template <class F>
struct Choice {
  typename F::U sign;
  typename F::Mask is[kTableEntries + 1];  // the first: zero times

  explicit VERVET_INLINE Choice(typename F::U digit) : sign(typename F::U{} - (digit >> 63)) {
    const typename F::U size = (digit ^ sign) - sign;
    for (int i = 0; i <= kTableEntries; ++i) {
      is[i] = F::IsZeroWord(size - static_cast<uint64_t>(i));
    }
  }
};

// Digit times the point, in each lane its own digit: every entry is read whatever the digit. One
// coordinate at a time, so that it stays in registers.
template <class F>
VERVET_INLINE Cached<F> LookUp(const Cached<F>* table, const Cached<F>& identity,
                               typename F::U digit) {
  using Fe = typename F::Fe;
  const Choice<F> choice(digit);
  const auto take = [&](Fe Cached<F>::*coordinate) {
    Fe out = {};
    F::OrMasked(out, choice.is[0], identity.*coordinate);
#pragma GCC unroll 8
    for (int i = 0; i < kTableEntries; ++i) {
      F::OrMasked(out, choice.is[i + 1], table[i].*coordinate);
    }
    return out;
  };
  return NegatedWhere<F>(choice.sign,
                         Cached<F>{take(&Cached<F>::y_plus_x), take(&Cached<F>::y_minus_x),
                                   take(&Cached<F>::two_z), take(&Cached<F>::two_d_t)});
}

// At least one doubling; T is there afterwards.
template <class F>
VERVET_NOINLINE void DoubleTimes(Point<F>& p, int times) {
  for (int i = 1; i < times; ++i) ToProjective(Doubled(p), p);
  ToExtended(Doubled(p), p);
}
template <class F>
VERVET_INLINE void TimesSixteen(Point<F>& p) {
  DoubleTimes(p, 4);
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

// What a multiplication of one known base needs: 16^i times the base and its multiples, so that a
// digit costs an addition and nothing is doubled. Z = 1 in all of them. N. Pippenger's idea; in
// this form D. J. Bernstein, N. Duif, T. Lange, P. Schwabe, B.-Y. Yang, "High-speed high-security
// signatures" (2011), section 4. The table is public, the digits are not.
template <class F>
struct FixedTable {
  static constexpr int kRowWords = 3 * kLimbs;
  uint64_t row[kScalarDigits][kTableEntries][kRowWords];  // the limbs of one lane

  void Make(const Point<F>& base) {
    Point<F> power = base;
    for (size_t place = 0; place < kScalarDigits; ++place) {
      Point<F> multiple[kTableEntries];
      multiple[0] = power;
      Cached<F> once;
      ToCached(power, once);
      for (int i = 1; i < kTableEntries; ++i) ToExtended(Sum(multiple[i - 1], once), multiple[i]);
      Put(multiple, row[place]);
      ToExtended(Doubled(multiple[kTableEntries - 1]), power);  // 16 = 2·8
    }
  }

 private:
  // With Z made one; P. Montgomery's trick makes one inversion of eight.
  static void Put(const Point<F>* multiple, uint64_t (*rows)[kRowWords]) {
    using Fe = typename F::Fe;
    Fe before[kTableEntries];
    Fe running = F::Of(kOne);
    for (int i = 0; i < kTableEntries; ++i) {
      before[i] = running;
      running = F::Mul(running, multiple[i].z);
    }
    Invert<F>(running);
    for (int i = kTableEntries - 1; i >= 0; --i) {
      const Fe inverse = F::Mul(running, before[i]);
      running = F::Mul(running, multiple[i].z);
      const Fe x = F::Mul(multiple[i].x, inverse), y = F::Mul(multiple[i].y, inverse);
      const Fe three[3] = {F::Tighten(F::Add(y, x)), F::Tighten(F::Sub(y, x)),
                           F::Mul(F::Mul(x, y), F::Of(kTwoD))};
      uint64_t lanes[F::kLanes][kRowWords];
      F::ToRows(three, 3, lanes[0]);
      __builtin_memcpy(rows[i], lanes[0], sizeof(rows[i]));
    }
  }
};

// sum += digit·16^place·base, in each lane its own digit: every entry is read whatever the digit.
template <class F>
VERVET_INLINE void AddFromPlace(const FixedTable<F>& table, size_t place, typename F::U digit,
                                Point<F>& sum) {
  using Fe = typename F::Fe;
  const Choice<F> choice(digit);
  const auto take = [&](int coordinate) {
    Fe out = {};
#pragma GCC unroll 8
    for (int i = 0; i < kTableEntries; ++i) {
      F::OrMasked(out, choice.is[i + 1], F::SplatLimbs(table.row[place][i] + coordinate * kLimbs));
    }
    return out;
  };
  CachedAffine<F> entry = {take(0), take(1), take(2)};
  F::OrMasked(entry.y_plus_x, choice.is[0],
              F::Of(kOne));  // of the identity both are one
  F::OrMasked(entry.y_minus_x, choice.is[0], F::Of(kOne));
  ToExtended(Sum(sum, NegatedWhere<F>(choice.sign, entry)), sum);
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

// Each lane gets that which is `by` lanes further, in a circle.
template <class F>
VERVET_INLINE Point<F> Turned(const Point<F>& p, int by) {
  Point<F> turned;
  constexpr int kWords = sizeof(turned) / (F::kLanes * sizeof(uint64_t));
  uint64_t words[kWords][F::kLanes], from[kWords][F::kLanes];
  static_assert(sizeof(words) == sizeof(turned));
  __builtin_memcpy(from, &p, sizeof(from));
  for (int i = 0; i < kWords; ++i) {
    for (int lane = 0; lane < F::kLanes; ++lane) words[i][lane] = from[i][(lane + by) % F::kLanes];
  }
  __builtin_memcpy(&turned, words, sizeof(turned));
  return turned;
}

// In the first lane: Σ 2^(doublings·lane)·lane. Pairs first, then pairs of pairs.
template <class F>
VERVET_INLINE void AddLanes(int doublings, Point<F>& sum) {
  for (int by = 1; by < F::kLanes; by *= 2) {
    Point<F> others = sum;
    if (doublings > 0) DoubleTimes(others, doublings * by);
    Cached<F> cached;
    ToCached(Turned(others, by), cached);
    ToExtended(Sum(sum, cached), sum);
  }
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_MULTIPLY_H_
