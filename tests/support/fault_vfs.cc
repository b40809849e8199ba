#include "tests/support/fault_vfs.h"

#include <errno.h>
#include <sqlite3.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "core/base/mutex.h"

namespace vervet::test_support {
namespace {

// Connections may be several threads'; their calls come one at a time.
Mutex calls;

constexpr char kVfsName[] = "vervet-fault";
constexpr int kMaxPathBytes = 512;
// 2026-01-01 as a Julian day in milliseconds; SQLite needs some time, not this one.
constexpr sqlite3_int64 kJulianMilliseconds = 212'633'640'000'000;

std::string NameOf(const char* path) {
  const char* const slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

}  // namespace

// What SQLite holds of an open file; SQLite gives the memory.
struct FaultFile {
  sqlite3_file base;  // first: SQLite knows no more of it
  std::shared_ptr<FaultDisk> disk;
  std::string name;
  bool syncs_folder = false;  // its first sync makes its entry in the folder durable
  int lock = SQLITE_LOCK_NONE;
  unsigned shared_locks = 0;  // of the wal-index, one bit a slot
  unsigned exclusive_locks = 0;

  static FaultFile* From(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file); }

  // Each as the sqlite3_io_methods entry of that name.
  static int Close(sqlite3_file* file);
  static int Read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset);
  static int Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset);
  static int Truncate(sqlite3_file* file, sqlite3_int64 size);
  static int Sync(sqlite3_file* file, int flags);
  static int FileSize(sqlite3_file* file, sqlite3_int64* size);
  static int Lock(sqlite3_file* file, int level);
  static int Unlock(sqlite3_file* file, int level);
  static int CheckReservedLock(sqlite3_file* file, int* reserved);
  static int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  // As SQLite's own: a page, and a write that changes no byte outside its range.
  static int SectorSize(sqlite3_file*) { return 4096; }
  static int DeviceCharacteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  static int ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out);
  static int ShmLock(sqlite3_file* file, int offset, int count, int flags);
  static void ShmBarrier(sqlite3_file*) { MutexLock lock(calls); }
  static int ShmUnmap(sqlite3_file* file, int remove);

  int HighestOtherLock() const;
  std::string& content() const { return disk->files_[name]; }
};

namespace {

template <auto kMethod, typename... Args>
int OneAtATime(Args... args) {
  MutexLock lock(calls);
  return kMethod(args...);
}

const sqlite3_io_methods kMethods = {
    2,  // with shared memory, without memory-mapped reads
    &OneAtATime<&FaultFile::Close>,
    &OneAtATime<&FaultFile::Read>,
    &OneAtATime<&FaultFile::Write>,
    &OneAtATime<&FaultFile::Truncate>,
    &OneAtATime<&FaultFile::Sync>,
    &OneAtATime<&FaultFile::FileSize>,
    &OneAtATime<&FaultFile::Lock>,
    &OneAtATime<&FaultFile::Unlock>,
    &OneAtATime<&FaultFile::CheckReservedLock>,
    &FaultFile::FileControl,
    &FaultFile::SectorSize,
    &FaultFile::DeviceCharacteristics,
    &OneAtATime<&FaultFile::ShmMap>,
    &OneAtATime<&FaultFile::ShmLock>,
    &FaultFile::ShmBarrier,
    &OneAtATime<&FaultFile::ShmUnmap>,
    nullptr,
    nullptr,
};

}  // namespace

int FaultFile::Close(sqlite3_file* file) {
  FaultFile* const self = From(file);
  ShmUnmap(file, 0);
  auto& open = self->disk->open_files_[self->name];
  open.erase(std::remove(open.begin(), open.end(), self), open.end());
  self->~FaultFile();
  return SQLITE_OK;
}

int FaultFile::Read(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  FaultFile* const self = From(file);
  if (self->disk->CallFails(FaultDisk::Call::kRead)) return SQLITE_IOERR_READ;
  const std::string& content = self->content();
  const auto from = std::min(static_cast<size_t>(offset), content.size());
  const auto found = std::min(static_cast<size_t>(size), content.size() - from);
  std::memcpy(out, content.data() + from, found);
  if (found == static_cast<size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + found, 0, static_cast<size_t>(size) - found);
  return SQLITE_IOERR_SHORT_READ;
}

int FaultFile::Write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  FaultFile* const self = From(file);
  const bool fails = self->disk->CallFails(FaultDisk::Call::kWrite);
  const auto written = static_cast<size_t>(size) / (fails ? 2 : 1);
  self->disk->Record({Operation::Kind::kWrite, self->name, static_cast<size_t>(offset),
                      std::string(static_cast<const char*>(bytes), written), false});
  if (!fails) return SQLITE_OK;
  return self->disk->fault_->error == Fault::Error::kFull ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int FaultFile::Truncate(sqlite3_file* file, sqlite3_int64 size) {
  FaultFile* const self = From(file);
  if (self->disk->CallFails(FaultDisk::Call::kTruncate)) return SQLITE_IOERR_TRUNCATE;
  self->disk->Record(
      {Operation::Kind::kTruncate, self->name, static_cast<size_t>(size), "", false});
  return SQLITE_OK;
}

int FaultFile::Sync(sqlite3_file* file, int) {
  FaultFile* const self = From(file);
  ++self->disk->syncs_;
  if (self->disk->CallFails(FaultDisk::Call::kSync)) {
    self->disk->Record({Operation::Kind::kSyncFailed, self->name, 0, "", false});
    return SQLITE_IOERR_FSYNC;
  }
  self->disk->Record(
      {Operation::Kind::kSync, self->name, 0, "", std::exchange(self->syncs_folder, false)});
  return SQLITE_OK;
}

int FaultFile::FileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(From(file)->content().size());
  return SQLITE_OK;
}

int FaultFile::HighestOtherLock() const {
  int highest = SQLITE_LOCK_NONE;
  for (const FaultFile* other : disk->open_files_[name]) {
    if (other != this) highest = std::max(highest, other->lock);
  }
  return highest;
}

int FaultFile::Lock(sqlite3_file* file, int level) {
  FaultFile* const self = From(file);
  if (self->lock >= level) return SQLITE_OK;
  const int others = self->HighestOtherLock();
  if (level == SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_PENDING) return SQLITE_BUSY;
  if (level > SQLITE_LOCK_SHARED && others >= SQLITE_LOCK_RESERVED) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && others >= SQLITE_LOCK_SHARED) {
    self->lock = SQLITE_LOCK_PENDING;
    return SQLITE_BUSY;
  }
  self->lock = level;
  return SQLITE_OK;
}

int FaultFile::Unlock(sqlite3_file* file, int level) {
  FaultFile* const self = From(file);
  self->lock = std::min(self->lock, level);
  return SQLITE_OK;
}

int FaultFile::CheckReservedLock(sqlite3_file* file, int* reserved) {
  const FaultFile* const self = From(file);
  *reserved = std::max(self->lock, self->HighestOtherLock()) >= SQLITE_LOCK_RESERVED;
  return SQLITE_OK;
}

int FaultFile::ShmMap(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  FaultFile* const self = From(file);
  FaultDisk::SharedMemory& memory = self->disk->shared_memory_[self->name];
  if (std::find(memory.users.begin(), memory.users.end(), self) == memory.users.end()) {
    memory.users.push_back(self);
  }
  *out = nullptr;
  while (extend != 0 && memory.regions.size() <= static_cast<size_t>(region)) {
    memory.regions.push_back(std::make_unique<char[]>(static_cast<size_t>(size)));
  }
  if (static_cast<size_t>(region) < memory.regions.size()) {
    *out = memory.regions[static_cast<size_t>(region)].get();
  }
  return SQLITE_OK;
}

int FaultFile::ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  FaultFile* const self = From(file);
  const unsigned slots = ((1u << count) - 1u) << offset;
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    self->shared_locks &= ~slots;
    self->exclusive_locks &= ~slots;
    return SQLITE_OK;
  }
  unsigned others_shared = 0;
  unsigned others_exclusive = 0;
  for (const FaultFile* other : self->disk->shared_memory_[self->name].users) {
    if (other == self) continue;
    others_shared |= other->shared_locks;
    others_exclusive |= other->exclusive_locks;
  }
  if ((flags & SQLITE_SHM_SHARED) != 0) {
    if ((others_exclusive & slots) != 0) return SQLITE_BUSY;
    self->shared_locks |= slots;
  } else {
    if (((others_exclusive | others_shared) & slots) != 0) return SQLITE_BUSY;
    self->exclusive_locks |= slots;
  }
  return SQLITE_OK;
}

int FaultFile::ShmUnmap(sqlite3_file* file, int) {
  FaultFile* const self = From(file);
  FaultDisk::SharedMemory& memory = self->disk->shared_memory_[self->name];
  memory.users.erase(std::remove(memory.users.begin(), memory.users.end(), self),
                     memory.users.end());
  self->shared_locks = 0;
  self->exclusive_locks = 0;
  // The next connection builds the index again, as after a restart.
  if (memory.users.empty()) memory.regions.clear();
  return SQLITE_OK;
}

bool FaultDisk::CallFails(Call call) {
  ++calls_;
  if (call == Call::kWrite) writes_.push_back(calls_);
  if (!fault_ || calls_ < fault_->call) return false;
  if (calls_ > fault_->call && !fault_->lasts) return false;
  if (fault_->error == Fault::Error::kFull && call != Call::kWrite) return false;
  fault_met_ = true;
  return true;
}

void FaultDisk::Record(Operation operation) {
  if (operation.kind == Operation::Kind::kDelete) {
    files_.erase(operation.file);
  } else {
    ApplyTo(files_[operation.file], operation);
  }
  changes_.push_back(std::move(operation));
}

Files FaultDisk::AfterPowerLoss(uint64_t seed) const {
  Platter platter(start_);
  for (const Operation& change : changes_) platter.Apply(change);
  return platter.AfterPowerLoss(seed);
}

namespace {

// The VFS is known to SQLite by address, so there is one for the process.
struct Registered {
  sqlite3_vfs vfs = {};
  std::shared_ptr<FaultDisk> disk;
};
Registered registered;

}  // namespace

// The entries of sqlite3_vfs; a friend of FaultDisk through FaultVfs.
FaultVfs::FaultVfs() {
  using DiskPtr = std::shared_ptr<FaultDisk>;
  static const auto disk = []() -> const DiskPtr& { return registered.disk; };
  sqlite3_vfs& vfs = registered.vfs;
  vfs = {};
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(FaultFile);
  vfs.mxPathname = kMaxPathBytes;
  vfs.zName = kVfsName;
  vfs.xOpen = [](sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    MutexLock lock(calls);
    // A temporary file: the product keeps those in memory.
    if (path == nullptr) return SQLITE_CANTOPEN;
    if (disk()->CallFails(FaultDisk::Call::kOpen)) return SQLITE_CANTOPEN;
    const std::string name = NameOf(path);
    bool syncs_folder = false;
    if (disk()->files_.count(name) == 0) {
      if ((flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
      // The product makes the main file itself, and syncs the folder; SQLite does for the others,
      // with their first sync.
      const bool is_main = (flags & SQLITE_OPEN_MAIN_DB) != 0;
      syncs_folder = !is_main;
      disk()->Record({Operation::Kind::kCreate, name, 0, "", is_main});
    }
    auto* const opened = new (file) FaultFile{{&kMethods}, disk(), name, syncs_folder};
    disk()->open_files_[name].push_back(opened);
    if (out_flags != nullptr) *out_flags = flags;
    return SQLITE_OK;
  };
  vfs.xDelete = [](sqlite3_vfs*, const char* path, int syncs_folder) {
    MutexLock lock(calls);
    if (disk()->CallFails(FaultDisk::Call::kDelete)) return SQLITE_IOERR_DELETE;
    const std::string name = NameOf(path);
    if (disk()->files_.count(name) == 0) return SQLITE_IOERR_DELETE_NOENT;
    disk()->Record({Operation::Kind::kDelete, name, 0, "", syncs_folder != 0});
    return SQLITE_OK;
  };
  vfs.xAccess = [](sqlite3_vfs*, const char* path, int, int* out) {
    MutexLock lock(calls);
    const auto it = disk()->files_.find(NameOf(path));
    // As SQLite's own, which takes an empty file for none.
    *out = it != disk()->files_.end() && !it->second.empty();
    return SQLITE_OK;
  };
  vfs.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* out) {
    if (std::strlen(path) >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(out, path);
    return SQLITE_OK;
  };
  vfs.xRandomness = [](sqlite3_vfs*, int size, char* out) {
    static uint64_t state = 1;
    MutexLock lock(calls);
    for (int i = 0; i < size; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      out[i] = static_cast<char>(state >> 56);
    }
    return size;
  };
  vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
  vfs.xCurrentTime = [](sqlite3_vfs*, double* out) {
    *out = static_cast<double>(kJulianMilliseconds) / 86'400'000.0;
    return SQLITE_OK;
  };
  vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return EIO; };
  vfs.xCurrentTimeInt64 = [](sqlite3_vfs*, sqlite3_int64* out) {
    *out = kJulianMilliseconds;
    return SQLITE_OK;
  };
  if (registered.disk != nullptr) std::abort();  // two at a time
  registered.disk = std::make_shared<FaultDisk>();
  if (sqlite3_vfs_register(&vfs, /*makeDflt=*/1) != SQLITE_OK) std::abort();
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&registered.vfs);
  registered.disk.reset();
}

void FaultVfs::Mount(std::shared_ptr<FaultDisk> disk) { registered.disk = std::move(disk); }

}  // namespace vervet::test_support
