// A disk in memory under SQLite: remembers every change in order, fails the call that it is told to
// fail, and can be taken away in the middle of anything.
#ifndef VERVET_TESTS_SUPPORT_FAULT_VFS_H_
#define VERVET_TESTS_SUPPORT_FAULT_VFS_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/platter.h"

namespace vervet::test_support {

// Which call fails, and how.
struct Fault {
  enum class Error {
    kInputOutput,  // EIO; a write gets through by half, a read fails
    kFull,         // ENOSPC; of a write a first part got through. Other calls do not meet it.
  };
  uint64_t call = 0;  // counted from 1, as calls() counts
  Error error = Error::kInputOutput;
  bool lasts = false;  // until Heal(), instead of once
};

// One folder of files. SQLite may use it from several threads; who asks here is alone with it.
class FaultDisk {
 public:
  explicit FaultDisk(const Files& files = {}) : start_(files), files_(files) {}

  void Plan(const Fault& fault) { fault_ = fault; }
  void Heal() { fault_.reset(); }
  // The planned fault was met at least once.
  bool fault_met() const { return fault_met_; }

  // Opens, reads, writes, truncations, syncs and deletions so far: what can fail.
  uint64_t calls() const { return calls_; }
  uint64_t syncs() const { return syncs_; }
  // Which of the calls were writes.
  const std::vector<uint64_t>& writes() const { return writes_; }
  // What the running program sees.
  const Files& files() const { return files_; }
  // Every change so far.
  const std::vector<Operation>& changes() const { return changes_; }
  // What a power loss now would leave.
  Files AfterPowerLoss(uint64_t seed) const;

 private:
  friend struct FaultFile;
  friend class FaultVfs;

  // The wal-index and its locks, which live in memory that the connections share.
  struct SharedMemory {
    std::vector<std::unique_ptr<char[]>> regions;
    std::vector<struct FaultFile*> users;
  };
  enum class Call { kOpen, kRead, kWrite, kTruncate, kSync, kDelete };

  // True where this call is to fail.
  bool CallFails(Call call);
  void Record(Operation operation);

  const Files start_;
  Files files_;
  std::vector<Operation> changes_;
  uint64_t calls_ = 0;
  uint64_t syncs_ = 0;
  std::vector<uint64_t> writes_;
  std::optional<Fault> fault_;
  bool fault_met_ = false;
  std::map<std::string, SharedMemory> shared_memory_;
  std::map<std::string, std::vector<struct FaultFile*>> open_files_;
};

// Makes the mounted disk SQLite's default while it lives, so that the product's own code opens its
// stores there. A file is known by its name alone, whatever the folder. One at a time.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  // For files that are opened from now on; files that are open stay on their disk.
  void Mount(std::shared_ptr<FaultDisk> disk);
};

}  // namespace vervet::test_support

#endif  // VERVET_TESTS_SUPPORT_FAULT_VFS_H_
