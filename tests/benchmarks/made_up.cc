#include "tests/benchmarks/made_up.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace vervet::bench {
namespace {

std::string BigEndian48(int64_t value) {
  std::string bytes;
  for (int shift = 40; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

}  // namespace

v1::RecordPublished MadeUpRecord(MadeUp* random, const std::string& publisher,
                                 const std::string& group, int signatures, absl::Time now) {
  v1::RecordPublished record;
  record.set_record_id(BigEndian48(absl::ToUnixMillis(now)) + random->Bytes(10));
  record.set_publisher(publisher);
  v1::RecordFacts& facts = *record.mutable_facts();
  facts.mutable_offence()->set_activity(v1::OFFER_FOR_SALE);
  facts.mutable_offence()->set_form(v1::RAW_PART);
  facts.mutable_offence()->add_taxa("Loxodonta africana");
  facts.set_certainty(v1::REVIEWER_CONFIRMED);
  facts.set_tlp(v1::TLP_AMBER);
  facts.set_legal_entity("Example Market Ltd, Dublin");
  facts.set_purpose("prevention of wildlife trafficking");
  facts.set_lawful_basis("GDPR Art. 6(1)(f)");
  facts.set_decision_reference(absl::StrCat("case-", random->Number() % 10'000'000));
  facts.add_groups(group);
  // A person has a telephone number, an e-mail address (two signatures), an account, ...
  constexpr std::array<v1::SignatureType, 4> kTypes = {v1::PHONE, v1::EMAIL, v1::EMAIL_ALIAS,
                                                       v1::PLATFORM_ACCOUNT};
  for (int i = 0; i < signatures; ++i) {
    v1::Signature& signature = *record.add_signatures();
    signature.set_type(kTypes[static_cast<size_t>(i) % kTypes.size()]);
    signature.set_rules_version(1);
    signature.set_epoch(1);
    signature.set_token(random->Bytes(oprf::Token::kSizeBytes));
    signature.set_expires_us(absl::ToUnixMicros(now + absl::Hours(180 * 24)));
  }
  return record;
}

}  // namespace vervet::bench
