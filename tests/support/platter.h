// What a disk may hold after the power went: everything that was synced, and of the rest whatever
// the seed says.
#ifndef VERVET_TESTS_SUPPORT_PLATTER_H_
#define VERVET_TESTS_SUPPORT_PLATTER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace vervet::test_support {

// What a drive writes as one: a write is torn only between two of these.
inline constexpr size_t kSectorBytes = 512;

// One change that a program asked the file system for, in the order in which it asked.
struct Operation {
  enum class Kind {
    kCreate,
    kWrite,
    kTruncate,    // to `offset` bytes
    kSync,        // fsync of the file
    kSyncFailed,  // fsync that reported an error: the kernel may have dropped what it should write
    kDelete,
  };
  Kind kind = Kind::kWrite;
  std::string file;
  size_t offset = 0;
  std::string bytes;
  bool syncs_folder = false;  // the folder's entries are durable once this has happened
};

using Files = std::map<std::string, std::string>;  // name → content

// Applies `operation` to `content` as a running system sees it.
void ApplyTo(std::string& content, const Operation& operation);

// Value type. Files of one folder.
class Platter {
 public:
  Platter() = default;
  explicit Platter(const Files& durable);

  void Apply(const Operation& operation);

  // `in_flight` (may be null) was asked for and not answered when the power went. Seed 0: nothing
  // that was not synced survives. Seed 1: everything does, as when only the process is killed.
  // Above: of each file a random part of the unsynced writes, the last ones or any, some of them
  // torn; holes hold zeros or stale bytes; of the folder's changes a random first part.
  Files AfterPowerLoss(uint64_t seed, const Operation* in_flight = nullptr) const;

 private:
  struct Pending {
    Operation operation;
    bool durable = false;
    bool doomed = false;  // behind a failed fsync: a later one does not bring it back
  };
  struct Inode {
    std::string base;
    std::vector<Pending> pending;
  };
  struct FolderChange {
    std::string name;
    int inode = -1;  // -1: removed
  };

  int InodeOf(const std::string& name) const;
  void MakeDurable(Inode& inode);
  void SyncFolder();
  static std::string Surviving(const Inode& inode, int strategy, std::mt19937_64& random);

  std::vector<Inode> inodes_;
  std::map<std::string, int> folder_;  // durable entries
  std::vector<FolderChange> folder_changes_;
};

}  // namespace vervet::test_support

#endif  // VERVET_TESTS_SUPPORT_PLATTER_H_
