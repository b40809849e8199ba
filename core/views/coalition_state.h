// Everything that hub and members fold from the log with the same code.
#ifndef VERVET_CORE_VIEWS_COALITION_STATE_H_
#define VERVET_CORE_VIEWS_COALITION_STATE_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/index/hamming_index.h"
#include "core/log/event.h"
#include "core/views/definition_history.h"
#include "core/views/negative_list.h"
#include "core/views/offender_records.h"
#include "core/views/roster.h"
#include "core/views/signature_types.h"

namespace vervet::views {

// Two parties that apply the same events have equal state. Not thread-safe.
struct CoalitionState {
  Roster roster;
  SignatureTypes types;
  OffenderRecords records;
  NegativeList harmless;
  DefinitionHistory definitions;
  uint64_t position = 0;                     // sequence of the last event applied
  absl::Time last_time = absl::UnixEpoch();  // its time: the log's clock never goes back

  void Apply(const log::ParsedEvent& event);

  // Members of the record's sharing groups, suspended ones too (what they had, they have), its
  // publisher not counted, by name. A member knows the members of its own groups only.
  std::vector<std::string> HoldersOf(const OffenderRecords::Record& record) const;

  // Live, unexpired matches whose publisher is not suspended.
  std::vector<OffenderRecords::Match> Match(const oprf::Token& token, absl::Time now) const;

  struct ImageMatch {
    RecordPtr record;
    ImageSignature image;  // the nearest of the record's that matches
    int distance = 0;      // in bits
  };
  // Which of the candidates the picture matches, once each, the nearest first, then the newest. The
  // candidates are handles that an index of images has found; they may repeat, and may have ended
  // since. Within `radius` and the image's own; live, unexpired, not paused, the publisher not
  // suspended; and neither the picture nor the record's image harmless.
  std::vector<ImageMatch> MatchImages(const index::Hash256& hash,
                                      absl::Span<const index::RecordHandle> candidates, int radius,
                                      absl::Time now) const;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_COALITION_STATE_H_
