// What may go wrong in a step: the network, processes, disks, clocks, and people with old backups.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hub/engine/registry.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {

void World::Partition(Member& member) {
  member.partitioned = !member.partitioned;
  Note(absl::StrCat(member.sim->party(), member.partitioned ? " is cut off" : " is back"));
}

// The same identity with another certificate: a connection of its own, and the old one ends.
void World::RotateCertificate(Member& member) {
  Sync(member);
  if (!Fine() || !member.sim->running()) return;
  ++ledger_.counts["certificates rotated"];
  Note(absl::StrCat(member.sim->party(), " rotates its certificate"));
  Sync(member);
}

void World::CrashMember(Member& member) {
  const uint64_t power = random_.Below(8);
  Note(absl::StrCat(member.sim->party(), " crashes (", power, ")"));
  ++ledger_.counts["member crashes"];
  member.sim->Crash(power);
  StartMember(member);
}

void World::CrashHub() {
  if (!hub_.running()) return;
  const uint64_t power = random_.Below(8);
  Note(absl::StrCat("the hub crashes (", power, ")"));
  ++ledger_.counts["hub crashes"];
  hub_before_ = DescribeHub();
  hub_.Crash(power);
  if (random_.OneIn(2)) StartHub();
}

void World::SpoilDisk() {
  if (hub_.running()) Spoil(hub_.disk(), "the hub");
}

void World::Spoil(test_support::FaultDisk& disk, const std::string& whose) {
  test_support::Fault fault;
  fault.call = disk.calls() + 1 + random_.Below(20);
  fault.error = random_.OneIn(2) ? test_support::Fault::Error::kFull
                                 : test_support::Fault::Error::kInputOutput;
  Note(absl::StrCat(whose, "'s disk fails soon"));
  ++ledger_.counts["disk faults"];
  disk.Plan(fault);
}

// Not before anything that the log may say of the time.
void World::SetClockRight() {
  if (hub_.running()) latest_clock_ = std::max(latest_clock_, hub_.Now());
  hub_env_.SetWallClock(std::max({hub_env_.Now(), latest_clock_, ledger_.last_time()}));
}

void World::MoveClocks() {
  const uint64_t dice = random_.Below(100);
  const auto all = [&](absl::Duration by) {
    hub_env_.Advance(by);
    for (Member& member : members_) member.sim->env().Advance(by);
  };
  if (dice < 70) {
    all(absl::Minutes(1 + random_.Below(200)));
  } else if (dice < 85) {
    all(absl::Hours(random_.Below(300)));
  } else if (dice < 90) {
    Note("the hub's clock goes back a year");
    ++ledger_.counts["clocks set back"];
    hub_env_.SetWallClock(hub_env_.Now() - absl::Hours(24 * 365));
  } else if (dice < 93) {
    Note("the hub's clock jumps forward");
    ++ledger_.counts["clocks set forward"];
    hub_env_.SetWallClock(hub_env_.Now() + absl::Hours(24 * random_.Below(40)));
  } else if (!members_.empty()) {
    Member& member = members_[random_.Below(members_.size())];
    const absl::Duration by = absl::Hours(static_cast<int64_t>(random_.Below(100)) - 50);
    Note(absl::StrCat(member.sim->party(), "'s clock is off by ", absl::FormatDuration(by)));
    member.sim->env().SetWallClock(member.sim->env().Now() + by);
  }
  hub_.Tick();
  EndFailedHub();
}

// Somebody restores an old backup of the hub's store, it serves for a while, and the true store
// comes back.
void World::RestoreBackup() {
  if (!hub_.running() || ledger_.size() < 8) return;
  SetClockRight();
  const test_support::Files old = hub_.CopyStore();
  const uint64_t old_size = ledger_.size();
  quiet_ = true;
  for (int i = 0; i < 4; ++i) {
    if (Member* const member = Running(); member != nullptr) Publish(*member);
    Deliver(*Running());
  }
  for (Member& member : members_) {
    if (member.sim->running() && !member.sim->syncing() && !member.partitioned && Fine())
      Sync(member);
  }
  if (!Fine() || !hub_.running()) {
    quiet_ = false;
    return;
  }
  Note(absl::StrCat("a backup of size ", old_size, " is restored"));
  const test_support::Files kept = hub_.CopyStore();
  fork_ = true;
  hub_.ReplaceStore(old);
  const absl::Status started = hub_.Start(/*accept_clock=*/true);
  if (!started.ok()) ledger_.Violated(absl::StrCat("the backup: ", started.ToString()));
  for (uint64_t i = random_.Below(ledger_.size() - old_size + 3); i > 0 && Fine(); --i) {
    v1::AdmitRequest request;
    request.set_request_id(NewId());
    request.set_party(absl::StrCat("agency/fork", i));
    request.set_display_name("of the fork");
    request.set_region("IE");
    hub_.Call({{kCoordinator, request.request_id(),
                [request](Environment&) { return hub::AdmitCommand(kCoordinator, request); }}});
  }
  for (Member& member : members_) {
    if (!Fine() || !member.sim->running() || member.refused_history || member.partitioned) continue;
    const auto mounted = member.sim->Mount();
    const auto position = member.sim->process().vault->Position();
    if (!position.ok() || position->rewind_until != 0 || position->frontier.size() <= old_size ||
        !hub_.IsActive(member.sim->party())) {
      continue;
    }
    const absl::Status status = member.sim->Sync();
    ++ledger_.counts["restored backups refused"];
    Note(absl::StrCat("  ", member.sim->party(), ": ", status.ToString()));
    if (!absl::IsDataLoss(status)) {
      ledger_.Violated(absl::StrCat(member.sim->party(), " had ", position->frontier.size(),
                                    " events and takes a backup of ", old_size, ": ",
                                    status.ToString()));
    }
    member.refused_history = true;
    if (member.sim->process().sync->Progress().report_path.empty()) {
      ledger_.Violated(absl::StrCat(member.sim->party(), " keeps no report of the other log"));
    }
  }
  hub_.ReplaceStore(kept);
  fork_ = false;
  quiet_ = false;
  StartHub();
  for (Member& member : members_) {
    if (!member.refused_history || member.sim->syncing()) continue;
    member.sim->Crash(1);
    StartMember(member);
  }
}

}  // namespace vervet::simulation
