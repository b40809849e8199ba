// What all seeds share: keys, the people who may be published, and a place for files.
#ifndef VERVET_TESTS_SIMULATION_GROUND_H_
#define VERVET_TESTS_SIMULATION_GROUND_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/secret.h"
#include "core/oprf/token.h"
#include "hub/keyring/keyring.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "tests/support/fault_vfs.h"
#include "vervet/client.h"

namespace vervet::simulation {

inline constexpr char kCoalition[] = "coalition.example";
inline constexpr char kCoordinator[] = "coordinator/anna";
// A record matches nobody while more than this share of the members that have it dispute it: with
// the few members here, one is enough in some groups, and not in others.
inline constexpr int kSharePercent = 40;

// One identifier of a person as every member would evaluate it.
struct Signed {
  engine::Form form;
  std::string element;  // N
  oprf::Token token;
};

struct Person {
  Subject subject;
  std::vector<Signed> signatures;
};

// Made once a process: curve arithmetic costs more than everything else of a seed.
class Ground {
 public:
  static const Ground& Get();

  const hub::Keyring& keyring() const { return *keyring_; }
  const std::vector<v1::SignatureTypeAnnounced>& announcements() const { return announcements_; }
  const std::vector<Person>& people() const { return people_; }
  Secret<32> StoreKey() const;

 private:
  Ground();

  std::unique_ptr<const hub::Keyring> keyring_;
  std::vector<v1::SignatureTypeAnnounced> announcements_;
  std::vector<Person> people_;
};

// A folder in memory where there is such a place, removed with everything in it: the stores' bytes
// are on a FaultDisk, but lock files, key files and reports are real ones.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  // Makes the sub-folder.
  std::string Sub(const std::string& name) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Every party has a disk of its own, and SQLite knows one at a time: whoever touches a store mounts
// its disk first.
class Disks {
 public:
  using Disk = std::shared_ptr<test_support::FaultDisk>;

  class Mounted {
   public:
    Mounted(Disks& disks, Disk disk) : disks_(disks), before_(disks.current_) {
      disks_.Mount(std::move(disk));
    }
    ~Mounted() { disks_.Mount(before_); }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;

   private:
    Disks& disks_;
    const Disk before_;
  };

  Disks() { Mount(std::make_shared<test_support::FaultDisk>()); }

 private:
  void Mount(Disk disk) {
    current_ = disk;
    vfs_.Mount(std::move(disk));
  }

  test_support::FaultVfs vfs_;
  Disk current_;
};

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_GROUND_H_
