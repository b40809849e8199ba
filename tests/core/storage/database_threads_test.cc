#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/storage/database.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::storage {
namespace {

class StoreWithReaders : public StoreTest {};

// Each commit adds two notes: a reader that sees an odd number saw half a commit.
TEST_F(StoreWithReaders, ShowsWholeCommitsToOtherThreadsWhileItWritesAndCheckpoints) {
  OpenOptions options = TestOptions();
  options.busy_timeout = absl::Seconds(30);
  options.wal_autocheckpoint_pages = 20;
  auto writer = MustOpen(options);
  constexpr int64_t kCommits = 100;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&writer, &failures] {
      auto reader = writer->OpenReader();
      if (!reader.ok()) {
        ++failures;
        return;
      }
      int64_t seen = 0;
      while (seen < 2 * kCommits) {
        const auto count = (*reader)->QueryInt64("SELECT count(*) FROM notes");
        if (!count.ok() || *count < seen || *count % 2 != 0) {
          ++failures;
          return;
        }
        seen = *count;
      }
    });
  }
  for (int64_t i = 0; i < kCommits; ++i) {
    auto transaction = Transaction::Begin(*writer);
    ASSERT_TRUE(transaction.ok()) << transaction.status();
    ASSERT_TRUE(AddNote(*writer, 2 * i + 1, std::string(2000, 'v')).ok());
    ASSERT_TRUE(AddNote(*writer, 2 * i + 2, std::string(2000, 'v')).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(writer->CheckIntegrity(CheckDepth::kFull), absl::OkStatus());
}

}  // namespace
}  // namespace vervet::storage
