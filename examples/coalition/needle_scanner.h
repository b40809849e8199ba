// Searches bytes for very many texts at once: the check that no raw identifier ever reached the
// hub.
#ifndef VERVET_EXAMPLES_COALITION_NEEDLE_SCANNER_H_
#define VERVET_EXAMPLES_COALITION_NEEDLE_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace vervet::coalition {

// Finds needles without regard to ASCII case, hundreds of thousands of them in one pass over the
// bytes: every needle is filed under one window of kWindowBytes of its own, the one that fewest
// needles share, and a bitmap over the windows' hashes rejects nearly every position after one
// multiplication.
//
// A needle of digits alone counts only where no digit stands beside it: inside a longer run of
// digits it is part of another number (a time stamp, a counter), and the longer notations of a
// phone number are needles of their own.
//
// Add and Build from one thread; Scan is const and thread-safe.
class NeedleScanner {
 public:
  // A chance hit of seven given bytes has a probability below 10^-16 at each position of random
  // bytes.
  static constexpr size_t kWindowBytes = 7;

  struct Hit {
    uint32_t needle;  // as Add numbered it
    size_t offset;    // of its first byte
  };

  // True where the needle was taken; false for one below kWindowBytes or with fewer than
  // kWindowBytes significant characters (letters, digits, anything outside ASCII), and for one that
  // is there already.
  bool Add(absl::string_view needle);
  // After the last Add.
  void Build();

  // At most `limit` hits, by offset of the window that gave them away.
  std::vector<Hit> Scan(absl::string_view bytes, size_t limit = 100) const;

  size_t size() const { return needles_.size(); }
  size_t refused() const { return refused_; }
  // For a message to the developer who leaked it, never for a log.
  const std::string& needle(uint32_t index) const { return needles_[index]; }

 private:
  struct Filed {
    uint32_t needle;
    uint32_t window_at;  // where in the needle its window begins
  };

  bool MayBeWindow(uint64_t window) const;
  void CollectHits(uint64_t window, absl::string_view folded, size_t at,
                   std::vector<Hit>* hits) const;

  std::vector<std::string> needles_;  // folded
  absl::flat_hash_map<std::string, uint32_t> known_;
  size_t refused_ = 0;
  absl::flat_hash_map<uint64_t, std::vector<Filed>> filed_;  // by window
  std::vector<uint64_t> bitmap_;
  int bitmap_shift_ = 0;
};

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_NEEDLE_SCANNER_H_
