// What checks are answered from: the coalition's state and this member's cached tokens, in memory.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "core/views/coalition_state.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "member-sdk/src/engine/images/image_index.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/match.h"

namespace vervet::engine {

// Why a match ended though its record is in force.
inline constexpr char kHarmless[] = "harmless image";

// How one record stands to what this member has cached and kept.
struct RecordStanding {
  bool matches = false;            // in force, somebody else's, and with a cached token
  Match match;                     // where it matches
  std::vector<int64_t> token_ids;  // the cached tokens in it
  std::string ended_reason;        // where it does not: "retracted", "expired", ...
  // Of somebody else's record in force: its pictures that have not expired and are not harmless,
  // and a match by one of them, without the picture.
  std::vector<views::ImageSignature> images;
  Match image_match;
};

// A picture to compare with the records': its hash, or the eight of its variants.
struct ImageQuestion {
  std::vector<index::Hash256> hashes;
  int radius = index::HammingIndex::kMaxRadius;
};

// A record with pictures near one that was asked about.
struct NearRecord {
  Match match;  // without the picture
  struct Picture {
    ImageEvidence evidence;
    TimePoint expires;
  };
  std::vector<Picture> pictures;  // at least one; the nearest first
};

struct ImageAnswer {
  bool harmless = false;            // then no record
  std::vector<NearRecord> records;  // the newest first, own ones too
};

// What has become of one record, as far as this member knows.
struct RecordFate {
  bool known = false;
  bool own = false;   // published by this member
  bool held = false;  // this member had it when it was retracted or erased: its word is awaited
  std::string publisher;
  views::OffenderRecords::State state = views::OffenderRecords::State::kLive;
  uint64_t ended_sequence = 0;
  absl::Time ended;
  absl::Time remedy_due;
  std::string end_reason;
  // Of disputes.
  uint64_t answered_through = 0;
  std::string last_answer;
  absl::Time last_answered;
  // This member's newest opinion.
  uint64_t own_opinion = 0;  // its sequence; 0: none
  bool own_dispute = false;
  absl::Time own_answer_due = absl::InfiniteFuture();  // of a dispute

  bool NeedsRemedy() const {
    return known && !own &&
           (state == views::OffenderRecords::State::kRetracted ||
            state == views::OffenderRecords::State::kErased);
  }
};

struct StateCounts {
  uint64_t live_records = 0;
  uint64_t live_signatures = 0;
  uint64_t live_images = 0;
  uint64_t cached_tokens = 0;
  uint64_t kept_image_hashes = 0;
};

// Thread-safe. Readers share the lock and hold it for microseconds.
class LiveState {
 public:
  explicit LiveState(std::string party);

  // Calls read(const views::CoalitionState&) under the shared lock and returns what it returns. Let
  // no pointer into the state out.
  template <typename F>
  auto Read(F&& read) const {
    ReaderLock lock(mutex_);
    return std::forward<F>(read)(coalition_);
  }

  // A snapshot; empty before the first announcement was synced.
  std::shared_ptr<const TypeTable> types() const;
  const std::string& party() const { return party_; }
  std::vector<std::string> OwnGroups() const;
  StateCounts Counts() const;
  // Budgets granted to this member, as applied since the client was opened.
  uint64_t GrantsSeen() const;

  // Replaces a token of the same key.
  void AddToken(const vault::CachedToken& token);
  void RemoveToken(const vault::CacheKey& key);
  // `token.key` of the result is not set.
  std::optional<vault::CachedToken> FindToken(const vault::CacheKey& key) const;

  // A picture that was checked, by its number in the vault. Again: the radius is replaced.
  void AddKeptImage(uint32_t id, const std::vector<index::Hash256>& hashes, int radius);
  void RemoveKeptImage(uint32_t id, const std::vector<index::Hash256>& hashes);
  // With exactly this hash among theirs.
  std::vector<int64_t> KeptImagesWith(const index::Hash256& hash) const;
  struct NearKept {
    size_t image = 0;  // which of those asked about
    int64_t id = 0;
  };
  // Within the image's radius and the kept one's; each pair once.
  std::vector<NearKept> KeptImagesNear(absl::Span<const views::ImageSignature> images) const;

  // Folds events. Appends to `touched` the ids of records that may have begun or ceased to match a
  // cached token or a kept picture, in log order.
  void Apply(absl::Span<const log::ParsedEvent> events, std::vector<std::string>* touched);
  // Takes over a state that was folded apart. Appends every record that matches a cached token;
  // those near a kept picture are not looked for.
  void Replace(views::CoalitionState state, std::vector<std::string>* touched);
  // Forgets the records that this member may no longer see; its own stay.
  void DropInvisible(std::vector<std::string>* touched);
  // May this member's vault keep the record, or, of an erased one, the note that it was?
  bool MayKeep(const v1::RecordPublished& record) const;
  bool MayKeep(absl::string_view publisher, const v1::Audience& audience) const;

  // One a record (the strongest type of its signatures), the newest first. Own records are among
  // them.
  std::vector<Match> Matches(absl::Span<const oprf::Token> tokens, absl::Time now) const;
  // Which of the tokens a live record carries; only those can have Matches. For many at once.
  std::vector<bool> MayMatch(absl::Span<const oprf::Token> tokens) const;
  // One answer a question. With `every`: records that are paused or expired and those of suspended
  // publishers too.
  std::vector<ImageAnswer> MatchImages(absl::Span<const ImageQuestion> questions, absl::Time now,
                                       bool every = false) const;
  // Has any of them been marked as meaning nothing, by two experts?
  bool IsHarmless(absl::Span<const index::Hash256> hashes) const;
  // Sequence number of the event that last changed which pictures are harmless.
  uint64_t HarmlessChanged() const;
  // Records of somebody else in force with a picture near a kept one: seconds for a million of
  // pictures beside a million. Ends early, with those found by then, where `stopping` says so.
  std::vector<std::string> RecordsNearKept(const std::function<bool()>& stopping = nullptr) const;
  // Live records of somebody else that carry the token.
  std::vector<std::string> RecordsWith(const oprf::Token& token) const;
  RecordStanding StandingOf(const std::string& record_id, absl::Time now) const;
  RecordFate FateOf(const std::string& record_id) const;
  // Records of somebody else that ended behind `after` by retraction or erasure while this member
  // had them, by the sequence of their end.
  std::vector<std::pair<uint64_t, std::string>> EndedSince(uint64_t after) const;
  // Every live record with one of the tokens, paused ones too; one a record, the newest first.
  std::vector<Match> Carriers(absl::Span<const oprf::Token> tokens) const;
  // What on_opinion is to say of an event just applied: nothing of this member's own, or of a
  // record that concerns it in no way.
  std::optional<OpinionEvent> OpinionNews(const log::ParsedEvent& event) const;

 private:
  struct Cached {
    int64_t id = 0;
    uint32_t epoch = 0;
    uint32_t rules_version = 0;
    v1::SignatureType type = v1::SIGNATURE_TYPE_UNSPECIFIED;
    oprf::Token token;
  };
  using TokenIds = absl::flat_hash_map<oprf::Token, int64_t>;
  using Record = views::OffenderRecords::Record;

  // Pictures to be compared with the kept ones outside the lock: `place` says to which of the
  // touched records their record belongs.
  struct Arrival {
    size_t place = 0;
    std::string record_id;
    index::Hash256 hash;
    int radius = 0;
  };

  static bool HasCachedToken(const Record& record, const TokenIds& by_token);
  bool ConcernsThisPlatform(const Record& record) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Which of these records are near a kept picture, by their place; in order, each once.
  std::vector<std::pair<size_t, std::string>> NearKeptAmong(
      const std::vector<Arrival>& arrivals, const std::function<bool()>& stopping = nullptr) const;
  // Of this publisher alone, where one is given; of somebody else in any case.
  void AddArrivals(const std::string& publisher, size_t place, std::vector<Arrival>* arrivals) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  NearRecord ToNearRecord(const views::Record& record, const ImageQuestion& question,
                          int64_t now_us) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool Keeps(absl::string_view publisher, const v1::RecordFacts& facts) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Touch(const std::string& record_id, std::vector<std::string>* touched) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // The same for a record just published, from the event itself: in a first sync there are many.
  void TouchPublished(const v1::RecordPublished& record, std::vector<std::string>* touched,
                      std::vector<Arrival>* arrivals) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void ApplyOne(const log::ParsedEvent& event, std::vector<std::string>* touched,
                std::vector<Arrival>* arrivals) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of somebody else; of this publisher alone, where one is given.
  std::vector<std::string> InForceWithCachedTokens(const std::string& publisher = "") const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Without type, expiry and picture.
  Match Describe(const Record& record) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Match ToMatch(const Record& record, const views::Signature& signature) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // One a record, by the strongest of its signatures, the newest record first.
  std::vector<Match> ToMatches(std::vector<views::OffenderRecords::Match> found) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Opinion ToOpinion(const views::OffenderRecords::Aftermath& aftermath,
                    const views::OffenderRecords::Opinion& opinion) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  // Looked at again because of an opinion, an answer or an end: where it has a cached token, or
  // this member gave an opinion on it.
  void TouchConcerned(const std::string& record_id, std::vector<std::string>* touched) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const std::string party_;
  mutable SharedMutex mutex_;
  views::CoalitionState coalition_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const TypeTable> types_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const TypeTable>();
  absl::flat_hash_map<vault::CacheKey, Cached> by_key_ ABSL_GUARDED_BY(mutex_);
  TokenIds by_token_ ABSL_GUARDED_BY(mutex_);
  // The indexer of coalition_'s records; another one with each Replace.
  std::shared_ptr<RecordImages> record_images_ ABSL_GUARDED_BY(mutex_);
  ImageIndex kept_images_;  // by their numbers in the vault
  uint64_t grants_seen_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_
