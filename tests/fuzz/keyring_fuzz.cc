// What keyring, its backup and a share of one hold: raw bytes, right ones that were spoilt, and
// what somebody who knows the public keys could seal.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "core/base/manual_environment.h"
#include "hub/keyring/keyring.h"
#include "hub/keyring/keyring_backup.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/fuzz_hub.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

using absl::StatusCode;

Secret<32> RecipientKey(uint8_t number) {
  std::array<uint8_t, 32> bytes;
  bytes.fill(number);
  return Secret<32>(absl::MakeConstSpan(bytes));
}

hub::KeyringContent ContentOf(const std::string& bytes) {
  hub::KeyringContent content;
  const size_t size = std::min(bytes.size(), hub::KeyringContent::kMaxBytes);
  std::copy_n(bytes.begin(), size, content.Mutable().begin());
  content.set_size(size);
  return content;
}

// Two recipients, two shares.
struct Made {
  std::string plain, backup, share_1, share_2;
};
const Made& Right() {
  static const auto* const made = [] {
    auto* it = new Made;
    ManualEnvironment env(3);
    it->plain = std::string(32, '\5') + std::string(2, '\0');
    const std::vector<hub::BackupPublicKey> keys = {hub::PublicKeyOf(RecipientKey(1)),
                                                    hub::PublicKeyOf(RecipientKey(2))};
    it->backup = *hub::SealKeyringBackup(ContentOf(it->plain), kCoalition, keys, env);
    it->share_1 = hub::OpenBackupShare(it->backup, RecipientKey(1))->file;
    it->share_2 = hub::OpenBackupShare(it->backup, RecipientKey(2))->file;
    return it;
  }();
  return *made;
}

void Content(const std::string& bytes) {
  const hub::KeyringContent content = ContentOf(bytes);
  const auto keyring = hub::Keyring::FromContent(content);
  if (!keyring.ok()) return CheckRefusal(keyring.status(), {StatusCode::kDataLoss});
  VERVET_FUZZ_CHECK(keyring->log_key().public_key.size() == log::kLogPublicKeyBytes, "a log key");
  VERVET_FUZZ_CHECK(keyring->voprf_keys().size() <= hub::KeyringContent::kMaxKeys, "so many keys");
  for (const auto& [type, key] : keyring->voprf_keys()) {
    VERVET_FUZZ_CHECK(keyring->Find(type)->epoch == key.epoch, "a key is found by its type");
  }
}

// One change of a file, or none.
std::string Spoilt(Input& in, std::string file) {
  const uint32_t at = in.Below(static_cast<uint32_t>(file.size()));
  switch (in.Below(4)) {
    case 0:
      file[at] = static_cast<char>(in.Byte());
      break;
    case 1:
      file = file.substr(0, at);
      break;
    case 2:
      file += in.ShortBytes();
      break;
    default:
      break;
  }
  return file;
}

void Backup(Input& in) {
  const Made& right = Right();
  const std::string backup = Spoilt(in, right.backup), one = Spoilt(in, right.share_1),
                    two = in.Flag() ? Spoilt(in, right.share_2) : right.share_1;
  const auto facts = hub::ReadBackupFacts(backup);
  if (!facts.ok()) CheckRefusal(facts.status(), {StatusCode::kInvalidArgument});
  const auto content = hub::OpenKeyringBackup(backup, kCoalition, one, two);
  if (!content.ok()) {
    return CheckRefusal(content.status(), {StatusCode::kInvalidArgument,
                                           StatusCode::kFailedPrecondition, StatusCode::kDataLoss});
  }
  VERVET_FUZZ_CHECK(backup == right.backup && one == right.share_1 && two == right.share_2,
                    "a backup opens as it was made, with two shares");
  VERVET_FUZZ_CHECK(std::equal(content->RevealSecret().begin(), content->RevealSecret().end(),
                               right.plain.begin(), right.plain.end(),
                               [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); }),
                    "what was sealed comes out");
}

void RawFiles(Input& in) {
  const std::string share = "vervet-keyring-share-v1\n" + in.ShortBytes(),
                    backup = "vervet-keyring-backup-v1\n" + in.Rest();
  const auto facts = hub::ReadBackupFacts(backup);
  if (facts.ok()) {
    VERVET_FUZZ_CHECK(facts->recipients.size() >= hub::kMinBackupRecipients &&
                          facts->recipients.size() <= hub::kMaxBackupRecipients,
                      "a backup has recipients");
  } else {
    CheckRefusal(facts.status(), {StatusCode::kInvalidArgument});
  }
  VERVET_FUZZ_CHECK(!hub::OpenBackupShare(backup, RecipientKey(1)).ok(),
                    "nothing opens that was not sealed");
  VERVET_FUZZ_CHECK(!hub::OpenKeyringBackup(backup, kCoalition, share, share).ok(),
                    "nothing opens that was not sealed");
}

void Sealed(Input& in) {
  static auto* const env = new ManualEnvironment(5);
  const std::string coalition = in.ShortBytes();
  std::vector<hub::BackupPublicKey> keys;
  for (uint32_t i = in.Below(6); i > 0; --i) {
    keys.push_back(hub::PublicKeyOf(RecipientKey(in.Byte() % 8)));
  }
  const hub::KeyringContent content = ContentOf(in.Rest());
  const auto backup = hub::SealKeyringBackup(content, coalition, keys, *env);
  if (!backup.ok()) {
    return CheckRefusal(backup.status(), {StatusCode::kInvalidArgument, StatusCode::kDataLoss});
  }
  const auto facts = hub::ReadBackupFacts(*backup);
  VERVET_FUZZ_CHECK(facts.ok() && facts->coalition == coalition && facts->recipients == keys,
                    "a backup says what it is");
  VERVET_FUZZ_CHECK(backup->size() <= hub::kMaxBackupBytes, "a backup is small");
}

void PublicKey(const std::string& hex) {
  const auto key = hub::ParseBackupPublicKey(hex);
  if (!key.ok()) {
    CheckRefusal(key.status(), {StatusCode::kInvalidArgument});
    return CheckNoEcho(hex, key.status(), [](absl::string_view text) {
      return hub::ParseBackupPublicKey(text).status();
    });
  }
  VERVET_FUZZ_CHECK(((*key)[31] & 0x80) == 0, "a key has one spelling");
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(5)) {
    case 0:
      vervet::fuzz::Content(in.Rest());
      break;
    case 1:
      vervet::fuzz::Backup(in);
      break;
    case 2:
      vervet::fuzz::RawFiles(in);
      break;
    case 3:
      vervet::fuzz::Sealed(in);
      break;
    default:
      vervet::fuzz::PublicKey(in.Rest());
      break;
  }
  return 0;
}
