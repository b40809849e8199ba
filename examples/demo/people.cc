#include "examples/demo/people.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "examples/phones/example_phones.h"
#include "member-sdk/src/canonical/canonicalize.h"

namespace vervet::demo {
namespace {

using canonical::IdentifierKind;
using canonical::SignatureType;

constexpr absl::string_view kAdjectives[] = {"quiet",   "golden", "river",  "night",
                                             "coastal", "amber",  "silver", "hidden"};
constexpr absl::string_view kNouns[] = {"pangolin", "orchid",   "macaw",    "tortoise",
                                        "agarwood", "rosewood", "seahorse", "gecko"};

// Different for every index below 10^9: a power of 3 has no factor in common with 10^9.
uint64_t Spread(uint64_t index, uint64_t offset) {
  return (index * 387'420'489u + offset) % 1'000'000'000u;
}

RawIdentifier GeneratedEmail(uint64_t index) {
  return {"email",
          absl::StrFormat("%s.%s%d@mail%d.example", kAdjectives[Spread(index, 1) % 8],
                          kNouns[Spread(index, 7) / 8 % 8], index, index % 5),
          ""};
}

RawIdentifier GeneratedPhone(uint64_t index) {
  // China's mobile numbers 13x: every one is valid.
  return {"phone", absl::StrFormat("+8613%09d", Spread(index, 123'456'789)), ""};
}

IdentifierKind KindOf(absl::string_view type) {
  if (type == "phone") return IdentifierKind::kPhone;
  if (type == "email") return IdentifierKind::kEmail;
  if (type == "payment_account") return IdentifierKind::kPaymentAccount;
  return IdentifierKind::kPlatformAccount;
}

std::string DigitsOf(absl::string_view text) {
  std::string digits;
  for (char c : text) {
    if (absl::ascii_isdigit(static_cast<unsigned char>(c))) digits.push_back(c);
  }
  return digits;
}

void AddPhoneNotations(const std::string& e164, const std::string& region,
                       std::set<std::string>* out) {
  const std::string digits = DigitsOf(e164);
  out->insert({digits, absl::StrCat("00", digits)});
  for (const auto& notation : examples::Notations(e164, region)) {
    out->insert(notation.text);
    // Empty where the notation's digits are not ASCII.
    const std::string alone = DigitsOf(notation.text);
    if (!alone.empty()) out->insert(alone);
  }
}

// "iban:DE89…" also without its scheme, and in groups of four as people print it.
void AddAccountNotations(const std::string& account, std::set<std::string>* out) {
  const size_t colon = account.find(':');
  const std::string bare = colon == std::string::npos ? account : account.substr(colon + 1);
  out->insert(bare);
  if (!absl::StartsWith(account, "iban:")) return;
  std::string grouped;
  for (size_t i = 0; i < bare.size(); ++i) {
    if (i > 0 && i % 4 == 0) grouped.push_back(' ');
    grouped.push_back(bare[i]);
  }
  out->insert(grouped);
}

}  // namespace

std::vector<RawIdentifier> TraderAtTheMarket() {
  return {{"phone", "+855 12 000 177", ""},
          {"email", "golden.monkey@example.com", ""},
          {"payment_account", "iban:DE89 3704 0044 0532 0130 00", ""},
          {"platform_account", "market.example:1048576", ""}};
}

std::vector<RawIdentifier> TraderAtTheSocialNetwork() {
  return {{"phone", "012 000 177", "KH"}, {"email", "GOLDEN.MONKEY@EXAMPLE.COM", ""}};
}

std::vector<RawIdentifier> TraderAtTheSearchEngine() {
  return {{"phone", "０１２ ０００ １７７", "KH"},
          {"email", "Golden.Monkey+orchids@example.com", ""},
          {"payment_account", "de89370400440532013000", ""},
          {"platform_account", "WWW.Market.Example/1048576", ""}};
}

std::vector<RawIdentifier> InnocentPerson() {
  return {{"phone", "012 000 178", "KH"}, {"email", "golden.monk@example.com", ""}};
}

std::vector<RawIdentifier> TraderOfTheSubCoalition() {
  return {{"email", "river.trader@example.net", ""},
          {"platform_account", "market.example:2097152", ""}};
}

std::vector<RawIdentifier> GeneratedOffender(uint64_t index) {
  switch (index % 4) {
    case 0:
      return {GeneratedEmail(index), GeneratedPhone(index)};
    case 1:
      return {GeneratedEmail(index)};
    case 2:
      return {GeneratedPhone(index),
              {"platform_account",
               absl::StrCat("bazaar.example:", 7'000'000'000u + Spread(index, 5)), ""}};
    default:
      return {{"payment_account",
               absl::StrFormat("upi:%s%d@examplebank", kNouns[index / 4 % 8], Spread(index, 3)),
               ""}};
  }
}

std::vector<std::string> AllNotations(const RawIdentifier& identifier) {
  std::set<std::string> notations = {identifier.value};
  const auto forms =
      canonical::Canonicalize(KindOf(identifier.type), identifier.value, identifier.region,
                              canonical::Strictness::kCheck, canonical::RulesVersions());
  if (forms.ok()) {
    for (const canonical::CanonicalForm& form : *forms) {
      notations.insert(form.text);
      if (form.type == SignatureType::kPhone)
        AddPhoneNotations(form.text, identifier.region, &notations);
      if (form.type == SignatureType::kPaymentAccount ||
          form.type == SignatureType::kPlatformAccount) {
        AddAccountNotations(form.text, &notations);
      }
    }
  }
  return {notations.begin(), notations.end()};
}

}  // namespace vervet::demo
