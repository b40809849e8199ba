#include "hub/engine/progress_tallies.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_map.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;
using Word = ProgressLedger::Word;
using Tally = ProgressTallies::Tally;

template <typename Value>
void SetAt(Word word, Value value, std::vector<Value>* of) {
  if (word == 0) return;
  if (of->size() <= word) of->resize(word + 1);
  (*of)[word] = value;
}

// A row counts in the period in which its days begin.
bool BeginsIn(const Row& row, const progress::Days& period) {
  return row.days.begin >= period.begin && row.days.begin < period.end;
}

// What one row adds to a kind of line: a sum and, of rates, what it is of. None: nothing.
std::optional<std::pair<double, double>> Adds(v1::SeriesKind kind, const Row& row,
                                              v1::ActionMeaning meaning, bool proactive) {
  const auto count = static_cast<double>(row.count);
  switch (kind) {
    case v1::SERIES_ACTIVITY:
      return std::make_pair(count, 0.0);
    case v1::SERIES_APPEALS:
      if (meaning != v1::APPEAL_RECEIVED) return std::nullopt;
      return std::make_pair(count, 0.0);
    case v1::SERIES_RESTORED:
      if (meaning != v1::RESTORED_ON_APPEAL) return std::nullopt;
      return std::make_pair(count, 0.0);
    case v1::SERIES_REFERRALS:
      if (meaning != v1::REFERRED_TO_AGENCY) return std::nullopt;
      return std::make_pair(count, 0.0);
    case v1::SERIES_PROACTIVE_RATE:
      if (meaning != v1::ENFORCEMENT) return std::nullopt;
      return std::make_pair(proactive ? count : 0.0, count);
    case v1::SERIES_VIEWS_BEFORE_REMOVAL:
      if (!row.views_known || row.views_known_of == 0) return std::nullopt;
      return std::make_pair(static_cast<double>(row.views),
                            static_cast<double>(row.views_known_of));
    default:
      return std::nullopt;
  }
}

// Counts one period's rows. Works on words: rows are many, and texts are looked up at the end.
class Counter {
 public:
  Counter(const ProgressLedger& ledger, const ProgressTallies::Question& question)
      : ledger_(ledger),
        question_(question),
        request_(*question.request),
        member_(ledger.Find(request_.subset().member())),
        taxon_group_(ledger.Find(request_.subset().taxon_group())) {}

  ProgressTallies::Lines Of(const progress::Days& period) {
    ledger_.ForEachIn(Kind::kActivity, period, [&](const Row& row) {
      if (BeginsIn(row, period) && row.StandsAt(question_.position)) Take(row);
    });
    ProgressTallies::Lines lines;
    for (auto& [key, tally] : tallies_) {
      lines[{static_cast<int>(key[0]), key[1], key[2], TextOf(key[3])}] = std::move(tally);
    }
    return lines;
  }

 private:
  bool IsAsked(const Row& row, const v1::PanelMember* member) const {
    const v1::FigureSubset& subset = request_.subset();
    if (!subset.member().empty() && row.member != member_) return false;
    if (!subset.taxon_group().empty() && row.taxon_group != taxon_group_) return false;
    if (!subset.platform_class().empty() &&
        (member == nullptr || member->platform_class() != subset.platform_class())) {
      return false;
    }
    return subset.sharing_group().empty() ||
           (member != nullptr &&
            std::find(member->sharing_groups().begin(), member->sharing_groups().end(),
                      subset.sharing_group()) != member->sharing_groups().end());
  }

  void Take(const Row& row) {
    const v1::PanelMember* const member = question_.parties->Of(row.member);
    if (!IsAsked(row, member)) return;
    const v1::ActionMeaning meaning = question_.meanings->Of(row.action, row.definition_version);
    if (meaning == v1::ACTION_MEANING_UNSPECIFIED) return;
    const bool proactive = question_.meanings->IsProactive(row.detected_by, row.definition_version);
    const Word split = SplitOf(row, member);
    for (const int kind : request_.kinds()) {
      const auto adds = Adds(static_cast<v1::SeriesKind>(kind), row, meaning, proactive);
      if (!adds) continue;
      Tally& tally = tallies_[{static_cast<Word>(kind), row.action, row.unit, split}];
      tally.sum += adds->first;
      tally.of += adds->second;
      tally.members.insert(row.member);
      tally.versions.insert(row.definition_version);
    }
  }

  Word SplitOf(const Row& row, const v1::PanelMember* member) {
    switch (request_.split()) {
      case v1::SPLIT_PLATFORM_CLASS:
        return member == nullptr ? 0 : ClassNumber(member->platform_class());
      case v1::SPLIT_TAXON_GROUP:
        return row.taxon_group;
      case v1::SPLIT_DETECTION_SOURCE:
        return row.detected_by;
      case v1::SPLIT_MEMBER:
        return row.member;
      default:
        return 0;
    }
  }
  // Classes are the panel's words, not the ledger's: from 1, as they are met.
  Word ClassNumber(const std::string& platform_class) {
    const auto known = std::find(classes_.begin(), classes_.end(), platform_class);
    if (known == classes_.end()) {
      classes_.push_back(platform_class);
      return static_cast<Word>(classes_.size());
    }
    return static_cast<Word>(known - classes_.begin() + 1);
  }
  std::string TextOf(Word split) const {
    if (request_.split() != v1::SPLIT_PLATFORM_CLASS) return ledger_.Text(split);
    return split == 0 ? "" : classes_[split - 1];
  }

  const ProgressLedger& ledger_;
  const ProgressTallies::Question& question_;
  const v1::GetSeriesRequest& request_;
  const Word member_, taxon_group_;
  std::vector<std::string> classes_;
  absl::flat_hash_map<std::array<Word, 4>, Tally> tallies_;  // kind, action, unit, split
};

ProgressTallies::Frame MakeFrame(const ProgressLedger& ledger, const PanelParties& parties,
                                 const progress::Days& period, uint64_t position) {
  ProgressTallies::Frame frame;
  ledger.ForEachIn(Kind::kSurvey, period, [&](const Row& row) {
    if (!BeginsIn(row, period) || !row.StandsAt(position)) return;
    if (parties.Of(row.member) == nullptr) return;
    frame.teams[row.independent ? 1 : 0].insert({row.member, row.team, row.taxon_group});
    if (row.independent) return;
    frame.strata.push_back({row.member, row.surface, row.taxon_group, row.language});
  });
  std::sort(frame.strata.begin(), frame.strata.end());
  frame.strata.erase(std::unique(frame.strata.begin(), frame.strata.end()), frame.strata.end());
  return frame;
}

}  // namespace

PanelParties::PanelParties(const v1::Panel& panel, const ProgressLedger& ledger) {
  for (const v1::PanelMember& member : panel.members()) {
    SetAt(ledger.Find(member.party()), &member, &members_);
  }
}

DefinedMeanings::DefinedMeanings(const ProgressLedger& ledger) {
  for (const ProgressLedger::Defined& defined : ledger.definitions()) {
    Version& version = versions_.emplace_back();
    for (const auto& action : defined.definitions.actions()) {
      SetAt(ledger.Find(action.word().id()), action.meaning(), &version.meanings);
    }
    for (const auto& source : defined.definitions.detection_sources()) {
      SetAt(ledger.Find(source.word().id()), source.proactive(), &version.proactive);
    }
  }
}

const DefinedMeanings::Version* DefinedMeanings::Find(uint32_t version) const {
  return version >= 1 && version <= versions_.size() ? &versions_[version - 1] : nullptr;
}

v1::ActionMeaning DefinedMeanings::Of(Word action, uint32_t version) const {
  const Version* const found = Find(version);
  return found != nullptr && action < found->meanings.size() ? found->meanings[action]
                                                             : v1::ACTION_MEANING_UNSPECIFIED;
}

bool DefinedMeanings::IsProactive(Word detected_by, uint32_t version) const {
  const Version* const found = Find(version);
  return found != nullptr && detected_by < found->proactive.size() && found->proactive[detected_by];
}

std::shared_ptr<const ProgressTallies::Frame> ProgressTallies::FrameOf(const ProgressLedger& ledger,
                                                                       const v1::Panel& panel,
                                                                       const PanelParties& parties,
                                                                       const progress::Days& period,
                                                                       uint64_t position) {
  const uint64_t last = ledger.LastIn(Kind::kSurvey, period);
  const auto make = [&] {
    return std::make_shared<const Frame>(MakeFrame(ledger, parties, period, position));
  };
  if (last > position) return make();  // as of an older event
  MutexLock lock(mutex_);
  if (frames_.size() > kMaxFramesKept) frames_.clear();
  Kept<Frame>& kept = frames_[{panel.panel(), period.begin}];
  if (kept.value == nullptr || kept.last != last) kept = {last, make()};
  return kept.value;
}

std::shared_ptr<const ProgressTallies::Lines> ProgressTallies::LinesOf(
    const ProgressLedger& ledger, const Question& question, const progress::Days& period) {
  const uint64_t last = ledger.LastIn(Kind::kActivity, period);
  const auto make = [&] {
    return std::make_shared<const Lines>(Counter(ledger, question).Of(period));
  };
  if (last > question.position) return make();  // as of an older event
  uint32_t kinds = 0;
  static_assert(v1::SeriesKind_MAX < 32);
  for (const int kind : question.request->kinds()) kinds |= 1u << kind;
  const v1::FigureSubset& subset = question.request->subset();
  MutexLock lock(mutex_);
  if (lines_.size() > kMaxLinesKept) lines_.clear();
  Kept<Lines>& kept = lines_[{
      {question.panel->panel(), period.begin},
      static_cast<int>(question.request->split()),
      kinds,
      {subset.member(), subset.platform_class(), subset.taxon_group(), subset.sharing_group()}}];
  if (kept.value == nullptr || kept.last != last) kept = {last, make()};
  return kept.value;
}

}  // namespace vervet::hub
