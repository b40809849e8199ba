// Pictures that mean nothing, folded from experts' marks: what is near one of them matches nobody.
#ifndef VERVET_CORE_VIEWS_NEGATIVE_LIST_H_
#define VERVET_CORE_VIEWS_NEGATIVE_LIST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/index/hamming_index.h"
#include "core/log/event.h"
#include "core/views/roster.h"

namespace vervet::views {

// A mark stands until its expert takes it back or a coordinator takes back all of that hash. An
// image is in force while marks of two experts who are not suspended stand, with the larger radius
// of these. Not thread-safe; what is const may be asked by many at a time.
class NegativeList {
 public:
  static constexpr size_t kMarksInForce = 2;
  // Marks that the hub takes of one expert on one day (UTC), those that change or repeat an earlier
  // one too. A mark can be taken back once, so this bounds all that an expert adds to the log.
  static constexpr uint32_t kMaxMarksADay = 2'000;
  // So many images in force are looked through one by one; of more there is an index, which has a
  // thread of its own.
  static constexpr size_t kLookedThrough = 256;

  struct Mark {
    std::string party;
    uint32_t radius = 0;
    std::string description;
    absl::Time marked;
    uint64_t sequence = 0;
  };
  struct Image {
    std::vector<Mark> marks;  // the newest of each expert, in the order they were made
    bool in_force = false;
    uint32_t radius = 0;  // of the marks that count; 0 where it is not in force
    size_t place = 0;     // among those in force; for the list alone

    const Mark* MarkOf(absl::string_view party) const;
  };

  // `roster` has applied the event before. Marks with a hash that has not 32 bytes change nothing.
  void Apply(const log::ParsedEvent& event, const Roster& roster);

  // Is the picture within the radius of an image in force? A few microseconds, however many there
  // are.
  bool IsHarmless(const index::Hash256& hash) const;
  // Of each. Of many faster than one by one.
  std::vector<bool> AreHarmless(absl::Span<const index::Hash256> hashes) const;

  // Null where nobody marked it; valid until the next Apply.
  const Image* Find(absl::string_view hash) const;
  const std::map<std::string, Image, std::less<>>& all() const { return images_; }
  size_t marks() const { return marks_; }
  size_t MarksOf(absl::string_view party) const;
  // Marks that the party made on the day of `now`, those that it took back since too.
  uint32_t MarksOnDayOf(absl::Time now, absl::string_view party) const;
  size_t in_force() const { return in_force_.size(); }
  // Sequence number of the last event that changed which pictures are harmless, or with which
  // radius; 0 before the first.
  uint64_t changed() const { return changed_; }

 private:
  struct InForce {
    index::Hash256 hash;
    int radius = 0;
  };
  // The day of a party's last mark, since 1970, and how many it made on it.
  struct LastDay {
    int64_t day = 0;
    uint32_t marks = 0;
  };

  void AddMark(const log::ParsedEvent& event, const Roster& roster);
  void Clear(const log::ParsedEvent& event, const Roster& roster);
  // Where a party has come to count, or counts no more.
  void Recount(const log::ParsedEvent& event, absl::string_view party, const Roster& roster);
  // Brings image and in_force_ in line with the marks.
  void Settle(const log::ParsedEvent& event, const std::string& hash, Image& image,
              const Roster& roster);
  // Brings the index in line with what Settle has changed of in_force_.
  void SettleIndex(const index::Hash256& hash, bool in_force, int radius);
  void CountMark(const std::string& party, bool more);

  std::map<std::string, Image, std::less<>> images_;  // by hash
  std::vector<InForce> in_force_;
  std::unique_ptr<index::HammingIndex> index_;  // of in_force_, once it was larger
  std::map<std::string, size_t, std::less<>> marks_of_;
  std::map<std::string, LastDay, std::less<>> last_days_;
  size_t marks_ = 0;
  uint64_t changed_ = 0;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_NEGATIVE_LIST_H_
