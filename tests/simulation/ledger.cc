#include "tests/simulation/ledger.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/simulation/event_fields.h"

namespace vervet::simulation {
namespace {

std::string AudienceText(const v1::Audience& audience) {
  std::set<int> roles(audience.roles().begin(), audience.roles().end());
  std::set<std::string> groups(audience.groups().begin(), audience.groups().end());
  return absl::StrCat(absl::StrJoin(roles, ","), "|", absl::StrJoin(groups, ","), "|",
                      audience.party());
}

std::string Expected(const std::set<int>& roles, const std::set<std::string>& groups,
                     const std::string& party) {
  return absl::StrCat(absl::StrJoin(roles, ","), "|", absl::StrJoin(groups, ","), "|", party);
}

}  // namespace

const Ledger::Party* Ledger::Find(const std::string& party) const {
  const auto it = parties_.find(party);
  return it == parties_.end() ? nullptr : &it->second;
}

bool Ledger::MaySee(const std::string& party, const v1::Audience& audience) const {
  const Party* const entry = Find(party);
  if (entry == nullptr) return false;
  if (audience.party() == party) return true;
  for (const int role : audience.roles()) {
    if (role == v1::MEMBER) return true;
  }
  for (const std::string& group : audience.groups()) {
    if (entry->groups.count(group) != 0) return true;
  }
  return false;
}

bool Ledger::MaySee(const std::string& party, const Record& record) const {
  const Party* const entry = Find(party);
  if (entry == nullptr) return false;
  return record.publisher == party ||
         std::any_of(record.groups.begin(), record.groups.end(),
                     [&](const std::string& group) { return entry->groups.count(group) != 0; });
}

std::set<std::string> Ledger::Matching(const std::string& party, const Person& person,
                                       absl::Time now) const {
  std::set<std::string> found;
  for (const auto& [id, record] : records_) {
    if (!InForce(record) || record.paused.Now() || !MaySee(party, record) ||
        Find(record.publisher)->suspended.Now()) {
      continue;
    }
    for (const v1::Signature& signature : record.signatures) {
      if (signature.expires_us() <= absl::ToUnixMicros(now)) continue;
      for (const Signed& own : person.signatures) {
        const auto& bytes = own.token.bytes();
        if (signature.token() ==
            absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {
          found.insert(id);
        }
      }
    }
  }
  return found;
}

void Ledger::Append(const hub::StoredEvent& event) {
  const v1::EventHeader& header = event.parsed.header;
  const uint64_t sequence = size() + 1;
  if (header.sequence() != sequence) {
    Violated(absl::StrCat("the log's event ", sequence, " has the number ", header.sequence()));
  }
  if (!entries_.empty() && header.time_us() < entries_.back().parsed.header.time_us()) {
    Violated(absl::StrCat("the time of event ", sequence, " is before its predecessor's"));
  }
  if (log::LeafHash(event.event) != event.leaf_hash) {
    Violated(absl::StrCat("the leaf hash of event ", sequence, " is not that of its bytes"));
  }
  entries_.push_back({event.parsed, event.leaf_hash});
  frontier_.Append(event.leaf_hash);
  roots_.push_back(frontier_.Root());
  ++counts[v1::EventKind_Name(header.kind())];
  CheckUnique(MarkerOf(event.parsed.body), sequence);
  const bool is_pause = event.parsed.body.has_record_paused();
  if (is_pause || event.parsed.body.has_record_resumed()) {
    const auto got = std::make_pair(RecordIdOf(event.parsed.body), is_pause);
    const auto record = records_.find(got.first);
    const bool by_review =
        !follows_ && record != records_.end() && DueFor(record->second) == is_pause;
    if (by_review) ++counts["pauses reviewed"];
    if (!by_review && follows_ != got) {
      Violated(absl::StrCat("event ", sequence, is_pause ? " pauses" : " resumes",
                            " a record for no reason"));
    }
    follows_.reset();
  }
  ApplyRoster(event.parsed);
  ApplyRecord(event.parsed);
  CheckAudience(event.parsed);
}

void Ledger::EndCommit() {
  if (!follows_) return;
  Violated(absl::StrCat(follows_->second ? "a pause" : "the end of a pause",
                        " should have followed event ", size()));
  follows_.reset();
}

std::pair<uint64_t, uint64_t> Ledger::DisputesOf(const Record& record) const {
  const std::set<std::string> holders = Holders(record);
  uint64_t standing = 0, of_others = 0;
  for (const auto& [party, opinion] : record.opinions) {
    if (IsUnanswered(record, opinion)) ++(holders.count(party) != 0 ? standing : of_others);
  }
  return {standing, of_others};
}

bool Ledger::TooMany(const Record& record) const {
  return DisputesOf(record).first * 100 > uint64_t{kSharePercent} * Holders(record).size();
}

std::optional<bool> Ledger::DueFor(const Record& record) const {
  const bool too_many = TooMany(record);
  if (!InForce(record) || too_many == record.paused.Now()) return std::nullopt;
  // That others joined ends no pause.
  if (!too_many && DisputesOf(record).second == 0) return std::nullopt;
  return too_many;
}

void Ledger::CheckPauses() {
  for (const auto& [id, record] : records_) {
    if (DueFor(record)) {
      Violated(absl::StrCat("the record of event ", record.sequence, " should be ",
                            record.paused.Now() ? "in force" : "paused"));
    }
  }
}

void Ledger::CheckUnique(const std::string& marker, uint64_t sequence) {
  if (marker.empty()) return;
  const auto [it, inserted] = markers_.emplace(marker, sequence);
  if (!inserted) {
    Violated(absl::StrCat("one request is in the log twice (", marker, "): events ", it->second,
                          " and ", sequence));
  }
  if (refused_.count(marker) != 0) {
    Violated(absl::StrCat("event ", sequence, " is of a request that was refused (", marker, ")"));
  }
}

void Ledger::MustBeActive(const std::string& party, uint64_t sequence) {
  const Party* const entry = Find(party);
  if (entry == nullptr || entry->suspended.Now()) {
    Violated(absl::StrCat("event ", sequence, " is by ", party, ", who may do nothing now"));
  }
}

void Ledger::CheckAudience(const log::ParsedEvent& event) {
  static const auto& everybody =
      *new std::set<int>{v1::MEMBER, v1::COORDINATOR, v1::EXPERT, v1::AGENCY, v1::AUDITOR};
  const v1::EventBody& body = event.body;
  std::string expected;
  switch (body.body_case()) {
    case v1::EventBody::kMemberAdmitted:
    case v1::EventBody::kMemberSuspended:
    case v1::EventBody::kMemberReinstated:
    case v1::EventBody::kSignatureTypeAnnounced:
      expected = Expected(everybody, {}, "");
      break;
    case v1::EventBody::kGroupCreated:
      expected = Expected({v1::COORDINATOR, v1::AUDITOR}, {body.group_created().group()},
                          body.group_created().created_by());
      break;
    case v1::EventBody::kGroupJoined:
      expected = Expected({v1::COORDINATOR, v1::AUDITOR}, {body.group_joined().group()},
                          body.group_joined().party());
      break;
    case v1::EventBody::kGroupLeft:
      expected = Expected({v1::COORDINATOR, v1::AUDITOR}, {body.group_left().group()},
                          body.group_left().party());
      break;
    case v1::EventBody::kSightingReported:
    case v1::EventBody::kCanaryMarked:
      expected = Expected({}, {}, "");
      break;
    case v1::EventBody::kRemedyAcknowledged:
      expected = Expected({v1::COORDINATOR}, {}, records_[RecordIdOf(body)].publisher);
      break;
    case v1::EventBody::kAlertRaised:
    case v1::EventBody::kAlertClosed:
      expected = Expected({v1::COORDINATOR}, {}, "");
      break;
    default: {
      const Record& record = records_[RecordIdOf(body)];
      expected = Expected({}, record.groups, record.publisher);
    }
  }
  const std::string got = AudienceText(event.header.audience());
  if (got != expected) {
    Violated(absl::StrCat("event ", event.header.sequence(), " (",
                          v1::EventKind_Name(event.header.kind()), ") is for ", got,
                          " and not for ", expected));
  }
}

void Ledger::ApplyRoster(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  const uint64_t sequence = event.header.sequence();
  switch (body.body_case()) {
    case v1::EventBody::kMemberAdmitted: {
      const auto& admitted = body.member_admitted();
      if (!parties_.emplace(admitted.party(), Party{admitted.region(), {}, {}, 0}).second) {
        Violated(absl::StrCat("event ", sequence, " admits a party for the second time"));
      }
      break;
    }
    case v1::EventBody::kMemberSuspended:
      parties_[body.member_suspended().party()].suspended.Set(sequence, true);
      break;
    case v1::EventBody::kMemberReinstated:
      parties_[body.member_reinstated().party()].suspended.Set(sequence, false);
      break;
    case v1::EventBody::kGroupCreated:
      groups_.insert(body.group_created().group());
      break;
    case v1::EventBody::kGroupJoined:
      parties_[body.group_joined().party()].groups_changed = sequence;
      if (!parties_[body.group_joined().party()].groups.insert(body.group_joined().group()).second)
        Violated(absl::StrCat("event ", sequence, " joins a group for the second time"));
      break;
    case v1::EventBody::kGroupLeft:
      parties_[body.group_left().party()].groups_changed = sequence;
      if (parties_[body.group_left().party()].groups.erase(body.group_left().group()) == 0)
        Violated(absl::StrCat("event ", sequence, " leaves a group that the party was not in"));
      break;
    default:
      break;
  }
}

Ledger::Record* Ledger::RecordOf(const std::string& id, uint64_t sequence) {
  const auto it = records_.find(id);
  if (it != records_.end()) return &it->second;
  Violated(absl::StrCat("event ", sequence, " is about a record that nobody published"));
  return nullptr;
}

std::set<std::string> Ledger::Holders(const Record& record) const {
  std::set<std::string> holders;
  for (const auto& [name, party] : parties_) {
    if (name == record.publisher || party.suspended.Now()) continue;
    for (const std::string& group : record.groups) {
      if (party.groups.count(group) != 0) holders.insert(name);
    }
  }
  return holders;
}

void Ledger::Published(const log::ParsedEvent& event) {
  const auto& published = event.body.record_published();
  const uint64_t sequence = event.header.sequence();
  Record record;
  record.id = published.record_id();
  record.publisher = published.publisher();
  record.decision = published.facts().decision_reference();
  record.groups = {published.facts().groups().begin(), published.facts().groups().end()};
  record.signatures = {published.signatures().begin(), published.signatures().end()};
  record.sequence = sequence;
  record.about = {sequence};
  MustBeActive(record.publisher, sequence);
  for (const std::string& group : record.groups) {
    if (parties_[record.publisher].groups.count(group) == 0) {
      Violated(absl::StrCat("event ", sequence, " is published to a group of others"));
    }
  }
  if (!records_.emplace(record.id, record).second) {
    Violated(absl::StrCat("event ", sequence, " publishes a record for the second time"));
  }
}

void Ledger::ApplyRecord(const log::ParsedEvent& event) {
  const v1::EventBody& body = event.body;
  const uint64_t sequence = event.header.sequence();
  if (body.has_record_published()) return Published(event);
  const std::string id = RecordIdOf(body);
  if (id.empty()) return;
  Record* const record = RecordOf(id, sequence);
  if (record == nullptr) return;
  if (record->erased == 0 && !body.has_record_erased()) record->about.push_back(sequence);
  switch (body.body_case()) {
    case v1::EventBody::kRecordRetracted:
    case v1::EventBody::kRecordExpired:
      if (!InForce(*record)) {
        Violated(absl::StrCat("event ", sequence, " ends a record that has ended"));
      }
      record->ended = sequence;
      record->ended_by = event.header.kind();
      if (body.has_record_retracted()) {
        MustBeActive(record->publisher, sequence);
        if (body.record_retracted().retracted_by() != record->publisher) {
          Violated(absl::StrCat("event ", sequence, " retracts another's record"));
        }
      } else {
        for (const v1::Signature& signature : record->signatures) {
          if (signature.expires_us() > event.header.time_us()) {
            Violated(absl::StrCat("event ", sequence, " expires a record before its time"));
          }
        }
      }
      break;
    case v1::EventBody::kOpinionGiven:
      ApplyOpinion(event, *record);
      break;
    case v1::EventBody::kDisputeAnswered:
      if (body.dispute_answered().answered_by() != record->publisher) {
        Violated(absl::StrCat("event ", sequence, " answers for another"));
      }
      record->answered_through = sequence;
      record->paused.Set(sequence, false);
      break;
    case v1::EventBody::kRecordPaused:
      record->paused.Set(sequence, true);
      break;
    case v1::EventBody::kRecordResumed:
      record->paused.Set(sequence, false);
      break;
    case v1::EventBody::kSightingReported:
      MustBeActive(body.sighting_reported().party(), sequence);
      if (!InForce(*record) || !MaySee(body.sighting_reported().party(), *record)) {
        Violated(absl::StrCat("event ", sequence, " sights what its member cannot see"));
      }
      break;
    case v1::EventBody::kRemedyAcknowledged:
      if (body.remedy_acknowledged().ended_sequence() !=
          (record->erased != 0 ? record->erased : record->ended)) {
        Violated(absl::StrCat("event ", sequence, " acknowledges another end"));
      }
      break;
    case v1::EventBody::kRecordErased:
      Erased(event, *record);
      break;
    default:
      break;
  }
}

void Ledger::ApplyOpinion(const log::ParsedEvent& event, Record& record) {
  const auto& given = event.body.opinion_given();
  const uint64_t sequence = event.header.sequence();
  MustBeActive(given.party(), sequence);
  if (!InForce(record) || given.party() == record.publisher || !MaySee(given.party(), record)) {
    Violated(absl::StrCat("event ", sequence, " is an opinion that its member cannot have"));
  }
  const bool taken_back =
      given.stance() != v1::DISPUTE && IsUnanswered(record, record.opinions[given.party()]);
  record.opinions[given.party()] = {given.stance(), sequence};
  const bool too_many = TooMany(record);
  // Only a dispute begins a pause, and only one that is taken back ends it.
  const bool may_change = too_many ? given.stance() == v1::DISPUTE : taken_back;
  if (too_many != record.paused.Now() && may_change) follows_ = {record.id, too_many};
}

void Ledger::Erased(const log::ParsedEvent& event, Record& record) {
  const auto& erased = event.body.record_erased();
  if (std::vector<uint64_t>(erased.sequences().begin(), erased.sequences().end()) != record.about) {
    Violated(absl::StrCat("event ", event.header.sequence(),
                          " does not erase all that the log holds about its record"));
  }
  record.erased = event.header.sequence();
  if (record.ended == 0) {
    record.ended = record.erased;
    record.ended_by = v1::RECORD_ERASED;
  }
  for (const uint64_t sequence : record.about) entries_[sequence - 1].erased = true;
}

void Ledger::Acknowledged(const std::string& caller, const std::string& request_id,
                          const std::string& marker, const std::set<v1::EventKind>& kinds,
                          const hub::RequestOutcome& outcome) {
  const auto [it, first] = answers_.emplace(std::make_pair(caller, request_id), outcome);
  if (!first) {
    ++counts["answered again"];
    if (it->second.sequence != outcome.sequence || it->second.record_id != outcome.record_id) {
      Violated(absl::StrCat("a repeated request (", marker, ") got event ", outcome.sequence,
                            ", the first answer was ", it->second.sequence));
    }
    return;
  }
  ++counts["acknowledged"];
  if (outcome.sequence == 0 || outcome.sequence > size()) {
    Violated(
        absl::StrCat("the answer to ", marker, " names event ", outcome.sequence, " of ", size()));
    return;
  }
  acknowledged_through_ = std::max(acknowledged_through_, outcome.sequence);
  if (kinds.count(entry(outcome.sequence).parsed.header.kind()) == 0) {
    Violated(absl::StrCat("the answer to ", marker, " names an event of another kind, ",
                          outcome.sequence));
  }
  const auto own = markers_.find(marker);
  if (own != markers_.end() && own->second != outcome.sequence) {
    Violated(absl::StrCat("the answer to ", marker, " names event ", outcome.sequence,
                          ", it stands in ", own->second));
  }
}

void Ledger::Refused(const std::string& marker) {
  if (marker.empty()) return;
  ++counts["refused"];
  refused_.insert(marker);
  if (markers_.count(marker) != 0) {
    Violated(absl::StrCat(marker, " was refused, and is event ", markers_[marker]));
  }
}

}  // namespace vervet::simulation
