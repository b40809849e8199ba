// What one implementation of the group's bulk arithmetic offers: functions on blocks of points, as
// many points side by side as its vectors have lanes. Plain pointers and no std:: or absl:: type,
// because an implementation is compiled for a processor that the rest of the program must not need:
// an inline function of a library, compiled there too, could be the copy that the linker keeps for
// the whole program.
#ifndef VERVET_CORE_OPRF_LANES_LANE_OPS_H_
#define VERVET_CORE_OPRF_LANES_LANE_OPS_H_

#include <stddef.h>
#include <stdint.h>

namespace vervet::oprf {

// Signed radix-16 digits of a scalar below 2^253: Σ digit[i]·16^i, each from -8 to 8.
inline constexpr size_t kScalarDigits = 64;

// Public weights for sums by buckets, below 2^253: weight i is Σ digit·2^(bits·window), with digits
// from -2^(bits-1) to 2^(bits-1) - 1, bits from 2 to 8. They lie as [group][point][lane], and
// belong to window lane·groups + group.
struct BucketDigits {
  const int8_t* digits;
  int bits;
  int groups;
};

// Memory is the caller's and aligned to 64 bytes; every byte of it may depend on secrets, and the
// caller wipes it. What the functions keep on the stack they wipe themselves, as far as a compiler
// can be told: copies that it spills are overwritten by the next call, not by us. No function
// branches or reads memory by a secret; what is summed with weights is public.
struct LaneOps {
  const char* name;
  size_t lanes;                 // points a block
  size_t block_bytes;           // of `lanes` points in extended coordinates
  size_t encode_scratch_bytes;  // a block, for encode_doubled
  size_t sum_scratch_bytes;     // for weighted_sum_doubled, however many blocks
  size_t fixed_table_bytes;     // for make_fixed_table
  size_t bucket_bytes;          // for bucket_sum_doubled: 2^(bits-1) + 1 of these,
  size_t bucket_point_bytes;    // and of these one for each point that blocks have room for
  size_t buckets_from;          // points from which bucket_sum_doubled is the faster one

  // `lanes` encodings of 32 bytes, bit 255 clear and canonical, zeros for the identity. Bit i of
  // the answer: encodings[i] is that of an element.
  uint32_t (*decode)(const uint8_t* encodings, void* block);
  // `lanes` times 64 bytes by the one-way map of RFC 9496 section 4.3.4.
  void (*map)(const uint8_t* uniform, void* block);
  // to[i] = scalar·from[i]. Digits: kScalarDigits of a scalar for all, or (multiply_each)
  // [block][digit][lane].
  void (*multiply_all)(const int8_t* digits, const void* from, void* to, size_t blocks);
  void (*multiply_each)(const int8_t* digits, const void* from, void* to, size_t blocks);
  // All that add_fixed needs of one base, which is public and lies in every lane of `block`.
  void (*make_fixed_table)(const void* block, void* table);
  // to[i] = from[i] + scalar·base, digits as multiply_each has them.
  void (*add_fixed)(const int8_t* digits, const void* table, const void* from, void* to,
                    size_t blocks);
  // Their encodings, each with a square root of its own. That gives 1/Z as well, so the points have
  // Z = 1 afterwards, but for those that encode as zero.
  void (*encode)(void* blocks, size_t count, uint8_t* encodings);
  // The encodings of 2·blocks[i]: doubled, because then one inversion serves all of them.
  void (*encode_doubled)(const void* blocks, size_t count, void* scratch, uint8_t* encodings);
  // The encoding of 2·Σ weight·point, over all lanes of all blocks; digits as multiply_each has
  // them, but public.
  void (*weighted_sum_doubled)(const int8_t* digits, const void* blocks, size_t count,
                               void* scratch, uint8_t* encoding);
  // The same of the first `points` points, with Z = 1 in all of them.
  void (*bucket_sum_doubled)(const BucketDigits& weights, const void* blocks, size_t points,
                             void* scratch, uint8_t* encoding);
  // SHA-512's compression of `blocks` blocks of 128 bytes in each lane, where messages begin
  // `stride` bytes apart; the state lies as [word][lane].
  void (*sha512)(const uint8_t* messages, size_t stride, size_t blocks, uint64_t* state);
};

// One point at a time in 64-bit words: any processor whose compiler has a 128-bit integer.
const LaneOps& PortableOps();
#ifdef __x86_64__
// Four lanes, in doubles with fused multiply-add. The processor must have AVX2 and FMA.
const LaneOps& Avx2Ops();
// Eight lanes, in 52-bit multiply-add. The processor must have AVX-512 F, DQ, VL and IFMA.
const LaneOps& IfmaOps();
#endif

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_LANE_OPS_H_
