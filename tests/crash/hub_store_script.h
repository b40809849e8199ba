// The hub's log: batches large and small, requests, elements, erasures, checkpoints and restarts.
#ifndef VERVET_TESTS_CRASH_HUB_STORE_SCRIPT_H_
#define VERVET_TESTS_CRASH_HUB_STORE_SCRIPT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/crash/store_script.h"

namespace vervet::crash {

class HubStoreScript final : public StoreScript {
 public:
  // The store is `folder`/run/log.db, or `folder`/look/log.db for LookAtRestarted; both folders
  // exist.
  explicit HubStoreScript(std::string folder);

  size_t size() const override { return steps_.size(); }
  std::string NameOf(size_t step) const override { return steps_[step].name; }
  absl::Status Run(size_t step) override;
  absl::Status Recover() override;
  void Close() override { log_.reset(); }
  Finding LookAtOpen(const Progress& progress) override;
  Finding LookAtRestarted(const Progress& progress) override;

 private:
  struct Step {
    std::string name;
    std::vector<hub::AppendEntry> batch;  // empty: close and open
  };

  void AddStep(const std::string& name, std::vector<hub::AppendEntry> batch);
  hub::AppendEntry Publication(size_t elements, size_t body_bytes);
  hub::AppendEntry Erasure(std::vector<uint64_t> sequences);
  absl::StatusOr<std::unique_ptr<hub::SqlcipherEventLog>> Open(const std::string& place);

  uint64_t EventsIn(size_t steps) const;
  Finding Look(hub::EventLog& log, const Progress& progress);
  void LookAtEvents(hub::EventLog& log, uint64_t size, Finding& finding);
  void LookAtRoots(hub::EventLog& log, const Progress& progress, Finding& finding);
  void LookAtRequests(hub::EventLog& log, uint64_t size, Finding& finding);
  void LookAtTables(uint64_t size, Finding& finding);

  const std::string folder_;
  ManualEnvironment env_;
  uint64_t made_ = 0;  // publications
  std::vector<Step> steps_;
  std::vector<hub::AppendEntry> entries_;  // of all steps, in order: sequence number - 1

  std::unique_ptr<hub::SqlcipherEventLog> log_;
  // As the log gave them when it acknowledged: leaf hashes by sequence number - 1, and the position
  // behind each step.
  std::vector<std::optional<log::Hash>> leaves_;
  std::vector<std::optional<hub::LogPosition>> positions_;
};

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_HUB_STORE_SCRIPT_H_
