#include "core/views/coalition_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

using ::testing::SizeIs;

// Everything that a reader of the state can see, as text.
std::string Describe(const CoalitionState& state, uint32_t records, uint32_t tokens) {
  std::string out = absl::StrCat("position ", state.position, " time ",
                                 absl::ToUnixMicros(state.last_time), "\n");
  for (const auto& [name, party] : state.roster.parties()) {
    absl::StrAppend(&out, name, "|", party.display_name, "|", party.region, "|", party.suspended,
                    "|", party.suspension_reason, "|", absl::ToUnixMicros(party.admitted));
    for (const auto& group : party.groups) absl::StrAppend(&out, "|", group);
    absl::StrAppend(&out, "\n");
  }
  for (const auto& [name, group] : state.roster.groups()) {
    absl::StrAppend(&out, name, ":", group.display_name);
    for (const auto& member : group.members) absl::StrAppend(&out, "|", member);
    absl::StrAppend(&out, "\n");
  }
  for (const auto& [type, announced] : state.types.all()) {
    absl::StrAppend(&out, "type ", static_cast<int>(type), " epoch ", announced.epoch, "\n");
  }
  for (uint32_t record = 0; record < records; ++record) {
    const RecordPtr found = state.records.Find(RecordId(record));
    if (found == nullptr) continue;
    absl::StrAppend(&out, "record ", record, " ", static_cast<int>(found->state), " ",
                    found->sequence, " ", found->ended_sequence, " ", found->signatures.size(), " ",
                    found->publisher, "\n");
  }
  for (uint32_t token = 0; token < tokens; ++token) {
    std::vector<std::string> ids;
    for (const auto& match : state.Match(TokenOf(token), kStart))
      ids.push_back(absl::BytesToHexString(match.record->record_id));
    std::sort(ids.begin(), ids.end());
    for (const auto& id : ids) absl::StrAppend(&out, "token ", token, " ", id, "\n");
  }
  absl::StrAppend(&out, state.records.live_records(), " ", state.records.live_signatures());
  return out;
}

std::vector<log::ParsedEvent> RandomHistory(uint64_t seed, int length) {
  std::mt19937_64 random(seed);
  EventMaker make;
  std::vector<log::ParsedEvent> events;
  const auto party = [&] { return absl::StrCat("member/m", random() % 4); };
  const auto group = [&] { return absl::StrCat("g", random() % 3); };
  uint32_t published = 0;  // as in a real log, a record is published once and ends only after that
  for (int i = 0; i < 4; ++i) events.push_back(make.Admit(absl::StrCat("member/m", i)));
  while (static_cast<int>(events.size()) < length) {
    switch (random() % 9) {
      case 0:
        events.push_back(make.Admit(party()));
        break;
      case 1:
        events.push_back(make.Suspend(party()));
        break;
      case 2:
        events.push_back(make.Reinstate(party()));
        break;
      case 3:
        events.push_back(random() % 2 == 0 ? make.Join(party(), group())
                                           : make.Leave(party(), group()));
        break;
      case 4:
        events.push_back(make.CreateGroup(group()));
        break;
      case 5:
        if (published > 0) {
          const auto record = static_cast<uint32_t>(random() % published);
          events.push_back(random() % 2 == 0 ? make.Retract(record) : make.Expire(record));
        }
        break;
      case 6:
        events.push_back(
            make.Announce(random() % 2 == 0 ? v1::PHONE : v1::EMAIL, 1 + random() % 3));
        break;
      default:
        events.push_back(
            make.Publish(published++, party(),
                         {{TokenOf(random() % 20), kStart + absl::Hours(random() % 5)},
                          {TokenOf(random() % 20), kStart + absl::Hours(random() % 5)}}));
    }
  }
  return events;
}

TEST(CoalitionState, IsEqualForEqualEvents) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const auto events = RandomHistory(seed, 400);
    CoalitionState one, other;
    for (const auto& event : events) one.Apply(event);
    for (const auto& event : events) other.Apply(event);
    ASSERT_EQ(Describe(one, 200, 20), Describe(other, 200, 20)) << "seed " << seed;
  }
}

TEST(CoalitionState, IsEqualWhenTheWholeLogIsFoldedIntoItAgain) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const auto events = RandomHistory(seed, 200);
    CoalitionState state;
    for (const auto& event : events) state.Apply(event);
    const std::string once = Describe(state, 200, 20);
    for (const auto& event : events) state.Apply(event);
    EXPECT_EQ(Describe(state, 200, 20), once) << "seed " << seed;
  }
}

TEST(CoalitionState, RemembersPositionAndTime) {
  EventMaker make;
  CoalitionState state;
  EXPECT_EQ(state.position, 0u);
  EXPECT_EQ(state.last_time, absl::UnixEpoch());
  const auto first = make.Admit("member/market");
  state.Apply(first);
  state.Apply(make.Admit("member/social"));
  EXPECT_EQ(state.position, 2u);
  EXPECT_EQ(state.last_time, kStart + absl::Seconds(2));
  state.Apply(first);
  EXPECT_EQ(state.position, 2u);
  EXPECT_EQ(state.last_time, kStart + absl::Seconds(2));
}

TEST(CoalitionState, StopsMatchingRecordsOfASuspendedPublisher) {
  EventMaker make;
  CoalitionState state;
  const absl::Time expires = kStart + absl::Hours(1);
  for (const auto& event : {make.Admit("member/market"), make.Admit("member/social"),
                            make.Publish(1, "member/market", {{TokenOf(1), expires}}),
                            make.Publish(2, "member/social", {{TokenOf(1), expires}})}) {
    state.Apply(event);
  }
  EXPECT_THAT(state.Match(TokenOf(1), kStart), SizeIs(2));
  state.Apply(make.Suspend("member/market"));
  const auto matches = state.Match(TokenOf(1), kStart);
  ASSERT_THAT(matches, SizeIs(1));
  EXPECT_EQ(matches[0].record->publisher, "member/social");
  state.Apply(make.Reinstate("member/market"));
  EXPECT_THAT(state.Match(TokenOf(1), kStart), SizeIs(2));
  EXPECT_THAT(state.Match(TokenOf(1), expires), SizeIs(0));
}

}  // namespace
}  // namespace vervet::views
