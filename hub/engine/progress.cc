#include "hub/engine/progress.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_checks.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

bool IsMember(absl::string_view party) { return absl::StartsWith(party, "member/"); }

// What a contribution is about, whatever its kind.
struct Subject {
  std::string member;
  std::string surveyor;
};

Subject SubjectOf(const v1::Contribution& contribution) {
  switch (contribution.contribution_case()) {
    case v1::Contribution::kActivity:
      return {contribution.activity().member(), ""};
    case v1::Contribution::kSurvey:
      return {contribution.survey().member(), contribution.survey().independent_surveyor()};
    case v1::Contribution::kTeam:
      return {contribution.team().member(), contribution.team().independent_surveyor()};
    case v1::Contribution::CONTRIBUTION_NOT_SET:
      break;
  }
  return {};
}

// A member's own name may be left out, and so may what is 1 unless somebody says otherwise.
void FillIn(absl::string_view by, v1::Contribution* contribution) {
  const auto own = [by](std::string* member) {
    if (member->empty() && IsMember(by)) *member = std::string(by);
  };
  if (contribution->has_activity()) own(contribution->mutable_activity()->mutable_member());
  if (contribution->has_survey()) {
    v1::SurveyContribution& survey = *contribution->mutable_survey();
    own(survey.mutable_member());
    if (survey.design_effect() == 0) survey.set_design_effect(1);
  }
  if (contribution->has_team()) {
    v1::ReviewTeamContribution& team = *contribution->mutable_team();
    own(team.mutable_member());
    if (team.missed_weight() == 0) team.set_missed_weight(1);
  }
}

absl::Status CheckMay(absl::string_view by, const std::string& field, const Subject& subject,
                      const views::Roster& roster) {
  if (IsMember(by)) {
    if (subject.member != by) {
      return absl::PermissionDeniedError(
          absl::StrCat(field, ".member: another member; each member contributes its own"));
    }
    if (!subject.surveyor.empty()) {
      return absl::PermissionDeniedError(
          absl::StrCat(field,
                       ".independent_surveyor: is given by a member; leave it empty, or have a "
                       "coordinator submit the independent survey"));
    }
    return absl::OkStatus();
  }
  if (subject.surveyor.empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat(field,
                     ": coordinators submit what independent surveyors found; the member "
                     "contributes its own"));
  }
  if (!IsMember(subject.member) || roster.FindParty(subject.member) == nullptr) {
    return Invalid(absl::StrCat(field, ".member"),
                   "is no member of this coalition; \"member/name\"");
  }
  return absl::OkStatus();
}

std::string FieldOf(int index) { return absl::StrCat("contributions[", index, "]"); }

// Two contributions of one request that are of one cell, or overlap.
absl::Status CheckApart(const google::protobuf::RepeatedPtrField<v1::Contribution>& all) {
  std::map<std::string, std::vector<std::pair<progress::Days, int>>> lanes;
  for (int i = 0; i < all.size(); ++i) {
    std::vector<std::string> key = {SubjectOf(all[i]).member,
                                    SubjectOf(all[i]).surveyor.empty() ? "" : "independent"};
    progress::Days days{0, 1};
    if (all[i].has_activity()) {
      const auto& activity = all[i].activity();
      days = FromProto(activity.days());
      key.insert(key.end(), {"activity", activity.action(), activity.detected_by(),
                             activity.taxon_group(), activity.surface()});
    } else if (all[i].has_survey()) {
      const auto& survey = all[i].survey();
      days = FromProto(survey.days());
      key.insert(key.end(), {"survey", survey.stratum().surface(), survey.stratum().taxon_group(),
                             survey.stratum().language()});
    } else {
      key.insert(key.end(), {"team", all[i].team().team()});
    }
    auto& others = lanes[absl::StrJoin(key, "\n")];
    for (const auto& [other_days, other] : others) {
      if (!other_days.Overlaps(days)) continue;
      return Invalid(FieldOf(i),
                     absl::StrCat("is of the same cell as ", FieldOf(other),
                                  ", or its days overlap; each cell once in a request"));
    }
    others.emplace_back(days, i);
  }
  return absl::OkStatus();
}

absl::Status CheckContributions(absl::string_view by,
                                const google::protobuf::RepeatedPtrField<v1::Contribution>& all,
                                const HubState& state, absl::Time now) {
  const ProgressLedger& ledger = state.progress;
  const int32_t today = DayNumberOf(now);
  std::vector<std::string> wrong;
  for (int i = 0; i < all.size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckMay(by, FieldOf(i), SubjectOf(all[i]), state.roster));
    std::vector<progress::Problem> problems;
    std::string field = FieldOf(i);
    if (all[i].has_activity()) {
      problems = CheckActivity(all[i].activity(), ledger, today);
      field += ".activity.";
    } else if (all[i].has_survey()) {
      problems = CheckSurvey(all[i].survey(), ledger, today);
      field += ".survey.";
    } else {
      problems = CheckTeam(all[i].team(), ledger);
      field += ".team.";
    }
    for (const progress::Problem& problem : problems) {
      wrong.push_back(absl::StrCat(field, problem.field, ": ", problem.what,
                                   problem.remedy.empty() ? "" : "; ", problem.remedy));
    }
  }
  if (!wrong.empty()) {
    const size_t more = wrong.size() - std::min(wrong.size(), kMaxProblemsNamed);
    wrong.resize(wrong.size() - more);
    if (more > 0) wrong.push_back(absl::StrCat("and ", more, " more"));
    return absl::InvalidArgumentError(absl::StrJoin(wrong, " | "));
  }
  VERVET_RETURN_IF_ERROR(CheckApart(all));
  std::map<std::string, size_t> added;
  for (int i = 0; i < all.size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckPlace(FieldOf(i), all[i], ledger));
    const std::string member = SubjectOf(all[i]).member;
    if (ledger.ContributionsBy(member) + ++added[member] > kMaxContributionsByMember) {
      return absl::FailedPreconditionError(
          absl::StrCat(FieldOf(i), ": the member has ", kMaxContributionsByMember,
                       " contributions, revisions counted, the limit; ask a coordinator"));
    }
  }
  return absl::OkStatus();
}

AppendEntry EntryOf(absl::string_view by, const v1::Contribution& contribution) {
  AppendEntry entry;
  entry.draft.audience.add_roles(v1::COORDINATOR);
  entry.draft.audience.set_party(SubjectOf(contribution).member);
  v1::EventBody& body = entry.draft.body;
  if (contribution.has_activity()) {
    *body.mutable_activity_contributed()->mutable_activity() = contribution.activity();
    body.mutable_activity_contributed()->set_contributed_by(std::string(by));
  } else if (contribution.has_survey()) {
    *body.mutable_survey_contributed()->mutable_survey() = contribution.survey();
    body.mutable_survey_contributed()->set_contributed_by(std::string(by));
  } else {
    *body.mutable_review_team_contributed()->mutable_team() = contribution.team();
    body.mutable_review_team_contributed()->set_contributed_by(std::string(by));
  }
  return entry;
}

}  // namespace

absl::StatusOr<Command> ContributeCommand(absl::string_view by,
                                          const v1::ContributeRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  if (request.contributions().empty() || request.contributions_size() > kMaxContributions) {
    return Invalid("contributions", absl::StrCat("has ", request.contributions_size(),
                                                 " entries; 1 to ", kMaxContributions));
  }
  if (request.ByteSizeLong() > kMaxContributeBytes) {
    return Invalid("contributions",
                   absl::StrCat("are ", request.ByteSizeLong(), " bytes; at most ",
                                kMaxContributeBytes, ": send them in several requests"));
  }
  Command command;
  v1::ContributeRequest filled = request;
  for (int i = 0; i < filled.contributions_size(); ++i) {
    v1::Contribution& contribution = *filled.mutable_contributions(i);
    if (contribution.contribution_case() == v1::Contribution::CONTRIBUTION_NOT_SET) {
      return Invalid(FieldOf(i), "is empty; an activity, a survey or a team");
    }
    FillIn(by, &contribution);
    command.touches.push_back(absl::StrCat("progress:", SubjectOf(contribution).member));
  }
  std::sort(command.touches.begin(), command.touches.end());
  command.touches.erase(std::unique(command.touches.begin(), command.touches.end()),
                        command.touches.end());
  command.request = MakeRequestKey(by, request.request_id(), "Contribute", request);
  command.decide = [by = std::string(by), filled = std::move(filled)](
                       const HubState& state, absl::Time now) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    if (state.progress.definitions().empty()) {
      return absl::FailedPreconditionError(
          "contributions: nothing is defined yet that they could be counted under; a coordinator "
          "defines it first (vervet progress define)");
    }
    VERVET_RETURN_IF_ERROR(CheckContributions(by, filled.contributions(), state, now));
    std::vector<AppendEntry> entries;
    for (const v1::Contribution& contribution : filled.contributions()) {
      entries.push_back(EntryOf(by, contribution));
    }
    return Command::Decision(std::move(entries));
  };
  return command;
}

absl::StatusOr<Command> DefineCommand(absl::string_view by, const v1::DefineRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckDefinitions(request.definitions()));
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "Define", request);
  command.exclusive = true;
  command.decide = [by = std::string(by), request](
                       const HubState& state, absl::Time) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const size_t newest = state.progress.definitions().size();
    if (request.after_version() != newest) {
      return absl::AbortedError(absl::StrCat("after_version: is ", request.after_version(),
                                             ", and the newest version is ", newest,
                                             "; look at that one first"));
    }
    if (newest >= kMaxDefinitionVersions) {
      return absl::FailedPreconditionError(
          absl::StrCat("definitions: there are ", newest, " versions, the limit"));
    }
    AppendEntry entry;
    entry.draft.audience.add_roles(v1::MEMBER);
    entry.draft.audience.add_roles(v1::COORDINATOR);
    v1::ProgressDefined& defined = *entry.draft.body.mutable_progress_defined();
    *defined.mutable_definitions() = request.definitions();
    defined.mutable_definitions()->set_version(static_cast<uint32_t>(newest + 1));
    defined.set_defined_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> CreatePanelCommand(absl::string_view by,
                                           const v1::CreatePanelRequest& request) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  const v1::Panel& asked = request.panel();
  if (!IsWordId(asked.panel())) {
    return Invalid("panel.panel", "must be 1-64 bytes of a-z, 0-9, _ and -, such as 2026-founders");
  }
  VERVET_RETURN_IF_ERROR(CheckText("panel.title", asked.title(), kMaxWordNameBytes));
  if (asked.ByteSizeLong() > kMaxPanelBytes) {
    return Invalid("panel",
                   absl::StrCat("is ", asked.ByteSizeLong(), " bytes; at most ", kMaxPanelBytes));
  }
  Command command;
  command.request = MakeRequestKey(by, request.request_id(), "CreatePanel", request);
  command.exclusive = true;
  command.decide = [by = std::string(by), panel = asked](
                       const HubState& state,
                       absl::Time) mutable -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(by, state.roster));
    const ProgressLedger& ledger = state.progress;
    if (panel.definition_version() < 1 ||
        panel.definition_version() > ledger.definitions().size()) {
      return Invalid(
          "panel.definition_version",
          absl::StrCat("is ", panel.definition_version(), ", which is none that was defined; 1 to ",
                       ledger.definitions().size()));
    }
    VERVET_RETURN_IF_ERROR(
        CheckPanel(panel, ledger.definitions()[panel.definition_version() - 1].definitions));
    if (ledger.FindPanel(panel.panel()) != nullptr) {
      return absl::AlreadyExistsError(
          "panel.panel: there is a panel of this name; panels never change, make one of another "
          "name");
    }
    if (ledger.panels().size() >= kMaxPanels) {
      return absl::FailedPreconditionError(
          absl::StrCat("panel: there are ", kMaxPanels, " panels, the limit"));
    }
    for (int i = 0; i < panel.members_size(); ++i) {
      v1::PanelMember& member = *panel.mutable_members(i);
      const auto* party = state.roster.FindParty(member.party());
      if (party == nullptr) {
        return absl::NotFoundError(
            absl::StrCat("panel.members[", i,
                         "].party: not on the roster; admit it first (vervet members admit)"));
      }
      for (const std::string& group : party->groups) member.add_sharing_groups(group);
    }
    AppendEntry entry;
    entry.draft.audience.add_roles(v1::COORDINATOR);
    *entry.draft.body.mutable_panel_created()->mutable_panel() = panel;
    entry.draft.body.mutable_panel_created()->set_created_by(by);
    return Command::Decision(std::move(entry));
  };
  return command;
}

}  // namespace vervet::hub
