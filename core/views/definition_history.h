// What contributions to the progress figures are counted under: every version that was announced.
#ifndef VERVET_CORE_VIEWS_DEFINITION_HISTORY_H_
#define VERVET_CORE_VIEWS_DEFINITION_HISTORY_H_

#include <cstdint>
#include <map>
#include <memory>

#include "core/log/event.h"

namespace vervet::views {

using DefinitionsPtr = std::shared_ptr<const v1::Definitions>;

// Not thread-safe; what it gives away never changes.
class DefinitionHistory {
 public:
  void Apply(const log::ParsedEvent& event) {
    if (!event.body.has_progress_defined()) return;
    const v1::Definitions& definitions = event.body.progress_defined().definitions();
    versions_[definitions.version()] = std::make_shared<const v1::Definitions>(definitions);
  }

  // Null before the first.
  DefinitionsPtr newest() const { return versions_.empty() ? nullptr : versions_.rbegin()->second; }
  // Null where there is no such version.
  DefinitionsPtr Find(uint32_t version) const {
    const auto found = versions_.find(version);
    return found == versions_.end() ? nullptr : found->second;
  }

 private:
  std::map<uint32_t, DefinitionsPtr> versions_;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_DEFINITION_HISTORY_H_
