// Turns drafts of the outbox into requests: evaluates their identifiers, many records at a time.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_REQUEST_BUILDER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_REQUEST_BUILDER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/evaluator.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::engine {

struct BuildOutcome {
  std::vector<vault::OutboxEntry> built;    // state kBuilt, `request` final
  std::vector<vault::OutboxEntry> refused;  // state kRefused, `status` says why
  std::vector<vault::OutboxEntry> pending;  // could not be evaluated now; `status` says why
  // Somebody else's records that carry one of the new tokens, to be reported.
  std::vector<std::string> touched;
};

// Not thread-safe.
class RequestBuilder {
 public:
  RequestBuilder(vault::Vault* vault, LiveState* state, Evaluator* evaluator, Environment* env)
      : vault_(vault), state_(state), evaluator_(evaluator), env_(env) {}

  // Stores the tokens in the vault's cache; the outcome of the entries is the caller's to store.
  BuildOutcome Build(std::vector<vault::OutboxEntry> drafts);

 private:
  struct Evaluated {
    Form form;
    std::vector<std::string> references;
    absl::Status status = absl::UnknownError("not evaluated");
    std::string element;  // N
    uint32_t epoch = 0;
  };
  using Elements = absl::flat_hash_map<vault::CacheKey, Evaluated>;

  Elements Evaluate(const std::vector<vault::OutboxEntry>& drafts, const TypeTable& types,
                    BuildOutcome* outcome);
  absl::Status FindCached(const TypeTable& types, const vault::CacheKey& key, Evaluated* evaluated);
  absl::Status Store(const Elements& elements, const TypeTable& types, BuildOutcome* outcome);
  // Gives the images of the request their expiry. FAILED_PRECONDITION: nothing is known of how long
  // images may live. INVALID_ARGUMENT: longer than that.
  absl::Status FinishImages(const vault::OutboxEntry& draft, const TypeTable& types,
                            v1::PublishRequest* request) const;
  void BuildOne(vault::OutboxEntry draft, const Elements& elements, const TypeTable& types,
                BuildOutcome* outcome);

  vault::Vault* const vault_;
  LiveState* const state_;
  Evaluator* const evaluator_;
  Environment* const env_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_REQUEST_BUILDER_H_
