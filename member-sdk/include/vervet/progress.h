// What a platform contributes to the coalition's progress figures, and the figures that it may see.
//
// Two kinds, never mixed: activity is what was done, each action in its own unit; surveys are
// random samples of what users could see, and only they measure trade. docs/measuring-reduction.md
// says how, docs/integrating.md what to send and when. Words (actions, surfaces, taxon groups, ...)
// are ids of the coalition's definitions: Client::GetDefinitions.
#ifndef VERVET_PROGRESS_H_
#define VERVET_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vervet/time_point.h"

namespace vervet {

// Whole days, UTC, counted from 1970-01-01; `end` is the first day after.
struct DayRange {
  int32_t begin = 0;
  int32_t end = 0;
  bool empty() const { return end <= begin; }
  bool operator==(const DayRange& other) const { return begin == other.begin && end == other.end; }
};

// "2026-03" a month, "2026-Q1" a quarter, "2026" a year, "2026-03-02" a day,
// "2026-03-02..2026-03-08" and "2025-11..2026-01" with the last day or month included. Nothing
// where the text is none of these.
std::optional<DayRange> ParseDayRange(const std::string& text);
// The shortest of these.
std::string DayRangeText(const DayRange& days);

// What was done. One cell: days, action, detection source, taxon group and surface. Days of cells
// that are alike otherwise do not overlap.
struct Activity {
  DayRange days;            // over, at most 366
  std::string action;       // "listing_removed"
  std::string unit;         // the action's; empty: as the definitions have it
  std::string detected_by;  // where the action is an enforcement; else empty
  std::string taxon_group;  // empty: not told apart
  std::string surface;      // empty: not told apart
  uint64_t count = 0;
  // Views that the counted items had before they were removed, of `views_known_of` of them.
  std::optional<uint64_t> views_before_removal;
  uint64_t views_known_of = 0;
  // One more than the revision that stands; it replaces that one, which stays in the history.
  uint32_t revision = 1;
  bool withdrawn = false;  // the cell counts nothing from then on
};

enum class SurveyDesign {
  kSimple = 1,       // one sample; every view (or listing) of the stratum equally likely
  kScoreStratified,  // several bands of a detector's score, each with its inclusion probability
};

// Listings that were drawn with one and the same probability, and what reviewers said of them.
struct SurveySample {
  int64_t sampled = 0;         // n: looked at by a reviewer
  int64_t positives = 0;       // x: of these, called positive
  int64_t reviewed_again = 0;  // of the positives, taken at random, by somebody else
  int64_t confirmed = 0;       // of those reviewed again
  // In (0, 1]. With kSimple 0: small, or not known.
  double inclusion_probability = 0;
};

// One sample of one stratum (surface x taxon group x language). One cell: stratum and days.
struct Survey {
  DayRange days;  // over, within one period of the panel
  std::string surface;
  std::string taxon_group;
  std::string language;
  double exposure = 0;  // V over these days
  std::string unit;     // of the exposure, as the panel has it: "view"
  SurveyDesign design = SurveyDesign::kSimple;
  std::vector<SurveySample> samples;  // 1, or 1-64 bands
  double frame_listings = 0;          // how many listings the frame has; 0: not known
  double design_effect = 1;           // above 1 where listings were drawn in clusters
  std::string team;                   // who reviewed, a word of the platform's own
  uint32_t revision = 1;
  bool withdrawn = false;
};

// How much a team of reviewers overlooks, whatever the period. One cell: the team.
struct ReviewTeam {
  std::string team;
  int64_t found = 0;         // items known to be positive that the team called positive
  int64_t missed = 0;        // and that it did not
  double missed_weight = 1;  // one missed item stands for so many; 1 for a gold set
  uint32_t revision = 1;
  bool withdrawn = false;
};

using Contribution = std::variant<Activity, Survey, ReviewTeam>;

// Stored as a whole or not at all. 1-256 contributions, together at most 64 KiB on the wire, one
// cell at most once.
struct Contributions {
  std::vector<Contribution> contributions;
  // Who answers for the figures on the platform, as it wishes to name them: 1-128 bytes, an opaque
  // reference will do. Coordinators see it. Required.
  std::string signed_off_by;
  // What they were counted under. 0: the newest definitions that this client knows.
  uint32_t definition_version = 0;
};

// The coalition's words for all of this.
struct Definitions {
  struct Word {
    std::string id;
    std::string name;  // English
  };
  struct Action {
    Word word;
    std::string unit;
    bool needs_detection_source = false;  // an enforcement
  };
  uint32_t version = 0;
  std::vector<Action> actions;
  std::vector<Word> detection_sources;
  std::vector<Word> taxon_groups;
  std::vector<Word> surfaces;
  std::vector<Word> platform_classes;
  std::vector<Word> languages;
  std::vector<std::string> exposure_units;
  std::string positive;  // what counts as a positive, for reviewers to read
  std::string change;    // against the version before
};

// ---- figures

struct Interval {
  double point = 0;
  double low = 0;  // 95%
  double high = 0;
};

// Why there is no figure or verdict, or what to know beside it. The code is for machines, and
// stays.
struct Reason {
  std::string code;
  std::string sentence;
};

// What an answer is of.
struct FigureSource {
  uint64_t position = 0;  // as of which event; asked again with it, the answer is the same
  TimePoint time;         // of that event, hub's clock
  uint32_t definition_version = 0;  // the newest by then
  // That the contributions behind the figures were counted under, ascending.
  std::vector<uint32_t> counted_under;
  std::string panel;
  DayRange period;
  uint32_t release = 0;  // 0: this platform's own figures, as they are now
  std::optional<TimePoint> released;
  uint32_t restated_since = 0;
};

enum class Verdict { kNone, kCannotTell, kMet, kNotMet };
// "none", "cannot tell", "met", "not met".
const char* VerdictName(Verdict verdict);

enum class Surveyors { kMembers = 1, kIndependent };
const char* SurveyorsName(Surveyors surveyors);  // "members", "independent"

// Empty fields: all.
struct FigureSubset {
  std::string member;
  std::string platform_class;
  std::string taxon_group;
  std::string sharing_group;
};

struct ReductionFigure {
  FigureSubset subset;
  Surveyors surveyors = Surveyors::kMembers;
  Verdict verdict = Verdict::kNone;
  std::optional<Reason> reason;       // where the verdict is neither met nor not met
  std::vector<Reason> notes;          // to be read beside the figure
  std::optional<Interval> reduction;  // a share: 0.84 is 84%
  std::optional<Reason> withheld;     // the figure exists and is not shown
  uint32_t members = 0;
  uint32_t strata = 0;
  uint32_t surveys = 0;  // of the period
};

struct ReductionQuery {
  std::string panel;               // empty: the newest
  std::optional<DayRange> period;  // none: the newest that was released
  bool own = false;                // this platform's own figures instead, released or not
  uint64_t as_of = 0;              // position in the log; 0: now
};

struct Reduction {
  FigureSource source;
  double target = 0;  // 0.8
  std::string panel_title;
  DayRange baseline;
  std::string unit;                      // of exposure
  std::vector<ReductionFigure> figures;  // the whole first
};

enum class SeriesKind {
  kPrevalence = 1,
  kReduction,
  kActivity,
  kProactiveRate,
  kViewsBeforeRemoval,
  kPrecision,
  kRecall,
  kAppeals,
  kRestored,
  kSignaturesShared,
  kSightings,
  kCrossMemberMatches,
  kFalseMatchRate,
  kReappeared,
  kReportsIn72Hours,
  kReferrals,
  kTaxa,
};
// "prevalence", "proactive_rate", ...
const char* SeriesKindName(SeriesKind kind);
std::optional<SeriesKind> ParseSeriesKind(const std::string& name);

struct SeriesPoint {
  DayRange days;
  std::optional<double> value;  // none, or withheld: `why` says
  std::optional<Interval> interval;
  uint32_t contributors = 0;
  std::optional<Reason> why;
  bool withheld = false;
};

struct Series {
  SeriesKind kind = SeriesKind::kPrevalence;
  std::optional<Surveyors> surveyors;  // of kinds that come from surveys
  FigureSubset subset;
  std::string action;
  std::string detected_by;
  std::string taxon;
  std::string unit;  // of a value: "listing", "share", ...
  std::vector<SeriesPoint> points;
};

// Where a line must not be read across.
struct SeriesMarker {
  int32_t day = 0;
  std::string text;
};

struct SeriesQuery {
  std::string panel;              // empty: the newest; its periods
  std::vector<SeriesKind> kinds;  // 1-17
  bool own = false;               // as in ReductionQuery
  std::optional<DayRange> days;
  uint64_t as_of = 0;
};

struct SeriesAnswer {
  FigureSource source;
  std::vector<Series> series;
  std::vector<SeriesMarker> markers;
};

// Whether this platform has reported for a period, and how many others have.
struct Coverage {
  FigureSource source;
  int32_t due_day = 0;  // the first day that is too late
  uint32_t members = 0;
  uint32_t complete = 0;
  uint32_t partial = 0;
  uint32_t missing = 0;  // and due
  uint32_t not_due = 0;
  // Of this platform; none where the panel does not have it.
  struct Own {
    std::string state;  // "on time", "late", "partial", "missing", "not due"
    uint32_t strata = 0;
    uint32_t strata_surveyed = 0;
    uint32_t activity_contributions = 0;
    std::vector<Survey> missing;  // strata alone
  };
  std::optional<Own> own;
};

// A contribution of this platform's, as the hub has it.
struct StoredContribution {
  uint64_t sequence = 0;
  TimePoint stored;  // hub's clock
  Contribution contribution;
  std::string signed_off_by;
  uint32_t definition_version = 0;
  std::string independent_surveyor;  // who contributed it; empty: this platform itself
  bool replaced = false;             // by a later revision, or withdrawn
};

struct ContributionQuery {
  std::optional<DayRange> days;  // that touch them
  bool history = false;          // replaced and withdrawn ones too
};

}  // namespace vervet

#endif  // VERVET_PROGRESS_H_
