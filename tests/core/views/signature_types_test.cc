#include "core/views/signature_types.h"

#include <gtest/gtest.h>

#include "tests/core/views/event_maker.h"

namespace vervet::views {
namespace {

TEST(SignatureTypes, TakesTheNewestAnnouncement) {
  EventMaker make;
  SignatureTypes types;
  EXPECT_EQ(types.Find(v1::PHONE), nullptr);
  types.Apply(make.Announce(v1::PHONE, 1));
  types.Apply(make.Announce(v1::EMAIL, 1));
  types.Apply(make.Announce(v1::PHONE, 2));
  const auto* phone = types.Find(v1::PHONE);
  ASSERT_NE(phone, nullptr);
  EXPECT_EQ(phone->type, v1::PHONE);
  EXPECT_EQ(phone->epoch, 2u);
  EXPECT_EQ(phone->rules_versions, std::vector<uint32_t>{2});
  EXPECT_EQ(phone->public_key, std::string(32, 'k'));
  EXPECT_EQ(phone->maximum_life, absl::Hours(24 * 180));
  EXPECT_EQ(types.Find(v1::EMAIL)->epoch, 1u);
  EXPECT_EQ(types.all().size(), 2u);
}

TEST(SignatureTypes, IgnoresOtherEvents) {
  EventMaker make;
  SignatureTypes types;
  types.Apply(make.Admit("member/market"));
  EXPECT_TRUE(types.all().empty());
}

}  // namespace
}  // namespace vervet::views
