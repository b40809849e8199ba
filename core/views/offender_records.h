// The offender records that are in force, folded from events, and which of them a token matches.
#ifndef VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_
#define VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/index/signature_index.h"
#include "core/log/event.h"
#include "core/oprf/token.h"
#include "core/views/expiry_queue.h"
#include "core/views/image_indexer.h"
#include "core/views/record.h"
#include "core/views/record_store.h"

namespace vervet::views {

// Not thread-safe.
class OffenderRecords {
 public:
  using State = RecordState;
  using Record = views::Record;

  struct Match {
    RecordPtr record;
    Signature signature;
  };

  // What happened to a record after it was published. Most records have none of it.
  struct Opinion {
    std::string party;
    v1::Stance stance = v1::STANCE_UNSPECIFIED;
    std::string reason;
    bool for_subject = false;
    absl::Time given;
    uint64_t sequence = 0;
    absl::Time answer_due;  // of a dispute
  };
  struct Remedy {
    std::string party;
    v1::RemedyOutcome outcome = v1::REMEDY_OUTCOME_UNSPECIFIED;
    uint32_t subjects = 0;
    absl::Time acknowledged;
  };
  struct Aftermath {
    std::vector<Opinion> opinions;  // the newest of each member, in the order they were given
    bool paused = false;            // matches nobody until the disputes are answered or taken back
    uint64_t answered_through = 0;  // disputes up to this sequence number have their answer
    std::string last_answer;
    absl::Time last_answered = absl::InfinitePast();
    uint32_t sighted_by = 0;  // members, as last counted
    uint64_t sighted_subjects = 0;
    std::string end_reason;
    absl::Time ended = absl::InfinitePast();
    absl::Time remedy_due = absl::InfiniteFuture();
    std::vector<std::string> holders;  // who had the record when it was retracted or erased
    std::vector<Remedy> remedies;      // the newest of each member
    // Of every event about the record after its publication: what an erasure has to delete.
    std::vector<uint64_t> sequences;

    bool IsUnanswered(const Opinion& opinion) const {
      return opinion.stance == v1::DISPUTE && opinion.sequence > answered_through;
    }
    uint32_t CountStance(v1::Stance stance) const;
    uint32_t UnansweredDisputes() const;
  };

  // Replaying a prefix changes nothing: a record that has ended stays ended.
  void Apply(const log::ParsedEvent& event);

  // Notes who had the record when it ended. Where it is unknown, nothing happens.
  void SetHolders(absl::string_view record_id, std::vector<std::string> holders);

  // Null where unknown; what it says is valid until the next Apply.
  RecordPtr Find(absl::string_view record_id) const;

  // Of a known record; valid until the next Apply.
  const Aftermath& AftermathOf(const Record& record) const;

  // Calls visit(const Record&, const Aftermath&) for each record that has an aftermath, by id.
  template <typename Visit>
  void ForEachAftermath(Visit&& visit) const {
    for (const auto& [id, aftermath] : aftermaths_) {
      const RecordPtr record = Find(id);
      if (record != nullptr) visit(*record, aftermath);
    }
  }

  // The same from the first id above `after` (empty: from the start), until visit returns false.
  template <typename Visit>
  void ForEachAftermathAfter(absl::string_view after, Visit&& visit) const {
    for (auto it = aftermaths_.upper_bound(after); it != aftermaths_.end(); ++it) {
      const RecordPtr record = Find(it->first);
      if (record != nullptr && !visit(*record, it->second)) return;
    }
  }

  // Sequence numbers of everything that the log holds about the record, ascending.
  std::vector<uint64_t> SequencesAbout(const Record& record) const;

  // Live records with this token whose signature has not expired at `now`, and which are not
  // paused. The caller filters by publisher and audience.
  void FindMatches(const oprf::Token& token, absl::Time now, std::vector<Match>* out) const;
  bool MayMatch(const oprf::Token& token) const { return index_.Contains(token); }
  // Calls visit(i) once or more where MayMatch(tokens[i]), in order of i: several times as fast as
  // one by one where there are many tokens and few are known.
  template <typename Visit>
  void ForEachThatMayMatch(absl::Span<const oprf::Token> tokens, Visit&& visit) const {
    index_.ForEachOf(tokens, [&](size_t i, index::RecordHandle) { visit(i); });
  }

  // Calls visit(const Record&) for each live record that carries the token, paused ones and those
  // whose signature has expired too.
  template <typename Visit>
  void ForEachWith(const oprf::Token& token, Visit&& visit) const {
    index_.ForEach(token, [&](index::RecordHandle handle) { visit(store_.Read(handle)); });
  }

  // Calls visit(const Record&) for each live record, the soonest to expire first, give or take 18
  // minutes.
  template <typename Visit>
  void ForEachLive(Visit&& visit) const {
    by_expiry_.ForEachSpan(std::numeric_limits<int64_t>::max(), [&](const auto& handles) {
      for (const index::RecordHandle handle : handles) {
        if (IsLive(handle)) visit(store_.Read(handle));
      }
      return true;
    });
  }

  // Tells it of every image from now on, and of none that is there already; it stays with this view
  // where the view is moved. Null: nobody is told. The hub has none: matching pictures is the
  // members' business.
  void SetImageIndexer(std::shared_ptr<ImageIndexer> indexer) {
    image_indexer_ = std::move(indexer);
  }
  const std::shared_ptr<ImageIndexer>& image_indexer() const { return image_indexer_; }

  // Of a live record: what the image indexer was told. kNoRecord where there is none.
  index::RecordHandle LiveHandleOf(absl::string_view record_id) const;
  // Null where the record is not live any more; what it says is valid until the next Apply.
  RecordPtr FindLive(index::RecordHandle handle) const;
  // Of a live record: does it match nobody because of disputes?
  bool IsPaused(index::RecordHandle handle) const { return store_.IsPaused(handle); }

  // Calls visit(RecordHandle, const ImageSignature&) for each image of a live record.
  template <typename Visit>
  void ForEachLiveImage(Visit&& visit) const {
    if (live_images_ == 0) return;
    for (index::RecordHandle handle = 0; handle < store_.end(); ++handle) {
      if (!IsLive(handle)) continue;
      store_.ForEachImage(handle, [&](const ImageSignature& image) { visit(handle, image); });
    }
  }

  // Live records of which every signature and image has expired at `now`, in that order; at most
  // `limit`.
  std::vector<std::string> DueForExpiry(absl::Time now, size_t limit) const;

  // Forgets the records for which keep(record) is false; used when a member leaves a group.
  void DropUnless(const std::function<bool(const Record&)>& keep);

  uint64_t live_records() const { return live_records_; }
  uint64_t live_signatures() const { return index_.size(); }
  uint64_t live_images() const { return live_images_; }
  uint64_t LiveRecordsOf(absl::string_view publisher) const;

 private:
  void Publish(const log::ParsedEvent& event);
  void End(const log::ParsedEvent& event, absl::string_view record_id, State state);
  void Erase(const log::ParsedEvent& event);
  void Opine(const log::ParsedEvent& event);
  void Answer(const log::ParsedEvent& event);
  void Acknowledge(const log::ParsedEvent& event);
  bool IsLive(index::RecordHandle handle) const {
    return store_.Has(handle) && store_.StateOf(handle) == State::kLive;
  }
  // Takes a live record out of everything that lists live ones; change() makes it another.
  template <typename Change>
  void Unlist(index::RecordHandle handle, const Change& change);
  // Null where the record is unknown; otherwise its aftermath, with this event noted in it.
  Aftermath* Note(const log::ParsedEvent& event, absl::string_view record_id);
  void SetPaused(Aftermath* aftermath, absl::string_view record_id, bool paused);

  RecordStore store_;
  index::SignatureIndex index_;
  ExpiryQueue by_expiry_;  // live ones
  std::map<std::string, uint64_t, std::less<>> live_by_publisher_;
  std::map<std::string, Aftermath, std::less<>> aftermaths_;  // by record id
  uint64_t live_records_ = 0;
  uint64_t live_images_ = 0;
  std::shared_ptr<ImageIndexer> image_indexer_;
};

}  // namespace vervet::views

#endif  // VERVET_CORE_VIEWS_OFFENDER_RECORDS_H_
