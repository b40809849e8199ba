// The member SDK: check users against the coalition's records, publish confirmed offenders, and be
// told of matches, while every raw identifier stays in this process.
//
//   vervet::ClientOptions options = ...;
//   options.on_match = [](const vervet::MatchEvent& event) { queue_for_review(event); };
//   auto client = vervet::Client::Open(std::move(options));
//   if (!client.ok()) return client.status();
//   vervet::Subject subject{"user-42", {{vervet::IdentifierType::kPhone, "020 7946 0018", "GB"}}};
//   auto answer = (*client)->Check(subject);
//   if (answer.ok() && answer->matched()) queue_for_review(*answer);
#ifndef VERVET_CLIENT_H_
#define VERVET_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "vervet/image_check.h"
#include "vervet/match.h"
#include "vervet/opinion.h"
#include "vervet/options.h"
#include "vervet/progress.h"
#include "vervet/progress_planning.h"
#include "vervet/record.h"
#include "vervet/record_status.h"
#include "vervet/remedy.h"
#include "vervet/subject.h"

namespace vervet {

// Somebody to check: the platform's own opaque reference, and what the platform knows of that
// person.
struct Subject {
  std::string reference;  // comes back in MatchEvent; 1-256 bytes, or empty for a check that is not
                          // remembered
  std::vector<Identifier> identifiers;
};

struct SubjectResult {
  std::vector<CheckResult> results;  // one an identifier, in the subject's order
  bool matched() const {
    for (const CheckResult& result : results) {
      if (result.outcome == CheckOutcome::kMatch) return true;
    }
    return false;
  }
};

// What Publish, Retract, Opine, ... left in the outbox.
struct Ticket {
  std::string request_id;  // 32 hex digits; identifies it for ever, also at the hub
};

enum class DeliveryState {
  kPending,    // in the outbox, will be sent
  kDelivered,  // the hub has it, durably
  kRefused,    // the hub or the SDK refused it for good: `status` says why; nothing is published
};

struct Delivery {
  DeliveryState state = DeliveryState::kPending;
  absl::Status status;
  std::string record_id;  // 32 hex digits, once delivered
  uint64_t sequence = 0;  // of the event, once delivered
  // Of a dispute, once delivered: until when the publisher is to answer (hub's clock).
  std::optional<TimePoint> answer_due;
  // Retries so far and the last reason, while pending.
  int attempts = 0;
};

// Contributions that are on their way, or were refused in the last 30 days.
struct QueuedContributions {
  std::string request_id;
  Delivery delivery;
  // While pending: how many of each, and over which days.
  uint32_t activities = 0;
  uint32_t surveys = 0;
  uint32_t teams = 0;
  DayRange days;
};

struct SyncState {
  bool connected = false;  // a Sync stream is open
  bool caught_up = false;  // everything of the last signed head that arrived is applied
  uint64_t position = 0;   // last sequence number durably applied
  uint64_t hub_size = 0;   // size of the last verified signed head
  std::string root;        // 64 hex digits: of the member's own tree at `position`
  std::string last_error;  // why it is not connected, for people
  // A file beside the vault that names two heads of the hub's log, where it was not the log that
  // this member had followed: for the coordinators, who verify it with `vervet log check-report`.
  // Empty: there is none. Delete the file once they have it.
  std::string log_report;
  uint64_t live_records = 0;
  uint64_t live_signatures = 0;
  uint64_t live_images = 0;
  uint64_t cached_tokens = 0;
  uint64_t kept_image_hashes = 0;   // of checked pictures
  uint64_t quarantined_images = 0;  // pictures of records that are set aside
  uint64_t outbox_pending = 0;
  uint64_t outbox_refused = 0;
  std::vector<std::string> groups;  // of this member
};

// Thread-safe. Owns its threads, its vault and its connection; destroying it stops them.
class Client {
 public:
  // Opens (or creates) the vault, checks certificate and key, and starts to sync in the background.
  // Works without the hub: checks are answered from the vault, publications wait in the outbox.
  // Errors: INVALID_ARGUMENT (an option), FAILED_PRECONDITION (key file, vault in use, vault of a
  // newer version, certificate), DATA_LOSS (damaged vault).
  static absl::StatusOr<std::unique_ptr<Client>> Open(ClientOptions options);

  virtual ~Client() = default;

  // Answers from the vault where it has seen the identifier, and evaluates all others in one
  // batched, blinded call. A status that is not OK means that nothing could be answered at all;
  // trouble with one identifier is in its result.
  virtual absl::StatusOr<SubjectResult> Check(const Subject& subject,
                                              const CheckOptions& options = {}) = 0;
  // The same for many, in as few calls as the limits allow. One result a subject, in order.
  virtual absl::StatusOr<std::vector<SubjectResult>> CheckBatch(
      const std::vector<Subject>& subjects, const CheckOptions& options = {}) = 0;

  // Pictures, each answered from memory: the hub is never asked about one. One result an image, in
  // order; trouble with one image is in its result. INVALID_ARGUMENT, and nothing was checked: the
  // radius; a reference that is too long; images[i] with both bytes and hashes.
  virtual absl::StatusOr<std::vector<ImageCheckResult>> CheckImages(
      const std::vector<ImageToCheck>& images, const ImageCheckOptions& options = {}) = 0;
  absl::StatusOr<ImageCheckResult> CheckImage(const ImageToCheck& image,
                                              const ImageCheckOptions& options = {}) {
    absl::StatusOr<std::vector<ImageCheckResult>> results = CheckImages({image}, options);
    if (!results.ok()) return results.status();
    return std::move(results->front());
  }

  // Pictures of records that are set aside because they suddenly matched so much, the oldest first.
  virtual absl::StatusOr<std::vector<ImageQuarantine>> Quarantines() = 0;
  // A person has looked at it: the picture matches again, what was set aside and is still
  // remembered is reported by on_match, and it is not set aside again for 30 days. NOT_FOUND: it is
  // not set aside.
  virtual absl::Status ReleaseQuarantine(const std::string& record_id, const ImageHash& hash) = 0;

  // When this returns OK, the record is in the outbox on disk and will reach the hub, whatever
  // crashes. INVALID_ARGUMENT: a field, with the remedy; or identifiers[i] without a canonical
  // form. Nothing is stored then.
  virtual absl::StatusOr<Ticket> Publish(const OffenderRecord& record) = 0;
  // The same for many, in one durable write: for imports, where a disk flush for each record would
  // take most of the time. One result a record, in order; a refused one holds back none of the
  // others. A status that is not OK: nothing was stored.
  virtual absl::StatusOr<std::vector<absl::StatusOr<Ticket>>> PublishBatch(
      const std::vector<OffenderRecord>& records) = 0;
  // Withdraws a record of this member. `reason` holds no data of any person.
  virtual absl::StatusOr<Ticket> Retract(const std::string& record_id,
                                         const std::string& reason) = 0;

  // What this platform thinks of another's record; replaces its earlier opinion. `reason`: 1-512
  // bytes without data of any person; may be empty with kAgree. A record that too many dispute
  // pauses. As Publish: durable when this returns OK. INVALID_ARGUMENT: a field.
  // FAILED_PRECONDITION: this member's own record. The hub's refusal (no such record, it has
  // ended) is in Delivery.
  virtual absl::StatusOr<Ticket> Opine(const std::string& record_id, Stance stance,
                                       const std::string& reason) = 0;
  // Carries a person's objection to the publisher: a dispute for a subject. Who it is for stays
  // here; on_objection_outcome and ShowSubject tell what became of it.
  virtual absl::StatusOr<Ticket> ObjectForSubject(const std::string& record_id,
                                                  const std::string& subject_reference,
                                                  const std::string& reason) = 0;
  // Keeps a record of this member's own after disputes; ends a pause. `answer`: 1-512 bytes, for
  // all who have the record.
  virtual absl::StatusOr<Ticket> AnswerDisputes(const std::string& record_id,
                                                const std::string& answer) = 0;
  // Deletes everything about a record of this member's own, at the hub and at every member, also
  // after it has ended. FAILED_PRECONDITION: another's record.
  virtual absl::StatusOr<Ticket> Erase(const std::string& record_id, ErasureGround ground) = 0;

  // Notes what the platform did to its user because of another's record, so that the end of the
  // record can name it. Durable when OK; stays in the vault. Reference and action: 1-256 bytes.
  // NOT_FOUND: no such record here. FAILED_PRECONDITION: this member's own record.
  virtual absl::Status NoteAction(const std::string& record_id,
                                  const std::string& subject_reference,
                                  const std::string& action) = 0;
  // Records that were retracted or erased after users of this platform had matched them or an
  // action was noted, and that are not acknowledged; by their end. Survives a restart.
  virtual absl::StatusOr<std::vector<OpenRemedy>> OpenRemedies() = 0;
  // Tells the hub what was done about them; a later one replaces it. The SDK counts the users.
  // NOT_FOUND: no such record here. FAILED_PRECONDITION: it was neither retracted nor erased, or
  // is this member's own. INVALID_ARGUMENT: nobody here is known to have matched, so it can only
  // be kNone.
  virtual absl::StatusOr<Ticket> AcknowledgeRemedy(const std::string& record_id,
                                                   RemedyOutcome outcome) = 0;
  // Asks the hub what became of a record. Its publisher sees member by member what was applied and
  // done. NOT_FOUND: no such record that this member may see. UNAVAILABLE, ...: as the hub says.
  virtual absl::StatusOr<RecordStatus> ShowRecord(const std::string& record_id) = 0;

  // What the vault holds of one person, who is named by the platform's reference, by identifiers,
  // or both. With a reference, nothing of other references is shown. Nothing is asked of the hub.
  virtual absl::StatusOr<SubjectHoldings> ShowSubject(const Subject& subject) = 0;
  // Deletes it: tokens and N, references, reported and counted matches, noted actions, objections.
  // Nothing of it is in any file of the vault when this returns OK. INVALID_ARGUMENT: an identifier
  // without a canonical form. FAILED_PRECONDITION, and nothing was deleted: a publication about the
  // person waits in the outbox (the message names the ticket); or identifiers that several
  // references share, and none was given.
  virtual absl::StatusOr<SubjectErasure> EraseSubject(const Subject& subject) = 0;

  // Activity, surveys and review teams for the coalition's progress figures. As Publish: in the
  // outbox on disk when this returns OK, sent in the order of the calls, stored by the hub as a
  // whole or not at all. INVALID_ARGUMENT names for each mistake contributions[i].field and the
  // remedy, at most 20 of them; nothing is stored then. FAILED_PRECONDITION: no definitions of the
  // coalition's are known here, so say definition_version. What only the hub can know (days that
  // overlap a contribution that stands, a revision out of order) is in Delivery, and nothing of the
  // call is stored then either.
  virtual absl::StatusOr<Ticket> Contribute(const Contributions& contributions) = 0;
  // The same rules, and nothing is stored.
  virtual absl::Status CheckContributions(const Contributions& contributions) = 0;
  // The oldest first.
  virtual absl::StatusOr<std::vector<QueuedContributions>> ContributionOutbox() = 0;
  // These ask the hub. NOT_FOUND: no such version, panel or period. OUT_OF_RANGE: an `as_of` behind
  // the end of the log. UNAVAILABLE, ...: as the hub says. `version` 0: the newest.
  virtual absl::StatusOr<Definitions> GetDefinitions(uint32_t version = 0) = 0;
  // Coalition figures as they were last released, or this platform's own as they are now.
  virtual absl::StatusOr<Reduction> GetReduction(const ReductionQuery& query) = 0;
  virtual absl::StatusOr<SeriesAnswer> GetSeries(const SeriesQuery& query) = 0;
  // Of the newest panel where it is empty, and of its newest period that is over where none is
  // given.
  virtual absl::StatusOr<Coverage> GetCoverage(const std::string& panel = "",
                                               std::optional<DayRange> period = std::nullopt) = 0;
  // This platform's own, by sequence.
  virtual absl::StatusOr<std::vector<StoredContribution>> ListContributions(
      const ContributionQuery& query = {}) = 0;
  // Newest first.
  virtual absl::StatusOr<std::vector<PanelSummary>> ListPanels() = 0;
  virtual absl::StatusOr<std::vector<ReleaseSummary>> ListReleases(
      const std::string& panel = "") = 0;
  // As of the newest release.
  virtual absl::StatusOr<Displacement> GetDisplacement() = 0;
  // How much to sample for the verdict "met". INVALID_ARGUMENT names the field.
  virtual absl::StatusOr<SamplePlan> PlanSamples(const PlanQuery& query) = 0;

  // NOT_FOUND: no such ticket (delivered ones are kept for 30 days).
  virtual absl::StatusOr<Delivery> GetDelivery(const std::string& request_id) = 0;

  // Waits until the outbox has nothing pending, what the events applied so far have put there
  // included. DEADLINE_EXCEEDED says how many are left and why;
  // they stay. PERMISSION_DENIED or UNAUTHENTICATED, at once: the hub refuses this member
  // (suspended, not admitted, certificate) and the message, the hub's own, says what to do. What is
  // pending stays, the client goes on trying, seldom, and delivers it when people have lifted the
  // refusal. FAILED_PRECONDITION: opened without background work, and something is pending.
  virtual absl::Status Flush(std::chrono::milliseconds timeout) = 0;
  // Waits until everything that the hub had when this was called is applied. DEADLINE_EXCEEDED: not
  // in time, and why; call it again. PERMISSION_DENIED or UNAUTHENTICATED, at once: the hub refused
  // this member's stream, as for Flush; the client goes on trying, so a later call may succeed.
  // DATA_LOSS: syncing has stopped for good. CANCELLED: the client is closing.
  // FAILED_PRECONDITION: opened without background work.
  virtual absl::Status WaitUntilCaughtUp(std::chrono::milliseconds timeout) = 0;

  virtual SyncState GetSyncState() = 0;

  // What this client has counted and timed since it was opened, and the state above, as a page of
  // Prometheus' text format 0.0.4 for the platform's own /metrics. Every name begins with
  // vervet_sdk_; docs/operating.md lists them and says which are worth an alarm. It names no
  // identifier, no reference, no record and no other party. Reads the vault for a moment; not on a
  // thread that must not block.
  virtual std::string MetricsText() = 0;

  // Finishes what is on its way, at most `timeout`, and stops. Idempotent; the destructor calls it.
  virtual void Close(std::chrono::milliseconds timeout = std::chrono::milliseconds(2000)) = 0;
};

}  // namespace vervet

#endif  // VERVET_CLIENT_H_
