// Run under valgrind's memcheck: secrets are marked as undefined, and memcheck reports every branch
// and every address that depends on one. A. Langley's idea ("Checking that functions are constant
// time with Valgrind", 2010).
//
//   vervet_oprf_constant_time          the multiplications, maps and encodings of each
//   implementation vervet_oprf_constant_time --leak   looks up a table by a secret, to show that it
//   is noticed
#include <sodium.h>
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/oprf/curve_lanes.h"
#include "tests/core/oprf/test_curves.h"

namespace {

using namespace vervet::oprf;  // NOLINT: a main of its own

struct Freed {
  void operator()(void* memory) const { std::free(memory); }
};
std::unique_ptr<uint8_t, Freed> Aligned(size_t size_bytes) {
  auto* const memory = static_cast<uint8_t*>(std::aligned_alloc(64, (size_bytes + 63) / 64 * 64));
  std::memset(memory, 0, size_bytes);
  return std::unique_ptr<uint8_t, Freed>(memory);
}

void FillPublic(uint8_t* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(i * 151 + 17);
}

void Run(const LaneOps& ops) {
  constexpr size_t kBlocks = 2;
  const size_t points = ops.lanes * kBlocks;
  auto uniform = Aligned(points * 64), scalars = Aligned(points * 32);
  auto digits = Aligned(points * kScalarDigits);
  auto from = Aligned(ops.block_bytes * kBlocks), to = Aligned(ops.block_bytes * kBlocks);
  auto table = Aligned(ops.fixed_table_bytes);
  auto scratch = Aligned(ops.encode_scratch_bytes * kBlocks), encodings = Aligned(points * 32);
  FillPublic(uniform.get(), points * 64);
  FillPublic(scalars.get(), points * 32);
  for (size_t i = 0; i < points; ++i) scalars.get()[i * 32 + 31] &= 0x0f;

  ops.map(uniform.get(), from.get());
  ops.make_fixed_table(from.get(), table.get());
  VALGRIND_MAKE_MEM_UNDEFINED(uniform.get(),
                              points * 64);                 // an identifier's hash
  VALGRIND_MAKE_MEM_UNDEFINED(scalars.get(), points * 32);  // a key, a blind
  auto* const recoded = reinterpret_cast<int8_t*>(digits.get());
  for (size_t b = 0; b < kBlocks; ++b) {
    ops.map(uniform.get() + b * ops.lanes * 64, from.get() + b * ops.block_bytes);
    for (size_t lane = 0; lane < ops.lanes; ++lane) {
      HalveAndRecode(scalars.get() + (b * ops.lanes + lane) * 32,
                     recoded + b * kScalarDigits * ops.lanes + lane, ops.lanes);
    }
  }
  ops.multiply_each(recoded, from.get(), to.get(), kBlocks);
  ops.encode_doubled(to.get(), kBlocks, scratch.get(), encodings.get());
  for (size_t i = 0; i < points; ++i) {
    Recode(scalars.get() + i * 32,
           recoded + i / ops.lanes * kScalarDigits * ops.lanes + i % ops.lanes, ops.lanes);
  }
  ops.add_fixed(recoded, table.get(), from.get(), to.get(), kBlocks);
  ops.encode(to.get(), kBlocks, encodings.get());
  HalveAndRecode(scalars.get(), recoded, 1);
  ops.multiply_all(recoded, from.get(), to.get(), kBlocks);
  ops.encode_doubled(to.get(), kBlocks, scratch.get(), encodings.get());
  std::printf(
      "%s: no branch or address of %zu points depended on a secret, unless memcheck says so\n",
      ops.name, points);
}

// libsodium: its secret scalars, and points that are secret (an identifier's hash) as long as they
// are not blinded.
//
// It decodes points in every call, and branches on whether that went well: a secret point makes
// memcheck report it. Of an encoding that our own arithmetic has just made the outcome is always
// the same, and tells nothing. So the reports of decoding alone are counted, and for each secret
// point that it decodes a call may have as many and one more, its own question how that went.
struct Sodium {
  uint8_t uniform[64], wide[2][64];          // secret
  uint8_t scalar[2][32], hash[32], out[32];  // secret by descent
  uint8_t of_public[32];
  const uint8_t generator[32] = {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
                                 0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
                                 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76};
};

template <typename Call>
unsigned Reports(const Call& call) {
  const unsigned before = VALGRIND_COUNT_ERRORS;
  // What it answers follows from a branch, which is where memcheck reports it.
  [[maybe_unused]] const int outcome = call();
  return VALGRIND_COUNT_ERRORS - before;
}

// How many reports there were that are explained, or -1 after one that is not.
int RunSodium() {
  Sodium s;
  FillPublic(s.uniform, sizeof(s.uniform));
  FillPublic(s.wide[0], sizeof(s.wide));
  VALGRIND_MAKE_MEM_UNDEFINED(s.uniform, sizeof(s.uniform));
  VALGRIND_MAKE_MEM_UNDEFINED(s.wide, sizeof(s.wide));
  const unsigned on_scalars = Reports([&] {
    crypto_core_ristretto255_scalar_reduce(s.scalar[0], s.wide[0]);
    crypto_core_ristretto255_scalar_reduce(s.scalar[1], s.wide[1]);
    crypto_core_ristretto255_scalar_mul(s.out, s.scalar[0], s.scalar[1]);
    crypto_core_ristretto255_scalar_sub(s.out, s.scalar[0], s.scalar[1]);
    return crypto_core_ristretto255_scalar_invert(s.out, s.scalar[0]);
  });
  const unsigned on_secret_scalars = Reports([&] {
    return crypto_core_ristretto255_from_hash(s.hash, s.uniform) |
           crypto_scalarmult_ristretto255_base(s.of_public, s.scalar[0]) |
           crypto_scalarmult_ristretto255(s.out, s.scalar[0], s.generator);
  });
  const unsigned decoding =
      Reports([&] { return crypto_core_ristretto255_is_valid_point(s.hash); });
  const unsigned multiplying =
      Reports([&] { return crypto_scalarmult_ristretto255(s.out, s.scalar[0], s.hash); });
  const unsigned adding =
      Reports([&] { return crypto_core_ristretto255_add(s.out, s.hash, s.of_public); });
  const unsigned subtracting =
      Reports([&] { return crypto_core_ristretto255_sub(s.out, s.hash, s.of_public); });
  const unsigned a_point = decoding + 1;
  if (on_scalars != 0 || on_secret_scalars != 0 || multiplying > a_point || adding > 2 * a_point ||
      subtracting > 2 * a_point) {
    std::printf(
        "libsodium: %u and %u reports for scalars; decoding %u, multiplying %u, adding %u, "
        "subtracting %u\n",
        on_scalars, on_secret_scalars, decoding, multiplying, adding, subtracting);
    return -1;
  }
  std::printf(
      "libsodium: no branch or address depended on a secret but on whether a secret point's "
      "own encoding is one: the %u reports above\n",
      decoding + multiplying + adding + subtracting);
  return static_cast<int>(decoding + multiplying + adding + subtracting);
}

void Leak() {
  uint8_t secret = 3;
  VALGRIND_MAKE_MEM_UNDEFINED(&secret, 1);
  static const int table[256] = {1};
  volatile int looked_up = table[secret];
  static_cast<void>(looked_up);
}

}  // namespace

int main(int argc, char** argv) {
  if (!RUNNING_ON_VALGRIND) {
    std::fputs("run me under valgrind\n", stderr);
    return 2;
  }
  int explained = 0;
  if (argc > 1 && std::strcmp(argv[1], "--leak") == 0) {
    Leak();
  } else {
    if (sodium_init() < 0) return 2;
    explained = RunSodium();
    for (const LaneOps* ops : RunnableLaneOps()) Run(*ops);
  }
  return explained >= 0 && VALGRIND_COUNT_ERRORS == static_cast<unsigned>(explained) ? 0 : 1;
}
