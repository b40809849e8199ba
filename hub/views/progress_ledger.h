// What was contributed to the measurement of progress, folded from the log: definitions, panels,
// contributions with their history, and releases. No figure is computed here (progress_figures.h).
//
// Nothing is forgotten, and everything knows from which event on it stood and until which: "as of
// event n" is what a fold that stops at n would hold, without folding again.
#ifndef VERVET_HUB_VIEWS_PROGRESS_LEDGER_H_
#define VERVET_HUB_VIEWS_PROGRESS_LEDGER_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "core/log/event.h"
#include "hub/views/progress/survey.h"
#include "hub/views/progress_months.h"
#include "vervet/v1/progress_types.pb.h"

namespace vervet::hub {

// Not thread-safe; const methods may run side by side.
class ProgressLedger {
 public:
  // Each text once; 0 is the empty text.
  using Word = uint32_t;
  enum class Kind : uint8_t { kActivity, kSurvey, kTeam };
  static constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();
  static constexpr uint32_t kNoRow = std::numeric_limits<uint32_t>::max();

  // One contribution in one revision. Which fields count depends on the kind.
  struct Row {
    uint64_t sequence = 0;
    int64_t time_us = 0;
    uint64_t replaced_at = kNever;  // sequence of the revision that took its place
    uint32_t before = kNoRow;       // the revision whose place it took
    uint32_t first_sample = 0;      // in samples_
    uint16_t sample_count = 0;
    Kind kind = Kind::kActivity;
    bool independent = false;
    bool withdrawn = false;
    bool score_stratified = false;
    bool views_known = false;
    Word member = 0, signed_off_by = 0, contributed_by = 0, surveyor = 0;
    Word action = 0, detected_by = 0;                 // activity
    Word surface = 0, taxon_group = 0, language = 0;  // activity, survey
    Word unit = 0;                                    // activity's, or of the exposure
    Word team = 0;                                    // survey, team
    progress::Days days;
    uint32_t definition_version = 0;
    uint32_t revision = 0;
    uint64_t count = 0, views = 0, views_known_of = 0;           // activity
    double exposure = 0, frame_listings = 0, design_effect = 0;  // survey
    int64_t found = 0, missed = 0;                               // team
    double missed_weight = 0;

    bool StandsAt(uint64_t position) const {
      return sequence <= position && replaced_at > position && !withdrawn;
    }
  };

  struct Defined {
    v1::Definitions definitions;
    uint64_t sequence = 0;
    int64_t time_us = 0;
    std::string defined_by;
  };
  struct Panel {
    v1::Panel panel;
    uint64_t sequence = 0;
    int64_t time_us = 0;
    std::string created_by;
  };
  struct Release {
    v1::PeriodReleased released;
    uint64_t sequence = 0;
    int64_t time_us = 0;
  };

  ProgressLedger() = default;
  ProgressLedger(ProgressLedger&&) = default;
  ProgressLedger& operator=(ProgressLedger&&) = default;

  void Apply(const log::ParsedEvent& event);

  // All contributions, in the log's order.
  const std::vector<Row>& rows() const { return rows_; }
  // The index of the first row after the event.
  size_t FirstAfter(uint64_t sequence) const;
  // Indexes of rows, ascending: revisions of an earlier row, counts of reviewers' teams, and what
  // independent surveyors found.
  const std::vector<uint32_t>& revisions() const { return revisions_; }
  const std::vector<uint32_t>& teams() const { return teams_; }
  const std::vector<uint32_t>& independent_surveys() const { return independent_surveys_; }
  // Calls visit(row) once for each activity, or survey, with a day in these days; costs what the
  // months of these days hold. Within a month in the log's order.
  template <typename Visit>
  void ForEachIn(Kind kind, const progress::Days& days, Visit visit) const {
    uint64_t looked_at = 0;
    MonthsOf(kind).ForEach(days, [&](uint32_t index) {
      ++looked_at;
      if (rows_[index].days.Overlaps(days)) visit(rows_[index]);
    });
    looks_.count.fetch_add(looked_at, std::memory_order_relaxed);
  }
  // Calls visit(row) for each after the event, in the log's order.
  template <typename Visit>
  void ForEachAfter(uint64_t sequence, Visit visit) const {
    const size_t first = FirstAfter(sequence);
    for (size_t i = first; i < rows_.size(); ++i) visit(rows_[i]);
    looks_.count.fetch_add(rows_.size() - first, std::memory_order_relaxed);
  }
  // The newest event that could have changed what ForEachIn visits; 0 before the first.
  uint64_t LastIn(Kind kind, const progress::Days& days) const;
  // The first day after the last month with a survey; none where there is none.
  std::optional<int32_t> EndOfSurveys() const { return MonthsOf(Kind::kSurvey).End(); }
  // Rows looked at by the two above, so far; for tests of what a question costs.
  uint64_t looked_at() const { return looks_.count.load(std::memory_order_relaxed); }
  const std::string& Text(Word word) const { return *texts_[word]; }
  // 0 also for a text that never occurred.
  Word Find(absl::string_view text) const;
  v1::ActivityContribution ActivityOf(const Row& row) const;
  v1::SurveyContribution SurveyOf(const Row& row) const;
  v1::ReviewTeamContribution TeamOf(const Row& row) const;
  std::vector<progress::Sample> SamplesOf(const Row& row) const;
  // How a team is called among all teams: members' own words may be the same.
  std::string TeamName(const Row& row) const;

  // The newest revision in the cell of this contribution, withdrawn ones too; null where there is
  // none. The cell is by all that the contribution says of member, days, kind and key.
  const Row* Newest(const v1::ActivityContribution& activity) const;
  const Row* Newest(const v1::SurveyContribution& survey) const;
  const Row* Newest(const v1::ReviewTeamContribution& team) const;
  // A contribution in force of the same key whose days overlap these without being the same.
  const Row* Overlapping(const v1::ActivityContribution& activity) const;
  const Row* Overlapping(const v1::SurveyContribution& survey) const;
  size_t ContributionsBy(absl::string_view member) const;

  // By version, from 1, and by time.
  const std::vector<Defined>& definitions() const { return definitions_; }
  const std::vector<Panel>& panels() const { return panels_; }
  const std::vector<Release>& releases() const { return releases_; }
  const Panel* FindPanel(absl::string_view name) const;
  // The newest definitions and panel as of a position; null before the first.
  const Defined* DefinitionsAt(uint64_t position) const;
  const Panel* NewestPanelAt(uint64_t position) const;
  // The newest release of the period; null where there is none.
  const Release* ReleaseOf(absl::string_view panel, const progress::Days& period,
                           uint64_t position) const;

  // How many records were published, and sightings reported, on each day (since 1970, UTC); of
  // erased ones too, because counts tell nothing of a record.
  const std::map<int32_t, uint64_t>& published() const { return published_; }
  const std::map<int32_t, uint64_t>& sighted() const { return sighted_; }
  // The same as it was at one of the events that changed anything here (ChangeAt).
  std::map<int32_t, uint64_t> PublishedAt(uint64_t change) const;
  std::map<int32_t, uint64_t> SightedAt(uint64_t change) const;
  // The last event after which any answer about progress could be another.
  uint64_t last_relevant() const { return std::max(changed(), last_counted_); }

  // The last event that changed anything here, and its time; 0 before the first.
  uint64_t changed() const { return changes_.empty() ? 0 : changes_.back().first; }
  int64_t changed_us() const { return changes_.empty() ? 0 : changes_.back().second; }
  // The last such event at or before the position, or the time; {0, 0} where there is none.
  std::pair<uint64_t, int64_t> ChangeAt(uint64_t position) const;
  std::pair<uint64_t, int64_t> ChangeAtTime(int64_t time_us) const;

 private:
  // kind, independent, member, and what else a key is of
  using Lane = std::array<Word, 8>;
  using Span = std::pair<int32_t, int32_t>;

  std::map<int32_t, uint64_t> CountedAt(uint64_t change, const std::map<int32_t, uint64_t>& days,
                                        uint64_t std::pair<uint64_t, uint64_t>::*all) const;
  Word Learn(absl::string_view text);
  Lane LaneOf(const Row& row) const;
  // None where a word of it never occurred.
  std::optional<Lane> LaneOf(const v1::ActivityContribution& activity) const;
  std::optional<Lane> LaneOf(const v1::SurveyContribution& survey) const;
  std::optional<Lane> LaneOf(const v1::ReviewTeamContribution& team) const;
  const Row* NewestIn(const std::optional<Lane>& lane, const v1::Days& days) const;
  const Row* OverlappingIn(const std::optional<Lane>& lane, const v1::Days& days) const;
  // What all kinds of contributions say.
  template <typename Contribution>
  Row Head(Kind kind, const Contribution& contribution, absl::string_view contributed_by);
  void Add(const log::ParsedEvent& event, Row row);
  const ProgressMonths& MonthsOf(Kind kind) const {
    return kind == Kind::kActivity ? activity_months_ : survey_months_;
  }
  void AddActivity(const log::ParsedEvent& event);
  void AddSurvey(const log::ParsedEvent& event);
  void AddTeam(const log::ParsedEvent& event);

  struct Looks {  // an atomic that can be moved
    Looks() = default;
    Looks(Looks&& other) noexcept : count(other.count.load()) {}
    Looks& operator=(Looks&& other) noexcept {
      count = other.count.load();
      return *this;
    }
    std::atomic<uint64_t> count{0};
  };

  std::vector<Row> rows_;
  std::vector<uint32_t> revisions_, teams_, independent_surveys_;
  ProgressMonths activity_months_, survey_months_;
  mutable Looks looks_;
  std::vector<progress::Sample> samples_;
  absl::flat_hash_map<Lane, std::map<Span, uint32_t>> newest_;
  absl::flat_hash_map<Word, size_t> by_member_;
  std::map<std::string, Word, std::less<>> words_ = {{"", 0}};
  std::vector<const std::string*> texts_ = {&words_.begin()->first};
  std::vector<Defined> definitions_;
  std::vector<Panel> panels_;
  std::vector<Release> releases_;
  std::vector<std::pair<uint64_t, int64_t>> changes_;
  std::map<int32_t, uint64_t> published_;
  std::map<int32_t, uint64_t> sighted_;
  uint64_t all_published_ = 0, all_sighted_ = 0;
  uint64_t last_counted_ = 0;
  // Of each of changes_: how many had been published, and sighted, by then.
  std::vector<std::pair<uint64_t, uint64_t>> counted_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_PROGRESS_LEDGER_H_
