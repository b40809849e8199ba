// What a platform's vault holds of one person: the answer to a request of that person.
#ifndef VERVET_SUBJECT_H_
#define VERVET_SUBJECT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "vervet/image.h"
#include "vervet/match.h"
#include "vervet/opinion.h"
#include "vervet/remedy.h"
#include "vervet/time_point.h"

namespace vervet {

// A cached token: made of the identifier with the hub's blinded help; neither gives the identifier
// back.
struct HeldToken {
  std::string signature_type;  // "phone", "email", "email_alias", ...
  uint32_t rules_version = 0;
  uint32_t epoch = 0;              // of the VOPRF key
  std::optional<TimePoint> since;  // this machine's clock; empty: by an earlier version of the SDK
  std::vector<std::string> references;
};

// The kept hashes of a picture that was checked.
struct HeldImage {
  ImageHash hash;
  bool variants = false;  // those of the turned and mirrored picture too
  TimePoint since;        // this machine's clock
  TimePoint until;        // when they are forgotten, unless the picture is checked again
};

// What is held of one identifier that was asked about.
struct IdentifierHolding {
  absl::Status status;  // INVALID_ARGUMENT: it has no canonical form, so nothing can be held
  bool cached = false;
};

// A record of somebody else's that a user of this platform matched at some time.
struct PastMatch {
  std::string record_id;
  std::string publisher;  // empty where the record is no longer known here
  std::string subject_reference;
  TimePoint first_matched;  // this machine's clock
  bool in_force = false;    // it still matches
};

struct NotedAction {
  std::string record_id;
  std::string subject_reference;
  std::string action;
  TimePoint when;
};

struct SubjectHoldings {
  std::vector<IdentifierHolding> identifiers;  // in the order in which they were asked about
  std::vector<HeldToken> tokens;
  std::vector<HeldImage> images;
  std::vector<std::string> references;
  // Records in force that carry a token of the person or match a picture, with their provenance,
  // paused ones too; of this platform's own the ids are in own_records.
  std::vector<Match> matches;
  std::vector<PastMatch> matched;
  std::vector<NotedAction> actions;
  std::vector<std::string> own_records;
  std::vector<Objection> objections;
  std::vector<std::string> pending;  // request ids of publications about the person in the outbox

  bool empty() const {
    return tokens.empty() && images.empty() && references.empty() && matches.empty() &&
           matched.empty() && actions.empty() && own_records.empty() && objections.empty() &&
           pending.empty();
  }
};

// What EraseSubject deleted, and what it could not.
struct SubjectErasure {
  uint64_t tokens = 0;
  uint64_t shared_tokens = 0;  // kept, without the person's reference: another user has them too
  uint64_t images = 0;         // whose hashes were kept, of nobody else
  uint64_t references = 0;
  uint64_t matches = 0;  // that were reported or counted
  uint64_t actions = 0;
  uint64_t objections = 0;
  // This platform's own records about the person, still published: for Client::Erase.
  std::vector<std::string> own_records;
};

}  // namespace vervet

#endif  // VERVET_SUBJECT_H_
