// What is owed to a platform's users after a record that they matched was retracted or erased.
#ifndef VERVET_REMEDY_H_
#define VERVET_REMEDY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "vervet/image.h"
#include "vervet/time_point.h"

namespace vervet {

// What the platform did about its users. The hub, the publisher and the coordinators learn the
// outcome and a number, never who.
enum class RemedyOutcome {
  kReversed = 1,       // what was done to them because of the record was undone
  kKeptOnOwnEvidence,  // it stands, on evidence of the platform's own
  kNone,               // nobody had matched, or nothing had been done
};

enum class ErasureGround {
  kWithdrawn = 1,  // by its publisher
  kSubjectRight,   // a person asked for it and had the right to
  kCourtOrder,     // a court or an authority ordered it
};

// "reversed", "kept", "none"; "withdrawn", "subject-right", "court-order".
const char* RemedyOutcomeName(RemedyOutcome outcome);
std::optional<RemedyOutcome> ParseRemedyOutcome(const std::string& name);
const char* ErasureGroundName(ErasureGround ground);
std::optional<ErasureGround> ParseErasureGround(const std::string& name);

// One user of the platform who had matched a record, or one action that Client::NoteAction noted:
// a user with two actions comes twice. This machine's clock.
struct AffectedSubject {
  std::string subject_reference;
  std::string action;  // empty: none was noted
  TimePoint when;      // of the action; without one, of the first match
  // Where a picture of theirs matched, by which of the record's; empty: an identifier did, or an
  // action was noted without a match.
  std::optional<ImageEvidence> image = {};
};

// A record that ended while users of this platform had matched it, and what was done is not said
// yet.
struct OpenRemedy {
  std::string record_id;
  std::string publisher;
  std::string reason;  // "retracted" or "erased"
  std::string detail;  // the publisher's own words; empty for an erased record
  TimePoint ended;     // hub's clock
  TimePoint due;       // until when to acknowledge; hub's clock
  uint64_t ended_sequence = 0;
  std::vector<AffectedSubject> affected;
  absl::Status refusal;  // of the last acknowledgement, where the hub refused it
};

}  // namespace vervet

#endif  // VERVET_REMEDY_H_
