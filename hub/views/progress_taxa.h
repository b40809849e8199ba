// How many records were published of each taxon, by day. A record of several taxa counts for each;
// one that has expired or was retracted still counts, an erased one no longer: what it was about is
// gone with it.
#ifndef VERVET_HUB_VIEWS_PROGRESS_TAXA_H_
#define VERVET_HUB_VIEWS_PROGRESS_TAXA_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "core/log/event.h"
#include "core/views/offender_records.h"

namespace vervet::hub {

// Not thread-safe; const methods may run side by side.
class ProgressTaxa {
 public:
  using Days = std::map<int32_t, uint64_t>;  // since 1970, UTC

  // `records` as they were before the event.
  void Apply(const log::ParsedEvent& event, const views::OffenderRecords& records);

  const absl::flat_hash_map<std::string, Days>& published() const { return published_; }

 private:
  void Forget(const std::string& taxon, int32_t day);

  absl::flat_hash_map<std::string, Days> published_;
};

}  // namespace vervet::hub

#endif  // VERVET_HUB_VIEWS_PROGRESS_TAXA_H_
