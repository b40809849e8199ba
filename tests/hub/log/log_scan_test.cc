// A log that is read ahead on several threads gives the same events and the same errors as one that
// is read by its caller.
#include "hub/log/log_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/storage/database.h"
#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr uint64_t kEvents = 100;

class LogScanTest : public ::testing::TestWithParam<LogScan::Options> {
 protected:
  void SetUp() override {
    auto log = OpenLog(path_, &env_);
    ASSERT_TRUE(log.ok()) << log.status();
    std::vector<AppendEntry> entries;
    for (uint32_t i = 1; i <= kEvents; ++i) {
      // Records, whose memory is used again, and others in between.
      AppendEntry& entry = entries.emplace_back(AdmitEntry(absl::StrCat("member/m", i)));
      if (i % 3 == 0) continue;
      auto& record = *entry.draft.body.mutable_record_published();
      record.set_record_id(IdOf(i));
      record.set_publisher("member/market");
      record.mutable_facts()->set_purpose(std::string(i, 'p'));
      if (i % 2 == 0) record.mutable_facts()->add_groups(absl::StrCat("g", i));
      for (uint32_t n = 0; n < i % 5; ++n) record.add_signatures()->set_token(IdOf(i, 't'));
    }
    auto stored = (*log)->Append(entries);
    ASSERT_TRUE(stored.ok()) << stored.status();
    events_ = *std::move(stored);
  }
  std::unique_ptr<storage::Database> Open() {
    storage::OpenOptions options;
    options.application_id = 0x56764c67;
    options.schema_version = 1;
    auto database = storage::Database::Open(path_, storage::TestKey(), options);
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }
  void Change(const std::string& sql) { ASSERT_TRUE(Open()->Execute(sql).ok()); }
  absl::Status Scan(uint64_t last = kEvents) {
    visited_ = 0;
    const auto database = Open();
    return LogScan::Run(
        *database, 1, static_cast<int64_t>(last), GetParam(),
        [&](const StoredEvent& event) -> absl::Status {
          if (event.sequence() != visited_ + 1) {
            return absl::OutOfRangeError("not the next one");
          }
          const StoredEvent& expected = *events_[visited_++];
          EXPECT_EQ(event.event.SerializeAsString(), expected.event.SerializeAsString());
          EXPECT_EQ(event.parsed.header.SerializeAsString(),
                    expected.parsed.header.SerializeAsString());
          EXPECT_EQ(event.parsed.body.SerializeAsString(),
                    expected.parsed.body.SerializeAsString());
          EXPECT_EQ(event.leaf_hash, expected.leaf_hash);
          EXPECT_EQ(event.erased, expected.erased);
          return visited_ == stop_at_ ? absl::CancelledError("enough") : absl::OkStatus();
        });
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("log");
  std::vector<StoredEventPtr> events_;
  uint64_t visited_ = 0;
  uint64_t stop_at_ = 0;
};

TEST_P(LogScanTest, VisitsEachEventInOrder) {
  EXPECT_TRUE(Scan().ok());
  EXPECT_EQ(visited_, kEvents);
}

TEST_P(LogScanTest, VisitsNothingOfAnEmptyLog) {
  EXPECT_TRUE(Scan(0).ok());
  EXPECT_EQ(visited_, 0u);
}

TEST_P(LogScanTest, VisitsEverythingBeforeADamagedEvent) {
  for (const uint64_t damaged : {kEvents, uint64_t{50}, uint64_t{1}}) {
    Change(absl::StrCat("UPDATE event SET random = zeroblob(32) WHERE sequence >= ", damaged));
    EXPECT_THAT(Scan(), FailsWith(kDataLoss, absl::StrCat("event ", damaged, ": its bytes")));
    EXPECT_EQ(visited_, damaged - 1);
  }
}

TEST_P(LogScanTest, EndsWhereAnEventIsMissing) {
  Change("DELETE FROM event WHERE sequence >= 30 AND sequence < 70");
  EXPECT_FALSE(Scan().ok());
  EXPECT_EQ(visited_, 29u);
}

// A row that says it is the last one of very many must not have them all looked for.
TEST_P(LogScanTest, EndsSoonWhereTheLastNumberIsAbsurd) {
  EXPECT_THAT(Scan(uint64_t{1} << 60), FailsWith(kDataLoss, "event 101: it is missing"));
  EXPECT_EQ(visited_, kEvents);
}

TEST_P(LogScanTest, EndsWithTheFirstErrorOfItsVisitor) {
  stop_at_ = 42;
  EXPECT_EQ(Scan().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(visited_, 42u);
}

INSTANTIATE_TEST_SUITE_P(Readers, LogScanTest,
                         ::testing::Values(LogScan::Options{0, 256}, LogScan::Options{0, 7},
                                           LogScan::Options{1, 7}, LogScan::Options{3, 1},
                                           LogScan::Options{4, 10}, LogScan::Options{4, 256}));

}  // namespace
}  // namespace vervet::hub
