// A frame says what the message says, written as every hub writes it or otherwise.
#include "member-sdk/src/engine/sync/sync_frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vervet::engine {
namespace {

void AddEvent(v1::SyncResponse* message, const std::string& header, const std::string& body) {
  v1::Event& event = *message->mutable_entries()->add_entries()->mutable_event();
  event.set_header(header);
  event.set_body(body);
  event.set_random(std::string(32, 'r'));
}

v1::SyncResponse Message() {
  v1::SyncResponse message;
  AddEvent(&message, "header 1", "body 1");
  message.mutable_entries()->add_entries()->set_leaf_hash(std::string(32, 'h'));
  AddEvent(&message, "header 3", std::string(70'000, 'b'));  // a length of three bytes
  return message;
}

// The same message with its fields in another order, and a field of a newer hub.
std::string WrittenOtherwise() {
  const auto field = [](int number, const std::string& bytes) {
    return std::string(1, static_cast<char>(number << 3 | 2)) +
           std::string(1, static_cast<char>(bytes.size())) + bytes;
  };
  const std::string event = field(3, std::string(32, 'r')) + field(15, "newer") +
                            field(2, "body 1") + field(1, "header 1");
  return field(1, field(1, field(1, event)) + field(1, field(2, std::string(32, 'h'))));
}

void ExpectFirstTwo(const SyncFrame& frame) {
  ASSERT_TRUE(frame.has_entries());
  EXPECT_FALSE(frame.has_head());
  ASSERT_GE(frame.size(), 2u);
  EXPECT_TRUE(frame[0].is_event);
  EXPECT_EQ(frame[0].header, "header 1");
  EXPECT_EQ(frame[0].body, "body 1");
  EXPECT_EQ(frame[0].random, std::string(32, 'r'));
  EXPECT_TRUE(frame[1].is_hash);
  EXPECT_FALSE(frame[1].is_event);
  EXPECT_EQ(frame[1].leaf_hash, std::string(32, 'h'));
}

TEST(SyncFrame, ReadsEventsAndHashes) {
  SyncFrame frame;
  frame.NewBytes() = Message().SerializeAsString();
  ASSERT_TRUE(frame.Parse());
  ExpectFirstTwo(frame);
  ASSERT_EQ(frame.size(), 3u);
  EXPECT_EQ(frame[2].body, std::string(70'000, 'b'));
}

TEST(SyncFrame, ReadsAMessageThatIsWrittenOtherwise) {
  SyncFrame frame;
  frame.NewBytes() = WrittenOtherwise();
  ASSERT_TRUE(frame.Parse());
  ExpectFirstTwo(frame);
  EXPECT_EQ(frame.size(), 2u);
}

TEST(SyncFrame, HoldsNothingOfTheMessageBefore) {
  v1::SyncResponse head;
  head.mutable_head()->set_size(7);
  v1::SyncResponse empty_entry;
  empty_entry.mutable_entries()->add_entries();
  v1::SyncResponse no_entries;
  no_entries.mutable_entries();
  SyncFrame frame;
  for (const char* otherwise : {"no", "yes"}) {
    const auto fill = [&] {
      if (*otherwise == 'n') return frame.Set(Message());
      frame.NewBytes() = WrittenOtherwise();
      EXPECT_TRUE(frame.Parse());
    };
    fill();
    frame.Set(head);
    EXPECT_FALSE(frame.has_entries());
    EXPECT_EQ(frame.size(), 0u);
    ASSERT_TRUE(frame.has_head());
    EXPECT_EQ(frame.head().size(), 7u);
    fill();
    ExpectFirstTwo(frame);
    frame.Set(empty_entry);
    ASSERT_EQ(frame.size(), 1u);
    EXPECT_FALSE(frame[0].is_event);
    EXPECT_FALSE(frame[0].is_hash);
    EXPECT_EQ(frame[0].header, "");
    fill();
    frame.Set(no_entries);
    EXPECT_TRUE(frame.has_entries());
    EXPECT_EQ(frame.size(), 0u);
    fill();
    frame.Set({});
    EXPECT_FALSE(frame.has_entries());
    EXPECT_FALSE(frame.has_head());
  }
}

TEST(SyncFrame, RefusesWhatIsNoMessageAndHoldsNothingThen) {
  const std::string bytes = Message().SerializeAsString();
  SyncFrame frame;
  for (const size_t size : {size_t{1}, size_t{3}, size_t{20}, bytes.size() - 1}) {
    frame.NewBytes() = bytes;
    ASSERT_TRUE(frame.Parse());
    frame.NewBytes() = bytes.substr(0, size);
    EXPECT_FALSE(frame.Parse()) << size;
    EXPECT_EQ(frame.size(), 0u);
    EXPECT_FALSE(frame.has_entries());
    EXPECT_FALSE(frame.has_head());
  }
}

}  // namespace
}  // namespace vervet::engine
