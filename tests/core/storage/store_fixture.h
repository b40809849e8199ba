// What the storage tests share: a folder of their own, a small store, another process, and a look
// at the raw bytes.
#ifndef VERVET_TESTS_CORE_STORAGE_STORE_FIXTURE_H_
#define VERVET_TESTS_CORE_STORAGE_STORE_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "core/storage/database.h"
#include "core/storage/statement.h"
#include "core/storage/transaction.h"

namespace vervet::storage {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vervet-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

inline void WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

inline int ModeOf(const std::string& path) {
  return static_cast<int>(std::filesystem::status(path).permissions()) & 07777;
}

// Runs `body` in another process and returns its exit code, or -1 where a signal ended it. A body
// that calls _exit itself leaves its store open, as a kill would.
inline int RunInChild(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

inline Secret<32> TestKey(uint8_t fill = 0x5a) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(fill);
  return Secret<32>(absl::MakeConstSpan(bytes));
}

inline OpenOptions TestOptions() {
  OpenOptions options;
  options.application_id = 0x56525654;
  options.kind = "a Vervet test store";
  options.schema_sql = "CREATE TABLE notes (id INTEGER PRIMARY KEY, body BLOB NOT NULL);";
  options.create_if_missing = true;
  options.cache_kib = 1024;
  options.busy_timeout = absl::ZeroDuration();
  return options;
}

class StoreTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Database>> Open(OpenOptions options = TestOptions()) {
    return Database::Open(path_, TestKey(), options);
  }
  std::unique_ptr<Database> MustOpen(OpenOptions options = TestOptions()) {
    auto database = Open(std::move(options));
    EXPECT_TRUE(database.ok()) << database.status();
    return database.ok() ? *std::move(database) : nullptr;
  }

  TempFolder folder_;
  const std::string path_ = folder_.File("store.db");
};

inline absl::Status AddNote(Database& database, int64_t id, absl::string_view body) {
  auto insert = Statement::Prepare(database, "INSERT INTO notes (id, body) VALUES (?1, ?2)");
  if (!insert.ok()) return insert.status();
  insert->BindInt64(1, id).BindBlob(2, body);
  return insert->Run();
}

inline absl::StatusOr<std::string> ReadNote(Database& database, int64_t id) {
  auto select = Statement::Prepare(database, "SELECT body FROM notes WHERE id = ?1");
  if (!select.ok()) return select.status();
  const absl::StatusOr<bool> row = select->BindInt64(1, id).Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::NotFoundError("no such note");
  return std::string(select->ColumnBlobAsString(0));
}

inline int64_t CountNotes(Database& database) {
  return database.QueryInt64("SELECT count(*) FROM notes").value_or(-1);
}

}  // namespace vervet::storage

#endif  // VERVET_TESTS_CORE_STORAGE_STORE_FIXTURE_H_
