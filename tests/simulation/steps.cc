// What may happen in a step.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hub/engine/alerts.h"
#include "hub/engine/publish.h"
#include "hub/engine/records.h"
#include "hub/engine/registry.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {
namespace {

constexpr size_t kMaxMembers = 6;

std::string Short(const Ledger::Record& record) { return record.decision; }

}  // namespace

void World::Want(const std::string& caller, const std::string& request_id, std::string marker,
                 std::set<v1::EventKind> kinds, std::string what,
                 std::function<absl::StatusOr<hub::Command>(Environment&)> command) {
  SettleWish({caller,
              request_id,
              std::move(marker),
              std::move(kinds),
              absl::StrCat(caller, " ", what),
              {caller, request_id, std::move(command)}});
}

const Ledger::Record* World::AnyRecord() {
  if (ledger_.records().empty()) return nullptr;
  auto it = ledger_.records().begin();
  std::advance(it, random_.Below(ledger_.records().size()));
  return &it->second;
}

const Ledger::Record* World::KnownRecord(Member& member, bool own) {
  std::vector<const Ledger::Record*> known, in_force;
  member.sim->process().state->Read([&](const views::CoalitionState& state) {
    for (const auto& [id, record] : ledger_.records()) {
      if (state.records.Find(id) == nullptr || (record.publisher == member.sim->party()) != own) {
        continue;
      }
      known.push_back(&record);
      if (ledger_.InForce(record)) in_force.push_back(&record);
    }
  });
  if (!in_force.empty() && !random_.OneIn(6)) return random_.Pick(in_force);
  return known.empty() ? nullptr : random_.Pick(known);
}

void World::Publish(Member& member) {
  std::vector<std::string> groups;
  const auto own = member.sim->process().state->OwnGroups();
  for (const std::string& group : own) {
    if (groups.empty() || random_.OneIn(2)) groups.push_back(group);
  }
  if (groups.empty()) return;
  // Long enough not to come up by chance in bytes that are random.
  const std::string decision = absl::StrCat("case-p", Number(), ".");
  const absl::Duration lifetime = random_.OneIn(3) ? absl::Minutes(5 + random_.Below(600))
                                                   : absl::Hours(24 + random_.Below(600));
  const absl::Status status =
      member.sim->Publish(random_.Pick(Ground::Get().people()), decision, groups, lifetime);
  Note(absl::StrCat(member.sim->party(), " publishes ", decision, " ", status.ToString()));
  if (random_.OneIn(2)) Deliver(member);
}

void World::RetractOwn(Member& member) {
  const Ledger::Record* const record = KnownRecord(member, true);
  if (record == nullptr) return;
  const std::string reason = absl::StrCat("r", Number(), ". of ", Short(*record));
  const absl::Status status = member.sim->Retract(record->id, reason);
  Note(absl::StrCat(member.sim->party(), " retracts ", Short(*record), " ", status.ToString()));
  if (random_.OneIn(2)) Deliver(member);
}

void World::Deliver(Member& member) {
  Note(absl::StrCat(member.sim->party(), " delivers its outbox"));
  const absl::Status status = member.sim->DeliverOutbox(
      [&](const vault::OutboxEntry& entry) { return SendEntry(member, entry); });
  if (!status.ok()) Note(absl::StrCat("  ", status.ToString()));
}

void World::Sync(Member& member) {
  if (member.refused_history) return;
  Note(absl::StrCat(member.sim->party(), " syncs"));
  if (!quiet_ && random_.OneIn(10)) Spoil(member.sim->disk(), member.sim->party());
  const absl::Status status = member.sim->Sync();
  const uint64_t position = member.sim->process().sync->Progress().position;
  Note(absl::StrCat("  ", member.sim->party(), " is at ", position, " of ", ledger_.size(), ": ",
                    status.ToString()));
  if (absl::IsDataLoss(status)) {
    member.refused_history = true;
    // A vault that could not be read stops it, too, until it starts again.
    if (!member.sim->disk().fault_met()) {
      ledger_.Violated(
          absl::StrCat(member.sim->party(), " refuses the true log: ", status.ToString()));
    }
  } else if (absl::IsAborted(status) || absl::IsInvalidArgument(status)) {
    ledger_.Violated(
        absl::StrCat(member.sim->party(), " and the hub disagree: ", status.ToString()));
  }
  if (member.applied == ledger_.size()) ++ledger_.counts["level streams"];
  // A process whose disk fails does not always live on.
  if (!quiet_ && member.sim->disk().fault_met() && random_.OneIn(2)) return CrashMember(member);
  if (!fork_ && Fine()) CheckMember(member, true);
}

void World::CheckSomebody(Member& member) {
  const Person& person = random_.Pick(Ground::Get().people());
  const absl::Status status = member.sim->CheckPerson(person);
  Note(absl::StrCat(member.sim->party(), " checks ", person.subject.reference, " ",
                    status.ToString()));
}

void World::Opine(Member& member) {
  const Ledger::Record* const record =
      random_.OneIn(12) ? AnyRecord() : KnownRecord(member, random_.OneIn(20));
  if (record == nullptr) return;
  v1::OpineRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_stance(random_.OneIn(2) ? v1::DISPUTE : random_.OneIn(2) ? v1::AGREE : v1::DISAGREE);
  request.set_reason(absl::StrCat("o", Number(), ". of ", Short(*record)));
  request.set_for_subject(request.stance() == v1::DISPUTE && random_.OneIn(4));
  const std::string caller = member.sim->party();
  Want(caller, request.request_id(), request.reason(), {v1::OPINION_GIVEN},
       absl::StrCat("says ", v1::Stance_Name(request.stance()), ", ", request.reason()),
       [this, caller, request](Environment&) {
         return hub::OpineCommand(caller, request, hub_.remedy());
       });
}

void World::AnswerDisputes(Member& member) {
  const Ledger::Record* record = KnownRecord(member, !random_.OneIn(10));
  for (const auto& [id, known] : ledger_.records()) {
    if (known.paused.Now() && known.publisher == member.sim->party()) record = &known;
  }
  if (record == nullptr) return;
  v1::AnswerDisputesRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_answer(absl::StrCat("a", Number(), ". of ", Short(*record)));
  const std::string caller = member.sim->party();
  Want(caller, request.request_id(), request.answer(), {v1::DISPUTE_ANSWERED},
       absl::StrCat("answers, ", request.answer()),
       [caller, request](Environment&) { return hub::AnswerDisputesCommand(caller, request); });
}

void World::ReportSighting(Member& member) {
  const Ledger::Record* const record = random_.OneIn(10) ? AnyRecord() : KnownRecord(member, false);
  if (record == nullptr) return;
  v1::ReportSightingRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_subjects(static_cast<uint32_t>(++numbers_));
  request.set_first_matched_us(absl::ToUnixMicros(member.sim->env().Now()));
  const std::string caller = member.sim->party();
  Want(caller, request.request_id(), absl::StrCat("sighting ", request.subjects()),
       {v1::SIGHTING_REPORTED}, absl::StrCat("saw ", Short(*record)),
       [caller, request](Environment&) { return hub::ReportSightingCommand(caller, request); });
}

void World::AcknowledgeRemedy(Member& member) {
  const Ledger::Record* record = KnownRecord(member, false);
  for (int i = 0; i < 4 && (record == nullptr || record->ended == 0); ++i) record = AnyRecord();
  if (record == nullptr || record->ended == 0) return;
  v1::AcknowledgeRemedyRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_ended_sequence(record->erased != 0 ? record->erased : record->ended);
  request.set_outcome(v1::REVERSED);
  request.set_subjects(static_cast<uint32_t>(++numbers_));
  const std::string caller = member.sim->party();
  Want(caller, request.request_id(), absl::StrCat("remedy ", request.subjects()),
       {v1::REMEDY_ACKNOWLEDGED}, absl::StrCat("acknowledges the end of ", Short(*record)),
       [caller, request](Environment&) { return hub::AcknowledgeRemedyCommand(caller, request); });
}

void World::Erase(Member& member) {
  const Ledger::Record* const record = KnownRecord(member, !random_.OneIn(10));
  if (record == nullptr) return;
  v1::EraseRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_ground(random_.OneIn(2) ? v1::WITHDRAWN : v1::SUBJECT_RIGHT);
  const std::string caller = member.sim->party();
  Want(caller, request.request_id(), "", {v1::RECORD_ERASED},
       absl::StrCat("erases ", Short(*record)), [this, caller, request](Environment&) {
         return hub::EraseCommand(caller, request, hub_.remedy());
       });
}

void World::CourtErase() {
  const Ledger::Record* const record = AnyRecord();
  if (record == nullptr) return;
  v1::EraseRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  request.set_ground(v1::COURT_ORDER);
  Want(kCoordinator, request.request_id(), "", {v1::RECORD_ERASED},
       absl::StrCat("erases by court order ", Short(*record)), [this, request](Environment&) {
         return hub::EraseCommand(kCoordinator, request, hub_.remedy());
       });
}

void World::MarkCanary() {
  const Ledger::Record* const record = AnyRecord();
  if (record == nullptr) return;
  v1::MarkCanaryRequest request;
  request.set_request_id(NewId());
  request.set_record_id(record->id);
  Want(kCoordinator, request.request_id(), "", {v1::CANARY_MARKED},
       absl::StrCat("marks as a canary ", Short(*record)),
       [request](Environment&) { return hub::MarkCanaryCommand(kCoordinator, request); });
}

// A new group, a new member, a suspension, or its end.
void World::ChangeRoster() {
  if (groups_.size() < 2 || (groups_.size() < 4 && random_.OneIn(4))) {
    v1::CreateGroupRequest request;
    request.set_request_id(NewId());
    request.set_group(absl::StrCat("g", groups_.size()));
    request.set_display_name(absl::StrCat("group ", Number()));
    request.set_transfer_instrument("none: a simulation");
    if (!quiet_ && random_.OneIn(3)) request.add_permitted_regions("IE");
    groups_.push_back(request.group());
    return Want(kCoordinator, request.request_id(), request.display_name(), {v1::GROUP_CREATED},
                absl::StrCat("creates the group ", request.group()), [request](Environment&) {
                  return hub::CreateGroupCommand(kCoordinator, "IE", request);
                });
  }
  if (members_.size() < 3 || (members_.size() < kMaxMembers && random_.OneIn(6))) {
    const std::string name = absl::StrCat("m", members_.size());
    Member member;
    member.sim = std::make_unique<SimMember>(&disks_, this, name, folder_.Sub(name),
                                             seed_ * 7 + members_.size(), hub_env_.Now());
    members_.push_back(std::move(member));
    StartMember(members_.back());
    v1::AdmitRequest request;
    request.set_request_id(NewId());
    request.set_party("member/" + name);
    request.set_display_name(absl::StrCat("member ", Number()));
    request.set_region(random_.OneIn(4) ? "FR" : "IE");
    return Want(kCoordinator, request.request_id(), request.display_name(), {v1::MEMBER_ADMITTED},
                absl::StrCat("admits ", name),
                [request](Environment&) { return hub::AdmitCommand(kCoordinator, request); });
  }
  std::string party = random_.Pick(members_).sim->party();
  for (const auto& [name, known] : ledger_.parties()) {
    if (known.suspended.Now() && !random_.OneIn(3)) party = name;
  }
  const auto* const entry = ledger_.Find(party);
  const std::string reason = absl::StrCat("reason ", Number());
  if (entry != nullptr && entry->suspended.Now()) {
    v1::ReinstateRequest request;
    request.set_request_id(NewId());
    request.set_party(party);
    request.set_reason(reason);
    return Want(kCoordinator, request.request_id(), reason, {v1::MEMBER_REINSTATED},
                absl::StrCat("reinstates ", party),
                [request](Environment&) { return hub::ReinstateCommand(kCoordinator, request); });
  }
  v1::SuspendRequest request;
  request.set_request_id(NewId());
  request.set_party(party);
  request.set_reason(reason);
  Want(kCoordinator, request.request_id(), reason, {v1::MEMBER_SUSPENDED},
       absl::StrCat("suspends ", party),
       [request](Environment&) { return hub::SuspendCommand(kCoordinator, request); });
}

void World::ChangeMembership() {
  if (members_.empty() || groups_.empty()) return;
  const std::string party = random_.Pick(members_).sim->party();
  const std::string group = random_.Pick(groups_);
  const auto* const entry = ledger_.Find(party);
  if (entry != nullptr && entry->groups.count(group) != 0) {
    if (quiet_) return;
    v1::LeaveGroupRequest request;
    request.set_request_id(NewId());
    request.set_party(party);
    request.set_group(group);
    return Want(kCoordinator, request.request_id(), "", {v1::GROUP_LEFT},
                absl::StrCat("takes ", party, " out of ", group),
                [request](Environment&) { return hub::LeaveGroupCommand(kCoordinator, request); });
  }
  v1::JoinGroupRequest request;
  request.set_request_id(NewId());
  request.set_party(party);
  request.set_group(group);
  Want(kCoordinator, request.request_id(), "", {v1::GROUP_JOINED},
       absl::StrCat("puts ", party, " into ", group),
       [request](Environment&) { return hub::JoinGroupCommand(kCoordinator, request); });
}

}  // namespace vervet::simulation
