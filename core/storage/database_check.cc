// Database::CheckIntegrity: what SQLite's own check does not see.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/sqlite_status.h"
#include "core/storage/statement.h"

namespace vervet::storage {
namespace {

constexpr int64_t kPageSizeBytes = 4096;
// SQLite keeps the page with this byte for its locks and never writes it (file format,
// section 1.4).
constexpr int64_t kLockPageByte = int64_t{1} << 30;
// The write-ahead log (file format, section 4.1): two salts, 4 bytes each, in its header and in
// that of each frame. SQLCipher encrypts pages, not these.
constexpr int64_t kLogHeaderBytes = 32;
constexpr size_t kSaltsAt = 16;
constexpr int64_t kFrameHeaderBytes = 24;
constexpr size_t kFrameSaltsAt = 8;
constexpr size_t kSaltsBytes = 8;

// SQLite's own descriptor: closing another one of the main file would drop its POSIX locks.
absl::StatusOr<sqlite3_file*> FileOf(sqlite3* handle, int which, const std::string& path) {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(handle, "main", which, &file);
  if (code != SQLITE_OK) return SqliteStatus(code, 0, path);
  return file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

// Which of these pages, in order, the write-ahead log has too.
absl::StatusOr<std::vector<int64_t>> PagesInLog(sqlite3* handle, const std::vector<int64_t>& pages,
                                                const std::string& path) {
  std::vector<int64_t> found;
  VERVET_ASSIGN_OR_RETURN(sqlite3_file * log, FileOf(handle, SQLITE_FCNTL_JOURNAL_POINTER, path));
  sqlite3_int64 size_bytes = 0;
  if (log != nullptr) {
    const int code = log->pMethods->xFileSize(log, &size_bytes);
    if (code != SQLITE_OK) return SqliteStatus(code, 0, path);
  }
  if (size_bytes < kLogHeaderBytes) return found;
  std::array<uint8_t, kLogHeaderBytes> header;
  int code = log->pMethods->xRead(log, header.data(), kLogHeaderBytes, 0);
  if (code != SQLITE_OK) return SqliteStatus(code, 0, path);
  std::array<uint8_t, kFrameHeaderBytes> frame;
  for (int64_t at = kLogHeaderBytes; at + kFrameHeaderBytes + kPageSizeBytes <= size_bytes;
       at += kFrameHeaderBytes + kPageSizeBytes) {
    code = log->pMethods->xRead(log, frame.data(), kFrameHeaderBytes, at);
    if (code != SQLITE_OK) return SqliteStatus(code, 0, path);
    // What follows is left from before the log was begun again.
    if (std::memcmp(&frame[kFrameSaltsAt], &header[kSaltsAt], kSaltsBytes) != 0) break;
    const int64_t page =
        int64_t{frame[0]} << 24 | int64_t{frame[1]} << 16 | int64_t{frame[2]} << 8 | frame[3];
    if (std::binary_search(pages.begin(), pages.end(), page)) found.push_back(page);
  }
  return found;
}

}  // namespace

absl::Status Database::CheckIntegrity(CheckDepth depth) {
  VERVET_ASSIGN_OR_RETURN(
      Statement check,
      Statement::Prepare(*this, depth == CheckDepth::kQuick ? "PRAGMA quick_check(1)"
                                                            : "PRAGMA integrity_check(1)"));
  VERVET_ASSIGN_OR_RETURN(const bool has_row, check.Step());
  if (!has_row || check.ColumnText(0) != "ok") {
    return absl::DataLossError(absl::StrCat(
        "store ", path_, ": the integrity check found: ", has_row ? check.ColumnText(0) : "nothing",
        "; stop, keep a copy of the files, restore a backup"));
  }
  // Inside its read transaction: nobody begins the write-ahead log again meanwhile.
  return CheckForZeroPages();
}

// SQLCipher takes a page of zeros for one that was never written and skips its MAC, so a block that
// the file system lost would read as zeros inside a long value. With secure_delete no page stays
// unwritten: such a page is damage, unless the write-ahead log has it. A checkpoint beside a reader
// of an older commit moves the pages that come after it in the file first.
absl::Status Database::CheckForZeroPages() {
  VERVET_ASSIGN_OR_RETURN(sqlite3_file * file, FileOf(handle_, SQLITE_FCNTL_FILE_POINTER, path_));
  if (file == nullptr) return Failure(SQLITE_ERROR);
  sqlite3_int64 size_bytes = 0;
  int code = file->pMethods->xFileSize(file, &size_bytes);
  if (code != SQLITE_OK) return SqliteStatus(code, 0, path_);
  std::vector<int64_t> zeros;
  std::array<char, kPageSizeBytes> page;
  for (int64_t offset = 0; offset + kPageSizeBytes <= size_bytes; offset += kPageSizeBytes) {
    if (offset == kLockPageByte) continue;
    code = file->pMethods->xRead(file, page.data(), kPageSizeBytes, offset);
    if (code != SQLITE_OK) return SqliteStatus(code, 0, path_);
    if (std::all_of(page.begin(), page.end(), [](char byte) { return byte == 0; })) {
      zeros.push_back(offset / kPageSizeBytes + 1);
    }
  }
  if (zeros.empty()) return absl::OkStatus();
  VERVET_ASSIGN_OR_RETURN(const std::vector<int64_t> in_log, PagesInLog(handle_, zeros, path_));
  for (const int64_t zero : zeros) {
    if (std::find(in_log.begin(), in_log.end(), zero) != in_log.end()) continue;
    return absl::DataLossError(
        absl::StrCat("store ", path_, ": the integrity check found: page ", zero,
                     " was replaced by zeros; stop, keep a copy of the files, restore a backup"));
  }
  return absl::OkStatus();
}

}  // namespace vervet::storage
