// What a period's contributions come to beside the estimates: counts of what was done, and which
// strata were surveyed by whom. Kept until something of that period comes, so that a line over many
// years costs what its last contribution changed.
#ifndef VERVET_HUB_ENGINE_PROGRESS_TALLIES_H_
#define VERVET_HUB_ENGINE_PROGRESS_TALLIES_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "core/base/mutex.h"
#include "hub/views/progress_ledger.h"
#include "vervet/v1/progress.pb.h"

namespace vervet::hub {

// A panel's members by the ledger's words. The panel outlives it.
class PanelParties {
 public:
  PanelParties() = default;
  PanelParties(const v1::Panel& panel, const ProgressLedger& ledger);
  // Null for others.
  const v1::PanelMember* Of(ProgressLedger::Word member) const {
    return member < members_.size() ? members_[member] : nullptr;
  }

 private:
  std::vector<const v1::PanelMember*> members_;
};

// What each version of the definitions says of words: what was counted under one stays as that one
// has it, whatever later ones say.
class DefinedMeanings {
 public:
  DefinedMeanings() = default;
  explicit DefinedMeanings(const ProgressLedger& ledger);
  // ACTION_MEANING_UNSPECIFIED for what is no action of the version.
  v1::ActionMeaning Of(ProgressLedger::Word action, uint32_t version) const;
  bool IsProactive(ProgressLedger::Word detected_by, uint32_t version) const;

 private:
  struct Version {
    std::vector<v1::ActionMeaning> meanings;  // by word
    std::vector<bool> proactive;
  };
  const Version* Find(uint32_t version) const;

  std::vector<Version> versions_;  // from 1
};

// Thread-safe. Called under the state's lock, and takes no other.
class ProgressTallies {
 public:
  using Word = ProgressLedger::Word;

  // The surveys of one period by the panel's members.
  struct Frame {
    // Who reviewed what, as member, team and taxon group: for members' own surveys, and for
    // independent ones.
    std::array<absl::flat_hash_set<std::array<Word, 3>>, 2> teams;
    // Strata that members surveyed themselves, sorted: member, surface, taxon group, language.
    std::vector<std::array<Word, 4>> strata;
  };
  std::shared_ptr<const Frame> FrameOf(const ProgressLedger& ledger, const v1::Panel& panel,
                                       const PanelParties& parties, const progress::Days& period,
                                       uint64_t position);

  // What counts towards one value.
  struct Tally {
    double sum = 0;
    double of = 0;  // of rates
    absl::flat_hash_set<Word> members;
    std::set<uint32_t> versions;
  };
  // kind, action, unit, and what it is split by
  using LineKey = std::tuple<int, Word, Word, std::string>;
  using Lines = std::map<LineKey, Tally>;
  // What is asked of activity. Everything is borrowed.
  struct Question {
    const v1::Panel* panel;
    const PanelParties* parties;
    const DefinedMeanings* meanings;
    const v1::GetSeriesRequest* request;
    uint64_t position;
  };
  std::shared_ptr<const Lines> LinesOf(const ProgressLedger& ledger, const Question& question,
                                       const progress::Days& period);

 private:
  // A page asks for two breakdowns of 121 periods, and for two more with each drill-down.
  static constexpr size_t kMaxLinesKept = 8'192;
  static constexpr size_t kMaxFramesKept = 4'096;

  template <typename Value>
  struct Kept {
    uint64_t last = 0;  // the newest event of the period that it holds
    std::shared_ptr<const Value> value;
  };
  using FrameKey = std::pair<std::string, int32_t>;  // panel, first day
  // ... split, kinds as bits, and the subset
  using LinesKey = std::tuple<FrameKey, int, uint32_t, std::array<std::string, 4>>;

  Mutex mutex_;
  std::map<FrameKey, Kept<Frame>> frames_ ABSL_GUARDED_BY(mutex_);
  std::map<LinesKey, Kept<Lines>> lines_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PROGRESS_TALLIES_H_
