// Dual control: any two recipients restore the keyring, none alone, and nothing damaged or foreign.
#include "hub/keyring/keyring_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"
#include "hub/keyring/keyring.h"
#include "tests/core/oprf/oprf_testing.h"
#include "tests/core/storage/store_fixture.h"

namespace vervet::hub {
namespace {

using absl::StatusCode;
using oprf::FailsWith;
using storage::TestKey;

constexpr char kCoalition[] = "coalition.example";

class KeyringBackup : public ::testing::Test {
 protected:
  KeyringBackup() {
    EXPECT_TRUE(Keyring::Create(path_, TestKey(), kCoalition, env_).ok());
    for (uint8_t i = 1; i <= 4; ++i) secrets_.push_back(TestKey(i));
  }
  KeyringContent Content() { return Keyring::ReadContent(path_, TestKey(), kCoalition).value(); }
  std::string Seal(size_t recipients) {
    std::vector<BackupPublicKey> keys;
    for (size_t i = 0; i < recipients; ++i) keys.push_back(PublicKeyOf(secrets_[i]));
    auto backup = SealKeyringBackup(Content(), kCoalition, keys, env_);
    EXPECT_TRUE(backup.ok()) << backup.status();
    return *std::move(backup);
  }
  std::string Share(const std::string& backup, size_t recipient) {
    auto share = OpenBackupShare(backup, secrets_[recipient]);
    EXPECT_TRUE(share.ok()) << share.status();
    return share.ok() ? share->file : "";
  }
  absl::Status Open(const std::string& backup, const std::string& one, const std::string& two,
                    const std::string& coalition = kCoalition) {
    return OpenKeyringBackup(backup, coalition, one, two).status();
  }

  ManualEnvironment env_;
  const storage::TempFolder folder_;
  const std::string path_ = folder_.File("keyring");
  std::vector<Secret<32>> secrets_;
};

TEST_F(KeyringBackup, OpensWithAnyTwoOfItsRecipients) {
  for (size_t n = 2; n <= 4; ++n) {
    const std::string backup = Seal(n);
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        if (i == j) continue;
        const auto content =
            OpenKeyringBackup(backup, kCoalition, Share(backup, i), Share(backup, j));
        ASSERT_TRUE(content.ok()) << content.status();
        const KeyringContent original = Content();
        EXPECT_TRUE(content->RevealSecret() == original.RevealSecret());
      }
    }
  }
}

TEST_F(KeyringBackup, SaysInTheClearWhoseItIsAndForWhom) {
  const auto facts = ReadBackupFacts(Seal(3));
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_EQ(facts->coalition, kCoalition);
  EXPECT_EQ(facts->made, env_.Now());
  ASSERT_EQ(facts->recipients.size(), 3u);
  EXPECT_EQ(facts->recipients[2], PublicKeyOf(secrets_[2]));
  const auto keyring = Keyring::Open(path_, TestKey(), kCoalition);
  EXPECT_EQ(facts->log_public_key, keyring->log_key().public_key);
}

TEST_F(KeyringBackup, HoldsNoSecretInTheClearNorDoesAShare) {
  const std::string backup = Seal(2);
  const KeyringContent content = Content();
  const auto secret = content.RevealSecret();
  const std::string share = Share(backup, 0);
  for (size_t at = 0; at + 32 <= secret.size(); at += 32) {
    const absl::string_view piece(reinterpret_cast<const char*>(secret.data()) + at, 32);
    EXPECT_FALSE(absl::StrContains(backup, piece));
    EXPECT_FALSE(absl::StrContains(share, piece));
  }
}

// One recipient's halves, in any combination, are not the file key.
TEST_F(KeyringBackup, IsClosedToOneCoordinatorAlone) {
  const std::string backup = Seal(3);
  const std::string own = Share(backup, 0);
  EXPECT_THAT(Open(backup, own, own),
              FailsWith(StatusCode::kInvalidArgument, "both shares are of the same coordinator"));
  // A share that claims to be another's, with a right checksum.
  std::string forged = own;
  const size_t index_at = std::string("vervet-keyring-share-v1\n").size() + 16 + 32;
  forged[index_at] = 1;
  forged.resize(forged.size() - 32);
  std::string digest(32, '\0');
  crypto_hash_sha256(reinterpret_cast<uint8_t*>(digest.data()),
                     reinterpret_cast<const uint8_t*>(forged.data()), forged.size());
  EXPECT_THAT(Open(backup, own, forged + digest),
              FailsWith(StatusCode::kDataLoss, "does not open"));
}

TEST_F(KeyringBackup, RefusesAShareOfAnotherBackup) {
  const std::string backup = Seal(2), other = Seal(2);
  EXPECT_THAT(Open(backup, Share(backup, 0), Share(other, 1)),
              FailsWith(StatusCode::kFailedPrecondition, "share 2 was opened from another backup"));
  EXPECT_THAT(Open(backup, Share(other, 0), Share(backup, 1)),
              FailsWith(StatusCode::kFailedPrecondition, "share 1 was opened from another backup"));
}

TEST_F(KeyringBackup, RefusesAnotherCoalitionsBackup) {
  const std::string backup = Seal(2);
  EXPECT_THAT(Open(backup, Share(backup, 0), Share(backup, 1), "elsewhere.example"),
              FailsWith(StatusCode::kFailedPrecondition, "of the coalition coalition.example"));
}

TEST_F(KeyringBackup, RefusesAKeyThatIsNoRecipients) {
  EXPECT_THAT(OpenBackupShare(Seal(3), secrets_[3]).status(),
              FailsWith(StatusCode::kPermissionDenied, "none of the backup's 3 recipients"));
}

TEST_F(KeyringBackup, RefusesWrongRecipients) {
  const BackupPublicKey one = PublicKeyOf(secrets_[0]), two = PublicKeyOf(secrets_[1]);
  const auto seal = [&](const std::vector<BackupPublicKey>& keys) {
    return SealKeyringBackup(Content(), kCoalition, keys, env_).status();
  };
  EXPECT_THAT(seal({}), FailsWith(StatusCode::kInvalidArgument, "0 were given"));
  EXPECT_THAT(seal({one}), FailsWith(StatusCode::kInvalidArgument, "1 were given"));
  EXPECT_THAT(seal({one, two, one}),
              FailsWith(StatusCode::kInvalidArgument, "number 3 is the same key as number 1"));
  std::vector<BackupPublicKey> many;
  for (uint8_t i = 0; i < kMaxBackupRecipients; ++i) many.push_back(PublicKeyOf(TestKey(i + 1)));
  EXPECT_TRUE(seal(many).ok());
  EXPECT_LE(SealKeyringBackup(Content(), kCoalition, many, env_)->size(), kMaxBackupBytes);
  many.push_back(PublicKeyOf(TestKey(99)));
  EXPECT_THAT(seal(many), FailsWith(StatusCode::kInvalidArgument, "17 were given"));
}

TEST_F(KeyringBackup, TakesPublicKeysAsTheyArePrintedAndNothingElse) {
  const BackupPublicKey key = PublicKeyOf(secrets_[0]);
  const std::string good =
      absl::BytesToHexString({reinterpret_cast<const char*>(key.data()), key.size()});
  ASSERT_TRUE(ParseBackupPublicKey(good).ok());
  EXPECT_EQ(*ParseBackupPublicKey(good), key);
  for (const std::string& wrong :
       {std::string(), good + "9", std::string(64, 'g'), std::string(64, '0'),
        "01" + std::string(62, '0'), std::string(62, '3') + "ff"}) {
    EXPECT_EQ(ParseBackupPublicKey(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
  }
}

// Whatever one byte is changed to, and wherever a file is cut, the restore fails with a reason.
TEST_F(KeyringBackup, NoticesEveryDamagedByte) {
  const std::string backup = Seal(2), one = Share(backup, 0), two = Share(backup, 1);
  const auto damaged = [](std::string bytes, size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x01);
    return bytes;
  };
  for (size_t at = 0; at < backup.size(); ++at) {
    EXPECT_FALSE(Open(damaged(backup, at), one, two).ok()) << at;
    const auto share = OpenBackupShare(damaged(backup, at), secrets_[0]);
    // What the shares do not cover the content's tag does.
    if (share.ok()) {
      EXPECT_FALSE(Open(damaged(backup, at), share->file, two).ok()) << at;
    }
  }
  for (size_t at = 0; at < one.size(); ++at) {
    EXPECT_THAT(Open(backup, damaged(one, at), two),
                FailsWith(StatusCode::kInvalidArgument, "share 1"));
    EXPECT_THAT(Open(backup, two, damaged(one, at)),
                FailsWith(StatusCode::kInvalidArgument, "share 2"));
  }
  for (size_t size = 0; size < backup.size(); ++size) {
    EXPECT_FALSE(Open(backup.substr(0, size), one, two).ok()) << size;
    EXPECT_FALSE(OpenBackupShare(backup.substr(0, size), secrets_[0]).ok()) << size;
  }
  for (size_t size = 0; size < one.size(); ++size) {
    EXPECT_FALSE(Open(backup, one.substr(0, size), two).ok()) << size;
  }
  EXPECT_FALSE(Open(backup + "x", one, two).ok());
  EXPECT_FALSE(Open(backup, one + "x", two).ok());
}

TEST_F(KeyringBackup, SaysWhenSharesWereOpenedFromAnIntactCopyOfADamagedOne) {
  std::string backup = Seal(2);
  const std::string one = Share(backup, 0), two = Share(backup, 1);
  backup.back() = static_cast<char>(backup.back() ^ 1);
  EXPECT_THAT(Open(backup, one, two),
              FailsWith(StatusCode::kFailedPrecondition, "one copy of it is damaged"));
  EXPECT_THAT(Open(backup, Share(backup, 0), Share(backup, 1)),
              FailsWith(StatusCode::kDataLoss, "its content does not open"));
}

TEST_F(KeyringBackup, RefusesFilesOfAnotherKind) {
  const std::string backup = Seal(2), one = Share(backup, 0), two = Share(backup, 1);
  EXPECT_THAT(Open(one, one, two),
              FailsWith(StatusCode::kInvalidArgument, "no backup of a keyring"));
  EXPECT_THAT(Open(backup, backup, two),
              FailsWith(StatusCode::kInvalidArgument, "share 1 is no share"));
  std::string newer = backup;
  newer[std::string("vervet-keyring-backup-v").size()] = '2';
  EXPECT_THAT(Open(newer, one, two), FailsWith(StatusCode::kInvalidArgument, "newer version"));
}

}  // namespace
}  // namespace vervet::hub
