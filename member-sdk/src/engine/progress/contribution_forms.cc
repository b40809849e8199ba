#include "member-sdk/src/engine/progress/contribution_forms.h"

#include <utility>

#include "absl/time/time.h"

namespace vervet::engine {

DayRange FromProto(const v1::Days& days) { return {days.begin(), days.end()}; }
Reason FromProto(const v1::Why& why) { return {why.code(), why.sentence()}; }
Interval FromProto(const v1::FigureInterval& interval) {
  return {interval.point(), interval.low(), interval.high()};
}
TimePoint ToTime(int64_t micros) { return absl::ToChronoTime(absl::FromUnixMicros(micros)); }

Survey FromProto(const v1::SurveyStratum& stratum) {
  Survey survey;
  survey.surface = stratum.surface();
  survey.taxon_group = stratum.taxon_group();
  survey.language = stratum.language();
  return survey;
}

FigureSource FromProto(const v1::AnswerBasis& basis) {
  FigureSource source;
  source.position = basis.position();
  source.time = ToTime(basis.time_us());
  source.definition_version = basis.definition_version();
  source.counted_under = {basis.counted_under().begin(), basis.counted_under().end()};
  source.panel = basis.panel();
  source.period = FromProto(basis.period());
  source.release = basis.release();
  if (basis.released_us() != 0) source.released = ToTime(basis.released_us());
  source.restated_since = basis.restated_since();
  return source;
}

namespace {

using engine::FromProto;  // with those below, one set

// The public enumerations have the wire's numbers.
static_assert(static_cast<int>(SurveyDesign::kScoreStratified) == v1::SCORE_STRATIFIED);
static_assert(static_cast<int>(Surveyors::kIndependent) == v1::INDEPENDENT_SURVEYORS);
static_assert(static_cast<int>(Verdict::kNotMet) == v1::VERDICT_NOT_MET);
static_assert(static_cast<int>(SeriesKind::kTaxa) == v1::SERIES_TAXA);

FigureSubset FromProto(const v1::FigureSubset& subset) {
  return {subset.member(), subset.platform_class(), subset.taxon_group(), subset.sharing_group()};
}
Definitions::Word FromProto(const v1::DefinedWord& word) { return {word.id(), word.name()}; }

Surveyors FromProto(v1::Surveyors surveyors) {
  return surveyors == v1::INDEPENDENT_SURVEYORS ? Surveyors::kIndependent : Surveyors::kMembers;
}

void SetAsOf(uint64_t position, v1::AsOf* as_of) {
  if (position != 0) as_of->set_position(position);
}

// What every kind of contribution ends with.
template <typename Message, typename Value>
void SetCommon(const Value& value, const Contributions& batch, const std::string& party,
               Message* out) {
  out->set_member(party);
  out->set_revision(value.revision);
  out->set_withdrawn(value.withdrawn);
  out->set_signed_off_by(batch.signed_off_by);
  out->set_definition_version(batch.definition_version);
}

const std::string& UnitOf(const Activity& activity, const v1::Definitions* definitions) {
  if (!activity.unit.empty() || definitions == nullptr) return activity.unit;
  for (const v1::ActionDefinition& action : definitions->actions()) {
    if (action.word().id() == activity.action) return action.unit();
  }
  return activity.unit;
}

struct ContributionWriter {
  const Contributions& batch;
  const std::string& party;
  const v1::Definitions* definitions;
  v1::Contribution* out;

  void operator()(const Activity& activity) const {
    v1::ActivityContribution* const to = out->mutable_activity();
    SetCommon(activity, batch, party, to);
    SetDays(activity.days, to->mutable_days());
    to->set_action(activity.action);
    to->set_unit(UnitOf(activity, definitions));
    to->set_detected_by(activity.detected_by);
    to->set_taxon_group(activity.taxon_group);
    to->set_surface(activity.surface);
    to->set_count(activity.count);
    if (activity.views_before_removal) {
      to->set_views_before_removal(*activity.views_before_removal);
    }
    to->set_views_known_of(activity.views_known_of);
  }
  void operator()(const Survey& survey) const {
    v1::SurveyContribution* const to = out->mutable_survey();
    SetCommon(survey, batch, party, to);
    SetDays(survey.days, to->mutable_days());
    to->mutable_stratum()->set_surface(survey.surface);
    to->mutable_stratum()->set_taxon_group(survey.taxon_group);
    to->mutable_stratum()->set_language(survey.language);
    to->set_exposure(survey.exposure);
    to->set_unit(survey.unit);
    to->set_design(static_cast<v1::SurveyDesign>(survey.design));
    for (const SurveySample& sample : survey.samples) {
      v1::SurveySample* const band = to->add_samples();
      band->set_sampled(sample.sampled);
      band->set_positives(sample.positives);
      band->set_reviewed_again(sample.reviewed_again);
      band->set_confirmed(sample.confirmed);
      band->set_inclusion_probability(sample.inclusion_probability);
    }
    to->set_frame_listings(survey.frame_listings);
    to->set_design_effect(survey.design_effect);
    to->set_team(survey.team);
  }
  void operator()(const ReviewTeam& team) const {
    v1::ReviewTeamContribution* const to = out->mutable_team();
    SetCommon(team, batch, party, to);
    to->set_team(team.team);
    to->set_found(team.found);
    to->set_missed(team.missed);
    to->set_missed_weight(team.missed_weight);
  }
};

template <typename Message>
Contribution TakeCommon(Contribution contribution, const Message& message,
                        StoredContribution* out) {
  out->signed_off_by = message.signed_off_by();
  out->definition_version = message.definition_version();
  return contribution;
}

Activity FromProto(const v1::ActivityContribution& from) {
  Activity activity;
  activity.days = FromProto(from.days());
  activity.action = from.action();
  activity.unit = from.unit();
  activity.detected_by = from.detected_by();
  activity.taxon_group = from.taxon_group();
  activity.surface = from.surface();
  activity.count = from.count();
  if (from.has_views_before_removal()) activity.views_before_removal = from.views_before_removal();
  activity.views_known_of = from.views_known_of();
  activity.revision = from.revision();
  activity.withdrawn = from.withdrawn();
  return activity;
}

Survey FromProto(const v1::SurveyContribution& from) {
  Survey survey = FromProto(from.stratum());
  survey.days = FromProto(from.days());
  survey.exposure = from.exposure();
  survey.unit = from.unit();
  survey.design = from.design() == v1::SCORE_STRATIFIED ? SurveyDesign::kScoreStratified
                                                        : SurveyDesign::kSimple;
  for (const v1::SurveySample& band : from.samples()) {
    survey.samples.push_back({band.sampled(), band.positives(), band.reviewed_again(),
                              band.confirmed(), band.inclusion_probability()});
  }
  survey.frame_listings = from.frame_listings();
  survey.design_effect = from.design_effect() == 0 ? 1 : from.design_effect();
  survey.team = from.team();
  survey.revision = from.revision();
  survey.withdrawn = from.withdrawn();
  return survey;
}

ReviewTeam FromProto(const v1::ReviewTeamContribution& from) {
  return {from.team(),     from.found(),
          from.missed(),   from.missed_weight() == 0 ? 1 : from.missed_weight(),
          from.revision(), from.withdrawn()};
}

ReductionFigure FromProto(const v1::ReductionFigure& from) {
  ReductionFigure figure;
  figure.subset = FromProto(from.subset());
  figure.surveyors = FromProto(from.surveyors());
  if (from.verdict() >= v1::VERDICT_CANNOT_TELL && from.verdict() <= v1::VERDICT_NOT_MET) {
    figure.verdict = static_cast<Verdict>(from.verdict());
  }
  if (from.has_reason()) figure.reason = FromProto(from.reason());
  for (const v1::Why& note : from.notes()) figure.notes.push_back(FromProto(note));
  if (from.has_reduction()) figure.reduction = FromProto(from.reduction());
  if (from.has_withheld()) figure.withheld = FromProto(from.withheld());
  figure.members = from.follow_up().members();
  figure.strata = from.follow_up().strata();
  figure.surveys = from.follow_up().surveys();
  return figure;
}

SeriesPoint FromProto(const v1::SeriesPoint& from) {
  SeriesPoint point;
  point.days = FromProto(from.days());
  if (from.has_value()) point.value = from.value();
  if (from.has_interval()) point.interval = FromProto(from.interval());
  point.contributors = from.contributors();
  if (from.has_why()) point.why = FromProto(from.why());
  point.withheld = from.withheld();
  return point;
}

Series FromProto(const v1::Series& from) {
  Series series;
  if (from.kind() >= v1::SERIES_PREVALENCE && from.kind() <= v1::SERIES_TAXA) {
    series.kind = static_cast<SeriesKind>(from.kind());
  }
  if (from.surveyors() != v1::SURVEYORS_UNSPECIFIED) series.surveyors = FromProto(from.surveyors());
  series.subset = FromProto(from.subset());
  series.action = from.action();
  series.detected_by = from.detected_by();
  series.taxon = from.taxon();
  series.unit = from.unit();
  for (const v1::SeriesPoint& point : from.points()) series.points.push_back(FromProto(point));
  return series;
}

const char* NameOf(v1::CoverageState state) {
  switch (state) {
    case v1::COVERAGE_ON_TIME:
      return "on time";
    case v1::COVERAGE_LATE:
      return "late";
    case v1::COVERAGE_PARTIAL:
      return "partial";
    case v1::COVERAGE_MISSING:
      return "missing";
    default:
      return "not due";
  }
}

}  // namespace

void SetDays(const DayRange& days, v1::Days* out) {
  out->set_begin(days.begin);
  out->set_end(days.end);
}

v1::ContributeRequest ToProto(const Contributions& batch, const std::string& party,
                              const v1::Definitions* definitions) {
  v1::ContributeRequest request;
  for (const Contribution& contribution : batch.contributions) {
    std::visit(ContributionWriter{batch, party, definitions, request.add_contributions()},
               contribution);
  }
  return request;
}

v1::GetReductionRequest ToProto(const ReductionQuery& query, const std::string& party) {
  v1::GetReductionRequest request;
  request.set_panel(query.panel);
  if (query.period) SetDays(*query.period, request.mutable_period());
  SetAsOf(query.as_of, request.mutable_as_of());
  if (query.own) request.add_subsets()->set_member(party);
  return request;
}

v1::GetSeriesRequest ToProto(const SeriesQuery& query, const std::string& party) {
  v1::GetSeriesRequest request;
  request.set_panel(query.panel);
  for (const SeriesKind kind : query.kinds) request.add_kinds(static_cast<v1::SeriesKind>(kind));
  if (query.own) request.mutable_subset()->set_member(party);
  if (query.days) SetDays(*query.days, request.mutable_days());
  SetAsOf(query.as_of, request.mutable_as_of());
  return request;
}

Definitions FromProto(const v1::Definitions& from) {
  const auto words = [](const auto& list) {
    std::vector<Definitions::Word> out;
    for (const v1::DefinedWord& word : list) out.push_back(FromProto(word));
    return out;
  };
  Definitions definitions;
  definitions.version = from.version();
  for (const v1::ActionDefinition& action : from.actions()) {
    definitions.actions.push_back(
        {FromProto(action.word()), action.unit(), action.meaning() == v1::ENFORCEMENT});
  }
  for (const v1::DetectionSourceDefinition& source : from.detection_sources()) {
    definitions.detection_sources.push_back(FromProto(source.word()));
  }
  definitions.taxon_groups = words(from.taxon_groups());
  definitions.surfaces = words(from.surfaces());
  definitions.platform_classes = words(from.platform_classes());
  definitions.languages = words(from.languages());
  definitions.exposure_units.assign(from.exposure_units().begin(), from.exposure_units().end());
  definitions.positive = from.positive();
  definitions.change = from.change();
  return definitions;
}

Reduction FromProto(const v1::GetReductionResponse& response) {
  Reduction reduction;
  reduction.source = FromProto(response.basis());
  reduction.target = response.target();
  reduction.panel_title = response.panel_title();
  reduction.baseline = FromProto(response.baseline());
  reduction.unit = response.unit();
  for (const v1::ReductionFigure& figure : response.figures()) {
    reduction.figures.push_back(FromProto(figure));
  }
  return reduction;
}

SeriesAnswer FromProto(const v1::GetSeriesResponse& response) {
  SeriesAnswer answer;
  answer.source = FromProto(response.basis());
  for (const v1::Series& series : response.series()) answer.series.push_back(FromProto(series));
  for (const v1::SeriesMarker& marker : response.markers()) {
    answer.markers.push_back({marker.day(), marker.text()});
  }
  return answer;
}

Coverage FromProto(const v1::GetCoverageResponse& response, const std::string& party) {
  Coverage coverage;
  coverage.source = FromProto(response.basis());
  coverage.due_day = response.due_day();
  coverage.members = response.members();
  coverage.complete = response.complete();
  coverage.partial = response.partial();
  coverage.missing = response.missing();
  coverage.not_due = response.not_due();
  for (const v1::MemberCoverage& line : response.lines()) {
    if (line.party() != party) continue;
    Coverage::Own own;
    own.state = NameOf(line.state());
    own.strata = line.strata();
    own.strata_surveyed = line.strata_surveyed();
    own.activity_contributions = line.activity_contributions();
    for (const v1::SurveyStratum& stratum : line.missing()) {
      own.missing.push_back(FromProto(stratum));
    }
    coverage.own = std::move(own);
  }
  return coverage;
}

StoredContribution FromProto(const v1::ContributionLine& line) {
  StoredContribution stored;
  stored.sequence = line.sequence();
  stored.stored = ToTime(line.time_us());
  stored.replaced = line.replaced();
  const v1::Contribution& from = line.contribution();
  if (from.has_activity()) {
    stored.contribution = TakeCommon(FromProto(from.activity()), from.activity(), &stored);
  } else if (from.has_survey()) {
    stored.contribution = TakeCommon(FromProto(from.survey()), from.survey(), &stored);
    stored.independent_surveyor = from.survey().independent_surveyor();
  } else {
    stored.contribution = TakeCommon(FromProto(from.team()), from.team(), &stored);
    stored.independent_surveyor = from.team().independent_surveyor();
  }
  return stored;
}

}  // namespace vervet::engine
