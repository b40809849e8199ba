#include "core/views/record_store.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "core/oprf/hash.h"

namespace vervet::views {
namespace {

// Longer than any the hub lets in; a longer one stays with the facts.
constexpr size_t kMaxReferenceBytes = 255;
// The hub lets 64 in. Further ones of a log that lets more in would not match.
constexpr size_t kMaxSignatures = std::numeric_limits<uint16_t>::max();
constexpr size_t kMaxImages = 1'024;
constexpr uint32_t kMaxQuality = 100;
constexpr int64_t kNeverUs = std::numeric_limits<int64_t>::min();

}  // namespace

v1::Signature Signature::ToProto() const {
  v1::Signature out;
  out.set_type(kind_.type);
  out.set_rules_version(kind_.rules_version);
  out.set_epoch(kind_.epoch);
  out.set_token(reinterpret_cast<const char*>(token_.bytes().data()), token_.bytes().size());
  out.set_expires_us(expires_us_);
  return out;
}

v1::ImageSignature ImageSignature::ToProto() const {
  v1::ImageSignature out;
  out.set_hash(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
  out.set_quality(quality);
  out.set_expires_us(expires_us);
  out.set_radius(static_cast<uint32_t>(radius));
  return out;
}

v1::RecordFacts FactsOfRecord::Full() const {
  v1::RecordFacts facts = *shared_;
  if (!decision_reference_.empty()) {
    facts.set_decision_reference(std::string(decision_reference_));
  }
  return facts;
}

RecordStore::RecordStore() : nodes_(std::make_unique<Nodes>()) {
  ids_.reserve(kShards);
  for (size_t i = 0; i < kShards; ++i) {
    ids_.emplace_back(0, IdHash{nodes_.get()}, IdEqual{nodes_.get()});
  }
}

void RecordStore::FreeNode::operator()(Node* node) const { ::operator delete(node); }

RecordStore::PackedSignature RecordStore::Node::At(size_t i) const {
  PackedSignature packed;
  std::memcpy(&packed, tail() + i * sizeof(packed), sizeof(packed));
  return packed;
}

size_t RecordStore::Node::Images() const {
  if (has_images == 0) return 0;
  ImageCount count;
  std::memcpy(&count, tail() + ImagesAt(), sizeof(count));
  return count;
}

ImageSignature RecordStore::Node::ImageAt(size_t i) const {
  PackedImage packed;
  std::memcpy(&packed, tail() + ImagesAt() + sizeof(ImageCount) + i * sizeof(packed),
              sizeof(packed));
  ImageSignature image;
  image.hash.bytes = packed.hash;
  image.quality = packed.quality;
  image.radius = packed.radius;
  std::memcpy(&image.expires_us, packed.expires_us.data(), sizeof(image.expires_us));
  return image;
}

size_t RecordStore::Node::ReferenceAt() const {
  if (state() != RecordState::kLive) return sizeof(uint64_t);
  if (has_images == 0) return ImagesAt();
  return ImagesAt() + sizeof(ImageCount) + Images() * sizeof(PackedImage);
}

uint64_t RecordStore::Node::EndedSequence() const {
  if (state() == RecordState::kLive) return 0;
  uint64_t ended_sequence;
  std::memcpy(&ended_sequence, tail(), sizeof(ended_sequence));
  return ended_sequence;
}

absl::string_view RecordStore::Node::Reference() const {
  const char* const at = tail() + ReferenceAt();
  return {at + 1, static_cast<uint8_t>(*at)};
}

// Much faster than a serialised copy without the reference, of which there would be one a record.
const std::string& RecordStore::KeyOf(const std::string& publisher, const v1::RecordFacts& facts,
                                      bool with_reference) {
  const auto add = [this](absl::string_view text) {
    const auto size = static_cast<uint32_t>(text.size());
    key_.append(reinterpret_cast<const char*>(&size), sizeof(size));
    key_.append(text.data(), text.size());
  };
  key_.clear();
  add(publisher);
  add(facts.legal_entity());
  add(facts.purpose());
  add(facts.lawful_basis());
  add(with_reference ? absl::string_view(facts.decision_reference()) : "");
  const std::array<int32_t, 4> numbers = {facts.has_offence(), facts.certainty(), facts.tlp(),
                                          facts.groups_size()};
  key_.append(reinterpret_cast<const char*>(numbers.data()), sizeof(numbers));
  for (const std::string& group : facts.groups()) add(group);
  facts.offence().AppendToString(&key_);
  const auto& newer = facts.GetReflection()->GetUnknownFields(facts);
  if (!newer.empty()) {
    newer.SerializeToString(&newer_);
    add(newer_);
  }
  return key_;
}

RecordStore::Shared* RecordStore::Share(const std::string& publisher, const v1::RecordFacts& facts,
                                        absl::string_view* reference) {
  *reference = facts.decision_reference();
  const bool apart = reference->size() <= kMaxReferenceBytes;
  if (!apart) *reference = "";
  std::unique_ptr<Shared>& shared = shared_[KeyOf(publisher, facts, !apart)];
  if (shared == nullptr) {
    shared = std::make_unique<Shared>();
    shared->publisher = publisher;
    shared->facts = facts;
    if (apart) shared->facts.clear_decision_reference();
  }
  ++shared->uses;
  return shared.get();
}

void RecordStore::Release(Shared* shared) {
  if (--shared->uses == 0) shared_.erase(KeyOf(shared->publisher, shared->facts, true));
}

uint32_t RecordStore::KindOf(const v1::Signature& signature) {
  const SignatureKind kind{signature.type(), signature.rules_version(), signature.epoch()};
  const auto it = std::find(kinds_.begin(), kinds_.end(), kind);  // a handful
  const auto at = static_cast<uint32_t>(it - kinds_.begin());
  if (it == kinds_.end()) kinds_.push_back(kind);
  return at;
}

Signature RecordStore::Unpack(const PackedSignature& packed) const {
  const uint64_t expires_us = packed.expires_us[0] | uint64_t{packed.expires_us[1]} << 32;
  return Signature(kinds_[packed.kind], packed.token, static_cast<int64_t>(expires_us));
}

RecordStore::NodePtr RecordStore::MakeNode(const New& record, size_t behind) {
  absl::string_view reference;
  Shared* const shared = Share(*record.publisher, *record.facts, &reference);
  NodePtr node(new (::operator new(sizeof(Node) + behind + 1 + reference.size())) Node);
  std::memcpy(node->id.data(), record.record_id.data(), kIdBytes);
  node->shared = shared;
  node->published_us = record.published_us;
  node->last_expiry_us = kNeverUs;
  node->sequence = record.sequence;
  node->has_images = 0;
  node->signatures = 0;
  node->state_bits = static_cast<uint64_t>(RecordState::kLive);
  node->paused = 0;
  char* const at = node->tail() + behind;
  *at = static_cast<char>(static_cast<uint8_t>(reference.size()));
  std::memcpy(at + 1, reference.data(), reference.size());
  return node;
}

std::vector<RecordStore::PackedImage> RecordStore::Pack(const Images& images) {
  std::vector<PackedImage> packed;
  std::vector<absl::string_view> seen;
  for (const v1::ImageSignature& image : images) {
    if (packed.size() == kMaxImages || image.hash().size() != index::Hash256::kSizeBytes ||
        std::find(seen.begin(), seen.end(), image.hash()) != seen.end()) {
      continue;
    }
    seen.push_back(image.hash());
    PackedImage& one = packed.emplace_back();
    std::memcpy(one.hash.data(), image.hash().data(), one.hash.size());
    const int64_t expires_us = image.expires_us();
    std::memcpy(one.expires_us.data(), &expires_us, sizeof(expires_us));
    one.quality = static_cast<uint8_t>(std::min(image.quality(), kMaxQuality));
    constexpr uint32_t kMaxRadius = index::HammingIndex::kMaxRadius;
    one.radius = static_cast<uint8_t>(image.has_radius() ? std::min(image.radius(), kMaxRadius)
                                                         : kMaxRadius);
  }
  return packed;
}

RecordStore::Handle RecordStore::Add(const New& record, const Signatures& signatures,
                                     const Images& images) {
  if (record.record_id.size() != kIdBytes) return kNone;
  const auto packs = [](const v1::Signature& signature) {
    return signature.token().size() == oprf::Token::kSizeBytes;
  };
  const size_t count =
      std::min<size_t>(std::count_if(signatures.begin(), signatures.end(), packs), kMaxSignatures);
  const std::vector<PackedImage> packed_images = Pack(images);
  const size_t image_bytes =
      packed_images.empty() ? 0 : sizeof(ImageCount) + packed_images.size() * sizeof(PackedImage);
  NodePtr node = MakeNode(record, count * sizeof(PackedSignature) + image_bytes);
  for (const v1::Signature& signature : signatures) {
    node->last_expiry_us = std::max(node->last_expiry_us, signature.expires_us());
    if (!packs(signature) || node->signatures == count) continue;
    const auto expires_us = static_cast<uint64_t>(signature.expires_us());
    const PackedSignature packed{
        *oprf::Token::Decode(oprf::AsBytes(signature.token())),
        {static_cast<uint32_t>(expires_us), static_cast<uint32_t>(expires_us >> 32)},
        KindOf(signature)};
    std::memcpy(node->tail() + node->signatures * sizeof(packed), &packed, sizeof(packed));
    node->signatures = node->signatures + 1;
  }
  for (const v1::ImageSignature& image : images) {
    node->last_expiry_us = std::max(node->last_expiry_us, image.expires_us());
  }
  if (!packed_images.empty()) {
    node->has_images = 1;
    const auto image_count = static_cast<ImageCount>(packed_images.size());
    char* const at = node->tail() + node->ImagesAt();
    std::memcpy(at, &image_count, sizeof(image_count));
    std::memcpy(at + sizeof(image_count), packed_images.data(), image_bytes - sizeof(image_count));
  }
  const Handle handle = end();
  nodes_->push_back(std::move(node));
  if (ShardOf(record.record_id).insert(handle).second) return handle;
  Release(nodes_->back()->shared);
  nodes_->pop_back();
  return kNone;
}

RecordStore::Handle RecordStore::Find(absl::string_view record_id) const {
  if (record_id.size() != kIdBytes) return kNone;
  const Ids& shard = ShardOf(record_id);
  const auto it = shard.find(record_id);
  return it == shard.end() ? kNone : *it;
}

Record RecordStore::Read(Handle handle) const {
  const Node& node = *nodes_->at(handle);
  std::vector<Signature> signatures;
  signatures.reserve(node.signatures);
  for (size_t i = 0; i < node.signatures; ++i) signatures.push_back(Unpack(node.At(i)));
  std::vector<ImageSignature> images;
  const size_t image_count = node.Images();
  images.reserve(image_count);
  for (size_t i = 0; i < image_count; ++i) images.push_back(node.ImageAt(i));
  return Record{std::string(node.Id()),
                node.shared->publisher,
                FactsOfRecord(&node.shared->facts, node.Reference()),
                absl::FromUnixMicros(node.published_us),
                node.sequence,
                node.state(),
                node.EndedSequence(),
                std::move(signatures),
                std::move(images),
                node.last_expiry_us == kNeverUs ? absl::InfinitePast()
                                                : absl::FromUnixMicros(node.last_expiry_us)};
}

std::optional<Signature> RecordStore::FindSignature(Handle handle, const oprf::Token& token,
                                                    int64_t now_us) const {
  const Node& node = *nodes_->at(handle);
  for (size_t i = 0; i < node.signatures; ++i) {
    const PackedSignature packed = node.At(i);
    if (packed.token != token) continue;
    const Signature signature = Unpack(packed);
    if (signature.expires_us() > now_us) return signature;
  }
  return std::nullopt;
}

void RecordStore::End(Handle handle, RecordState state, uint64_t ended_sequence) {
  NodePtr& old = nodes_->at(handle);
  const absl::string_view reference = old->Reference();
  NodePtr node(new (::operator new(sizeof(Node) + sizeof(ended_sequence) + 1 + reference.size()))
                   Node(*old));
  node->has_images = 0;
  node->signatures = 0;
  node->state_bits = static_cast<uint64_t>(state);
  std::memcpy(node->tail(), &ended_sequence, sizeof(ended_sequence));
  std::memcpy(node->tail() + sizeof(ended_sequence), reference.data() - 1, 1 + reference.size());
  old = std::move(node);
}

void RecordStore::Erase(Handle handle, const std::string& publisher, const v1::RecordFacts& groups,
                        uint64_t sequence, uint64_t ended_sequence) {
  NodePtr& old = nodes_->at(handle);
  NodePtr node = MakeNode({old->Id(), &publisher, &groups, 0, sequence}, sizeof(ended_sequence));
  node->last_expiry_us = 0;
  node->state_bits = static_cast<uint64_t>(RecordState::kErased);
  std::memcpy(node->tail(), &ended_sequence, sizeof(ended_sequence));
  Release(old->shared);
  old = std::move(node);
}

void RecordStore::Forget(Handle handle) {
  NodePtr& node = nodes_->at(handle);
  ShardOf(node->Id()).erase(node->Id());
  Release(node->shared);
  node.reset();
}

}  // namespace vervet::views
