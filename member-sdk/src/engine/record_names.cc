// The names that CSV files, JSON and tables use for the enumerations of the public headers.
#include <array>
#include <optional>
#include <string>

#include "vervet/identifier.h"
#include "vervet/record.h"

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
const char* CertaintyName(Certainty certainty) { return NameIn(kCertainties, certainty); }
const char* OffenceActivityName(OffenceActivity activity) { return NameIn(kActivities, activity); }
const char* SpecimenFormName(SpecimenForm form) { return NameIn(kForms, form); }
const char* TlpName(Tlp tlp) { return NameIn(kTlps, tlp); }

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

}  // namespace vervet
