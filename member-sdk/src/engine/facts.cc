#include "member-sdk/src/engine/facts.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace vervet::engine {

// The public enumerations have the wire's numbers.
static_assert(static_cast<int>(Certainty::kEnforcementConfirmed) == v1::ENFORCEMENT_CONFIRMED);
static_assert(static_cast<int>(OffenceActivity::kOrganising) == v1::ORGANISING);
static_assert(static_cast<int>(SpecimenForm::kPlantOrTimber) == v1::PLANT_OR_TIMBER);
static_assert(static_cast<int>(Tlp::kGreen) == v1::TLP_GREEN);
static_assert(static_cast<int>(Stance::kDispute) == v1::DISPUTE);

v1::RecordFacts ToProto(const RecordFacts& facts) {
  v1::RecordFacts out;
  out.mutable_offence()->set_activity(static_cast<v1::OffenceActivity>(facts.activity));
  out.mutable_offence()->set_form(static_cast<v1::SpecimenForm>(facts.form));
  for (const std::string& taxon : facts.taxa) out.mutable_offence()->add_taxa(taxon);
  out.set_certainty(static_cast<v1::Certainty>(facts.certainty));
  out.set_tlp(static_cast<v1::Tlp>(facts.tlp));
  out.set_legal_entity(facts.legal_entity);
  out.set_purpose(facts.purpose);
  out.set_lawful_basis(facts.lawful_basis);
  out.set_decision_reference(facts.decision_reference);
  for (const std::string& group : facts.groups) out.add_groups(group);
  return out;
}

RecordFacts FromProto(const v1::RecordFacts& facts) {
  RecordFacts out;
  const auto known = [](int value, int last, int otherwise) {
    return value >= 1 && value <= last ? value : otherwise;
  };
  out.activity = static_cast<OffenceActivity>(known(facts.offence().activity(), v1::ORGANISING, 1));
  out.form = static_cast<SpecimenForm>(known(facts.offence().form(), v1::PLANT_OR_TIMBER, 0));
  out.taxa = {facts.offence().taxa().begin(), facts.offence().taxa().end()};
  out.certainty = static_cast<Certainty>(known(facts.certainty(), v1::ENFORCEMENT_CONFIRMED, 1));
  out.tlp = static_cast<Tlp>(known(facts.tlp(), v1::TLP_GREEN, 1));
  out.legal_entity = facts.legal_entity();
  out.purpose = facts.purpose();
  out.lawful_basis = facts.lawful_basis();
  out.decision_reference = facts.decision_reference();
  out.groups = {facts.groups().begin(), facts.groups().end()};
  return out;
}

Stance FromProto(v1::Stance stance) {
  return stance == v1::AGREE || stance == v1::DISPUTE ? static_cast<Stance>(stance)
                                                      : Stance::kDisagree;
}

std::string SignatureTypeName(v1::SignatureType type) {
  return absl::AsciiStrToLower(v1::SignatureType_Name(type));
}

std::string ToHex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::string FromHex(absl::string_view hex, size_t size_bytes) {
  if (hex.size() != 2 * size_bytes || !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return "";
  }
  return absl::HexStringToBytes(hex);
}

}  // namespace vervet::engine
