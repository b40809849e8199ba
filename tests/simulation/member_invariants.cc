// What must hold of each member after every step.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/store_pages.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {
namespace {

std::string Of(const std::string& party, absl::string_view what) {
  return absl::StrCat(party, ": ", what);
}

}  // namespace

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
        member.sim->process().vault->ForEachEvent([&](const vault::EventView& event) {
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
      member.sim->process().vault->ForEachEvent([&](const vault::EventView& event) {
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
    const auto told = member.sim->told().find(absl::BytesToHexString(id));
    const bool believes = told != member.sim->told().end() && !told->second.empty();
    ledger_.counts["reported matches"] += believes;
    if (report->references.empty() && !believes) continue;
    if (!ledger_.InForce(record) || !ledger_.MaySee(party, record) ||
        ledger_.Find(record.publisher)->suspended.Now() || record.paused.Now()) {
      ledger_.Violated(Of(party, absl::StrCat(believes ? "has not told the platform of the end of "
                                                       : "keeps its report of ",
                                              record.decision)));
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
            const views::RecordPtr record = state.records.Find(id);
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
