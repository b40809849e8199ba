#include "core/index/hamming_index.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/index/hamming/bit_shuffle.h"
#include "core/index/hamming/buffer.h"
#include "core/index/hamming/kernels.h"
#include "core/index/hamming/search.h"
#include "core/index/hamming/segments.h"
#include "core/index/hamming/slots.h"

namespace vervet::index {
namespace {

static_assert(HammingIndex::kMaxRadius == hamming::kMaxRadius);
static_assert(HammingIndex::kMaxHashes == hamming::Slots::kMaxSlots);

absl::Status CheckRadius(absl::string_view field, int radius) {
  if (radius >= 0 && radius <= HammingIndex::kMaxRadius) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", radius, "; must be 0 to ",
                                                 HammingIndex::kMaxRadius, " of 256 bits"));
}

const hamming::Kernels* KernelsOf(HammingIndex::InstructionSet set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (set == HammingIndex::InstructionSet::kAvx512) {
    const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                     __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512vpopcntdq");
    return has ? hamming::Avx512Kernels() : nullptr;
  }
  if (set == HammingIndex::InstructionSet::kAvx2) {
    const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
    return has ? hamming::Avx2Kernels() : nullptr;
  }
#endif
  return set == HammingIndex::InstructionSet::kPortable ? &hamming::kPortableKernels : nullptr;
}

HammingIndex::InstructionSet Choose(std::optional<HammingIndex::InstructionSet> wanted) {
  using Set = HammingIndex::InstructionSet;
  if (wanted.has_value()) return HammingIndex::Supports(*wanted) ? *wanted : Set::kPortable;
  for (const Set set : {Set::kAvx512, Set::kAvx2}) {
    if (HammingIndex::Supports(set)) return set;
  }
  return Set::kPortable;
}

}  // namespace

absl::StatusOr<Hash256> Hash256::FromBytes(absl::string_view bytes) {
  if (bytes.size() != kSizeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("hash: ", bytes.size(), " bytes; must be ", kSizeBytes, " (256 bits)"));
  }
  Hash256 hash;
  std::copy(bytes.begin(), bytes.end(), hash.bytes.begin());
  return hash;
}

int Distance(const Hash256& a, const Hash256& b) {
  int distance = 0;
  for (size_t at = 0; at < Hash256::kSizeBytes; at += sizeof(uint64_t)) {
    uint64_t left, right;
    std::memcpy(&left, a.bytes.data() + at, sizeof(left));
    std::memcpy(&right, b.bytes.data() + at, sizeof(right));
    distance += __builtin_popcountll(left ^ right);
  }
  return distance;
}

bool HammingIndex::Supports(InstructionSet set) { return KernelsOf(set) != nullptr; }

absl::string_view HammingIndex::NameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::kAvx512:
      return "AVX-512";
    case InstructionSet::kAvx2:
      return "AVX2";
    case InstructionSet::kPortable:
      break;
  }
  return "portable";
}

class HammingIndex::Impl {
 public:
  explicit Impl(const Options& options)
      : shuffle_(options.environment),
        instruction_set_(Choose(options.instruction_set)),
        kernels_(*KernelsOf(instruction_set_)),
        slots_(&meter_),
        segments_(&slots_, &meter_, options.on_merge_chosen) {}

  absl::Status Add(const Hash256& hash, RecordHandle record, int radius) {
    const hamming::HashBits bits = shuffle_.Apply(hash.bytes);
    MutexLock lock(segments_.mutex());
    segments_.AwaitRoom();
    hamming::Segments::RecordLists replaced;
    const uint32_t known = segments_.Find(bits.data()).slot;
    if (known != hamming::Slots::kNone) {
      using Added = hamming::Slots::Added;
      const Added added = slots_.AddRecord(known, record, radius, &replaced);
      segments_.Retire(std::move(replaced));
      if (added != Added::kCondemned) {
        pairs_ += added != Added::kReplacedRadius ? 1 : 0;
        hashes_ += added == Added::kRevived ? 1 : 0;
        return absl::OkStatus();
      }
    }
    const uint32_t slot = slots_.Take(bits.data(), record, radius);
    if (slot == hamming::Slots::kNone) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "the image index holds its limit of ", kMaxHashes, " hashes; remove records first"));
    }
    segments_.Append(slot);
    ++pairs_;
    ++hashes_;
    return absl::OkStatus();
  }

  bool Remove(const Hash256& hash, RecordHandle record) {
    const hamming::HashBits bits = shuffle_.Apply(hash.bytes);
    MutexLock lock(segments_.mutex());
    const hamming::Segments::Place place = segments_.Find(bits.data());
    if (place.slot == hamming::Slots::kNone) return false;
    using Removed = hamming::Slots::Removed;
    hamming::Segments::RecordLists replaced;
    const Removed removed = slots_.RemoveRecord(place.slot, record, &replaced);
    segments_.Retire(std::move(replaced));
    if (removed == Removed::kAbsent) return false;
    --pairs_;
    if (removed == Removed::kDied) {
      --hashes_;
      segments_.Died(place);
    }
    return true;
  }

  std::vector<Match> FindEach(absl::Span<const Query> queries) const {
    std::vector<hamming::ShuffledQuery> shuffled(queries.size());
    for (size_t i = 0; i < queries.size(); ++i) {
      shuffled[i] = {shuffle_.Apply(queries[i].hash.bytes), static_cast<uint32_t>(i),
                     static_cast<uint32_t>(queries[i].radius),
                     &hamming::Thresholds::For(queries[i].radius)};
    }
    std::vector<hamming::Found> found;
    hamming::FindAll(*segments_.snapshot(), slots_, kernels_, shuffled, &found);
    std::sort(found.begin(), found.end(), [](const hamming::Found& a, const hamming::Found& b) {
      return std::tie(a.query, a.distance, a.record) < std::tie(b.query, b.distance, b.record);
    });
    std::vector<Match> matches;
    matches.reserve(found.size());
    for (const hamming::Found& one : found) {
      matches.push_back({one.query, one.record, static_cast<int>(one.distance)});
    }
    return matches;
  }

  void WaitForMerges() const { segments_.WaitForMerges(); }

  Stats GetStats() const {
    MutexLock lock(segments_.mutex());
    Stats stats;
    stats.hashes = hashes_;
    stats.pairs = pairs_;
    stats.segments = segments_.segment_count();
    stats.memory_bytes = meter_.now();
    stats.peak_memory_bytes = meter_.peak();
    stats.instruction_set = instruction_set_;
    return stats;
  }

 private:
  const hamming::BitShuffle shuffle_;
  const InstructionSet instruction_set_;
  const hamming::Kernels& kernels_;
  hamming::MemoryMeter meter_;
  // What changes in slots_, pairs_ and hashes_ is guarded by segments_.mutex().
  hamming::Slots slots_;
  size_t pairs_ = 0;
  size_t hashes_ = 0;
  hamming::Segments segments_;  // last: its thread uses the others
};

HammingIndex::HammingIndex(const Options& options) : impl_(std::make_unique<Impl>(options)) {}
HammingIndex::~HammingIndex() = default;

absl::Status HammingIndex::Add(const Hash256& hash, RecordHandle record, int radius) {
  VERVET_RETURN_IF_ERROR(CheckRadius("radius", radius));
  return impl_->Add(hash, record, radius);
}

bool HammingIndex::Remove(const Hash256& hash, RecordHandle record) {
  return impl_->Remove(hash, record);
}

absl::StatusOr<std::vector<HammingIndex::Match>> HammingIndex::Find(const Hash256& hash,
                                                                    int radius) const {
  VERVET_RETURN_IF_ERROR(CheckRadius("radius", radius));
  const Query query{hash, radius};
  return impl_->FindEach(absl::MakeConstSpan(&query, 1));
}

absl::StatusOr<std::vector<HammingIndex::Match>> HammingIndex::FindEach(
    absl::Span<const Query> queries) const {
  for (size_t i = 0; i < queries.size(); ++i) {
    if (queries[i].radius >= 0 && queries[i].radius <= kMaxRadius) continue;
    return CheckRadius(absl::StrCat("queries[", i, "].radius"), queries[i].radius);
  }
  return impl_->FindEach(queries);
}

void HammingIndex::WaitForMerges() const { impl_->WaitForMerges(); }

HammingIndex::Stats HammingIndex::GetStats() const { return impl_->GetStats(); }

}  // namespace vervet::index
