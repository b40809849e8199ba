// What became of a record, as the hub knows it.
#ifndef VERVET_RECORD_STATUS_H_
#define VERVET_RECORD_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vervet/opinion.h"
#include "vervet/record.h"
#include "vervet/remedy.h"
#include "vervet/time_point.h"

namespace vervet {

enum class RecordState { kUnknown, kInForce, kPaused, kRetracted, kExpired, kErased };

// "in force", "paused", "retracted", "expired", "erased".
const char* RecordStateName(RecordState state);

// One member that had the record when it was retracted or erased.
struct MemberRemedy {
  std::string party;
  std::string party_name;
  bool applied = false;                  // it has durably applied the end, as it said
  std::optional<TimePoint> applied_at;   // empty: not, or before the hub's last start
  std::optional<RemedyOutcome> outcome;  // empty: it has not said
  uint32_t subjects = 0;                 // its users who had matched
  std::optional<TimePoint> acknowledged;
  bool late = false;  // the deadline has passed without an acknowledgement
};

// All times by the hub's clock.
struct RecordStatus {
  std::string record_id;
  std::string publisher;
  RecordState state = RecordState::kUnknown;
  std::optional<RecordFacts> facts;  // empty once erased
  uint64_t sequence = 0;             // of the publication
  std::optional<TimePoint> published;
  std::optional<TimePoint> expires;  // the last of its signatures
  std::optional<TimePoint> ended;
  uint64_t ended_sequence = 0;
  std::string end_reason;
  std::optional<TimePoint> remedy_due;
  std::vector<Opinion> opinions;
  uint32_t unanswered_disputes = 0;
  std::optional<TimePoint> answer_due;  // the earliest of them
  std::string last_answer;
  std::optional<TimePoint> last_answered;
  uint32_t sighted_by = 0;  // members, as last counted
  uint64_t sighted_subjects = 0;
  std::vector<MemberRemedy> remedies;  // for its publisher alone
};

}  // namespace vervet

#endif  // VERVET_RECORD_STATUS_H_
