#include "hub/engine/lookup.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/oprf/hash.h"
#include "core/oprf/token.h"
#include "hub/engine/fields.h"
#include "hub/engine/record_access.h"

namespace vervet::hub {
namespace {

absl::Status CheckToken(const v1::LookupToken& token, int i, const views::SignatureTypes& types) {
  const std::string at = absl::StrCat("tokens[", i, "]");
  if (token.type() == v1::IMAGE_PDQ) {
    return Invalid(absl::StrCat(at, ".type"),
                   "is IMAGE_PDQ: no hub is asked about the images of a platform's users; compare "
                   "their hashes there");
  }
  const auto* announced = types.Find(token.type());
  if (announced == nullptr) {
    return Invalid(absl::StrCat(at, ".type"),
                   "is missing, unknown or not in use; see SignatureType");
  }
  if (token.epoch() != announced->epoch) {
    return Invalid(absl::StrCat(at, ".epoch"),
                   absl::StrCat("is ", token.epoch(), ", the key in use is of epoch ",
                                announced->epoch, "; evaluate again"));
  }
  if (token.token().size() != oprf::Token::kSizeBytes) {
    return Invalid(
        absl::StrCat(at, ".token"),
        absl::StrCat("has ", token.token().size(), " bytes; must have ", oprf::Token::kSizeBytes));
  }
  return absl::OkStatus();
}

void AddMatch(const views::OffenderRecords& records, const views::OffenderRecords::Match& match,
              v1::LookupResult* result) {
  v1::MatchedRecord& out = *result->add_records();
  out.set_record_id(match.record->record_id);
  out.set_publisher(match.record->publisher);
  *out.mutable_facts() = match.record->facts;
  out.set_published_us(absl::ToUnixMicros(match.record->published));
  *out.mutable_signature() = match.signature.ToProto();
  const auto& aftermath = records.AftermathOf(*match.record);
  out.set_agree(aftermath.CountStance(v1::AGREE));
  out.set_disagree(aftermath.CountStance(v1::DISAGREE));
  out.set_disputes(aftermath.UnansweredDisputes());
  out.set_sighted_by(aftermath.sighted_by);
}

}  // namespace

absl::Status Lookup(absl::string_view party, const v1::LookupRequest& request,
                    const SharedState& shared, absl::Time now, v1::LookupResponse* response) {
  const auto count = static_cast<size_t>(request.tokens_size());
  if (count == 0 || count > kMaxLookupTokens) {
    return Invalid("tokens", absl::StrCat("has ", count, " entries; 1 to ", kMaxLookupTokens));
  }
  return shared.Read([&](const views::CoalitionState& state) -> absl::Status {
    for (int i = 0; i < request.tokens_size(); ++i) {
      VERVET_RETURN_IF_ERROR(CheckToken(request.tokens(i), i, state.types));
    }
    for (const v1::LookupToken& asked : request.tokens()) {
      v1::LookupResult* result = response->add_results();
      const auto token = oprf::Token::Decode(oprf::AsBytes(asked.token()));
      for (const auto& match : state.Match(*token, now)) {
        if (MaySeeRecord(state, party, *match.record)) AddMatch(state.records, match, result);
      }
    }
    response->set_position(state.position);
    return absl::OkStatus();
  });
}

}  // namespace vervet::hub
