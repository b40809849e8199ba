#include "hub/log/sqlcipher_event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr size_t kNoLimit = 1 << 30;

class SqlcipherEventLogTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }
  void Reopen() {
    log_.reset();
    folded_.clear();
    auto log = OpenLog(path_, &env_,
                       [this](const StoredEvent& event) { folded_.push_back(event.sequence()); });
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  std::vector<StoredEventPtr> Append(const std::vector<AppendEntry>& entries) {
    auto stored = log_->Append(entries);
    EXPECT_TRUE(stored.ok()) << stored.status();
    return stored.ok() ? *std::move(stored) : std::vector<StoredEventPtr>();
  }
  // Events whose header and body are about `size_bytes` long together.
  void AppendLarge(int count, size_t size_bytes) {
    std::vector<AppendEntry> entries;
    for (int i = 0; i < count; ++i)
      entries.push_back(AdmitEntry("member/a", std::string(size_bytes, 'x')));
    Append(entries);
  }
  std::vector<uint64_t> Sequences(uint64_t from, size_t limit, size_t max_bytes) {
    const auto events = log_->Read(from, limit, max_bytes);
    EXPECT_TRUE(events.ok()) << events.status();
    std::vector<uint64_t> sequences;
    for (const auto& event : *events) sequences.push_back(event->sequence());
    return sequences;
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("log");
  std::vector<uint64_t> folded_;
  std::unique_ptr<SqlcipherEventLog> log_;
};

TEST_F(SqlcipherEventLogTest, BeginsEmpty) {
  EXPECT_EQ(log_->Position().size, 0u);
  EXPECT_EQ(log_->Position().root, log::MerkleFrontier().Root());
  EXPECT_THAT(Sequences(1, 10, kNoLimit), IsEmpty());
  EXPECT_EQ(storage::ModeOf(path_), 0600);
}

TEST_F(SqlcipherEventLogTest, NumbersEventsWithoutGaps) {
  const auto first = Append({AdmitEntry("member/a"), AdmitEntry("member/b")});
  Append({});
  const auto second = Append({AdmitEntry("member/c")});
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0]->sequence(), 1u);
  EXPECT_EQ(first[1]->sequence(), 2u);
  EXPECT_EQ(second[0]->sequence(), 3u);
  EXPECT_EQ(log_->Position().size, 3u);
  EXPECT_THAT(Sequences(0, 10, kNoLimit), ElementsAre(1, 2, 3));
}

TEST_F(SqlcipherEventLogTest, ComesBackWithTheSameRootAndEvents) {
  Append({AdmitEntry("member/a"), AdmitEntry("member/b"), AdmitEntry("member/c")});
  const LogPosition before = log_->Position();
  const auto events = log_->Read(1, 10, kNoLimit);
  ASSERT_TRUE(events.ok());
  Reopen();
  EXPECT_THAT(folded_, ElementsAre(1, 2, 3));
  EXPECT_EQ(log_->Position().size, before.size);
  EXPECT_EQ(log_->Position().root, before.root);
  const auto again = log_->Read(1, 10, kNoLimit);
  ASSERT_TRUE(again.ok());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*again)[i]->event.SerializeAsString(), (*events)[i]->event.SerializeAsString());
    EXPECT_EQ((*again)[i]->leaf_hash, log::LeafHash((*events)[i]->event));
  }
  EXPECT_EQ(Append({AdmitEntry("member/d")})[0]->sequence(), 4u);
}

TEST_F(SqlcipherEventLogTest, NeverLetsTimeGoBack) {
  const int64_t first = Append({AdmitEntry("member/a")})[0]->parsed.header.time_us();
  EXPECT_EQ(first, absl::ToUnixMicros(env_.Now()));
  env_.SetWallClock(env_.Now() - absl::Hours(24));
  EXPECT_EQ(Append({AdmitEntry("member/b")})[0]->parsed.header.time_us(), first);
  Reopen();
  EXPECT_EQ(Append({AdmitEntry("member/c")})[0]->parsed.header.time_us(), first);
  env_.SetWallClock(absl::FromUnixMicros(first) + absl::Nanoseconds(1'500));
  EXPECT_EQ(Append({AdmitEntry("member/d")})[0]->parsed.header.time_us(), first + 1);
  Reopen();
  EXPECT_THAT(folded_, ElementsAre(1, 2, 3, 4));
}

TEST_F(SqlcipherEventLogTest, RemembersEachRequestsFirstAnswer) {
  AppendEntry with_record = AdmitEntry("member/a");
  with_record.request = KeyOf(1);
  with_record.record_id = IdOf(7, 'r');
  AppendEntry without = AdmitEntry("member/b");
  without.request = KeyOf(2);
  Append({AdmitEntry("member/x"), with_record, without});
  for (int pass = 0; pass < 2; ++pass) {
    const auto found = log_->FindRequest(KeyOf(1));
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->sequence, 2u);
    EXPECT_EQ((*found)->record_id, IdOf(7, 'r'));
    EXPECT_EQ((**log_->FindRequest(KeyOf(2))).sequence, 3u);
    EXPECT_EQ((**log_->FindRequest(KeyOf(2))).record_id, "");
    EXPECT_FALSE(log_->FindRequest(KeyOf(3))->has_value());
    EXPECT_THAT(log_->FindRequest(KeyOf(1, std::string(32, 'g'))),
                FailsWith(absl::StatusCode::kAlreadyExists, "take a new one"));
    RequestKey of_another = KeyOf(1);
    of_another.party = "member/social";
    EXPECT_FALSE(log_->FindRequest(of_another)->has_value())
        << "ids are unique for each party only";
    Reopen();
  }
}

TEST_F(SqlcipherEventLogTest, StoresAllOfABatchOrNothing) {
  AppendEntry entry = AdmitEntry("member/a");
  entry.request = KeyOf(1);
  // The second row of one request violates the table's key after the first has been written.
  EXPECT_FALSE(log_->Append({AdmitEntry("member/x"), entry, entry}).ok());
  EXPECT_EQ(log_->Position().size, 0u);
  EXPECT_THAT(Sequences(1, 10, kNoLimit), IsEmpty());
  EXPECT_FALSE(log_->FindRequest(KeyOf(1))->has_value());
  Reopen();
  EXPECT_THAT(folded_, IsEmpty());
}

TEST_F(SqlcipherEventLogTest, ReadsFromWhereItIsAskedAndNoMore) {
  AppendLarge(10, 1'000);
  EXPECT_THAT(Sequences(4, 3, kNoLimit), ElementsAre(4, 5, 6));
  EXPECT_THAT(Sequences(9, 10, kNoLimit), ElementsAre(9, 10));
  EXPECT_THAT(Sequences(10, 1, kNoLimit), ElementsAre(10));
  EXPECT_THAT(Sequences(11, 10, kNoLimit), IsEmpty());
  EXPECT_THAT(Sequences(~uint64_t{0}, 10, kNoLimit), IsEmpty());
  EXPECT_THAT(Sequences(1, 0, kNoLimit), IsEmpty());
}

TEST_F(SqlcipherEventLogTest, ReadsUpToTheByteLimitButAtLeastOne) {
  AppendLarge(10, 1'000);
  const auto one = log_->Read(1, 1, kNoLimit);
  ASSERT_TRUE(one.ok());
  const v1::Event& event = (*one)[0]->event;
  const size_t size = event.header().size() + event.body().size() + 32 + 32;
  EXPECT_THAT(Sequences(1, 10, 0), ElementsAre(1));
  EXPECT_THAT(Sequences(1, 10, size), ElementsAre(1));
  EXPECT_THAT(Sequences(1, 10, 3 * size - 1), ElementsAre(1, 2));
  EXPECT_THAT(Sequences(1, 10, 3 * size), ElementsAre(1, 2, 3));
}

// The newest 16 MiB are in memory; what is older comes from the file, and must obey the same
// limits.
TEST_F(SqlcipherEventLogTest, ReadsWhatMemoryNoLongerHolds) {
  for (int i = 0; i < 5; ++i) AppendLarge(50, 100'000);
  for (int pass = 0; pass < 2; ++pass) {
    EXPECT_THAT(Sequences(1, 3, kNoLimit), ElementsAre(1, 2, 3));
    EXPECT_THAT(Sequences(2, 10, 0), ElementsAre(2));
    EXPECT_THAT(Sequences(2, 10, 250'000), ElementsAre(2, 3));
    EXPECT_THAT(Sequences(248, 10, kNoLimit), ElementsAre(248, 249, 250));
    const auto all = log_->Read(1, 1'000, kNoLimit);
    ASSERT_TRUE(all.ok());
    ASSERT_EQ(all->size(), 250u);
    log::MerkleFrontier frontier;
    for (const auto& event : *all) frontier.Append(log::LeafHash(event->event));
    EXPECT_EQ(frontier.Root(), log_->Position().root);
    Reopen();
  }
}

TEST_F(SqlcipherEventLogTest, GivesTheRootOfEveryMomentOfThePast) {
  log::MerkleFrontier frontier;
  std::vector<log::Hash> roots = {frontier.Root()};
  // Batches that end before, at and after the checkpoints at 1,024 and 2,048.
  for (const size_t batch : {1, 1'022, 2, 1'000, 23, 52}) {
    const auto stored = Append(std::vector<AppendEntry>(batch, AdmitEntry("member/a")));
    for (const auto& event : stored) {
      frontier.Append(event->leaf_hash);
      roots.push_back(frontier.Root());
    }
  }
  ASSERT_EQ(roots.size(), 2'101u);
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t size = 0; size <= 2'100;
         size = size < 40 || (size > 1'015 && size < 1'035) || size > 2'040 ? size + 1
                                                                            : size + 37) {
      const auto root = log_->RootAt(size);
      ASSERT_TRUE(root.ok()) << root.status();
      ASSERT_EQ(*root, roots[size]) << size;
    }
    for (const size_t size : {1'023, 1'024, 1'025, 2'047, 2'048, 2'049, 2'099, 2'100}) {
      EXPECT_EQ(*log_->RootAt(size), roots[size]) << size;
    }
    EXPECT_THAT(log_->RootAt(2'101), FailsWith(absl::StatusCode::kOutOfRange, "2100"));
    Reopen();
  }
}

TEST_F(SqlcipherEventLogTest, KeepsElementsOutOfTheEvent) {
  AppendEntry entry = AdmitEntry("member/a");
  entry.elements = {std::string(32, '\x11'), std::string(32, '\x22')};
  const auto stored = Append({entry});
  EXPECT_EQ(stored[0]->event.body().find(std::string(32, '\x11')), std::string::npos);
  Reopen();
  EXPECT_THAT(folded_, ElementsAre(1));
}

TEST_F(SqlcipherEventLogTest, IsOneProcessAtATime) {
  EXPECT_THAT(OpenLog(path_, &env_),
              FailsWith(absl::StatusCode::kFailedPrecondition, "in use by process"));
  const int opened_in_child = storage::RunInChild([&] {
    const auto log = OpenLog(path_, &env_);
    return absl::IsFailedPrecondition(log.status()) ? 0 : 1;
  });
  EXPECT_EQ(opened_in_child, 0);
  EXPECT_EQ(Append({AdmitEntry("member/a")})[0]->sequence(), 1u);
}

TEST_F(SqlcipherEventLogTest, SurvivesAnEndWithoutClosing) {
  log_.reset();
  const int code = storage::RunInChild([&] {
    auto log = OpenLog(path_, &env_);
    if (!log.ok() || !(*log)->Append({AdmitEntry("member/a"), AdmitEntry("member/b")}).ok())
      return 1;
    _exit(0);  // as a kill would end it
  });
  ASSERT_EQ(code, 0);
  Reopen();
  EXPECT_THAT(folded_, ElementsAre(1, 2));
}

// A record with two elements and a request, a bystander behind it.
class ErasingLogTest : public SqlcipherEventLogTest {
 protected:
  void SetUp() override {
    SqlcipherEventLogTest::SetUp();
    AppendEntry entry = AdmitEntry("member/a", kSecret);
    entry.request = KeyOf(7);
    entry.elements = {std::string(32, 'N'), std::string(32, 'M')};
    Append({entry, AdmitEntry("member/b")});
    root_ = log_->Position().root;
  }
  AppendEntry Erasure(std::vector<uint64_t> sequences) {
    AppendEntry entry;
    auto& erased = *entry.draft.body.mutable_record_erased();
    erased.set_record_id(IdOf(1));
    for (const uint64_t sequence : sequences) erased.add_sequences(sequence);
    entry.erases = std::move(sequences);
    return entry;
  }

  // With the key and without the log's own code.
  std::unique_ptr<storage::Database> OpenStore() {
    log_.reset();
    storage::OpenOptions options;
    options.application_id = 0x56764c67;
    options.schema_version = 1;
    auto store = storage::Database::Open(path_, storage::TestKey(), options);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  const std::string kSecret = "a name that must be gone";
  log::Hash root_;
};

TEST_F(ErasingLogTest, KeepsHeaderAndLeafHashAndNothingElse) {
  const log::Hash leaf = (*log_->Read(1, 1, kNoLimit))[0]->leaf_hash;
  Append({Erasure({1})});
  for (const bool reopened : {false, true}) {
    SCOPED_TRACE(reopened ? "reopened" : "from the tail");
    if (reopened) Reopen();
    const auto events = log_->Read(1, 3, kNoLimit);
    ASSERT_TRUE(events.ok()) << events.status();
    EXPECT_TRUE((*events)[0]->erased);
    EXPECT_EQ((*events)[0]->leaf_hash, leaf);
    EXPECT_EQ((*events)[0]->parsed.header.kind(), v1::MEMBER_ADMITTED);
    EXPECT_FALSE((*events)[0]->parsed.body.has_member_admitted());
    EXPECT_FALSE((*events)[1]->erased);
    EXPECT_EQ(*log_->RootAt(2), root_) << "the tree still verifies";
  }
}

TEST_F(ErasingLogTest, LeavesNoElementAndNoFingerprint) {
  Append({Erasure({1})});
  const auto store = OpenStore();
  EXPECT_EQ(*store->QueryInt64("SELECT count(*) FROM element"), 0);
  EXPECT_EQ(*store->QueryInt64("SELECT count(*) FROM request"), 1);
  EXPECT_EQ(*store->QueryInt64("SELECT max(length(fingerprint)) FROM request"), 0);
  EXPECT_EQ(*store->QueryInt64("SELECT count(*) FROM event WHERE body IS NULL"), 1);
}

TEST_F(ErasingLogTest, AnswersALateRetryOfTheErasedRequestAsTheFirstTime) {
  Append({Erasure({1})});
  const auto found = log_->FindRequest(KeyOf(7));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->sequence, 1u);
}

TEST_F(ErasingLogTest, IsNotOpenedWhereABodyIsGoneThatNoErasureNames) {
  ASSERT_TRUE(
      OpenStore()->Execute("UPDATE event SET body = NULL, random = NULL WHERE sequence = 2").ok());
  EXPECT_THAT(OpenLog(path_, &env_),
              FailsWith(absl::StatusCode::kDataLoss, "event 2: its body is gone"));
}

TEST_F(ErasingLogTest, EmptiesTheWriteAheadLogOnceNobodyElseReads) {
  storage::OpenOptions options;
  options.application_id = 0x56764c67;
  options.schema_version = 1;
  options.read_only = true;
  const auto backup = storage::Database::Open(path_, storage::TestKey(), options);
  ASSERT_TRUE(backup.ok()) << backup.status();
  ASSERT_TRUE((*backup)->Execute("BEGIN; SELECT count(*) FROM event").ok());
  Append({Erasure({1})});
  log_->Tidy();
  EXPECT_TRUE(log_->TidyDue()) << "a snapshot is in the way";
  Append({AdmitEntry("member/c")});
  ASSERT_TRUE((*backup)->Execute("COMMIT").ok());
  log_->Tidy();
  EXPECT_FALSE(log_->TidyDue());
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0u);
}

}  // namespace
}  // namespace vervet::hub
