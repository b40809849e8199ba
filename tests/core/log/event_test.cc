#include "core/log/event.h"

#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::log {
namespace {

using oprf::FailsWith;
using oprf::Hex;

EventDraft Draft() {
  EventDraft draft;
  draft.audience.add_groups("coalition");
  draft.body.mutable_record_retracted()->set_reason("withdrawn");
  return draft;
}

std::string Random() {
  std::string random;
  for (int i = 0; i < 32; ++i) random.push_back(static_cast<char>(i));
  return random;
}

TEST(LeafHash, IsTheGoldenOne) {
  // Computed apart from this code: SHA-256 of 00, 00000006 "header", 00000004 "body", 00..1f.
  EXPECT_EQ(Hex(AsBytes(LeafHash("header", "body", Random()))),
            "7ccce39367fbce5c4119f5a731aa78d367d4cd8821d1f6294b67662a20c91814");
}

TEST(LeafHash, ChangesWhenAByteMovesBetweenItsParts) {
  const std::string random = Random();
  EXPECT_EQ(Hex(AsBytes(LeafHash("headerb", "ody", random))),
            "1ec9d8cf7ca2bf434e2bf9050db949c25badd48bba0a75a3b5e2da7f545ce100");
  const std::set<Hash> distinct = {
      LeafHash("header", "body", random),
      LeafHash("headerb", "ody", random),
      LeafHash("heade", "rbody", random),
      LeafHash("headerbody", "", random),
      LeafHash("", "headerbody", random),
      LeafHash("header", "bod", "y" + random),
      LeafHash("header", "body" + random.substr(0, 1), random.substr(1))};
  EXPECT_EQ(distinct.size(), 7u);
}

TEST(LeafHash, CoversEveryByte) {
  ManualEnvironment env;
  const v1::Event event = SealEvent(Draft(), 1, env.Now(), env);
  const Hash hash = LeafHash(event);
  EXPECT_EQ(hash, LeafHash(event.header(), event.body(), event.random()));
  std::set<Hash> seen = {hash};
  const auto flip_each = [&](std::string* (v1::Event::*field)()) {
    v1::Event copy = event;
    const size_t size = (copy.*field)()->size();
    for (size_t i = 0; i < size; ++i) {
      copy = event;
      (*(copy.*field)())[i] ^= 1;
      EXPECT_TRUE(seen.insert(LeafHash(copy)).second) << i;
    }
  };
  flip_each(&v1::Event::mutable_header);
  flip_each(&v1::Event::mutable_body);
  flip_each(&v1::Event::mutable_random);
}

TEST(SealEvent, GivesTheDraftItsPlace) {
  ManualEnvironment env;
  const absl::Time time = absl::FromUnixMicros(1'790'000'000'123'456) + absl::Nanoseconds(789);
  const v1::Event event = SealEvent(Draft(), 42, time, env);
  EXPECT_EQ(event.random().size(), kEventRandomBytes);
  const auto parsed = ParseEvent(event);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->header.sequence(), 42u);
  EXPECT_EQ(parsed->header.time_us(), 1'790'000'000'123'456);
  EXPECT_EQ(parsed->header.kind(), v1::RECORD_RETRACTED);
  EXPECT_EQ(parsed->header.audience().groups(0), "coalition");
  EXPECT_EQ(parsed->body.record_retracted().reason(), "withdrawn");
}

TEST(SealEvent, NeverUsesRandomBytesTwice) {
  ManualEnvironment env;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(SealEvent(Draft(), 1, env.Now(), env).random());
  EXPECT_EQ(seen.size(), 100u);
}

// Walks the protocol's own descriptor, so that a new kind of event without a row in KindOf fails
// here.
TEST(KindOf, KnowsEveryBody) {
  const auto* oneof = v1::EventBody::descriptor()->FindOneofByName("body");
  ASSERT_NE(oneof, nullptr);
  std::set<v1::EventKind> kinds;
  for (int i = 0; i < oneof->field_count(); ++i) {
    v1::EventBody body;
    body.GetReflection()->MutableMessage(&body, oneof->field(i));
    const v1::EventKind kind = KindOf(body);
    EXPECT_EQ(static_cast<int>(kind), oneof->field(i)->number()) << oneof->field(i)->name();
    EXPECT_TRUE(v1::EventKind_IsValid(kind));
    kinds.insert(kind);
  }
  EXPECT_EQ(static_cast<int>(kinds.size()), oneof->field_count());
  EXPECT_EQ(static_cast<int>(kinds.size()) + 1, v1::EventKind_descriptor()->value_count());
  EXPECT_EQ(KindOf(v1::EventBody()), v1::EVENT_KIND_UNSPECIFIED);
}

TEST(ParseEvent, RefusesWhatDoesNotParse) {
  ManualEnvironment env;
  const v1::Event good = SealEvent(Draft(), 7, env.Now(), env);
  v1::Event bad = good;
  bad.set_header("\xFF\xFF\xFF");
  EXPECT_THAT(ParseEvent(bad), FailsWith(absl::StatusCode::kDataLoss, "header"));
  bad = good;
  bad.mutable_header()->pop_back();
  EXPECT_THAT(ParseEvent(bad), FailsWith(absl::StatusCode::kDataLoss, "header"));
  bad = good;
  bad.mutable_body()->pop_back();
  EXPECT_THAT(ParseEvent(bad),
              FailsWith(absl::StatusCode::kDataLoss, "event 7: the body does not parse"));
}

TEST(ParseEvent, RefusesAKindThatDoesNotFitTheBody) {
  ManualEnvironment env;
  const v1::Event good = SealEvent(Draft(), 7, env.Now(), env);
  v1::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(good.header()));
  for (const v1::EventKind kind :
       {v1::EVENT_KIND_UNSPECIFIED, v1::RECORD_PUBLISHED, v1::MEMBER_ADMITTED}) {
    header.set_kind(kind);
    v1::Event bad = good;
    bad.set_header(header.SerializeAsString());
    EXPECT_THAT(ParseEvent(bad),
                FailsWith(absl::StatusCode::kDataLoss, "event 7: the header's kind"))
        << kind;
  }
}

TEST(ParseEvent, KeepsAnEventOfAKindThatANewerHubKnows) {
  ManualEnvironment env;
  const v1::Event good = SealEvent(Draft(), 7, env.Now(), env);
  v1::EventHeader header;
  ASSERT_TRUE(header.ParseFromString(good.header()));
  header.set_kind(static_cast<v1::EventKind>(200));
  v1::Event newer = good;
  newer.set_header(header.SerializeAsString());
  newer.set_body("\xc2\x0c\x02\x08\x01");  // field 200
  const auto parsed = ParseEvent(newer);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_TRUE(IsOfNewerKind(*parsed));
  EXPECT_FALSE(IsOfNewerKind(*ParseEvent(good)));

  // A body that is known under a kind that is not: somebody made it up.
  newer.set_body(good.body());
  EXPECT_THAT(ParseEvent(newer),
              FailsWith(absl::StatusCode::kDataLoss, "event 7: the header's kind"));
}

TEST(ParseEvent, RefusesAnEventThatSaysNothing) {
  ManualEnvironment env;
  EventDraft empty;
  EXPECT_THAT(ParseEvent(SealEvent(empty, 7, env.Now(), env)),
              FailsWith(absl::StatusCode::kDataLoss, "event 7: the header's kind"));
  EXPECT_THAT(ParseEvent("", ""), FailsWith(absl::StatusCode::kDataLoss, "kind"));
}

EventDraft FullRecord() {
  EventDraft draft;
  draft.audience.add_groups("coalition");
  draft.audience.set_party("member/market");
  v1::RecordPublished& record = *draft.body.mutable_record_published();
  record.set_record_id(std::string(16, 'r'));
  record.set_publisher("member/market");
  record.mutable_facts()->mutable_offence()->set_activity(v1::AUCTION);
  record.mutable_facts()->mutable_offence()->add_taxa("Loxodonta africana");
  record.mutable_facts()->set_legal_entity("Example Market Ltd, Dublin");
  record.mutable_facts()->set_decision_reference("case-1");
  record.mutable_facts()->add_groups("coalition");
  record.add_signatures()->set_token(std::string(16, 't'));
  record.add_images()->set_hash(std::string(32, 'i'));
  return draft;
}

// A body without this or that, as bytes, after a full one in the same memory.
TEST(ParseEvent, LeavesNothingOfTheEventThatWasInItsMemory) {
  ManualEnvironment env;
  const v1::Event full = SealEvent(FullRecord(), 7, env.Now(), env);
  const auto without = [](const std::function<void(EventDraft&)>& drop) {
    EventDraft draft = FullRecord();
    drop(draft);
    return draft;
  };
  const auto record_of = [](EventDraft& draft) { return draft.body.mutable_record_published(); };
  const auto unknown = [](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(900, 1);
  };
  const std::vector<EventDraft> drafts = {
      FullRecord(),
      Draft(),
      without([](EventDraft& draft) { draft.audience.Clear(); }),
      without([](EventDraft& draft) { draft.audience.clear_groups(); }),
      without([](EventDraft& draft) { draft.audience.clear_party(); }),
      without([&](EventDraft& draft) { record_of(draft)->Clear(); }),
      without([&](EventDraft& draft) { record_of(draft)->clear_facts(); }),
      without([&](EventDraft& draft) { record_of(draft)->mutable_facts()->Clear(); }),
      without([&](EventDraft& draft) { record_of(draft)->mutable_facts()->clear_offence(); }),
      without([&](EventDraft& draft) {
        record_of(draft)->mutable_facts()->mutable_offence()->clear_activity();
      }),
      without([&](EventDraft& draft) {
        record_of(draft)->mutable_facts()->mutable_offence()->clear_taxa();
      }),
      without([&](EventDraft& draft) { record_of(draft)->mutable_facts()->clear_legal_entity(); }),
      without([&](EventDraft& draft) { record_of(draft)->clear_signatures(); }),
      without([&](EventDraft& draft) { record_of(draft)->clear_images(); }),
      without([&](EventDraft& draft) {
        unknown(&draft.audience);
        unknown(&draft.body);
        unknown(record_of(draft));
        unknown(record_of(draft)->mutable_facts());
        unknown(record_of(draft)->mutable_facts()->mutable_offence());
      }),
  };
  ParsedEvent reused;
  for (const EventDraft& draft : drafts) {
    const v1::Event event = SealEvent(draft, 8, env.Now(), env);
    v1::EventHeader header;
    ASSERT_TRUE(header.ParseFromString(event.header()));
    for (int time = 0; time < 2; ++time) {
      ASSERT_TRUE(ParseEvent(event, &reused).ok());
      using google::protobuf::util::MessageDifferencer;
      EXPECT_TRUE(MessageDifferencer::Equals(reused.header, header));
      EXPECT_TRUE(MessageDifferencer::Equals(reused.body, draft.body))
          << reused.body.ShortDebugString() << " for " << draft.body.ShortDebugString();
      ASSERT_TRUE(ParseEvent(full, &reused).ok());
    }
    ASSERT_TRUE(ParseEvent(event, &reused).ok());  // before the next of them
  }
}

TEST(ParseEvent, RefusesRandomBytesOfAnotherLength) {
  ManualEnvironment env;
  const v1::Event good = SealEvent(Draft(), 7, env.Now(), env);
  for (const size_t size : {0, 31, 33}) {
    v1::Event bad = good;
    bad.set_random(std::string(size, 'r'));
    EXPECT_THAT(ParseEvent(bad), FailsWith(absl::StatusCode::kDataLoss, std::to_string(size)))
        << size;
  }
}

}  // namespace
}  // namespace vervet::log
