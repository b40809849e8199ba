// What the page's blocks cost at the hub: 60 members with 40 strata each, over ten years of months
// (288,000 surveys). A contribution comes in, then the blocks are asked for.
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "core/base/environment.h"
#include "hub/engine/progress_query.h"
#include "hub/log/shared_state.h"
#include "hub/views/progress_periods.h"
#include "tests/benchmarks/bench.h"

namespace vervet::bench {
namespace {

namespace progress = hub::progress;

constexpr int kStrata = 40;
const absl::CivilMonth kFirst(2016, 1);

int32_t DayOf(absl::CivilMonth month) {
  return static_cast<int32_t>(absl::CivilDay(month) - absl::CivilDay(1970, 1, 1));
}

// A coalition's log, folded as it is made.
class MadeUpLog {
 public:
  MadeUpLog(int members, int months) {
    v1::EventBody defined;
    defined.mutable_progress_defined()->mutable_definitions()->set_version(1);
    Apply(defined, v1::PROGRESS_DEFINED);
    MakePanel(members);
    const progress::Days baseline = hub::FromProto(panel_.baseline());
    for (int member = 0; member < members; ++member) {
      for (int stratum = 0; stratum < kStrata; ++stratum) Survey(member, stratum, baseline, 4, 1);
    }
    for (int month = 0; month < months; ++month) {
      last_ = {DayOf(kFirst + month), DayOf(kFirst + month + 1)};
      for (int member = 0; member < members; ++member) {
        for (int stratum = 0; stratum < kStrata; ++stratum) Survey(member, stratum, last_, 1, 1);
      }
    }
  }

  void Survey(int member, int stratum, const progress::Days& days, int most, uint32_t revision) {
    v1::EventBody body;
    v1::SurveyContribution& survey = *body.mutable_survey_contributed()->mutable_survey();
    survey.set_member(panel_.members(member).party());
    *survey.mutable_days() = hub::ToProto(days);
    *survey.mutable_stratum() = panel_.members(member).strata(stratum);
    survey.set_exposure(1e6 * (1 + chance_() % 50));
    survey.set_unit("view");
    survey.set_design(v1::SIMPLE_RANDOM);
    const auto confirmed = static_cast<int64_t>(chance_() % static_cast<uint32_t>(most + 1));
    v1::SurveySample& sample = *survey.add_samples();
    sample.set_sampled(20'000);
    sample.set_positives(confirmed);
    sample.set_reviewed_again(confirmed);
    sample.set_confirmed(confirmed);
    survey.set_design_effect(1);
    survey.set_team("reviewers");
    survey.set_definition_version(1);
    survey.set_revision(revision);
    survey.set_signed_off_by("somebody");
    Apply(body, v1::SURVEY_CONTRIBUTED);
  }

  const hub::SharedState& state() const { return state_; }
  const progress::Days& last() const { return last_; }

 private:
  void MakePanel(int members) {
    panel_.set_panel("benchmark");
    panel_.set_unit("view");
    panel_.mutable_baseline()->set_begin(DayOf(kFirst) - 91);
    panel_.mutable_baseline()->set_end(DayOf(kFirst));
    panel_.set_first_period_begin(DayOf(kFirst));
    panel_.set_period_months(1);
    panel_.set_due_days(15);
    for (int number = 0; number < members; ++number) {
      v1::PanelMember& member = *panel_.add_members();
      member.set_party(absl::StrCat("member/m", number));
      member.set_platform_class(absl::StrCat("class-", number % 4));
      for (int i = 0; i < kStrata; ++i) {
        v1::SurveyStratum& stratum = *member.add_strata();
        stratum.set_surface(absl::StrCat("surface-", i % 4));
        stratum.set_taxon_group(absl::StrCat("taxa-", i / 4 % 5));
        stratum.set_language(absl::StrCat("language-", i / 20));
      }
    }
    v1::EventBody body;
    *body.mutable_panel_created()->mutable_panel() = panel_;
    Apply(body, v1::PANEL_CREATED);
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
  progress::Days last_;
  uint64_t sequence_ = 0;
  std::mt19937 chance_{1};
};

absl::Status Run(const Options& options, Report* report) {
  const int members = options.quick ? 6 : 60;
  const int months = options.quick ? 6 : 120;
  report->Progress(absl::StrCat("a log of ", (months + 1) * members * kStrata, " surveys"));
  MadeUpLog log(members, months);
  hub::ProgressFigures figures(&log.state());
  const absl::Time now =
      absl::FromCivil(absl::CivilDay(kFirst + months), absl::UTCTimeZone()) - absl::Hours(1);
  const hub::ProgressAsker asker = {&log.state(), &figures, Environment::System(),
                                    "coordinator/bench", now};
  const auto reduction = [&] {
    v1::GetReductionRequest request;
    *request.mutable_period() = hub::ToProto(log.last());
    v1::GetReductionResponse response;
    return hub::GetReduction(asker, request, &response);
  };
  const auto coverage = [&] {
    v1::GetCoverageRequest request;
    *request.mutable_period() = hub::ToProto(log.last());
    v1::GetCoverageResponse response;
    return hub::GetCoverage(asker, request, &response);
  };
  const auto prevalence = [&] {
    v1::GetSeriesRequest request;
    request.add_kinds(v1::SERIES_PREVALENCE);
    request.set_split(v1::SPLIT_PLATFORM_CLASS);
    v1::GetSeriesResponse response;
    absl::Status status = absl::UnavailableError("");
    while (absl::IsUnavailable(status)) status = hub::GetSeries(asker, request, &response);
    return status;
  };
  report->Progress("the first answers, which make estimates from nothing");
  for (const auto& warm : {std::function<absl::Status()>(reduction), {prevalence}}) {
    const absl::Status status = warm();
    if (!status.ok()) return status;
  }
  Line lines[3];
  lines[0].what = "hub: the reduction block after a contribution";
  lines[0].note = absl::StrCat(members, " members x ", months, " months x 40 strata");
  lines[1].what = "hub: the coverage block after a contribution";
  lines[2].what = "hub: prevalence by class, all periods, after a contribution";
  const uint64_t built = figures.built();
  for (int round = 0; round < options.rounds; ++round) {
    log.Survey(round % members, round % kStrata, log.last(), 2, 2);
    size_t i = 0;
    for (const auto& ask : {std::function<absl::Status()>(reduction), {coverage}, {prevalence}}) {
      const double start = ThreadCpuSeconds();
      const absl::Status status = ask();
      if (!status.ok()) return status;
      lines[i++].measured.Add(1e3 * (ThreadCpuSeconds() - start));
    }
  }
  if (figures.built() != built) {
    return absl::InternalError("a contribution made an estimate from nothing");
  }
  for (Line& line : lines) {
    line.unit = "ms";
    line.target = Target::AtMost(100);
    report->Add(std::move(line));
  }
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"progress-hub", "the page's blocks at the hub, after a contribution", Run});

}  // namespace
}  // namespace vervet::bench
