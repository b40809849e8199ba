// What definitions and panels must say before they are stored (progress_checks.h).
#include <algorithm>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "core/base/progress_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/identity.h"
#include "hub/engine/fields.h"
#include "hub/engine/progress_checks.h"
#include "hub/views/progress_periods.h"

namespace vervet::hub {
namespace {

absl::Status CheckWord(const std::string& field, const v1::DefinedWord& word,
                       std::set<std::string>* seen) {
  if (!IsWordId(word.id())) {
    return Invalid(absl::StrCat(field, ".id"), "must be 1-64 bytes of a-z, 0-9, _ and -");
  }
  if (!seen->insert(word.id()).second) {
    return Invalid(absl::StrCat(field, ".id"), "is there twice; each once");
  }
  VERVET_RETURN_IF_ERROR(CheckText(absl::StrCat(field, ".name"), word.name(), kMaxWordNameBytes));
  if (word.name_zh().empty()) return absl::OkStatus();
  return CheckText(absl::StrCat(field, ".name_zh"), word.name_zh(), kMaxWordNameBytes);
}

absl::Status CheckCount(absl::string_view field, int count, int limit) {
  if (count >= 1 && count <= limit) return absl::OkStatus();
  return Invalid(field, absl::StrCat("has ", count, " entries; 1 to ", limit));
}

absl::Status CheckWords(const std::string& field,
                        const google::protobuf::RepeatedPtrField<v1::DefinedWord>& words,
                        int limit) {
  VERVET_RETURN_IF_ERROR(CheckCount(field, words.size(), limit));
  std::set<std::string> seen;
  for (int i = 0; i < words.size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat(field, "[", i, "]"), words[i], &seen));
  }
  return absl::OkStatus();
}

absl::Status CheckActions(const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(
      CheckCount("definitions.actions", definitions.actions_size(), kMaxActions));
  std::set<std::string> seen;
  for (int i = 0; i < definitions.actions_size(); ++i) {
    const v1::ActionDefinition& action = definitions.actions(i);
    const std::string field = absl::StrCat("definitions.actions[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat(field, ".word"), action.word(), &seen));
    VERVET_RETURN_IF_ERROR(CheckText(absl::StrCat(field, ".unit"), action.unit(), kMaxUnitBytes));
    if (action.meaning() == v1::ACTION_MEANING_UNSPECIFIED ||
        !v1::ActionMeaning_IsValid(action.meaning())) {
      return Invalid(absl::StrCat(field, ".meaning"), "is missing or unknown; see ActionMeaning");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSources(const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(CheckCount("definitions.detection_sources",
                                    definitions.detection_sources_size(), kMaxDetectionSources));
  std::set<std::string> seen;
  for (int i = 0; i < definitions.detection_sources_size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckWord(absl::StrCat("definitions.detection_sources[", i, "].word"),
                                     definitions.detection_sources(i).word(), &seen));
  }
  return absl::OkStatus();
}

// As CheckText, with line breaks and tabs allowed: a text of several paragraphs.
absl::Status CheckParagraphs(absl::string_view field, std::string text, size_t limit) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return CheckText(field, text, limit);
}

}  // namespace

absl::Status CheckDefinitions(const v1::Definitions& definitions) {
  if (definitions.version() != 0) {
    return Invalid("definitions.version", "is given; the hub numbers versions");
  }
  VERVET_RETURN_IF_ERROR(CheckActions(definitions));
  VERVET_RETURN_IF_ERROR(CheckSources(definitions));
  VERVET_RETURN_IF_ERROR(
      CheckWords("definitions.taxon_groups", definitions.taxon_groups(), kMaxTaxonGroups));
  VERVET_RETURN_IF_ERROR(CheckWords("definitions.surfaces", definitions.surfaces(), kMaxSurfaces));
  VERVET_RETURN_IF_ERROR(CheckWords("definitions.platform_classes", definitions.platform_classes(),
                                    kMaxPlatformClasses));
  VERVET_RETURN_IF_ERROR(
      CheckWords("definitions.languages", definitions.languages(), kMaxSurveyLanguages));
  VERVET_RETURN_IF_ERROR(CheckCount("definitions.exposure_units", definitions.exposure_units_size(),
                                    kMaxExposureUnits));
  std::set<std::string> units;
  for (int i = 0; i < definitions.exposure_units_size(); ++i) {
    const std::string field = absl::StrCat("definitions.exposure_units[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckText(field, definitions.exposure_units(i), kMaxUnitBytes));
    if (!units.insert(definitions.exposure_units(i)).second) {
      return Invalid(field, "is there twice; each once");
    }
  }
  VERVET_RETURN_IF_ERROR(
      CheckParagraphs("definitions.positive", definitions.positive(), kMaxPositiveBytes));
  return CheckText("definitions.change", definitions.change(), kMaxReasonBytes);
}

namespace {

absl::Status CheckPanelMember(const std::string& field, const v1::PanelMember& member,
                              const v1::Definitions& definitions) {
  const auto party = net::ParseParty(member.party());
  if (!party.ok()) return Invalid(absl::StrCat(field, ".party"), party.status().message());
  if (party->role != v1::MEMBER) {
    return Invalid(absl::StrCat(field, ".party"), "must be a member, \"member/name\"");
  }
  if (!HasWord(definitions.platform_classes(), member.platform_class())) {
    return Invalid(absl::StrCat(field, ".platform_class"),
                   "is none of the definitions' platform classes; one of theirs");
  }
  if (!member.sharing_groups().empty()) {
    return Invalid(absl::StrCat(field, ".sharing_groups"),
                   "are given; the hub notes those that the member belongs to");
  }
  VERVET_RETURN_IF_ERROR(
      CheckCount(absl::StrCat(field, ".strata"), member.strata_size(), kMaxPanelStrata));
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (int i = 0; i < member.strata_size(); ++i) {
    const v1::SurveyStratum& stratum = member.strata(i);
    const std::string in = absl::StrCat(field, ".strata[", i, "]");
    if (!HasWord(definitions.surfaces(), stratum.surface())) {
      return Invalid(absl::StrCat(in, ".surface"), "is none of the definitions'; one of theirs");
    }
    if (!HasWord(definitions.taxon_groups(), stratum.taxon_group())) {
      return Invalid(absl::StrCat(in, ".taxon_group"),
                     "is none of the definitions'; one of theirs");
    }
    if (!HasWord(definitions.languages(), stratum.language())) {
      return Invalid(absl::StrCat(in, ".language"), "is none of the definitions'; one of theirs");
    }
    if (!seen.emplace(stratum.surface(), stratum.taxon_group(), stratum.language()).second) {
      return Invalid(in, "is there twice; each once");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPanelPeriods(const v1::Panel& panel) {
  const progress::Days baseline = FromProto(panel.baseline());
  if (!panel.has_baseline()) {
    return Invalid("panel.baseline",
                   "is missing; a reduction is against a baseline: name its first day and the day "
                   "after its last");
  }
  if (baseline.begin < 0 || baseline.begin >= baseline.end || baseline.end > 100'000) {
    return Invalid("panel.baseline",
                   "ends before it begins, or is empty; give the first day, and the first day "
                   "after the last, since 1970-01-01");
  }
  if (panel.first_period_begin() < baseline.end || panel.first_period_begin() > 100'000) {
    return Invalid("panel.first_period_begin",
                   "is before the baseline's end; the first month after the baseline, or a later "
                   "one");
  }
  if (!IsFirstOfMonth(panel.first_period_begin())) {
    return Invalid("panel.first_period_begin",
                   "is not the first day of a month; periods are months");
  }
  if (panel.period_months() < 1 || panel.period_months() > kMaxPeriodMonths) {
    return Invalid("panel.period_months",
                   absl::StrCat("is ", panel.period_months(), "; 1 to ", kMaxPeriodMonths));
  }
  if (panel.due_days() < 1 || panel.due_days() > kMaxDueDays) {
    return Invalid("panel.due_days", absl::StrCat("is ", panel.due_days(), "; 1 to ", kMaxDueDays));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckPanel(const v1::Panel& panel, const v1::Definitions& definitions) {
  VERVET_RETURN_IF_ERROR(CheckPanelPeriods(panel));
  const auto& units = definitions.exposure_units();
  if (std::find(units.begin(), units.end(), panel.unit()) == units.end()) {
    return Invalid("panel.unit", "is none of the definitions' units of exposure; one of theirs");
  }
  VERVET_RETURN_IF_ERROR(CheckCount("panel.members", panel.members_size(), kMaxPanelMembers));
  std::set<std::string> parties;
  for (int i = 0; i < panel.members_size(); ++i) {
    const std::string field = absl::StrCat("panel.members[", i, "]");
    VERVET_RETURN_IF_ERROR(CheckPanelMember(field, panel.members(i), definitions));
    if (!parties.insert(panel.members(i).party()).second) {
      return Invalid(absl::StrCat(field, ".party"), "is there twice; each member once");
    }
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
