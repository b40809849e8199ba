// The member's vault: one encrypted file with everything that must survive a restart. It holds no
// raw identifier except in an outbox entry that has not been delivered.
#ifndef VERVET_MEMBER_SDK_SRC_VAULT_VAULT_H_
#define VERVET_MEMBER_SDK_SRC_VAULT_VAULT_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/base/secret.h"
#include "core/storage/database.h"
#include "core/storage/key_source.h"
#include "core/storage/process_lock.h"
#include "core/storage/statement.h"
#include "member-sdk/src/vault/rows.h"

namespace vervet::vault {

inline constexpr int32_t kVaultApplicationId = 0x56727674;  // "Vrvt"
inline constexpr int32_t kVaultSchemaVersion = 5;

// What libsodium keeps of an HMAC-SHA256 in progress; vault.cc compares.
inline constexpr size_t kHmacStateBytes = 208;

struct VaultOptions {
  std::string path;
  storage::KeySource key;
  // Whose vault it is: set when it is created, compared at every later opening.
  std::string coalition;
  std::string party;           // "member/market"
  std::string log_public_key;  // 32 bytes
};

// Thread-safe: one connection behind one mutex. Every method that changes something returns after
// the change is on the disk, and an error leaves everything as it was. Errors: as core/storage
// (DATA_LOSS, RESOURCE_EXHAUSTED for a full disk, ...).
class Vault {
 public:
  // FAILED_PRECONDITION: key file or command, in use by another process, a newer version, or
  // another member's or coalition's vault. DATA_LOSS: damaged.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(const VaultOptions& options, Environment* env);

  // The key of CacheKey; made with the vault, never leaves it.
  CacheKey KeyOf(v1::SignatureType type, uint32_t rules_version, absl::string_view canonical) const;

  // --- the log (vault_log.cc; the events themselves: vault_events.cc)
  absl::StatusOr<LogPosition> Position();
  // In order; the event is `visit`'s only until it returns.
  absl::Status ForEachEvent(const std::function<absl::Status(const EventView&)>& visit);
  absl::StatusOr<std::optional<StoredEvent>> FindEvent(uint64_t sequence);
  absl::StatusOr<std::vector<PinnedKey>> PinnedKeys();
  absl::Status Commit(const LogBatch& batch);
  absl::Status CommitHead(absl::string_view serialised_head);
  // Erases events and clears `purge_due`.
  absl::Status Purge(absl::Span<const uint64_t> sequences);
  // Notes the log's size when this vault first met the hub; keeps an earlier note.
  absl::Status NoteFirstMet(uint64_t size);
  // As Scrub; then erased records are in no file any more, and `scrub_due` is cleared.
  absl::Status ScrubErased();

  // --- tokens and references (vault_tokens.cc)
  absl::Status ForEachToken(const std::function<void(const CachedToken&)>& visit);
  // Stores or replaces by key; returns the ids in order. references[i] (may be empty) are added to
  // tokens[i].
  absl::StatusOr<std::vector<int64_t>> StoreTokens(
      absl::Span<const NewToken> tokens, absl::Span<const std::vector<std::string>> references);
  // Adds what is missing; writes nothing where all are there.
  absl::Status AddReferences(absl::Span<const std::pair<int64_t, std::string>> references);
  absl::StatusOr<std::set<std::string>> ReferencesOf(absl::Span<const int64_t> token_ids);
  // N of a cached token; NOT_FOUND.
  absl::StatusOr<std::string> ElementOf(int64_t token_id);

  // --- reported matches (vault_tokens.cc)
  absl::StatusOr<Report> Reported(const std::string& record_id);
  // Whether the platform was told of this one reference.
  absl::StatusOr<bool> WasReported(const std::string& record_id, const std::string& reference);
  absl::StatusOr<std::vector<std::string>> ReportedRecords(const std::string& publisher = "");
  // Before and after the platform is told of a match. In between it may know or not: it is to be
  // told again while the record matches, and of the match's end. Both note them as matched, as
  // NoteMatched; the first changes nothing where the second was called.
  absl::Status MarkTelling(absl::Span<const ReportMark> marks);
  absl::Status MarkReported(absl::Span<const ReportMark> marks);
  absl::Status ClearReported(const std::string& record_id,
                             absl::Span<const std::string> references);

  // --- what follows from matches (vault_follow_up.cc)
  // Whoever once matched stays noted until the person or the record is erased. Writes nothing where
  // all are there.
  absl::Status NoteMatched(absl::Span<const ReportMark> marks);
  // In the same commit a remedy that was told or acknowledged is open again: that did not know of
  // it.
  absl::Status NoteAction(const std::string& record_id, const AffectedRow& action);
  // Matched or with an action, by reference.
  absl::StatusOr<std::vector<AffectedRow>> AffectedBy(const std::string& record_id);
  // Records that somebody matched or that an action or an objection is about.
  absl::StatusOr<std::vector<std::string>> RecordsWithSubjects();
  absl::StatusOr<SightingRow> SightingOf(const std::string& record_id);
  absl::StatusOr<std::optional<RemedyRow>> FindRemedy(const std::string& record_id);
  absl::StatusOr<std::vector<RemedyRow>> Remedies();
  // Notes that something is owed, unless this end of the record, or a later one, is noted already.
  absl::Status OpenRemedy(const std::string& record_id, uint64_t ended_sequence, bool erased);
  // The platform knows who is affected by this end; also clears the marks of reported matches.
  absl::Status RemedyTold(const std::string& record_id, uint64_t ended_sequence);
  // All or none.
  absl::Status QueueFollowUp(const FollowUp& follow_up);
  // The opinion's entry and the note of whom it is for, together.
  absl::Status QueueObjection(const OutboxEntry& entry, const std::string& reference);
  absl::StatusOr<std::vector<ObjectionRow>> ObjectionsTo(const std::string& record_id);
  // `state` was told.
  absl::Status ObjectionTold(int64_t id, int state);

  // --- pictures that were checked (vault_images.cc)
  // Without references.
  absl::Status ForEachImage(const std::function<void(const KeptImage&)>& visit);
  // Stores a picture, or where its id is given, notes that it was checked again: with these hashes
  // and this radius. Its references are added. Writes nothing where all is there and the last check
  // was noted within a day. Returns the ids in order.
  absl::StatusOr<std::vector<int64_t>> KeepImages(absl::Span<const KeptImage> images);
  // The first of these that is there and begins with this hash (32 bytes). Without references, of
  // which a picture that everybody has, such as a platform's placeholder, has as many as users.
  absl::StatusOr<std::optional<KeptImage>> FindImageWith(absl::string_view first_hash,
                                                         absl::Span<const int64_t> ids);
  // Those that are there, with references.
  absl::StatusOr<std::vector<KeptImage>> FindImages(absl::Span<const int64_t> ids);
  absl::StatusOr<std::vector<KeptImage>> ImagesOf(const std::string& reference);
  // Forgets at most `limit` pictures that were last checked before `before`, and returns them.
  absl::StatusOr<std::vector<KeptImage>> ForgetImages(absl::Time before, size_t limit);

  // --- what pictures of records matched, and which are set aside (vault_images.cc)
  absl::StatusOr<std::vector<ImageHits>> AllImageHits();
  absl::StatusOr<std::vector<QuarantineRow>> Quarantines();
  // Adds to what is there, drops hits of hours before `first_hour`, counts up what was set aside,
  // and stores new quarantines with what the hub is told of each. All or none.
  struct FloodUpdate {
    std::vector<ImageHits> hits;
    int64_t first_hour = 0;
    std::vector<QuarantineRow> set_aside;  // set_aside: how many more
    std::vector<QuarantineRow> quarantined;
    std::vector<OutboxEntry> entries;
  };
  absl::Status StoreFloods(const FloodUpdate& update);
  // NOT_FOUND: it is not set aside.
  absl::Status ReleaseQuarantine(const std::string& record_id, const std::string& hash);

  // --- one person (vault_subjects.cc)
  // With one of the keys, or the reference where it is not empty.
  absl::StatusOr<SubjectTokens> TokensOf(absl::Span<const CacheKey> keys,
                                         const std::string& reference);
  absl::StatusOr<std::vector<SubjectMatch>> MatchesOf(const std::string& reference);
  absl::StatusOr<std::vector<SubjectAction>> ActionsOf(const std::string& reference);
  absl::StatusOr<std::vector<ObjectionRow>> ObjectionsOf(const std::string& reference);
  // Request ids of undelivered publications with one of the keys or the reference.
  absl::StatusOr<std::vector<std::string>> PendingAbout(absl::Span<const CacheKey> keys,
                                                        const std::string& reference);
  // Deletes everything about the reference, and the tokens with one of the keys or the reference
  // that nobody else's reference shares. Later marks of a reference that was erased are ignored
  // until it is checked again. Scrub is the caller's.
  absl::StatusOr<ErasedSubject> EraseSubject(absl::Span<const CacheKey> keys,
                                             const std::string& reference);

  // --- the outbox (vault_outbox.cc)
  // All or none.
  absl::Status AddToOutbox(absl::Span<const OutboxEntry> entries);
  // The oldest entries in `state`, with id above `after_id`.
  absl::StatusOr<std::vector<OutboxEntry>> OutboxEntries(OutboxState state, int64_t after_id,
                                                         size_t limit);
  // Draft → built: stores the request's final bytes, before it is sent for the first time.
  absl::Status StoreBuilt(absl::Span<const OutboxEntry> entries);
  // Stores outcomes and erases identifiers and requests.
  absl::Status StoreDone(absl::Span<const OutboxEntry> entries);
  absl::StatusOr<OutboxEntry> FindInOutbox(const std::string& request_id);
  absl::StatusOr<OutboxCounts> CountOutbox();
  // Forgets delivered and refused entries that were done before `before`.
  absl::Status ForgetDone(absl::Time before);

  // Empties the write-ahead log, so that what was erased is in no file, encrypted or not.
  absl::Status Scrub();

 private:
  Vault(storage::ProcessLock process_lock, std::unique_ptr<storage::Database> database,
        Environment* env)
      : env_(env), process_lock_(std::move(process_lock)), database_(std::move(database)) {}

  absl::Status Identify(const VaultOptions& options);
  absl::StatusOr<storage::Statement*> Prepared(const char* sql)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::string> GetMeta(absl::string_view key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status SetMeta(absl::string_view key, absl::string_view value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One row of events. Of an earlier version, not packed: one event.
  struct EventRow {
    uint64_t first = 0;
    uint64_t last = 0;
    bool packed = false;
    std::string header;  // where it is not packed
    std::string body;
  };
  static EventRow ReadEventRow(const storage::Statement& row);
  static absl::Status ForEachIn(const EventRow& row,
                                const std::function<absl::Status(const EventView&)>& visit);
  absl::StatusOr<std::optional<EventRow>> FindEventRow(uint64_t sequence)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status InsertEvents(const PackedEvents& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DeleteEventRows(uint64_t from, uint64_t to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Inside a transaction. A sequence that is there already is replaced.
  absl::Status StoreEvents(const PackedEvents& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same where rows with these sequence numbers, or some between them, may be there.
  absl::Status MergeEvents(const PackedEvents& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EraseEvents(absl::Span<const uint64_t> sequences)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<int64_t> UpsertToken(const NewToken& token) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> HasReference(int64_t token_id, const std::string& reference)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status InsertReference(int64_t token_id, const std::string& reference)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  using Fingerprint = std::array<uint64_t, 2>;
  // Of a token's reference, by a key of this process.
  Fingerprint FingerprintOf(int64_t token_id, const std::string& reference) const;
  void NoteStored(const std::vector<Fingerprint>& references) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status InsertOutboxEntry(const OutboxEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReadIdentifiers(OutboxEntry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EraseRecord(const ErasedRecord& erased) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ScrubLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Notes them as matched, and runs `insert_sql` with record, reference and publisher for each.
  absl::Status Mark(absl::Span<const ReportMark> marks, const char* insert_sql);
  absl::Status InsertMatched(const ReportMark& mark) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<int64_t> InsertImage(const KeptImage& image) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::optional<KeptImage>> ReadImage(int64_t id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ReadImageReferences(KeptImage* image) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> HasImageReference(int64_t id, const std::string& reference)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Does it say anything new?
  absl::StatusOr<bool> IsNews(const KeptImage& image) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status StoreImage(const KeptImage& image, int64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DeleteImage(int64_t id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The person's references; of pictures that are nobody else's, all, and they are returned.
  absl::StatusOr<std::vector<KeptImage>> EraseImagesOf(const std::string& reference,
                                                       const std::vector<KeptImage>& images)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status UpdateEnd(const std::string& record_id, uint64_t ended_sequence, bool erased)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ForgetRemedied(const std::string& record_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the answer to an entry means for remedies and objections.
  absl::Status NoteAnswer(const OutboxEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<ObjectionRow>> ReadObjections(storage::Statement& select)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DeleteWhere(const char* sql, absl::string_view text, uint64_t* count)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<std::string>> RecordsMatchedBy(const std::string& reference)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Environment* const env_;
  // Set by Open, then constant.
  Secret<32> local_key_;
  Secret<kHmacStateBytes> hmac_state_;  // HMAC-SHA256 after local_key_, before the message
  Secret<16> fingerprint_key_;          // another one each time; nothing that is kept depends on it
  Mutex mutex_;
  storage::ProcessLock process_lock_;
  std::unique_ptr<storage::Database> database_ ABSL_PT_GUARDED_BY(mutex_);
  // Erased by EraseSubject since the vault was opened: who was about to mark a match of theirs when
  // it happened must not bring them back.
  std::set<std::string> erased_references_ ABSL_GUARDED_BY(mutex_);
  // References that are known to be stored: a platform checks the same users again and again, and a
  // query for each would take longer than all the rest of the check. Emptied by every erasure.
  absl::flat_hash_set<Fingerprint> stored_references_ ABSL_GUARDED_BY(mutex_);
  // By the address of the constant SQL text; dies before the database.
  std::unordered_map<const char*, storage::Statement> statements_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::vault

#endif  // VERVET_MEMBER_SDK_SRC_VAULT_VAULT_H_
