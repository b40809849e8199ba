// Checks of pictures' hashes against a million records with a picture each, through the SDK: hash
// in, answer out, nothing asked of the hub. The floor is the index alone, which says which records
// and how far, and nothing of who published them, of what stands against them, and of who may be
// told.
#include <chrono>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/index/hamming_index.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/made_up.h"
#include "vervet/client.h"

namespace vervet::bench {
namespace {

using index::HammingIndex;
using index::Hash256;

constexpr size_t kBatch = 1'000;
constexpr size_t kBatches = 20;
constexpr size_t kSingle = 2'000;
constexpr uint32_t kPercentKnown = 1;

// Records of one picture each, at a hub and in an index of their own.
absl::Status Publish(const coalition::HubProcess& hub, size_t count, std::vector<Hash256>* hashes,
                     HammingIndex* index) {
  absl::Status added;
  const auto make = [&](MadeUp* random) {
    v1::RecordPublished record = MadeUpRecord(random, absl::StrCat("member/", kPublisher),
                                              kEverybody, /*signatures=*/0, absl::Now());
    const Hash256 hash = random->Hash();
    v1::ImageSignature& image = *record.add_images();
    image.set_hash(hash.bytes.data(), hash.bytes.size());
    image.set_quality(80);
    image.set_expires_us(absl::ToUnixMicros(absl::Now() + absl::Hours(180 * 24)));
    added.Update(index->Add(hash, static_cast<index::RecordHandle>(hashes->size())));
    hashes->push_back(hash);
    return record;
  };
  VERVET_RETURN_IF_ERROR(FillStoreWith(hub, count, 6, make));
  return added;
}

std::vector<Hash256> Questions(const std::vector<Hash256>& known, size_t count, MadeUp* random) {
  std::vector<Hash256> asked;
  for (size_t i = 0; i < count; ++i) {
    const bool is_known = random->Number() % 100 < kPercentKnown;
    asked.push_back(is_known ? random->Altered(known[random->Number() % known.size()], 24)
                             : random->Hash());
  }
  return asked;
}

std::vector<ImageToCheck> ToCheck(absl::Span<const Hash256> hashes) {
  std::vector<ImageToCheck> images;
  for (const Hash256& hash : hashes) images.push_back({"", {}, {ImageHash{hash.bytes, 80}}});
  return images;
}

struct Asked {
  std::vector<std::vector<ImageToCheck>> batches;
  std::vector<std::vector<HammingIndex::Query>> queries;  // the same
};

Asked InBatches(const std::vector<Hash256>& hashes) {
  Asked asked;
  for (size_t at = 0; at < hashes.size(); at += kBatch) {
    const auto batch = absl::MakeConstSpan(hashes).subspan(at, kBatch);
    asked.batches.push_back(ToCheck(batch));
    auto& queries = asked.queries.emplace_back();
    for (const Hash256& hash : batch) queries.push_back({hash});
  }
  return asked;
}

// Hashes a second of this thread's time.
absl::Status CheckAll(Client& client, const Asked& asked, Line* line, size_t* matches) {
  *matches = 0;
  const double begin = ThreadCpuSeconds();
  for (const auto& batch : asked.batches) {
    VERVET_ASSIGN_OR_RETURN(const auto results, client.CheckImages(batch));
    for (const ImageCheckResult& result : results) *matches += result.matches.size();
  }
  line->measured.Add(kBatch * kBatches / (ThreadCpuSeconds() - begin));
  return absl::OkStatus();
}

absl::Status FindAll(const HammingIndex& index, const Asked& asked, Line* line, size_t* matches) {
  *matches = 0;
  const double begin = ThreadCpuSeconds();
  for (const auto& queries : asked.queries) {
    VERVET_ASSIGN_OR_RETURN(const auto found, index.FindEach(queries));
    *matches += found.size();
  }
  line->floor.Add(kBatch * kBatches / (ThreadCpuSeconds() - begin));
  return absl::OkStatus();
}

absl::Status OneByOne(Client& client, const std::vector<Hash256>& hashes, Line* line) {
  Samples wall;
  for (const Hash256& hash : hashes) {
    const auto one = ToCheck({&hash, 1});
    const double begin = WallSeconds();
    VERVET_RETURN_IF_ERROR(client.CheckImages(one).status());
    wall.Add((WallSeconds() - begin) * 1e3);
  }
  line->measured.Add(wall.Quantile(0.99));
  line->note = absl::StrFormat("p50 %.3f ms, longest %.2f ms", wall.Median(), wall.Max());
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  const size_t count = options.quick ? 20'000 : 1'000'000;
  report->Progress(absl::StrCat("a hub with ", count, " records of a picture each"));
  VERVET_ASSIGN_OR_RETURN(auto coalition, FoundCoalition(options.dir + "/coalition"));
  VERVET_RETURN_IF_ERROR(coalition->hub().Stop().status());
  std::vector<Hash256> known;
  HammingIndex index;
  VERVET_RETURN_IF_ERROR(Publish(coalition->hub(), count, &known, &index));
  VERVET_RETURN_IF_ERROR(coalition->StartHub({{}, {}, absl::Seconds(300)}));
  report->Progress("a member's first sync");
  VERVET_ASSIGN_OR_RETURN(auto client,
                          Client::Open(OptionsOf(*coalition, kReader, options.dir + "/vault.db")));
  VERVET_RETURN_IF_ERROR(client->WaitUntilCaughtUp(std::chrono::seconds(600)));
  if (client->GetSyncState().live_images != count) {
    return absl::InternalError(
        absl::StrCat("synced ", client->GetSyncState().live_images, " pictures of ", count));
  }
  index.WaitForMerges();

  Line line;
  line.what = absl::StrCat("Check of picture hashes against ", count, " records");
  line.unit = "/s";
  line.floor_is = "the image index alone: FindEach of the same hashes, radius 31";
  // A small index answers before anything else is done.
  if (!options.quick) line.target = Target::RatioAtLeast(0.7);
  MadeUp random(7);
  const Asked asked = InBatches(Questions(known, kBatch * kBatches, &random));
  size_t matches = 0, found = 0;
  VERVET_RETURN_IF_ERROR(
      Interleave(options.rounds, {[&] { return CheckAll(*client, asked, &line, &matches); },
                                  [&] { return FindAll(index, asked, &line, &found); }}));
  if (matches != found) {
    return absl::InternalError(
        absl::StrCat("the check told ", matches, " matches, the index ", found));
  }
  line.note = absl::StrCat("one thread's CPU time; batches of ", kBatch, ", ", kPercentKnown,
                           "% altered copies of known pictures, not remembered; ", matches,
                           " matches in ", kBatch * kBatches);
  report->Add(std::move(line));

  Line single{absl::StrCat("Check of one picture hash against ", count, " records, p99"), "ms"};
  VERVET_RETURN_IF_ERROR(OneByOne(*client, Questions(known, kSingle, &random), &single));
  report->Add(std::move(single));
  return absl::OkStatus();
}

const bool registered = RegisterRow(
    {"member-check-images", "picture hashes against a million records, through the SDK", Run});

}  // namespace
}  // namespace vervet::bench
