#include "hub/engine/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "core/base/manual_environment.h"
#include "core/base/wire_limits.h"
#include "core/oprf/token.h"
#include "core/oprf/voprf.h"
#include "core/oprf/voprf_testing.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class EvaluateTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const storage::TempFolder folder;
    ManualEnvironment env;
    ASSERT_TRUE(
        Keyring::Create(folder.File("k"), storage::TestKey(), "coalition.example", env).ok());
    keyring_ = new Keyring(
        Keyring::Open(folder.File("k"), storage::TestKey(), "coalition.example").value());
  }
  static void TearDownTestSuite() { delete keyring_; }

  oprf::BlindedBatch Blind(v1::SignatureType type, const std::vector<std::string>& forms) {
    std::vector<std::string> inputs;
    for (const auto& form : forms) inputs.push_back(oprf::Input(type, 1, form).value());
    return oprf::BlindBatch(inputs, env_).value();
  }
  static void Add(v1::EvaluateRequest& request, v1::SignatureType type,
                  const std::string& blinded) {
    request.add_batches()->set_type(type);
    request.mutable_batches(request.batches_size() - 1)->set_blinded(blinded);
  }
  std::string Elements(size_t count) {
    const std::string one = Blind(v1::PHONE, {"+353861234567"}).blinded_packed;
    std::string packed;
    for (size_t i = 0; i < count; ++i) packed += one;
    return packed;
  }

  static inline Keyring* keyring_ = nullptr;
  ManualEnvironment env_{5};
};

TEST_F(EvaluateTest, AnswersEachBatchWithAProofThatHolds) {
  const auto phones = Blind(v1::PHONE, {"+353861234567", "+4930123456"});
  const auto emails = Blind(v1::EMAIL, {"someone@example.org"});
  v1::EvaluateRequest request;
  Add(request, v1::PHONE, phones.blinded_packed);
  Add(request, v1::EMAIL, emails.blinded_packed);
  ASSERT_TRUE(CheckEvaluate(request, *keyring_).ok());
  v1::EvaluateResponse response;
  ASSERT_TRUE(Evaluate(request, *keyring_, env_, &response).ok());
  ASSERT_EQ(response.batches_size(), 2);
  const oprf::BlindedBatch* const given[] = {&phones, &emails};
  for (int i = 0; i < 2; ++i) {
    const v1::EvaluatedBatch& batch = response.batches(i);
    EXPECT_EQ(batch.type(), request.batches(i).type());
    EXPECT_EQ(batch.epoch(), 1u);
    EXPECT_EQ(batch.evaluated().size(), request.batches(i).blinded().size());
    const auto proof = oprf::Proof::Decode(oprf::AsBytes(batch.proof()));
    ASSERT_TRUE(proof.ok()) << proof.status();
    EXPECT_TRUE(oprf::VerifyAndUnblindBatch(keyring_->Find(batch.type())->pair.public_key(),
                                            *given[i], oprf::AsBytes(batch.evaluated()), *proof)
                    .ok());
  }
  const auto phone_proof = oprf::Proof::Decode(oprf::AsBytes(response.batches(0).proof()));
  EXPECT_FALSE(oprf::VerifyProof(keyring_->Find(v1::EMAIL)->pair.public_key(),
                                 oprf::AsBytes(phones.blinded_packed),
                                 oprf::AsBytes(response.batches(0).evaluated()), *phone_proof)
                   .ok())
      << "each type has a key of its own";
}

TEST_F(EvaluateTest, GivesOneIdentifierOneResultWhateverTheBlind) {
  std::vector<oprf::Element> results;
  for (int i = 0; i < 2; ++i) {
    const auto blinded = Blind(v1::PHONE, {"+353861234567"});
    v1::EvaluateRequest request;
    Add(request, v1::PHONE, blinded.blinded_packed);
    v1::EvaluateResponse response;
    ASSERT_TRUE(Evaluate(request, *keyring_, env_, &response).ok());
    results.push_back(oprf::UnblindBatch(keyring_->Find(v1::PHONE)->pair.public_key(), blinded,
                                         oprf::AsBytes(response.batches(0).evaluated()))
                          .value()[0]);
  }
  EXPECT_EQ(results[0], results[1]);
}

struct Refusal {
  const char* what;
  std::function<void(EvaluateTest&, v1::EvaluateRequest&)> change;
  const char* field;
  const char* remedy;
};

TEST_F(EvaluateTest, RefusesBeforeAnyWorkWhatTheSizesTell) {
  const std::string one = Elements(1);
  const Refusal cases[] = {
      {"nothing", [](auto&, auto& r) { r.clear_batches(); }, "batches: ", "give at least one"},
      {"no type",
       [](auto&, auto& r) { r.mutable_batches(1)->set_type(v1::SIGNATURE_TYPE_UNSPECIFIED); },
       "batches[1].type: ", "see SignatureType"},
      {"an unknown type",
       [](auto&, auto& r) { r.mutable_batches(1)->set_type(static_cast<v1::SignatureType>(99)); },
       "batches[1].type: ", "see SignatureType"},
      {"a type twice", [](auto&, auto& r) { r.mutable_batches(1)->set_type(v1::PHONE); },
       "batches[1].type: ", "put all elements of a type into one"},
      {"an empty batch", [](auto&, auto& r) { r.mutable_batches(0)->clear_blinded(); },
       "batches[0].blinded: has 0", "multiple of 32"},
      {"half an element",
       [&](auto&, auto& r) { r.mutable_batches(1)->set_blinded(one + one.substr(0, 16)); },
       "batches[1].blinded: has 48", "multiple of 32"},
  };
  for (const Refusal& c : cases) {
    v1::EvaluateRequest request;
    Add(request, v1::PHONE, one);
    Add(request, v1::EMAIL, one);
    ASSERT_TRUE(CheckEvaluate(request, *keyring_).ok());
    c.change(*this, request);
    EXPECT_THAT(CheckEvaluate(request, *keyring_), FailsWith(kInvalid, c.field)) << c.what;
    EXPECT_THAT(CheckEvaluate(request, *keyring_), FailsWith(kInvalid, c.remedy)) << c.what;
  }
}

TEST_F(EvaluateTest, TakesAsManyElementsAsTheLimitAndNotOneMore) {
  v1::EvaluateRequest request;
  Add(request, v1::PHONE, Elements(kMaxEvaluateElements - 1));
  Add(request, v1::EMAIL, Elements(1));
  EXPECT_TRUE(CheckEvaluate(request, *keyring_).ok());
  request.mutable_batches(1)->set_blinded(Elements(2));
  EXPECT_THAT(CheckEvaluate(request, *keyring_),
              FailsWith(kInvalid, "batches: hold 1025 elements; at most 1024"));
}

TEST_F(EvaluateTest, AnswersNothingWhereOneElementIsBad) {
  const std::string one = Elements(1);
  const struct {
    const char* what;
    std::string element;
    const char* reason;
  } cases[] = {
      {"identity", std::string(32, '\0'), "identity"},
      {"bit 255", one.substr(0, 31) + static_cast<char>(one[31] | 0x80), "blinded[1]"},
      {"not below the prime", std::string(31, '\xff') + "\x7f", "blinded[1]"},
      {"odd", "\x01" + std::string(31, '\0'), "blinded[1]"},
      {"no element", "\x02" + std::string(31, '\x3c'), "blinded[1]"},
  };
  for (const auto& c : cases) {
    v1::EvaluateRequest request;
    Add(request, v1::PHONE, one);
    Add(request, v1::EMAIL, one + c.element + one);
    ASSERT_TRUE(CheckEvaluate(request, *keyring_).ok());
    v1::EvaluateResponse response;
    const absl::Status status = Evaluate(request, *keyring_, env_, &response);
    EXPECT_THAT(status, FailsWith(kInvalid, "batches[1].blinded[1]: ")) << c.what;
    EXPECT_THAT(status, FailsWith(kInvalid, c.reason)) << c.what;
    EXPECT_EQ(response.ByteSizeLong(), 0u) << c.what;
  }
}

TEST_F(EvaluateTest, CountsNoMoreOwnUsersThanElements) {
  v1::EvaluateRequest request;
  Add(request, v1::PHONE, Elements(2));
  Add(request, v1::EMAIL, Elements(3));
  request.mutable_batches(1)->set_own_users(3);
  EXPECT_TRUE(CheckEvaluate(request, *keyring_).ok());
  request.mutable_batches(1)->set_own_users(4);
  EXPECT_THAT(CheckEvaluate(request, *keyring_), FailsWith(kInvalid, "batches[1].own_users: is 4"));
}

}  // namespace
}  // namespace vervet::hub
