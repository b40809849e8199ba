#include "hub/engine/evaluate.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/wire_limits.h"
#include "core/oprf/hash.h"
#include "core/oprf/voprf.h"
#include "hub/engine/fields.h"

namespace vervet::hub {
namespace {

constexpr size_t kElementBytes = oprf::Element::kSizeBytes;

}  // namespace

absl::Status CheckEvaluate(const v1::EvaluateRequest& request, const Keyring& keyring) {
  if (request.batches().empty()) return Invalid("batches", "is empty; give at least one batch");
  std::set<int> seen;
  size_t elements = 0;
  for (int i = 0; i < request.batches_size(); ++i) {
    const v1::EvaluateBatch& batch = request.batches(i);
    const std::string at = absl::StrCat("batches[", i, "]");
    if (batch.type() == v1::IMAGE_PDQ) {
      return Invalid(
          absl::StrCat(at, ".type"),
          "is IMAGE_PDQ: images are not evaluated; compare their hashes on the platform");
    }
    if (keyring.Find(batch.type()) == nullptr) {
      return Invalid(absl::StrCat(at, ".type"),
                     "is missing, unknown or not in use; see SignatureType");
    }
    if (!seen.insert(batch.type()).second) {
      return Invalid(absl::StrCat(at, ".type"),
                     "has a batch already; put all elements of a type into one");
    }
    if (batch.blinded().empty() || batch.blinded().size() % kElementBytes != 0) {
      return Invalid(absl::StrCat(at, ".blinded"),
                     absl::StrCat("has ", batch.blinded().size(),
                                  " bytes; must be a positive multiple of ", kElementBytes));
    }
    if (batch.own_users() > ElementsOf(batch)) {
      return Invalid(absl::StrCat(at, ".own_users"),
                     absl::StrCat("is ", batch.own_users(), "; at most the number of elements, ",
                                  ElementsOf(batch)));
    }
    elements += ElementsOf(batch);
  }
  if (elements > kMaxEvaluateElements) {
    return Invalid("batches", absl::StrCat("hold ", elements, " elements; at most ",
                                           kMaxEvaluateElements, " in one request"));
  }
  return absl::OkStatus();
}

absl::Status Evaluate(const v1::EvaluateRequest& request, const Keyring& keyring, Environment& env,
                      v1::EvaluateResponse* response) {
  for (int i = 0; i < request.batches_size(); ++i) {
    const v1::EvaluateBatch& batch = request.batches(i);
    const Keyring::VoprfKey& key = *keyring.Find(batch.type());
    auto evaluated = oprf::EvaluateBatch(key.pair, oprf::AsBytes(batch.blinded()), env);
    if (!evaluated.ok()) {
      response->Clear();
      return absl::Status(evaluated.status().code(),
                          absl::StrCat("batches[", i, "].", evaluated.status().message()));
    }
    v1::EvaluatedBatch& out = *response->add_batches();
    out.set_type(batch.type());
    out.set_epoch(key.epoch);
    out.set_evaluated(std::move(evaluated->evaluated_packed));
    out.set_proof(reinterpret_cast<const char*>(evaluated->proof.bytes().data()),
                  evaluated->proof.bytes().size());
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
