#include "core/views/signature_types.h"

namespace vervet::views {

void SignatureTypes::Apply(const log::ParsedEvent& event) {
  if (event.body.body_case() != v1::EventBody::kSignatureTypeAnnounced) return;
  const auto& announced = event.body.signature_type_announced();
  Announcement& entry = types_[announced.type()];
  entry.type = announced.type();
  entry.epoch = announced.epoch();
  entry.public_key = announced.public_key();
  entry.rules_versions = {announced.rules_versions().begin(), announced.rules_versions().end()};
  entry.maximum_life = absl::Seconds(announced.maximum_life_s());
}

const SignatureTypes::Announcement* SignatureTypes::Find(v1::SignatureType type) const {
  const auto it = types_.find(type);
  return it == types_.end() ? nullptr : &it->second;
}

}  // namespace vervet::views
