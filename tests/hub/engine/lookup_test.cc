#include "hub/engine/lookup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class LookupTest : public EngineTest {
 protected:
  static void Ask(v1::LookupRequest& request, const oprf::Token& token,
                  v1::SignatureType type = v1::PHONE) {
    v1::LookupToken& asked = *request.add_tokens();
    asked.set_type(type);
    asked.set_epoch(1);
    asked.set_token(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
  }
  // How many records the party is shown for the phone of GoodRequest.
  int Found(const std::string& party) {
    v1::LookupRequest request;
    Ask(request, TokenOf(v1::PHONE, "+353861234567"));
    v1::LookupResponse response;
    const absl::Status status = Lookup(party, request, state_, env_.Now(), &response);
    EXPECT_TRUE(status.ok()) << status;
    return response.results_size() == 1 ? response.results(0).records_size() : -1;
  }
};

TEST_F(LookupTest, AnswersEachTokenInOrderWithProvenance) {
  v1::PublishRequest published = GoodRequest();
  const auto outcome = Publish("member/market", published);
  ASSERT_TRUE(outcome.ok());
  v1::LookupRequest request;
  Ask(request, TokenOf(v1::PHONE, "+4930123456"));
  Ask(request, TokenOf(v1::PHONE, "+353861234567"));
  v1::LookupResponse response;
  ASSERT_TRUE(Lookup("member/social", request, state_, env_.Now(), &response).ok());
  EXPECT_EQ(response.position(), LogSize());
  ASSERT_EQ(response.results_size(), 2);
  EXPECT_EQ(response.results(0).records_size(), 0);
  ASSERT_EQ(response.results(1).records_size(), 1);
  const v1::MatchedRecord& record = response.results(1).records(0);
  EXPECT_EQ(record.record_id(), outcome->record_id);
  EXPECT_EQ(record.publisher(), "member/market");
  EXPECT_EQ(record.facts().SerializeAsString(), published.facts().SerializeAsString());
  EXPECT_EQ(record.published_us(), EventAt(outcome->sequence)->parsed.header.time_us());
  EXPECT_EQ(record.signature().expires_us(), published.signatures(0).expires_us());
}

TEST_F(LookupTest, ShowsARecordToItsGroupsAndItsPublisherAlone) {
  v1::PublishRequest request = GoodRequest();
  request.mutable_facts()->set_groups(0, "ivory");
  ASSERT_TRUE(Publish("member/market", request).ok());
  EXPECT_EQ(Found("member/market"), 1);
  EXPECT_EQ(Found("member/social"), 0);
  EXPECT_EQ(Found("member/search"), 0);
  EXPECT_EQ(Found("member/ghost"), 0);
  ASSERT_NO_FATAL_FAILURE(Join("member/search", "ivory"));
  EXPECT_EQ(Found("member/search"), 1);
}

TEST_F(LookupTest, ShowsNothingOfASuspendedPublisher) {
  ASSERT_TRUE(Publish("member/market", GoodRequest()).ok());
  ASSERT_TRUE(Publish("member/social", GoodRequest()).ok());
  EXPECT_EQ(Found("member/social"), 2);
  ASSERT_NO_FATAL_FAILURE(Suspend("member/market"));
  EXPECT_EQ(Found("member/social"), 1);
}

TEST_F(LookupTest, ShowsNothingThatHasEnded) {
  const auto outcome = Publish("member/market", GoodRequest());
  ASSERT_TRUE(outcome.ok());
  ASSERT_TRUE(Publish("member/market", GoodRequest()).ok());
  EXPECT_EQ(Found("member/social"), 2);
  ASSERT_TRUE(Retract("member/market", outcome->record_id).ok());
  EXPECT_EQ(Found("member/social"), 1);
  env_.Advance(absl::Hours(24) - absl::Microseconds(1));
  EXPECT_EQ(Found("member/social"), 1);
  env_.Advance(absl::Microseconds(1));
  EXPECT_EQ(Found("member/social"), 0);
}

struct Refusal {
  const char* what;
  std::function<void(v1::LookupRequest&)> change;
  const char* field;
  const char* remedy;
};

TEST_F(LookupTest, RefusesEachThingThatIsWrongByItsName) {
  using R = v1::LookupRequest;
  const Refusal cases[] = {
      {"nothing", [](R& r) { r.clear_tokens(); }, "tokens: has 0", "1 to 1024"},
      {"no type", [](R& r) { r.mutable_tokens(1)->clear_type(); },
       "tokens[1].type: ", "see SignatureType"},
      {"a type that is not in use", [](R& r) { r.mutable_tokens(1)->set_type(v1::URL); },
       "tokens[1].type: ", "not in use"},
      {"another epoch", [](R& r) { r.mutable_tokens(0)->set_epoch(2); }, "tokens[0].epoch: is 2",
       "evaluate again"},
      {"a short token", [](R& r) { r.mutable_tokens(1)->mutable_token()->pop_back(); },
       "tokens[1].token: has 15", "must have 16"},
      {"a long token", [](R& r) { r.mutable_tokens(1)->mutable_token()->push_back('x'); },
       "tokens[1].token: has 17", "must have 16"},
  };
  for (const Refusal& c : cases) {
    v1::LookupRequest request;
    Ask(request, TokenOf(v1::PHONE, "+353861234567"));
    Ask(request, TokenOf(v1::EMAIL, "someone@example.org"), v1::EMAIL);
    c.change(request);
    v1::LookupResponse response;
    const absl::Status status = Lookup("member/market", request, state_, env_.Now(), &response);
    EXPECT_THAT(status, FailsWith(kInvalid, c.field)) << c.what;
    EXPECT_THAT(status, FailsWith(kInvalid, c.remedy)) << c.what;
    EXPECT_EQ(response.ByteSizeLong(), 0u) << c.what;
  }
}

TEST_F(LookupTest, TakesAsManyTokensAsTheLimitAndNotOneMore) {
  v1::LookupRequest request;
  const oprf::Token token = TokenOf(v1::PHONE, "+353861234567");
  for (size_t i = 0; i < kMaxLookupTokens; ++i) Ask(request, token);
  v1::LookupResponse response;
  EXPECT_TRUE(Lookup("member/market", request, state_, env_.Now(), &response).ok());
  EXPECT_EQ(response.results_size(), static_cast<int>(kMaxLookupTokens));
  Ask(request, token);
  EXPECT_THAT(Lookup("member/market", request, state_, env_.Now(), &response),
              FailsWith(kInvalid, "tokens: has 1025 entries; 1 to 1024"));
}

}  // namespace
}  // namespace vervet::hub
