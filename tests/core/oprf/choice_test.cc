// Which implementations are used: none that the processor refuses, and none that computes something
// else than libsodium.
#include <signal.h>

#include <atomic>
#include <cfenv>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/manual_environment.h"
#include "core/oprf/curve_choice.h"
#include "core/oprf/curve_lanes.h"
#include "core/oprf/curve_testing.h"
#include "core/oprf/trial.h"
#include "core/oprf/voprf.h"
#include "core/oprf/voprf_testing.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/oprf/test_curves.h"

namespace vervet::oprf {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> NamesOf(const std::vector<const Curve*>& curves) {
  std::vector<std::string> names;
  for (const Curve* curve : curves) names.emplace_back(curve->name());
  return names;
}

void IllegalInstruction() {
#ifdef __x86_64__
  __asm__ volatile("ud2");
#else
  raise(SIGILL);
#endif
}

// The portable implementation, of which one function after the other meets an instruction that this
// processor does not have.
std::vector<LaneOps> OpsWithAnIllegalInstruction() {
  std::vector<LaneOps> all(11, PortableOps());
  for (LaneOps& ops : all) ops.name = "illegal";
  all[0].decode = [](const uint8_t*, void*) -> uint32_t {
    IllegalInstruction();
    return 1;
  };
  all[1].map = [](const uint8_t*, void*) { IllegalInstruction(); };
  all[2].multiply_all = [](const int8_t*, const void*, void*, size_t) { IllegalInstruction(); };
  all[3].multiply_each = all[2].multiply_all;
  all[4].make_fixed_table = [](const void*, void*) { IllegalInstruction(); };
  all[5].add_fixed = [](const int8_t*, const void*, const void*, void*, size_t) {
    IllegalInstruction();
  };
  all[6].encode = [](void*, size_t, uint8_t*) { IllegalInstruction(); };
  all[7].encode_doubled = [](const void*, size_t, void*, uint8_t*) { IllegalInstruction(); };
  all[8].weighted_sum_doubled = [](const int8_t*, const void*, size_t, void*, uint8_t*) {
    IllegalInstruction();
  };
  all[9].bucket_sum_doubled = [](const BucketDigits&, const void*, size_t, void*, uint8_t*) {
    IllegalInstruction();
  };
  all[10].sha512 = [](const uint8_t*, size_t, size_t, uint64_t*) { IllegalInstruction(); };
  return all;
}

// The whole exchange with everything random drawn from one seed: what crosses the wire, and N.
std::string Exchange(const Curve& curve) {
  const ScopedCurveForTesting scoped(curve);
  ManualEnvironment env(21);
  const KeyPair key = GenerateKeyPair(env).value();
  const auto blinded = BlindBatch({"a", "b", "c"}, env).value();
  const auto answer = EvaluateBatch(key, AsBytes(blinded.blinded_packed), env).value();
  const auto elements = VerifyAndUnblindBatch(key.public_key(), blinded,
                                              AsBytes(answer.evaluated_packed), answer.proof);
  std::string all =
      Hex(blinded.blinded_packed) + Hex(answer.evaluated_packed) + Hex(answer.proof.bytes());
  for (const Element& element : elements.value()) all += Hex(element.bytes());
  return all;
}

// Counts, in the place of the program's own.
std::atomic<int> handled{0};
class CountingHandler {
 public:
  CountingHandler() {
    struct sigaction counting = {};
    counting.sa_handler = &Count;
    sigaction(SIGILL, &counting, &before_);
  }
  ~CountingHandler() { sigaction(SIGILL, &before_, nullptr); }
  static void Count(int) { ++handled; }
  static bool InPlace() {
    struct sigaction now = {};
    sigaction(SIGILL, nullptr, &now);
    return now.sa_handler == &Count;
  }

 private:
  struct sigaction before_ = {};
};

TEST(CurveChoice, EndsWithLibsodiumAndTakesNothingThatDiffers) {
  const auto available = AvailableCurves();
  ASSERT_FALSE(available.empty());
  EXPECT_EQ(available.back(), &SodiumCurve());
  for (const Curve* curve : available) EXPECT_TRUE(AgreesWithSodium(*curve)) << curve->name();
}

TEST(CurveChoice, DoesNotBelieveAProcessorWhoseMultiplyAddLosesABit) {
  const LaneOps* const candidates[] = {&FaultyIfmaOps(), &EmulatedIfmaOps()};
  const auto chosen = ChooseCurves(candidates);
  EXPECT_THAT(NamesOf(chosen.all), ElementsAre("emulated-ifma", "libsodium"));
  EXPECT_EQ(Exchange(*chosen.all.front()), Exchange(SodiumCurve())) << "the same bytes";
}

TEST(CurveChoice, DoesNotTakeWhatTheProcessorRefuses) {
  for (const LaneOps& illegal : OpsWithAnIllegalInstruction()) {
    const LaneOps* const candidates[] = {&illegal, &PortableOps()};
    const auto chosen = ChooseCurves(candidates);
    ASSERT_THAT(NamesOf(chosen.all), ElementsAre("portable", "libsodium"));
    EXPECT_EQ(Exchange(*chosen.all.front()), Exchange(SodiumCurve())) << "the same bytes";
  }
}

TEST(Trial, LeavesTheProgramsHandlerMaskAndRoundingAsTheyWere) {
  const CountingHandler program;
  handled = 0;
  sigset_t illegal, before, after;
  sigemptyset(&illegal);
  sigaddset(&illegal, SIGILL);
  pthread_sigmask(SIG_BLOCK, &illegal, &before);
  std::fesetround(FE_UPWARD);
  EXPECT_TRUE(RunsHere(PortableOps()));
  for (const LaneOps& ops : OpsWithAnIllegalInstruction()) EXPECT_FALSE(RunsHere(ops));
  EXPECT_EQ(std::fegetround(), FE_UPWARD);
  std::fesetround(FE_TONEAREST);
  pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_EQ(sigismember(&after, SIGILL), 1);
  EXPECT_TRUE(CountingHandler::InPlace());
  EXPECT_EQ(handled, 0);
}

TEST(Trial, HandsTheFaultOfAnotherThreadToTheProgramsHandler) {
  const CountingHandler program;
  handled = 0;
  LaneOps ops = PortableOps();
  ops.map = [](const uint8_t*, void*) { std::thread([] { raise(SIGILL); }).join(); };
  EXPECT_TRUE(RunsHere(ops));
  EXPECT_EQ(handled, 1);
  EXPECT_TRUE(CountingHandler::InPlace());
}

TEST(Trial, LeavesAHandlerThatWasSetMeanwhile) {
  struct sigaction before = {};
  sigaction(SIGILL, nullptr, &before);
  LaneOps ops = PortableOps();
  ops.map = [](const uint8_t*, void*) {
    struct sigaction counting = {};
    counting.sa_handler = &CountingHandler::Count;
    sigaction(SIGILL, &counting, nullptr);
  };
  EXPECT_TRUE(RunsHere(ops));
  EXPECT_TRUE(CountingHandler::InPlace());
  sigaction(SIGILL, &before, nullptr);
}

#ifdef __x86_64__
// A Zen 4, by its words.
constexpr ProcessorClaims kEverything = {0xffffffff, 0xffffffff, 0x2e7};

std::vector<std::string> NamesFor(const ProcessorClaims& claims) {
  std::vector<std::string> names;
  for (const LaneOps* ops : Candidates(claims)) names.emplace_back(ops->name);
  return names;
}

TEST(Candidates, AreThoseThatProcessorAndOperatingSystemBothHave) {
  EXPECT_THAT(NamesFor(kEverything), ElementsAre("avx512ifma", "avx2", "portable"));
  EXPECT_THAT(NamesFor({}), ElementsAre("portable"));
  ProcessorClaims no_ifma = kEverything;
  no_ifma.leaf7_ebx &= ~(uint32_t{1} << 21);
  EXPECT_THAT(NamesFor(no_ifma), ElementsAre("avx2", "portable"));
  ProcessorClaims no_bmi2 = kEverything;
  no_bmi2.leaf7_ebx &= ~(uint32_t{1} << 8);
  EXPECT_THAT(NamesFor(no_bmi2), ElementsAre("portable"));
}

TEST(Candidates, AreNoneWhoseRegistersTheOperatingSystemDoesNotSave) {
  for (const int bit : {5, 6, 7}) {  // masks, ZMM0-15's upper halves, ZMM16-31
    ProcessorClaims claims = kEverything;
    claims.xcr0 &= ~(uint64_t{1} << bit);
    EXPECT_THAT(NamesFor(claims), ElementsAre("avx2", "portable")) << bit;
  }
  ProcessorClaims no_ymm = kEverything;
  no_ymm.xcr0 &= ~uint64_t{4};
  EXPECT_THAT(NamesFor(no_ymm), ElementsAre("portable"));
  ProcessorClaims no_xgetbv = kEverything;
  no_xgetbv.leaf1_ecx &= ~(uint32_t{1} << 27);
  EXPECT_THAT(NamesFor(no_xgetbv), ElementsAre("portable"));
}
#endif

}  // namespace
}  // namespace vervet::oprf
