// What a check or a sync says of a person: evidence with provenance, never a verdict. A human
// confirms before an account is touched.
#ifndef VERVET_MATCH_H_
#define VERVET_MATCH_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "vervet/identifier.h"
#include "vervet/record.h"

namespace vervet {

using TimePoint = std::chrono::system_clock::time_point;

// One record that carries a signature of the identifier.
struct Match {
  std::string record_id;       // 32 hex digits
  std::string publisher;       // "member/market": "acted on by member/market"
  std::string publisher_name;  // its display name
  bool own = false;            // published by this member itself
  RecordFacts facts;           // offence, taxa, certainty, TLP, legal entity, ..., sharing groups
  std::string
      signature_type;  // what matched: "phone", "email", "email_alias" (weaker than "email"), ...
  TimePoint published;
  TimePoint expires;  // of this signature
};

enum class CheckOutcome {
  kMatch,
  kNoMatch,
  kRefused,   // no canonical form: `status` says why and what would be right
  kNotKnown,  // could not be evaluated: never seen before, and local_only or the hub out of reach;
              // `status` says which
};

struct CheckResult {
  CheckOutcome outcome = CheckOutcome::kNotKnown;
  // Why it was refused or is not known. With kMatch or kNoMatch: OK, or why the answer could not be
  // kept in the vault (disk full, ...), so that a later record will not be reported for it.
  absl::Status status;
  std::vector<Match> matches;  // newest first
  bool evaluated_now = false;  // the hub was asked (blinded); false: answered from the vault alone
};

// Told without asking: a record arrived, or began to match again, that matches somebody checked
// before.
struct MatchEvent {
  Match match;
  std::vector<std::string> subject_references;  // the platform's own, as given to Check
  TimePoint noticed;
};

// The match of an earlier MatchEvent or Check is gone.
struct MatchEndedEvent {
  std::string record_id;
  std::string publisher;
  // "retracted", "expired", "publisher suspended", or "no longer shared with this member" (a group
  // was left).
  std::string reason;
  std::vector<std::string> subject_references;
};

}  // namespace vervet

#endif  // VERVET_MATCH_H_
