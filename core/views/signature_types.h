// What the hub last announced of each signature type: key, epoch, rules, longest life.
#ifndef VERVET_CORE_VIEWS_SIGNATURE_TYPES_H_
#define VERVET_CORE_VIEWS_SIGNATURE_TYPES_H_

#include <map>
#include <vector>

#include "absl/time/time.h"
#include "core/log/event.h"

namespace vervet::views {

// Not thread-safe.
class SignatureTypes {
 public:
  struct Announcement {
    v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
    uint32_t epoch = 0;
    std::string public_key;  // 32 bytes
    std::vector<uint32_t> rules_versions;
    absl::Duration maximum_life;
  };

  void Apply(const log::ParsedEvent& event);

  // Null before the type was announced; valid until the next Apply.
  const Announcement* Find(v1::SignatureType type) const;
  const std::map<v1::SignatureType, Announcement>& all() const { return types_; }

 private:
  std::map<v1::SignatureType, Announcement> types_;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_SIGNATURE_TYPES_H_
