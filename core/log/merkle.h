// The Merkle tree of RFC 6962 over the log's leaf hashes, as a frontier: the roots of the perfect
// subtrees that make up the tree so far, at most one of each height. 64 hashes are enough for any
// log.
#ifndef VERVET_CORE_LOG_MERKLE_H_
#define VERVET_CORE_LOG_MERKLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::log {

inline constexpr size_t kHashBytes = 32;
using Hash = std::array<uint8_t, kHashBytes>;

absl::string_view AsBytes(const Hash& hash);
// INVALID_ARGUMENT unless `bytes` has 32 bytes.
absl::StatusOr<Hash> HashFromBytes(absl::string_view bytes);

// An inner node: SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1).
Hash NodeHash(const Hash& left, const Hash& right);

// Grows by one leaf in amortised constant time; the root of any moment costs at most 64 hashes.
// Value type, not thread-safe.
class MerkleFrontier {
 public:
  void Append(const Hash& leaf_hash) { Append(leaf_hash, nullptr); }
  // The same, and sets *completed to the roots of the perfect subtrees that end with this leaf:
  // completed[i] is the one of 2^(i+1) leaves.
  void Append(const Hash& leaf_hash, std::vector<Hash>* completed);

  uint64_t size() const { return size_; }
  // Root of the tree over all leaves so far; SHA-256 of nothing for none (RFC 6962, 2.1).
  Hash Root() const;

  // size (8 bytes, big-endian), then the subtree roots, largest first, 32 bytes each.
  std::string Serialize() const;
  static absl::StatusOr<MerkleFrontier> Parse(absl::string_view bytes);

 private:
  uint64_t size_ = 0;
  std::vector<Hash> roots_;  // largest subtree first; one for each bit set in size_
};

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_MERKLE_H_
