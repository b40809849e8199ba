#include "tests/fuzz/fuzz_hub.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/identity.h"
#include "core/oprf/voprf.h"
#include "hub/access/caller.h"
#include "hub/engine/alerts.h"
#include "hub/engine/audit.h"
#include "hub/engine/budgets.h"
#include "hub/engine/evaluate.h"
#include "hub/engine/lookup.h"
#include "hub/engine/negative_list.h"
#include "hub/engine/progress.h"
#include "hub/engine/progress_query.h"
#include "hub/engine/progress_release.h"
#include "hub/engine/publish.h"
#include "hub/engine/records.h"
#include "hub/engine/records_query.h"
#include "hub/engine/registry.h"
#include "tests/fuzz/check.h"

namespace vervet::fuzz {
namespace {

namespace pb = google::protobuf;

constexpr int kElements = 10;

template <typename T>
T Require(absl::StatusOr<T> result) {
  VERVET_FUZZ_CHECK(result.ok(), result.status().ToString());
  return *std::move(result);
}

std::string AsString(absl::Span<const uint8_t> bytes) {
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

oprf::KeyPair KeyOf(uint8_t number) {
  const std::string seed(32, static_cast<char>(number));
  return Require(oprf::DeriveKeyPair(oprf::AsBytes(seed), "fuzz"));
}

// Small budgets, so that they are spent.
hub::BudgetPolicy Budgets() {
  hub::BudgetPolicy policy;
  policy.limits = {6'000, 20'000};
  policy.by_type[v1::URL] = {10, 25};
  policy.few_own_users_evaluations = 20;
  return policy;
}

}  // namespace

const Ground& Ground::Get() {
  static const auto* const ground = new Ground;
  return *ground;
}

Ground::Ground() {
  hub::KeyringContent content;
  uint8_t* at = content.Mutable().data();
  std::memset(at, 0x21, 32);
  at[32] = 0;
  at[33] = 0;
  uint8_t* const count = at + 33;
  at += hub::KeyringContent::kFixedBytes;
  for (const v1::SignatureType type : {v1::PHONE, v1::EMAIL, v1::URL}) {
    const oprf::KeyPair pair = KeyOf(static_cast<uint8_t>(type));
    std::memset(at, 0, 8);
    at[3] = static_cast<uint8_t>(type);
    at[7] = 1;  // epoch
    std::memcpy(at + 8, pair.secret_key().RevealSecret().data(), 32);
    at += hub::KeyringContent::kEntryBytes;
    ++*count;
  }
  content.set_size(hub::KeyringContent::kFixedBytes + *count * hub::KeyringContent::kEntryBytes);
  keyring_ = std::make_unique<const hub::Keyring>(Require(hub::Keyring::FromContent(content)));
  for (int i = 0; i < kElements; ++i) {
    elements_.push_back(AsString(KeyOf(static_cast<uint8_t>(100 + i)).public_key().bytes()));
  }
}

const std::vector<Method>& UnaryMethods() {
  static const auto* const methods = [] {
    auto* all = new std::vector<Method>;
    for (const auto* file :
         {v1::EvaluateRequest::descriptor()->file(), v1::GetHeadRequest::descriptor()->file(),
          v1::OpineRequest::descriptor()->file(), v1::GrantRequest::descriptor()->file(),
          v1::AdmitRequest::descriptor()->file(), v1::MarkHarmlessRequest::descriptor()->file(),
          v1::ContributeRequest::descriptor()->file()}) {
      for (int s = 0; s < file->service_count(); ++s) {
        const pb::ServiceDescriptor& service = *file->service(s);
        for (int m = 0; m < service.method_count(); ++m) {
          const pb::MethodDescriptor& method = *service.method(m);
          if (method.client_streaming()) continue;
          all->push_back(
              {absl::StrCat("/", service.full_name(), "/", method.name()), method.input_type()});
        }
      }
    }
    return all;
  }();
  return *methods;
}

FuzzHub::FuzzHub()
    : heads_(&Ground::Get().keyring().log_key(), kCoalition, &log_, &env_),
      appender_(
          &log_, &state_, &env_,
          [] {
            hub::Appender::Options options;
            options.own_thread = false;
            options.max_batch = 4;
            return options;
          }(),
          [](absl::Span<const hub::StoredEventPtr>) {},
          [](const absl::Status& status) {
            Broken(__FILE__, __LINE__, absl::StrCat("the log takes it: ", status.ToString()));
          }),
      alerts_(&state_, &appender_, &env_, absl::Minutes(10)),
      budgets_(Budgets(), &state_, &appender_, &alerts_, &env_) {
  RunHubsOwn(hub::BootstrapCommand("coordinator/anna", "Anna", kHubRegion));
  for (const auto& [type, key] : Ground::Get().keyring().voprf_keys()) {
    v1::SignatureTypeAnnounced announced;
    announced.set_type(type);
    announced.set_epoch(key.epoch);
    announced.set_public_key(AsString(key.pair.public_key().bytes()));
    announced.add_rules_versions(1);
    announced.set_maximum_life_s(86'400 * 30);
    RunHubsOwn(hub::AnnounceCommand(announced));
  }
  v1::SignatureTypeAnnounced images;
  images.set_type(v1::IMAGE_PDQ);
  images.add_rules_versions(1);
  images.set_maximum_life_s(86'400 * 30);
  RunHubsOwn(hub::AnnounceCommand(images));
}

void FuzzHub::RunQueued() {
  while (appender_.RunQueued()) {
  }
}

void FuzzHub::RunHubsOwn(hub::Command command) {
  command.done = [](const absl::StatusOr<hub::RequestOutcome>&) {};
  VERVET_FUZZ_CHECK(appender_.Submit(std::move(command)).ok(), "the queue has room");
  RunQueued();
}

void FuzzHub::Tick() {
  const absl::Time now = env_.Now();
  const auto [due, uncounted] = state_.Read([&](const hub::HubState& state) {
    return std::make_pair(state.records.DueForExpiry(std::max(now, state.last_time), 16),
                          state.sightings.Unannounced(16));
  });
  for (const std::string& id : due) RunHubsOwn(hub::ExpireCommand(id));
  for (const std::string& id : uncounted) RunHubsOwn(hub::CountSightingsCommand(id));
  const auto disputed =
      state_.Read([&](const hub::HubState& state) { return pauses_.Next(state); });
  for (const std::string& id : disputed) RunHubsOwn(hub::ReviewPauseCommand(id, remedy_));
  alerts_.Tick();
  RunQueued();
}

// What hub/services does with each method.
class Handlers {
 public:
  Handlers(FuzzHub& hub, const std::string& party) : hub_(hub), party_(party) {}

  FuzzHub::Answer Handle(const pb::Message& request) {
    FuzzHub::Answer answer;
    const bool known =
        Change<v1::PublishRequest>(
            request, &answer,
            [&](const auto& it) { return hub::PublishCommand(party_, it, hub_.env_); }) ||
        Change<v1::RetractRequest>(
            request, &answer,
            [&](const auto& it) { return hub::RetractCommand(party_, it, hub_.remedy_); }) ||
        Change<v1::OpineRequest>(
            request, &answer,
            [&](const auto& it) { return hub::OpineCommand(party_, it, hub_.remedy_); }) ||
        Change<v1::AnswerDisputesRequest>(
            request, &answer,
            [&](const auto& it) { return hub::AnswerDisputesCommand(party_, it); }) ||
        Change<v1::ReportSightingRequest>(
            request, &answer,
            [&](const auto& it) { return hub::ReportSightingCommand(party_, it); }) ||
        Change<v1::ReportQuarantineRequest>(
            request, &answer,
            [&](const auto& it) { return hub::ReportQuarantineCommand(party_, it); }) ||
        Change<v1::MarkHarmlessRequest>(
            request, &answer,
            [&](const auto& it) { return hub::MarkHarmlessCommand(party_, it); }) ||
        Change<v1::ContributeRequest>(
            request, &answer, [&](const auto& it) { return hub::ContributeCommand(party_, it); }) ||
        Change<v1::DefineRequest>(request, &answer,
                                  [&](const auto& it) { return hub::DefineCommand(party_, it); }) ||
        Change<v1::CreatePanelRequest>(
            request, &answer,
            [&](const auto& it) { return hub::CreatePanelCommand(party_, it); }) ||
        Change<v1::ReleaseRequest>(request, &answer,
                                   [&](const auto& it) {
                                     return hub::ReleaseCommand(party_, it,
                                                                hub::PrepareRelease(Asker(), it));
                                   }) ||
        Change<v1::ClearHarmlessRequest>(
            request, &answer,
            [&](const auto& it) { return hub::ClearHarmlessCommand(party_, it); }) ||
        Change<v1::AcknowledgeRemedyRequest>(
            request, &answer,
            [&](const auto& it) { return hub::AcknowledgeRemedyCommand(party_, it); }) ||
        Change<v1::EraseRequest>(
            request, &answer,
            [&](const auto& it) { return hub::EraseCommand(party_, it, hub_.remedy_); }) ||
        Change<v1::GrantRequest>(
            request, &answer,
            [&](const auto& it) { return hub::GrantCommand(party_, it, hub_.env_); }) ||
        Change<v1::MarkCanaryRequest>(
            request, &answer, [&](const auto& it) { return hub::MarkCanaryCommand(party_, it); }) ||
        Change<v1::CloseAlertRequest>(
            request, &answer, [&](const auto& it) { return hub::CloseAlertCommand(party_, it); }) ||
        HandleRegistry(request, &answer) || HandleQuery(request, &answer);
    VERVET_FUZZ_CHECK(known, absl::StrCat(request.GetTypeName(), " has a handler here"));
    if (!answer.status.ok()) answer.response.reset();
    return answer;
  }

 private:
  template <typename Request, typename Make>
  bool Change(const pb::Message& request, FuzzHub::Answer* answer, Make make) {
    const auto* typed = pb::DynamicCastToGenerated<Request>(&request);
    if (typed == nullptr) return false;
    absl::StatusOr<hub::Command> command = make(*typed);
    if (!command.ok()) {
      answer->status = command.status();
      return true;
    }
    bool done = false;
    command->done = [&](const absl::StatusOr<hub::RequestOutcome>& outcome) {
      VERVET_FUZZ_CHECK(!std::exchange(done, true), "a command is answered once");
      answer->status = outcome.status();
      if (!outcome.ok()) return;
      auto response = std::make_unique<v1::PublishResponse>();
      response->set_sequence(outcome->sequence);
      response->set_record_id(outcome->record_id);
      answer->response = std::move(response);
    };
    VERVET_FUZZ_CHECK(hub_.appender_.Submit(*std::move(command)).ok(), "the queue has room");
    hub_.RunQueued();
    VERVET_FUZZ_CHECK(done, "a command is answered");
    return true;
  }

  bool HandleRegistry(const pb::Message& request, FuzzHub::Answer* answer) {
    return Change<v1::AdmitRequest>(
               request, answer, [&](const auto& it) { return hub::AdmitCommand(party_, it); }) ||
           Change<v1::SuspendRequest>(
               request, answer, [&](const auto& it) { return hub::SuspendCommand(party_, it); }) ||
           Change<v1::ReinstateRequest>(
               request, answer,
               [&](const auto& it) { return hub::ReinstateCommand(party_, it); }) ||
           Change<v1::CreateGroupRequest>(
               request, answer,
               [&](const auto& it) { return hub::CreateGroupCommand(party_, kHubRegion, it); }) ||
           Change<v1::JoinGroupRequest>(
               request, answer,
               [&](const auto& it) { return hub::JoinGroupCommand(party_, it); }) ||
           Change<v1::LeaveGroupRequest>(
               request, answer, [&](const auto& it) { return hub::LeaveGroupCommand(party_, it); });
  }

  // A query, answered by `fill(request, response)`.
  template <typename Request, typename Response, typename Fill>
  bool Query(const pb::Message& request, FuzzHub::Answer* answer, Fill fill) {
    const auto* typed = pb::DynamicCastToGenerated<Request>(&request);
    if (typed == nullptr) return false;
    auto response = std::make_unique<Response>();
    answer->status = fill(*typed, response.get());
    answer->response = std::move(response);
    return true;
  }

  hub::ProgressAsker Asker() {
    return {&hub_.state_, &hub_.figures_, &hub_.env_, party_, hub_.env_.Now()};
  }

  template <typename Request, typename Response>
  bool Ask(absl::Status (*ask)(const hub::ProgressAsker&, const Request&, Response*),
           const pb::Message& request, FuzzHub::Answer* answer) {
    return Query<Request, Response>(request, answer, [&](const auto& it, auto* response) {
      return ask(Asker(), it, response);
    });
  }

  bool HandleProgressQuery(const pb::Message& request, FuzzHub::Answer* answer) {
    return Ask(&hub::GetReduction, request, answer) || Ask(&hub::GetCoverage, request, answer) ||
           Ask(&hub::GetSeries, request, answer) || Ask(&hub::PlanProgress, request, answer) ||
           Ask(&hub::GetDisplacement, request, answer) ||
           Ask(&hub::ListRestatements, request, answer) ||
           Ask(&hub::ListContributions, request, answer) ||
           Ask(&hub::ListReleases, request, answer) || Ask(&hub::GetDefinitions, request, answer) ||
           Ask(&hub::ListPanels, request, answer) ||
           Query<v1::GetProgressVersionRequest, v1::GetProgressVersionResponse>(
               request, answer, [&](const auto&, auto* response) {
                 hub::GetProgressVersion(Asker(), response);
                 return absl::OkStatus();
               });
  }

  bool HandleQuery(const pb::Message& request, FuzzHub::Answer* answer) {
    using absl::OkStatus;
    const hub::AuditSources audit = {&hub_.log_, &hub_.state_, &hub_.heads_};
    const absl::Time now = hub_.env_.Now();
    return Query<v1::EvaluateRequest, v1::EvaluateResponse>(
               request, answer,
               [&](const auto& it, auto* response) { return Evaluate(it, response); }) ||
           Query<v1::LookupRequest, v1::LookupResponse>(
               request, answer,
               [&](const auto& it, auto* response) { return Lookup(it, response); }) ||
           Query<v1::ShowRecordRequest, v1::RecordStatus>(
               request, answer,
               [&](const auto& it, auto* response) {
                 return hub::ShowRecord(party_, it, hub_.state_, hub_.positions_, now, response);
               }) ||
           Query<v1::ListRecordsRequest, v1::ListRecordsResponse>(
               request, answer,
               [&](const auto& it, auto* response) {
                 return hub::ListRecords(party_, it, hub_.state_, hub_.positions_, now, response);
               }) ||
           Query<v1::GetHeadRequest, v1::SignedTreeHead>(request, answer,
                                                         [&](const auto&, auto* response) {
                                                           *response = hub_.heads_.Current();
                                                           return OkStatus();
                                                         }) ||
           Query<v1::ProveInclusionRequest, v1::ProveInclusionResponse>(
               request, answer,
               [&](const auto& it, auto* response) {
                 const auto role = net::ParseParty(party_)->role;
                 return hub::ProveInclusion(party_, role, it, audit, response);
               }) ||
           Query<v1::ProveConsistencyRequest, v1::ProveConsistencyResponse>(
               request, answer,
               [&](const auto& it, auto* response) {
                 return hub::ProveConsistency(it, audit, response);
               }) ||
           Query<v1::ListBudgetsRequest, v1::ListBudgetsResponse>(
               request, answer,
               [&](const auto& it, auto* response) { return ListBudgets(it, response); }) ||
           Query<v1::ListAlertsRequest, v1::ListAlertsResponse>(
               request, answer,
               [&](const auto& it, auto* response) {
                 hub_.state_.Read(
                     [&](const hub::HubState& state) { hub::ListAlerts(state, it, response); });
                 return OkStatus();
               }) ||
           Query<v1::ListHarmlessRequest, v1::ListHarmlessResponse>(
               request, answer,
               [&](const auto& it, auto* response) {
                 return hub::ListHarmless(it, hub_.state_, response);
               }) ||
           HandleProgressQuery(request, answer) ||
           // Its answer is made in the service itself.
           Query<v1::ListRequest, v1::ListResponse>(request, answer,
                                                    [&](const auto&, auto*) { return OkStatus(); });
  }

  absl::Status Evaluate(const v1::EvaluateRequest& request, v1::EvaluateResponse* response) {
    const hub::Keyring& keyring = Ground::Get().keyring();
    const absl::Status checked = hub::CheckEvaluate(request, keyring);
    if (!checked.ok()) return checked;
    hub::Budgets::Needs needs;
    for (const auto& batch : request.batches()) needs[batch.type()] = hub::ElementsOf(batch);
    bool done = false;
    absl::Status status;
    hub_.budgets_.Take(party_, needs, [&](const absl::StatusOr<hub::Budgets::Charge>& charge) {
      VERVET_FUZZ_CHECK(!std::exchange(done, true), "a request is charged once");
      status = charge.status();
      if (!charge.ok()) return;
      uint64_t charged = 0, asked = 0;
      for (const auto& piece : *charge) charged += piece.evaluations;
      for (const auto& [type, count] : needs) asked += count;
      VERVET_FUZZ_CHECK(charged == asked, "a request is charged what it asks for");
    });
    hub_.RunQueued();
    VERVET_FUZZ_CHECK(done, "a request is charged or refused");
    if (!status.ok()) return status;
    return hub::Evaluate(request, keyring, hub_.env_, response);
  }

  absl::Status Lookup(const v1::LookupRequest& request, v1::LookupResponse* response) {
    const absl::Status status =
        hub::Lookup(party_, request, hub_.state_, hub_.env_.Now(), response);
    if (!status.ok()) return status;
    const auto canaries = hub_.state_.Read(
        [&](const hub::HubState& state) { return hub::CanariesIn(*response, party_, state); });
    for (const std::string& id : canaries) {
      hub_.alerts_.RaiseLater(hub::CanaryHit(party_, id, hub_.budgets_.LogTime(), "looked up"));
    }
    return status;
  }

  absl::Status ListBudgets(const v1::ListBudgetsRequest& request,
                           v1::ListBudgetsResponse* response) {
    const absl::Time now = hub_.budgets_.LogTime();
    return hub_.state_.Read([&](const hub::HubState& state) {
      return hub::ListBudgets(
          state, *net::ParseParty(party_), request, hub_.budgets_.policy(),
          [&](absl::string_view party, v1::SignatureType type) {
            return hub_.budgets_.ServedOn(hub::DayOf(now), party, type);
          },
          now, response);
    });
  }

  FuzzHub& hub_;
  const std::string& party_;
};

FuzzHub::Answer FuzzHub::Call(const std::string& caller, const Method& method,
                              const pb::Message& request) {
  Answer answer;
  const auto identity = net::ParseParty(caller);
  VERVET_FUZZ_CHECK(identity.ok(), "a caller of the fuzzer is a party");
  answer.status = hub::CheckCall(*identity, method.path, state_);
  if (!answer.status.ok()) return answer;
  return Handlers(*this, caller).Handle(request);
}

}  // namespace vervet::fuzz
