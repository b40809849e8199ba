// Events in rows of many: what goes in comes out, whatever is erased, replaced, or was there
// before.
#include <map>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/member_fixture.h"
#include "tests/member-sdk/vault_versions.h"

namespace vervet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Events = std::map<uint64_t, std::pair<std::string, std::string>>;

class VaultEventsTest : public MemberTest {
 protected:
  VaultEventsTest() { Reopen(); }

  void Reopen() {
    vault_.reset();
    auto opened = vault::Vault::Open(
        {vault_path(name_), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')}, &env_);
    ASSERT_EQ(opened.status(), absl::OkStatus());
    vault_ = *std::move(opened);
  }

  // No two have anything in common but the word.
  static std::string BodyOf(uint64_t sequence, const std::string& word) {
    std::string body = absl::StrCat(word, " ", sequence, ";");
    uint64_t state = sequence;
    for (uint64_t i = 0; i < sequence % 7 * 100; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      body.push_back(static_cast<char>(state >> 56));
    }
    return body;
  }
  vault::LogBatch BatchOf(uint64_t from, uint64_t to, uint64_t step = 1,
                          const std::string& word = "body") {
    vault::LogBatch batch;
    for (uint64_t i = from; i <= to; i += step) {
      batch.events.Add(i, absl::StrCat("header ", i), BodyOf(i, word));
    }
    return batch;
  }
  void Store(uint64_t from, uint64_t to, uint64_t step = 1, const std::string& word = "body") {
    ASSERT_EQ(vault_->Commit(BatchOf(from, to, step, word)), absl::OkStatus());
    for (uint64_t i = from; i <= to; i += step) {
      expected_[i] = {absl::StrCat("header ", i), BodyOf(i, word)};
    }
  }
  void Erase(const std::vector<uint64_t>& sequences) {
    vault::LogBatch batch;
    batch.erased = {{std::string(16, 'r'), sequences}};
    ASSERT_EQ(vault_->Commit(batch), absl::OkStatus());
    for (const uint64_t sequence : sequences) expected_.erase(sequence);
  }
  void ExpectAll() {
    Events found;
    uint64_t last = 0;
    ASSERT_EQ(vault_->ForEachEvent([&](const vault::EventView& event) {
      EXPECT_LT(last, event.sequence);
      last = event.sequence;
      found[event.sequence] = {std::string(event.header), std::string(event.body)};
      return absl::OkStatus();
    }),
              absl::OkStatus());
    EXPECT_EQ(found, expected_);
  }
  int64_t Rows() {
    vault_.reset();
    storage::OpenOptions options;
    options.application_id = vault::kVaultApplicationId;
    options.schema_version = vault::kVaultSchemaVersion;
    auto store =
        storage::Database::Open(vault_path(name_), *storage::ReadKeyFile(key_path()), options);
    EXPECT_EQ(store.status(), absl::OkStatus());
    EXPECT_EQ((*store)->CheckIntegrity(storage::CheckDepth::kFull), absl::OkStatus());
    const int64_t rows = *(*store)->QueryInt64("SELECT count(*) FROM events");
    store->reset();
    Reopen();
    return rows;
  }

  std::string name_ = "a";
  std::unique_ptr<vault::Vault> vault_;
  Events expected_;
};

TEST_F(VaultEventsTest, OfOneMessageShareAFewRows) {
  Store(1, 1000);  // 1,000 events of 320 bytes on average
  EXPECT_EQ(Rows(), 5);
  ExpectAll();
  for (const uint64_t sequence : {1, 2, 500, 999, 1000}) {
    const auto found = vault_->FindEvent(sequence);
    ASSERT_TRUE(found.ok() && found->has_value()) << sequence;
    EXPECT_EQ((*found)->sequence, sequence);
    EXPECT_EQ((*found)->body, BodyOf(sequence, "body"));
  }
  for (const uint64_t sequence : {0, 1001, 5000}) {
    EXPECT_EQ(*vault_->FindEvent(sequence), std::nullopt) << sequence;
  }
}

TEST_F(VaultEventsTest, NeedNotFollowOneAnother) {
  Store(3, 300, 3);
  Store(1'000'000'000'000, 1'000'000'000'020, 10);
  ExpectAll();
  EXPECT_EQ(*vault_->FindEvent(4), std::nullopt);
  EXPECT_EQ(*vault_->FindEvent(301), std::nullopt);
  EXPECT_EQ(*vault_->FindEvent(1'000'000'000'001), std::nullopt);
  EXPECT_NE(*vault_->FindEvent(1'000'000'000'010), std::nullopt);
}

TEST_F(VaultEventsTest, LargerThanARowsFillTakeARowEach) {
  vault::LogBatch batch;
  for (uint64_t i = 1; i <= 3; ++i) {
    expected_[i] = {"header", std::string(200'000, static_cast<char>('a' + i))};
    batch.events.Add(i, "header", expected_[i].second);
  }
  expected_[4] = {"", ""};
  batch.events.Add(4, "", "");
  ASSERT_EQ(vault_->Commit(batch), absl::OkStatus());
  EXPECT_EQ(Rows(), 4);
  ExpectAll();
}

TEST_F(VaultEventsTest, AreErasedOutOfTheirRows) {
  Store(1, 1000);
  Erase({500});
  ExpectAll();
  Erase({1, 2, 1000, 4711});  // first, last, and one that never was
  ExpectAll();
  std::vector<uint64_t> many;
  for (uint64_t i = 150; i <= 450; ++i) many.push_back(i);  // across rows, some of them whole
  Erase(many);
  ExpectAll();
  Erase({500});  // again
  ExpectAll();
  Reopen();
  ExpectAll();
  Rows();  // the file is sound
  vault_.reset();
  const std::string dump = DumpVault("a");
  EXPECT_THAT(dump, Not(HasSubstr("body 500;")));
  EXPECT_THAT(dump, Not(HasSubstr("header 300")));
  EXPECT_THAT(dump, HasSubstr("body 501;"));
}

TEST_F(VaultEventsTest, ArePurgedOutOfTheirRows) {
  Store(1, 1000);
  std::vector<uint64_t> odd;
  for (uint64_t i = 1; i <= 999; i += 2) {
    odd.push_back(i);
    expected_.erase(i);
  }
  ASSERT_EQ(vault_->Purge(odd), absl::OkStatus());
  ExpectAll();
  std::vector<uint64_t> all;
  for (uint64_t i = 1; i <= 1000; ++i) all.push_back(i);
  ASSERT_EQ(vault_->Purge(all), absl::OkStatus());
  expected_.clear();
  ExpectAll();
  EXPECT_EQ(Rows(), 0);
}

TEST_F(VaultEventsTest, ErasedInTheBatchThatBringsThem) {
  Store(1, 10);
  vault::LogBatch batch = BatchOf(11, 20);
  batch.erased = {{std::string(16, 'r'), {5, 15}}};
  ASSERT_EQ(vault_->Commit(batch), absl::OkStatus());
  for (uint64_t i = 11; i <= 20; ++i)
    expected_[i] = {absl::StrCat("header ", i), BodyOf(i, "body")};
  expected_.erase(5);
  expected_.erase(15);
  ExpectAll();
}

// A group was joined: the log comes again, in messages of other sizes, with more in it.
TEST_F(VaultEventsTest, ThatComeAgainReplaceThoseOfBefore) {
  for (uint64_t from = 1; from <= 901; from += 100) Store(from + 1, from + 99, 2);
  Erase({700});
  const int64_t rows = Rows();
  Store(1, 70, 1, "again");
  ExpectAll();
  Store(71, 650, 3, "again");  // what this message does not name stays
  ExpectAll();
  Store(651, 700, 1, "again");
  Store(900, 1100, 1, "again");  // over the end
  ExpectAll();
  Store(1101, 1102);
  ExpectAll();
  EXPECT_LE(Rows(), rows + 5);
  ExpectAll();
}

std::vector<vault::StoredEvent> ReadAll(const vault::PackedEvents& packed) {
  std::vector<vault::StoredEvent> read;
  for (const auto& block : packed.blocks()) {
    EXPECT_EQ(
        vault::ForEachPacked(
            block.first, block.last, packed.BytesOf(block),
            [&](const vault::EventView& event) {
              read.push_back({event.sequence, std::string(event.header), std::string(event.body)});
              return absl::OkStatus();
            }),
        absl::OkStatus());
  }
  return read;
}

// Each is the one before with something put in, taken out, cut off or changed.
TEST(PackedEvents, ComeOutAsTheyWentInHoweverMuchTheyShare) {
  uint64_t state = 1;
  const auto below = [&state](uint64_t bound) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return (state >> 33) % bound;
  };
  const auto change = [&](std::string text) {
    for (uint64_t changes = below(4); changes > 0; --changes) {
      const size_t at = below(text.size() + 1);
      if (below(3) == 0) text.insert(at, below(40), static_cast<char>(below(256)));
      if (below(3) == 0) text.erase(at, below(40));
      if (at < text.size()) text[at] = static_cast<char>(below(256));
      if (below(20) == 0) text.resize(at);
    }
    return text.size() > 2'000 ? std::string() : text;
  };
  vault::PackedEvents packed;
  std::vector<vault::StoredEvent> events;
  vault::StoredEvent event{0, "a header of some length", std::string(300, 'b')};
  for (int i = 0; i < 20'000; ++i) {
    event.sequence += 1 + below(300);
    event.header = change(event.header);
    event.body = below(500) == 0 ? std::string(below(9), 'x') : change(event.body);
    packed.Add(event.sequence, event.header, event.body);
    events.push_back(event);
  }
  const std::vector<vault::StoredEvent> read = ReadAll(packed);
  ASSERT_EQ(read.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    ASSERT_EQ(read[i].sequence, events[i].sequence);
    ASSERT_EQ(read[i].header, events[i].header) << i;
    ASSERT_EQ(read[i].body, events[i].body) << i;
  }
}

TEST(PackedEvents, ThatLookAlikeTakeLittleRoom) {
  vault::PackedEvents packed;
  size_t bytes = 0;
  for (uint64_t i = 1'000; i < 2'000; ++i) {
    const std::string header = absl::StrCat("header ", i, " for everybody by member/market");
    // The number's length moves what stands behind it.
    const std::string body = absl::StrCat("token", i * 7919, " ", std::string(100, 'a'), " case-",
                                          i * i % 1'000, " ", std::string(100, 'z'));
    packed.Add(i, header, body);
    bytes += header.size() + body.size();
  }
  size_t packed_bytes = 0;
  for (const auto& block : packed.blocks()) packed_bytes += block.end - block.begin;
  EXPECT_LT(packed_bytes, bytes / 4);
  EXPECT_EQ(ReadAll(packed).size(), 1'000u);
}

class OlderVaultTest : public VaultEventsTest {
 protected:
  OlderVaultTest() {
    name_ = "old";
    std::string sql = VaultOfVersion1("member/a", absl::BytesToHexString(std::string(32, 'k')));
    for (uint64_t i = 1; i <= 100; ++i) {
      expected_[i] = {absl::StrCat("header ", i), BodyOf(i, "old")};
      absl::StrAppend(&sql, "INSERT INTO events VALUES (", i, ", x'",
                      absl::BytesToHexString(expected_[i].first), "', x'",
                      absl::BytesToHexString(expected_[i].second), "');");
    }
    MakeVault(vault_path(name_), key_path(), 1, sql);
    Reopen();
  }
};

TEST_F(OlderVaultTest, KeepsItsRowsAndGoesOnInNewOnes) {
  ExpectAll();
  Store(101, 200);
  ExpectAll();
  EXPECT_EQ(Rows(), 101);
  Erase({1, 50, 100, 101, 150, 200});
  ExpectAll();
  EXPECT_EQ(Rows(), 98);
  EXPECT_EQ((*vault_->FindEvent(99))->body, BodyOf(99, "old"));
  EXPECT_EQ(*vault_->FindEvent(100), std::nullopt);
}

TEST_F(OlderVaultTest, TakesTheLogOnceMore) {
  Store(101, 200);
  Store(1, 60, 2, "again");
  ExpectAll();
  Store(61, 150, 1, "again");
  ExpectAll();
  EXPECT_LT(Rows(), 10);
  ExpectAll();
}

// Whoever holds the key can write anything into a row.
TEST_F(VaultEventsTest, ARowThatIsNoneOfTheirsIsSaidToBeDamaged) {
  // A first event "h", "x", and what may stand in its place or behind it.
  const std::string good("\x00\x01\x01h\x01\x01x", 7);
  const std::vector<std::string> bodies = {
      "",
      "\x01" + good.substr(1),                                // begins behind its first
      good.substr(0, 6),                                      // shorter than it says
      good,                                                   // ends before its last
      good + good,                                            // one twice
      good + "c" + good.substr(1),                            // behind its last
      std::string("\x00\x01\x02hh", 5) + good.substr(4),      // more than it says
      good + std::string("\x01\x02\x00\x04\x00", 5),          // copies more than there is
      good + std::string("\x01\x02\x00\x05\x00", 5),          // the same from the end
      good + std::string("\x01\x01\x00\x00\x00", 5),          // copies nothing
      good + std::string("\x01\x01\x00\x04\x00", 5),          // copies more than it says
      good + std::string("\x01\xff\xff\xff\xff\x7f\x00", 7),  // longer than anything
      std::string(20, '\xff'),
  };
  for (const std::string& body : bodies) {
    int visited = 0;
    EXPECT_EQ(vault::ForEachPacked(7, 9, body,
                                   [&](const vault::EventView&) {
                                     ++visited;
                                     return absl::OkStatus();
                                   })
                  .code(),
              absl::StatusCode::kDataLoss)
        << absl::CHexEscape(body);
    EXPECT_LE(visited, 1);
  }
  EXPECT_EQ(vault::ForEachPacked(7, 6, good, nullptr).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace vervet::testing
