// The fake hub's log, its keys and its signed heads.
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/member-sdk/fake_hub.h"

namespace vervet::testing {
namespace {

v1::Audience Everyone() {
  v1::Audience audience;
  audience.add_roles(v1::MEMBER);
  return audience;
}

std::string KeyBytes(const oprf::KeyPair& pair) {
  const auto& bytes = pair.public_key().bytes();
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

oprf::KeyPair FakeHub::KeyFor(v1::SignatureType type, uint32_t epoch, uint64_t seed) {
  const std::string bytes(32, static_cast<char>(seed));
  return *oprf::DeriveKeyPair(oprf::AsBytes(bytes), absl::StrCat(type, "/", epoch));
}

FakeHub::FakeHub(Environment* env, uint64_t key_seed) : env_(env) {
  Secret<32> seed;
  seed.MutableSecret()[0] = static_cast<uint8_t>(key_seed);
  log_key_ = log::LogSigningKey::FromSeed(seed);
  MutexLock lock(mutex_);
  for (int type = v1::PHONE; type <= v1::URL; ++type) {
    const auto signature_type = static_cast<v1::SignatureType>(type);
    keys_.emplace(signature_type, Key{1, KeyFor(signature_type, 1, key_seed), {1}});
  }
}

std::string FakeHub::log_public_key_hex() const {
  return absl::BytesToHexString(log_key_.public_key);
}

uint64_t FakeHub::AppendLocked(v1::EventBody body, v1::Audience audience) {
  const v1::Event event =
      log::SealEvent({std::move(audience), std::move(body)}, log_.size() + 1, env_->Now(), *env_);
  state_.Apply(*log::ParseEvent(event));
  return Store(event);
}

uint64_t FakeHub::Store(const v1::Event& event) {
  log_.push_back(event);
  frontier_.Append(log::LeafHash(event));
  changed_.NotifyAll();
  return log_.size();
}

uint64_t FakeHub::Append(v1::EventBody body, v1::Audience audience) {
  MutexLock lock(mutex_);
  return AppendLocked(std::move(body), std::move(audience));
}

uint64_t FakeHub::Admit(const std::string& party) {
  v1::EventBody body;
  body.mutable_member_admitted()->set_party(party);
  body.mutable_member_admitted()->set_display_name(absl::StrCat("The ", party));
  body.mutable_member_admitted()->set_region("IE");
  return Append(body, Everyone());
}

uint64_t FakeHub::CreateGroup(const std::string& group) {
  v1::EventBody body;
  body.mutable_group_created()->set_group(group);
  return Append(body, Everyone());
}

uint64_t FakeHub::Join(const std::string& party, const std::string& group) {
  v1::EventBody body;
  body.mutable_group_joined()->set_party(party);
  body.mutable_group_joined()->set_group(group);
  return Append(body, Everyone());
}

uint64_t FakeHub::Leave(const std::string& party, const std::string& group) {
  v1::EventBody body;
  body.mutable_group_left()->set_party(party);
  body.mutable_group_left()->set_group(group);
  return Append(body, Everyone());
}

uint64_t FakeHub::Suspend(const std::string& party) {
  v1::EventBody body;
  body.mutable_member_suspended()->set_party(party);
  body.mutable_member_suspended()->set_reason("a test");
  return Append(body, Everyone());
}

uint64_t FakeHub::Reinstate(const std::string& party) {
  v1::EventBody body;
  body.mutable_member_reinstated()->set_party(party);
  return Append(body, Everyone());
}

uint64_t FakeHub::Expire(const std::string& record_id) {
  v1::EventBody body;
  body.mutable_record_expired()->set_record_id(record_id);
  return Append(body, Everyone());
}

uint64_t FakeHub::AppendHidden() {
  v1::EventBody body;
  body.mutable_group_created()->set_group("hidden");
  return Append(body, v1::Audience());
}

uint64_t FakeHub::AppendOfNewerKind(const std::string& saying) {
  constexpr int kNewer = v1::EventKind_MAX + 100;
  MutexLock lock(mutex_);
  v1::EventHeader header;
  header.set_sequence(log_.size() + 1);
  header.set_time_us(absl::ToUnixMicros(env_->Now()));
  *header.mutable_audience() = Everyone();
  header.set_kind(static_cast<v1::EventKind>(kNewer));
  v1::EventBody body;
  body.GetReflection()->MutableUnknownFields(&body)->AddLengthDelimited(kNewer, saying);
  v1::Event event;
  event.set_header(header.SerializeAsString());
  event.set_body(body.SerializeAsString());
  event.set_random(env_->RandomBytes(log::kEventRandomBytes));
  return Store(event);
}

std::vector<v1::Event> FakeHub::events() {
  MutexLock lock(mutex_);
  return log_;
}

void FakeHub::Announce(v1::SignatureType type, std::vector<uint32_t> rules_versions,
                       absl::Duration maximum_life) {
  MutexLock lock(mutex_);
  Key& key = keys_.at(type);
  key.rules_versions = std::move(rules_versions);
  v1::EventBody body;
  auto* const announced = body.mutable_signature_type_announced();
  announced->set_type(type);
  announced->set_epoch(key.epoch);
  announced->set_public_key(KeyBytes(key.pair));
  for (const uint32_t version : key.rules_versions) announced->add_rules_versions(version);
  announced->set_maximum_life_s(absl::ToInt64Seconds(maximum_life));
  AppendLocked(std::move(body), Everyone());
}

void FakeHub::AnnounceAll() {
  for (int type = v1::PHONE; type <= v1::URL; ++type) {
    Announce(static_cast<v1::SignatureType>(type), {1});
  }
}

void FakeHub::AnnounceImages(absl::Duration maximum_life) {
  v1::EventBody body;
  auto* const announced = body.mutable_signature_type_announced();
  announced->set_type(v1::IMAGE_PDQ);
  announced->set_maximum_life_s(absl::ToInt64Seconds(maximum_life));
  Append(std::move(body), Everyone());
}

uint64_t FakeHub::MarkHarmless(const std::string& expert, const std::string& hash,
                               uint32_t radius) {
  v1::EventBody body;
  auto* const marked = body.mutable_harmless_image_marked();
  marked->set_hash(hash);
  marked->set_radius(radius);
  marked->set_description("an elephant of a stock photographer");
  marked->set_party(expert);
  return Append(std::move(body), Everyone());
}

uint64_t FakeHub::ClearHarmless(const std::string& expert, const std::string& hash) {
  v1::EventBody body;
  body.mutable_harmless_image_cleared()->set_hash(hash);
  body.mutable_harmless_image_cleared()->set_party(expert);
  body.mutable_harmless_image_cleared()->set_reason("a test");
  return Append(std::move(body), Everyone());
}

void FakeHub::ChangeKey(v1::SignatureType type) {
  std::vector<uint32_t> versions;
  {
    MutexLock lock(mutex_);
    Key& key = keys_.at(type);
    ++key.epoch;
    key.pair = KeyFor(type, key.epoch, 1);
    versions = key.rules_versions;
  }
  Announce(type, versions);
}

void FakeHub::AnnounceStrangeKey(v1::SignatureType type) {
  {
    MutexLock lock(mutex_);
    keys_.at(type).pair = KeyFor(type, 999, 99);
  }
  Announce(type, {1});
}

void FakeHub::RollBackTo(uint64_t size) {
  MutexLock lock(mutex_);
  log_.resize(size);
  frontier_ = FrontierAt(size);
  ++generation_;
  changed_.NotifyAll();
}

void FakeHub::RewriteHistory() {
  MutexLock lock(mutex_);
  for (v1::Event& event : log_) event.set_random(env_->RandomBytes(log::kEventRandomBytes));
  frontier_ = FrontierAt(log_.size());
  ++generation_;
  changed_.NotifyAll();
}

uint64_t FakeHub::size() {
  MutexLock lock(mutex_);
  return log_.size();
}

v1::SignedTreeHead FakeHub::Head() { return HeadAt(log_.size()); }

v1::SignedTreeHead FakeHub::HeadAt(uint64_t size) {
  const log::Hash root = size == log_.size() ? frontier_.Root() : FrontierAt(size).Root();
  return log::SignTreeHead(log_key_, kCoalition, size, root, env_->Now());
}

log::MerkleFrontier FakeHub::FrontierAt(uint64_t size) {
  log::MerkleFrontier frontier;
  for (uint64_t i = 0; i < size; ++i) frontier.Append(log::LeafHash(log_[i]));
  return frontier;
}

}  // namespace vervet::testing
