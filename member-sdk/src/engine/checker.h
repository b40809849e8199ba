// Answers checks: from memory where the identifier was seen before, and through one blinded request
// where not.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_CHECKER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_CHECKER_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/evaluator.h"
#include "member-sdk/src/engine/evaluator_claims.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/client.h"

namespace vervet::engine {

// Evaluated and stored together: bounds memory and how long the vault is held, in a check of a
// whole user base; and a vault that has grown large writes less for each token the more of them
// come at a time, because more of them share a page.
inline constexpr size_t kEvaluationsAtATime = 16 * kMaxEvaluateElements;

// Thread-safe. Its results are as in vervet/client.h.
class Checker {
 public:
  // `on_matched` is called with the records of which a check has told a new match.
  Checker(vault::Vault* vault, LiveState* state, Evaluator* evaluator, Environment* env,
          std::function<void(std::vector<std::string> records)> on_matched = nullptr)
      : vault_(vault),
        state_(state),
        evaluator_(evaluator),
        env_(env),
        on_matched_(std::move(on_matched)) {}

  // `types_status` says why `types` is empty, where it is.
  absl::StatusOr<std::vector<SubjectResult>> Check(const std::vector<Subject>& subjects,
                                                   const CheckOptions& options,
                                                   const TypeTable& types,
                                                   const absl::Status& types_status);

 private:
  // One distinct canonical form of this call.
  struct Lookup {
    Form form;
    vault::CacheKey key;
    std::set<std::string> references;
    bool known = false;
    bool evaluated_now = false;
    bool may_match = false;
    int64_t id = 0;  // in the vault; 0: not kept
    oprf::Token token;
    absl::Status status;
  };
  // One identifier of a subject.
  struct Question {
    absl::Status refused;
    std::vector<size_t> lookups;
  };
  struct Work {
    std::vector<Lookup> lookups;
    std::vector<std::vector<Question>> questions;  // by subject
    absl::flat_hash_map<vault::CacheKey, size_t> by_key;
  };

  Question Ask(const Identifier& identifier, const std::string& reference, const TypeTable& types,
               Work* work);
  void FindCached(const TypeTable& types, Lookup* lookup) const;
  void EvaluateMissing(const CheckOptions& options, const TypeTable& types, Work* work);
  // Of the lookups `part`, those that are neither cached by now nor claimed by another check. The
  // answer: those that are claimed.
  std::vector<size_t> EvaluateUnclaimed(const std::vector<size_t>& part, const TypeTable& types,
                                        Work* work);
  void Evaluate(const std::vector<size_t>& part, bool remember, const TypeTable& types, Work* work);
  // Keeps what was evaluated; a status is trouble with the vault, not with the answers.
  absl::Status Remember(Work* work, const std::vector<size_t>& evaluated,
                        const std::vector<absl::StatusOr<Evaluation>>& evaluations);
  absl::Status AddReferences(const Work& work);
  // Asks for all tokens at once: nearly all of them are nobody's.
  void FindThoseThatMayMatch(Work* work) const;
  CheckResult Answer(const Question& question, const Work& work, const absl::Status& vault_status);
  // One write for the whole check.
  absl::Status MarkReported(const std::vector<Subject>& subjects,
                            const std::vector<SubjectResult>& results);

  vault::Vault* const vault_;
  LiveState* const state_;
  Evaluator* const evaluator_;
  Environment* const env_;
  const std::function<void(std::vector<std::string>)> on_matched_;
  EvaluationClaims claims_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_CHECKER_H_
