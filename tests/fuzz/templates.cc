#include "tests/fuzz/templates.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/oprf/hash.h"
#include "core/oprf/token.h"
#include "tests/fuzz/check.h"
#include "vervet/v1/audit.pb.h"
#include "vervet/v1/budgets.pb.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/negative_list.pb.h"
#include "vervet/v1/records.pb.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::fuzz {
namespace {

namespace pb = google::protobuf;

constexpr v1::SignatureType kTypes[] = {v1::PHONE, v1::EMAIL, v1::URL};

template <typename List>
auto PickOr(Input& in, const List& list, typename List::value_type otherwise) {
  return list.empty() ? otherwise : list[in.Below(static_cast<uint32_t>(list.size()))];
}

class Maker {
 public:
  Maker(Input& in, const std::string& caller, const Known& known, FuzzHub& hub)
      : in_(in), caller_(caller), known_(known), hub_(hub) {}

  // Fields by their names: they mean the same in every message.
  void Fill(pb::Message* message) {
    const pb::Descriptor& descriptor = *message->GetDescriptor();
    const pb::Reflection& reflection = *message->GetReflection();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const pb::FieldDescriptor& field = *descriptor.field(i);
      if (field.is_repeated()) {
        FillRepeated(field, message);
      } else if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) {
        Fill(reflection.MutableMessage(message, &field));
      } else {
        FillOne(field, message);
      }
    }
  }

 private:
  void FillRepeated(const pb::FieldDescriptor& field, pb::Message* message) {
    const pb::Reflection& reflection = *message->GetReflection();
    const std::string& name = field.name();
    if (name == "images" && in_.Flag()) return;
    if (name == "signatures" || name == "images" || name == "batches" || name == "tokens") {
      for (uint32_t count = 1 + in_.Below(2); count > 0; --count) {
        Fill(reflection.AddMessage(message, &field));
      }
    } else if (name == "contributions" || name == "samples" || name == "subsets") {
      for (uint32_t count = 1 + in_.Below(3); count > 0; --count) {
        Fill(reflection.AddMessage(message, &field));
      }
    } else if (name == "kinds") {
      for (uint32_t count = 1 + in_.Below(3); count > 0; --count) {
        reflection.AddEnumValue(message, &field, 1 + static_cast<int>(in_.Below(17)));
      }
    } else if (name == "taxa") {
      reflection.AddString(message, &field, "Pangolin");
    } else if (name == "groups") {
      reflection.AddString(message, &field, Groups()[in_.Below(2)]);
    } else if (name == "permitted_regions") {
      reflection.AddString(message, &field, kHubRegion);
      if (in_.Flag()) reflection.AddString(message, &field, "KH");
    }
  }

  void FillOne(const pb::FieldDescriptor& field, pb::Message* message) {
    const pb::Reflection& reflection = *message->GetReflection();
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_STRING:
        if (field.containing_oneof() != nullptr && in_.Flag()) return;
        return reflection.SetString(message, &field, TextOf(field, message));
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        return reflection.SetEnumValue(message, &field, EnumOf(field));
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return reflection.SetBool(message, &field, in_.Below(8) == 1);
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        return reflection.SetUInt32(message, &field, static_cast<uint32_t>(NumberOf(field)));
      case pb::FieldDescriptor::CPPTYPE_UINT64:
        return reflection.SetUInt64(message, &field, NumberOf(field));
      case pb::FieldDescriptor::CPPTYPE_INT64:
        return reflection.SetInt64(message, &field, TimeOf(field));
      case pb::FieldDescriptor::CPPTYPE_INT32:  // days
        return reflection.SetInt32(message, &field,
                                   field.name() == "begin"
                                       ? 31 * static_cast<int>(in_.Below(4))
                                       : 31 + 28 * static_cast<int>(in_.Below(4)));
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        return reflection.SetDouble(message, &field, in_.Below(4) * 0.5);
      default:
        return;
    }
  }

  std::string TextOf(const pb::FieldDescriptor& field, const pb::Message* message) {
    const std::string& name = field.name();
    if (name == "request_id") return RequestId();
    if (name == "record_id") return PickOr(in_, known_.record_ids, std::string(16, '\1'));
    if (name == "after_record_id") return in_.Flag() ? std::string() : std::string(16, '\1');
    if (name == "element") return in_.Pick(Ground::Get().elements());
    if (name == "blinded") return Blinded();
    if (name == "token") return TokenOf(message);
    if (name == "hash") return in_.Pick(ImageHashes());
    if (name == "after_hash") return in_.Flag() ? std::string() : in_.Pick(ImageHashes());
    if (name == "party") return in_.Below(4) == 0 ? caller_ : in_.Pick(Callers());
    if (name == "group") return in_.Pick(Groups());
    if (name == "region") return in_.Flag() ? "IE" : "KH";
    if (name == "unit") return "unit";
    if (name == "member") return in_.Flag() ? std::string() : in_.Pick(Callers());
    if (name == "independent_surveyor" || name == "sharing_group") return std::string();
    for (const char* word : {"surface", "taxon_group", "language", "platform_class", "action",
                             "detected_by", "team", "panel"}) {
      if (name == word) return in_.Below(4) == 0 ? std::string() : std::string("word");
    }
    if (name == "decision_reference") return absl::StrCat("case-", in_.Below(4));
    return absl::StrCat("because ", in_.Below(3));
  }

  // Now and then one that was used before, by whomever.
  std::string RequestId() { return std::string(15, 'r') + static_cast<char>(in_.Below(200)); }

  std::string Blinded() {
    std::string packed;
    for (uint32_t count = 1 + in_.Below(3); count > 0; --count) {
      packed += in_.Pick(Ground::Get().elements());
    }
    return packed;
  }

  std::string TokenOf(const pb::Message* message) {
    const auto* asked = pb::DynamicCastToGenerated<v1::LookupToken>(message);
    const auto element = oprf::Element::Decode(oprf::AsBytes(in_.Pick(Ground::Get().elements())));
    const oprf::Token token =
        oprf::DeriveToken(asked == nullptr ? v1::PHONE : asked->type(), 1, *element);
    return std::string(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
  }

  int EnumOf(const pb::FieldDescriptor& field) {
    const std::string& name = field.name();
    if (name == "type") return kTypes[in_.Below(3)];
    if (name == "certainty") return v1::REVIEWER_CONFIRMED;
    const int count = field.enum_type()->value_count();
    const bool from_zero = name == "need";
    return from_zero ? static_cast<int>(in_.Below(static_cast<uint32_t>(count)))
                     : 1 + static_cast<int>(in_.Below(static_cast<uint32_t>(count - 1)));
  }

  uint64_t NumberOf(const pb::FieldDescriptor& field) {
    const std::string& name = field.name();
    const uint64_t size = hub_.log().Position().size;
    if (name == "epoch" || name == "rules_version" || name == "definition_version") return 1;
    if (name == "revision") return 1 + in_.Below(3);
    if (name == "version" || name == "after_version") return in_.Below(2);
    if (name == "quality") return 50 + in_.Below(51);
    if (name == "radius") return in_.Below(32);
    if (name == "subjects" || name == "own_users") return in_.Below(3);
    if (name == "evaluations") return 1 + in_.Below(9);
    if (name == "ended_sequence") return PickOr(in_, known_.ended, 1);
    if (name == "alert_sequence") return PickOr(in_, known_.alerts, 1);
    if (name == "new_size" || name == "size") return in_.Flag() ? 0 : size;
    return 1 + in_.Below(static_cast<uint32_t>(std::min<uint64_t>(size, 200)));
  }

  int64_t TimeOf(const pb::FieldDescriptor& field) {
    for (const char* count :
         {"sampled", "positives", "reviewed_again", "confirmed", "found", "missed"}) {
      if (field.name() == count) return in_.Below(4);
    }
    const absl::Duration away = absl::Hours(24) * (1 + in_.Below(29));
    const bool past = field.name() == "first_matched_us";
    return absl::ToUnixMicros(past ? known_.now - away : known_.now + away);
  }

  Input& in_;
  const std::string& caller_;
  const Known& known_;
  FuzzHub& hub_;
};

}  // namespace

const std::vector<std::string>& Callers() {
  static const auto* const callers = new std::vector<std::string>{
      "member/market", "member/social",  "member/search", "coordinator/anna", "coordinator/ben",
      "auditor/eyes",  "expert/zoology", "agency/police", "member/stranger",  "expert/botany"};
  return *callers;
}

const std::vector<std::string>& Groups() {
  static const auto* const groups = new std::vector<std::string>{"coalition", "desk", "others"};
  return *groups;
}

const std::vector<std::string>& ImageHashes() {
  static const auto* const hashes = new std::vector<std::string>{
      std::string(32, '\x11'), std::string(32, '\x62'), std::string(32, '\xa7'),
      std::string(32, '\x5c'), std::string(32, '\xf0'), std::string(31, '\xf0') + '\xf1'};
  return *hashes;
}

std::unique_ptr<pb::Message> MakeRequest(Input& in, const Method& method, const std::string& caller,
                                         const Known& known, FuzzHub& hub) {
  std::unique_ptr<pb::Message> request(
      pb::MessageFactory::generated_factory()->GetPrototype(method.request)->New());
  Maker(in, caller, known, hub).Fill(request.get());
  return request;
}

Palette PaletteOf(const Known& known) {
  Palette palette;
  palette.texts = {"coalition", "desk",          "IE",       "KH",
                   "case/1",    "a reason",      "",         " ",
                   "\t",        "member/market", "hub/main", "coordinator/anna",
                   "\xC2\x9B",  "\xE2\x80\xAE"};
  palette.bytes = Ground::Get().elements();
  palette.bytes.resize(3);
  palette.bytes.insert(palette.bytes.end(), known.record_ids.begin(), known.record_ids.end());
  palette.bytes.insert(palette.bytes.end(), ImageHashes().begin(), ImageHashes().end());
  palette.bytes.push_back(std::string(32, '\0'));    // the identity element, a picture of nothing
  palette.bytes.push_back(std::string(32, '\xff'));  // no element
  palette.numbers = {0,
                     1,
                     2,
                     31,
                     32,
                     49,
                     101,
                     1'000,
                     1'001,
                     1'024,
                     1'025,
                     1'000'000,
                     1'000'001,
                     static_cast<uint64_t>(absl::ToUnixMicros(known.now)),
                     ~uint64_t{0},
                     uint64_t{1} << 63};
  return palette;
}

}  // namespace vervet::fuzz
