// The offender records that are in force, folded from events, and which of them a token matches.
#ifndef VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_
#define VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/index/signature_index.h"
#include "core/log/event.h"
#include "core/oprf/token.h"

namespace vervet::views {

// Not thread-safe.
class OffenderRecords {
 public:
  enum class State : uint8_t { kLive, kRetracted, kExpired };

  struct Record {
    std::string record_id;  // 16 bytes
    std::string publisher;
    v1::RecordFacts facts;
    absl::Time published;
    uint64_t sequence = 0;  // of the event that published it
    State state = State::kLive;
    uint64_t ended_sequence = 0;            // of the retraction or expiry
    std::vector<v1::Signature> signatures;  // empty once ended
    absl::Time last_expiry;
  };

  struct Match {
    const Record* record;  // valid until the next Apply
    const v1::Signature* signature;
  };

  // Replaying a prefix changes nothing: a record that has ended stays ended.
  void Apply(const log::ParsedEvent& event);

  // Null where unknown; valid until the next Apply.
  const Record* Find(absl::string_view record_id) const;

  // Live records with this token whose signature has not expired at `now`. The caller filters by
  // publisher and audience.
  void FindMatches(const oprf::Token& token, absl::Time now, std::vector<Match>* out) const;
  bool MayMatch(const oprf::Token& token) const { return index_.Contains(token); }

  // Calls visit(const Record&) for each live record, the soonest to expire first.
  template <typename Visit>
  void ForEachLive(Visit&& visit) const {
    for (const auto& [expiry, handle] : by_expiry_) visit(records_[handle]);
  }

  // Live records of which every signature has expired at `now`; at most `limit`.
  std::vector<std::string> DueForExpiry(absl::Time now, size_t limit) const;

  // Forgets the records for which keep(record) is false; used when a member leaves a group.
  void DropUnless(const std::function<bool(const Record&)>& keep);

  uint64_t live_records() const { return live_records_; }
  uint64_t live_signatures() const { return index_.size(); }
  uint64_t LiveRecordsOf(absl::string_view publisher) const;

 private:
  void Publish(const log::ParsedEvent& event);
  void End(absl::string_view record_id, State state, uint64_t sequence);
  void Unindex(index::RecordHandle handle);

  std::vector<Record> records_;  // by handle
  absl::flat_hash_map<std::string, index::RecordHandle> by_id_;
  index::SignatureIndex index_;
  std::set<std::pair<absl::Time, index::RecordHandle>> by_expiry_;  // live ones
  std::map<std::string, uint64_t, std::less<>> live_by_publisher_;
  uint64_t live_records_ = 0;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_
