#include "tests/simulation/world.h"

#include <cstdio>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "hub/engine/registry.h"

namespace vervet::simulation {
namespace {

constexpr int kSteps = 110;
constexpr size_t kTraceLines = 4'000;
constexpr int kStartingMembers = 3;

}  // namespace

World::World(uint64_t seed)
    : random_(seed),
      seed_(seed),
      hub_env_(seed),
      hub_(&disks_, folder_.Sub("hub"), &hub_env_,
           [this](absl::Span<const hub::StoredEventPtr> events) {
             if (fork_) return;
             for (const hub::StoredEventPtr& event : events) {
               ledger_.Append(*event);
               Note(absl::StrCat(
                   "  event ", event->sequence(), " ",
                   v1::EventKind_Name(event->parsed.header.kind()), " ",
                   absl::BytesToHexString(log::AsBytes(event->leaf_hash)).substr(0, 8)));
             }
             ledger_.EndCommit();
           }) {}

World::~World() = default;

void World::Note(std::string line) {
  // Each run has a folder of its own, and a replay is to say the same.
  absl::StrReplaceAll({{folder_.path(), "the folder"}}, &line);
  if (print_) std::fprintf(stderr, "%s%s\n", std::string(2 * depth_, ' ').c_str(), line.c_str());
  trace_.push_back(std::move(line));
  if (trace_.size() > kTraceLines) trace_.pop_front();
}

World::Member* World::Find(const std::string& party) {
  for (Member& member : members_) {
    if (member.sim->party() == party) return &member;
  }
  return nullptr;
}

World::Member* World::Running() {
  std::vector<Member*> able;
  for (Member& member : members_) {
    if (member.sim->running() && !member.sim->syncing()) able.push_back(&member);
  }
  return able.empty() ? nullptr : random_.Pick(able);
}

bool World::Run() {
  // Steps keep references across nested ones.
  members_.reserve(16);
  StartHub();
  quiet_ = true;
  for (int i = 0; i < 2; ++i) ChangeRoster();
  for (int i = 0; i < kStartingMembers; ++i) ChangeRoster();
  for (int i = 0; i < 8; ++i) ChangeMembership();
  quiet_ = false;
  for (int i = 0; i < kSteps && Fine(); ++i) {
    Note(absl::StrCat("step ", i));
    Step();
    CheckHub(i % 16 == 15);
    for (Member& member : members_) {
      if (Fine()) CheckMember(member, false);
    }
  }
  if (Fine()) Settle();
  return Fine();
}

// A step inside a stream: what goes on elsewhere while a member reads.
void World::Nested() {
  if (quiet_ || depth_ >= 2) return;
  ++depth_;
  Step();
  --depth_;
}

void World::Step() {
  if (!Fine()) return;
  if (!hub_.running()) {
    if (random_.OneIn(3)) StartHub();
    if (!hub_.running() && !random_.OneIn(3)) return;
  }
  Member* const member = Running();
  if (member == nullptr) return;
  const uint64_t dice = random_.Below(1000);
  if (dice < 220) return Sync(*member);
  if (dice < 370) return Publish(*member);
  if (dice < 450) return Deliver(*member);
  if (dice < 470) return RetractOwn(*member);
  if (dice < 520) return CheckSomebody(*member);
  if (dice < 610) return Opine(*member);
  if (dice < 640) return AnswerDisputes(*member);
  if (dice < 675) return ReportSighting(*member);
  if (dice < 710) return AcknowledgeRemedy(*member);
  if (dice < 728) return Erase(*member);
  if (dice < 734) return CourtErase();
  if (dice < 745) return Sync(*member);
  if (dice < 755) return MarkCanary();
  if (dice < 775) return ChangeRoster();
  if (dice < 815) return ChangeMembership();
  if (dice < 875) return RetrySome();
  if (dice < 890) return Partition(*member);
  if (dice < 905) return RotateCertificate(*member);
  if (dice < 930) return CrashMember(*member);
  if (dice < 945 && depth_ == 0) return CrashHub();
  if (dice < 955) return SpoilDisk();
  if (dice < 958 && depth_ == 0) return RestoreBackup();
  if (dice < 980) return MoveClocks();
  hub_env_.Advance(absl::Seconds(1));
  hub_.Tick();
  EndFailedHub();
}

void World::Settle() {
  Note("settling");
  quiet_ = true;
  for (int round = 0; round < 4 && Fine(); ++round) {
    hub_.disk().Heal();
    EndFailedHub();
    if (!hub_.running()) StartHub();
    const std::vector<Request> late = std::move(delayed_);
    delayed_.clear();
    CallHub(late);
    for (Wish& wish : std::exchange(wishes_, {})) SettleWish(std::move(wish));
    hub_.Tick();
    for (Member& member : members_) {
      member.partitioned = false;
      member.sim->disk().Heal();
      if (!member.sim->running() || member.refused_history) {
        if (member.sim->running()) member.sim->Crash(1);
        StartMember(member);
      }
      if (!Fine()) return;
      Deliver(member);
      Sync(member);
    }
  }
  if (hub_.running()) {
    hub_.Tick();
    EndFailedHub();
    if (hub_.running()) ledger_.CheckPauses();
  }
  CheckHub(true);
  for (Member& member : members_) {
    if (!Fine()) return;
    const auto* const party = ledger_.Find(member.sim->party());
    if (!party->suspended.Now()) {
      // A rewind takes a stream of its own; more than a few would be a circle.
      for (int i = 0; i < 6 && !IsLevel(member); ++i) Sync(member);
      if (!IsLevel(member)) {
        ledger_.Violated(absl::StrCat(member.sim->party(), " does not catch up"));
      }
      if (member.sim->pending() != 0) {
        ledger_.Violated(absl::StrCat(member.sim->party(), " has undelivered publications"));
      }
    }
    CheckMember(member, true);
  }
  if (Fine()) CheckPairs();
  if (Fine() && !wishes_.empty()) {
    for (const Wish& wish : wishes_) {
      if (!ledger_.Find(wish.caller)->suspended.Now()) {
        ledger_.Violated(absl::StrCat("no answer to: ", wish.what));
      }
    }
  }
}

}  // namespace vervet::simulation
