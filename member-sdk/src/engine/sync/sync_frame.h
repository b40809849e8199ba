// One message of a Sync stream, read where its bytes lie: a first sync brings millions of entries,
// and parsed as a message each would be an object with three strings.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_FRAME_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_FRAME_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::engine {

// Says what v1::SyncResponse::ParseFromString would. Used again for message after message: it keeps
// its memory. Not thread-safe.
class SyncFrame {
 public:
  // Views into the frame. Neither: the entry is empty, or of a kind that is newer than this
  // program.
  struct Entry {
    bool is_event = false;
    bool is_hash = false;
    absl::string_view header;
    absl::string_view body;
    absl::string_view random;
    absl::string_view leaf_hash;
  };

  // Where the next message's bytes go; then Parse. What was read before is gone.
  std::string& NewBytes();
  // False: the bytes are no SyncResponse, and the frame is empty.
  bool Parse();
  // The same of a message that is at hand.
  void Set(const v1::SyncResponse& message);

  // At most one of them; neither in a message of a kind that is newer than this program.
  bool has_entries() const { return has_entries_; }
  bool has_head() const { return message_.has_head(); }

  size_t size() const { return entries_.size(); }
  const Entry& operator[](size_t i) const { return entries_[i]; }
  const v1::SignedTreeHead& head() const { return message_.head(); }

 private:
  // False: not written as every hub writes it, which says nothing about whether it is right.
  bool ReadInPlace();
  void ReadMessage();

  std::string bytes_;
  v1::SyncResponse message_;  // where it was not read in place
  std::vector<Entry> entries_;
  bool has_entries_ = false;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_SYNC_FRAME_H_
