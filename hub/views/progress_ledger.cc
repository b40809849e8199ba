#include "hub/views/progress_ledger.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
ProgressLedger::Word ProgressLedger::Learn(absl::string_view text) {
  const auto known = words_.find(text);
  if (known != words_.end()) return known->second;
  const auto added = words_.emplace(std::string(text), static_cast<Word>(texts_.size())).first;
  texts_.push_back(&added->first);
  return added->second;
}

ProgressLedger::Word ProgressLedger::Find(absl::string_view text) const {
  const auto known = words_.find(text);
  return known == words_.end() ? 0 : known->second;
}

void ProgressLedger::Apply(const log::ParsedEvent& event) {
  const uint64_t sequence = event.header.sequence();
  // By the header, which stays when a record is erased.
  const v1::EventKind kind = event.header.kind();
  if (kind == v1::RECORD_PUBLISHED || kind == v1::SIGHTING_REPORTED) {
    const int32_t day = DayNumberOf(absl::FromUnixMicros(event.header.time_us()));
    ++(kind == v1::RECORD_PUBLISHED ? published_ : sighted_)[day];
    ++(kind == v1::RECORD_PUBLISHED ? all_published_ : all_sighted_);
    last_counted_ = sequence;
    return;
  }
  switch (event.body.body_case()) {
    case v1::EventBody::kActivityContributed:
      AddActivity(event);
      break;
    case v1::EventBody::kSurveyContributed:
      AddSurvey(event);
      break;
    case v1::EventBody::kReviewTeamContributed:
      AddTeam(event);
      break;
    case v1::EventBody::kProgressDefined: {
      const auto& defined = event.body.progress_defined();
      definitions_.push_back(
          {defined.definitions(), sequence, event.header.time_us(), defined.defined_by()});
      break;
    }
    case v1::EventBody::kPanelCreated: {
      const auto& created = event.body.panel_created();
      panels_.push_back({created.panel(), sequence, event.header.time_us(), created.created_by()});
      break;
    }
    case v1::EventBody::kPeriodReleased:
      releases_.push_back({event.body.period_released(), sequence, event.header.time_us()});
      break;
    default:
      return;
  }
  changes_.emplace_back(sequence, event.header.time_us());
  counted_.emplace_back(all_published_, all_sighted_);
}

template <typename Contribution>
ProgressLedger::Row ProgressLedger::Head(Kind kind, const Contribution& contribution,
                                         absl::string_view contributed_by) {
  Row row;
  row.kind = kind;
  row.member = Learn(contribution.member());
  row.contributed_by = Learn(contributed_by);
  row.signed_off_by = Learn(contribution.signed_off_by());
  row.definition_version = contribution.definition_version();
  row.revision = contribution.revision();
  row.withdrawn = contribution.withdrawn();
  return row;
}

void ProgressLedger::AddActivity(const log::ParsedEvent& event) {
  const v1::ActivityContributed& body = event.body.activity_contributed();
  const v1::ActivityContribution& activity = body.activity();
  Row row = Head(Kind::kActivity, activity, body.contributed_by());
  row.action = Learn(activity.action());
  row.unit = Learn(activity.unit());
  row.detected_by = Learn(activity.detected_by());
  row.taxon_group = Learn(activity.taxon_group());
  row.surface = Learn(activity.surface());
  row.days = FromProto(activity.days());
  row.count = activity.count();
  row.views_known = activity.has_views_before_removal();
  row.views = activity.views_before_removal();
  row.views_known_of = activity.views_known_of();
  Add(event, row);
}

void ProgressLedger::AddSurvey(const log::ParsedEvent& event) {
  const v1::SurveyContributed& body = event.body.survey_contributed();
  const v1::SurveyContribution& survey = body.survey();
  Row row = Head(Kind::kSurvey, survey, body.contributed_by());
  row.surveyor = Learn(survey.independent_surveyor());
  row.independent = row.surveyor != 0;
  row.surface = Learn(survey.stratum().surface());
  row.taxon_group = Learn(survey.stratum().taxon_group());
  row.language = Learn(survey.stratum().language());
  row.unit = Learn(survey.unit());
  row.team = Learn(survey.team());
  row.days = FromProto(survey.days());
  row.exposure = survey.exposure();
  row.frame_listings = survey.frame_listings();
  row.design_effect = survey.design_effect();
  row.score_stratified = survey.design() == v1::SCORE_STRATIFIED;
  row.first_sample = static_cast<uint32_t>(samples_.size());
  row.sample_count = static_cast<uint16_t>(survey.samples_size());
  for (const v1::SurveySample& sample : survey.samples()) {
    samples_.push_back({sample.sampled(), sample.positives(), sample.reviewed_again(),
                        sample.confirmed(), sample.inclusion_probability()});
  }
  Add(event, row);
}

void ProgressLedger::AddTeam(const log::ParsedEvent& event) {
  const v1::ReviewTeamContributed& body = event.body.review_team_contributed();
  const v1::ReviewTeamContribution& team = body.team();
  Row row = Head(Kind::kTeam, team, body.contributed_by());
  row.surveyor = Learn(team.independent_surveyor());
  row.independent = row.surveyor != 0;
  row.team = Learn(team.team());
  row.found = team.found();
  row.missed = team.missed();
  row.missed_weight = team.missed_weight();
  Add(event, row);
}

void ProgressLedger::Add(const log::ParsedEvent& event, Row row) {
  row.sequence = event.header.sequence();
  row.time_us = event.header.time_us();
  const auto index = static_cast<uint32_t>(rows_.size());
  const auto [place, is_new] =
      newest_[LaneOf(row)].try_emplace(Span{row.days.begin, row.days.end}, index);
  if (!is_new) {
    row.before = place->second;
    rows_[row.before].replaced_at = row.sequence;
    place->second = index;
    revisions_.push_back(index);
  }
  ++by_member_[row.member];
  if (row.kind == Kind::kTeam) {
    teams_.push_back(index);
  } else {
    (row.kind == Kind::kActivity ? activity_months_ : survey_months_).Add(row.days, index);
    if (row.independent) independent_surveys_.push_back(index);
  }
  rows_.push_back(row);
}

uint64_t ProgressLedger::LastIn(Kind kind, const progress::Days& days) const {
  const std::optional<uint32_t> last = MonthsOf(kind).Last(days);
  return last ? rows_[*last].sequence : 0;
}

ProgressLedger::Lane ProgressLedger::LaneOf(const Row& row) const {
  const Word kind = static_cast<Word>(row.kind) * 2 + (row.independent ? 1 : 0);
  switch (row.kind) {
    case Kind::kActivity:
      return {kind, row.member, row.action, row.detected_by, row.taxon_group, row.surface, 0, 0};
    case Kind::kSurvey:
      return {kind, row.member, row.surface, row.taxon_group, row.language, 0, 0, 0};
    case Kind::kTeam:
      break;
  }
  return {kind, row.member, row.team, 0, 0, 0, 0, 0};
}

namespace {

// A word that is not known and not empty is of no cell.
bool AllKnown(const ProgressLedger& ledger, std::initializer_list<absl::string_view> texts) {
  return std::all_of(texts.begin(), texts.end(), [&ledger](absl::string_view text) {
    return text.empty() || ledger.Find(text) != 0;
  });
}

}  // namespace

std::optional<ProgressLedger::Lane> ProgressLedger::LaneOf(
    const v1::ActivityContribution& activity) const {
  if (!AllKnown(*this, {activity.member(), activity.action(), activity.detected_by(),
                        activity.taxon_group(), activity.surface()})) {
    return std::nullopt;
  }
  Row row;
  row.kind = Kind::kActivity;
  row.member = Find(activity.member());
  row.action = Find(activity.action());
  row.detected_by = Find(activity.detected_by());
  row.taxon_group = Find(activity.taxon_group());
  row.surface = Find(activity.surface());
  return LaneOf(row);
}

std::optional<ProgressLedger::Lane> ProgressLedger::LaneOf(
    const v1::SurveyContribution& survey) const {
  const v1::SurveyStratum& stratum = survey.stratum();
  if (!AllKnown(*this,
                {survey.member(), stratum.surface(), stratum.taxon_group(), stratum.language()})) {
    return std::nullopt;
  }
  Row row;
  row.kind = Kind::kSurvey;
  row.independent = !survey.independent_surveyor().empty();
  row.member = Find(survey.member());
  row.surface = Find(stratum.surface());
  row.taxon_group = Find(stratum.taxon_group());
  row.language = Find(stratum.language());
  return LaneOf(row);
}

std::optional<ProgressLedger::Lane> ProgressLedger::LaneOf(
    const v1::ReviewTeamContribution& team) const {
  if (!AllKnown(*this, {team.member(), team.team()})) return std::nullopt;
  Row row;
  row.kind = Kind::kTeam;
  row.independent = !team.independent_surveyor().empty();
  row.member = Find(team.member());
  row.team = Find(team.team());
  return LaneOf(row);
}

const ProgressLedger::Row* ProgressLedger::NewestIn(const std::optional<Lane>& lane,
                                                    const v1::Days& days) const {
  if (!lane) return nullptr;
  const auto cells = newest_.find(*lane);
  if (cells == newest_.end()) return nullptr;
  const auto cell = cells->second.find({days.begin(), days.end()});
  return cell == cells->second.end() ? nullptr : &rows_[cell->second];
}

const ProgressLedger::Row* ProgressLedger::OverlappingIn(const std::optional<Lane>& lane,
                                                         const v1::Days& days) const {
  if (!lane) return nullptr;
  const auto cells = newest_.find(*lane);
  if (cells == newest_.end()) return nullptr;
  const progress::Days wanted = FromProto(days);
  auto cell = cells->second.lower_bound({wanted.end, 0});
  while (cell != cells->second.begin()) {
    --cell;
    const Row& row = rows_[cell->second];
    if (!row.withdrawn && row.days.Overlaps(wanted) && !(row.days == wanted)) return &row;
  }
  return nullptr;
}

const ProgressLedger::Row* ProgressLedger::Newest(const v1::ActivityContribution& activity) const {
  return NewestIn(LaneOf(activity), activity.days());
}
const ProgressLedger::Row* ProgressLedger::Newest(const v1::SurveyContribution& survey) const {
  return NewestIn(LaneOf(survey), survey.days());
}
const ProgressLedger::Row* ProgressLedger::Newest(const v1::ReviewTeamContribution& team) const {
  return NewestIn(LaneOf(team), v1::Days::default_instance());
}
const ProgressLedger::Row* ProgressLedger::Overlapping(
    const v1::ActivityContribution& activity) const {
  return OverlappingIn(LaneOf(activity), activity.days());
}
const ProgressLedger::Row* ProgressLedger::Overlapping(const v1::SurveyContribution& survey) const {
  return OverlappingIn(LaneOf(survey), survey.days());
}

size_t ProgressLedger::ContributionsBy(absl::string_view member) const {
  const auto known = by_member_.find(Find(member));
  return known == by_member_.end() ? 0 : known->second;
}

size_t ProgressLedger::FirstAfter(uint64_t sequence) const {
  return static_cast<size_t>(
      std::upper_bound(rows_.begin(), rows_.end(), sequence,
                       [](uint64_t wanted, const Row& row) { return wanted < row.sequence; }) -
      rows_.begin());
}

std::vector<progress::Sample> ProgressLedger::SamplesOf(const Row& row) const {
  const auto first = samples_.begin() + row.first_sample;
  return {first, first + row.sample_count};
}

std::string ProgressLedger::TeamName(const Row& row) const {
  return absl::StrCat(Text(row.member), "/", Text(row.team), row.independent ? "/independent" : "");
}

v1::ActivityContribution ProgressLedger::ActivityOf(const Row& row) const {
  v1::ActivityContribution out;
  out.set_member(Text(row.member));
  *out.mutable_days() = ToProto(row.days);
  out.set_action(Text(row.action));
  out.set_unit(Text(row.unit));
  out.set_detected_by(Text(row.detected_by));
  out.set_taxon_group(Text(row.taxon_group));
  out.set_surface(Text(row.surface));
  out.set_count(row.count);
  if (row.views_known) out.set_views_before_removal(row.views);
  out.set_views_known_of(row.views_known_of);
  out.set_definition_version(row.definition_version);
  out.set_revision(row.revision);
  out.set_withdrawn(row.withdrawn);
  out.set_signed_off_by(Text(row.signed_off_by));
  return out;
}

v1::SurveyContribution ProgressLedger::SurveyOf(const Row& row) const {
  v1::SurveyContribution out;
  out.set_member(Text(row.member));
  *out.mutable_days() = ToProto(row.days);
  out.mutable_stratum()->set_surface(Text(row.surface));
  out.mutable_stratum()->set_taxon_group(Text(row.taxon_group));
  out.mutable_stratum()->set_language(Text(row.language));
  out.set_exposure(row.exposure);
  out.set_unit(Text(row.unit));
  out.set_design(row.score_stratified ? v1::SCORE_STRATIFIED : v1::SIMPLE_RANDOM);
  for (const progress::Sample& sample : SamplesOf(row)) {
    v1::SurveySample& one = *out.add_samples();
    one.set_sampled(sample.sampled);
    one.set_positives(sample.positives);
    one.set_reviewed_again(sample.reviewed_again);
    one.set_confirmed(sample.confirmed);
    one.set_inclusion_probability(sample.inclusion_probability);
  }
  out.set_frame_listings(row.frame_listings);
  out.set_design_effect(row.design_effect);
  out.set_team(Text(row.team));
  out.set_independent_surveyor(Text(row.surveyor));
  out.set_definition_version(row.definition_version);
  out.set_revision(row.revision);
  out.set_withdrawn(row.withdrawn);
  out.set_signed_off_by(Text(row.signed_off_by));
  return out;
}

v1::ReviewTeamContribution ProgressLedger::TeamOf(const Row& row) const {
  v1::ReviewTeamContribution out;
  out.set_member(Text(row.member));
  out.set_team(Text(row.team));
  out.set_found(row.found);
  out.set_missed(row.missed);
  out.set_missed_weight(row.missed_weight);
  out.set_independent_surveyor(Text(row.surveyor));
  out.set_definition_version(row.definition_version);
  out.set_revision(row.revision);
  out.set_withdrawn(row.withdrawn);
  out.set_signed_off_by(Text(row.signed_off_by));
  return out;
}

const ProgressLedger::Panel* ProgressLedger::FindPanel(absl::string_view name) const {
  for (const Panel& panel : panels_) {
    if (panel.panel.panel() == name) return &panel;
  }
  return nullptr;
}

namespace {

template <typename Entry>
const Entry* NewestUpTo(const std::vector<Entry>& entries, uint64_t position) {
  const Entry* newest = nullptr;
  for (const Entry& entry : entries) {
    if (entry.sequence <= position) newest = &entry;
  }
  return newest;
}

// The last of the ascending pairs whose `part` is at most `limit`.
template <typename Limit>
std::pair<uint64_t, int64_t> LastUpTo(const std::vector<std::pair<uint64_t, int64_t>>& changes,
                                      Limit limit, Limit std::pair<uint64_t, int64_t>::*part) {
  const auto after = std::partition_point(
      changes.begin(), changes.end(), [&](const auto& change) { return change.*part <= limit; });
  return after == changes.begin() ? std::pair<uint64_t, int64_t>(0, 0) : *std::prev(after);
}

}  // namespace

const ProgressLedger::Defined* ProgressLedger::DefinitionsAt(uint64_t position) const {
  return NewestUpTo(definitions_, position);
}

const ProgressLedger::Panel* ProgressLedger::NewestPanelAt(uint64_t position) const {
  return NewestUpTo(panels_, position);
}

const ProgressLedger::Release* ProgressLedger::ReleaseOf(absl::string_view panel,
                                                         const progress::Days& period,
                                                         uint64_t position) const {
  for (auto release = releases_.rbegin(); release != releases_.rend(); ++release) {
    if (release->sequence <= position && release->released.panel() == panel &&
        FromProto(release->released.period()) == period) {
      return &*release;
    }
  }
  return nullptr;
}

std::pair<uint64_t, int64_t> ProgressLedger::ChangeAt(uint64_t position) const {
  return LastUpTo(changes_, position, &std::pair<uint64_t, int64_t>::first);
}

// The log's time never goes back: whole days before the change's, and of that day what is left.
std::map<int32_t, uint64_t> ProgressLedger::CountedAt(
    uint64_t change, const std::map<int32_t, uint64_t>& days,
    uint64_t std::pair<uint64_t, uint64_t>::*all) const {
  const auto place = std::lower_bound(changes_.begin(), changes_.end(), change,
                                      [](const auto& one, uint64_t at) { return one.first < at; });
  if (place == changes_.end()) return days;
  const int32_t last = DayNumberOf(absl::FromUnixMicros(place->second));
  std::map<int32_t, uint64_t> counts(days.begin(), days.lower_bound(last));
  uint64_t left = counted_[static_cast<size_t>(place - changes_.begin())].*all;
  for (const auto& [day, count] : counts) left -= count;
  if (left > 0) counts[last] = left;
  return counts;
}

std::map<int32_t, uint64_t> ProgressLedger::PublishedAt(uint64_t change) const {
  return CountedAt(change, published_, &std::pair<uint64_t, uint64_t>::first);
}

std::map<int32_t, uint64_t> ProgressLedger::SightedAt(uint64_t change) const {
  return CountedAt(change, sighted_, &std::pair<uint64_t, uint64_t>::second);
}

std::pair<uint64_t, int64_t> ProgressLedger::ChangeAtTime(int64_t time_us) const {
  return LastUpTo(changes_, time_us, &std::pair<uint64_t, int64_t>::second);
}

}  // namespace vervet::hub
