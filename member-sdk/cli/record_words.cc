#include "member-sdk/cli/record_words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vervet::member_cli {
namespace {

// Names of an enumeration's values from `first` to `last`, which follow one another.
template <typename Value, typename Name>
std::vector<std::string> Names(Value first, Value last, Name name) {
  std::vector<std::string> names;
  for (int value = static_cast<int>(first); value <= static_cast<int>(last); ++value) {
    names.emplace_back(name(static_cast<Value>(value)));
  }
  return names;
}

}  // namespace

std::vector<std::string> CertaintyNames() {
  return Names(Certainty::kReviewerConfirmed, Certainty::kEnforcementConfirmed, CertaintyName);
}

std::vector<std::string> ActivityNames() {
  return Names(OffenceActivity::kOfferForSale, OffenceActivity::kOrganising, OffenceActivityName);
}

std::vector<std::string> FormNames() {
  return Names(SpecimenForm::kLive, SpecimenForm::kPlantOrTimber, SpecimenFormName);
}

std::vector<std::string> TlpNames() { return Names(Tlp::kRed, Tlp::kGreen, TlpName); }

std::string ProblemOfTaxon(absl::string_view taxon) {
  if (taxon.empty()) return "is empty; name the species, such as \"Loxodonta africana\"";
  if (taxon.size() > 128) return "is longer than 128 bytes";
  return "";
}

std::string ProblemOfDecision(absl::string_view reference) {
  if (reference.empty())
    return "is required: the platform's own case number of the person's decision";
  if (reference.size() > 128) return "is longer than 128 bytes";
  const bool plain = std::all_of(reference.begin(), reference.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == ':' || c == '/' || c == '-';
  });
  if (!plain)
    return "may hold letters, digits and . _ : / - alone: an opaque case number, never a user's "
           "data";
  return "";
}

std::string ProblemOfCertainty(Certainty certainty) {
  if (certainty >= Certainty::kReviewerConfirmed) return "";
  return absl::StrCat("must be one of ", absl::StrJoin(CertaintyNames(), ", "),
                      ": what no person has confirmed is not published");
}

std::string ProblemOfDefaults(const RecordFacts& facts, const ClientOptions& options) {
  std::vector<std::string> missing;
  if (facts.legal_entity.empty() && options.legal_entity.empty()) missing.push_back("legal_entity");
  if (facts.purpose.empty() && options.purpose.empty()) missing.push_back("purpose");
  if (facts.lawful_basis.empty() && options.lawful_basis.empty()) missing.push_back("lawful_basis");
  if (facts.groups.empty() && options.default_groups.empty()) missing.push_back("default_groups");
  if (missing.empty()) return "";
  return absl::StrCat("a record needs ", absl::StrJoin(missing, ", "),
                      ": set it in the configuration");
}

}  // namespace vervet::member_cli
