// Check of tokens against ten million signatures: the index alone, asked in batches. What a hit's
// record says is looked up for hits only, which are rare.
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/signature_index.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/made_up.h"

namespace vervet::bench {
namespace {

constexpr size_t kBatch = 1'000;
constexpr uint32_t kSignaturesPerRecord = 4;
constexpr size_t kAsked = 2'000'000;

struct Index {
  index::SignatureIndex signatures;
  std::vector<oprf::Token> known;  // a part of its tokens
  double bytes_each_at_worst = 0;  // while it grew, from a tenth of its size on
};

void Fill(size_t count, MadeUp* random, Index* filled) {
  for (size_t i = 0; i < count; ++i) {
    const oprf::Token token = random->Token();
    filled->signatures.Add(token, static_cast<uint32_t>(i) / kSignaturesPerRecord);
    if (i % 16 == 0) filled->known.push_back(token);
    if (i < count / 10 || i % 1'000 != 0) continue;
    filled->bytes_each_at_worst = std::max(filled->bytes_each_at_worst,
                                           static_cast<double>(filled->signatures.MemoryBytes()) /
                                               static_cast<double>(filled->signatures.size()));
  }
}

std::vector<oprf::Token> Questions(const Index& filled, size_t percent_known, MadeUp* random) {
  std::vector<oprf::Token> asked;
  for (size_t i = 0; i < kAsked; ++i) {
    const bool known = random->Number() % 100 < percent_known;
    asked.push_back(known ? filled.known[random->Number() % filled.known.size()] : random->Token());
  }
  return asked;
}

// Tokens a second of this thread's time.
double AskAll(const Index& filled, const std::vector<oprf::Token>& asked, uint64_t* found) {
  const double begin = ThreadCpuSeconds();
  for (size_t at = 0; at < asked.size(); at += kBatch) {
    filled.signatures.ForEachOf(absl::MakeConstSpan(asked).subspan(at, kBatch),
                                [found](size_t, index::RecordHandle record) { *found += record; });
  }
  return static_cast<double>(asked.size()) / (ThreadCpuSeconds() - begin);
}

// Reads one byte for each token, at a place that the token chooses, in as much memory as the index
// takes: what even an index that needs no comparing cannot do without.
double ReadAll(const std::vector<uint8_t>& memory, const std::vector<oprf::Token>& asked,
               uint64_t* found) {
  const double begin = ThreadCpuSeconds();
  for (const oprf::Token& token : asked) {
    uint64_t at = 0;
    memcpy(&at, token.bytes().data(), sizeof(at));
    *found +=
        memory[static_cast<size_t>((static_cast<unsigned __int128>(at) * memory.size()) >> 64)];
  }
  return static_cast<double>(asked.size()) / (ThreadCpuSeconds() - begin);
}

absl::Status Run(const Options& options, Report* report) {
  const size_t count = options.quick ? 1'000'000 : 10'000'000;
  MadeUp random(1);
  Index filled;
  report->Progress(absl::StrCat("an index of ", count, " signatures"));
  Fill(count, &random, &filled);
  const std::vector<uint8_t> memory(filled.signatures.MemoryBytes(), 1);
  const auto strangers = Questions(filled, 1, &random);
  const auto known = Questions(filled, 100, &random);

  Line few{absl::StrCat("Check of tokens against ", count, " signatures, 1% known"), "/s"};
  few.floor_is = "one byte read at a random place of as much memory as the index takes";
  few.target = Target::AtLeast(10e6);
  few.note = "per core; batches of 1,000; one thread's CPU time";
  Line all{absl::StrCat("Check of tokens against ", count, " signatures, all known"), "/s"};
  all.target = Target::AtLeast(10e6);
  Line bytes{"memory of the index, each signature", "B"};
  bytes.measured.Add(filled.bytes_each_at_worst);
  bytes.target = Target::AtMost(32);
  bytes.note = absl::StrCat("the most while it grew from ", count / 10, " to ", count,
                            "; token, record number and free places");
  uint64_t found = 0;
  VERVET_RETURN_IF_ERROR(
      Interleave(options.rounds, {[&] {
                                    few.measured.Add(AskAll(filled, strangers, &found));
                                    return absl::OkStatus();
                                  },
                                  [&] {
                                    few.floor.Add(ReadAll(memory, strangers, &found));
                                    return absl::OkStatus();
                                  },
                                  [&] {
                                    all.measured.Add(AskAll(filled, known, &found));
                                    return absl::OkStatus();
                                  }}));
  if (found == 0) return absl::InternalError("the index finds nothing");
  report->Add(few);
  report->Add(all);
  report->Add(bytes);
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"member-check-tokens", "tokens against ten million signatures in memory", Run});

}  // namespace
}  // namespace vervet::bench
