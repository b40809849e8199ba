#include "hub/engine/publish.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/oprf/group.h"
#include "core/oprf/hash.h"
#include "core/oprf/token.h"
#include "hub/engine/fields.h"
#include "hub/engine/published_images.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

std::string At(absl::string_view list, size_t i, absl::string_view field = "") {
  return absl::StrCat(list, "[", i, "]", field.empty() ? "" : ".", field);
}

absl::Status CheckOffence(const v1::Offence& offence) {
  if (!v1::OffenceActivity_IsValid(offence.activity()) ||
      offence.activity() == v1::OFFENCE_ACTIVITY_UNSPECIFIED) {
    return Invalid("facts.offence.activity", "is missing or unknown; see OffenceActivity");
  }
  if (!v1::SpecimenForm_IsValid(offence.form())) {
    return Invalid("facts.offence.form", "is unknown; see SpecimenForm, or leave it out");
  }
  const auto taxa = static_cast<size_t>(offence.taxa_size());
  if (taxa == 0 || taxa > kMaxTaxaPerRecord) {
    return Invalid("facts.offence.taxa",
                   absl::StrCat("has ", taxa, " taxa; 1 to ", kMaxTaxaPerRecord));
  }
  for (size_t i = 0; i < taxa; ++i) {
    VERVET_RETURN_IF_ERROR(
        CheckText(At("facts.offence.taxa", i), offence.taxa(static_cast<int>(i)), kMaxTaxonBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckGroups(const v1::RecordFacts& facts) {
  const auto groups = static_cast<size_t>(facts.groups_size());
  if (groups == 0 || groups > kMaxGroupsPerRecord) {
    return Invalid("facts.groups",
                   absl::StrCat("has ", groups, " sharing groups; 1 to ", kMaxGroupsPerRecord));
  }
  absl::flat_hash_set<std::string> seen;
  for (size_t i = 0; i < groups; ++i) {
    const std::string& group = facts.groups(static_cast<int>(i));
    VERVET_RETURN_IF_ERROR(CheckGroupName(At("facts.groups", i), group));
    if (!seen.insert(group).second)
      return Invalid(At("facts.groups", i), "stands in the list twice");
  }
  return absl::OkStatus();
}

absl::Status CheckFacts(const v1::RecordFacts& facts) {
  VERVET_RETURN_IF_ERROR(CheckOffence(facts.offence()));
  if (!v1::Certainty_IsValid(facts.certainty()) || facts.certainty() < v1::REVIEWER_CONFIRMED) {
    return Invalid(
        "facts.certainty",
        "is below REVIEWER_CONFIRMED; a person must confirm the case before it is published");
  }
  if (!v1::Tlp_IsValid(facts.tlp()) || facts.tlp() == v1::TLP_UNSPECIFIED) {
    return Invalid("facts.tlp", "is missing or unknown; see Tlp");
  }
  VERVET_RETURN_IF_ERROR(CheckText("facts.legal_entity", facts.legal_entity(), kMaxFactBytes));
  VERVET_RETURN_IF_ERROR(CheckText("facts.purpose", facts.purpose(), kMaxFactBytes));
  VERVET_RETURN_IF_ERROR(CheckText("facts.lawful_basis", facts.lawful_basis(), kMaxFactBytes));
  VERVET_RETURN_IF_ERROR(
      CheckDecisionReference("facts.decision_reference", facts.decision_reference()));
  return CheckGroups(facts);
}

// The record as receivers will see it, and the elements that stay at the hub.
struct Derived {
  v1::RecordPublished record;
  std::vector<std::string> elements;
};

absl::Status DeriveSignatures(const v1::PublishRequest& request, Derived& out) {
  const auto count = static_cast<size_t>(request.signatures_size());
  if (count > kMaxSignaturesPerRecord) {
    return Invalid("signatures",
                   absl::StrCat("has ", count, " entries; at most ", kMaxSignaturesPerRecord));
  }
  if (count == 0 && request.images().empty()) {
    return Invalid("signatures", "is empty, and so is images; give at least one of either");
  }
  absl::flat_hash_set<oprf::Token> seen;
  for (size_t i = 0; i < count; ++i) {
    const v1::NewSignature& given = request.signatures(static_cast<int>(i));
    if (!v1::SignatureType_IsValid(given.type()) ||
        given.type() == v1::SIGNATURE_TYPE_UNSPECIFIED) {
      return Invalid(At("signatures", i, "type"), "is missing or unknown; see SignatureType");
    }
    if (given.type() == v1::IMAGE_PDQ) {
      return Invalid(At("signatures", i, "type"),
                     "is IMAGE_PDQ, which is not blinded; give the hash in images");
    }
    const auto element = oprf::Element::Decode(oprf::AsBytes(given.element()));
    if (!element.ok()) return Invalid(At("signatures", i, "element"), element.status().message());
    const oprf::Token token = oprf::DeriveToken(given.type(), given.epoch(), *element);
    if (!seen.insert(token).second)
      return Invalid(At("signatures", i), "is the same as an earlier one");
    v1::Signature& signature = *out.record.add_signatures();
    signature.set_type(given.type());
    signature.set_rules_version(given.rules_version());
    signature.set_epoch(given.epoch());
    signature.set_expires_us(given.expires_us());
    signature.set_token(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
    out.elements.push_back(given.element());
  }
  return absl::OkStatus();
}

absl::Status CheckAgainstTypes(const v1::RecordPublished& record,
                               const views::SignatureTypes& types, absl::Time now) {
  for (int i = 0; i < record.signatures_size(); ++i) {
    const v1::Signature& signature = record.signatures(i);
    const auto index = static_cast<size_t>(i);
    const auto* announced = types.Find(signature.type());
    if (announced == nullptr) {
      return Invalid(At("signatures", index, "type"), "is not in use in this coalition");
    }
    if (signature.epoch() != announced->epoch) {
      return Invalid(At("signatures", index, "epoch"),
                     absl::StrCat("is ", signature.epoch(), ", the key in use is of epoch ",
                                  announced->epoch, "; evaluate again"));
    }
    const auto& versions = announced->rules_versions;
    if (std::find(versions.begin(), versions.end(), signature.rules_version()) == versions.end()) {
      return Invalid(At("signatures", index, "rules_version"),
                     absl::StrCat("is ", signature.rules_version(),
                                  ", not among the active versions; update the SDK"));
    }
    const absl::Time expires = absl::FromUnixMicros(signature.expires_us());
    if (expires <= now) {
      return Invalid(At("signatures", index, "expires_us"), "is in the past; give a time to come");
    }
    if (expires > now + announced->maximum_life) {
      return Invalid(
          At("signatures", index, "expires_us"),
          absl::StrCat("is later than the longest life of ",
                       v1::SignatureType_Name(signature.type()), ", ",
                       absl::ToInt64Hours(announced->maximum_life) / 24, " days from now"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckAgainstRoster(absl::string_view party, const v1::RecordFacts& facts,
                                const views::Roster& roster) {
  VERVET_RETURN_IF_ERROR(CheckActive(party, roster));
  const auto* publisher = roster.FindParty(party);
  for (int i = 0; i < facts.groups_size(); ++i) {
    if (publisher->groups.count(facts.groups(i)) == 0) {
      return absl::PermissionDeniedError(
          absl::StrCat(At("facts.groups", static_cast<size_t>(i)),
                       ": the publisher is not in this sharing group; a coordinator can add it "
                       "(vervet groups join)"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Command> PublishCommand(absl::string_view party, const v1::PublishRequest& request,
                                       Environment& env) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckFacts(request.facts()));
  auto derived = std::make_shared<Derived>();
  VERVET_RETURN_IF_ERROR(CheckImages(request));
  VERVET_RETURN_IF_ERROR(DeriveSignatures(request, *derived));
  *derived->record.mutable_images() = request.images();
  derived->record.set_record_id(TimeOrderedId(env));
  derived->record.set_publisher(std::string(party));
  *derived->record.mutable_facts() = request.facts();

  Command command;
  command.request = MakeRequestKey(party, request.request_id(), "Publish", request);
  command.decide = [derived](const views::CoalitionState& state,
                             absl::Time now) -> absl::StatusOr<Command::Decision> {
    const v1::RecordPublished& record = derived->record;
    VERVET_RETURN_IF_ERROR(CheckAgainstRoster(record.publisher(), record.facts(), state.roster));
    VERVET_RETURN_IF_ERROR(CheckAgainstTypes(record, state.types, now));
    VERVET_RETURN_IF_ERROR(CheckImagesAgainstState(record, state, now));
    AppendEntry entry;
    entry.draft.audience = RecordAudience(record.facts(), record.publisher());
    *entry.draft.body.mutable_record_published() = record;
    entry.record_id = record.record_id();
    entry.elements = derived->elements;
    return Command::Decision(std::move(entry));
  };
  return command;
}

absl::StatusOr<Command> RetractCommand(absl::string_view party, const v1::RetractRequest& request,
                                       const RemedyPolicy& policy) {
  VERVET_RETURN_IF_ERROR(CheckRequestId(request.request_id()));
  VERVET_RETURN_IF_ERROR(CheckRecordId(request.record_id()));
  VERVET_RETURN_IF_ERROR(CheckText("reason", request.reason(), kMaxReasonBytes));

  Command command;
  command.request = MakeRequestKey(party, request.request_id(), "Retract", request);
  command.touches = {absl::StrCat("record:", request.record_id())};
  command.decide = [party = std::string(party), record_id = request.record_id(),
                    reason = request.reason(),
                    policy](const views::CoalitionState& state,
                            absl::Time now) -> absl::StatusOr<Command::Decision> {
    VERVET_RETURN_IF_ERROR(CheckActive(party, state.roster));
    VERVET_ASSIGN_OR_RETURN(const views::RecordPtr record, FindForParty(state, party, record_id));
    if (record->publisher != party) {
      return absl::PermissionDeniedError(
          "record_id: another member's record; only its publisher can retract it");
    }
    if (record->state == views::OffenderRecords::State::kRetracted) {
      return Command::Decision(RequestOutcome{record->ended_sequence, record_id});
    }
    if (record->state == views::OffenderRecords::State::kExpired) {
      return absl::FailedPreconditionError(
          "record_id: the record has expired; it matches nobody any more");
    }
    if (record->state == views::OffenderRecords::State::kErased) {
      return absl::FailedPreconditionError(
          "record_id: the record was erased; there is nothing left to retract");
    }
    AppendEntry entry;
    entry.draft.audience = RecordAudience(record->facts, record->publisher);
    auto& retracted = *entry.draft.body.mutable_record_retracted();
    retracted.set_record_id(record_id);
    retracted.set_reason(reason);
    retracted.set_retracted_by(party);
    retracted.set_remedy_due_us(absl::ToUnixMicros(now + policy.remedy_deadline));
    entry.record_id = record_id;
    return Command::Decision(std::move(entry));
  };
  return command;
}

Command ExpireCommand(absl::string_view record_id) {
  Command command;
  command.touches = {absl::StrCat("record:", record_id)};
  command.decide = [record_id = std::string(record_id)](
                       const views::CoalitionState& state,
                       absl::Time now) -> absl::StatusOr<Command::Decision> {
    const views::RecordPtr record = state.records.Find(record_id);
    if (record == nullptr || record->state != views::OffenderRecords::State::kLive ||
        record->last_expiry > now) {
      return Command::Decision(RequestOutcome{});
    }
    AppendEntry entry;
    entry.draft.audience = RecordAudience(record->facts, record->publisher);
    entry.draft.body.mutable_record_expired()->set_record_id(record_id);
    entry.record_id = record_id;
    return Command::Decision(std::move(entry));
  };
  return command;
}

}  // namespace vervet::hub
