// What the hub does not take: each case says what is wrong, and leaves the log as it was.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/wire_limits.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;

// 32 bytes that are no encoding of an element other than the identity.
const std::string kIdentity(32, '\0');
const std::string kNotReduced =
    std::string(31, '\xff') + "\x7f";                     // 2^255 - 1, above the field's prime
const std::string kOdd = "\x01" + std::string(31, '\0');  // ristretto255 encodings are even

class BadInput : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    coalition_ = std::make_unique<TestCoalition>();
    RawClient market = coalition_->As("market");
    good_ = GoodPublishRequest(market, "good@example.com", kEverybody).value();
    announced_ = ReadAnnouncement(market, v1::EMAIL).value();
    std::vector<std::string> texts;
    for (size_t i = 0; i <= kMaxSignaturesPerRecord; ++i)
      texts.push_back(absl::StrCat("many-", i, "@example.com"));
    elements_ = EvaluateInputs(market, v1::EMAIL, announced_, texts).value();
  }
  static void TearDownTestSuite() { coalition_.reset(); }
  void SetUp() override { size_before_ = coalition_->LogSize(); }

  static v1::PublishRequest Good() {
    v1::PublishRequest request = good_;
    request.set_request_id(NewRequestId());
    return request;
  }
  static v1::PublishRequest WithSignatures(size_t count) {
    v1::PublishRequest request = Good();
    const v1::NewSignature first = request.signatures(0);
    request.clear_signatures();
    for (size_t i = 0; i < count; ++i) {
      *request.add_signatures() = first;
      request.mutable_signatures(static_cast<int>(i))->set_element(elements_[i]);
    }
    return request;
  }

  static std::unique_ptr<TestCoalition> coalition_;
  static v1::PublishRequest good_;
  static AnnouncedType announced_;
  static std::vector<std::string> elements_;
  uint64_t size_before_ = 0;
};

std::unique_ptr<TestCoalition> BadInput::coalition_;
v1::PublishRequest BadInput::good_;
AnnouncedType BadInput::announced_;
std::vector<std::string> BadInput::elements_;

TEST_F(BadInput, IsRefusedInPublishWithFieldAndIndex) {
  struct Case {
    const char* what;
    std::function<void(v1::PublishRequest&)> spoil;
    StatusCode code;
    const char* message;
  };
  const auto element = [](const std::string& bytes) {
    return
        [bytes](v1::PublishRequest& request) { request.mutable_signatures(0)->set_element(bytes); };
  };
  const auto expires = [](absl::Duration from_now) {
    return [from_now](v1::PublishRequest& request) {
      request.mutable_signatures(0)->set_expires_us(absl::ToUnixMicros(absl::Now() + from_now));
    };
  };
  const auto facts = [](std::function<void(v1::RecordFacts&)> spoil) {
    return [spoil](v1::PublishRequest& request) { spoil(*request.mutable_facts()); };
  };
  const std::vector<Case> cases = {
      {"a short element", element(std::string(31, 'x')), StatusCode::kInvalidArgument,
       "signatures[0].element"},
      {"no element", element(""), StatusCode::kInvalidArgument, "signatures[0].element"},
      {"the identity", element(kIdentity), StatusCode::kInvalidArgument, "signatures[0].element"},
      {"a value above the prime", element(kNotReduced), StatusCode::kInvalidArgument,
       "signatures[0].element"},
      {"an odd value", element(kOdd), StatusCode::kInvalidArgument, "signatures[0].element"},
      {"bit 255", [](auto& r) { r.mutable_signatures(0)->mutable_element()->back() |= '\x80'; },
       StatusCode::kInvalidArgument, "signatures[0].element"},
      {"the second of two",
       [](auto& r) {
         *r.add_signatures() = r.signatures(0);
         r.mutable_signatures(1)->set_element(kIdentity);
       },
       StatusCode::kInvalidArgument, "signatures[1].element"},
      {"the same twice", [](auto& r) { *r.add_signatures() = r.signatures(0); },
       StatusCode::kInvalidArgument, "signatures[1]"},
      {"no signature", [](auto& r) { r.clear_signatures(); }, StatusCode::kInvalidArgument,
       "signatures"},
      {"no type", [](auto& r) { r.mutable_signatures(0)->clear_type(); },
       StatusCode::kInvalidArgument, "signatures[0].type"},
      {"an unknown type",
       [](auto& r) { r.mutable_signatures(0)->set_type(static_cast<v1::SignatureType>(99)); },
       StatusCode::kInvalidArgument, "signatures[0].type"},
      {"an old epoch",
       [](auto& r) { r.mutable_signatures(0)->set_epoch(r.signatures(0).epoch() + 1); },
       StatusCode::kInvalidArgument, "signatures[0].epoch"},
      {"unknown rules", [](auto& r) { r.mutable_signatures(0)->set_rules_version(77); },
       StatusCode::kInvalidArgument, "signatures[0].rules_version"},
      {"an expiry in the past", expires(-absl::Seconds(1)), StatusCode::kInvalidArgument,
       "signatures[0].expires_us"},
      {"an expiry beyond the maximum", expires(announced_.maximum_life + absl::Minutes(1)),
       StatusCode::kInvalidArgument, "signatures[0].expires_us"},
      {"a machine's certainty", facts([](auto& f) { f.set_certainty(v1::MACHINE); }),
       StatusCode::kInvalidArgument, "facts.certainty"},
      {"no certainty", facts([](auto& f) { f.clear_certainty(); }), StatusCode::kInvalidArgument,
       "facts.certainty"},
      {"no taxon", facts([](auto& f) { f.mutable_offence()->clear_taxa(); }),
       StatusCode::kInvalidArgument, "facts.offence.taxa"},
      {"33 taxa", facts([](auto& f) {
         while (f.offence().taxa_size() < 33) f.mutable_offence()->add_taxa("Manis javanica");
       }),
       StatusCode::kInvalidArgument, "facts.offence.taxa"},
      {"an e-mail address as decision",
       facts([](auto& f) { f.set_decision_reference("jane@example.com"); }),
       StatusCode::kInvalidArgument, "facts.decision_reference"},
      {"no legal entity", facts([](auto& f) { f.clear_legal_entity(); }),
       StatusCode::kInvalidArgument, "facts.legal_entity"},
      {"no marking", facts([](auto& f) { f.clear_tlp(); }), StatusCode::kInvalidArgument,
       "facts.tlp"},
      {"no group", facts([](auto& f) { f.clear_groups(); }), StatusCode::kInvalidArgument,
       "facts.groups"},
      {"a group that does not exist", facts([](auto& f) { f.set_groups(0, "nowhere"); }),
       StatusCode::kPermissionDenied, "facts.groups[0]"},
      {"a short request id", [](auto& r) { r.set_request_id("short"); },
       StatusCode::kInvalidArgument, "request_id"},
  };
  RawClient market = coalition_->As("market");
  for (const Case& one : cases) {
    v1::PublishRequest request = Good();
    one.spoil(request);
    EXPECT_THAT(market.Publish(request).status(), FailsWith(one.code, one.message)) << one.what;
  }
  EXPECT_EQ(coalition_->LogSize(), size_before_);
}

TEST_F(BadInput, IncludesASharingGroupThatThePublisherIsNotIn) {
  RawClient social = coalition_->As("social");
  v1::PublishRequest request = Good();
  request.mutable_facts()->set_groups(0, kSubCoalition);
  EXPECT_THAT(social.Publish(request).status(),
              FailsWith(StatusCode::kPermissionDenied, "facts.groups[0]"));
  EXPECT_EQ(coalition_->LogSize(), size_before_);
}

TEST_F(BadInput, BeginsOnePastTheLimitsOfARecord) {
  RawClient market = coalition_->As("market");
  EXPECT_THAT(market.Publish(WithSignatures(kMaxSignaturesPerRecord + 1)).status(),
              FailsWith(StatusCode::kInvalidArgument, "signatures"));
  EXPECT_EQ(coalition_->LogSize(), size_before_);
  EXPECT_TRUE(market.Publish(WithSignatures(kMaxSignaturesPerRecord)).ok());

  v1::PublishRequest longest = Good();
  longest.mutable_signatures(0)->set_expires_us(
      absl::ToUnixMicros(absl::Now() + announced_.maximum_life - absl::Minutes(1)));
  EXPECT_TRUE(market.Publish(longest).ok());
  EXPECT_EQ(coalition_->LogSize(), size_before_ + 2);
}

TEST_F(BadInput, IncludesTheRetractionOfAnothersRecord) {
  RawClient market = coalition_->As("market"), social = coalition_->As("social");
  const auto published = market.Publish(Good());
  ASSERT_TRUE(published.ok()) << published.status();
  v1::PublishRequest hidden = Good();
  hidden.mutable_facts()->set_groups(0, kSubCoalition);
  const auto unseen = market.Publish(hidden);
  ASSERT_TRUE(unseen.ok()) << unseen.status();
  const uint64_t size = coalition_->LogSize();

  v1::RetractRequest request;
  request.set_request_id(NewRequestId());
  request.set_record_id(published->record_id());
  request.set_reason("not mine");
  EXPECT_THAT(social.Retract(request).status(),
              FailsWith(StatusCode::kPermissionDenied, "record_id"));
  // Whether a record exists that the caller may not see is nothing it can learn.
  request.set_request_id(NewRequestId());
  request.set_record_id(unseen->record_id());
  EXPECT_THAT(social.Retract(request).status(), FailsWith(StatusCode::kNotFound, "record_id"));
  request.set_reason("");
  EXPECT_THAT(market.Retract(request).status(), FailsWith(StatusCode::kInvalidArgument, "reason"));
  EXPECT_EQ(coalition_->LogSize(), size);
}

TEST_F(BadInput, IsRefusedInEvaluateAsAWhole) {
  const auto batch = [](v1::SignatureType type, const std::string& blinded) {
    v1::EvaluateRequest request;
    request.add_batches()->set_type(type);
    request.mutable_batches(0)->set_blinded(blinded);
    return request;
  };
  std::string most;
  for (size_t i = 0; i < kMaxEvaluateElements; ++i) most += elements_[i % elements_.size()];
  v1::EvaluateRequest twice = batch(v1::EMAIL, elements_[0]);
  *twice.add_batches() = twice.batches(0);

  RawClient market = coalition_->As("market");
  EXPECT_THAT(market.Evaluate({}).status(), FailsWith(StatusCode::kInvalidArgument, "batches"));
  EXPECT_THAT(market.Evaluate(batch(v1::EMAIL, "")).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0]"));
  EXPECT_THAT(market.Evaluate(batch(v1::EMAIL, elements_[0] + "x")).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0]"));
  EXPECT_THAT(market.Evaluate(batch(v1::EMAIL, elements_[0] + kIdentity)).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0].blinded[1]"));
  EXPECT_THAT(market.Evaluate(batch(v1::EMAIL, kNotReduced)).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0].blinded[0]"));
  EXPECT_THAT(market.Evaluate(batch(static_cast<v1::SignatureType>(99), elements_[0])).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[0].type"));
  EXPECT_THAT(market.Evaluate(twice).status(),
              FailsWith(StatusCode::kInvalidArgument, "batches[1]"));
  EXPECT_THAT(market.Evaluate(batch(v1::EMAIL, most + elements_[0])).status(),
              FailsWith(StatusCode::kInvalidArgument, "at most 1024"));
  EXPECT_TRUE(market.Evaluate(batch(v1::EMAIL, most)).ok());
}

TEST_F(BadInput, IsRefusedInLookup) {
  const auto tokens = [](size_t count, size_t size_bytes) {
    v1::LookupRequest request;
    for (size_t i = 0; i < count; ++i) {
      v1::LookupToken& token = *request.add_tokens();
      token.set_type(v1::EMAIL);
      token.set_epoch(announced_.epoch);
      token.set_token(std::string(size_bytes, static_cast<char>(i % 100)));
    }
    return request;
  };
  RawClient market = coalition_->As("market");
  EXPECT_THAT(market.Lookup(tokens(0, 16)).status(),
              FailsWith(StatusCode::kInvalidArgument, "tokens"));
  EXPECT_THAT(market.Lookup(tokens(2, 15)).status(),
              FailsWith(StatusCode::kInvalidArgument, "tokens[0]"));
  EXPECT_THAT(market.Lookup(tokens(kMaxLookupTokens + 1, 16)).status(),
              FailsWith(StatusCode::kInvalidArgument, "tokens"));
  EXPECT_TRUE(market.Lookup(tokens(kMaxLookupTokens, 16)).ok());
}

}  // namespace
}  // namespace vervet::integration
