#include "tests/simulation/ground.h"

#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/manual_environment.h"
#include "core/oprf/voprf.h"

namespace vervet::simulation {
namespace {

constexpr int kPeople = 6;

// A failure here is one of the machine, not of a seed.
template <typename T>
T Require(absl::StatusOr<T> result) {
  if (!result.ok()) {
    std::fprintf(stderr, "simulation: %s\n", result.status().ToString().c_str());
    std::abort();
  }
  return *std::move(result);
}

std::string PublicKeyOf(const hub::Keyring::VoprfKey& key) {
  const auto& bytes = key.pair.public_key().bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Signed SignedOf(const engine::Form& form, const hub::Keyring::VoprfKey& key, Environment& env) {
  const std::vector<std::string> inputs = {
      Require(oprf::Input(form.type, form.rules_version, form.text))};
  const auto blinded = Require(oprf::BlindBatch(inputs, env));
  const auto evaluated =
      Require(oprf::EvaluateBatch(key.pair, oprf::AsBytes(blinded.blinded_packed), env));
  const auto elements = Require(oprf::VerifyAndUnblindBatch(
      key.pair.public_key(), blinded, oprf::AsBytes(evaluated.evaluated_packed), evaluated.proof));
  const auto& bytes = elements[0].bytes();
  return {form, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
          oprf::DeriveToken(form.type, key.epoch, elements[0])};
}

}  // namespace

Secret<32> Ground::StoreKey() const {
  std::array<uint8_t, 32> bytes;
  bytes.fill(0x5a);
  return Secret<32>(absl::MakeConstSpan(bytes));
}

const Ground& Ground::Get() {
  static const auto* const ground = new Ground;
  return *ground;
}

Ground::Ground() {
  ManualEnvironment env(4711);
  const Folder folder;
  const std::string path = folder.Sub("keys") + "/keyring";
  const absl::Status made = hub::Keyring::Create(path, StoreKey(), kCoalition, env);
  if (!made.ok()) Require(absl::StatusOr<int>(made));
  keyring_ = std::make_unique<const hub::Keyring>(
      Require(hub::Keyring::Open(path, StoreKey(), kCoalition)));
  engine::TypeTable types;
  for (const v1::SignatureType type : {v1::EMAIL, v1::PLATFORM_ACCOUNT}) {
    const hub::Keyring::VoprfKey& key = *keyring_->Find(type);
    v1::SignatureTypeAnnounced announced;
    announced.set_type(type);
    announced.set_epoch(key.epoch);
    announced.set_public_key(PublicKeyOf(key));
    announced.add_rules_versions(1);
    const absl::Duration life = absl::Hours(24) * (type == v1::EMAIL ? 365 : 30);
    announced.set_maximum_life_s(absl::ToInt64Seconds(life));
    types[type] = {type, key.epoch, PublicKeyOf(key), {1}, life};
    announcements_.push_back(std::move(announced));
  }
  v1::SignatureTypeAnnounced images;
  images.set_type(v1::IMAGE_PDQ);
  images.add_rules_versions(1);
  images.set_maximum_life_s(absl::ToInt64Seconds(absl::Hours(24) * 365));
  announcements_.push_back(std::move(images));
  for (int i = 0; i < kPeople; ++i) {
    Person person;
    person.subject.reference = absl::StrCat("account-", i);
    person.subject.identifiers = {
        {IdentifierType::kEmail, absl::StrCat("person", i, "@example.com"), ""},
        {IdentifierType::kPlatformAccount, absl::StrCat("market.example:100", i), ""}};
    for (const Identifier& identifier : person.subject.identifiers) {
      for (const engine::Form& form :
           Require(engine::FormsOf(identifier, canonical::Strictness::kContribute, types))) {
        person.signatures.push_back(SignedOf(form, *keyring_->Find(form.type), env));
      }
    }
    people_.push_back(std::move(person));
  }
}

Folder::Folder() {
  const bool memory = ::access("/dev/shm", W_OK | X_OK) == 0;
  path_ = (memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) +
          "/vervet-simulation-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) std::abort();
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::Sub(const std::string& name) const {
  std::error_code ignored;
  std::filesystem::create_directories(path_ + "/" + name, ignored);
  return path_ + "/" + name;
}

}  // namespace vervet::simulation
