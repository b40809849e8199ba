#include "hub/engine/progress_rows.h"

#include <string>

namespace vervet::hub {

using Row = ProgressLedger::Row;

PanelWords::PanelWords(const v1::Panel& panel, const ProgressLedger& ledger) {
  const auto known = [&ledger](const std::string& text) {
    return text.empty() || ledger.Find(text) != 0;
  };
  for (const v1::PanelMember& member : panel.members()) {
    const ProgressLedger::Word party = ledger.Find(member.party());
    if (party == 0) continue;
    members[party] = &member;
    for (const v1::SurveyStratum& stratum : member.strata()) {
      if (!known(stratum.surface()) || !known(stratum.taxon_group()) ||
          !known(stratum.language())) {
        continue;
      }
      strata[{party, ledger.Find(stratum.surface()), ledger.Find(stratum.taxon_group()),
              ledger.Find(stratum.language())}] = &member;
    }
  }
}

const v1::PanelMember* PanelWords::Of(const Row& row) const {
  const auto found = strata.find({row.member, row.surface, row.taxon_group, row.language});
  return found == strata.end() ? nullptr : found->second;
}

progress::Survey SurveyOf(const ProgressLedger& ledger, const Row& row,
                          const v1::PanelMember& member) {
  progress::Survey survey;
  survey.stratum = {ledger.Text(row.member), ledger.Text(row.surface), ledger.Text(row.taxon_group),
                    ledger.Text(row.language)};
  survey.days = row.days;
  survey.exposure = row.exposure;
  survey.unit = ledger.Text(row.unit);
  survey.surveyor = row.independent ? ledger.Text(row.surveyor) : ledger.Text(row.member);
  survey.design =
      row.score_stratified ? progress::Design::kScoreStratified : progress::Design::kSimple;
  survey.samples = ledger.SamplesOf(row);
  survey.frame_listings = row.frame_listings;
  survey.design_effect = row.design_effect;
  survey.team = ledger.TeamName(row);
  survey.definition_version = static_cast<int32_t>(row.definition_version);
  survey.platform_class = member.platform_class();
  survey.sharing_groups = {member.sharing_groups().begin(), member.sharing_groups().end()};
  return survey;
}

progress::ReviewTeam TeamOf(const ProgressLedger& ledger, const Row& row) {
  progress::ReviewTeam team;
  team.name = ledger.TeamName(row);
  if (row.withdrawn) return team;
  team.found = row.found;
  team.missed = row.missed;
  team.missed_weight = row.missed_weight;
  return team;
}

}  // namespace vervet::hub
