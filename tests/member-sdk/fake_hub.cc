#include "tests/member-sdk/fake_hub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/net/refusal.h"
#include "core/net/retry_after.h"

namespace vervet::testing {
namespace {

constexpr absl::Duration kRemedyDeadline = absl::Hours(7 * 24);

}  // namespace

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
  std::function<void(v1::EvaluateResponse&)> tamper;
  {
    MutexLock lock(mutex_);
    ++evaluate_calls_;
    received_ += request.SerializeAsString();
    const absl::Status allowed = MayCall(party);
    if (!allowed.ok()) return allowed;
    for (const auto& [type, key] : keys_) keys[type] = &key;
    wrong_proof = wrong_proof_;
    tamper = tamper_evaluated_;
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
  if (tamper) tamper(response);
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

}  // namespace vervet::testing
