#include "tests/crash/hub_store_script.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/statement.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::crash {
namespace {

constexpr int32_t kLogApplicationId = 0x56764c67;
constexpr char kCoalition[] = "coalition.example";
constexpr char kParty[] = "member/market";

std::string Bytes(size_t size, char kind, uint64_t number) {
  std::string bytes(size, kind);
  for (size_t i = 0; i < 8 && i < size; ++i) {
    bytes[size - 1 - i] = static_cast<char>(number >> (8 * i));
  }
  return bytes;
}

}  // namespace

HubStoreScript::HubStoreScript(std::string folder) : folder_(std::move(folder)) {
  const auto small = [this](int count) {
    std::vector<hub::AppendEntry> batch;
    for (int i = 0; i < count; ++i) batch.push_back(Publication(1, 100));
    return batch;
  };
  AddStep("open", {});
  hub::AppendEntry without_request = Publication(0, 50);
  without_request.request.reset();
  AddStep("append one without a request", {without_request});
  AddStep("append one", small(1));
  AddStep("append three", {Publication(3, 200), Publication(0, 10), Publication(2, 900)});
  AddStep("append one over several pages", {Publication(64, 13'000)});
  AddStep("append a dozen", small(12));
  AddStep("erase two", {Erasure({3, 6})});
  AddStep("append one after the erasure", small(1));
  AddStep("close and open", {});
  AddStep("append over a checkpoint", {Publication(5, 18'000), Publication(1, 9'000)});
  AddStep("append and erase in one batch",
          {Publication(1, 100), Erasure({20, 21}), Publication(2, 300)});
  AddStep("append one at last", small(1));
  leaves_.resize(entries_.size());
  positions_.resize(steps_.size());
}

void HubStoreScript::AddStep(const std::string& name, std::vector<hub::AppendEntry> batch) {
  entries_.insert(entries_.end(), batch.begin(), batch.end());
  steps_.push_back({name, std::move(batch)});
}

hub::AppendEntry HubStoreScript::Publication(size_t elements, size_t body_bytes) {
  const uint64_t number = ++made_;
  hub::AppendEntry entry;
  entry.record_id = Bytes(16, 'r', number);
  entry.request = hub::RequestKey{kParty, Bytes(16, 'q', number), Bytes(32, 'f', number)};
  entry.draft.audience.add_roles(v1::MEMBER);
  auto& record = *entry.draft.body.mutable_record_published();
  record.set_record_id(entry.record_id);
  record.mutable_facts()->set_purpose(absl::StrCat(std::string(body_bytes, 'p'), number));
  for (size_t i = 0; i < elements; ++i) {
    entry.elements.push_back(Bytes(32, 'e', number * 100 + i));
  }
  return entry;
}

hub::AppendEntry HubStoreScript::Erasure(std::vector<uint64_t> sequences) {
  hub::AppendEntry entry;
  entry.draft.audience.add_roles(v1::MEMBER);
  auto& erased = *entry.draft.body.mutable_record_erased();
  for (const uint64_t sequence : sequences) erased.add_sequences(sequence);
  entry.erases = std::move(sequences);
  return entry;
}

absl::StatusOr<std::unique_ptr<hub::SqlcipherEventLog>> HubStoreScript::Open(
    const std::string& place) {
  return hub::SqlcipherEventLog::Open(absl::StrCat(folder_, "/", place, "/log.db"),
                                      storage::TestKey(), kCoalition, &env_,
                                      [](const hub::StoredEvent&) {});
}

absl::Status HubStoreScript::Run(size_t step) {
  const Step& what = steps_[step];
  if (what.batch.empty()) {
    VERVET_RETURN_IF_ERROR(Recover());
  } else {
    VERVET_ASSIGN_OR_RETURN(const auto events, log_->Append(what.batch));
    for (const hub::StoredEventPtr& event : events) {
      leaves_[event->sequence() - 1] = event->leaf_hash;
    }
  }
  positions_[step] = log_->Position();
  return absl::OkStatus();
}

absl::Status HubStoreScript::Recover() {
  log_.reset();
  VERVET_ASSIGN_OR_RETURN(log_, Open("run"));
  return absl::OkStatus();
}

uint64_t HubStoreScript::EventsIn(size_t steps) const {
  uint64_t events = 0;
  for (size_t i = 0; i < steps; ++i) events += steps_[i].batch.size();
  return events;
}

Finding HubStoreScript::LookAtOpen(const Progress& progress) { return Look(*log_, progress); }

Finding HubStoreScript::LookAtRestarted(const Progress& progress) {
  auto log = Open("look");
  if (!log.ok()) return {{absl::StrCat("does not open: ", log.status().ToString())}, 0};
  Finding finding = Look(**log, progress);
  const uint64_t size = (*log)->Position().size;
  const auto more = (*log)->Append({Publication(1, 100)});
  if (!more.ok()) {
    finding.violations.push_back(absl::StrCat("takes nothing more: ", more.status().ToString()));
  }
  log->reset();
  LookAtTables(size, finding);
  return finding;
}

Finding HubStoreScript::Look(hub::EventLog& log, const Progress& progress) {
  Finding finding;
  const uint64_t size = log.Position().size;
  finding.present = progress.acknowledged;
  if (progress.next_may_be_there && size != EventsIn(progress.acknowledged)) ++finding.present;
  if (size < EventsIn(progress.acknowledged)) {
    finding.violations.push_back(absl::StrCat("lost: ", size, " events, acknowledged were ",
                                              EventsIn(progress.acknowledged)));
  } else if (size != EventsIn(finding.present)) {
    finding.violations.push_back(absl::StrCat("half a batch: ", size, " events"));
  }
  LookAtEvents(log, size, finding);
  LookAtRoots(log, progress, finding);
  LookAtRequests(log, size, finding);
  return finding;
}

void HubStoreScript::LookAtEvents(hub::EventLog& log, uint64_t size, Finding& finding) {
  const auto events = log.Read(1, entries_.size() + 1, size_t{1} << 30);
  if (!events.ok() || events->size() != size || size > entries_.size()) {
    finding.violations.push_back(
        events.ok() ? absl::StrCat("reads ", events->size(), " events of ", size)
                    : absl::StrCat("cannot be read: ", events.status().ToString()));
    return;
  }
  std::set<uint64_t> erased;
  for (uint64_t i = 0; i < size; ++i) {
    erased.insert(entries_[i].erases.begin(), entries_[i].erases.end());
  }
  log::MerkleFrontier frontier;
  for (uint64_t i = 0; i < size; ++i) {
    const hub::StoredEvent& event = *(*events)[i];
    frontier.Append(event.leaf_hash);
    const bool is_erased = erased.count(i + 1) > 0;
    const std::string expected = is_erased ? "" : entries_[i].draft.body.SerializeAsString();
    if (event.sequence() != i + 1 || event.erased != is_erased || event.event.body() != expected) {
      finding.violations.push_back(absl::StrCat("event ", i + 1, " is not what was appended"));
    }
    if (!leaves_[i]) leaves_[i] = event.leaf_hash;  // of an append that answered with an error
    if (event.leaf_hash != *leaves_[i]) {
      finding.violations.push_back(
          absl::StrCat("event ", i + 1, " has another leaf hash than its answer had"));
    }
  }
  if (frontier.Root() != log.Position().root) finding.violations.push_back("another root");
}

void HubStoreScript::LookAtRoots(hub::EventLog& log, const Progress& progress, Finding& finding) {
  for (size_t step = 0; step < progress.acknowledged; ++step) {
    if (!positions_[step]) continue;
    const auto root = log.RootAt(positions_[step]->size);
    if (!root.ok() || *root != positions_[step]->root) {
      finding.violations.push_back(absl::StrCat("lost: the root of size ", positions_[step]->size,
                                                ", given after step ", step,
                                                ", is another or gone"));
    }
  }
}

void HubStoreScript::LookAtRequests(hub::EventLog& log, uint64_t size, Finding& finding) {
  for (uint64_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].request) continue;
    const auto outcome = log.FindRequest(*entries_[i].request);
    const bool right = outcome.ok() && outcome->has_value() == (i < size) &&
                       (i >= size || ((*outcome)->sequence == i + 1 &&
                                      (*outcome)->record_id == entries_[i].record_id));
    if (!right) {
      finding.violations.push_back(
          absl::StrCat("the request of event ", i + 1, " of ", size, " is not answered as it was"));
    }
  }
}

void HubStoreScript::LookAtTables(uint64_t size, Finding& finding) {
  storage::OpenOptions options;
  options.application_id = kLogApplicationId;
  auto store = storage::Database::Open(folder_ + "/look/log.db", storage::TestKey(), options);
  absl::Status status = store.status();
  if (status.ok()) status = (*store)->CheckIntegrity(storage::CheckDepth::kFull);
  if (!status.ok()) {
    finding.violations.push_back(absl::StrCat("integrity: ", status.ToString()));
    return;
  }
  std::set<uint64_t> erased;
  std::vector<std::string> expected, found;
  for (uint64_t i = 0; i < size && i < entries_.size(); ++i) {
    erased.insert(entries_[i].erases.begin(), entries_[i].erases.end());
  }
  for (uint64_t i = 0; i < size && i < entries_.size(); ++i) {
    if (erased.count(i + 1) > 0) continue;
    expected.insert(expected.end(), entries_[i].elements.begin(), entries_[i].elements.end());
  }
  auto select = storage::Statement::Prepare(
      **store, absl::StrCat("SELECT element FROM element WHERE sequence <= ", size,
                            " ORDER BY sequence, ordinal"));
  while (select.ok()) {
    const auto row = select->Step();
    if (!row.ok() || !*row) break;
    found.emplace_back(select->ColumnBlobAsString(0));
  }
  if (found != expected) finding.violations.push_back("the elements are not what was appended");
}

}  // namespace vervet::crash
