// The field GF(p), p = 2^255 - 19, in five limbs of radix 2^51, and the constants of RFC 9496.
// Everything in this folder's templates has internal linkage: each implementation is compiled for
// another processor.
#ifndef VERVET_CORE_OPRF_LANES_FIELD_CONSTANTS_H_
#define VERVET_CORE_OPRF_LANES_FIELD_CONSTANTS_H_

#include <stddef.h>
#include <stdint.h>

#define VERVET_INLINE inline __attribute__((always_inline))
#define VERVET_NOINLINE __attribute__((noinline))

namespace vervet::oprf {
namespace {

constexpr int kLimbs = 5;
constexpr int kLimbBits = 51;
constexpr uint64_t kLimbMask = (uint64_t{1} << kLimbBits) - 1;

struct Constant {
  uint64_t limb[kLimbs];
};

// RFC 9496 section 4.1, by its names. Of the two roots of each, the RFC's.
constexpr Constant kD = {
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
constexpr Constant kTwoD = {
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
constexpr Constant kSqrtM1 = {
    {0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
constexpr Constant kSqrtAdMinusOne = {
    {0x7f6a0497b2e1b, 0x1836f0a97afd2, 0x7d747f6be7638, 0x456079e7e6498, 0x376931bf2b834}};
constexpr Constant kInvSqrtAMinusD = {
    {0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff, 0x786c8905cfaff}};
constexpr Constant kOneMinusDSquared = {
    {0x409c1945fc176, 0x719abc6a1fc4f, 0x1c37f90b20684, 0x06bccca55eedf, 0x029072a8b2b3e}};
constexpr Constant kDMinusOneSquared = {
    {0x55aaa44ed4d20, 0x59603c3332635, 0x26d3baf4a7928, 0x120a66e6997a9, 0x5968b37af66c2}};
constexpr Constant kOne = {{1, 0, 0, 0, 0}};
constexpr Constant kPrime = {
    {kLimbMask - 18, kLimbMask, kLimbMask, kLimbMask, kLimbMask}};  // p itself

// The unique representative below p, of limbs that are each below 2^52: one round of carries leaves
// a value below 2p, and the carry out of value + 19 says whether it is at least p. U is a 64-bit
// word, or a vector of them.
template <class U>
VERVET_INLINE void MakeCanonical(U (&limb)[kLimbs]) {
  U carry = limb[4] >> kLimbBits;
  limb[4] &= kLimbMask;
  limb[0] += (carry << 4) + (carry << 1) + carry;
  for (int i = 0; i < 4; ++i) {
    limb[i + 1] += limb[i] >> kLimbBits;
    limb[i] &= kLimbMask;
  }
  carry = (limb[0] + 19) >> kLimbBits;
  for (int i = 1; i < kLimbs; ++i) carry = (limb[i] + carry) >> kLimbBits;
  limb[0] += (carry << 4) + (carry << 1) + carry;
  for (int i = 0; i < 4; ++i) {
    limb[i + 1] += limb[i] >> kLimbBits;
    limb[i] &= kLimbMask;
  }
  limb[4] &= kLimbMask;
}

// 32 bytes, little-endian, to limbs; bit 255 is left out. Compilers make one load of the eight.
VERVET_INLINE uint64_t LoadWord(const uint8_t* bytes) {
  uint64_t word;
  __builtin_memcpy(&word, bytes, sizeof(word));
  return word;
}
VERVET_INLINE void LoadLimbs(const uint8_t* bytes, uint64_t (&limb)[kLimbs]) {
  limb[0] = LoadWord(bytes) & kLimbMask;
  limb[1] = (LoadWord(bytes + 6) >> 3) & kLimbMask;
  limb[2] = (LoadWord(bytes + 12) >> 6) & kLimbMask;
  limb[3] = (LoadWord(bytes + 19) >> 1) & kLimbMask;
  limb[4] = (LoadWord(bytes + 24) >> 12) & kLimbMask;
}
VERVET_INLINE void StoreLimbs(const uint64_t (&limb)[kLimbs], uint8_t* bytes) {
  const uint64_t word[4] = {limb[0] | (limb[1] << 51), (limb[1] >> 13) | (limb[2] << 38),
                            (limb[2] >> 26) | (limb[3] << 25), (limb[3] >> 39) | (limb[4] << 12)};
  __builtin_memcpy(bytes, word, sizeof(word));
}
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "encodings are little-endian");

// Overwrites what held a secret; the compiler must believe that somebody reads it.
VERVET_INLINE void Wipe(void* memory, size_t size_bytes) {
  __builtin_memset(memory, 0, size_bytes);
  __asm__ __volatile__("" : : "r"(memory) : "memory");
}

}  // namespace
}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_LANES_FIELD_CONSTANTS_H_
