// The functions of LaneOps for one field.
#ifndef VERVET_CORE_OPRF_LANES_BLOCK_OPS_H_
#define VERVET_CORE_OPRF_LANES_BLOCK_OPS_H_

#include "core/oprf/lanes/buckets.h"
#include "core/oprf/lanes/sha512.h"

namespace vervet::oprf {
namespace {

template <class F>
struct BlockOps {
  static uint32_t DecodeBlock(const uint8_t* encodings, void* block) {
    const typename F::Scope scope;
    return Decode<F>(encodings, *static_cast<Point<F>*>(block));
  }

  static void MapBlock(const uint8_t* uniform, void* block) {
    const typename F::Scope scope;
    Map<F>(uniform, *static_cast<Point<F>*>(block));
  }

  static void MultiplyAll(const int8_t* digits, const void* from, void* to, size_t blocks) {
    const typename F::Scope scope;
    for (size_t b = 0; b < blocks; ++b) {
      MultiplyBlock<F>(static_cast<const Point<F>*>(from)[b], static_cast<Point<F>*>(to)[b],
                       [digits](int i) { return F::Broadcast(digits[i]); });
    }
  }

  static void MultiplyEach(const int8_t* digits, const void* from, void* to, size_t blocks) {
    const typename F::Scope scope;
    for (size_t b = 0; b < blocks; ++b) {
      const int8_t* const own = digits + b * kScalarDigits * F::kLanes;
      MultiplyBlock<F>(static_cast<const Point<F>*>(from)[b], static_cast<Point<F>*>(to)[b],
                       [own](int i) { return F::LoadDigits(own + i * F::kLanes); });
    }
  }

  static void MakeFixedTable(const void* block, void* table) {
    const typename F::Scope scope;
    static_cast<FixedTable<F>*>(table)->Make(*static_cast<const Point<F>*>(block));
  }

  // A place of the table serves so many sums before the next: both stay in the cache.
  static constexpr size_t kSumsAtATime = 64 / F::kLanes;

  static void AddFixed(const int8_t* digits, const void* table, const void* from, void* to,
                       size_t blocks) {
    const typename F::Scope scope;
    const FixedTable<F>& base = *static_cast<const FixedTable<F>*>(table);
    Point<F>* const sums = static_cast<Point<F>*>(to);
    for (size_t first = 0; first < blocks; first += kSumsAtATime) {
      const size_t rest = blocks - first;
      const size_t end = first + (rest < kSumsAtATime ? rest : kSumsAtATime);
      for (size_t b = first; b < end; ++b) sums[b] = static_cast<const Point<F>*>(from)[b];
      for (size_t place = 0; place < kScalarDigits; ++place) {
        for (size_t b = first; b < end; ++b) {
          AddFromPlace(base, place, F::LoadDigits(digits + (b * kScalarDigits + place) * F::kLanes),
                       sums[b]);
        }
      }
    }
  }

  static void EncodeBlocks(void* blocks, size_t count, uint8_t* encodings) {
    const typename F::Scope scope;
    for (size_t b = 0; b < count; ++b) {
      Encode(static_cast<Point<F>*>(blocks)[b], encodings + 32 * F::kLanes * b);
    }
  }

  // products[i] = product of the first i; then the inverse of all, peeled off from the back.
  struct EncodeScratch {
    HalfEncoded<F> half;
    typename F::Fe before;
  };
  static void EncodeDoubled(const void* blocks, size_t count, void* scratch, uint8_t* encodings) {
    const typename F::Scope scope;
    EncodeScratch* const part = static_cast<EncodeScratch*>(scratch);
    typename F::Fe running = F::Of(kOne);
    for (size_t b = 0; b < count; ++b) {
      StartEncoding(static_cast<const Point<F>*>(blocks)[b], part[b].half);
      part[b].before = running;
      running = F::Mul(running, part[b].half.product);
    }
    Invert<F>(running);
    for (size_t b = count; b > 0; --b) {
      const EncodeScratch& own = part[b - 1];
      FinishEncoding(own.half, F::Mul(running, own.before), encodings + 32 * F::kLanes * (b - 1));
      running = F::Mul(running, own.half.product);
    }
  }

  // Tables of more points than these would not stay in a cache of the second level.
  static constexpr size_t kTablesAtATime = 256 / F::kLanes;

  static void WeightedSumDoubled(const int8_t* digits, const void* blocks, size_t count,
                                 void* scratch, uint8_t* encoding) {
    const typename F::Scope scope;
    PublicTable<F>* const each = static_cast<PublicTable<F>*>(scratch);
    const Point<F>* const points = static_cast<const Point<F>*>(blocks);
    Point<F> total = Identity<F>();
    for (size_t first = 0; first < count; first += kTablesAtATime) {
      const size_t rest = count - first;
      const size_t tables = rest < kTablesAtATime ? rest : kTablesAtATime;
      Point<F> sum;
      SumOfSome(digits + first * kScalarDigits * F::kLanes, points + first, tables, each, sum);
      Cached<F> cached;
      ToCached(sum, cached);
      ToExtended(Sum(total, cached), total);
    }
    AddLanes(0, total);
    EncodeFirstLane(total, encoding);
  }

  static void EncodeFirstLane(const Point<F>& sum, uint8_t* encoding) {
    EncodeScratch one;
    uint8_t encodings[32 * F::kLanes];
    EncodeDoubled(&sum, 1, &one, encodings);
    __builtin_memcpy(encoding, encodings, 32);
  }

  // Straus's method: one chain of doublings, from the top digits down.
  static void SumOfSome(const int8_t* digits, const Point<F>* points, size_t count,
                        PublicTable<F>* each, Point<F>& sum) {
    for (size_t b = 0; b < count; ++b) {
      each[b].Make(points[b]);
    }
    sum = Identity<F>();
    for (int i = kScalarDigits - 1; i >= 0; --i) {
      if (i != static_cast<int>(kScalarDigits) - 1) TimesSixteen(sum);
      for (size_t b = 0; b < count; ++b) {
        const int8_t* const own = digits + (b * kScalarDigits + i) * F::kLanes;
        if (b + 1 < count) Prefetch(each[b + 1], own + kScalarDigits * F::kLanes);
        AddWeighted(each[b], own, sum);
      }
    }
  }

  // From the top group of windows down, in each lane; then the lanes.
  static void BucketSumDoubled(const BucketDigits& weights, const void* blocks, size_t points,
                               void* scratch, uint8_t* encoding) {
    const typename F::Scope scope;
    const int largest = 1 << (weights.bits - 1);
    Bucket<F>* const buckets = static_cast<Bucket<F>*>(scratch);
    uint64_t* const rows = reinterpret_cast<uint64_t*>(buckets + largest + 1);
    for (size_t first = 0; first < points; first += F::kLanes) {
      ToPointRows(static_cast<const Point<F>*>(blocks)[first / F::kLanes],
                  rows + first * kPointWords);
    }
    Point<F> total = Identity<F>();
    for (int group = weights.groups - 1; group >= 0; --group) {
      DoubleTimes(total, weights.bits);
      FillBuckets(weights.digits + group * points * F::kLanes, rows, points, largest, buckets);
      Point<F> sum;
      CountBuckets(buckets, largest, sum);
      Cached<F> cached;
      ToCached(sum, cached);
      ToExtended(Sum(total, cached), total);
    }
    AddLanes(weights.bits * weights.groups, total);
    EncodeFirstLane(total, encoding);
  }

  static void Sha512Blocks(const uint8_t* messages, size_t stride, size_t blocks, uint64_t* state) {
    for (size_t b = 0; b < blocks; ++b) Compress<F>(messages + b * 128, stride, state);
  }

  static constexpr LaneOps Of(const char* name, size_t buckets_from) {
    static_assert(alignof(Point<F>) <= 64 && alignof(PublicTable<F>) <= 64);
    return {name,
            F::kLanes,
            sizeof(Point<F>),
            sizeof(EncodeScratch),
            sizeof(PublicTable<F>) * kTablesAtATime,
            sizeof(FixedTable<F>),
            sizeof(Bucket<F>),
            sizeof(uint64_t) * kPointWords,
            buckets_from,
            &DecodeBlock,
            &MapBlock,
            &MultiplyAll,
            &MultiplyEach,
            &MakeFixedTable,
            &AddFixed,
            &EncodeBlocks,
            &EncodeDoubled,
            &WeightedSumDoubled,
            &BucketSumDoubled,
            &Sha512Blocks};
  }
};

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_BLOCK_OPS_H_
