#include "tests/hub/engine/engine_fixture.h"

#include "absl/strings/str_join.h"
#include "core/oprf/token.h"
#include "core/oprf/voprf.h"

namespace vervet::hub {
namespace {

v1::SignatureTypeAnnounced Announcement(const Keyring& keyring, v1::SignatureType type) {
  v1::SignatureTypeAnnounced announcement;
  announcement.set_type(type);
  announcement.set_epoch(1);
  const auto& key = keyring.Find(type)->pair.public_key().bytes();
  announcement.set_public_key(reinterpret_cast<const char*>(key.data()), key.size());
  announcement.add_rules_versions(1);
  announcement.set_maximum_life_s(absl::ToInt64Seconds(kPhoneLife));
  return announcement;
}

}  // namespace

void EngineTest::SetUp() {
  ASSERT_TRUE(Keyring::Create(folder_.File("keyring"), storage::TestKey(), kCoalition, env_).ok());
  auto keyring = Keyring::Open(folder_.File("keyring"), storage::TestKey(), kCoalition);
  ASSERT_TRUE(keyring.ok()) << keyring.status();
  keyring_ = *std::move(keyring);
  auto log = OpenLog(folder_.File("log"), &env_);
  ASSERT_TRUE(log.ok()) << log.status();
  log_ = *std::move(log);
  appender_ = std::make_unique<Appender>(
      log_.get(), &state_, &env_, Appender::Options{}, [](absl::Span<const StoredEventPtr>) {},
      [](const absl::Status& status) { ADD_FAILURE() << status; });
  ASSERT_TRUE(Run(BootstrapCommand("coordinator/anna", "Anna", "IE")).ok());
  for (const v1::SignatureType type : {v1::PHONE, v1::EMAIL}) {
    ASSERT_TRUE(Run(AnnounceCommand(Announcement(*keyring_, type))).ok());
  }
  for (const char* party : {"member/market", "member/social", "member/search"}) Admit(party);
  CreateGroup("coalition");
  CreateGroup("ivory");
  Join("member/market", "coalition");
  Join("member/social", "coalition");
  Join("member/market", "ivory");
}

int EngineTest::Begin(absl::StatusOr<Command> command) {
  const int key = next_key_++;
  if (!command.ok()) {
    answers_.Into(key)(command.status());
    return key;
  }
  command->done = answers_.Into(key);
  const absl::Status submitted = appender_->Submit(*std::move(command));
  if (!submitted.ok()) answers_.Into(key)(submitted);
  return key;
}

absl::StatusOr<RequestOutcome> EngineTest::Run(absl::StatusOr<Command> command) {
  return answers_.Of(Begin(std::move(command)));
}

absl::StatusOr<RequestOutcome> EngineTest::Publish(const std::string& party,
                                                   v1::PublishRequest request) {
  return Run(PublishCommand(party, request, env_));
}

absl::StatusOr<RequestOutcome> EngineTest::Retract(const std::string& party,
                                                   const std::string& record_id) {
  v1::RetractRequest request;
  request.set_request_id(NewRequestId());
  request.set_record_id(record_id);
  request.set_reason("confirmed in error");
  return Run(RetractCommand(party, request, RemedyPolicy{}));
}

void EngineTest::Admit(const std::string& party, const std::string& region) {
  v1::AdmitRequest request;
  request.set_request_id(NewRequestId());
  request.set_party(party);
  request.set_display_name("A name");
  request.set_region(region);
  const auto outcome = Run(AdmitCommand("coordinator/anna", request));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
}

void EngineTest::Suspend(const std::string& party) {
  v1::SuspendRequest request;
  request.set_request_id(NewRequestId());
  request.set_party(party);
  request.set_reason("a reason");
  const auto outcome = Run(SuspendCommand("coordinator/anna", request));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
}

void EngineTest::Join(const std::string& party, const std::string& group) {
  v1::JoinGroupRequest request;
  request.set_request_id(NewRequestId());
  request.set_party(party);
  request.set_group(group);
  const auto outcome = Run(JoinGroupCommand("coordinator/anna", request));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
}

void EngineTest::CreateGroup(const std::string& group, const std::vector<std::string>& regions) {
  v1::CreateGroupRequest request;
  request.set_request_id(NewRequestId());
  request.set_group(group);
  request.set_display_name("A group");
  for (const std::string& region : regions) request.add_permitted_regions(region);
  request.set_transfer_instrument("an agreement");
  const auto outcome = Run(CreateGroupCommand("coordinator/anna", "IE", request));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
}

std::string EngineTest::ElementOf(v1::SignatureType type, const std::string& canonical_form) const {
  ManualEnvironment env(99);
  const auto& pair = keyring_->Find(type)->pair;
  const std::vector<std::string> inputs = {oprf::Input(type, 1, canonical_form).value()};
  const auto blinded = oprf::BlindBatch(inputs, env).value();
  const auto evaluated =
      oprf::EvaluateBatch(pair, oprf::AsBytes(blinded.blinded_packed), env).value();
  const auto elements =
      oprf::VerifyAndUnblindBatch(pair.public_key(), blinded,
                                  oprf::AsBytes(evaluated.evaluated_packed), evaluated.proof)
          .value();
  return std::string(elements[0].bytes().begin(), elements[0].bytes().end());
}

oprf::Token EngineTest::TokenOf(v1::SignatureType type, const std::string& canonical_form) const {
  const std::string element = ElementOf(type, canonical_form);
  return oprf::DeriveToken(type, 1, oprf::Element::Decode(oprf::AsBytes(element)).value());
}

v1::NewSignature EngineTest::SignatureOf(v1::SignatureType type,
                                         const std::string& canonical_form) const {
  v1::NewSignature signature;
  signature.set_type(type);
  signature.set_rules_version(1);
  signature.set_epoch(1);
  signature.set_element(ElementOf(type, canonical_form));
  signature.set_expires_us(
      absl::ToUnixMicros(const_cast<ManualEnvironment&>(env_).Now() + absl::Hours(24)));
  return signature;
}

v1::PublishRequest EngineTest::GoodRequest() {
  v1::PublishRequest request;
  request.set_request_id(NewRequestId());
  v1::RecordFacts& facts = *request.mutable_facts();
  facts.mutable_offence()->set_activity(v1::OFFER_FOR_SALE);
  facts.mutable_offence()->set_form(v1::RAW_PART);
  facts.mutable_offence()->add_taxa("Loxodonta africana");
  facts.set_certainty(v1::REVIEWER_CONFIRMED);
  facts.set_tlp(v1::TLP_AMBER);
  facts.set_legal_entity("Example Market Ltd, Dublin");
  facts.set_purpose("prevention of wildlife trafficking");
  facts.set_lawful_basis("GDPR Art. 6(1)(f)");
  facts.set_decision_reference("case:2026/0042");
  facts.add_groups("coalition");
  *request.add_signatures() = SignatureOf(v1::PHONE, "+353861234567");
  return request;
}

std::string AudienceOf(const StoredEvent& event) {
  const v1::Audience& audience = event.parsed.header.audience();
  std::vector<std::string> roles;
  for (const int role : audience.roles())
    roles.push_back(v1::Role_Name(static_cast<v1::Role>(role)));
  return absl::StrCat("roles=", absl::StrJoin(roles, ","),
                      " groups=", absl::StrJoin(audience.groups(), ","),
                      " party=", audience.party());
}

}  // namespace vervet::hub
