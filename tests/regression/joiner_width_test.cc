// A zero-width joiner made whatever stood behind it count as no column, so that a name with joiners
// between its letters was taken for short and pushed a table's columns out of line.
#include <gtest/gtest.h>

#include "core/cli/text.h"

namespace vervet::cli {
namespace {

constexpr char kJoiner[] = "\xE2\x80\x8D";
constexpr char kPresentation[] = "\xEF\xB8\x8F";
constexpr char kMan[] = "\xF0\x9F\x91\xA8", kGirl[] = "\xF0\x9F\x91\xA7";

TEST(JoinerWidth, LettersBehindAJoinerTakeTheirColumns) {
  const std::string name = std::string("a") + kJoiner + "b" + kJoiner + "c";
  EXPECT_EQ(DisplayWidth(name), 3);
  EXPECT_EQ(DisplayWidth(TruncateToWidth(name, 2)), 2);
}

TEST(JoinerWidth, JoinedEmojiCountOnce) {
  EXPECT_EQ(DisplayWidth(std::string(kMan) + kJoiner + kGirl), 2);
}

TEST(JoinerWidth, WhatIsPaddedHasTheWidth) {
  for (const std::string& text :
       {std::string(kMan) + kJoiner, std::string(kPresentation) + "x", std::string(kJoiner)}) {
    EXPECT_EQ(DisplayWidth(PadRight(text, 9)), 9);
    EXPECT_EQ(DisplayWidth(PadLeft(text, 9)), 9);
  }
}

}  // namespace
}  // namespace vervet::cli
