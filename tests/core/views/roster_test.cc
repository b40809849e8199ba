#include "core/views/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RosterTest : public ::testing::Test {
 protected:
  EventMaker make_;
  Roster roster_;
};

TEST_F(RosterTest, KnowsNobodyAtFirst) {
  EXPECT_EQ(roster_.FindParty("member/market"), nullptr);
  EXPECT_FALSE(roster_.IsActive("member/market"));
  EXPECT_FALSE(roster_.IsSuspended("member/market"));
  EXPECT_EQ(roster_.ActiveInRole("member"), 0);
}

TEST_F(RosterTest, AdmitsAParty) {
  roster_.Apply(make_.Admit("member/market", "DE"));
  const Roster::Party* party = roster_.FindParty("member/market");
  ASSERT_NE(party, nullptr);
  EXPECT_EQ(party->party, "member/market");
  EXPECT_EQ(party->display_name, "Name of member/market");
  EXPECT_EQ(party->region, "DE");
  EXPECT_EQ(party->admitted, kStart + absl::Seconds(1));
  EXPECT_TRUE(roster_.IsActive("member/market"));
  EXPECT_FALSE(roster_.IsActive("member/marke"));
}

TEST_F(RosterTest, SuspendsAndReinstates) {
  roster_.Apply(make_.Admit("member/market"));
  roster_.Apply(make_.Suspend("member/market", "sent invented records"));
  EXPECT_TRUE(roster_.IsSuspended("member/market"));
  EXPECT_FALSE(roster_.IsActive("member/market"));
  EXPECT_EQ(roster_.FindParty("member/market")->suspension_reason, "sent invented records");
  roster_.Apply(make_.Reinstate("member/market"));
  EXPECT_FALSE(roster_.IsSuspended("member/market"));
  EXPECT_TRUE(roster_.IsActive("member/market"));
  EXPECT_EQ(roster_.FindParty("member/market")->suspension_reason, "");
}

TEST_F(RosterTest, KeepsGroupsOfASuspendedParty) {
  for (const auto& event :
       {make_.Admit("member/market"), make_.CreateGroup("g"), make_.Join("member/market", "g"),
        make_.Suspend("member/market"), make_.Reinstate("member/market")}) {
    roster_.Apply(event);
  }
  EXPECT_TRUE(roster_.InAny("member/market", std::vector<std::string>{"other", "g"}));
}

TEST_F(RosterTest, NeverAdmitsByTheBackDoor) {
  for (const auto& event :
       {make_.CreateGroup("g"), make_.Reinstate("member/ghost"), make_.Join("member/ghost", "g"),
        make_.Leave("member/ghost", "g"), make_.Suspend("member/ghost")}) {
    roster_.Apply(event);
  }
  EXPECT_FALSE(roster_.IsActive("member/ghost"));
  EXPECT_EQ(roster_.FindParty("member/ghost"), nullptr);
  EXPECT_THAT(roster_.FindGroup("g")->members, IsEmpty());
}

TEST_F(RosterTest, KeepsGroupsAndTheirMembersInStep) {
  roster_.Apply(make_.Admit("member/market"));
  roster_.Apply(make_.Admit("member/social"));
  roster_.Apply(make_.CreateGroup("ivory", {"IE", "DE"}));
  roster_.Apply(make_.Join("member/social", "ivory"));
  roster_.Apply(make_.Join("member/market", "ivory"));
  const Roster::Group* group = roster_.FindGroup("ivory");
  ASSERT_NE(group, nullptr);
  EXPECT_EQ(group->group, "ivory");
  EXPECT_EQ(group->display_name, "Group ivory");
  EXPECT_EQ(group->transfer_instrument, "an instrument");
  EXPECT_THAT(group->permitted_regions, ElementsAre("DE", "IE"));
  EXPECT_THAT(group->members, ElementsAre("member/market", "member/social"));
  EXPECT_THAT(roster_.FindParty("member/market")->groups, ElementsAre("ivory"));

  roster_.Apply(make_.Leave("member/market", "ivory"));
  EXPECT_THAT(roster_.FindGroup("ivory")->members, ElementsAre("member/social"));
  EXPECT_THAT(roster_.FindParty("member/market")->groups, IsEmpty());
  EXPECT_FALSE(roster_.InAny("member/market", std::vector<std::string>{"ivory"}));
  EXPECT_EQ(roster_.FindGroup("horn"), nullptr);
}

TEST_F(RosterTest, NamesAGroupOfWhichOnlyJoiningAndLeavingWasSeen) {
  roster_.Apply(make_.Admit("member/market"));
  roster_.Apply(make_.Join("member/market", "ivory"));
  roster_.Apply(make_.Leave("member/market", "ivory"));
  ASSERT_NE(roster_.FindGroup("ivory"), nullptr);
  EXPECT_EQ(roster_.FindGroup("ivory")->group, "ivory");
}

TEST_F(RosterTest, CountsTheActiveOfARole) {
  for (const auto& event : {make_.Admit("coordinator/anna"), make_.Admit("coordinator/ben"),
                            make_.Admit("member/market"), make_.Admit("expert/coordinator"),
                            make_.Suspend("coordinator/ben")}) {
    roster_.Apply(event);
  }
  EXPECT_EQ(roster_.ActiveInRole("coordinator"), 1);
  EXPECT_EQ(roster_.ActiveInRole("member"), 1);
  EXPECT_EQ(roster_.ActiveInRole("auditor"), 0);
  EXPECT_EQ(roster_.ActiveInRole("coord"), 0);
}

TEST_F(RosterTest, ListsInOrderOfNames) {
  for (const char* party : {"member/b", "coordinator/z", "member/a"})
    roster_.Apply(make_.Admit(party));
  std::vector<std::string> names;
  for (const auto& [name, party] : roster_.parties()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("coordinator/z", "member/a", "member/b"));
}

struct MaySeeCase {
  const char* what;
  const char* party;
  v1::Role role;
  v1::Audience audience;
  bool expected;
};

v1::Audience To(std::vector<v1::Role> roles, std::vector<std::string> groups,
                const std::string& party) {
  v1::Audience audience;
  for (const v1::Role role : roles) audience.add_roles(role);
  for (const std::string& group : groups) audience.add_groups(group);
  audience.set_party(party);
  return audience;
}

TEST_F(RosterTest, ShowsAnEventToItsAudienceAlone) {
  for (const auto& event :
       {make_.Admit("member/in"), make_.Admit("member/out"), make_.Admit("coordinator/anna"),
        make_.CreateGroup("g"), make_.CreateGroup("h"), make_.Join("member/in", "g"),
        make_.Join("member/out", "g"), make_.Leave("member/out", "g")}) {
    roster_.Apply(event);
  }
  const MaySeeCase cases[] = {
      {"nobody but the hub", "member/in", v1::MEMBER, To({}, {}, ""), false},
      {"its role", "member/in", v1::MEMBER, To({v1::MEMBER}, {}, ""), true},
      {"one of several roles", "coordinator/anna", v1::COORDINATOR,
       To({v1::MEMBER, v1::COORDINATOR}, {}, ""), true},
      {"another role", "coordinator/anna", v1::COORDINATOR, To({v1::MEMBER}, {}, ""), false},
      {"its group", "member/in", v1::MEMBER, To({}, {"g"}, ""), true},
      {"one of several groups", "member/in", v1::MEMBER, To({}, {"h", "g"}, ""), true},
      {"another group", "member/in", v1::MEMBER, To({}, {"h"}, ""), false},
      {"a group that does not exist", "member/in", v1::MEMBER, To({}, {"x"}, ""), false},
      {"a group that it left", "member/out", v1::MEMBER, To({}, {"g"}, ""), false},
      {"itself", "member/out", v1::MEMBER, To({}, {}, "member/out"), true},
      {"itself, though it left the group", "member/out", v1::MEMBER, To({}, {"g"}, "member/out"),
       true},
      {"another party", "member/out", v1::MEMBER, To({}, {}, "member/in"), false},
      {"a role of somebody unknown", "member/ghost", v1::MEMBER, To({v1::MEMBER}, {}, ""), false},
      {"the name of somebody unknown", "member/ghost", v1::MEMBER, To({}, {}, "member/ghost"),
       false},
      {"an empty name", "", v1::MEMBER, To({v1::MEMBER}, {"g"}, ""), false},
  };
  for (const MaySeeCase& c : cases) {
    EXPECT_EQ(roster_.MaySee(c.party, c.role, c.audience), c.expected) << c.what;
  }
}

}  // namespace
}  // namespace vervet::views
