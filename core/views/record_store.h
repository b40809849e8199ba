// Where a view of offender records keeps them: packed, because a coalition has millions.
#ifndef VERVET_CORE_VIEWS_RECORD_STORE_H_
#define VERVET_CORE_VIEWS_RECORD_STORE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/index/signature_index.h"
#include "core/views/record.h"

namespace vervet::views {

// A record takes 48 bytes, 28 for each signature, its decision reference, and about 20 to be found
// by handle and id; with images 2 more, and 42 for each. Its other facts and its publisher are kept
// once for all records that say the same. Not thread-safe. Movable; what was moved from may be
// assigned to or destroyed.
class RecordStore {
 public:
  using Handle = index::RecordHandle;
  static constexpr Handle kNone = index::kNoRecord;
  static constexpr size_t kIdBytes = 16;

  struct New {
    absl::string_view record_id;  // kIdBytes
    const std::string* publisher;
    const v1::RecordFacts* facts;
    int64_t published_us = 0;
    uint64_t sequence = 0;
  };

  RecordStore();
  RecordStore(RecordStore&&) = default;
  RecordStore& operator=(RecordStore&&) = default;

  // A live record; kNone where the id has another length, or is there already. Signatures whose
  // token has not 16 bytes are left out, and images whose hash has not 32 or is that of an earlier
  // one: they match nothing.
  using Signatures = google::protobuf::RepeatedPtrField<v1::Signature>;
  using Images = google::protobuf::RepeatedPtrField<v1::ImageSignature>;
  Handle Add(const New& record, const Signatures& signatures, const Images& images);

  // kNone where it is not there.
  Handle Find(absl::string_view record_id) const;

  // False for a handle that was forgotten.
  bool Has(Handle handle) const { return nodes_->at(handle) != nullptr; }
  // Of handles that are there. All that was given out before is valid until the next change.
  Record Read(Handle handle) const;
  RecordState StateOf(Handle handle) const { return nodes_->at(handle)->state(); }
  bool IsPaused(Handle handle) const { return nodes_->at(handle)->paused; }
  int64_t LastExpiryUs(Handle handle) const { return nodes_->at(handle)->last_expiry_us; }
  absl::string_view IdOf(Handle handle) const { return nodes_->at(handle)->Id(); }
  const std::string& PublisherOf(Handle handle) const {
    return nodes_->at(handle)->shared->publisher;
  }
  // The record's signature with this token that expires after `now_us`, where it has one.
  std::optional<Signature> FindSignature(Handle handle, const oprf::Token& token,
                                         int64_t now_us) const;
  template <typename Visit>
  void ForEachToken(Handle handle, Visit&& visit) const {
    const Node& node = *nodes_->at(handle);
    for (size_t i = 0; i < node.signatures; ++i) visit(node.At(i).token);
  }
  // visit(const ImageSignature&)
  template <typename Visit>
  void ForEachImage(Handle handle, Visit&& visit) const {
    const Node& node = *nodes_->at(handle);
    const size_t images = node.Images();
    for (size_t i = 0; i < images; ++i) visit(node.ImageAt(i));
  }

  void SetPaused(Handle handle, bool paused) { nodes_->at(handle)->paused = paused; }
  // The record stays, without its signatures and images.
  void End(Handle handle, RecordState state, uint64_t ended_sequence);
  // Nothing stays but the id, and what is given: of the facts, the groups.
  void Erase(Handle handle, const std::string& publisher, const v1::RecordFacts& groups,
             uint64_t sequence, uint64_t ended_sequence);
  void Forget(Handle handle);

  // Handles are below it.
  Handle end() const { return static_cast<Handle>(nodes_->size()); }

 private:
  // What records have in common, but for the decision reference, which no two should.
  struct Shared {
    std::string publisher;
    v1::RecordFacts facts;
    uint64_t uses = 0;
  };
  // As it lies in a node, unaligned.
  struct PackedSignature {
    oprf::Token token;
    std::array<uint32_t, 2> expires_us;  // low half first
    uint32_t kind;                       // into kinds_
  };
  static_assert(sizeof(PackedSignature) == 28);
  // The same of an image.
  struct PackedImage {
    std::array<uint8_t, index::Hash256::kSizeBytes> hash;
    std::array<uint8_t, sizeof(int64_t)> expires_us;
    uint8_t quality;
    uint8_t radius;
  };
  static_assert(sizeof(PackedImage) == 42);
  using ImageCount = uint16_t;

  // Behind it lie the signatures of a live record and, where it has images, how many and these, or
  // the sequence number that ended another; then the decision reference behind its length.
  struct Node {
    std::array<char, kIdBytes> id;
    Shared* shared;
    int64_t published_us;
    int64_t last_expiry_us;
    uint64_t sequence : 44;
    uint64_t has_images : 1;
    uint64_t signatures : 16;
    uint64_t state_bits : 2;
    uint64_t paused : 1;

    RecordState state() const { return static_cast<RecordState>(state_bits); }
    absl::string_view Id() const { return {id.data(), id.size()}; }
    PackedSignature At(size_t i) const;
    size_t ImagesAt() const { return signatures * sizeof(PackedSignature); }
    size_t Images() const;
    ImageSignature ImageAt(size_t i) const;
    uint64_t EndedSequence() const;
    absl::string_view Reference() const;
    char* tail() { return reinterpret_cast<char*>(this + 1); }
    const char* tail() const { return reinterpret_cast<const char*>(this + 1); }
    size_t ReferenceAt() const;
  };
  static_assert(sizeof(Node) == 48);
  struct FreeNode {
    void operator()(Node* node) const;
  };
  using NodePtr = std::unique_ptr<Node, FreeNode>;
  using Nodes = std::vector<NodePtr>;

  // Handles by their nodes' ids.
  struct IdHash {
    using is_transparent = void;
    const Nodes* nodes;
    // The second half is random: the hub has drawn it.
    size_t operator()(absl::string_view id) const {
      uint64_t random;
      std::memcpy(&random, id.data() + kIdBytes - sizeof(random), sizeof(random));
      random *= 0x9e3779b97f4a7c15;
      return random ^ random >> 32;
    }
    size_t operator()(Handle handle) const { return (*this)((*nodes)[handle]->Id()); }
  };
  struct IdEqual {
    using is_transparent = void;
    const Nodes* nodes;
    bool operator()(Handle a, Handle b) const { return (*nodes)[a]->Id() == (*nodes)[b]->Id(); }
    bool operator()(Handle a, absl::string_view b) const { return (*nodes)[a]->Id() == b; }
    bool operator()(absl::string_view a, Handle b) const { return (*this)(b, a); }
  };
  using Ids = absl::flat_hash_set<Handle, IdHash, IdEqual>;
  // So that none of them stands still for long when it grows. By the id's last byte, which is
  // random.
  static constexpr size_t kShards = 64;
  Ids& ShardOf(absl::string_view id) { return ids_[static_cast<uint8_t>(id.back()) % kShards]; }
  const Ids& ShardOf(absl::string_view id) const {
    return ids_[static_cast<uint8_t>(id.back()) % kShards];
  }

  // A node with everything but what lies behind `behind` bytes of its tail: the reference is there.
  NodePtr MakeNode(const New& record, size_t behind);
  Shared* Share(const std::string& publisher, const v1::RecordFacts& facts,
                absl::string_view* reference);
  void Release(Shared* shared);
  uint32_t KindOf(const v1::Signature& signature);
  static std::vector<PackedImage> Pack(const Images& images);
  Signature Unpack(const PackedSignature& packed) const;
  // In key_.
  const std::string& KeyOf(const std::string& publisher, const v1::RecordFacts& facts,
                           bool with_reference);

  // On the heap, where the tables' hashers find it after a move.
  std::unique_ptr<Nodes> nodes_;  // by handle; null once forgotten
  std::vector<Ids> ids_;
  absl::flat_hash_map<std::string, std::unique_ptr<Shared>> shared_;
  std::string key_, newer_;  // KeyOf's
  std::vector<SignatureKind> kinds_;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_RECORD_STORE_H_
