// What members think of each other's records, and what becomes of a person's objection.
#ifndef VERVET_OPINION_H_
#define VERVET_OPINION_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "vervet/time_point.h"

namespace vervet {

enum class Stance {
  kAgree = 1,
  kDisagree,
  kDispute,  // asks the publisher to withdraw it; the publisher has a deadline to answer
};

// "agree", "disagree", "dispute": as in commands and JSON.
const char* StanceName(Stance stance);
std::optional<Stance> ParseStance(const std::string& name);

// The newest opinion of one member; it replaced that member's earlier ones.
struct Opinion {
  std::string party;       // "member/social"
  std::string party_name;  // its display name; empty where this member does not know it
  Stance stance = Stance::kAgree;
  std::string reason;
  bool for_subject = false;  // a dispute that carries a person's objection
  TimePoint given;           // hub's clock
  bool answered = false;     // of a dispute: its publisher has answered, and keeps the record
  TimePoint answer_due;      // of a dispute: until when the publisher is to answer; hub's clock
};

// Another member gave an opinion on a record of this one's, or on one that matched this one's
// users.
struct OpinionEvent {
  std::string record_id;  // 32 hex digits
  std::string publisher;
  bool own = false;  // this member's own record: a dispute waits for its answer
  Opinion opinion;
};

enum class ObjectionState {
  kOpen,            // carried to the publisher, who has until answer_due
  kWithdrawn,       // the publisher retracted the record
  kErased,          // the record was erased
  kKept,            // the publisher answered and keeps the record; `answer` says why
  kDeadlinePassed,  // no answer in time: tell a coordinator; a late answer is still told
  kExpired,         // the record expired before an answer came
  kTakenBack,       // this member gave another opinion since
  kNoLongerShared,  // this member has left the record's sharing groups
  kRefused,         // the hub refused it; `answer` is its reason
};

// "open", "withdrawn", "erased", "kept", "deadline passed", ...
const char* ObjectionStateName(ObjectionState state);

// A person's objection that this platform carried to a record's publisher.
struct Objection {
  std::string record_id;
  std::string publisher;                // empty where the record is no longer known here
  std::string subject_reference;        // the platform's own
  std::string request_id;               // of the ticket
  TimePoint filed;                      // this machine's clock
  std::optional<TimePoint> answer_due;  // hub's clock; empty until the hub has it
  ObjectionState state = ObjectionState::kOpen;
  std::optional<TimePoint> decided;  // of the outcome, where there is one
  std::string answer;
};

}  // namespace vervet

#endif  // VERVET_OPINION_H_
