// Events as the vault's rows hold them: many in one, because a row an event cost a first sync more
// than reading, proving and indexing the event did.
#ifndef VERVET_MEMBER_SDK_SRC_VAULT_PACKED_EVENTS_H_
#define VERVET_MEMBER_SDK_SRC_VAULT_PACKED_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::vault {

// A block is closed by the event that reaches this size. An erasure writes its block anew, so
// larger ones would make that dearer; a first sync gains nothing by them.
inline constexpr size_t kBlockBytes = 64 * 1024;

// An event that this member may see, in the bytes that the leaf hash covers; the random bytes are
// not kept.
struct StoredEvent {
  uint64_t sequence = 0;
  std::string header;
  std::string body;
};

// The same where it lies.
struct EventView {
  uint64_t sequence = 0;
  absl::string_view header;
  absl::string_view body;
};

// Events on their way into rows. What an event has in common with the one before it is not written
// again: every byte is encrypted, authenticated and written to the disk twice, and records of one
// publisher differ in little more than their ids and tokens.
//
// Of each event: how far it is from the one before in its block (0 for the first), then its header
// and its body. Of either: its length; then in turn how many bytes follow, these, and what to copy
// out of the header or body of the event before, until the length is reached. What to copy is twice
// the number of bytes, from the place where they stand counted from the start; plus one: counted
// from the end. Numbers are as in Protocol Buffers (base 128, low part first).
class PackedEvents {
 public:
  struct Block {
    uint64_t first = 0;  // sequence numbers
    uint64_t last = 0;
    size_t begin = 0;  // bytes
    size_t end = 0;
  };

  PackedEvents() = default;
  PackedEvents(std::initializer_list<StoredEvent> events);

  // Sequence numbers ascend. The bytes are copied.
  void Add(uint64_t sequence, absl::string_view header, absl::string_view body);
  // Keeps the memory.
  void Clear();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const std::vector<Block>& blocks() const { return blocks_; }
  absl::string_view BytesOf(const Block& block) const {
    return absl::string_view(bytes_).substr(block.begin, block.end - block.begin);
  }

 private:
  std::string bytes_;
  std::string last_header_;  // of the last event
  std::string last_body_;
  std::vector<Block> blocks_;
  size_t size_ = 0;
};

// Calls visit for each event, in memory that is its own until visit returns, of a block that begins
// with `first` and ends with `last`, until it returns an error. DATA_LOSS: the bytes are not such a
// block's.
absl::Status ForEachPacked(uint64_t first, uint64_t last, absl::string_view bytes,
                           const std::function<absl::Status(const EventView&)>& visit);

}  // namespace vervet::vault

#endif  // VERVET_MEMBER_SDK_SRC_VAULT_PACKED_EVENTS_H_
