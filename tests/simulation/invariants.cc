// What must hold after every step.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/storage/statement.h"
#include "tests/simulation/store_pages.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {
namespace {

std::string Of(const std::string& party, absl::string_view what) {
  return absl::StrCat(party, ": ", what);
}

void DescribeRoster(const views::Roster& roster, const std::string& party, std::string& out) {
  for (const auto& [name, entry] : roster.parties()) {
    absl::StrAppend(&out, "party ", name, " ", entry.region, " ", entry.display_name, " ",
                    entry.suspended, entry.suspension_reason, "\n");
  }
  for (const auto& [name, group] : roster.groups()) {
    // Of a group that it has left, a member may still know who was in it.
    if (!party.empty() && group.members.count(party) == 0) continue;
    absl::StrAppend(&out, "group ", name, " ", group.display_name, ": ",
                    absl::StrJoin(group.members, ","), "\n");
  }
}

void DescribeRecord(const views::OffenderRecords& records,
                    const views::OffenderRecords::Record& record, bool with_holders,
                    std::string& out) {
  absl::StrAppend(&out, "record ", record.sequence, " ", record.publisher, " ",
                  static_cast<int>(record.state), " ", record.ended_sequence, " ",
                  absl::FormatTime(record.published), " ", absl::FormatTime(record.last_expiry),
                  " ", record.facts.SerializeAsString(), "\n");
  for (const v1::Signature& signature : record.signatures) {
    absl::StrAppend(&out, "  signature ", signature.SerializeAsString(), "\n");
  }
  const auto& aftermath = records.AftermathOf(record);
  absl::StrAppend(&out, "  ", aftermath.paused, " ", aftermath.answered_through, " ",
                  aftermath.last_answer, " ", aftermath.sighted_by, " ", aftermath.sighted_subjects,
                  " ", aftermath.end_reason, " ", absl::FormatTime(aftermath.ended), " ",
                  absl::FormatTime(aftermath.remedy_due), "\n");
  for (const auto& opinion : aftermath.opinions) {
    absl::StrAppend(&out, "  opinion ", opinion.party, " ", opinion.stance, " ", opinion.reason,
                    " ", opinion.sequence, " ", absl::FormatTime(opinion.answer_due), "\n");
  }
  for (const auto& remedy : aftermath.remedies) {
    absl::StrAppend(&out, "  remedy ", remedy.party, " ", remedy.outcome, " ", remedy.subjects,
                    "\n");
  }
  if (with_holders)
    absl::StrAppend(&out, "  holders ", absl::StrJoin(aftermath.holders, ","), "\n");
}

}  // namespace

std::string Describe(const views::CoalitionState& state, const Ledger& ledger,
                     const std::string& party) {
  std::string out = absl::StrCat("live ", state.records.live_records(), " ",
                                 state.records.live_signatures(), "\n");
  DescribeRoster(state.roster, party, out);
  for (const auto& [type, announced] : state.types.all()) {
    absl::StrAppend(&out, "type ", type, " ", announced.epoch, "\n");
  }
  for (const auto& [id, known] : ledger.records()) {
    const auto* const record = state.records.Find(id);
    if (record == nullptr) {
      absl::StrAppend(&out, "no ", known.sequence, "\n");
    } else {
      DescribeRecord(state.records, *record, party.empty(), out);
    }
  }
  return out;
}

std::string World::DescribeHub() {
  return hub_.state().Read([&](const hub::HubState& state) {
    std::string out = Describe(state, ledger_, "");
    for (const auto& [id, record] : ledger_.records()) {
      const auto count = state.sightings.CountOf(id);
      absl::StrAppend(&out, "sightings ", count.members, " ", count.subjects, "\n");
    }
    return out;
  });
}

void World::StartHub() {
  absl::Status status = hub_.Start();
  if (absl::IsFailedPrecondition(status)) {
    Note("the hub's clock is set right, so that it starts");
    ++ledger_.counts["clocks refused"];
    SetClockRight();
    status = hub_.Start();
    // A coordinator has looked at it: the log was quiet for so long.
    if (absl::IsFailedPrecondition(status)) status = hub_.Start(/*accept_clock=*/true);
  }
  if (!status.ok()) {
    return ledger_.Violated(absl::StrCat("the hub does not start: ", status.ToString()));
  }
  Note(absl::StrCat("the hub starts with ", hub_.log().Position().size, " events"));
  CheckLogAgainstLedger();
  if (!hub_before_.empty() && Fine() && DescribeHub() != hub_before_) {
    ledger_.Violated("the hub's state after a restart is not the one before");
    if (print_) {
      Note("before:\n" + hub_before_);
      Note("after:\n" + DescribeHub());
    }
  }
  hub_before_.clear();
  append_unsure_ = false;
}

// All of the log, read from the store.
void World::CheckLogAgainstLedger() {
  const Disks::Mounted mounted(disks_, hub_.disk_ptr());
  const uint64_t size = hub_.log().Position().size;
  if (size < ledger_.size()) {
    return ledger_.Violated(absl::StrCat("the log lost events: ", size, " of ", ledger_.size(),
                                         ", answered up to ", ledger_.acknowledged_through()));
  }
  if (size > ledger_.size() && !append_unsure_) {
    return ledger_.Violated(
        absl::StrCat("the log has ", size, " events, ", ledger_.size(), " were committed"));
  }
  log::MerkleFrontier frontier;
  uint64_t next = 1;
  while (next <= size && Fine()) {
    const auto events = hub_.log().Read(next, 64, 1 << 20);
    if (!events.ok() || events->empty()) {
      return ledger_.Violated(absl::StrCat("event ", next, " cannot be read"));
    }
    for (const hub::StoredEventPtr& event : *events) {
      if (next > ledger_.size()) ledger_.Append(*event);
      if (event->sequence() != next) ledger_.Violated(absl::StrCat("a gap before event ", next));
      const Ledger::Entry& entry = ledger_.entry(next);
      if (event->leaf_hash != entry.leaf_hash) {
        ledger_.Violated(absl::StrCat("event ", next, " has changed"));
      }
      if (!event->erased && log::LeafHash(event->event) != entry.leaf_hash) {
        ledger_.Violated(absl::StrCat("the bytes of event ", next, " have changed"));
      }
      frontier.Append(event->leaf_hash);
      ++next;
    }
  }
  if (size >= ledger_.size()) ledger_.EndCommit();
  // Only now: the erasure of an event stands behind it.
  for (next = 1; next <= size && Fine();) {
    const auto events = hub_.log().Read(next, 64, 1 << 20);
    for (const hub::StoredEventPtr& event : *events) {
      if (event->erased != ledger_.entry(next).erased) {
        ledger_.Violated(
            absl::StrCat("event ", next, event->erased ? " is" : " is not", " erased"));
      }
      ++next;
    }
  }
  if (Fine() && frontier.Root() != hub_.log().Position().root) {
    ledger_.Violated("the root is not that of the events");
  }
}

void World::CheckHub(bool deep) {
  if (!Fine() || !hub_.running()) return;
  const hub::LogPosition position = hub_.log().Position();
  if (position.size != ledger_.size() || position.root != ledger_.RootAt(ledger_.size())) {
    return ledger_.Violated(absl::StrCat("the log's position is ", position.size, " of ",
                                         ledger_.size(), ", or its root is another"));
  }
  CheckErasedAtHub();
  if (!deep) return;
  // A read that fails ends the hub; then there is nothing to compare.
  hub_.disk().Heal();
  CheckLogAgainstLedger();
  const Disks::Mounted mounted(disks_, hub_.disk_ptr());
  for (int i = 0; i < 4; ++i) {
    const uint64_t at = random_.Below(ledger_.size() + 1);
    const auto root = hub_.log().RootAt(at);
    if (!root.ok() || *root != ledger_.RootAt(at)) {
      ledger_.Violated(absl::StrCat("the root at ", at, " is another"));
    }
  }
}

// Erasures that the hub has committed: their bytes are in no page of its files. Where its disk
// failed, emptying the write-ahead log may have to wait for the next commit.
void World::CheckErasedAtHub() {
  std::vector<const Ledger::Record*> fresh;
  for (const auto& [id, record] : ledger_.records()) {
    if (record.erased != 0 && erasures_gone_.count(id) == 0) fresh.push_back(&record);
  }
  if (fresh.empty()) return;
  const std::string pages = DecryptedPages(hub_.disk().files(), "log.db", Ground::Get().StoreKey());
  if (pages.find("CREATE TABLE event") == std::string::npos) {
    ledger_.Violated("the hub's pages could not be read by the simulation");
  }
  ++ledger_.counts["erasures looked for"];
  for (const Ledger::Record* record : fresh) {
    if (pages.find(record->decision) == std::string::npos) {
      erasures_gone_.insert(record->id);
      continue;
    }
    const uint64_t first_seen =
        erasures_left_.try_emplace(record->id, ledger_.size()).first->second;
    if (!hub_.disk().fault_met() || ledger_.size() > first_seen) {
      const size_t found = pages.find(record->decision);
      Note(absl::StrCat("  in page ", found / 4032, ": ",
                        absl::CEscape(pages.substr(found < 64 ? 0 : found - 64, 160))));
      ledger_.Violated(absl::StrCat("the hub's files still hold ", record->decision));
    }
  }
}

void World::StartMember(Member& member) {
  const absl::Status status = member.sim->Start();
  if (!status.ok()) {
    return ledger_.Violated(
        Of(member.sim->party(), absl::StrCat("does not start: ", status.ToString())));
  }
  member.refused_history = false;
  CheckMember(member, true);
}

bool World::IsLevel(Member& member) {
  const auto mounted = member.sim->Mount();
  const auto position = member.sim->process().vault->Position();
  return position.ok() && position->rewind_until == 0 && !position->purge_due &&
         !position->scrub_due && position->frontier.size() == ledger_.size() &&
         position->visibility_floor <= ledger_.size();
}

void World::CheckMember(Member& member, bool deep) {
  if (!Fine() || !member.sim->running()) return;
  member.sim->disk().Heal();
  const auto mounted = member.sim->Mount();
  const auto position = member.sim->process().vault->Position();
  const std::string& party = member.sim->party();
  if (!position.ok()) {
    return ledger_.Violated(Of(party, position.status().ToString()));
  }
  const uint64_t at = position->frontier.size();
  if (at > ledger_.size() || position->frontier.Root() != ledger_.RootAt(at)) {
    return ledger_.Violated(Of(party, absl::StrCat("its root at ", at, " is not the hub's")));
  }
  const bool level = IsLevel(member);
  CheckMatches(member, *position, level);
  if (!deep || !level) return;
  ++ledger_.counts["level members"];
  CheckStored(member);
  CheckFold(member);
  // What the vault could not keep of a report is looked at again after a restart.
  if (!member.sim->disk().fault_met()) CheckReports(member);
  CheckErasedAt(member);
}

void World::CheckMatches(Member& member, const vault::LogPosition& position, bool level) {
  const std::string& party = member.sim->party();
  const engine::LiveState& state = *member.sim->process().state;
  const uint64_t at =
      state.Read([](const views::CoalitionState& folded) { return folded.position; });
  const absl::Time now = member.sim->env().Now();
  // What this member has heard. While it reads the log anew, that goes into a state of its own; and
  // what it may no longer see, or was erased further on, it is not told of before it has read on.
  std::set<uint64_t> told;
  if (position.rewind_until == 0) {
    const absl::Status status =
        member.sim->process().vault->ForEachEvent([&](const vault::StoredEvent& event) {
          told.insert(event.sequence);
          return absl::OkStatus();
        });
    if (!status.ok()) return ledger_.Violated(Of(party, status.ToString()));
  }
  const std::vector<std::string> groups = state.OwnGroups();
  const uint64_t own_position = position.frontier.size();
  const Ledger::Party* const self = ledger_.Find(party);
  const bool settled = position.rewind_until == 0 && own_position >= position.visibility_floor &&
                       self != nullptr && own_position >= self->groups_changed;
  for (const Person& person : Ground::Get().people()) {
    std::vector<oprf::Token> tokens;
    for (const Signed& signature : person.signatures) tokens.push_back(signature.token);
    std::set<std::string> found;
    for (const Match& match : state.Matches(tokens, now)) {
      const std::string id = absl::HexStringToBytes(match.record_id);
      found.insert(id);
      const Ledger::Record& record = ledger_.records().at(id);
      const auto wrong = [&](absl::string_view why) {
        ledger_.Violated(
            Of(party, absl::StrCat("at ", at, " it matches ", record.decision, ", ", why)));
      };
      const bool stays =
          ledger_.MaySee(party, record) && (record.erased == 0 || record.erased <= at);
      if (stays && record.ended != 0 && record.ended <= at && told.count(record.ended) != 0) {
        wrong("which has ended");
      }
      if (stays && record.paused.At(at) && told.count(record.paused.Since(at)) != 0) {
        wrong("which is paused");
      }
      const bool shared = std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
        return record.groups.count(group) != 0;
      });
      if (settled && !shared && record.publisher != party) wrong("which is not shared with it");
      if (ledger_.Find(record.publisher)->suspended.At(at)) wrong("of a suspended publisher");
      if (match.expires <= absl::ToChronoTime(now)) wrong("which has expired by its own clock");
    }
    if (!found.empty()) ++ledger_.counts["matches"];
    if (level && found != ledger_.Matching(party, person, now)) {
      ledger_.Violated(
          Of(party, absl::StrCat("matches ", found.size(), " records of ", person.subject.reference,
                                 " instead of ", ledger_.Matching(party, person, now).size())));
    }
  }
}

// The vault of a member that is level holds what its audience allows now, and nothing else.
void World::CheckStored(Member& member) {
  const std::string& party = member.sim->party();
  std::set<uint64_t> stored;
  const absl::Status status =
      member.sim->process().vault->ForEachEvent([&](const vault::StoredEvent& event) {
        stored.insert(event.sequence);
        const Ledger::Entry& entry = ledger_.entry(event.sequence);
        const auto& body = entry.parsed.body;
        if (entry.erased) {
          ledger_.Violated(Of(party, absl::StrCat("keeps event ", event.sequence, " (",
                                                  v1::EventKind_Name(entry.parsed.header.kind()),
                                                  "), which was erased")));
        }
        // Who was in a group that it has left, it may go on knowing.
        const bool of_group =
            body.has_group_created() || body.has_group_joined() || body.has_group_left();
        if (!of_group && !ledger_.MaySee(party, entry.parsed.header.audience())) {
          ledger_.Violated(Of(party, absl::StrCat("keeps event ", event.sequence, " (",
                                                  v1::EventKind_Name(entry.parsed.header.kind()),
                                                  "), which is not for it")));
        }
        return absl::OkStatus();
      });
  if (!status.ok()) ledger_.Violated(Of(party, status.ToString()));
  for (uint64_t sequence = 1; sequence <= ledger_.size(); ++sequence) {
    const Ledger::Entry& entry = ledger_.entry(sequence);
    if (!entry.erased && stored.count(sequence) == 0 &&
        ledger_.MaySee(party, entry.parsed.header.audience())) {
      ledger_.Violated(Of(party, absl::StrCat("lacks event ", sequence, " (",
                                              v1::EventKind_Name(entry.parsed.header.kind()),
                                              "), which is for it")));
    }
  }
}

void World::CheckFold(Member& member) {
  const std::string& party = member.sim->party();
  views::CoalitionState fresh;
  for (uint64_t sequence = 1; sequence <= ledger_.size(); ++sequence) {
    const Ledger::Entry& entry = ledger_.entry(sequence);
    if (!entry.erased && ledger_.MaySee(party, entry.parsed.header.audience())) {
      fresh.Apply(entry.parsed);
    }
  }
  const std::string expected = Describe(fresh, ledger_, party);
  const std::string got = member.sim->process().state->Read(
      [&](const views::CoalitionState& state) { return Describe(state, ledger_, party); });
  if (got == expected) return;
  ledger_.Violated(Of(party, "its state is not the fold of what it may see"));
  Note("expected:\n" + absl::CEscape(expected));
  Note("got:\n" + absl::CEscape(got));
}

void World::CheckReports(Member& member) {
  const std::string& party = member.sim->party();
  vault::Vault& vault = *member.sim->process().vault;
  for (const auto& [id, record] : ledger_.records()) {
    const auto report = vault.Reported(id);
    if (!report.ok()) return ledger_.Violated(Of(party, report.status().ToString()));
    if (report->references.empty()) continue;
    ++ledger_.counts["reported matches"];
    if (!ledger_.InForce(record) || !ledger_.MaySee(party, record) ||
        ledger_.Find(record.publisher)->suspended.Now() || record.paused.Now()) {
      ledger_.Violated(
          Of(party, absl::StrCat("has not taken back its report of ", record.decision)));
    }
  }
}

void World::CheckErasedAt(Member& member) {
  // What waits in the outbox is there on purpose.
  if (member.sim->pending() != 0) return;
  bool any = false;
  for (const auto& [id, record] : ledger_.records()) any |= record.erased != 0;
  if (!any) return;
  const std::string name = member.sim->vault_path().substr(member.sim->vault_path().rfind('/') + 1);
  const std::string pages =
      DecryptedPages(member.sim->disk().files(), name, member.sim->StoreKey());
  if (pages.find("CREATE TABLE events") == std::string::npos) {
    return ledger_.Violated(Of(member.sim->party(), "its pages could not be read"));
  }
  for (const auto& [id, record] : ledger_.records()) {
    if (record.erased != 0 && pages.find(record.decision) != std::string::npos) {
      ledger_.Violated(
          Of(member.sim->party(), absl::StrCat("its files still hold ", record.decision)));
    }
  }
}

// Members of the same groups agree about every record that neither of them published.
void World::CheckPairs() {
  for (Member& a : members_) {
    for (Member& b : members_) {
      if (&a == &b || !IsLevel(a) || !IsLevel(b)) continue;
      const auto* const party_a = ledger_.Find(a.sim->party());
      const auto* const party_b = ledger_.Find(b.sim->party());
      if (party_a->groups != party_b->groups) continue;
      ++ledger_.counts["equal pairs"];
      for (const auto& [id, known] : ledger_.records()) {
        if (known.publisher == a.sim->party() || known.publisher == b.sim->party()) continue;
        const auto text = [&id = id](Member& member) {
          return member.sim->process().state->Read([&](const views::CoalitionState& state) {
            std::string out;
            const auto* const record = state.records.Find(id);
            if (record != nullptr) DescribeRecord(state.records, *record, false, out);
            return out;
          });
        };
        if (text(a) != text(b)) {
          ledger_.Violated(absl::StrCat(a.sim->party(), " and ", b.sim->party(), " disagree about ",
                                        known.decision));
        }
      }
    }
  }
}

}  // namespace vervet::simulation
