#include "hub/engine/progress_asked.h"

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

using Kind = ProgressLedger::Kind;
using Row = ProgressLedger::Row;

constexpr int kMaxRestatementsInBasis = 100;
constexpr int kMaxStrataInFigure = 1'000;

bool RowTouches(const ProgressLedger& ledger, const Row& row, const v1::Panel& panel,
                const progress::Days& period) {
  if (FindPanelMember(panel, ledger.Text(row.member)) == nullptr) return false;
  if (row.kind == Kind::kTeam) return true;
  return row.days.Overlaps(period) || row.days.Overlaps(FromProto(panel.baseline()));
}

void AddStrata(const std::vector<progress::Stratum>& strata,
               google::protobuf::RepeatedPtrField<v1::MemberStratum>* out) {
  for (const progress::Stratum& stratum : strata) {
    if (out->size() >= kMaxStrataInFigure) return;
    v1::MemberStratum& one = *out->Add();
    one.set_member(stratum.member);
    one.mutable_stratum()->set_surface(stratum.surface);
    one.mutable_stratum()->set_taxon_group(stratum.taxon_group);
    one.mutable_stratum()->set_language(stratum.language);
  }
}

void FillFigureBasis(const progress::Basis& basis, v1::FigureBasis* out) {
  out->set_exposure(basis.sums.exposure);
  out->set_offending_exposure(basis.sums.total);
  out->set_strata(static_cast<uint32_t>(basis.strata));
  out->set_surveys(static_cast<uint32_t>(basis.surveys));
  out->set_members(static_cast<uint32_t>(basis.members.size()));
  out->set_covered(basis.covered);
  out->set_sampled(basis.sums.sampled);
  out->set_positives(basis.sums.positives);
  out->set_reviewed_again(basis.sums.reviewed_again);
  out->set_confirmed(basis.sums.confirmed);
  out->set_sensitivity_measured(basis.strata > 0 && basis.sensitivity_measured);
}

}  // namespace

absl::StatusOr<AskedPosition> ResolvePosition(const HubState& state, const v1::AsOf& as_of,
                                              absl::Time now) {
  const ProgressLedger& ledger = state.progress;
  AskedPosition asked;
  asked.today = DayNumberOf(now);
  switch (as_of.at_case()) {
    case v1::AsOf::AT_NOT_SET:
      asked.position = ledger.changed();
      asked.time_us = ledger.changed_us();
      return asked;
    case v1::AsOf::kPosition: {
      if (as_of.position() < 1 || as_of.position() > state.position) {
        return absl::OutOfRangeError(absl::StrCat("as_of.position: is ", as_of.position(),
                                                  "; the log has events 1 to ", state.position));
      }
      std::tie(asked.position, asked.time_us) = ledger.ChangeAt(as_of.position());
      break;
    }
    case v1::AsOf::kTimeUs: {
      if (as_of.time_us() > absl::ToUnixMicros(now)) {
        return absl::OutOfRangeError("as_of.time_us: is in the future; microseconds since 1970");
      }
      std::tie(asked.position, asked.time_us) = ledger.ChangeAtTime(as_of.time_us());
      break;
    }
  }
  const bool by_time = as_of.at_case() == v1::AsOf::kTimeUs;
  if (asked.position == 0) {
    return absl::OutOfRangeError(
        "as_of: is before the first definitions; nothing was measured by then");
  }
  asked.now = asked.position == ledger.changed();
  // What is due depends on the day as well, also where nothing came between.
  if (by_time) {
    asked.today = DayNumberOf(absl::FromUnixMicros(as_of.time_us()));
  } else if (!asked.now) {
    asked.today = DayNumberOf(absl::FromUnixMicros(asked.time_us));
  }
  return asked;
}

absl::StatusOr<const ProgressLedger::Panel*> ResolvePanel(const ProgressLedger& ledger,
                                                          absl::string_view name,
                                                          uint64_t position) {
  const ProgressLedger::Panel* panel =
      name.empty() ? ledger.NewestPanelAt(position) : ledger.FindPanel(name);
  if (panel != nullptr && panel->sequence <= position) return panel;
  return absl::NotFoundError(
      name.empty() ? "panel: there is none yet; a coordinator makes one (vervet progress panel)"
                   : "panel: there is no panel of this name, or was none by then; see the list "
                     "(vervet progress panels)");
}

absl::Status CheckPeriod(const v1::Panel& panel, const progress::Days& period) {
  if (IsReportingPeriod(panel, period)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(
      "period: is no reporting period of the panel ", panel.panel(), "; they have ",
      panel.period_months(), " months each, the first begins on day ", panel.first_period_begin()));
}

progress::Days NewestSurveyedPeriod(const ProgressLedger& ledger, const v1::Panel& panel,
                                    const AskedPosition& asked) {
  // Back from the last month with a survey: mostly the first period that is looked at has one.
  const auto end = ledger.EndOfSurveys();
  auto period = end ? ReportingPeriodAt(panel, *end - 1) : std::nullopt;
  while (period) {
    bool surveyed = false;
    ledger.ForEachIn(Kind::kSurvey, *period, [&](const Row& row) {
      surveyed = surveyed || (row.StandsAt(asked.position) && period->Contains(row.days) &&
                              FindPanelMember(panel, ledger.Text(row.member)) != nullptr);
    });
    if (surveyed) return *period;
    period = ReportingPeriodAt(panel, period->begin - 1);
  }
  const auto current = ReportingPeriodAt(panel, asked.today);
  return current ? *current : *ReportingPeriodAt(panel, panel.first_period_begin());
}

void FillBasis(const ProgressLedger& ledger, const AskedPosition& asked, v1::AnswerBasis* basis) {
  basis->set_position(asked.position);
  basis->set_time_us(asked.time_us);
  const ProgressLedger::Defined* defined = ledger.DefinitionsAt(asked.position);
  if (defined != nullptr) basis->set_definition_version(defined->definitions.version());
}

void FillBasis(const ProgressLedger& ledger, const AskedPosition& asked, const v1::Panel& panel,
               const progress::Days& period, absl::string_view member, v1::AnswerBasis* basis) {
  FillBasis(ledger, asked, basis);
  basis->set_panel(panel.panel());
  *basis->mutable_period() = ToProto(period);
  const auto& rows = ledger.rows();
  uint32_t restated = 0;
  const auto& revisions = ledger.revisions();
  const auto first =
      std::lower_bound(revisions.begin(), revisions.end(), ledger.FirstAfter(asked.position));
  for (auto index = first; index != revisions.end(); ++index) {
    const Row& row = rows[*index];
    if (rows[row.before].sequence > asked.position) continue;
    if (!member.empty() && ledger.Text(row.member) != member) continue;
    if (!RowTouches(ledger, row, panel, period)) continue;
    ++restated;
    if (basis->restatements_size() < kMaxRestatementsInBasis) {
      FillRestatement(ledger, row, basis->add_restatements());
    }
  }
  basis->set_restated_since(restated);
}

void AddCountedUnder(const std::set<uint32_t>& versions, v1::AnswerBasis* basis) {
  std::set<uint32_t> all(basis->counted_under().begin(), basis->counted_under().end());
  all.insert(versions.begin(), versions.end());
  basis->mutable_counted_under()->Assign(all.begin(), all.end());
}

std::set<uint32_t> VersionsOf(const ProgressFigure& figure) {
  std::set<uint32_t> versions;
  for (const progress::Basis* basis :
       {&figure.basis, &figure.reduction.baseline, &figure.reduction.follow_up}) {
    for (const int32_t version : basis->definition_versions) {
      versions.insert(static_cast<uint32_t>(version));
    }
  }
  return versions;
}

std::set<uint32_t> VersionsOf(const v1::PeriodReleased& released) {
  std::set<uint32_t> versions;
  for (const v1::Series& series : released.series()) {
    if (series.surveyors() == v1::SURVEYORS_UNSPECIFIED) continue;
    for (const v1::SeriesPoint& point : series.points()) {
      versions.insert(point.definition_versions().begin(), point.definition_versions().end());
    }
  }
  return versions;
}

v1::Contribution ContributionOf(const ProgressLedger& ledger, const Row& row) {
  v1::Contribution out;
  switch (row.kind) {
    case Kind::kActivity:
      *out.mutable_activity() = ledger.ActivityOf(row);
      break;
    case Kind::kSurvey:
      *out.mutable_survey() = ledger.SurveyOf(row);
      break;
    case Kind::kTeam:
      *out.mutable_team() = ledger.TeamOf(row);
      break;
  }
  return out;
}

void FillRestatement(const ProgressLedger& ledger, const Row& row, v1::Restatement* out) {
  const Row& before = ledger.rows()[row.before];
  out->set_sequence(row.sequence);
  out->set_time_us(row.time_us);
  out->set_member(ledger.Text(row.member));
  *out->mutable_now() = ContributionOf(ledger, row);
  *out->mutable_before() = ContributionOf(ledger, before);
  out->set_before_sequence(before.sequence);
  uint32_t releases = 0;
  for (const ProgressLedger::Release& release : ledger.releases()) {
    const uint64_t position = release.released.position();
    const auto* panel = ledger.FindPanel(release.released.panel());
    if (position >= before.sequence && position < row.sequence && panel != nullptr &&
        RowTouches(ledger, row, panel->panel, FromProto(release.released.period()))) {
      ++releases;
    }
  }
  out->set_releases_touched(releases);
}

void FillReleaseBasis(const ProgressLedger::Release& release, v1::AnswerBasis* basis) {
  basis->set_release(release.released.release());
  basis->set_released_us(release.time_us);
  basis->set_definition_version(release.released.definition_version());
}

v1::Why MakeWhy(absl::string_view code, absl::string_view sentence) {
  v1::Why why;
  why.set_code(std::string(code));
  why.set_sentence(std::string(sentence));
  return why;
}

v1::FigureInterval ToProto(const progress::Interval& interval) {
  v1::FigureInterval out;
  out.set_point(interval.point);
  out.set_low(interval.low);
  out.set_high(interval.high);
  return out;
}

v1::ReductionFigure ToProto(const progress::Reduction& reduction, const v1::FigureSubset& subset,
                            bool independent) {
  v1::ReductionFigure out;
  *out.mutable_subset() = subset;
  out.set_surveyors(independent ? v1::INDEPENDENT_SURVEYORS : v1::MEMBERS_THEMSELVES);
  out.set_verdict(reduction.verdict == progress::Verdict::kMet      ? v1::VERDICT_MET
                  : reduction.verdict == progress::Verdict::kNotMet ? v1::VERDICT_NOT_MET
                                                                    : v1::VERDICT_CANNOT_TELL);
  if (reduction.reason != progress::Reason::kNone) {
    *out.mutable_reason() =
        MakeWhy(progress::NameOf(reduction.reason), progress::InWords(reduction.reason));
  }
  for (const progress::Note note : reduction.notes) {
    *out.add_notes() = MakeWhy(progress::NameOf(note), progress::InWords(note));
  }
  if (reduction.reduction) *out.mutable_reduction() = ToProto(*reduction.reduction);
  FillFigureBasis(reduction.baseline, out.mutable_baseline());
  FillFigureBasis(reduction.follow_up, out.mutable_follow_up());
  AddStrata(reduction.without_follow_up, out.mutable_without_follow_up());
  AddStrata(reduction.without_baseline, out.mutable_without_baseline());
  return out;
}

progress::Subset FromProto(const v1::FigureSubset& subset) {
  return {subset.member(), subset.platform_class(), subset.taxon_group(), subset.sharing_group()};
}

bool SameSubset(const v1::FigureSubset& a, const v1::FigureSubset& b) {
  return a.member() == b.member() && a.platform_class() == b.platform_class() &&
         a.taxon_group() == b.taxon_group() && a.sharing_group() == b.sharing_group();
}

std::vector<v1::FigureSubset> StandardSubsets(const v1::Panel& panel) {
  std::set<std::string> classes, taxa, groups;
  for (const v1::PanelMember& member : panel.members()) {
    classes.insert(member.platform_class());
    groups.insert(member.sharing_groups().begin(), member.sharing_groups().end());
    for (const v1::SurveyStratum& stratum : member.strata()) taxa.insert(stratum.taxon_group());
  }
  std::vector<v1::FigureSubset> subsets(1);
  for (const std::string& word : classes) subsets.emplace_back().set_platform_class(word);
  for (const std::string& word : taxa) subsets.emplace_back().set_taxon_group(word);
  for (const std::string& word : groups) subsets.emplace_back().set_sharing_group(word);
  return subsets;
}

}  // namespace vervet::hub
