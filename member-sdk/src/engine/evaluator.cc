#include "member-sdk/src/engine/evaluator.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/net/retry_after.h"
#include "core/oprf/voprf.h"
#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

// Blinding and proof checking are this side's work, as much as the hub's: with two requests in
// work, one core blinds while the hub answers the other.
constexpr size_t kMaxThreads = 4;

// A full queue is over sooner than this; a spent budget that ends sooner needs no care.
constexpr absl::Duration kBudgetWait = absl::Seconds(1);

struct TypeBatch {
  std::vector<size_t> positions;  // in the request's forms
  oprf::BlindedBatch blinded;
};

absl::StatusOr<TypeBatch> Blind(absl::Span<const Form> forms, std::vector<size_t> positions,
                                Environment& env) {
  std::vector<std::string> inputs;
  inputs.reserve(positions.size());
  for (const size_t at : positions) {
    VERVET_ASSIGN_OR_RETURN(std::string input,
                            oprf::Input(forms[at].type, forms[at].rules_version, forms[at].text));
    inputs.push_back(std::move(input));
  }
  VERVET_ASSIGN_OR_RETURN(oprf::BlindedBatch blinded, oprf::BlindBatch(inputs, env));
  for (std::string& input : inputs) sodium_memzero(input.data(), input.size());
  return TypeBatch{std::move(positions), std::move(blinded)};
}

// Of the elements, which are fewer than the forms where forms are equal.
uint32_t OwnUsers(absl::Span<const Form> forms, const TypeBatch& batch) {
  std::vector<bool> own(batch.blinded.elements());
  for (size_t i = 0; i < batch.positions.size(); ++i) {
    if (forms[batch.positions[i]].own_user) own[batch.blinded.position[i]] = true;
  }
  return static_cast<uint32_t>(std::count(own.begin(), own.end(), true));
}

absl::Status Unblind(v1::SignatureType type, const TypeBatch& batch,
                     const v1::EvaluatedBatch& answer, const TypeTable& types,
                     absl::Span<absl::StatusOr<Evaluation>> results) {
  const auto& announced = types.at(type);
  if (answer.type() != type) {
    return absl::DataLossError("the hub answered an evaluation for another type than asked");
  }
  if (answer.epoch() != announced.epoch) {
    return absl::UnavailableError(absl::StrCat("the hub evaluates ", SignatureTypeName(type),
                                               " with the key of epoch ", answer.epoch(),
                                               ", the log here announces epoch ", announced.epoch,
                                               ": try again when the sync has caught up"));
  }
  VERVET_ASSIGN_OR_RETURN(const auto public_key,
                          oprf::Element::Decode(oprf::AsBytes(announced.public_key)));
  VERVET_ASSIGN_OR_RETURN(const auto proof, oprf::Proof::Decode(oprf::AsBytes(answer.proof())));
  auto elements = oprf::VerifyAndUnblindBatch(public_key, batch.blinded,
                                              oprf::AsBytes(answer.evaluated()), proof);
  if (!elements.ok()) {
    return absl::DataLossError(absl::StrCat(
        "the hub's evaluation of ", SignatureTypeName(type),
        " does not prove the announced key of epoch ", announced.epoch,
        ", and was thrown away: tell the coordinators (", elements.status().message(), ")"));
  }
  for (size_t i = 0; i < batch.positions.size(); ++i) {
    results[batch.positions[i]] = Evaluation{
        (*elements)[i], oprf::DeriveToken(type, announced.epoch, (*elements)[i]), announced.epoch};
  }
  return absl::OkStatus();
}

}  // namespace

void Evaluator::Hold(const ByType& by_type, const absl::Status& refusal, Results results) {
  for (const auto& [type, positions] : by_type) {
    held_.Hold(type, refusal);
    for (const size_t at : positions) results[at] = refusal;
  }
}

absl::Status Evaluator::EvaluatePart(absl::Span<const Form> forms, const TypeTable& types,
                                     Results results) {
  ByType by_type;
  for (size_t i = 0; i < forms.size(); ++i) by_type[forms[i].type].push_back(i);
  for (auto it = by_type.begin(); it != by_type.end();) {
    const absl::Status held = held_.Check(it->first);
    if (!held.ok()) {
      for (const size_t at : it->second) results[at] = held;
    }
    it = held.ok() ? std::next(it) : by_type.erase(it);
  }
  if (by_type.empty()) return absl::OkStatus();
  const auto is_refusal = [](const absl::Status& status) {
    return absl::IsResourceExhausted(status) && net::RetryAfter(status).has_value();
  };
  const absl::Status status = EvaluateRequest(forms, by_type, types, results);
  if (!is_refusal(status)) return status;
  if (by_type.size() == 1 || *net::RetryAfter(status) < kBudgetWait) {
    Hold(by_type, status, results);
    return absl::OkStatus();
  }
  // One spent budget refuses a request of several types. Each by itself shows which it is.
  for (const auto& [type, positions] : by_type) {
    const ByType one = {{type, positions}};
    const absl::Status alone = EvaluateRequest(forms, one, types, results);
    if (is_refusal(alone)) {
      Hold(one, alone, results);
    } else if (!alone.ok()) {
      for (const size_t at : positions) results[at] = alone;
    }
  }
  return absl::OkStatus();
}

absl::Status Evaluator::EvaluateRequest(absl::Span<const Form> forms, const ByType& by_type,
                                        const TypeTable& types, Results results) {
  v1::EvaluateRequest request;
  std::vector<std::pair<v1::SignatureType, TypeBatch>> batches;
  for (const auto& [type, positions] : by_type) {
    if (types.find(type) == types.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the log has not announced a key for ", SignatureTypeName(type), " yet"));
    }
    VERVET_ASSIGN_OR_RETURN(TypeBatch batch, Blind(forms, positions, *env_));
    v1::EvaluateBatch* const wire = request.add_batches();
    wire->set_type(type);
    wire->set_blinded(batch.blinded.blinded_packed);
    wire->set_own_users(OwnUsers(forms, batch));
    batches.emplace_back(type, std::move(batch));
  }
  VERVET_ASSIGN_OR_RETURN(const auto response, transport_->Evaluate(request, deadline_));
  if (response.batches_size() != request.batches_size()) {
    return absl::DataLossError("the hub answered another number of batches than asked");
  }
  for (int i = 0; i < response.batches_size(); ++i) {
    VERVET_RETURN_IF_ERROR(
        Unblind(batches[i].first, batches[i].second, response.batches(i), types, results));
  }
  return absl::OkStatus();
}

std::vector<absl::StatusOr<Evaluation>> Evaluator::Evaluate(absl::Span<const Form> forms,
                                                            const TypeTable& types) {
  std::vector<absl::StatusOr<Evaluation>> results(forms.size());
  const size_t requests = (forms.size() + kMaxEvaluateElements - 1) / kMaxEvaluateElements;
  std::atomic<size_t> next{0};
  Mutex mutex;
  absl::Status failure;  // the first one, guarded by mutex
  const auto work = [&] {
    for (size_t at = next++; at < requests; at = next++) {
      absl::Status status =
          stopped_ ? absl::CancelledError("the client is closing") : absl::OkStatus();
      if (status.ok()) {
        MutexLock lock(mutex);
        status = failure;
      }
      const size_t begin = at * kMaxEvaluateElements;
      const auto part = forms.subspan(begin, kMaxEvaluateElements);
      const auto answers = absl::MakeSpan(results).subspan(begin, part.size());
      if (status.ok()) status = EvaluatePart(part, types, answers);
      if (status.ok()) continue;
      for (auto& answer : answers) {
        if (!absl::IsResourceExhausted(answer.status())) answer = status;
      }
      MutexLock lock(mutex);
      if (failure.ok()) failure = status;
    }
  };
  std::vector<std::thread> others;
  const size_t threads = std::min<size_t>(
      {requests, kMaxThreads, std::max<size_t>(2, std::thread::hardware_concurrency())});
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& thread : others) thread.join();
  return results;
}

}  // namespace vervet::engine
