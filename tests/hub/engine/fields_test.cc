#include "hub/engine/fields.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/wire_limits.h"
#include "core/views/roster.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/views/event_maker.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(CheckText, TakesPlainTextUpToItsLimit) {
  EXPECT_TRUE(CheckText("f", "a", 5).ok());
  EXPECT_TRUE(CheckText("f", "abcde", 5).ok());
  EXPECT_TRUE(CheckText("f", "M\xC3\xBCnchen \xE8\xB1\xA1\xE7\x89\x99 \xC2\xA0", 50).ok());
  EXPECT_THAT(CheckText("f", "", 5), FailsWith(kInvalid, "f: is empty; required"));
  EXPECT_THAT(CheckText("f", "  ", 5), FailsWith(kInvalid, "f: is blank; required"));
  EXPECT_THAT(CheckText("f", "abcdef", 5), FailsWith(kInvalid, "f: has 6 bytes; at most 5"));
}

TEST(CheckText, RefusesControlCharactersWithoutRepeatingTheText) {
  for (const std::string& control :
       {std::string("\0", 1), std::string("\n"), std::string("\x1b"), std::string("\x7f"),
        std::string("\xC2\x80"), std::string("\xC2\x9B"), std::string("\xC2\x9F")}) {
    const absl::Status status = CheckText("f", "secret" + control + "text", 50);
    EXPECT_THAT(status, FailsWith(kInvalid, "f: holds a control character; write plain text"));
    EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
  }
}

TEST(CheckDecisionReference, TakesCaseNumbersAlone) {
  EXPECT_TRUE(CheckDecisionReference("f", "AZaz09._:/-").ok());
  EXPECT_TRUE(CheckDecisionReference("f", std::string(kMaxDecisionReferenceBytes, 'a')).ok());
  EXPECT_THAT(CheckDecisionReference("f", std::string(kMaxDecisionReferenceBytes + 1, 'a')),
              FailsWith(kInvalid, "f: has 129 bytes; at most 128"));
  EXPECT_THAT(CheckDecisionReference("f", ""), FailsWith(kInvalid, "give your own reference"));
  for (const char* personal : {"a@b", "a b", "+353861234567", "caf\xC3\xA9", "a,b", "a#b"}) {
    EXPECT_THAT(CheckDecisionReference("f", personal), FailsWith(kInvalid, "use a case number"))
        << personal;
  }
}

TEST(CheckGroupName, TakesLowerCaseNamesUpToItsLimit) {
  for (const std::string& good : {std::string("a"), std::string("0"), std::string("ivory-2026"),
                                  std::string("a-"), std::string(63, 'a')}) {
    EXPECT_TRUE(CheckGroupName("f", good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("A"), std::string("a_b"), std::string("a b"),
        std::string("\xC3\xA9"), std::string(64, 'a')}) {
    EXPECT_THAT(CheckGroupName("f", bad), FailsWith(kInvalid, "f: a group's name has 1 to 63"))
        << bad;
  }
}

TEST(CheckRegion, TakesTwoUpperCaseLetters) {
  EXPECT_TRUE(CheckRegion("f", "IE").ok());
  for (const char* bad : {"", "I", "IRL", "ie", "I1", "I "}) {
    EXPECT_THAT(CheckRegion("f", bad), FailsWith(kInvalid, "such as IE")) << bad;
  }
}

TEST(CheckIds, TakeSixteenBytes) {
  EXPECT_TRUE(CheckRequestId(std::string(16, '\0')).ok());
  EXPECT_TRUE(CheckRecordId(std::string(16, '\0')).ok());
  for (const size_t size : {0, 15, 17}) {
    const std::string has = "has " + std::to_string(size) + " bytes; must have 16";
    EXPECT_THAT(CheckRequestId(std::string(size, 'a')), FailsWith(kInvalid, "request_id: " + has));
    EXPECT_THAT(CheckRecordId(std::string(size, 'a')), FailsWith(kInvalid, "record_id: " + has));
  }
}

TEST(CheckActive, RefusesWhomTheRosterDoesNotHaveAsActive) {
  views::EventMaker make;
  views::Roster roster;
  roster.Apply(make.Admit("member/in"));
  roster.Apply(make.Admit("member/out"));
  roster.Apply(make.Suspend("member/out"));
  EXPECT_TRUE(CheckActive("member/in", roster).ok());
  for (const char* party : {"member/out", "member/ghost"}) {
    EXPECT_THAT(CheckActive(party, roster),
                FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
  }
}

TEST(MakeRequestKey, DiffersForEveryOtherRequest) {
  v1::RetractRequest request;
  request.set_record_id("r");
  request.set_reason("a");
  const RequestKey key = MakeRequestKey("member/market", "id", "Retract", request);
  EXPECT_EQ(key.party, "member/market");
  EXPECT_EQ(key.request_id, "id");
  EXPECT_EQ(key.fingerprint.size(), 32u);
  EXPECT_EQ(MakeRequestKey("member/market", "id", "Retract", request).fingerprint, key.fingerprint);
  EXPECT_NE(MakeRequestKey("member/market", "id", "Publish", request).fingerprint, key.fingerprint);
  request.set_reason("b");
  EXPECT_NE(MakeRequestKey("member/market", "id", "Retract", request).fingerprint, key.fingerprint);
}

}  // namespace
}  // namespace vervet::hub
