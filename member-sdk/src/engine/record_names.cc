// The names that CSV files, JSON and tables use for the enumerations of the public headers.
#include <array>
#include <optional>
#include <string>

#include "vervet/identifier.h"
#include "vervet/image_check.h"
#include "vervet/opinion.h"
#include "vervet/record.h"
#include "vervet/record_status.h"
#include "vervet/remedy.h"

namespace vervet {
namespace {

template <typename Value>
struct Name {
  Value value;
  const char* text;
};

constexpr std::array<Name<Certainty>, 4> kCertainties = {{
    {Certainty::kMachine, "machine"},
    {Certainty::kReviewerConfirmed, "reviewer_confirmed"},
    {Certainty::kExpertConfirmed, "expert_confirmed"},
    {Certainty::kEnforcementConfirmed, "enforcement_confirmed"},
}};

constexpr std::array<Name<OffenceActivity>, 8> kActivities = {{
    {OffenceActivity::kOfferForSale, "offer_for_sale"},
    {OffenceActivity::kPurchaseRequest, "purchase_request"},
    {OffenceActivity::kAuction, "auction"},
    {OffenceActivity::kBarter, "barter"},
    {OffenceActivity::kTransport, "transport"},
    {OffenceActivity::kAdvertising, "advertising"},
    {OffenceActivity::kHuntingTools, "hunting_tools"},
    {OffenceActivity::kOrganising, "organising"},
}};

constexpr std::array<Name<SpecimenForm>, 9> kForms = {{
    {SpecimenForm::kUnspecified, "unspecified"},
    {SpecimenForm::kLive, "live"},
    {SpecimenForm::kDeadWhole, "dead_whole"},
    {SpecimenForm::kRawPart, "raw_part"},
    {SpecimenForm::kWorkedItem, "worked_item"},
    {SpecimenForm::kMedicine, "medicine"},
    {SpecimenForm::kFood, "food"},
    {SpecimenForm::kSkinOrLeather, "skin_or_leather"},
    {SpecimenForm::kPlantOrTimber, "plant_or_timber"},
}};

constexpr std::array<Name<Tlp>, 4> kTlps = {{
    {Tlp::kRed, "red"},
    {Tlp::kAmberStrict, "amber_strict"},
    {Tlp::kAmber, "amber"},
    {Tlp::kGreen, "green"},
}};

constexpr std::array<Name<Stance>, 3> kStances = {{
    {Stance::kAgree, "agree"},
    {Stance::kDisagree, "disagree"},
    {Stance::kDispute, "dispute"},
}};

constexpr std::array<Name<RemedyOutcome>, 3> kOutcomes = {{
    {RemedyOutcome::kReversed, "reversed"},
    {RemedyOutcome::kKeptOnOwnEvidence, "kept"},
    {RemedyOutcome::kNone, "none"},
}};

constexpr std::array<Name<ErasureGround>, 3> kGrounds = {{
    {ErasureGround::kWithdrawn, "withdrawn"},
    {ErasureGround::kSubjectRight, "subject-right"},
    {ErasureGround::kCourtOrder, "court-order"},
}};

constexpr std::array<Name<ObjectionState>, 9> kObjectionStates = {{
    {ObjectionState::kOpen, "open"},
    {ObjectionState::kWithdrawn, "withdrawn"},
    {ObjectionState::kErased, "erased"},
    {ObjectionState::kKept, "kept"},
    {ObjectionState::kDeadlinePassed, "deadline passed"},
    {ObjectionState::kExpired, "expired"},
    {ObjectionState::kTakenBack, "taken back"},
    {ObjectionState::kNoLongerShared, "no longer shared"},
    {ObjectionState::kRefused, "refused"},
}};

constexpr std::array<Name<RecordState>, 6> kRecordStates = {{
    {RecordState::kUnknown, "unknown"},
    {RecordState::kInForce, "in force"},
    {RecordState::kPaused, "paused"},
    {RecordState::kRetracted, "retracted"},
    {RecordState::kExpired, "expired"},
    {RecordState::kErased, "erased"},
}};

constexpr std::array<Name<ImageOutcome>, 3> kImageOutcomes = {{
    {ImageOutcome::kMatch, "match"},
    {ImageOutcome::kNoMatch, "no_match"},
    {ImageOutcome::kRefused, "refused"},
}};

constexpr std::array<Name<IdentifierType>, 6> kIdentifierTypes = {{
    {IdentifierType::kPhone, "phone"},
    {IdentifierType::kEmail, "email"},
    {IdentifierType::kPaymentAccount, "payment_account"},
    {IdentifierType::kCryptoWallet, "crypto_wallet"},
    {IdentifierType::kPlatformAccount, "platform_account"},
    {IdentifierType::kUrl, "url"},
}};

template <typename Table, typename Value>
const char* NameIn(const Table& table, Value value) {
  for (const auto& name : table) {
    if (name.value == value) return name.text;
  }
  return "unknown";
}

template <typename Value, size_t N>
std::optional<Value> ValueIn(const std::array<Name<Value>, N>& table, const std::string& text) {
  for (const auto& name : table) {
    if (text == name.text) return name.value;
  }
  return std::nullopt;
}

}  // namespace

const char* IdentifierTypeName(IdentifierType type) { return NameIn(kIdentifierTypes, type); }
const char* ImageOutcomeName(ImageOutcome outcome) { return NameIn(kImageOutcomes, outcome); }
const char* CertaintyName(Certainty certainty) { return NameIn(kCertainties, certainty); }
const char* OffenceActivityName(OffenceActivity activity) { return NameIn(kActivities, activity); }
const char* SpecimenFormName(SpecimenForm form) { return NameIn(kForms, form); }
const char* TlpName(Tlp tlp) { return NameIn(kTlps, tlp); }
const char* StanceName(Stance stance) { return NameIn(kStances, stance); }
const char* RemedyOutcomeName(RemedyOutcome outcome) { return NameIn(kOutcomes, outcome); }
const char* ErasureGroundName(ErasureGround ground) { return NameIn(kGrounds, ground); }
const char* ObjectionStateName(ObjectionState state) { return NameIn(kObjectionStates, state); }
const char* RecordStateName(RecordState state) { return NameIn(kRecordStates, state); }

std::optional<Certainty> ParseCertainty(const std::string& name) {
  return ValueIn(kCertainties, name);
}
std::optional<OffenceActivity> ParseOffenceActivity(const std::string& name) {
  return ValueIn(kActivities, name);
}
std::optional<SpecimenForm> ParseSpecimenForm(const std::string& name) {
  return ValueIn(kForms, name);
}
std::optional<Tlp> ParseTlp(const std::string& name) { return ValueIn(kTlps, name); }
std::optional<Stance> ParseStance(const std::string& name) { return ValueIn(kStances, name); }
std::optional<RemedyOutcome> ParseRemedyOutcome(const std::string& name) {
  return ValueIn(kOutcomes, name);
}
std::optional<ErasureGround> ParseErasureGround(const std::string& name) {
  return ValueIn(kGrounds, name);
}

}  // namespace vervet
