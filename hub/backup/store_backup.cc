#include "hub/backup/store_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/durable_file.h"
#include "core/storage/file_handle.h"
#include "core/storage/process_lock.h"
#include "hub/backup/store_reader.h"

namespace vervet::hub {
namespace {

constexpr size_t kCopyBlockBytes = 1024 * 1024;

// Removes the file, and what SQLite may have put beside it, unless it was moved away.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& beside, Environment& env)
      : path_(absl::StrCat(beside, ".", absl::BytesToHexString(env.RandomBytes(6)), ".partial")) {}
  ~TemporaryFile() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
      ::unlink(absl::StrCat(path_, suffix).c_str());
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

bool IsThere(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0;
}

int64_t SizeOrZero(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

// Pages and indexes too, which a hub that writes meanwhile would make look damaged.
absl::StatusOr<StoreFacts> VerifyAtRest(const std::string& path, const Secret<32>& key,
                                        absl::string_view coalition) {
  VERVET_ASSIGN_OR_RETURN(StoreReader reader, StoreReader::Open(path, key, coalition));
  VERVET_ASSIGN_OR_RETURN(const StoreFacts facts, reader.ReadAll());
  VERVET_RETURN_IF_ERROR(reader.database().CheckIntegrity(storage::CheckDepth::kFull));
  return facts;
}

absl::Status CopyBytes(const std::string& from, const std::string& to) {
  storage::FileHandle in(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!in.valid()) return storage::FileError(errno, "opening the backup", from);
  struct stat info;
  if (::fstat(in.fd(), &info) != 0) return storage::FileError(errno, "reading", from);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(from, " is not a regular file: name a backup's file"));
  }
  storage::FileHandle out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out.valid()) return storage::FileError(errno, "creating", to);
  if (::fchmod(out.fd(), 0600) != 0) return storage::FileError(errno, "creating", to);
  std::string block(kCopyBlockBytes, '\0');
  while (true) {
    const ssize_t got = ::read(in.fd(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return storage::FileError(errno, "reading", from);
    if (got == 0) break;
    const int error = out.WriteAll(absl::string_view(block.data(), static_cast<size_t>(got)));
    if (error != 0) return storage::FileError(error, "writing", to);
  }
  if (const int error = out.Sync(); error != 0) return storage::FileError(error, "writing", to);
  if (const int error = out.Close(); error != 0) return storage::FileError(error, "writing", to);
  return absl::OkStatus();
}

absl::Status CheckRestoreTarget(const std::string& path) {
  for (const char* suffix : {"", "-journal"}) {
    if (!IsThere(absl::StrCat(path, suffix))) continue;
    return absl::AlreadyExistsError(
        absl::StrCat("store_path: ", path, suffix,
                     " exists and is kept as it is; move it away first, if the backup shall take "
                     "its place"));
  }
  // SQLite would take an old write-ahead log for that of the restored store.
  const std::string wal = absl::StrCat(path, "-wal");
  if (SizeOrZero(wal) == 0) return absl::OkStatus();
  return absl::AlreadyExistsError(
      absl::StrCat("store_path: ", wal,
                   " is left of another store and is kept as it is; move it away together with "
                   "that store"));
}

}  // namespace

absl::StatusOr<StoreFacts> VerifyStore(const std::string& path, const Secret<32>& key,
                                       absl::string_view coalition) {
  // A file that no hub ever opened has no lock file, and gets none: it may lie where nothing can be
  // written.
  std::optional<storage::ProcessLock> lock;
  bool in_use = false;
  if (IsThere(path) && IsThere(absl::StrCat(path, ".lock"))) {
    auto acquired = storage::ProcessLock::Acquire(path);
    in_use = !acquired.ok();
    if (acquired.ok()) lock = *std::move(acquired);
  }
  if (!in_use) return VerifyAtRest(path, key, coalition);
  VERVET_ASSIGN_OR_RETURN(StoreReader reader, StoreReader::Open(path, key, coalition));
  return reader.ReadAll();
}

absl::StatusOr<StoreFacts> BackUpStore(const std::string& path, const Secret<32>& key,
                                       absl::string_view coalition, const std::string& out,
                                       Environment& env) {
  if (IsThere(out)) {
    return absl::AlreadyExistsError(
        absl::StrCat("--out: ", out, " exists and is kept as it is; give another name"));
  }
  VERVET_ASSIGN_OR_RETURN(StoreReader source, StoreReader::Open(path, key, coalition));
  const TemporaryFile copy(out, env);
  VERVET_RETURN_IF_ERROR(source.database().CopyTo(copy.path()));
  const auto facts = VerifyAtRest(copy.path(), key, coalition);
  if (!facts.ok()) {
    return absl::Status(
        facts.status().code(),
        absl::StrCat("the copy of ", path, " is not sound: ", facts.status().message()));
  }
  // Leaf hashes never change, so the source may have grown meanwhile.
  VERVET_ASSIGN_OR_RETURN(const log::Hash root, source.StoredRootAt(facts->size));
  if (root != facts->root) {
    return absl::DataLossError(
        absl::StrCat("the copy's root at size ", facts->size, " is not that of ", path,
                     ": the copy was removed; check the disk, then try again"));
  }
  VERVET_RETURN_IF_ERROR(storage::MoveToNewName(copy.path(), out));
  return facts;
}

absl::StatusOr<StoreFacts> RestoreStore(const std::string& from, const Secret<32>& key,
                                        absl::string_view coalition, const std::string& path,
                                        Environment& env) {
  VERVET_ASSIGN_OR_RETURN(const auto lock, storage::ProcessLock::Acquire(path));
  VERVET_RETURN_IF_ERROR(CheckRestoreTarget(path));
  if (SizeOrZero(absl::StrCat(from, "-wal")) > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("--from: ", from,
                     " has a write-ahead log beside it, so it is a store and no backup; make one "
                     "of it with `vervet-hub store backup`"));
  }
  // Left by whoever read the lost store; they hold nothing of it.
  for (const char* suffix : {"-wal", "-shm"}) ::unlink(absl::StrCat(path, suffix).c_str());
  const TemporaryFile copy(path, env);
  VERVET_ASSIGN_OR_RETURN(const StoreFacts given, VerifyAtRest(from, key, coalition));
  VERVET_RETURN_IF_ERROR(CopyBytes(from, copy.path()));
  VERVET_ASSIGN_OR_RETURN(const StoreFacts facts, VerifyAtRest(copy.path(), key, coalition));
  if (facts.size != given.size || facts.root != given.root) {
    return absl::DataLossError(absl::StrCat(
        "--from: ", from, " changed while it was copied; use a backup that nobody writes"));
  }
  VERVET_RETURN_IF_ERROR(storage::MoveToNewName(copy.path(), path));
  return facts;
}

}  // namespace vervet::hub
