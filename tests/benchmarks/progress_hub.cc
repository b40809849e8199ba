// What the page's blocks cost at the hub: 60 members with 40 strata each, over ten years of months
// (288,000 surveys, and as many counts of actions). A contribution comes in, then the blocks are
// asked for.
#include <functional>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "core/base/environment.h"
#include "hub/engine/progress_query.h"
#include "hub/engine/progress_warm_up.h"
#include "hub/log/shared_state.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/full_size_panel.h"

namespace vervet::bench {
namespace {

const absl::CivilMonth kFirst(2016, 1);

// A coalition's log, folded as it is made.
class MadeUpLog {
 public:
  MadeUpLog(int members, int months) : panel_(FullSizePanel(members, kFirst)) {
    Define();
    v1::EventBody body;
    *body.mutable_panel_created()->mutable_panel() = panel_;
    Apply(body, v1::PANEL_CREATED);
    for (int member = 0; member < members; ++member) {
      for (int stratum = 0; stratum < kPanelStrata; ++stratum) {
        Survey(member, stratum, panel_.baseline(), 4);
      }
    }
    for (int month = 0; month < months; ++month) {
      last_ = Between(kFirst + month, kFirst + month + 1);
      for (int member = 0; member < members; ++member) {
        for (int stratum = 0; stratum < kPanelStrata; ++stratum) {
          Survey(member, stratum, last_, 1);
          Activity(member, stratum);
        }
      }
    }
  }

  // The next revision of the member's survey of the stratum, or the first.
  void Survey(int member, int stratum, const v1::Days& days, uint32_t most) {
    v1::EventBody body;
    v1::SurveyContribution& survey = *body.mutable_survey_contributed()->mutable_survey();
    survey = MadeUpSurvey(panel_.members(member), stratum, days, most, &chance_);
    survey.set_revision(++revisions_[{member, stratum, days.begin()}]);
    Apply(body, v1::SURVEY_CONTRIBUTED);
  }

  // What the member did in the last month, of one of four actions, three sources and five taxa.
  void Activity(int member, int cell) {
    static const char* const kActions[] = {"removed", "closed", "appealed", "restored"};
    v1::EventBody body;
    v1::ActivityContribution& activity = *body.mutable_activity_contributed()->mutable_activity();
    activity.set_member(panel_.members(member).party());
    *activity.mutable_days() = last_;
    activity.set_action(kActions[cell % 4]);
    activity.set_unit("listing");
    if (cell % 4 < 2) activity.set_detected_by(absl::StrCat("source-", cell % 3));
    activity.set_taxon_group(absl::StrCat("taxa-", cell / 4 % 5));
    activity.set_surface(absl::StrCat("surface-", cell / 20));
    activity.set_count(chance_() % 1'000);
    if (cell % 4 == 0) {
      activity.set_views_before_removal(activity.count() * 12);
      activity.set_views_known_of(activity.count());
    }
    activity.set_definition_version(1);
    activity.set_revision(++revisions_[{member, -1 - cell, last_.begin()}]);
    activity.set_signed_off_by("somebody");
    Apply(body, v1::ACTIVITY_CONTRIBUTED);
  }

  const hub::SharedState& state() const { return state_; }
  const v1::Days& last() const { return last_; }
  const v1::Days& baseline() const { return panel_.baseline(); }

 private:
  void Define() {
    v1::EventBody body;
    v1::Definitions& definitions = *body.mutable_progress_defined()->mutable_definitions();
    definitions.set_version(1);
    const auto action = [&definitions](const char* id, v1::ActionMeaning meaning) {
      definitions.add_actions()->mutable_word()->set_id(id);
      definitions.mutable_actions(definitions.actions_size() - 1)->set_meaning(meaning);
    };
    action("removed", v1::ENFORCEMENT);
    action("closed", v1::ENFORCEMENT);
    action("appealed", v1::APPEAL_RECEIVED);
    action("restored", v1::RESTORED_ON_APPEAL);
    for (int source = 0; source < 3; ++source) {
      v1::DetectionSourceDefinition& one = *definitions.add_detection_sources();
      one.mutable_word()->set_id(absl::StrCat("source-", source));
      one.set_proactive(source > 0);
    }
    Apply(body, v1::PROGRESS_DEFINED);
  }
  void Apply(const v1::EventBody& body, v1::EventKind kind) {
    log::ParsedEvent event;
    event.body = body;
    event.header.set_kind(kind);
    event.header.set_sequence(++sequence_);
    event.header.set_time_us(static_cast<int64_t>(sequence_));
    state_.Apply(event);
  }

  hub::SharedState state_;
  v1::Panel panel_;
  v1::Days last_;
  uint64_t sequence_ = 0;
  std::mt19937 chance_{1};
  std::map<std::tuple<int, int, int32_t>, uint32_t> revisions_;
};

// One question of the page.
struct Block {
  std::string what;
  std::function<absl::Status(const hub::ProgressAsker&)> ask;
};

absl::Status AskSeries(const hub::ProgressAsker& asker, const std::vector<v1::SeriesKind>& kinds,
                       v1::SeriesSplit split, const v1::FigureSubset& subset = {}) {
  v1::GetSeriesRequest request;
  for (const v1::SeriesKind kind : kinds) request.add_kinds(kind);
  request.set_split(split);
  *request.mutable_subset() = subset;
  v1::GetSeriesResponse response;
  return hub::GetSeries(asker, request, &response);
}

// What hub/dashboard/web asks, with the blocks that it fills.
std::vector<Block> Blocks(const v1::Days& last) {
  std::vector<v1::SeriesKind> whole;
  for (int kind = 1; kind <= v1::SeriesKind_MAX; ++kind) {
    if (kind != v1::SERIES_PREVALENCE) whole.push_back(static_cast<v1::SeriesKind>(kind));
  }
  const auto drilled = [](const char* platform_class, const char* taxon_group) {
    v1::FigureSubset subset;
    subset.set_platform_class(platform_class);
    subset.set_taxon_group(taxon_group);
    return subset;
  };
  return {
      {"1 the reduction, of every breakdown and member",
       [last](const auto& asker) {
         v1::GetReductionRequest request;
         *request.mutable_period() = last;
         request.set_with_members(true);
         v1::GetReductionResponse response;
         return hub::GetReduction(asker, request, &response);
       }},
      {"2 coverage",
       [last](const auto& asker) {
         v1::GetCoverageRequest request;
         *request.mutable_period() = last;
         v1::GetCoverageResponse response;
         return hub::GetCoverage(asker, request, &response);
       }},
      {"3 prevalence by class",
       [](const auto& asker) {
         return AskSeries(asker, {v1::SERIES_PREVALENCE}, v1::SPLIT_PLATFORM_CLASS);
       }},
      {"1, 4 to 9 the lines of the whole (16 kinds)",
       [whole](const auto& asker) { return AskSeries(asker, whole, v1::SPLIT_NONE); }},
      {"4 actions by who detected them",
       [](const auto& asker) {
         return AskSeries(asker, {v1::SERIES_ACTIVITY}, v1::SPLIT_DETECTION_SOURCE);
       }},
      {"7 displacement",
       [](const auto& asker) {
         v1::GetDisplacementResponse response;
         return hub::GetDisplacement(asker, {}, &response);
       }},
      {"10 restatements",
       [](const auto& asker) {
         v1::ListRestatementsResponse response;
         return hub::ListRestatements(asker, {}, &response);
       }},
      {"1, 4 to 9 drilled into a class and a taxon group",
       [whole, drilled](const auto& asker) {
         return AskSeries(asker, whole, v1::SPLIT_NONE, drilled("class-1", "taxa-2"));
       }},
      {"3 prevalence by class, drilled into a taxon group",
       [drilled](const auto& asker) {
         return AskSeries(asker, {v1::SERIES_PREVALENCE}, v1::SPLIT_PLATFORM_CLASS,
                          drilled("", "taxa-2"));
       }},
  };
}

// The blocks, each time after the contribution that `contribute` makes.
absl::Status Measure(const hub::ProgressAsker& asker, const std::vector<Block>& blocks,
                     const std::string& after, int rounds,
                     const std::function<void(int)>& contribute, Report* report) {
  std::vector<Line> lines(blocks.size());
  for (int round = 0; round < rounds; ++round) {
    contribute(round);
    for (size_t i = 0; i < blocks.size(); ++i) {
      const double start = ThreadCpuSeconds();
      const absl::Status status = blocks[i].ask(asker);
      if (!status.ok()) return status;
      lines[i].measured.Add(1e3 * (ThreadCpuSeconds() - start));
    }
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    lines[i].what = absl::StrCat("hub, ", after, ": block ", blocks[i].what);
    lines[i].unit = "ms";
    lines[i].target = Target::AtMost(100);
    report->Add(std::move(lines[i]));
  }
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  const int members = options.quick ? 6 : 60;
  const int months = options.quick ? 6 : 120;
  report->Progress(absl::StrCat("a log of ", (2 * months + 1) * members * kPanelStrata, " events"));
  MadeUpLog log(members, months);
  hub::ProgressFigures figures(&log.state());
  const absl::Time now =
      absl::FromCivil(absl::CivilDay(kFirst + months), absl::UTCTimeZone()) - absl::Hours(1);
  const hub::ProgressAsker asker = {&log.state(), &figures, Environment::System(),
                                    "coordinator/bench", now};
  report->Progress("all figures of the page from nothing, as after a start");
  Line cold;
  cold.what = "hub, after a start: all periods' figures, in the background";
  cold.unit = "s";
  cold.note = absl::StrCat(members, " members x ", months, " months x 40 strata");
  Line step;
  step.what = "hub, after a start: one period's, for which a question may wait";
  step.unit = "ms";
  const double start = ThreadCpuSeconds();
  for (size_t period = 0;; ++period) {
    const double before = ThreadCpuSeconds();
    if (!hub::WarmUpPeriod(asker, period)) break;
    step.measured.Add(1e3 * (ThreadCpuSeconds() - before));
  }
  cold.measured.Add(ThreadCpuSeconds() - start);
  report->Add(std::move(cold));
  report->Add(std::move(step));
  const std::vector<Block> blocks = Blocks(log.last());
  for (const Block& block : blocks) {
    const absl::Status status = block.ask(asker);
    if (!status.ok()) return status;
  }
  const uint64_t built = figures.built();
  absl::Status status = Measure(
      asker, blocks, "after a contribution", options.rounds,
      [&](int round) {
        log.Survey(round % members, round % kPanelStrata, log.last(), 2);
        log.Activity(round % members, round % kPanelStrata);
      },
      report);
  if (!status.ok()) return status;
  // What is shown of all periods is against the baseline.
  status = Measure(
      asker, {blocks[0], blocks[2], blocks[3]}, "after a revision of the baseline", options.rounds,
      [&](int round) { log.Survey(round % members, round % kPanelStrata, log.baseline(), 4); },
      report);
  if (!status.ok()) return status;
  if (figures.built() != built) {
    return absl::InternalError("a contribution made an estimate from nothing");
  }
  // Its estimate is not kept: the sums of its figures are, and the one stratum is moved in them.
  return Measure(
      asker, {blocks[3]}, "after a revision of an old month", options.rounds,
      [&](int round) {
        const absl::CivilMonth month = kFirst + round % (months / 2);
        log.Survey(0, 0, Between(month, month + 1), 4);
      },
      report);
}

const bool registered =
    RegisterRow({"progress-hub", "the page's blocks at the hub, after a contribution", Run});

}  // namespace
}  // namespace vervet::bench
