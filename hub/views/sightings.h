// Who met whose record: for the counts that everybody gets and the figures of displacement.
#ifndef VERVET_HUB_VIEWS_SIGHTINGS_H_
#define VERVET_HUB_VIEWS_SIGHTINGS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/event.h"

namespace vervet::hub {

// Not thread-safe.
class Sightings {
 public:
  struct OfMember {
    uint32_t subjects = 0;     // as the member last said
    absl::Time first_matched;  // the earliest that it said
  };
  struct Count {
    uint32_t members = 0;
    uint64_t subjects = 0;
    bool operator==(const Count& other) const {
      return members == other.members && subjects == other.subjects;
    }
  };

  void Apply(const log::ParsedEvent& event);

  // By party; empty where nobody met the record.
  const std::map<std::string, OfMember>& Of(absl::string_view record_id) const;
  Count CountOf(absl::string_view record_id) const;
  // Calls visit(record id, members by party) for each record that anybody met.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (const auto& [id, record] : records_) visit(id, record.members);
  }
  // Records whose count was not announced yet (SightingsCounted); at most `limit`.
  std::vector<std::string> Unannounced(size_t limit) const;

 private:
  struct Record {
    std::map<std::string, OfMember> members;
    Count announced;
  };
  std::map<std::string, Record, std::less<>> records_;
  // Kept apart, so that finding what to announce does not walk all records.
  std::set<std::string, std::less<>> unannounced_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_SIGHTINGS_H_
