#include "tests/benchmarks/full_size_panel.h"

#include "absl/strings/str_cat.h"

namespace vervet::bench {

v1::Days Between(absl::CivilMonth first, absl::CivilMonth end) {
  const auto day_of = [](absl::CivilMonth month) {
    return static_cast<int32_t>(absl::CivilDay(month) - absl::CivilDay(1970, 1, 1));
  };
  v1::Days days;
  days.set_begin(day_of(first));
  days.set_end(day_of(end));
  return days;
}

v1::Panel FullSizePanel(int members, absl::CivilMonth first) {
  v1::Panel panel;
  panel.set_panel("benchmark");
  panel.set_title("Made-up members (generated figures)");
  panel.set_unit("view");
  *panel.mutable_baseline() = Between(first - 3, first);
  panel.set_first_period_begin(panel.baseline().end());
  panel.set_period_months(1);
  panel.set_due_days(15);
  panel.set_definition_version(1);
  for (int number = 0; number < members; ++number) {
    v1::PanelMember& member = *panel.add_members();
    member.set_party(absl::StrCat("member/m", number));
    member.set_platform_class(absl::StrCat("class-", number % kPanelClasses));
    for (int i = 0; i < kPanelStrata; ++i) {
      v1::SurveyStratum& stratum = *member.add_strata();
      stratum.set_surface(absl::StrCat("surface-", i % kPanelSurfaces));
      stratum.set_taxon_group(absl::StrCat("taxa-", i / kPanelSurfaces % kPanelTaxa));
      stratum.set_language(absl::StrCat("language-", i / (kPanelSurfaces * kPanelTaxa)));
    }
  }
  return panel;
}

v1::SurveyContribution MadeUpSurvey(const v1::PanelMember& member, int stratum,
                                    const v1::Days& days, uint32_t most, std::mt19937* chance) {
  v1::SurveyContribution survey;
  survey.set_member(member.party());
  *survey.mutable_days() = days;
  *survey.mutable_stratum() = member.strata(stratum);
  survey.set_exposure(1e6 * (1 + (*chance)() % 50));
  survey.set_unit("view");
  survey.set_design(v1::SIMPLE_RANDOM);
  const auto positives = static_cast<int64_t>((*chance)() % (most + 1));
  v1::SurveySample& sample = *survey.add_samples();
  sample.set_sampled(20'000);
  sample.set_positives(positives);
  sample.set_reviewed_again(positives);
  sample.set_confirmed(positives);
  survey.set_design_effect(1);
  survey.set_team("reviewers");
  survey.set_definition_version(1);
  survey.set_revision(1);
  survey.set_signed_off_by("somebody");
  return survey;
}

}  // namespace vervet::bench
