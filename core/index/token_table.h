// Tokens and a number with each, packed for memory and for being asked many at a time.
#ifndef VERVET_CORE_INDEX_TOKEN_TABLE_H_
#define VERVET_CORE_INDEX_TOKEN_TABLE_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/types/span.h"
#include "core/oprf/token.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace vervet::index {

// Open addressing in groups of 16 places. Of each place there is a tag of one byte apart from the
// token (16 bytes) and its value (4 bytes): whoever asks for a token that is not there, which is
// nearly everybody, reads tags alone, and those of 10 million tokens fit into a processor's cache.
// The table is cut into shards that grow one by one and by a quarter, so that it never takes more
// than 21 bytes / 0.7 = 30 bytes a token, never twice the memory while it grows, and never stands
// still for long.
//
// Tokens are as good as random, but whoever publishes chooses among many: their places depend on a
// secret of the process as well, or one member could fill a few groups and make everybody's table
// slow.
//
// Not thread-safe; reading is const. Movable: what was moved from may be assigned to or destroyed.
class TokenTable {
 public:
  TokenTable();

  // Null where absent; valid until the next change.
  uint32_t* Find(const oprf::Token& token);
  const uint32_t* Find(const oprf::Token& token) const {
    return const_cast<TokenTable*>(this)->Find(token);
  }

  // The value of the token, which is `value` where the token is new (then second is true); valid
  // until the next change.
  std::pair<uint32_t*, bool> TryInsert(const oprf::Token& token, uint32_t value);

  // Where absent, nothing happens.
  void Erase(const oprf::Token& token);

  // Calls visit(i, value) for each tokens[i] that is there, in order. Much faster than Find by
  // Find: the memory of many is fetched at the same time.
  template <typename Visit>
  void FindEach(absl::Span<const oprf::Token> tokens, Visit&& visit) const;

  size_t size() const { return size_; }
  // What it has allocated.
  size_t MemoryBytes() const;

 private:
  static constexpr uint32_t kGroup = 16;
  static constexpr int kShardBits = 6;
  static constexpr uint8_t kEmpty = 0x80;
  static constexpr uint8_t kErased = 0xfe;  // was full; a probe goes on past it

  // Tags first, because misses read nothing else.
  class Shard {
   public:
    Shard() = default;
    Shard(Shard&& other) noexcept { *this = std::move(other); }
    Shard& operator=(Shard&& other) noexcept;

    const uint8_t* tags(uint32_t group) const { return tags_ + size_t{group} * kGroup; }
    oprf::Token* tokens() const { return tokens_; }
    uint32_t* values() const { return values_; }
    uint32_t groups() const { return groups_; }
    size_t bytes() const;

    // A shard without memory has one group, in which nothing can be stored.
    uint32_t GroupOf(uint64_t hash) const {
      return static_cast<uint32_t>((((hash << kShardBits) >> 32) * groups_) >> 32);
    }
    uint32_t Next(uint32_t group) const { return group + 1 >= groups_ ? 0 : group + 1; }
    // The place of the token; groups() * 16 where it is absent.
    size_t Locate(const oprf::Token& token, uint64_t hash) const;
    size_t Absent() const { return size_t{groups_} * kGroup; }

    bool NeedsRoom() const { return used_ >= groups_ * (kGroup - kGroup / 8); }
    // Into a place that was never used, or was erased; there is room.
    size_t Insert(const oprf::Token& token, uint64_t hash, uint32_t value);
    void Erase(size_t place);
    template <typename Hash>
    void MakeRoom(Hash&& hash);

   private:
    struct Free {
      void operator()(void* memory) const;
    };
    explicit Shard(uint32_t groups);

    std::unique_ptr<uint8_t, Free> memory_;
    uint8_t* tags_ = const_cast<uint8_t*>(kNoTags.data());
    oprf::Token* tokens_ = nullptr;
    uint32_t* values_ = nullptr;
    uint32_t groups_ = 0;
    uint32_t used_ = 0;  // full or erased
    uint32_t full_ = 0;
  };

  // 16 bits, one for each place of the group whose tag is this one.
  static uint32_t MatchTag(const uint8_t* tags, uint8_t tag) {
#if defined(__SSE2__)
    const __m128i group = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    return static_cast<uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(group, _mm_set1_epi8(static_cast<char>(tag)))));
#else
    uint32_t match = 0;
    for (uint32_t i = 0; i < kGroup; ++i) match |= uint32_t{tags[i] == tag} << i;
    return match;
#endif
  }

  static uint8_t TagOf(uint64_t hash) { return static_cast<uint8_t>(hash & 0x7f); }
  uint64_t HashOf(const oprf::Token& token) const {
    uint64_t low = 0, high = 0;
    std::memcpy(&low, token.bytes().data(), 8);
    std::memcpy(&high, token.bytes().data() + 8, 8);
    const unsigned __int128 product =
        static_cast<unsigned __int128>(low ^ secret_[0]) * (high ^ secret_[1]);
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  Shard& ShardOf(uint64_t hash) { return shards_[hash >> (64 - kShardBits)]; }
  const Shard& ShardOf(uint64_t hash) const { return shards_[hash >> (64 - kShardBits)]; }

  alignas(16) static const std::array<uint8_t, kGroup> kNoTags;

  std::array<uint64_t, 2> secret_;
  std::array<Shard, size_t{1} << kShardBits> shards_;
  size_t size_ = 0;
};

template <typename Visit>
void TokenTable::FindEach(absl::Span<const oprf::Token> tokens, Visit&& visit) const {
  // More fetches than a core keeps on their way at once.
  constexpr size_t kBlock = 32;
  std::array<uint64_t, kBlock> hashes;
  std::array<uint32_t, kBlock> groups;
  for (size_t begin = 0; begin < tokens.size(); begin += kBlock) {
    const size_t count = std::min(kBlock, tokens.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      hashes[i] = HashOf(tokens[begin + i]);
      const Shard& shard = ShardOf(hashes[i]);
      groups[i] = shard.GroupOf(hashes[i]);
      __builtin_prefetch(shard.tags(groups[i]));
    }
    uint32_t open = 0;  // bit i: the first group's tags do not say that it is absent
    for (size_t i = 0; i < count; ++i) {
      const Shard& shard = ShardOf(hashes[i]);
      const uint8_t* const tags = shard.tags(groups[i]);
      const uint32_t match = MatchTag(tags, TagOf(hashes[i]));
      if (match != 0) {
        const size_t place = size_t{groups[i]} * kGroup + static_cast<size_t>(__builtin_ctz(match));
        __builtin_prefetch(shard.tokens() + place);
        __builtin_prefetch(shard.values() + place);
        open |= 1u << i;
      } else if (MatchTag(tags, kEmpty) == 0) {
        open |= 1u << i;
      }
    }
    for (; open != 0; open &= open - 1) {
      const auto i = static_cast<size_t>(__builtin_ctz(open));
      const Shard& shard = ShardOf(hashes[i]);
      const size_t place = shard.Locate(tokens[begin + i], hashes[i]);
      if (place != shard.Absent()) visit(begin + i, shard.values()[place]);
    }
  }
}

}  // namespace vervet::index

#endif  // VERVET_CORE_INDEX_TOKEN_TABLE_H_
