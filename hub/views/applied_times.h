// When one party first said that it had applied the log up to a position.
#ifndef VERVET_HUB_VIEWS_APPLIED_TIMES_H_
#define VERVET_HUB_VIEWS_APPLIED_TIMES_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace vervet::hub {

// Bounded: where it is full, neighbours that came close together in time become one, so that the
// newest stay exact and no time is told later than it was by more than about 1/250 of the span that
// is kept. Not thread-safe.
class AppliedTimes {
 public:
  static constexpr size_t kMaxKept = 1'024;  // 16 KiB a party

  // `unknown_through`: the log's size when the hub began to listen, where that is known. What the
  // party applied of it, it may have applied before; of everything later the first word is exact.
  explicit AppliedTimes(std::optional<uint64_t> unknown_through = std::nullopt)
      : unknown_through_(unknown_through) {}

  // A position below the last is a rewind: what had been said of positions above it is forgotten.
  void Note(uint64_t position, absl::Time at) {
    // Where the party already was at first, it got to at an unknown time. A rewind below that
    // begins anew.
    if (!unknown_through_ || position <= *unknown_through_) {
      unknown_through_ = position;
      kept_.clear();
      return;
    }
    const auto reached = LowerBound(position);
    if (reached == kept_.end()) {
      kept_.push_back({position, at});
      if (kept_.size() > kMaxKept) Thin();
      return;
    }
    // It was here when it first said so of a position at or beyond this one.
    kept_[reached - kept_.begin()].position = position;
    kept_.erase(reached + 1, kept_.end());
  }

  // InfinitePast where the position is not reached, or was when the party first spoke.
  absl::Time At(uint64_t position) const {
    if (!unknown_through_ || position <= *unknown_through_) return absl::InfinitePast();
    const auto reached = LowerBound(position);
    return reached == kept_.end() ? absl::InfinitePast() : reached->at;
  }

  size_t size() const { return kept_.size(); }

 private:
  struct Crossing {
    uint64_t position;
    absl::Time at;
  };

  std::vector<Crossing>::const_iterator LowerBound(uint64_t position) const {
    return std::lower_bound(
        kept_.begin(), kept_.end(), position,
        [](const Crossing& crossing, uint64_t wanted) { return crossing.position < wanted; });
  }

  // Keeps the last of every stretch of time; the stretches double where that frees less than half
  // of the room. They nest, so that thinning again and again adds up to no more than one stretch of
  // error.
  void Thin() {
    for (;; stretch_s_ *= 2) {
      size_t out = 0;
      for (size_t i = 0; i < kept_.size(); ++i) {
        const bool is_last = i + 1 == kept_.size() || Stretch(kept_[i]) != Stretch(kept_[i + 1]);
        if (is_last) kept_[out++] = kept_[i];
      }
      kept_.resize(out);
      if (out <= kMaxKept / 2) return;
    }
  }
  int64_t Stretch(const Crossing& crossing) const {
    return absl::ToUnixSeconds(crossing.at) / stretch_s_;
  }

  std::optional<uint64_t> unknown_through_;
  std::vector<Crossing> kept_;  // ascending positions, all above unknown_through_
  int64_t stretch_s_ = 1;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_APPLIED_TIMES_H_
