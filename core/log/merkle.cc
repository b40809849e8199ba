#include "core/log/merkle.h"

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/log/sha256.h"

namespace vervet::log {

// Leaves use 0x00 (event.cc).
Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<uint8_t, 1 + 2 * kHashBytes> input;
  input[0] = 0x01;
  std::memcpy(input.data() + 1, left.data(), kHashBytes);
  std::memcpy(input.data() + 1 + kHashBytes, right.data(), kHashBytes);
  return Sha256().Update(input.data(), input.size()).Final();
}

absl::string_view AsBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

absl::StatusOr<Hash> HashFromBytes(absl::string_view bytes) {
  if (bytes.size() != kHashBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a hash has 32 bytes, this one ", bytes.size()));
  }
  Hash hash;
  std::memcpy(hash.data(), bytes.data(), kHashBytes);
  return hash;
}

void MerkleFrontier::Append(const Hash& leaf_hash, std::vector<Hash>* completed) {
  if (completed != nullptr) completed->clear();
  Hash node = leaf_hash;
  // Each trailing one bit of the size is a perfect subtree of the height that the new node has by
  // then.
  for (uint64_t rest = size_; rest & 1; rest >>= 1) {
    node = NodeHash(roots_.back(), node);
    roots_.pop_back();
    if (completed != nullptr) completed->push_back(node);
  }
  roots_.push_back(node);
  ++size_;
}

Hash MerkleFrontier::Root() const {
  if (roots_.empty()) return Sha256().Final();
  Hash root = roots_.back();
  for (size_t i = roots_.size() - 1; i-- > 0;) root = NodeHash(roots_[i], root);
  return root;
}

std::string MerkleFrontier::Serialize() const {
  std::string out;
  out.reserve(8 + roots_.size() * kHashBytes);
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size_ >> shift));
  for (const Hash& root : roots_) out.append(AsBytes(root).data(), kHashBytes);
  return out;
}

absl::StatusOr<MerkleFrontier> MerkleFrontier::Parse(absl::string_view bytes) {
  if (bytes.size() < 8)
    return absl::DataLossError("a stored tree frontier is shorter than 8 bytes");
  MerkleFrontier frontier;
  for (int i = 0; i < 8; ++i) {
    frontier.size_ = (frontier.size_ << 8) | static_cast<uint8_t>(bytes[i]);
  }
  bytes.remove_prefix(8);
  const size_t expected = static_cast<size_t>(std::popcount(frontier.size_));
  if (bytes.size() != expected * kHashBytes) {
    return absl::DataLossError(absl::StrCat("a stored tree frontier of size ", frontier.size_,
                                            " has ", bytes.size(), " bytes of hashes instead of ",
                                            expected * kHashBytes));
  }
  frontier.roots_.resize(expected);
  for (size_t i = 0; i < expected; ++i) {
    std::memcpy(frontier.roots_[i].data(), bytes.data() + i * kHashBytes, kHashBytes);
  }
  return frontier;
}

}  // namespace vervet::log
