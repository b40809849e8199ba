// What a check or a sync says of a person: evidence with provenance, never a verdict. A human
// confirms before an account is touched.
#ifndef VERVET_MATCH_H_
#define VERVET_MATCH_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "vervet/identifier.h"
#include "vervet/image.h"
#include "vervet/opinion.h"
#include "vervet/record.h"
#include "vervet/remedy.h"
#include "vervet/time_point.h"

namespace vervet {

// One record that carries a signature of the identifier, or a picture like the platform's.
struct Match {
  std::string record_id;       // 32 hex digits
  std::string publisher;       // "member/market": "acted on by member/market"
  std::string publisher_name;  // its display name
  bool own = false;            // published by this member itself
  RecordFacts facts;           // offence, taxa, certainty, TLP, legal entity, ..., sharing groups
  std::string signature_type;  // what matched: "phone", "email", "email_alias" (weaker than
                               // "email"), ..., "image_pdq"
  TimePoint published;
  TimePoint expires;  // of this signature
  // Of a match by a picture (signature_type "image_pdq"): which of the record's, and how near.
  std::optional<ImageEvidence> image;
  // What other members think of the record and how many met it, as far as the log was synced.
  uint32_t agree = 0;
  uint32_t disagree = 0;
  uint32_t disputes = 0;    // that wait for the publisher's answer
  uint32_t sighted_by = 0;  // members whose users matched it, as last counted
  std::vector<Opinion> opinions;
  // Disputed by too many: no check and no on_match shows such a record, Client::ShowSubject does.
  bool paused = false;
};

enum class CheckOutcome {
  kMatch,
  kNoMatch,
  kRefused,   // no canonical form: `status` says why and what would be right
  kNotKnown,  // could not be evaluated: never seen before, and local_only, the hub out of reach or
              // the member's budget of evaluations spent;
              // `status` says which
};

struct CheckResult {
  CheckOutcome outcome = CheckOutcome::kNotKnown;
  // Why it was refused or is not known. With kMatch or kNoMatch: OK, or why the answer could not be
  // kept in the vault (disk full, ...), so that a later record will not be reported for it.
  absl::Status status;
  // With kNotKnown, where the hub refused for now (a budget is spent, a queue is full): it is not
  // asked about identifiers of this type again before. 0: at any time.
  std::chrono::milliseconds retry_after{0};
  std::vector<Match> matches;  // newest first
  bool evaluated_now = false;  // the hub was asked (blinded); false: answered from the vault alone
};

// Told without asking: a record arrived, or began to match again, that matches somebody checked
// before.
struct MatchEvent {
  Match match;
  std::vector<std::string> subject_references;  // the platform's own, as given to Check
  TimePoint noticed;
  // Of those among the references whose picture matched (Client::CheckImages): by which of the
  // record's, the nearest.
  struct ByImage {
    std::string subject_reference;
    ImageEvidence image;
  };
  std::vector<ByImage> images = {};
};

// The match of an earlier MatchEvent or Check is gone. After a retraction or an erasure it comes
// also where the match had ended before, so that whoever was matched by the record is named.
struct MatchEndedEvent {
  std::string record_id;
  std::string publisher;
  // "retracted", "erased", "expired", "paused by disputes" (on_match comes again when it is over),
  // "publisher suspended", "harmless image" (two experts marked it), or "no longer shared with this
  // member" (a group was left).
  std::string reason;
  std::vector<std::string> subject_references;
  // Of a retraction or an erasure: who had matched the record, what Client::NoteAction noted, and
  // until when (hub's clock) Client::AcknowledgeRemedy is expected. Empty or 0 otherwise.
  std::vector<AffectedSubject> affected = {};
  TimePoint remedy_due = {};
  uint64_t ended_sequence = 0;
  std::string detail = {};  // of a retraction: its publisher's words
};

}  // namespace vervet

#endif  // VERVET_MATCH_H_
