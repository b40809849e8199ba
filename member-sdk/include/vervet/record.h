// An offender record: what a platform publishes after a person has confirmed a case.
#ifndef VERVET_RECORD_H_
#define VERVET_RECORD_H_

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "vervet/identifier.h"
#include "vervet/image.h"

namespace vervet {

enum class Certainty { kMachine = 1, kReviewerConfirmed, kExpertConfirmed, kEnforcementConfirmed };

enum class OffenceActivity {
  kOfferForSale = 1,
  kPurchaseRequest,
  kAuction,
  kBarter,
  kTransport,
  kAdvertising,
  kHuntingTools,
  kOrganising,
};

enum class SpecimenForm {
  kUnspecified,
  kLive,
  kDeadWhole,
  kRawPart,
  kWorkedItem,
  kMedicine,
  kFood,
  kSkinOrLeather,
  kPlantOrTimber,
};

// Traffic Light Protocol 2.0.
enum class Tlp { kRed = 1, kAmberStrict, kAmber, kGreen };

// Names as in CSV files and JSON: "offer_for_sale", "reviewer_confirmed", "raw_part", "amber".
const char* CertaintyName(Certainty certainty);
const char* OffenceActivityName(OffenceActivity activity);
const char* SpecimenFormName(SpecimenForm form);
const char* TlpName(Tlp tlp);
std::optional<Certainty> ParseCertainty(const std::string& name);
std::optional<OffenceActivity> ParseOffenceActivity(const std::string& name);
std::optional<SpecimenForm> ParseSpecimenForm(const std::string& name);
std::optional<Tlp> ParseTlp(const std::string& name);

// What receivers learn about a record. No field may hold data of a user.
struct RecordFacts {
  OffenceActivity activity = OffenceActivity::kOfferForSale;
  SpecimenForm form = SpecimenForm::kUnspecified;
  std::vector<std::string> taxa;                        // scientific names, 1-32
  Certainty certainty = Certainty::kReviewerConfirmed;  // below this nothing is published
  Tlp tlp = Tlp::kAmber;
  std::string legal_entity;        // empty: ClientOptions::legal_entity
  std::string purpose;             // empty: ClientOptions::purpose
  std::string lawful_basis;        // empty: ClientOptions::lawful_basis
  std::string decision_reference;  // the platform's own pointer to the person's decision; required
  std::vector<std::string>
      groups;  // sharing groups that may see it; empty: ClientOptions::default_groups
};

struct OffenderRecord {
  // At most 32; an e-mail counts as two signatures, exact and alias. At least one, or an image.
  std::vector<Identifier> identifiers;
  std::vector<RecordImage> images;  // at most 64, no hash twice
  RecordFacts facts;
  // How long it may match. Empty: each signature lives as long as its type allows (a phone number
  // 180 days). A lifetime above the maximum of one of its types is refused.
  std::optional<std::chrono::seconds> lifetime;
  // The platform's own reference of the person, opaque; kept in the vault, never sent. May be
  // empty.
  std::string subject_reference;
};

}  // namespace vervet

#endif  // VERVET_RECORD_H_
