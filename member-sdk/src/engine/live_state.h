// What checks are answered from: the coalition's state and this member's cached tokens, in memory.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "core/views/coalition_state.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/match.h"

namespace vervet::engine {

// How one record stands to the tokens that this member has cached.
struct RecordStanding {
  bool matches = false;            // in force, somebody else's, and with a cached token
  Match match;                     // where it matches
  std::vector<int64_t> token_ids;  // the cached tokens in it
  std::string ended_reason;        // where it does not: "retracted", "expired", ...
};

struct StateCounts {
  uint64_t live_records = 0;
  uint64_t live_signatures = 0;
  uint64_t cached_tokens = 0;
};

// Thread-safe. Readers share the lock and hold it for microseconds.
class LiveState {
 public:
  explicit LiveState(std::string party) : party_(std::move(party)) {}

  // A snapshot; empty before the first announcement was synced.
  std::shared_ptr<const TypeTable> types() const;
  const std::string& party() const { return party_; }
  std::vector<std::string> OwnGroups() const;
  StateCounts Counts() const;

  // Replaces a token of the same key.
  void AddToken(const vault::CachedToken& token);
  // `token.key` of the result is not set.
  std::optional<vault::CachedToken> FindToken(const vault::CacheKey& key) const;

  // Folds events. Appends to `touched` the ids of records that may have begun or ceased to match a
  // cached token, in log order.
  void Apply(absl::Span<const log::ParsedEvent> events, std::vector<std::string>* touched);
  // Takes over a state that was folded apart. Appends every record that matches a cached token.
  void Replace(views::CoalitionState state, std::vector<std::string>* touched);
  // Forgets the records that this member may no longer see; its own stay.
  void DropInvisible(std::vector<std::string>* touched);
  // May this member's vault keep the record?
  bool MayKeep(const v1::RecordPublished& record) const;

  // One a record (the strongest type of its signatures), the newest first. Own records are among
  // them.
  std::vector<Match> Matches(absl::Span<const oprf::Token> tokens, absl::Time now) const;
  // Live records of somebody else that carry the token.
  std::vector<std::string> RecordsWith(const oprf::Token& token) const;
  RecordStanding StandingOf(const std::string& record_id, absl::Time now) const;

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

  static bool HasCachedToken(const Record& record, const TokenIds& by_token);
  bool Keeps(absl::string_view publisher, const v1::RecordFacts& facts) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Touch(const std::string& record_id, std::vector<std::string>* touched) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void ApplyOne(const log::ParsedEvent& event, std::vector<std::string>* touched)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of somebody else; of this publisher alone, where one is given.
  std::vector<std::string> InForceWithCachedTokens(const std::string& publisher = "") const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Match ToMatch(const Record& record, const v1::Signature& signature) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  const std::string party_;
  mutable SharedMutex mutex_;
  views::CoalitionState coalition_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const TypeTable> types_ ABSL_GUARDED_BY(mutex_) =
      std::make_shared<const TypeTable>();
  absl::flat_hash_map<vault::CacheKey, Cached> by_key_ ABSL_GUARDED_BY(mutex_);
  TokenIds by_token_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_LIVE_STATE_H_
