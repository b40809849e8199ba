#include "core/oprf/curve_lanes.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "core/oprf/lane_hash.h"
#include "core/oprf/secret_buffer.h"

namespace vervet::oprf {
namespace {

constexpr size_t kElementBytes = Element::kSizeBytes;
// Points whose encodings share one inversion: many, and still small beside a cache.
constexpr size_t kPointsAtATime = 256;
constexpr size_t kAlignment = 64;

// As SecretBuffer, aligned for vectors and not set to zero first.
class AlignedSecret {
 public:
  explicit AlignedSecret(size_t size_bytes)
      : size_bytes_((std::max<size_t>(size_bytes, 1) + kAlignment - 1) / kAlignment * kAlignment),
        bytes_(static_cast<uint8_t*>(std::aligned_alloc(kAlignment, size_bytes_))) {
    if (bytes_ == nullptr) std::abort();
  }
  ~AlignedSecret() {
    sodium_memzero(bytes_, size_bytes_);
    std::free(bytes_);
  }
  AlignedSecret(const AlignedSecret&) = delete;
  AlignedSecret& operator=(const AlignedSecret&) = delete;
  uint8_t* get() { return bytes_; }
  const uint8_t* get() const { return bytes_; }

 private:
  const size_t size_bytes_;
  uint8_t* const bytes_;
};

class LanePoints final : public CurvePoints {
 public:
  LanePoints(size_t size, size_t size_bytes) : CurvePoints(size), blocks(size_bytes) {}
  AlignedSecret blocks;
  bool z_is_one = false;  // in all of them: sums by buckets ask for it
};

class LaneBase final : public CurveBase {
 public:
  explicit LaneBase(size_t size_bytes) : table(size_bytes) {}
  AlignedSecret table;  // public, but aligned
};

// RFC 9496 section 4.3.1, steps 1 and 2, and no identity: what can be seen without arithmetic.
bool LooksLikeAnElement(const uint8_t* encoding) {
  uint64_t word[4];
  std::memcpy(word, encoding, sizeof(word));
  const bool below_p = word[3] < 0x7fffffffffffffff ||
                       (word[3] == 0x7fffffffffffffff &&
                        ((word[2] & word[1]) != ~uint64_t{0} || word[0] < 0xffffffffffffffed));
  return below_p && (word[0] & 1) == 0 && (word[0] | word[1] | word[2] | word[3]) != 0;
}

// Halved weights are below 2^253, and signed digits need a bit more.
constexpr int kWeightBits = 254;

int GroupsOf(int bits, size_t lanes) {
  const int windows = (kWeightBits + bits - 1) / bits, per_group = static_cast<int>(lanes);
  return (windows + per_group - 1) / per_group;
}

// Narrow windows mean many additions, wide ones many buckets: whatever has the fewer
// multiplications in the field, which are 7 for a point of a group, and about one for bringing and
// putting back its buckets; 18 for a bucket.
int BucketBits(size_t points, size_t lanes) {
  const auto cost = [&](int bits) {
    return GroupsOf(bits, lanes) * (8 * points + 18 * (size_t{1} << (bits - 1)));
  };
  int best = 3;
  for (int bits = best + 1; bits <= 8; ++bits) {
    if (cost(bits) < cost(best)) best = bits;
  }
  return best;
}

class LaneCurve final : public Curve {
 public:
  explicit LaneCurve(const LaneOps& ops)
      : ops_(ops), blocks_at_a_time_(kPointsAtATime / ops.lanes) {}

  absl::string_view name() const override { return ops_.name; }

  size_t Decode(Bytes packed, std::unique_ptr<CurvePoints>* points) const override {
    const size_t count = packed.size() / kElementBytes;
    auto decoded = NewPoints(count);
    std::array<uint8_t, kMaxLanes * kElementBytes> padded;
    for (size_t b = 0; b < Blocks(count); ++b) {
      const size_t first = b * ops_.lanes;
      const size_t in_block = std::min(ops_.lanes, count - first);
      const uint8_t* const given = packed.data() + first * kElementBytes;
      for (size_t i = 0; i < in_block; ++i) {
        if (LooksLikeAnElement(given + i * kElementBytes)) continue;
        // An earlier one of the block may be wrong in a way that only arithmetic sees.
        return first + FirstInvalid(given, i);
      }
      padded.fill(0);
      std::memcpy(padded.data(), given, in_block * kElementBytes);
      const uint32_t valid = ops_.decode(padded.data(), Block(*decoded, b));
      for (size_t i = 0; i < in_block; ++i) {
        if ((valid >> i & 1) == 0) return first + i;
      }
    }
    decoded->z_is_one = true;
    *points = std::move(decoded);
    return count;
  }

  std::unique_ptr<CurvePoints> MapToGroup(Bytes uniform_packed) const override {
    const size_t count = uniform_packed.size() / kDigestBytes;
    auto points = NewPoints(count);
    Secret<kMaxLanes * kDigestBytes> padded;
    for (size_t b = 0; b < Blocks(count); ++b) {
      const size_t first = b * ops_.lanes;
      const size_t in_block = std::min(ops_.lanes, count - first);
      const uint8_t* uniform = uniform_packed.data() + first * kDigestBytes;
      if (in_block < ops_.lanes) {
        std::memcpy(padded.MutableSecret().data(), uniform, in_block * kDigestBytes);
        uniform = padded.RevealSecret().data();
      }
      ops_.map(uniform, Block(*points, b));
    }
    return points;
  }

  size_t MultiplyAll(const Scalar& scalar, const CurvePoints& points,
                     absl::Span<uint8_t> out_packed) const override {
    Secret<kScalarDigits> digits;
    auto* const recoded = reinterpret_cast<int8_t*>(digits.MutableSecret().data());
    HalveAndRecode(scalar.RevealSecret().data(), recoded, 1);
    return InChunks(points, out_packed, [&](size_t, const void* from, void* to, size_t blocks) {
      ops_.multiply_all(recoded, from, to, blocks);
    });
  }

  size_t MultiplyEach(absl::Span<const Scalar> scalars, const CurvePoints& points,
                      absl::Span<uint8_t> out_packed) const override {
    SecretBuffer digits(kPointsAtATime * kScalarDigits);
    auto* const recoded = reinterpret_cast<int8_t*>(digits.MutableSecret().data());
    return InChunks(
        points, out_packed, [&](size_t first, const void* from, void* to, size_t blocks) {
          RecodeBlocks(HalveAndRecode, first, std::min(points.size() - first, blocks * ops_.lanes),
                       recoded, [&](size_t i) { return scalars[i].RevealSecret().data(); });
          ops_.multiply_each(recoded, from, to, blocks);
        });
  }

  std::unique_ptr<const CurveBase> Prepare(const Element& base) const override {
    std::array<uint8_t, kMaxLanes * kElementBytes> in_every_lane;
    for (size_t lane = 0; lane < kMaxLanes; ++lane) {
      std::copy(base.bytes().begin(), base.bytes().end(), &in_every_lane[lane * kElementBytes]);
    }
    AlignedSecret block(ops_.block_bytes);
    ops_.decode(in_every_lane.data(), block.get());
    auto prepared = std::make_unique<LaneBase>(ops_.fixed_table_bytes);
    ops_.make_fixed_table(block.get(), prepared->table.get());
    return prepared;
  }

  size_t AddMultiples(const CurvePoints& points, absl::Span<const Scalar> scalars,
                      const CurveBase& base, bool subtract, absl::Span<uint8_t> out_packed,
                      std::unique_ptr<CurvePoints>* sums) const override {
    const size_t count = points.size();
    const void* const table = static_cast<const LaneBase&>(base).table.get();
    auto added = NewPoints(count);
    SecretBuffer digits(kPointsAtATime * kScalarDigits);
    auto* const recoded = reinterpret_cast<int8_t*>(digits.MutableSecret().data());
    AlignedSecret encodings(kPointsAtATime * kElementBytes);
    for (size_t first = 0; first < count; first += kPointsAtATime) {
      const size_t in_chunk = std::min(count - first, kPointsAtATime);
      RecodeBlocks(Recode, first, in_chunk, recoded,
                   [&](size_t i) { return scalars[i].RevealSecret().data(); });
      if (subtract) {
        for (size_t i = 0; i < Blocks(in_chunk) * ops_.lanes * kScalarDigits; ++i) {
          recoded[i] = static_cast<int8_t>(-recoded[i]);
        }
      }
      uint8_t* const to = Block(*added, first / ops_.lanes);
      ops_.add_fixed(recoded, table, BlockAt(points, first), to, Blocks(in_chunk));
      ops_.encode(to, Blocks(in_chunk), encodings.get());
      std::memcpy(&out_packed[first * kElementBytes], encodings.get(), in_chunk * kElementBytes);
    }
    const size_t identity = FirstIdentity(out_packed, count);
    added->z_is_one = identity == count;
    if (sums != nullptr) *sums = std::move(added);
    return identity;
  }

  void WeightedSum(Bytes weights_packed, const CurvePoints& points,
                   absl::Span<uint8_t> out) const override {
    if (Own(points).z_is_one && points.size() >= ops_.buckets_from) {
      return SumByBuckets(weights_packed, Own(points), out);
    }
    const size_t blocks = Blocks(points.size());
    std::vector<int8_t> digits(blocks * ops_.lanes * kScalarDigits);
    RecodeBlocks(HalveAndRecode, 0, points.size(), digits.data(),
                 [&](size_t i) { return &weights_packed[i * Scalar::kSizeBytes]; });
    const auto scratch = NotWiped(ops_.sum_scratch_bytes);
    ops_.weighted_sum_doubled(digits.data(), Own(points).blocks.get(), blocks, scratch.get(),
                              out.data());
  }

  void ExpandEach(Bytes messages_packed, size_t message_bytes, absl::string_view dst,
                  absl::Span<uint8_t> out_packed) const override {
    ExpandEachInLanes(ops_, messages_packed, message_bytes, dst, out_packed);
  }

 private:
  static constexpr size_t kMaxLanes = 8;

  static const LanePoints& Own(const CurvePoints& points) {
    return static_cast<const LanePoints&>(points);
  }
  size_t Blocks(size_t count) const { return (count + ops_.lanes - 1) / ops_.lanes; }
  std::unique_ptr<LanePoints> NewPoints(size_t count) const {
    return std::make_unique<LanePoints>(count, Blocks(count) * ops_.block_bytes);
  }
  uint8_t* Block(LanePoints& points, size_t b) const {
    return points.blocks.get() + b * ops_.block_bytes;
  }
  // The block that begins with point `first`.
  const uint8_t* BlockAt(const CurvePoints& points, size_t first) const {
    return Own(points).blocks.get() + first / ops_.lanes * ops_.block_bytes;
  }
  // Of `count` encodings of which the last looks like none.
  static size_t FirstInvalid(const uint8_t* encodings, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (!Element::Decode(Bytes(encodings + i * kElementBytes, kElementBytes)).ok()) return i;
    }
    return count;
  }

  // Public, so not worth the wiping.
  static std::unique_ptr<void, decltype(&std::free)> NotWiped(size_t size_bytes) {
    const size_t aligned = (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
    std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(kAlignment, aligned),
                                                       &std::free);
    if (memory == nullptr) std::abort();
    return memory;
  }

  void SumByBuckets(Bytes weights_packed, const LanePoints& points, absl::Span<uint8_t> out) const {
    const size_t count = points.size();
    const int bits = BucketBits(count, ops_.lanes), groups = GroupsOf(bits, ops_.lanes);
    std::vector<int8_t> digits(groups * count * ops_.lanes);
    std::array<int8_t, kWeightBits> windows;
    for (size_t i = 0; i < count; ++i) {
      HalveAndRecodeForBuckets(&weights_packed[i * Scalar::kSizeBytes], bits, windows.data());
      for (int w = 0; w * bits < kWeightBits; ++w) {
        digits[((w % groups) * count + i) * ops_.lanes + w / groups] = windows[w];
      }
    }
    const auto scratch = NotWiped(((size_t{1} << (bits - 1)) + 1) * ops_.bucket_bytes +
                                  Blocks(count) * ops_.lanes * ops_.bucket_point_bytes);
    ops_.bucket_sum_doubled({digits.data(), bits, groups}, points.blocks.get(), count,
                            scratch.get(), out.data());
  }

  // `recode` is Recode or HalveAndRecode.
  template <typename ScalarAt>
  void RecodeBlocks(void (*recode)(const uint8_t*, int8_t*, size_t), size_t first, size_t count,
                    int8_t* digits, const ScalarAt& scalar_at) const {
    std::fill_n(digits, Blocks(count) * ops_.lanes * kScalarDigits, int8_t{0});
    for (size_t i = 0; i < count; ++i) {
      recode(scalar_at(first + i),
             digits + (i / ops_.lanes) * kScalarDigits * ops_.lanes + i % ops_.lanes, ops_.lanes);
    }
  }

  // Multiplies and encodes; the answer is MultiplyAll's.
  template <typename Multiply>
  size_t InChunks(const CurvePoints& points, absl::Span<uint8_t> out_packed,
                  const Multiply& multiply) const {
    const size_t count = points.size();
    const size_t most = std::min(Blocks(count), blocks_at_a_time_);
    AlignedSecret products(most * ops_.block_bytes);
    AlignedSecret scratch(most * ops_.encode_scratch_bytes);
    AlignedSecret encodings(most * ops_.lanes * kElementBytes);
    for (size_t first = 0; first < count; first += most * ops_.lanes) {
      const size_t in_chunk = std::min(count - first, most * ops_.lanes);
      multiply(first, BlockAt(points, first), products.get(), Blocks(in_chunk));
      ops_.encode_doubled(products.get(), Blocks(in_chunk), scratch.get(), encodings.get());
      std::memcpy(&out_packed[first * kElementBytes], encodings.get(), in_chunk * kElementBytes);
    }
    return FirstIdentity(out_packed, count);
  }
  static size_t FirstIdentity(absl::Span<const uint8_t> packed, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      uint64_t word[4];
      std::memcpy(word, &packed[i * kElementBytes], sizeof(word));
      if ((word[0] | word[1] | word[2] | word[3]) == 0) return i;
    }
    return count;
  }

  const LaneOps& ops_;
  const size_t blocks_at_a_time_;
};

}  // namespace

// Signed digits as D. J. Bernstein et al. recode ("High-speed high-security signatures", 2011).
void Recode(const uint8_t* scalar, int8_t* digits, size_t stride) {
  int carry = 0;
  for (size_t i = 0; i < kScalarDigits; ++i) {
    const int value = ((scalar[i / 2] >> (4 * (i % 2))) & 15) + carry;
    carry = (value + 8) >> 4;
    digits[i * stride] = static_cast<int8_t>(value - (carry << 4));
  }
}

namespace {

// The half modulo l, by the order l added to what is odd.
void Halve(const uint8_t* scalar, uint64_t (&half)[4]) {
  constexpr uint64_t kOrder[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};
  uint64_t word[5];
  std::memcpy(word, scalar, 32);
  const uint64_t odd = 0 - (word[0] & 1);
  unsigned __int128 carry = 0;
  for (int i = 0; i < 4; ++i) {
    carry += word[i];
    carry += kOrder[i] & odd;
    word[i] = static_cast<uint64_t>(carry);
    carry >>= 64;
  }
  word[4] = static_cast<uint64_t>(carry);  // zero: the sum is below 2^254
  for (int i = 0; i < 4; ++i) half[i] = (word[i] >> 1) | (word[i + 1] << 63);
  sodium_memzero(word, sizeof(word));
}

}  // namespace

void HalveAndRecode(const uint8_t* scalar, int8_t* digits, size_t stride) {
  uint64_t half[4];
  Halve(scalar, half);
  Recode(reinterpret_cast<const uint8_t*>(half), digits, stride);
  sodium_memzero(half, sizeof(half));
}

void HalveAndRecodeForBuckets(const uint8_t* weight, int bits, int8_t* digits) {
  uint64_t half[4];
  Halve(weight, half);
  int carry = 0;
  for (int i = 0; i * bits < kWeightBits; ++i) {
    const int at = i * bits, word = at / 64, shift = at % 64;
    uint64_t window = half[word] >> shift;
    if (shift + bits > 64 && word < 3) window |= half[word + 1] << (64 - shift);
    const int value = static_cast<int>(window & ((1u << bits) - 1)) + carry;
    carry = (value + (1 << (bits - 1))) >> bits;
    digits[i] = static_cast<int8_t>(value - (carry << bits));
  }
}

std::unique_ptr<const Curve> MakeLaneCurve(const LaneOps& ops) {
  return std::make_unique<LaneCurve>(ops);
}

}  // namespace vervet::oprf
