#include "tests/integration/raw_client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/log/event.h"
#include "core/oprf/token.h"
#include "core/oprf/voprf.h"
#include "examples/coalition/temp_dir.h"

namespace vervet::integration {
namespace {

std::string ContentOf(const std::string& path) {
  if (path.empty()) return "";
  return coalition::ReadFile(path).value_or("");
}

}  // namespace

RawClient::RawClient(const std::string& address, const coalition::TlsPaths& tls,
                     grpc::ChannelArguments arguments) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ContentOf(tls.ca);
  options.pem_cert_chain = ContentOf(tls.certificate);
  options.pem_private_key = ContentOf(tls.private_key);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel = grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
  exchange_ = v1::Exchange::NewStub(channel);
  registry_ = v1::Registry::NewStub(channel);
  records_ = v1::Records::NewStub(channel);
  negative_list_ = v1::NegativeList::NewStub(channel);
  progress_ = v1::Progress::NewStub(channel);
}

absl::StatusOr<v1::EvaluateResponse> RawClient::Evaluate(const v1::EvaluateRequest& request) {
  return Call<v1::EvaluateResponse>(
      [this](auto* c, const auto& q, auto* r) { return exchange_->Evaluate(c, q, r); }, request);
}
absl::StatusOr<v1::PublishResponse> RawClient::Publish(const v1::PublishRequest& request) {
  return Call<v1::PublishResponse>(
      [this](auto* c, const auto& q, auto* r) { return exchange_->Publish(c, q, r); }, request);
}
absl::StatusOr<v1::RetractResponse> RawClient::Retract(const v1::RetractRequest& request) {
  return Call<v1::RetractResponse>(
      [this](auto* c, const auto& q, auto* r) { return exchange_->Retract(c, q, r); }, request);
}
absl::StatusOr<v1::LookupResponse> RawClient::Lookup(const v1::LookupRequest& request) {
  return Call<v1::LookupResponse>(
      [this](auto* c, const auto& q, auto* r) { return exchange_->Lookup(c, q, r); }, request);
}
absl::StatusOr<v1::ListResponse> RawClient::List() {
  return Call<v1::ListResponse>(
      [this](auto* c, const auto& q, auto* r) { return registry_->List(c, q, r); },
      v1::ListRequest());
}
absl::StatusOr<v1::ChangeResponse> RawClient::Admit(const v1::AdmitRequest& request) {
  return Call<v1::ChangeResponse>(
      [this](auto* c, const auto& q, auto* r) { return registry_->Admit(c, q, r); }, request);
}
absl::StatusOr<v1::ChangeResponse> RawClient::Suspend(const std::string& party,
                                                      const std::string& reason) {
  v1::SuspendRequest request;
  request.set_request_id(NewRequestId());
  request.set_party(party);
  request.set_reason(reason);
  return Call<v1::ChangeResponse>(
      [this](auto* c, const auto& q, auto* r) { return registry_->Suspend(c, q, r); }, request);
}
absl::StatusOr<v1::ChangeResponse> RawClient::Reinstate(const std::string& party,
                                                        const std::string& reason) {
  v1::ReinstateRequest request;
  request.set_request_id(NewRequestId());
  request.set_party(party);
  request.set_reason(reason);
  return Call<v1::ChangeResponse>(
      [this](auto* c, const auto& q, auto* r) { return registry_->Reinstate(c, q, r); }, request);
}

std::string NewRequestId() { return TimeOrderedId(*Environment::System()); }

absl::StatusOr<AnnouncedType> ReadAnnouncement(RawClient& member, v1::SignatureType type) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto stream = member.exchange().Sync(&context);
  v1::SyncRequest hello;
  hello.mutable_hello();
  stream->Write(hello);
  v1::SyncResponse response;
  while (stream->Read(&response)) {
    for (const v1::SyncEntry& entry : response.entries().entries()) {
      if (!entry.has_event()) continue;
      VERVET_ASSIGN_OR_RETURN(const log::ParsedEvent event, log::ParseEvent(entry.event()));
      const v1::SignatureTypeAnnounced& announced = event.body.signature_type_announced();
      if (announced.type() != type) continue;
      context.TryCancel();
      return AnnouncedType{announced.epoch(), announced.public_key(), announced.rules_versions(0),
                           absl::Seconds(announced.maximum_life_s())};
    }
  }
  return net::FromGrpc(stream->Finish(), context);
}

absl::StatusOr<std::vector<std::string>> EvaluateInputs(RawClient& member, v1::SignatureType type,
                                                        const AnnouncedType& announced,
                                                        const std::vector<std::string>& texts) {
  std::vector<std::string> inputs;
  for (const std::string& text : texts) {
    VERVET_ASSIGN_OR_RETURN(std::string input, oprf::Input(type, announced.rules_version, text));
    inputs.push_back(std::move(input));
  }
  VERVET_ASSIGN_OR_RETURN(const oprf::BlindedBatch blinded,
                          oprf::BlindBatch(inputs, *Environment::System()));
  v1::EvaluateRequest request;
  request.add_batches()->set_type(type);
  request.mutable_batches(0)->set_blinded(blinded.blinded_packed);
  VERVET_ASSIGN_OR_RETURN(const v1::EvaluateResponse response, member.Evaluate(request));
  VERVET_ASSIGN_OR_RETURN(const oprf::Element key,
                          oprf::Element::Decode(oprf::AsBytes(announced.public_key)));
  VERVET_ASSIGN_OR_RETURN(const oprf::Proof proof,
                          oprf::Proof::Decode(oprf::AsBytes(response.batches(0).proof())));
  VERVET_ASSIGN_OR_RETURN(const auto elements,
                          oprf::VerifyAndUnblindBatch(
                              key, blinded, oprf::AsBytes(response.batches(0).evaluated()), proof));
  std::vector<std::string> result;
  for (const oprf::Element& element : elements) {
    result.emplace_back(reinterpret_cast<const char*>(element.bytes().data()),
                        element.bytes().size());
  }
  return result;
}

absl::StatusOr<v1::PublishRequest> GoodPublishRequest(RawClient& member, const std::string& text,
                                                      const std::string& group) {
  VERVET_ASSIGN_OR_RETURN(const AnnouncedType announced, ReadAnnouncement(member, v1::EMAIL));
  VERVET_ASSIGN_OR_RETURN(const auto elements,
                          EvaluateInputs(member, v1::EMAIL, announced, {text}));
  v1::PublishRequest request;
  request.set_request_id(NewRequestId());
  v1::RecordFacts& facts = *request.mutable_facts();
  facts.mutable_offence()->set_activity(v1::OFFER_FOR_SALE);
  facts.mutable_offence()->add_taxa("Manis javanica");
  facts.set_certainty(v1::REVIEWER_CONFIRMED);
  facts.set_tlp(v1::TLP_AMBER);
  facts.set_legal_entity("Test Market Ltd");
  facts.set_purpose("prevention of wildlife trafficking");
  facts.set_lawful_basis("GDPR Art. 6(1)(f)");
  facts.set_decision_reference("CASE-1");
  facts.add_groups(group);
  v1::NewSignature& signature = *request.add_signatures();
  signature.set_type(v1::EMAIL);
  signature.set_rules_version(announced.rules_version);
  signature.set_epoch(announced.epoch);
  signature.set_element(elements[0]);
  signature.set_expires_us(absl::ToUnixMicros(absl::Now() + absl::Hours(24 * 30)));
  return request;
}

}  // namespace vervet::integration
