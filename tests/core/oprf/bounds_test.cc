// No lazy reduction of core/oprf/lanes/ can overflow: whole decodings, maps, multiplications, sums
// and encodings, with bounds in the place of numbers.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/core/oprf/bounds_field.h"

namespace vervet::oprf {
namespace {

// field_portable.h: 64-bit limbs, 128-bit columns. Nothing is negative.
struct PortableRules {
  template <class B>
  static auto Loaded(const typename B::Fe& a) {
    return a;
  }
  // Columns in 128 bits, of which the part above 2^51 is cast to 64 bits.
  template <class B>
  static typename B::Raw Columns(const typename B::Fe& a, const typename B::Fe& b) {
    for (int i = 0; i < kLimbs; ++i)
      Below("portable: 19-fold or doubled limb", 38 * b.l[i], Power(64));
    Size column[kLimbs];
    for (int k = 0; k < kLimbs; ++k) {
      column[k] = 0;
      for (int i = 0; i < kLimbs; ++i) {
        column[k] += a.l[i] * b.l[(k - i + kLimbs) % kLimbs] * (i <= k ? 1 : 19);
      }
    }
    Size carry = 0;
    for (Size& c : column) {
      c += carry;
      Below("portable: column", c, Power(115));
      carry = c / Power(51);
    }
    typename B::Raw out;
    for (Size& limb : out.c) limb = Power(51) - 1;
    const Size first = Power(51) + 19 * carry;
    Below("portable: second carry", first, Power(115));
    out.c[1] += first / Power(51);
    return out;
  }
  template <class B>
  static auto Mul(const typename B::Fe& a, const typename B::Fe& b) {
    return Columns<B>(a, b);
  }
  template <class B>
  static auto Sqr(const typename B::Fe& a) {
    return Columns<B>(a, a);
  }
  template <class B>
  static typename B::Fe Reduce(const typename B::Raw& a) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.c[i];
    return out;
  }
  template <class B>
  static typename B::Fe Add(const typename B::Fe& a, const typename B::Fe& b) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) out.l[i] = a.l[i] + b.l[i];
    return out;
  }
  template <class B>
  static typename B::Fe Sub(const typename B::Fe& a, const typename B::Fe& b) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      Below("portable: subtrahend", b.l[i], 4 * PrimeLimb(i) + 1);
      out.l[i] = a.l[i] + 4 * PrimeLimb(i);
    }
    return out;
  }
  template <class B>
  static typename B::Raw RawSub(const typename B::Raw& a, const typename B::Raw& b) {
    const auto difference = Sub<B>(Reduce<B>(a), Reduce<B>(b));
    typename B::Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = difference.l[i];
    return out;
  }
  template <class B>
  static auto Neg(const typename B::Fe& a) {
    return Tighten<B>(Sub<B>(typename B::Fe{}, a));
  }
  template <class B>
  static auto Tighten(const typename B::Fe& a) {
    typename B::Fe out = a;
    Size carry = out.l[4] / Power(51);
    out.l[4] = Power(51) - 1;
    out.l[0] += 19 * carry;
    for (int i = 0; i < 4; ++i) {
      Below("portable: limb", out.l[i], Power(64));
      out.l[i + 1] += out.l[i] / Power(51);
      out.l[i] = Power(51) - 1;
    }
    return out;
  }
  template <class B>
  static void Canonical(const typename B::Fe& a) {
    for (const Size& limb : Tighten<B>(a).l) Below("portable: canonical", limb, Power(52));
  }
};

// field_ifma.h: operands are cut to 52 bits, columns live in 64. Nothing is negative.
struct IfmaRules {
  template <class B>
  static auto Loaded(const typename B::Fe& a) {
    return a;
  }
  template <class B>
  static typename B::Raw Mul(const typename B::Fe& a, const typename B::Fe& b) {
    Size high[2 * kLimbs] = {}, low[2 * kLimbs] = {};
    for (int i = 0; i < kLimbs; ++i) {
      Below("ifma: operand", a.l[i], Power(52));
      Below("ifma: operand", b.l[i], Power(52));
      for (int j = 0; j < kLimbs; ++j) {
        high[i + j + 1] += a.l[i] * b.l[j] / Power(52);
        low[i + j] += Power(52) - 1;
      }
    }
    typename B::Raw out;
    for (int i = 0; i < kLimbs; ++i) {
      out.c[i] = low[i] + 2 * high[i] + 19 * (low[i + kLimbs] + 2 * high[i + kLimbs]);
      Below("ifma: column", out.c[i], Power(64));
    }
    return out;
  }
  template <class B>
  static auto Sqr(const typename B::Fe& a) {
    return Mul<B>(a, a);  // the same products, some of them doubled
  }
  template <class B>
  static typename B::Fe Reduce(const typename B::Raw& a) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      Below("ifma: sum of columns", a.c[i], Power(64));
      const Size carry = a.c[(i + kLimbs - 1) % kLimbs] / Power(51);
      out.l[i] = std::fmin(a.c[i], Power(51) - 1) + (i == 0 ? 19 * carry : carry);
      Below("ifma: reduced limb", out.l[i], Power(51) + Power(17));
    }
    return out;
  }
  template <class B>
  static typename B::Fe Add(const typename B::Fe& a, const typename B::Fe& b) {
    typename B::Raw sum;
    for (int i = 0; i < kLimbs; ++i) sum.c[i] = a.l[i] + b.l[i];
    return Reduce<B>(sum);
  }
  template <class B>
  static typename B::Fe Sub(const typename B::Fe& a, const typename B::Fe& b) {
    typename B::Raw sum;
    for (int i = 0; i < kLimbs; ++i) {
      Below("ifma: subtrahend", b.l[i], 2 * PrimeLimb(i) + 1);
      sum.c[i] = a.l[i] + 2 * PrimeLimb(i);
    }
    return Reduce<B>(sum);
  }
  template <class B>
  static typename B::Raw RawSub(const typename B::Raw& a, const typename B::Raw& b) {
    typename B::Raw out;
    for (int i = 0; i < kLimbs; ++i) {
      Below("ifma: raw subtrahend", b.c[i], 1024 * PrimeLimb(i) + 1);
      out.c[i] = a.c[i] + 1024 * PrimeLimb(i);
    }
    return out;
  }
  template <class B>
  static auto Neg(const typename B::Fe& a) {
    return Sub<B>(typename B::Fe{}, a);
  }
  template <class B>
  static auto Tighten(const typename B::Fe& a) {
    return a;
  }
  template <class B>
  static void Canonical(const typename B::Fe& a) {
    for (const Size& limb : a.l) Below("ifma: canonical", limb, Power(52));
  }
};

// field_fma.h: signed integers in doubles; a size is of the absolute value.
struct FmaRules {
  template <class B>
  static auto Loaded(const typename B::Fe& a) {
    return Tighten<B>(a);
  }
  // Where a product reaches 2^102, c1 plus it leaves the binade in which the last place is 2^51.
  static void Split(Size product, Size& low, Size& high) {
    Below("fma: product", product, Power(102) - Power(51));
    low += Power(51);  // 2^50 in the usual rounding mode
    high += product / Power(51) + 1;
  }
  template <class B>
  static typename B::Raw Folded(const Size (&column)[2 * kLimbs]) {
    typename B::Raw out;
    for (int i = 0; i < kLimbs; ++i) out.c[i] = column[i] + 19 * column[i + kLimbs];
    return out;
  }
  template <class B>
  static typename B::Raw Mul(const typename B::Fe& a, const typename B::Fe& b) {
    Size column[2 * kLimbs] = {};
    for (int i = 0; i < kLimbs; ++i) {
      for (int j = 0; j < kLimbs; ++j) Split(a.l[i] * b.l[j], column[i + j], column[i + j + 1]);
    }
    return Folded<B>(column);
  }
  template <class B>
  static typename B::Raw Sqr(const typename B::Fe& a) {
    Size column[2 * kLimbs] = {};
    for (int i = 0; i < kLimbs; ++i) {
      for (int j = i; j < kLimbs; ++j) {
        Split(a.l[i] * a.l[j] * (i == j ? 1 : 2), column[i + j], column[i + j + 1]);
      }
    }
    return Folded<B>(column);
  }
  template <class B>
  static typename B::Fe Reduce(const typename B::Raw& a) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      Below("fma: sum of columns", a.c[i], Power(62) - Power(50));
      const Size carry = a.c[(i + kLimbs - 1) % kLimbs] / Power(51) + 1;
      const Size added = i == 0 ? 19 * carry : carry;
      const Size bias = (i == 0 ? 19 : 1) * Power(11);
      Below("fma: limb beside the exponent", Power(51) + bias + added, Power(52));
      out.l[i] = Power(50) + added;
      Below("fma: reduced limb", out.l[i], Power(50) + Power(15));
    }
    return out;
  }
  template <class B>
  static typename B::Fe Add(const typename B::Fe& a, const typename B::Fe& b) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      out.l[i] = a.l[i] + b.l[i];
      Below("fma: exact sum", out.l[i], Power(53));
    }
    return out;
  }
  template <class B>
  static auto Sub(const typename B::Fe& a, const typename B::Fe& b) {
    return Add<B>(a, b);
  }
  template <class B>
  static typename B::Raw RawSub(const typename B::Raw& a, const typename B::Raw& b) {
    return B::RawAdd(a, b);
  }
  template <class B>
  static auto Neg(const typename B::Fe& a) {
    return a;
  }
  template <class B>
  static auto Tighten(const typename B::Fe& a) {
    typename B::Fe out;
    for (int i = 0; i < kLimbs; ++i) {
      const Size carry = a.l[(i + kLimbs - 1) % kLimbs] / Power(51) + 1;
      out.l[i] = Power(50) + (i == 0 ? 19 * carry : carry);
    }
    return out;
  }
  template <class B>
  static void Canonical(const typename B::Fe& a) {
    const auto tight = Tighten<B>(a);
    for (int i = 0; i < kLimbs; ++i) {
      Below("fma: canonical, below", tight.l[i], PrimeLimb(i));
      Below("fma: canonical, above", tight.l[i] + PrimeLimb(i), Power(52));
    }
  }
};

// Everything that block_ops.h offers.
template <class F>
void RunEverything() {
  using Ops = BlockOps<F>;
  std::vector<Point<F>> points(2), products(2);
  std::vector<typename Ops::EncodeScratch> encode(2);
  std::vector<PublicTable<F>> sums(Ops::kTablesAtATime);
  const auto fixed = std::make_unique<FixedTable<F>>();
  uint8_t bytes[2 * 64] = {};
  int8_t digits[2 * kScalarDigits] = {};
  Ops::DecodeBlock(bytes, &points[0]);
  Ops::MapBlock(bytes, &points[1]);
  Ops::MultiplyAll(digits, points.data(), products.data(), 2);
  Ops::EncodeDoubled(products.data(), 2, encode.data(), bytes);
  Ops::MultiplyEach(digits, points.data(), products.data(), 2);
  Ops::EncodeDoubled(products.data(), 2, encode.data(), bytes);
  Ops::MakeFixedTable(&points[0], fixed.get());
  Ops::AddFixed(digits, fixed.get(), points.data(), products.data(), 2);
  Ops::EncodeBlocks(products.data(), 2, bytes);
  Ops::EncodeDoubled(products.data(), 2, encode.data(), bytes);
  for (int8_t& digit : digits) digit = 8;
  Ops::WeightedSumDoubled(digits, points.data(), 2, sums.data(), bytes);
  // Several groups: a bound that grew from an addition to the next would grow into a limit.
  constexpr int kBits = 4, kLargest = 8, kGroups = 4;
  std::vector<uint8_t> buckets((kLargest + 1) * sizeof(Bucket<F>) +
                               2 * kPointWords * sizeof(uint64_t));
  Ops::DecodeBlock(bytes, &points[0]);
  Ops::DecodeBlock(bytes, &points[1]);
  Ops::BucketSumDoubled({digits, kBits, kGroups}, points.data(), 2, buckets.data(), bytes);
  Ops::EncodeBlocks(points.data(), 2, bytes);
  Ops::BucketSumDoubled({digits, kBits, kGroups}, points.data(), 2, buckets.data(), bytes);
}

template <class Rules>
std::string FirstBroken() {
  broken = {};
  closest = 0;
  RunEverything<BoundsField<Rules>>();
  if (broken.rule == nullptr) return "";
  return absl::StrCat(broken.rule, ": 2^", static_cast<double>(std::log2(broken.size)), " of 2^",
                      static_cast<double>(std::log2(broken.limit)));
}

TEST(Bounds, HoldInOneLane) { EXPECT_EQ(FirstBroken<PortableRules>(), ""); }
TEST(Bounds, HoldInFourLanesOfDoubles) { EXPECT_EQ(FirstBroken<FmaRules>(), ""); }
TEST(Bounds, HoldInEightLanesOf52Bits) { EXPECT_EQ(FirstBroken<IfmaRules>(), ""); }

// The same without the carry after a sum, which an instruction that reads 52 bits needs.
struct WithoutACarry : IfmaRules {
  template <class B>
  static typename B::Fe Add(const typename B::Fe& a, const typename B::Fe& b) {
    return PortableRules::Add<B>(a, b);
  }
};
TEST(Bounds, AreMissedWhereASumIsNotCarried) { EXPECT_NE(FirstBroken<WithoutACarry>(), ""); }

}  // namespace
}  // namespace vervet::oprf
