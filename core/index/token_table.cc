#include "core/index/token_table.h"

#include <new>
#include <random>

namespace vervet::index {
namespace {

// Between growing and growing again a shard is between 70% and 87.5% full.
constexpr uint32_t kGrowthShare = 4;
constexpr size_t kCacheLine = 64;

size_t BytesOf(uint32_t groups) {
  return size_t{groups} * 16 * (1 + sizeof(oprf::Token) + sizeof(uint32_t));
}

// Nothing that anybody can observe depends on it but how long a probe takes, so a run from a seed
// repeats all the same.
const std::array<uint64_t, 2>& ProcessSecret() {
  static const std::array<uint64_t, 2> secret = [] {
    std::random_device device;
    const auto draw = [&device] { return (uint64_t{device()} << 32) | device(); };
    return std::array<uint64_t, 2>{draw(), draw()};
  }();
  return secret;
}

}  // namespace

alignas(16) const std::array<uint8_t, TokenTable::kGroup> TokenTable::kNoTags = {
    kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty,
    kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty, kEmpty};

void TokenTable::Shard::Free::operator()(void* memory) const {
  ::operator delete (memory, std::align_val_t{kCacheLine});
}

TokenTable::Shard::Shard(uint32_t groups) : groups_(groups) {
  memory_.reset(
      static_cast<uint8_t*>(::operator new (BytesOf(groups), std::align_val_t{kCacheLine})));
  const size_t places = size_t{groups} * kGroup;
  tags_ = memory_.get();
  tokens_ = reinterpret_cast<oprf::Token*>(tags_ + places);
  values_ = reinterpret_cast<uint32_t*>(tags_ + places * (1 + sizeof(oprf::Token)));
  std::memset(tags_, kEmpty, places);
  for (size_t i = 0; i < places; ++i) {
    new (tokens_ + i) oprf::Token;
    new (values_ + i) uint32_t(0);
  }
}

TokenTable::Shard& TokenTable::Shard::operator=(Shard&& other) noexcept {
  memory_ = std::move(other.memory_);
  tags_ = std::exchange(other.tags_, const_cast<uint8_t*>(kNoTags.data()));
  tokens_ = std::exchange(other.tokens_, nullptr);
  values_ = std::exchange(other.values_, nullptr);
  groups_ = std::exchange(other.groups_, 0);
  used_ = std::exchange(other.used_, 0);
  full_ = std::exchange(other.full_, 0);
  return *this;
}

size_t TokenTable::Shard::bytes() const { return BytesOf(groups_); }

size_t TokenTable::Shard::Locate(const oprf::Token& token, uint64_t hash) const {
  const uint8_t tag = TagOf(hash);
  // Ends: an eighth of the places was never used.
  for (uint32_t group = GroupOf(hash);; group = Next(group)) {
    for (uint32_t match = MatchTag(tags(group), tag); match != 0; match &= match - 1) {
      const size_t place = size_t{group} * kGroup + static_cast<size_t>(__builtin_ctz(match));
      if (tokens_[place] == token) return place;
    }
    if (MatchTag(tags(group), kEmpty) != 0) return Absent();
  }
}

size_t TokenTable::Shard::Insert(const oprf::Token& token, uint64_t hash, uint32_t value) {
  for (uint32_t group = GroupOf(hash);; group = Next(group)) {
    const uint32_t erased = MatchTag(tags(group), kErased);
    const uint32_t open = erased != 0 ? erased : MatchTag(tags(group), kEmpty);
    if (open == 0) continue;
    const size_t place = size_t{group} * kGroup + static_cast<size_t>(__builtin_ctz(open));
    tags_[place] = TagOf(hash);
    tokens_[place] = token;
    values_[place] = value;
    ++full_;
    if (erased == 0) ++used_;
    return place;
  }
}

void TokenTable::Shard::Erase(size_t place) {
  const uint8_t* const group = tags(static_cast<uint32_t>(place / kGroup));
  // No probe has ever gone on past a group that has a place which was never used.
  const bool never_full = MatchTag(group, kEmpty) != 0;
  tags_[place] = never_full ? kEmpty : kErased;
  --full_;
  if (never_full) --used_;
}

template <typename Hash>
void TokenTable::Shard::MakeRoom(Hash&& hash) {
  // Where a quarter of what is in use was erased, the same size does again.
  const bool grows = groups_ == 0 || full_ > used_ - used_ / kGrowthShare;
  Shard next(grows ? groups_ + std::max(1u, groups_ / kGrowthShare) : groups_);
  for (size_t place = 0; place < Absent(); ++place) {
    if (tags_[place] < kEmpty) next.Insert(tokens_[place], hash(tokens_[place]), values_[place]);
  }
  *this = std::move(next);
}

TokenTable::TokenTable() : secret_(ProcessSecret()) {}

uint32_t* TokenTable::Find(const oprf::Token& token) {
  const uint64_t hash = HashOf(token);
  Shard& shard = ShardOf(hash);
  const size_t place = shard.Locate(token, hash);
  return place == shard.Absent() ? nullptr : shard.values() + place;
}

std::pair<uint32_t*, bool> TokenTable::TryInsert(const oprf::Token& token, uint32_t value) {
  const uint64_t hash = HashOf(token);
  Shard& shard = ShardOf(hash);
  const size_t place = shard.Locate(token, hash);
  if (place != shard.Absent()) return {shard.values() + place, false};
  if (shard.NeedsRoom()) {
    shard.MakeRoom([this](const oprf::Token& other) { return HashOf(other); });
  }
  ++size_;
  return {shard.values() + shard.Insert(token, hash, value), true};
}

void TokenTable::Erase(const oprf::Token& token) {
  const uint64_t hash = HashOf(token);
  Shard& shard = ShardOf(hash);
  const size_t place = shard.Locate(token, hash);
  if (place == shard.Absent()) return;
  shard.Erase(place);
  --size_;
}

size_t TokenTable::MemoryBytes() const {
  size_t bytes = sizeof(*this);
  for (const Shard& shard : shards_) bytes += shard.bytes();
  return bytes;
}

}  // namespace vervet::index
