// Secrets leave nothing where they were.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "core/base/manual_environment.h"
#include "core/oprf/voprf.h"
#include "core/oprf/voprf_testing.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

TEST(Secrets, AreNotCopiedByAccident) {
  static_assert(!std::is_copy_constructible_v<Scalar> && !std::is_copy_assignable_v<Scalar>);
  static_assert(!std::is_copy_constructible_v<KeyPair> && !std::is_copy_assignable_v<KeyPair>);
  static_assert(!std::is_copy_constructible_v<BlindedInput>);
  static_assert(std::is_nothrow_move_constructible_v<Scalar>, "else std::vector would copy");
}

TEST(Secrets, LeaveZeroBehindWhenMoved) {
  ManualEnvironment env;
  Scalar scalar = Scalar::Random(env);
  const std::string bytes = Hex(scalar.RevealSecret());
  Scalar moved(std::move(scalar));
  EXPECT_TRUE(scalar.IsZero());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(Hex(moved.RevealSecret()), bytes);

  Scalar assigned = Scalar::Random(env);
  assigned = std::move(moved);
  EXPECT_TRUE(moved.IsZero());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(Hex(assigned.RevealSecret()), bytes);
  EXPECT_EQ(Hex(assigned.Clone().RevealSecret()), bytes);
}

TEST(Secrets, LeaveZeroBehindWhenTheyDie) {
  ManualEnvironment env;
  alignas(KeyPair) unsigned char room[sizeof(KeyPair)];
  auto* key = new (room) KeyPair(GenerateKeyPair(env).value());
  const std::string bytes(reinterpret_cast<const char*>(key->secret_key().RevealSecret().data()),
                          32);
  const auto holds_the_key = [&] {
    const std::string all(reinterpret_cast<const char*>(room), sizeof(room));
    return all.find(bytes) != std::string::npos;
  };
  EXPECT_TRUE(holds_the_key());
  std::destroy_at(key);
  EXPECT_FALSE(holds_the_key());
}

TEST(Secrets, AMovedFromKeyPairEvaluatesNothing) {
  ManualEnvironment env;
  KeyPair key = GenerateKeyPair(env).value();
  const KeyPair owner = std::move(key);
  const auto blinded = Blind("input", env);
  ASSERT_TRUE(blinded.ok());
  EXPECT_TRUE(EvaluateBatch(owner, blinded->blinded.bytes(), env).ok());
  // NOLINTNEXTLINE(bugprone-use-after-move)
  EXPECT_THAT(EvaluateBatch(key, blinded->blinded.bytes(), env),
              FailsWith(absl::StatusCode::kFailedPrecondition, "moved from"));
}

TEST(Secrets, AMovedFromBlindUnblindsNothing) {
  ManualEnvironment env;
  const KeyPair key = GenerateKeyPair(env).value();
  auto batch = BlindBatch({"a", "b"}, env);
  ASSERT_TRUE(batch.ok());
  const auto answer = EvaluateBatch(key, AsBytes(batch->blinded_packed), env).value();
  const std::string packed = batch->blinded_packed;
  const Scalar taken = std::move(batch->blinds[1]);
  EXPECT_THAT(VerifyAndUnblindBatch(key.public_key(), *batch, AsBytes(answer.evaluated_packed),
                                    answer.proof),
              FailsWith(absl::StatusCode::kFailedPrecondition, "blinds[1]: zero"));
  batch->blinds.clear();
  EXPECT_THAT(VerifyAndUnblindBatch(key.public_key(), *batch, AsBytes(answer.evaluated_packed),
                                    answer.proof),
              FailsWith(absl::StatusCode::kFailedPrecondition, "blinds: 0 for 2"));

  std::vector<Scalar> blinds;
  blinds.push_back(taken.Clone());
  blinds.push_back(Scalar::Random(env));
  const Scalar second = std::move(blinds[1]);
  EXPECT_THAT(UnblindSeparately(blinds, AsBytes(packed)),
              FailsWith(absl::StatusCode::kFailedPrecondition, "blinds[1]: zero"));
  EXPECT_THAT(BlindWithGivenScalars({"a", "b"}, std::move(blinds), Mode::kVoprf),
              FailsWith(absl::StatusCode::kFailedPrecondition, "blinds[1]: zero"));
}

}  // namespace
}  // namespace vervet::oprf
