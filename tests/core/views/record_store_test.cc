// What OffenderRecords packs comes out as it went in.
#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/views/offender_records.h"
#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kExpires = kStart + absl::Hours(24);

v1::RecordFacts FactsOf(const std::string& entity, const std::string& reference) {
  v1::RecordFacts facts;
  facts.mutable_offence()->set_activity(v1::AUCTION);
  facts.mutable_offence()->add_taxa("Loxodonta africana");
  facts.set_certainty(v1::EXPERT_CONFIRMED);
  facts.set_tlp(v1::TLP_RED);
  facts.set_legal_entity(entity);
  facts.set_purpose("a purpose");
  facts.set_lawful_basis("a basis");
  facts.set_decision_reference(reference);
  facts.add_groups("g");
  return facts;
}

class RecordStoreTest : public ::testing::Test {
 protected:
  void Publish(uint32_t record, const v1::RecordFacts& facts,
               const std::string& publisher = "member/market") {
    log::ParsedEvent event = make_.Publish(record, publisher, {{TokenOf(record), kExpires}});
    *event.body.mutable_record_published()->mutable_facts() = facts;
    records_.Apply(event);
  }
  std::string FactsAsRead(uint32_t record) {
    return records_.Find(RecordId(record))->facts.Full().SerializeAsString();
  }

  EventMaker make_;
  OffenderRecords records_;
};

TEST_F(RecordStoreTest, GivesBackTheFactsOfEachRecord) {
  const std::vector<v1::RecordFacts> all = {
      FactsOf("Example Ltd", "case-1"), FactsOf("Example Ltd", "case-2"),
      FactsOf("Another Ltd", "case-1"), FactsOf("Example Ltd", ""), v1::RecordFacts()};
  for (uint32_t i = 0; i < all.size(); ++i) Publish(i, all[i]);
  for (uint32_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(FactsAsRead(i), all[i].SerializeAsString()) << i;
    EXPECT_EQ(records_.Find(RecordId(i))->facts.groups().size(), all[i].groups_size()) << i;
  }
}

// Fields that follow one another in what makes facts the same.
TEST_F(RecordStoreTest, TellsFactsApartWhoseTextsJoinToTheSame) {
  v1::RecordFacts one = FactsOf("ab", "case"), other = FactsOf("a", "case");
  one.set_purpose("c");
  other.set_purpose("bc");
  Publish(1, one);
  Publish(2, other);
  v1::RecordFacts split = one;
  split.add_groups("h");
  Publish(3, split);
  split.clear_groups();
  split.add_groups("gh");
  Publish(4, split);
  EXPECT_EQ(FactsAsRead(1), one.SerializeAsString());
  EXPECT_EQ(FactsAsRead(2), other.SerializeAsString());
  EXPECT_EQ(FactsAsRead(4), split.SerializeAsString());
}

TEST_F(RecordStoreTest, TellsPublishersApartThatSayTheSame) {
  Publish(1, FactsOf("Example Ltd", "case-1"), "member/market");
  Publish(2, FactsOf("Example Ltd", "case-1"), "member/social");
  EXPECT_EQ(records_.Find(RecordId(1))->publisher, "member/market");
  EXPECT_EQ(records_.Find(RecordId(2))->publisher, "member/social");
}

TEST_F(RecordStoreTest, KeepsReferencesOfAnyLength) {
  for (const size_t length : {1, 128, 255, 256, 1'000}) {
    const v1::RecordFacts facts = FactsOf("Example Ltd", std::string(length, 'c'));
    Publish(static_cast<uint32_t>(length), facts);
    EXPECT_EQ(FactsAsRead(static_cast<uint32_t>(length)), facts.SerializeAsString()) << length;
    records_.Apply(make_.Retract(static_cast<uint32_t>(length)));
    EXPECT_EQ(FactsAsRead(static_cast<uint32_t>(length)), facts.SerializeAsString()) << length;
  }
}

TEST_F(RecordStoreTest, KeepsWhatANewerProgramHasWritten) {
  v1::RecordFacts facts = FactsOf("Example Ltd", "case-1");
  Publish(1, facts);
  facts.GetReflection()->MutableUnknownFields(&facts)->AddLengthDelimited(900, "of another day");
  Publish(2, facts);
  EXPECT_NE(FactsAsRead(1), FactsAsRead(2));
  EXPECT_EQ(FactsAsRead(2), facts.SerializeAsString());
}

TEST_F(RecordStoreTest, GivesBackEverySignature) {
  log::ParsedEvent event = make_.Publish(1, "member/market", {});
  auto& signatures = *event.body.mutable_record_published()->mutable_signatures();
  for (uint32_t i = 0; i < 64; ++i) {
    v1::Signature& signature = *signatures.Add();
    signature.set_type(i % 2 == 0 ? v1::PHONE : v1::URL);
    signature.set_rules_version(i % 3);
    signature.set_epoch(1'000'000 + i % 5);
    const oprf::Token token = TokenOf(100 + i);
    signature.set_token(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
    signature.set_expires_us((int64_t{1} << 40) * (i + 1) + i);
  }
  records_.Apply(event);
  const RecordPtr record = records_.Find(RecordId(1));
  ASSERT_EQ(record->signatures.size(), 64u);
  for (int i = 0; i < 64; ++i) {
    EXPECT_EQ(record->signatures[i].ToProto().SerializeAsString(),
              signatures[i].SerializeAsString());
    EXPECT_TRUE(records_.MayMatch(TokenOf(100 + i)));
  }
  EXPECT_EQ(record->last_expiry, absl::FromUnixMicros((int64_t{1} << 40) * 64 + 63));
}

TEST_F(RecordStoreTest, LeavesOutTokensAndRecordsThatNoHubWrites) {
  log::ParsedEvent odd_token = make_.Publish(1, "member/market", {{TokenOf(1), kExpires}});
  odd_token.body.mutable_record_published()->mutable_signatures(0)->set_token("short");
  records_.Apply(odd_token);
  EXPECT_THAT(records_.Find(RecordId(1))->signatures, IsEmpty());
  EXPECT_EQ(records_.Find(RecordId(1))->last_expiry, kExpires);

  log::ParsedEvent odd_id = make_.Publish(2, "member/market", {{TokenOf(2), kExpires}});
  for (const size_t length : {0, 15, 17}) {
    odd_id.body.mutable_record_published()->set_record_id(std::string(length, 'r'));
    records_.Apply(odd_id);
    EXPECT_EQ(records_.Find(std::string(length, 'r')), nullptr);
  }
  EXPECT_FALSE(records_.MayMatch(TokenOf(2)));
  EXPECT_EQ(records_.live_records(), 1u);
}

TEST_F(RecordStoreTest, IsWholeAfterAMove) {
  for (uint32_t i = 0; i < 100; ++i) Publish(i, FactsOf("Example Ltd", absl::StrCat("case-", i)));
  OffenderRecords moved = std::move(records_);
  records_ = OffenderRecords();
  Publish(7, FactsOf("Another Ltd", "case-7"));
  for (uint32_t i = 0; i < 100; ++i) ASSERT_NE(moved.Find(RecordId(i)), nullptr) << i;
  EXPECT_EQ(moved.Find(RecordId(7))->facts.Full().legal_entity(), "Example Ltd");
  EXPECT_EQ(records_.Find(RecordId(7))->facts.Full().legal_entity(), "Another Ltd");
  EXPECT_EQ(records_.Find(RecordId(8)), nullptr);
}

// All of them expire within one span of the queue, and most of them leave it.
TEST_F(RecordStoreTest, ExpiresWhatIsLeftOfManyInTheirOrder) {
  constexpr uint32_t kMany = 5'000;
  for (uint32_t i = 0; i < kMany; ++i) {
    records_.Apply(make_.Publish(
        i, "member/market", {{TokenOf(i), kExpires + absl::Microseconds((i * 7'919) % kMany)}}));
  }
  std::vector<std::pair<uint32_t, std::string>> left;
  for (uint32_t i = 0; i < kMany; ++i) {
    if (i % 10 == 0) {
      left.emplace_back((i * 7'919) % kMany, RecordId(i));
    } else {
      records_.Apply(make_.Retract(i));
    }
  }
  std::sort(left.begin(), left.end());
  std::vector<std::string> in_order;
  for (const auto& [expiry, id] : left) in_order.push_back(id);
  EXPECT_THAT(records_.DueForExpiry(kExpires - absl::Microseconds(1), kMany), IsEmpty());
  EXPECT_THAT(records_.DueForExpiry(kExpires, kMany), ElementsAre(in_order[0]));
  EXPECT_EQ(records_.DueForExpiry(kExpires + absl::Hours(1), kMany), in_order);
  EXPECT_THAT(records_.DueForExpiry(kExpires + absl::Hours(1), 3),
              ElementsAre(in_order[0], in_order[1], in_order[2]));
  std::set<std::string> live;
  records_.ForEachLive(
      [&](const OffenderRecords::Record& record) { live.insert(record.record_id); });
  EXPECT_EQ(live, std::set<std::string>(in_order.begin(), in_order.end()));
  EXPECT_EQ(records_.live_records(), in_order.size());
}

TEST_F(RecordStoreTest, FindsOneRecordAmongManyByEachOfItsTokens) {
  for (uint32_t i = 0; i < 2'000; ++i) {
    records_.Apply(make_.Publish(
        i, "member/market", {{TokenOf(10'000 + i), kExpires}, {TokenOf(20'000 + i), kExpires}}));
  }
  for (uint32_t i = 0; i < 2'000; ++i) {
    for (const uint32_t base : {10'000u, 20'000u}) {
      std::vector<OffenderRecords::Match> matches;
      records_.FindMatches(TokenOf(base + i), kStart, &matches);
      ASSERT_THAT(matches, SizeIs(1));
      EXPECT_EQ(matches[0].record->record_id, RecordId(i));
      EXPECT_EQ(matches[0].signature.token(), TokenOf(base + i));
    }
  }
}

}  // namespace
}  // namespace vervet::views
