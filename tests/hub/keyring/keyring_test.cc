#include "hub/keyring/keyring.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <string>

#include "core/base/manual_environment.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using storage::ReadAll;
using storage::TestKey;
using storage::WriteAll;

constexpr char kCoalition[] = "coalition.example";
constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

class KeyringTest : public ::testing::Test {
 protected:
  absl::Status Create() { return Keyring::Create(path_, TestKey(), kCoalition, env_); }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("keyring");
};

TEST_F(KeyringTest, OpensAsItWasMade) {
  ASSERT_TRUE(Create().ok());
  EXPECT_EQ(storage::ModeOf(path_), 0600);
  const auto first = Keyring::Open(path_, TestKey(), kCoalition);
  const auto again = Keyring::Open(path_, TestKey(), kCoalition);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->log_key().public_key, again->log_key().public_key);
  ASSERT_EQ(first->voprf_keys().size(), again->voprf_keys().size());
  for (const auto& [type, key] : first->voprf_keys()) {
    EXPECT_EQ(key.epoch, 1u);
    EXPECT_EQ(key.pair.public_key(), again->Find(type)->pair.public_key());
  }
}

TEST_F(KeyringTest, HasAKeyOfItsOwnForEachType) {
  ASSERT_TRUE(Create().ok());
  const auto keyring = Keyring::Open(path_, TestKey(), kCoalition);
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  std::set<oprf::Element> distinct;
  for (const v1::SignatureType type : {v1::PHONE, v1::EMAIL, v1::EMAIL_ALIAS, v1::PAYMENT_ACCOUNT,
                                       v1::CRYPTO_WALLET, v1::PLATFORM_ACCOUNT, v1::URL}) {
    ASSERT_NE(keyring->Find(type), nullptr) << v1::SignatureType_Name(type);
    distinct.insert(keyring->Find(type)->pair.public_key());
  }
  EXPECT_EQ(distinct.size(), 7u);
  EXPECT_EQ(keyring->voprf_keys().size(), 7u);
  EXPECT_EQ(keyring->Find(v1::SIGNATURE_TYPE_UNSPECIFIED), nullptr);
  EXPECT_EQ(keyring->Find(v1::IMAGE_PDQ), nullptr) << "images are not blinded";
}

TEST_F(KeyringTest, DiffersFromAnyOther) {
  const std::string other_path = folder_.File("other");
  ASSERT_TRUE(Create().ok());
  ASSERT_TRUE(Keyring::Create(other_path, TestKey(), kCoalition, env_).ok());
  const auto one = Keyring::Open(path_, TestKey(), kCoalition);
  const auto other = Keyring::Open(other_path, TestKey(), kCoalition);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_NE(one->log_key().public_key, other->log_key().public_key);
  EXPECT_NE(one->Find(v1::PHONE)->pair.public_key(), other->Find(v1::PHONE)->pair.public_key());
}

TEST_F(KeyringTest, IsNeverOverwritten) {
  ASSERT_TRUE(Create().ok());
  const std::string before = ReadAll(path_);
  EXPECT_THAT(Create(), FailsWith(absl::StatusCode::kAlreadyExists, "kept as it is"));
  EXPECT_EQ(ReadAll(path_), before);

  const std::string link = folder_.File("dangling");
  ASSERT_EQ(symlink("nowhere", link.c_str()), 0);
  EXPECT_THAT(Keyring::Create(link, TestKey(), kCoalition, env_),
              FailsWith(absl::StatusCode::kAlreadyExists, "exists"));
}

TEST_F(KeyringTest, HoldsNoKeyInTheClear) {
  ASSERT_TRUE(Create().ok());
  const auto keyring = Keyring::Open(path_, TestKey(), kCoalition);
  ASSERT_TRUE(keyring.ok());
  const std::string file = ReadAll(path_);
  for (const auto& [type, key] : keyring->voprf_keys()) {
    const auto secret = key.pair.secret_key().RevealSecret();
    EXPECT_EQ(file.find(std::string(secret.begin(), secret.end())), std::string::npos);
  }
  const auto seed = keyring->log_key().seed.RevealSecret();
  EXPECT_EQ(file.find(std::string(seed.begin(), seed.end())), std::string::npos);
}

TEST_F(KeyringTest, IsMissedWithTheCommandThatMakesIt) {
  EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition),
              FailsWith(absl::StatusCode::kNotFound, "vervet-hub init"));
}

TEST_F(KeyringTest, DoesNotOpenWithAnotherKey) {
  ASSERT_TRUE(Create().ok());
  const std::string before = ReadAll(path_);
  EXPECT_THAT(Keyring::Open(path_, TestKey(0x5b), kCoalition),
              FailsWith(kRefused, "keyring_key_path"));
  EXPECT_EQ(ReadAll(path_), before);
}

TEST_F(KeyringTest, DoesNotOpenForAnotherCoalition) {
  ASSERT_TRUE(Create().ok());
  EXPECT_THAT(Keyring::Open(path_, TestKey(), "coalition.exampl"),
              FailsWith(kRefused, "the coalition is another"));
}

TEST_F(KeyringTest, DoesNotOpenWithAnyByteChanged) {
  ASSERT_TRUE(Create().ok());
  const std::string good = ReadAll(path_);
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 1;
    WriteAll(path_, bad);
    ASSERT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "damaged"))
        << "byte " << i;
  }
}

TEST_F(KeyringTest, DoesNotOpenCutOffOrWithMoreBehindIt) {
  ASSERT_TRUE(Create().ok());
  const std::string good = ReadAll(path_);
  for (const size_t size : {size_t{0}, size_t{5}, size_t{18}, size_t{60}, good.size() - 1}) {
    WriteAll(path_, good.substr(0, size));
    EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "damaged"))
        << size;
  }
  WriteAll(path_, good + "x");
  EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "damaged"));
  WriteAll(path_, good + std::string(1'000'000, 'x'));
  EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "damaged"));
}

TEST_F(KeyringTest, DoesNotOpenWhenOthersMayReadIt) {
  ASSERT_TRUE(Create().ok());
  for (const mode_t mode : {0644, 0640, 0604, 0620}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "chmod 600"))
        << mode;
  }
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(Keyring::Open(path_, TestKey(), kCoalition).ok());
}

TEST_F(KeyringTest, RefusesWhatIsNoFileInsteadOfWaitingForIt) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(Keyring::Open(path_, TestKey(), kCoalition), FailsWith(kRefused, "regular file"));
  const std::string folder = folder_.File("folder");
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  EXPECT_THAT(Keyring::Open(folder, TestKey(), kCoalition), FailsWith(kRefused, "regular file"));
}

}  // namespace
}  // namespace vervet::hub
