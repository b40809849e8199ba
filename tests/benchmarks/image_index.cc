// The image index from 10,000 to 10,000,000 hashes at radius 31, beside the exact binary indexes of
// faiss where this program was built with them (libfaiss-dev).
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/index/hamming_index.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/made_up.h"

#if defined(VERVET_BENCH_FAISS)
#include <faiss/IndexBinaryFlat.h>
#include <faiss/IndexBinaryHash.h>
#include <faiss/impl/AuxIndexStructures.h>
#include <omp.h>
#endif

namespace vervet::bench {
namespace {

using index::HammingIndex;
using index::Hash256;

constexpr size_t kBatch = 8192;
constexpr size_t kSingle = 5000;
constexpr size_t kRemovals = 100'000;

// Half of the questions are of strangers, half of altered copies, up to 32 bits away.
std::vector<HammingIndex::Query> Questions(const std::vector<Hash256>& known, size_t count,
                                           MadeUp* random) {
  std::vector<HammingIndex::Query> queries(count);
  for (size_t i = 0; i < count; ++i) {
    queries[i].hash =
        i % 2 == 0 ? random->Hash() : random->Altered(known[random->Number() % known.size()], 32);
  }
  return queries;
}

// Queries a second of this thread's time.
absl::StatusOr<double> AskTogether(const HammingIndex& index,
                                   const std::vector<HammingIndex::Query>& queries,
                                   size_t* matches) {
  const double begin = ThreadCpuSeconds();
  VERVET_ASSIGN_OR_RETURN(const auto found, index.FindEach(queries));
  const double seconds = ThreadCpuSeconds() - begin;
  *matches = found.size();
  return static_cast<double>(queries.size()) / seconds;
}

#if defined(VERVET_BENCH_FAISS)
constexpr char kFloor[] =
    "the faster of faiss's IndexBinaryFlat and IndexBinaryMultiHash (11 hashes of 23 bits, 2 "
    "flips: full recall, since 11 x 3 > 31), one thread, the first queries of the same batch, as "
    "many matches found. faiss answers each query of a batch by itself, so that a larger batch "
    "would not make it faster";

class Faiss {
 public:
  explicit Faiss(const std::vector<Hash256>& hashes) {
    omp_set_num_threads(1);
    // Of the settings with full recall the fastest, of 16 x 16 bits with 1 flip, 11 x 23 with 2,
    // and 10 x 25 with 3.
    multi_.nflip = 2;
    multi_.add(static_cast<faiss::IndexBinary::idx_t>(hashes.size()), hashes[0].bytes.data());
  }

  // The same queries, fewer of them: these take long.
  absl::StatusOr<double> Fastest(const HammingIndex& ours,
                                 const std::vector<HammingIndex::Query>& queries) {
    VERVET_ASSIGN_OR_RETURN(const double flat, Ask(*multi_.storage, ours, queries, 16));
    VERVET_ASSIGN_OR_RETURN(const double multi, Ask(multi_, ours, queries, 512));
    return std::max(flat, multi);
  }

 private:
  static absl::StatusOr<double> Ask(const faiss::IndexBinary& index, const HammingIndex& ours,
                                    const std::vector<HammingIndex::Query>& queries, size_t count) {
    const auto some = absl::MakeConstSpan(queries).subspan(0, count);
    std::vector<uint8_t> bytes;
    for (const auto& query : some) {
      bytes.insert(bytes.end(), query.hash.bytes.begin(), query.hash.bytes.end());
    }
    faiss::RangeSearchResult result(count);
    const double begin = ThreadCpuSeconds();
    // Less than 32.
    index.range_search(static_cast<faiss::IndexBinary::idx_t>(count), bytes.data(),
                       HammingIndex::kMaxRadius + 1, &result);
    const double seconds = ThreadCpuSeconds() - begin;
    VERVET_ASSIGN_OR_RETURN(const auto found, ours.FindEach(some));
    if (found.size() != result.lims[count]) {
      return absl::InternalError(
          absl::StrCat("faiss found ", result.lims[count], " matches, the index ", found.size()));
    }
    return static_cast<double>(count) / seconds;
  }

  faiss::IndexBinaryMultiHash multi_{256, 11, 23};
};
#else
constexpr char kFloor[] = "none: built without libfaiss-dev (packages-bench.txt)";
#endif

// One in so many changes is looked for as soon as it returns.
constexpr size_t kLookedFor = 4096;

absl::Status ExpectFound(const HammingIndex& index, const Hash256& hash, size_t pairs) {
  VERVET_ASSIGN_OR_RETURN(const auto found, index.Find(hash, 0));
  if (found.size() == pairs) return absl::OkStatus();
  return absl::InternalError("a change was not visible when it had returned");
}

// Adds until `count` are in, and says what an Add took.
absl::Status Grow(size_t count, MadeUp* random, HammingIndex* index, std::vector<Hash256>* known,
                  Samples* add_ms) {
  while (known->size() < count) {
    known->push_back(random->Hash());
    const double begin = WallSeconds();
    VERVET_RETURN_IF_ERROR(
        index->Add(known->back(), static_cast<index::RecordHandle>(known->size())));
    if (known->size() % 16 == 0) add_ms->Add((WallSeconds() - begin) * 1e3);
    if (known->size() % kLookedFor == 0) {
      VERVET_RETURN_IF_ERROR(ExpectFound(*index, known->back(), 1));
    }
  }
  return absl::OkStatus();
}

absl::Status Throughput(const Options& options, const std::vector<Hash256>& known, double at_least,
                        const HammingIndex& index, MadeUp* random, Report* report) {
  Line line;
  line.what = absl::StrCat("image index, ", known.size(), " hashes, batches of ", kBatch);
  line.unit = "/s";
  const HammingIndex::Stats stats = index.GetStats();
#if defined(VERVET_BENCH_FAISS)
  std::optional<Faiss> faiss;
  if (at_least > 0) {
    report->Progress(absl::StrCat("faiss over ", known.size(), " hashes"));
    faiss.emplace(known);
    line.floor_is = kFloor;
    line.target = Target::RatioAtLeast(at_least);
  }
#else
  if (at_least > 0) line.floor_is = kFloor;
#endif
  size_t matches = 0;
  for (int round = 0; round < options.rounds; ++round) {
    const auto queries = Questions(known, kBatch, random);
    VERVET_ASSIGN_OR_RETURN(const double rate, AskTogether(index, queries, &matches));
    line.measured.Add(rate);
#if defined(VERVET_BENCH_FAISS)
    if (faiss.has_value()) {
      VERVET_ASSIGN_OR_RETURN(const double floor, faiss->Fastest(index, queries));
      line.floor.Add(floor);
    }
#endif
  }
  line.note = absl::StrFormat(
      "%s, %d segments, %.1f bytes a hash, %d matches in a batch; %.0f to "
      "%.0f queries a second",
      std::string(HammingIndex::NameOf(stats.instruction_set)), stats.segments,
      static_cast<double>(stats.memory_bytes) / static_cast<double>(stats.hashes), matches,
      line.measured.Min(), line.measured.Max());
  report->Add(std::move(line));
  return absl::OkStatus();
}

absl::Status Latency(const std::vector<Hash256>& known, const HammingIndex& index, MadeUp* random,
                     Report* report) {
  Samples wall, cpu;
  for (const auto& query : Questions(known, kSingle, random)) {
    const double begin = WallSeconds();
    const double begin_cpu = ThreadCpuSeconds();
    VERVET_RETURN_IF_ERROR(index.Find(query.hash).status());
    cpu.Add((ThreadCpuSeconds() - begin_cpu) * 1e3);
    wall.Add((WallSeconds() - begin) * 1e3);
  }
  Line line;
  line.what = absl::StrCat("image index, ", known.size(), " hashes, one query, p99");
  line.unit = "ms";
  line.measured.Add(wall.Quantile(0.99));
  line.target = Target::AtMost(0.5);
  line.note = absl::StrFormat("p50 %.3f ms; of the thread's own time p50 %.3f, p99 %.3f ms",
                              wall.Median(), cpu.Median(), cpu.Quantile(0.99));
  report->Add(std::move(line));
  return absl::OkStatus();
}

void Memory(const Options& options, const HammingIndex& index, Report* report) {
  const HammingIndex::Stats stats = index.GetStats();
  const auto each = [&](size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(stats.hashes);
  };
  Line line;
  line.what = absl::StrCat("image index, ", stats.hashes, " hashes, bytes each at rest");
  line.unit = "B";
  line.measured.Add(each(stats.memory_bytes));
  // A small index is mostly directories.
  if (!options.quick) line.target = Target::AtMost(125);
  report->Add(std::move(line));
  Line peak;
  peak.what = "  the same, at the peak of its merges";
  peak.unit = "B";
  peak.measured.Add(each(stats.peak_memory_bytes));
  peak.note = "the most while it grew, over the hashes at the end";
  report->Add(std::move(peak));
}

absl::Status Changes(const Samples& add_ms, double adds_a_second, const std::vector<Hash256>& known,
                     HammingIndex* index, Report* report) {
  Line rate;
  rate.what = "image index, additions while it grows";
  rate.unit = "/s";
  rate.measured.Add(adds_a_second);
  rate.target = Target::AtLeast(100'000);
  rate.note = "merges included, wall time, one thread";
  report->Add(std::move(rate));

  Line latency;
  latency.what = "image index, an addition until it is visible, p99";
  latency.unit = "ms";
  latency.measured.Add(add_ms.Quantile(0.99));
  latency.target = Target::AtMost(1);
  latency.note = absl::StrFormat("p50 %.4f ms, p99.9 %.3f ms, longest %.1f ms", add_ms.Median(),
                                 add_ms.Quantile(0.999), add_ms.Max());
  report->Add(std::move(latency));

  Samples remove_ms;
  const size_t removals = std::min(kRemovals, known.size());
  const double begin = WallSeconds();
  for (size_t i = 0; i < removals; ++i) {
    const double one = WallSeconds();
    if (!index->Remove(known[i], static_cast<index::RecordHandle>(i + 1))) {
      return absl::InternalError("a hash that was added could not be removed");
    }
    remove_ms.Add((WallSeconds() - one) * 1e3);
    if (i % kLookedFor == 0) VERVET_RETURN_IF_ERROR(ExpectFound(*index, known[i], 0));
  }
  Line removed;
  removed.what = "image index, removals";
  removed.unit = "/s";
  removed.measured.Add(static_cast<double>(removals) / (WallSeconds() - begin));
  removed.target = Target::AtLeast(100'000);
  removed.note = "wall time, one thread";
  report->Add(std::move(removed));

  Line gone;
  gone.what = "image index, a removal until it is visible, p99";
  gone.unit = "ms";
  gone.measured.Add(remove_ms.Quantile(0.99));
  gone.target = Target::AtMost(1);
  gone.note = absl::StrFormat("p50 %.4f ms, p99.9 %.3f ms, longest %.1f ms", remove_ms.Median(),
                              remove_ms.Quantile(0.999), remove_ms.Max());
  report->Add(std::move(gone));
  return absl::OkStatus();
}

// Additions and removals in turn, a hash staying for kLag additions, while another thread asks
// without a pause. Three threads, with the one that merges.
absl::Status ChangesWhileAsked(const std::vector<Hash256>& known, HammingIndex* index,
                               MadeUp* random, Report* report) {
  constexpr size_t kLag = 10'000;
  std::vector<Hash256> fresh;
  while (fresh.size() < kRemovals) fresh.push_back(random->Hash());
  const auto questions = Questions(known, kSingle, random);
  std::atomic<bool> done{false};
  Samples query_ms;
  std::thread reader([&] {
    for (size_t i = 0; !done; i = (i + 1) % questions.size()) {
      const double begin = WallSeconds();
      (void)index->Find(questions[i].hash);
      query_ms.Add((WallSeconds() - begin) * 1e3);
    }
  });
  Samples change_ms;
  bool all_there = true;
  const double begin = WallSeconds();
  double before = begin;
  const auto noted = [&](bool changed) {
    all_there = all_there && changed;
    const double now = WallSeconds();
    change_ms.Add((now - std::exchange(before, now)) * 1e3);
  };
  for (size_t i = 0; i < fresh.size() + kLag; ++i) {
    if (i < fresh.size()) noted(index->Add(fresh[i], 0).ok());
    if (i >= kLag) noted(index->Remove(fresh[i - kLag], 0));
  }
  const double seconds = WallSeconds() - begin;
  done = true;
  reader.join();
  if (!all_there) return absl::InternalError("a hash that was added could not be removed");
  Line rate;
  rate.what = "image index, additions and removals while it is asked";
  rate.unit = "/s";
  rate.measured.Add(static_cast<double>(change_ms.size()) / seconds);
  rate.target = Target::AtLeast(100'000);
  rate.note = absl::StrFormat(
      "wall time; p99 of a change %.3f ms, longest %.1f ms; of the %d queries beside them p50 %.3f "
      "ms, p99 %.3f ms",
      change_ms.Quantile(0.99), change_ms.Max(), query_ms.size(), query_ms.Median(),
      query_ms.Quantile(0.99));
  report->Add(std::move(rate));
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  struct Size {
    size_t hashes;
    double at_least;  // times faiss; 0: not compared
  };
  std::vector<Size> sizes = {{10'000, 0}, {100'000, 0}, {1'000'000, 30}, {10'000'000, 50}};
  if (options.quick) sizes = {{10'000, 0}, {100'000, 30}};
  MadeUp random(5);
  HammingIndex index;
  std::vector<Hash256> known;
  known.reserve(sizes.back().hashes);
  Samples add_ms;
  double growing = 0;
  for (const Size& size : sizes) {
    report->Progress(absl::StrCat("an image index of ", size.hashes, " hashes"));
    const double begin = WallSeconds();
    VERVET_RETURN_IF_ERROR(Grow(size.hashes, &random, &index, &known, &add_ms));
    growing += WallSeconds() - begin;
    index.WaitForMerges();
    VERVET_RETURN_IF_ERROR(Throughput(options, known, size.at_least, index, &random, report));
  }
  Memory(options, index, report);
  VERVET_RETURN_IF_ERROR(Latency(known, index, &random, report));
  VERVET_RETURN_IF_ERROR(ChangesWhileAsked(known, &index, &random, report));
  return Changes(add_ms, static_cast<double>(known.size()) / growing, known, &index, report);
}

const bool registered = RegisterRow(
    {"image-index", "image hashes within 31 bits, 10,000 to 10,000,000, beside faiss", Run});

}  // namespace
}  // namespace vervet::bench
