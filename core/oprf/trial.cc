#include "core/oprf/trial.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include <atomic>
#include <cfenv>
#include <cstdlib>
#include <cstring>

namespace vervet::oprf {
namespace {

constexpr size_t kAlignment = 64;
constexpr int kBitsInTrial = 3;
constexpr size_t kBucketsInTrial = 5;  // 2^(bits - 1), and that of zero

// For the handler, which finds nothing else. `thread` and `before` are written while `on` is false.
std::atomic<bool> on{false};
pthread_t thread;
struct sigaction before;
sigjmp_buf way_out;

void HandleIllegalInstruction(int number, siginfo_t* info, void* context) {
  if (on.load() && pthread_equal(pthread_self(), thread) != 0) siglongjmp(way_out, 1);
  if ((before.sa_flags & SA_SIGINFO) != 0) {
    before.sa_sigaction(number, info, context);
  } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
    before.sa_handler(number);
  } else {
    sigaction(number, &before,
              nullptr);  // the instruction comes again, and ends the process
  }
}

bool IsOurs(const struct sigaction& action) {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &HandleIllegalInstruction;
}

// All memory that a trial needs, in one piece, so that a jump out of it leaves nothing behind.
struct Pieces {
  uint8_t *uniform, *from, *to, *encode_scratch, *sum_scratch, *buckets, *table, *digits,
      *encodings;
};

// With `memory` null, how much is needed.
size_t Lay(const LaneOps& ops, uint8_t* memory, Pieces* pieces) {
  size_t used = 0;
  const auto piece = [&](size_t size_bytes) {
    uint8_t* const at = memory == nullptr ? nullptr : memory + used;
    used += (size_bytes + kAlignment - 1) / kAlignment * kAlignment;
    return at;
  };
  pieces->uniform = piece(ops.lanes * 64);
  pieces->from = piece(ops.block_bytes);
  pieces->to = piece(ops.block_bytes);
  pieces->encode_scratch = piece(ops.encode_scratch_bytes);
  pieces->sum_scratch = piece(ops.sum_scratch_bytes);
  pieces->buckets = piece(kBucketsInTrial * ops.bucket_bytes + ops.lanes * ops.bucket_point_bytes);
  pieces->table = piece(ops.fixed_table_bytes);
  pieces->digits = piece(ops.lanes * kScalarDigits);
  pieces->encodings = piece(ops.lanes * 32);
  return used;
}

void CallEverything(const LaneOps& ops, const Pieces& at) {
  std::memset(at.uniform, 0x35, ops.lanes * 64);
  std::memset(at.digits, 3, ops.lanes * kScalarDigits);
  const auto* const digits = reinterpret_cast<const int8_t*>(at.digits);
  ops.map(at.uniform, at.from);
  ops.multiply_each(digits, at.from, at.to, 1);
  ops.encode_doubled(at.to, 1, at.encode_scratch, at.encodings);
  ops.decode(at.encodings, at.from);
  ops.multiply_all(digits, at.from, at.to, 1);
  ops.make_fixed_table(at.from, at.table);
  ops.add_fixed(digits, at.table, at.from, at.to, 1);
  ops.encode(at.to, 1, at.encodings);
  ops.weighted_sum_doubled(digits, at.from, 1, at.sum_scratch, at.encodings);
  ops.decode(at.encodings, at.from);
  ops.bucket_sum_doubled({digits, kBitsInTrial, 1}, at.from, ops.lanes, at.buckets, at.encodings);
  ops.sha512(at.from, 0, 1, reinterpret_cast<uint64_t*>(at.to));
}

// A function of its own, so that no variable changes between the two returns of sigsetjmp.
__attribute__((noinline)) bool SurvivesEverything(const LaneOps& ops, const Pieces& at) {
  if (sigsetjmp(way_out, 1) != 0) return false;
  on = true;
  CallEverything(ops, at);
  return true;
}

}  // namespace

bool RunsHere(const LaneOps& ops) {
  Pieces pieces;
  const size_t size_bytes = Lay(ops, nullptr, &pieces);
  auto* const memory = static_cast<uint8_t*>(std::aligned_alloc(kAlignment, size_bytes));
  if (memory == nullptr) std::abort();
  std::memset(memory, 0, size_bytes);
  Lay(ops, memory, &pieces);

  struct sigaction ours = {};
  ours.sa_sigaction = &HandleIllegalInstruction;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  sigset_t illegal, mask_before;
  sigemptyset(&illegal);
  sigaddset(&illegal, SIGILL);
  std::fenv_t modes;
  thread = pthread_self();
  bool survived = false;
  if (sigaction(SIGILL, &ours, &before) == 0) {
    std::fegetenv(&modes);
    // Blocked, a fault would end the process whatever the handler.
    pthread_sigmask(SIG_UNBLOCK, &illegal, &mask_before);
    survived = SurvivesEverything(ops, pieces);
    on = false;
    pthread_sigmask(SIG_SETMASK, &mask_before, nullptr);
    std::fesetenv(&modes);
    struct sigaction now = {};
    if (sigaction(SIGILL, nullptr, &now) == 0 && IsOurs(now)) sigaction(SIGILL, &before, nullptr);
  }
  std::free(memory);
  return survived;
}

}  // namespace vervet::oprf
