#include "tests/member-sdk/fake_hub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/net/refusal.h"
#include "core/net/retry_after.h"

namespace vervet::testing {
namespace {

constexpr absl::Duration kRemedyDeadline = absl::Hours(7 * 24);

v1::Audience Everyone() {
  v1::Audience audience;
  audience.add_roles(v1::MEMBER);
  return audience;
}

oprf::KeyPair KeyFor(v1::SignatureType type, uint32_t epoch, uint64_t seed) {
  const std::string bytes(32, static_cast<char>(seed));
  return *oprf::DeriveKeyPair(oprf::AsBytes(bytes), absl::StrCat(type, "/", epoch));
}

std::string KeyBytes(const oprf::KeyPair& pair) {
  const auto& bytes = pair.public_key().bytes();
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace

class FakeSession final : public engine::SyncSession {
 public:
  FakeSession(FakeHub* hub, std::string party, const v1::SyncHello& hello)
      : hub_(hub), party_(std::move(party)), hello_(hello), next_(hello.position() + 1) {
    MutexLock lock(hub_->mutex_);
    generation_ = hub_->generation_;
    hub_->hellos_.push_back(hello);
  }

  bool Read(v1::SyncResponse* message) override {
    MutexLock lock(hub_->mutex_);
    message->Clear();
    while (true) {
      if (!CheckStream()) {
        // As the hub does: its own signed head first, then the refusal.
        if (!absl::IsDataLoss(status_) || hub_->silent_refusal_ || std::exchange(refused_, true))
          return false;
        *message->mutable_head() =
            hub_->HeadAt(std::min<uint64_t>(hello_.position(), hub_->log_.size()));
        if (hub_->tamper_) hub_->tamper_(*message);
        return true;
      }
      const bool opening = std::exchange(opening_, false) && hub_->opening_head_;
      const uint64_t size = hub_->log_.size();
      if (!opening && next_ <= size) {
        FillEntries(message->mutable_entries());
      } else if (opening || head_sent_ != static_cast<int64_t>(size)) {
        *message->mutable_head() = hub_->Head();
        head_sent_ = static_cast<int64_t>(size);
      } else {
        hub_->changed_.Wait(hub_->mutex_);
        continue;
      }
      if (hub_->tamper_) hub_->tamper_(*message);
      return true;
    }
  }

  bool SendApplied(uint64_t position) override {
    MutexLock lock(hub_->mutex_);
    hub_->applied_[party_] = position;
    return true;
  }

  absl::Status Finish() override {
    MutexLock lock(hub_->mutex_);
    return cancelled_ ? absl::CancelledError("cancelled") : status_;
  }

  void Cancel() override {
    MutexLock lock(hub_->mutex_);
    cancelled_ = true;
    hub_->changed_.NotifyAll();
  }

 private:
  bool CheckStream() ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    if (cancelled_ || refused_) return false;
    if (!hub_->reachable_ || generation_ != hub_->generation_) {
      status_ = absl::UnavailableError("connection refused");
      return false;
    }
    status_ = hub_->MayCall(party_);
    if (!status_.ok()) return false;
    if (!std::exchange(hello_checked_, true) && hello_.position() != 0 && hub_->checks_hello_) {
      if (hello_.position() > hub_->log_.size()) {
        status_ = absl::DataLossError("you have applied more than this log holds");
        return false;
      }
      if (hello_.root() != log::AsBytes(hub_->FrontierAt(hello_.position()).Root())) {
        status_ = absl::DataLossError("your root differs");
        return false;
      }
    }
    return true;
  }

  void FillEntries(v1::SyncEntries* entries) ABSL_EXCLUSIVE_LOCKS_REQUIRED(hub_->mutex_) {
    for (int i = 0; i < hub_->entries_per_message_ && next_ <= hub_->log_.size(); ++i, ++next_) {
      const v1::Event& event = hub_->log_[next_ - 1];
      const auto parsed = log::ParseEvent(event);
      v1::SyncEntry* const entry = entries->add_entries();
      const bool erased = hub_->erased_.count(next_) != 0;
      if (!erased && hub_->state_.roster.MaySee(party_, v1::MEMBER, parsed->header.audience())) {
        *entry->mutable_event() = event;
      } else {
        entry->set_leaf_hash(std::string(log::AsBytes(log::LeafHash(event))));
      }
    }
  }

  FakeHub* const hub_;
  const std::string party_;
  const v1::SyncHello hello_;
  uint64_t next_;
  uint64_t generation_ = 0;
  int64_t head_sent_ = -1;
  bool opening_ = true;
  bool hello_checked_ = false;
  bool refused_ = false;  // status_ says why, and the head that shows it was sent
  bool cancelled_ = false;
  absl::Status status_;
};

class FakeTransport final : public engine::Transport {
 public:
  FakeTransport(FakeHub* hub, std::string party) : hub_(hub), party_(std::move(party)) {}

  absl::StatusOr<v1::EvaluateResponse> Evaluate(const v1::EvaluateRequest& request,
                                                absl::Duration deadline) override {
    return hub_->Evaluate(party_, request);
  }
  void Publish(const v1::PublishRequest& request, absl::Duration deadline,
               Done<v1::PublishResponse> done) override {
    auto answer = hub_->Publish(party_, request);
    hub_->BeforeAnswer();
    done(std::move(answer));
  }
  void Retract(const v1::RetractRequest& request, absl::Duration deadline,
               Done<v1::RetractResponse> done) override {
    done(hub_->Retract(party_, request));
  }
  void Opine(const v1::OpineRequest& request, absl::Duration deadline,
             Done<v1::OpineResponse> done) override {
    done(hub_->Opine(party_, request));
  }
  void AnswerDisputes(const v1::AnswerDisputesRequest& request, absl::Duration deadline,
                      Done<v1::AnswerDisputesResponse> done) override {
    done(hub_->AnswerDisputes(party_, request));
  }
  void ReportSighting(const v1::ReportSightingRequest& request, absl::Duration deadline,
                      Done<v1::ReportSightingResponse> done) override {
    done(hub_->ReportSighting(party_, request));
  }
  void ReportQuarantine(const v1::ReportQuarantineRequest& request, absl::Duration deadline,
                        Done<v1::ReportQuarantineResponse> done) override {
    done(hub_->ReportQuarantine(party_, request));
  }
  void AcknowledgeRemedy(const v1::AcknowledgeRemedyRequest& request, absl::Duration deadline,
                         Done<v1::AcknowledgeRemedyResponse> done) override {
    done(hub_->AcknowledgeRemedy(party_, request));
  }
  void Erase(const v1::EraseRequest& request, absl::Duration deadline,
             Done<v1::EraseResponse> done) override {
    done(hub_->Erase(party_, request));
  }
  absl::StatusOr<v1::RecordStatus> ShowRecord(const v1::ShowRecordRequest& request,
                                              absl::Duration deadline) override {
    return hub_->ShowRecord(party_, request);
  }
  void Contribute(const v1::ContributeRequest& request, absl::Duration deadline,
                  Done<v1::ContributeResponse> done) override {
    done(hub_->Contribute(party_, request));
  }
  absl::StatusOr<v1::GetDefinitionsResponse> GetDefinitions(
      const v1::GetDefinitionsRequest& request, absl::Duration deadline) override {
    return hub_->GetDefinitions(party_, request);
  }
  absl::StatusOr<v1::GetReductionResponse> GetReduction(const v1::GetReductionRequest& request,
                                                        absl::Duration deadline) override {
    return hub_->GetReduction(party_, request);
  }
  absl::StatusOr<v1::GetSeriesResponse> GetSeries(const v1::GetSeriesRequest& request,
                                                  absl::Duration deadline) override {
    return absl::UnimplementedError("no series here");
  }
  absl::StatusOr<v1::GetCoverageResponse> GetCoverage(const v1::GetCoverageRequest& request,
                                                      absl::Duration deadline) override {
    return hub_->GetCoverage(party_);
  }
  absl::StatusOr<v1::ListContributionsResponse> ListContributions(
      const v1::ListContributionsRequest& request, absl::Duration deadline) override {
    return hub_->ListContributions(party_, request);
  }
  void Shutdown() override {}  // every call here has its answer when it returns
  std::unique_ptr<engine::SyncSession> OpenSync(const v1::SyncHello& hello) override {
    return std::make_unique<FakeSession>(hub_, party_, hello);
  }

 private:
  FakeHub* const hub_;
  const std::string party_;
};

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

std::unique_ptr<engine::Transport> FakeHub::Connect(std::string party) {
  return std::make_unique<FakeTransport>(this, std::move(party));
}

std::string FakeHub::log_public_key_hex() const {
  return absl::BytesToHexString(log_key_.public_key);
}

uint64_t FakeHub::AppendLocked(v1::EventBody body, v1::Audience audience) {
  const v1::Event event =
      log::SealEvent({std::move(audience), std::move(body)}, log_.size() + 1, env_->Now(), *env_);
  state_.Apply(*log::ParseEvent(event));
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

void FakeHub::SetReachable(bool reachable) {
  MutexLock lock(mutex_);
  reachable_ = reachable;
  changed_.NotifyAll();
}

void FakeHub::LoseAnswers(int calls) {
  MutexLock lock(mutex_);
  lose_answers_ = calls;
}

void FakeHub::RefuseCalls(int calls, absl::Status status) {
  MutexLock lock(mutex_);
  refuse_calls_ = calls;
  refusal_ = std::move(status);
}

int FakeHub::evaluate_calls() {
  MutexLock lock(mutex_);
  return evaluate_calls_;
}

int FakeHub::evaluated_elements() {
  MutexLock lock(mutex_);
  return evaluated_elements_;
}

int FakeHub::own_users() {
  MutexLock lock(mutex_);
  return own_users_;
}

std::vector<std::string> FakeHub::publish_requests() {
  MutexLock lock(mutex_);
  return publish_requests_;
}

std::vector<v1::SyncHello> FakeHub::hellos() {
  MutexLock lock(mutex_);
  return hellos_;
}

uint64_t FakeHub::applied(const std::string& party) {
  MutexLock lock(mutex_);
  return applied_[party];
}

std::string FakeHub::received() {
  MutexLock lock(mutex_);
  return received_;
}

absl::Status FakeHub::MayCall(const std::string& party) {
  if (!reachable_) return absl::UnavailableError("connection refused");
  const auto* const entry = state_.roster.FindParty(party);
  if (entry == nullptr) {
    return absl::PermissionDeniedError(absl::StrCat(party, " is not admitted to this coalition"));
  }
  if (entry->suspended) return absl::PermissionDeniedError(absl::StrCat(party, " is suspended"));
  return absl::OkStatus();
}

absl::Status FakeHub::TakeFault() {
  if (refuse_calls_ == 0) return absl::OkStatus();
  --refuse_calls_;
  const absl::Status fault(refusal_.code(), refusal_.message());
  return net::RequestIsRefused(refusal_) ? net::WithRequestRefused(fault) : fault;
}

void FakeHub::BeforeAnswer() {
  std::function<void()> before_answer;
  {
    MutexLock lock(mutex_);
    before_answer = before_answer_;
  }
  if (before_answer) before_answer();
}

absl::StatusOr<v1::EvaluateResponse> FakeHub::Evaluate(const std::string& party,
                                                       const v1::EvaluateRequest& request) {
  std::map<v1::SignatureType, const Key*> keys;
  bool wrong_proof = false;
  {
    MutexLock lock(mutex_);
    ++evaluate_calls_;
    received_ += request.SerializeAsString();
    const absl::Status allowed = MayCall(party);
    if (!allowed.ok()) return allowed;
    for (const auto& [type, key] : keys_) keys[type] = &key;
    wrong_proof = wrong_proof_;
    for (const auto& batch : request.batches()) {
      const auto budget = budgets_.find(batch.type());
      if (budget == budgets_.end()) continue;
      if (static_cast<int>(batch.blinded().size() / 32) > budget->second.first) {
        return net::WithRetryAfter(absl::ResourceExhaustedError("the day's budget is spent"),
                                   budget->second.second);
      }
    }
    for (const auto& batch : request.batches()) {
      const int elements = static_cast<int>(batch.blinded().size() / 32);
      const auto budget = budgets_.find(batch.type());
      if (budget != budgets_.end()) budget->second.first -= elements;
      evaluated_elements_ += elements;
      own_users_ += static_cast<int>(batch.own_users());
    }
  }
  v1::EvaluateResponse response;
  for (const auto& batch : request.batches()) {
    const Key& key = *keys.at(batch.type());
    // A dishonest hub that uses a key of its own, with a proof for that one.
    const oprf::KeyPair other = KeyFor(batch.type(), 77, 7);
    const auto evaluated =
        oprf::EvaluateBatch(wrong_proof ? other : key.pair, oprf::AsBytes(batch.blinded()), *env_);
    if (!evaluated.ok()) return evaluated.status();
    v1::EvaluatedBatch* const out = response.add_batches();
    out->set_type(batch.type());
    out->set_epoch(key.epoch);
    out->set_evaluated(evaluated->evaluated_packed);
    const auto& proof = evaluated->proof.bytes();
    out->set_proof(std::string(proof.begin(), proof.end()));
  }
  return response;
}

absl::StatusOr<v1::PublishResponse> FakeHub::Publish(const std::string& party,
                                                     const v1::PublishRequest& request) {
  MutexLock lock(mutex_);
  const std::string bytes = request.SerializeAsString();
  publish_requests_.push_back(bytes);
  received_ += bytes;
  absl::Status refused = MayCall(party);
  refused.Update(TakeFault());
  if (!refused.ok()) return refused;
  const auto known = answers_.find(request.request_id());
  if (known != answers_.end()) {
    if (known->second.first != bytes) return absl::AlreadyExistsError("another body");
    return known->second.second;
  }
  v1::EventBody body;
  auto* const record = body.mutable_record_published();
  record->set_record_id(TimeOrderedId(*env_));
  record->set_publisher(party);
  *record->mutable_facts() = request.facts();
  for (const v1::NewSignature& signature : request.signatures()) {
    const auto element = oprf::Element::Decode(oprf::AsBytes(signature.element()));
    if (!element.ok()) return element.status();
    v1::Signature* const out = record->add_signatures();
    out->set_type(signature.type());
    out->set_rules_version(signature.rules_version());
    out->set_epoch(signature.epoch());
    out->set_expires_us(signature.expires_us());
    const oprf::Token token = oprf::DeriveToken(signature.type(), signature.epoch(), *element);
    out->set_token(std::string(token.bytes().begin(), token.bytes().end()));
  }
  *record->mutable_images() = request.images();
  v1::PublishResponse response;
  response.set_record_id(record->record_id());
  v1::Audience audience;
  for (const std::string& group : request.facts().groups()) audience.add_groups(group);
  audience.set_party(party);
  response.set_sequence(AppendLocked(std::move(body), std::move(audience)));
  answers_[request.request_id()] = {bytes, response};
  if (lose_answers_ > 0) {
    --lose_answers_;
    return absl::UnavailableError("the connection broke before the answer");
  }
  return response;
}

absl::StatusOr<v1::RetractResponse> FakeHub::Retract(const std::string& party,
                                                     const v1::RetractRequest& request) {
  MutexLock lock(mutex_);
  received_ += request.SerializeAsString();
  absl::Status refused = MayCall(party);
  refused.Update(TakeFault());
  if (!refused.ok()) return refused;
  const views::RecordPtr record = state_.records.Find(request.record_id());
  if (record == nullptr) return absl::NotFoundError("no such record");
  if (record->publisher != party) {
    return net::WithRequestRefused(
        absl::PermissionDeniedError("record_id: another member's record"));
  }
  v1::RetractResponse response;
  if (record->state != views::OffenderRecords::State::kLive) {
    response.set_sequence(record->ended_sequence);
    return response;
  }
  v1::EventBody body;
  body.mutable_record_retracted()->set_record_id(request.record_id());
  body.mutable_record_retracted()->set_reason(request.reason());
  body.mutable_record_retracted()->set_retracted_by(party);
  body.mutable_record_retracted()->set_remedy_due_us(
      absl::ToUnixMicros(env_->Now() + kRemedyDeadline));
  v1::Audience audience;
  for (const std::string& group : record->facts.groups()) audience.add_groups(group);
  audience.set_party(party);
  response.set_sequence(AppendLocked(std::move(body), std::move(audience)));
  return response;
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
