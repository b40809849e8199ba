#include "member-sdk/src/engine/outbox/record_rules.h"

#include <unicode/utf8.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/image_limits.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/facts.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::engine {
namespace {

// The public limits are the wire's.
static_assert(kMaxImagesPerRecord == kMaxRecordImages);
static_assert(kMinPublishedImageQuality == kMinImageQuality);
static_assert(kMaxImageRadius == kMaxHashRadius);

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

bool IsUtf8(const std::string& text) {
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c = 0;
    U8_NEXT(text.data(), at, size, c);
    if (c < 0) return false;
  }
  return true;
}

absl::Status CheckDecisionReference(const std::string& reference) {
  VERVET_RETURN_IF_ERROR(CheckText("facts.decision_reference", reference,
                                   kMaxDecisionReferenceBytes,
                                   "give your own number of the case in which a person decided"));
  const bool plain = std::all_of(reference.begin(), reference.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::string_view("._:/-").find(c) != absl::string_view::npos;
  });
  if (plain) return absl::OkStatus();
  return Wrong("facts.decision_reference",
               "letters, digits and . _ : / - only: an opaque case number, never a user's data");
}

absl::Status CheckEnumerations(const RecordFacts& facts) {
  if (facts.certainty < Certainty::kReviewerConfirmed ||
      facts.certainty > Certainty::kEnforcementConfirmed) {
    return Wrong("facts.certainty",
                 absl::StrCat("is ", CertaintyName(facts.certainty),
                              ": nothing is published below reviewer_confirmed; let a person "
                              "confirm the case first"));
  }
  if (facts.activity < OffenceActivity::kOfferForSale ||
      facts.activity > OffenceActivity::kOrganising) {
    return Wrong("facts.activity", "is not one of the named activities");
  }
  if (facts.form < SpecimenForm::kUnspecified || facts.form > SpecimenForm::kPlantOrTimber) {
    return Wrong("facts.form", "is not one of the named forms");
  }
  if (facts.tlp < Tlp::kRed || facts.tlp > Tlp::kGreen) {
    return Wrong("facts.tlp", "is not one of red, amber_strict, amber, green");
  }
  return absl::OkStatus();
}

absl::Status CheckTaxa(const std::vector<std::string>& taxa) {
  if (taxa.empty() || taxa.size() > kMaxTaxaPerRecord) {
    return Wrong("facts.taxa", absl::StrCat("has ", taxa.size(), " names, 1 to ", kMaxTaxaPerRecord,
                                            " are needed, such as \"Loxodonta africana\""));
  }
  for (size_t i = 0; i < taxa.size(); ++i) {
    VERVET_RETURN_IF_ERROR(CheckText(absl::StrCat("facts.taxa[", i, "]"), taxa[i], kMaxTaxonBytes,
                                     "give a scientific name"));
  }
  return absl::OkStatus();
}

absl::Status CheckGroups(const std::vector<std::string>& groups, const CoalitionKnowledge& known) {
  if (groups.empty() || groups.size() > kMaxGroupsPerRecord) {
    return Wrong("facts.groups",
                 absl::StrCat("has ", groups.size(), " sharing groups, 1 to ", kMaxGroupsPerRecord,
                              " are needed; set ClientOptions::default_groups"));
  }
  if (std::set<std::string>(groups.begin(), groups.end()).size() != groups.size()) {
    return Wrong("facts.groups", "names a sharing group twice");
  }
  if (!known.own_groups) return absl::OkStatus();
  for (size_t i = 0; i < groups.size(); ++i) {
    const auto& own = *known.own_groups;
    if (std::find(own.begin(), own.end(), groups[i]) != own.end()) continue;
    return Wrong(absl::StrCat("facts.groups[", i, "]"),
                 absl::StrCat("this member is not in the group \"", groups[i],
                              "\"; it is in: ", own.empty() ? "none" : absl::StrJoin(own, ", ")));
  }
  return absl::OkStatus();
}

absl::Status CheckLifetime(std::optional<std::chrono::seconds> lifetime,
                           const std::vector<vault::OutboxIdentifier>& identifiers, bool has_images,
                           const TypeTable& types) {
  if (!lifetime) return absl::OkStatus();
  if (lifetime->count() < 1) return Wrong("lifetime", "must be at least a second");
  std::set<v1::SignatureType> used;
  for (const vault::OutboxIdentifier& identifier : identifiers) used.insert(identifier.type);
  if (has_images) used.insert(v1::IMAGE_PDQ);
  for (const v1::SignatureType type : used) {
    const auto announced = types.find(type);
    if (announced == types.end() || announced->second.maximum_life <= absl::ZeroDuration())
      continue;
    if (absl::Seconds(lifetime->count()) <= announced->second.maximum_life) continue;
    return Wrong("lifetime", absl::StrCat("is ", lifetime->count(), " s, and a signature of type ",
                                          SignatureTypeName(type), " may live ",
                                          absl::ToInt64Seconds(announced->second.maximum_life),
                                          " s; leave it empty for each type's own maximum"));
  }
  return absl::OkStatus();
}

absl::Status CheckImage(const RecordImage& image, absl::Time now) {
  if (image.hash.quality < kMinPublishedImageQuality) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the picture's quality is ", image.hash.quality, ", and ", kMinPublishedImageQuality,
        " is the least that is published: there is not much on it, so that it would "
        "match pictures that have nothing to do with it; publish others of the case"));
  }
  if (image.hash.quality > ImageHash::kMaxQuality) {
    return absl::InvalidArgumentError(
        absl::StrCat("a quality of ", image.hash.quality, "; it is 100 at most"));
  }
  const auto& bytes = image.hash.bytes;
  if (std::all_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte == 0; })) {
    return absl::InvalidArgumentError(
        "a hash of zeros, as of a picture with nothing on it; publish others of the case");
  }
  if (image.radius && (*image.radius < 0 || *image.radius > kMaxImageRadius)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a radius of ", *image.radius, "; 0 to ", kMaxImageRadius, " bits can be"));
  }
  if (image.expires && absl::FromChrono(*image.expires) <= now) {
    return absl::InvalidArgumentError("expires is over already; give a later time, or none");
  }
  return absl::OkStatus();
}

// Into the request; an image that names no expiry gets its own when it is built.
absl::Status AddImages(const std::vector<RecordImage>& images, absl::Time now,
                       v1::PublishRequest* request) {
  if (images.size() > kMaxImagesPerRecord) {
    return Wrong("images", absl::StrCat("has ", images.size(), " entries, at most ",
                                        kMaxImagesPerRecord, " go into a record: split it"));
  }
  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < images.size(); ++i) {
    const RecordImage& image = images[i];
    const std::string field = absl::StrCat("images[", i, "]");
    const absl::Status status = CheckImage(image, now);
    if (!status.ok()) return Wrong(field, status.message());
    const std::string hash(image.hash.bytes.begin(), image.hash.bytes.end());
    const auto [it, is_new] = seen.emplace(hash, i);
    if (!is_new) {
      return Wrong(field, absl::StrCat("has the hash of images[", it->second, "]; leave one out"));
    }
    v1::ImageSignature* const out = request->add_images();
    out->set_hash(hash);
    out->set_quality(static_cast<uint32_t>(image.hash.quality));
    if (image.radius) out->set_radius(static_cast<uint32_t>(*image.radius));
    if (image.expires) out->set_expires_us(absl::ToUnixMicros(absl::FromChrono(*image.expires)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<vault::OutboxIdentifier>> CanonicalIdentifiers(
    const std::vector<Identifier>& raw, const TypeTable& types) {
  if (raw.size() > kMaxIdentifiers) {
    return Wrong("identifiers",
                 absl::StrCat("has ", raw.size(), " entries, ", kMaxIdentifiers, " at most"));
  }
  std::vector<vault::OutboxIdentifier> identifiers;
  std::set<std::string> seen;
  for (size_t i = 0; i < raw.size(); ++i) {
    auto forms = FormsOf(raw[i], canonical::Strictness::kContribute, types);
    if (!forms.ok()) {
      return Wrong(absl::StrCat("identifiers[", i, "]"), forms.status().message());
    }
    for (Form& form : *forms) {
      const std::string key = absl::StrCat(form.type, "/", form.rules_version, "/", form.text);
      if (!seen.insert(key).second) continue;  // two notations of one identifier are one signature
      identifiers.push_back({form.type, form.rules_version, std::move(form.text)});
    }
  }
  if (identifiers.size() > kMaxSignaturesPerRecord) {
    return Wrong("identifiers",
                 absl::StrCat("give ", identifiers.size(), " signatures, at most ",
                              kMaxSignaturesPerRecord, " go into a record: split it"));
  }
  return identifiers;
}

RecordFacts WithDefaults(RecordFacts facts, const ClientOptions& defaults) {
  if (facts.legal_entity.empty()) facts.legal_entity = defaults.legal_entity;
  if (facts.purpose.empty()) facts.purpose = defaults.purpose;
  if (facts.lawful_basis.empty()) facts.lawful_basis = defaults.lawful_basis;
  if (facts.groups.empty()) facts.groups = defaults.default_groups;
  return facts;
}

}  // namespace

absl::Status CheckText(absl::string_view field, const std::string& value, size_t max_bytes,
                       absl::string_view remedy) {
  // proto3 strings are UTF-8: other bytes would be refused on the wire, without a reason that names
  // the field.
  if (!IsUtf8(value)) return Wrong(field, "is not valid UTF-8");
  if (!value.empty() && value.size() <= max_bytes) return absl::OkStatus();
  return Wrong(field, absl::StrCat("has ", value.size(), " bytes, 1 to ", max_bytes,
                                   " are needed; ", remedy));
}

absl::StatusOr<vault::OutboxEntry> DraftPublication(const OffenderRecord& record,
                                                    const ClientOptions& defaults,
                                                    const CoalitionKnowledge& known,
                                                    std::string request_id) {
  const RecordFacts facts = WithDefaults(record.facts, defaults);
  VERVET_RETURN_IF_ERROR(CheckEnumerations(facts));
  VERVET_RETURN_IF_ERROR(CheckTaxa(facts.taxa));
  VERVET_RETURN_IF_ERROR(CheckText("facts.legal_entity", facts.legal_entity, kMaxFactBytes,
                                   "name who answers for the record, for example \"Example Market "
                                   "Ltd, Dublin\""));
  VERVET_RETURN_IF_ERROR(
      CheckText("facts.purpose", facts.purpose, kMaxFactBytes, "say why it is shared"));
  VERVET_RETURN_IF_ERROR(CheckText("facts.lawful_basis", facts.lawful_basis, kMaxFactBytes,
                                   "name the law, for example \"GDPR Art. 6(1)(f)\""));
  VERVET_RETURN_IF_ERROR(CheckDecisionReference(facts.decision_reference));
  VERVET_RETURN_IF_ERROR(CheckGroups(facts.groups, known));
  if (record.subject_reference.size() > kMaxReferenceBytes) {
    return Wrong("subject_reference", absl::StrCat("has ", record.subject_reference.size(),
                                                   " bytes, at most ", kMaxReferenceBytes));
  }
  vault::OutboxEntry entry;
  VERVET_ASSIGN_OR_RETURN(entry.identifiers, CanonicalIdentifiers(record.identifiers, known.types));
  if (record.identifiers.empty() && record.images.empty()) {
    return Wrong("identifiers",
                 absl::StrCat("has 0 entries, 1 to ", kMaxIdentifiers, " are needed, or an image"));
  }
  VERVET_RETURN_IF_ERROR(
      CheckLifetime(record.lifetime, entry.identifiers, !record.images.empty(), known.types));
  entry.kind = vault::OutboxKind::kPublish;
  entry.state = vault::OutboxState::kDraft;
  if (record.lifetime) entry.lifetime_s = record.lifetime->count();
  entry.subject_reference = record.subject_reference;
  v1::PublishRequest request;
  request.set_request_id(request_id);
  *request.mutable_facts() = ToProto(facts);
  VERVET_RETURN_IF_ERROR(AddImages(record.images, known.now, &request));
  entry.request = request.SerializeAsString();
  entry.request_id = std::move(request_id);
  return entry;
}

absl::StatusOr<vault::OutboxEntry> BuildRetraction(const std::string& record_id,
                                                   const std::string& reason,
                                                   std::string request_id) {
  const std::string id = FromHex(record_id, kRecordIdBytes);
  if (id.empty()) return Wrong("record_id", "is not 32 hexadecimal digits");
  VERVET_RETURN_IF_ERROR(
      CheckText("reason", reason, kMaxReasonBytes, "say why, without data of any person"));
  v1::RetractRequest request;
  request.set_request_id(request_id);
  request.set_record_id(id);
  request.set_reason(reason);
  vault::OutboxEntry entry;
  entry.kind = vault::OutboxKind::kRetract;
  entry.state = vault::OutboxState::kDraft;
  entry.request = request.SerializeAsString();
  entry.request_id = std::move(request_id);
  return entry;
}

}  // namespace vervet::engine
