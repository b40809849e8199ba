// What must hold of the hub after every step.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/describe.h"
#include "tests/simulation/store_pages.h"
#include "tests/simulation/world.h"

namespace vervet::simulation {

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

}  // namespace vervet::simulation
