// What the simulation itself remembers of the log, and its own reading of the rules: written
// without the product's views, so that a mistake there has no twin here.
#ifndef VERVET_TESTS_SIMULATION_LEDGER_H_
#define VERVET_TESTS_SIMULATION_LEDGER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "core/log/event.h"
#include "core/log/merkle.h"
#include "hub/log/event_log.h"
#include "tests/simulation/ground.h"

namespace vervet::simulation {

// What was true from which sequence number on.
class Timeline {
 public:
  void Set(uint64_t sequence, bool value) { changes_.emplace_back(sequence, value); }
  bool At(uint64_t sequence) const {
    bool value = false;
    for (const auto& [from, to] : changes_) {
      if (from <= sequence) value = to;
    }
    return value;
  }
  // Since when it is as it was at `sequence`; 0: always.
  uint64_t Since(uint64_t sequence) const {
    uint64_t since = 0;
    for (const auto& [from, to] : changes_) {
      if (from <= sequence) since = from;
    }
    return since;
  }
  bool Now() const { return !changes_.empty() && changes_.back().second; }

 private:
  std::vector<std::pair<uint64_t, bool>> changes_;
};

// One thread.
class Ledger {
 public:
  struct Entry {
    log::ParsedEvent parsed;
    log::Hash leaf_hash;
    bool erased = false;
  };
  struct Party {
    std::string region;
    Timeline suspended;
    std::set<std::string> groups;
    uint64_t groups_changed = 0;  // sequence
  };
  struct Opinion {
    v1::Stance stance = v1::AGREE;
    uint64_t sequence = 0;
  };
  struct Record {
    std::string id, publisher, decision;
    std::set<std::string> groups;
    std::vector<v1::Signature> signatures;
    uint64_t sequence = 0;
    uint64_t ended = 0;  // sequence of what ended it first; 0: in force
    v1::EventKind ended_by = v1::EVENT_KIND_UNSPECIFIED;
    uint64_t erased = 0;          // sequence of the erasure
    std::vector<uint64_t> about;  // sequences of everything about it before its erasure
    Timeline paused;
    std::map<std::string, Opinion> opinions;
    uint64_t answered_through = 0;
  };

  // The hub committed these. Everything that must hold of them is checked.
  void Append(const hub::StoredEvent& event);
  // The end of a commit: nothing more follows from its events.
  void EndCommit();

  // A caller was answered. A second answer to the same request must be the first.
  void Acknowledged(const std::string& caller, const std::string& request_id,
                    const std::string& marker, const std::set<v1::EventKind>& kinds,
                    const hub::RequestOutcome& outcome);
  // The hub has looked at who is a member now: no pause is missing and none is left over.
  void CheckPauses();
  // Refused for good: nothing of it may be in the log, now or later.
  void Refused(const std::string& marker);

  uint64_t size() const { return entries_.size(); }
  absl::Time last_time() const {
    return entries_.empty() ? absl::UnixEpoch()
                            : absl::FromUnixMicros(entries_.back().parsed.header.time_us());
  }
  const Entry& entry(uint64_t sequence) const { return entries_[sequence - 1]; }
  const log::Hash& RootAt(uint64_t size) const { return roots_[size]; }
  uint64_t acknowledged_through() const { return acknowledged_through_; }
  const std::map<std::string, Party>& parties() const { return parties_; }
  const std::map<std::string, Record>& records() const { return records_; }
  const std::set<std::string>& groups() const { return groups_; }
  const Party* Find(const std::string& party) const;

  // By the groups of now.
  bool MaySee(const std::string& party, const v1::Audience& audience) const;
  bool MaySee(const std::string& party, const Record& record) const;
  bool InForce(const Record& record) const { return record.ended == 0; }
  // The records that somebody with these signatures must match at `now`, after everything so far.
  std::set<std::string> Matching(const std::string& party, const Person& person,
                                 absl::Time now) const;

  const std::vector<std::string>& violations() const { return violations_; }
  void Violated(std::string what) { violations_.push_back(std::move(what)); }

  // What happened so often, for the test that the simulation is no idle one.
  std::map<std::string, uint64_t> counts;

 private:
  void CheckAudience(const log::ParsedEvent& event);
  void CheckUnique(const std::string& marker, uint64_t sequence);
  void ApplyRoster(const log::ParsedEvent& event);
  void ApplyRecord(const log::ParsedEvent& event);
  void ApplyOpinion(const log::ParsedEvent& event, Record& record);
  void Published(const log::ParsedEvent& event);
  void Erased(const log::ParsedEvent& event, Record& record);
  void MustBeActive(const std::string& party, uint64_t sequence);
  Record* RecordOf(const std::string& id, uint64_t sequence);
  // The pause (true) or its end that who is a member now brings about, if one does.
  std::optional<bool> DueFor(const Record& record) const;
  // Unanswered ones, by those who have the record and by the others.
  std::pair<uint64_t, uint64_t> DisputesOf(const Record& record) const;
  static bool IsUnanswered(const Record& record, const Opinion& opinion) {
    return opinion.stance == v1::DISPUTE && opinion.sequence > record.answered_through;
  }
  bool TooMany(const Record& record) const;
  // Active ones.
  std::set<std::string> Holders(const Record& record) const;

  std::vector<Entry> entries_;
  log::MerkleFrontier frontier_;
  std::vector<log::Hash> roots_ = {log::MerkleFrontier().Root()};
  std::map<std::string, Party> parties_;
  std::set<std::string> groups_;
  std::map<std::string, Record> records_;
  // What must come next: a pause (true) or its end, of this record.
  std::optional<std::pair<std::string, bool>> follows_;

  std::map<std::string, uint64_t> markers_;  // by marker, its event
  std::set<std::string> refused_;
  std::map<std::pair<std::string, std::string>, hub::RequestOutcome> answers_;
  uint64_t acknowledged_through_ = 0;
  std::vector<std::string> violations_;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_LEDGER_H_
