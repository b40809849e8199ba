// What reaches the disk: nothing readable, nothing after an erasure, nothing by halves when it is
// full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <memory>

#include "core/storage/database.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kPageSizeBytes = 4096;
// SQLCipher's format 3: at a page's end 16 bytes of IV, 20 of HMAC-SHA1 and 12 of padding.
constexpr size_t kReserveBytes = 48;
constexpr size_t kSaltBytes = 16;  // Instead of SQLite's magic at the start of the first page.
const char kMarker[] = "chlorocebus-pygerythrus-marker";

// Undoes SQLCipher's page encryption with the raw key (AES-256-CBC) and OpenSSL alone.
std::string DecryptPages(const std::string& file, const Secret<32>& key) {
  std::string plain;
  for (size_t page = 0; page + kPageSizeBytes <= file.size(); page += kPageSizeBytes) {
    const size_t skip = page == 0 ? kSaltBytes : 0;
    const auto* bytes = reinterpret_cast<const unsigned char*>(file.data()) + page;
    const int size = static_cast<int>(kPageSizeBytes - kReserveBytes - skip);
    std::string out(kPageSizeBytes, '\0');
    int written = 0;
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                            &EVP_CIPHER_CTX_free);
    EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.RevealSecret().data(),
                       bytes + kPageSizeBytes - kReserveBytes);
    EVP_CIPHER_CTX_set_padding(context.get(), 0);
    EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &written,
                      bytes + skip, size);
    plain.append(out, 0, static_cast<size_t>(written));
  }
  return plain;
}

class StoreOnDisk : public StoreTest {};

TEST_F(StoreOnDisk, ShowsNothingReadable) {
  // The child ends without closing, so that the log stays as a power cut would leave it.
  ASSERT_EQ(RunInChild([&] {
              auto database = Open();
              if (!database.ok() || !AddNote(**database, 1, kMarker).ok()) return 1;
              if (!(*database)->Checkpoint(CheckpointMode::kPassive).ok()) return 2;
              ::_exit(AddNote(**database, 2, kMarker).ok() ? 0 : 3);
            }),
            0);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string bytes = ReadAll(path_ + suffix);
    ASSERT_FALSE(bytes.empty()) << suffix;
    EXPECT_THAT(bytes, Not(HasSubstr(kMarker))) << suffix;
    EXPECT_THAT(bytes, Not(HasSubstr("CREATE TABLE"))) << suffix;
    EXPECT_THAT(bytes, Not(HasSubstr("SQLite format"))) << suffix;
  }
  EXPECT_THAT(DecryptPages(ReadAll(path_), TestKey()), HasSubstr(kMarker))
      << "the search above would have found it";
}

TEST_F(StoreOnDisk, HoldsNoTraceOfWhatWasDeleted) {
  const std::string long_body = std::string(9000, 'x') + kMarker;
  auto database = MustOpen();
  for (int64_t id = 1; id <= 20; ++id) {
    ASSERT_TRUE(AddNote(*database, id, id % 2 == 0 ? long_body : kMarker).ok());
  }
  database.reset();
  ASSERT_THAT(DecryptPages(ReadAll(path_), TestKey()), HasSubstr(kMarker));

  database = MustOpen();
  ASSERT_TRUE(database
                  ->Execute("DELETE FROM notes WHERE id > 1;"
                            "UPDATE notes SET body = x'00' WHERE id = 1")
                  .ok());
  ASSERT_TRUE(database->Checkpoint(CheckpointMode::kTruncate).ok());
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0u);
  database.reset();
  EXPECT_THAT(DecryptPages(ReadAll(path_), TestKey()), Not(HasSubstr(kMarker)));
  EXPECT_EQ(CountNotes(*MustOpen()), 1);
}

TEST_F(StoreOnDisk, IsFullAtItsPageLimitAndGoesOnWhenThereIsRoom) {
  auto database = MustOpen();
  ASSERT_TRUE(AddNote(*database, 1, "acknowledged").ok());
  ASSERT_TRUE(database->QueryInt64("PRAGMA max_page_count = 10").ok());
  const absl::Status full = AddNote(*database, 2, std::string(100000, 'x'));
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(full.message()), HasSubstr("the disk is full"));
  EXPECT_THAT(std::string(full.message()), HasSubstr("free space"));
  ASSERT_TRUE(database->QueryInt64("PRAGMA max_page_count = 100000").ok());
  EXPECT_TRUE(AddNote(*database, 2, std::string(100000, 'x')).ok());
  EXPECT_EQ(CountNotes(*database), 2);
}

TEST_F(StoreOnDisk, LosesNoAcknowledgedCommitWhenWritesStopFitting) {
  // A limit on the size of files stands for the full disk: a write is cut short, the next one
  // fails.
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  ASSERT_EQ(RunInChild([&] {
              auto database = Open();
              if (!database.ok()) return 1;
              std::signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{200'000, 200'000};
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
              int64_t acknowledged = 0;
              absl::Status status;
              while (acknowledged < 1000) {
                status = AddNote(**database, acknowledged + 1, std::string(3000, 'v'));
                if (!status.ok()) break;
                ++acknowledged;
              }
              if (::write(pipe_ends[1], &acknowledged, sizeof acknowledged) < 0) return 3;
              if (CountNotes(**database) != acknowledged) return 4;
              return status.code() == absl::StatusCode::kResourceExhausted ? 0 : 5;
            }),
            0);
  int64_t acknowledged = 0;
  ASSERT_EQ(::read(pipe_ends[0], &acknowledged, sizeof acknowledged),
            static_cast<ssize_t>(sizeof acknowledged));
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  EXPECT_GT(acknowledged, 5);
  EXPECT_LT(acknowledged, 1000);
  auto database = MustOpen();
  EXPECT_EQ(CountNotes(*database), acknowledged);
  EXPECT_TRUE(database->CheckIntegrity(CheckDepth::kFull).ok());
  EXPECT_TRUE(AddNote(*database, acknowledged + 1, "room again").ok());
}

}  // namespace
}  // namespace vervet::storage
