// Run under valgrind's memcheck: secrets are marked as undefined, and memcheck reports every branch
// and every address that depends on one. A. Langley's idea ("Checking that functions are constant
// time with Valgrind", 2010).
//
//   vervet_oprf_constant_time          the multiplications, maps and encodings of each
//   implementation vervet_oprf_constant_time --leak   looks up a table by a secret, to show that it
//   is noticed
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
  auto scratch = Aligned(ops.encode_scratch_bytes * kBlocks), encodings = Aligned(points * 32);
  FillPublic(uniform.get(), points * 64);
  FillPublic(scalars.get(), points * 32);
  for (size_t i = 0; i < points; ++i) scalars.get()[i * 32 + 31] &= 0x0f;

  VALGRIND_MAKE_MEM_UNDEFINED(uniform.get(), points * 64);  // an identifier's hash
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
  HalveAndRecode(scalars.get(), recoded, 1);
  ops.multiply_all(recoded, from.get(), to.get(), kBlocks);
  ops.encode_doubled(to.get(), kBlocks, scratch.get(), encodings.get());
  std::printf(
      "%s: no branch or address of %zu points depended on a secret, unless memcheck says so\n",
      ops.name, points);
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
    std::fputs("run me under valgrind --error-exitcode=1\n", stderr);
    return 2;
  }
  if (argc > 1 && std::strcmp(argv[1], "--leak") == 0) {
    Leak();
  } else {
    for (const LaneOps* ops : RunnableLaneOps()) Run(*ops);
  }
  return VALGRIND_COUNT_ERRORS == 0 ? 0 : 1;
}
