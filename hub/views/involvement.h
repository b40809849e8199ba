// How many events each party has caused about another's record.
#ifndef VERVET_HUB_VIEWS_INVOLVEMENT_H_
#define VERVET_HUB_VIEWS_INVOLVEMENT_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "core/log/event.h"

namespace vervet::hub {

// Opinions and sightings replace one another in every view, and yet each stays in the log: this is
// what a limit for one party counts. Not thread-safe.
class Involvement {
 public:
  void Apply(const log::ParsedEvent& event);

  // Opinions, sightings, acknowledgements and quarantined images by the party; 0 where there is
  // none, and once the record is erased.
  size_t EventsOf(absl::string_view party, absl::string_view record_id) const;

 private:
  void Count(const std::string& record_id, const std::string& party) {
    ++records_[record_id][party];
  }

  std::map<std::string, std::map<std::string, size_t, std::less<>>, std::less<>> records_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_INVOLVEMENT_H_
