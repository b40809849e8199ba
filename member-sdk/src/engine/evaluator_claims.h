// Which identifiers are being evaluated right now: one that stands in two checks at once is paid
// for once.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_CLAIMS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_CLAIMS_H_

#include <chrono>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "core/base/mutex.h"
#include "member-sdk/src/vault/rows.h"

namespace vervet::engine {

// Thread-safe.
class EvaluationClaims {
 public:
  // Those of the keys that nobody held, until it dies. Whoever claims stores what it was answered
  // before that: so what is neither held nor stored is nobody's. Borrows the claims.
  class Held {
   public:
    Held(EvaluationClaims& claims, absl::Span<const vault::CacheKey> keys);
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    // Of the keys, by their places.
    bool has(size_t at) const { return has_[at]; }

   private:
    EvaluationClaims& claims_;
    const std::vector<vault::CacheKey> keys_;
    std::vector<bool> has_;
  };

  // Until nobody holds any of the keys, but no longer than `longest`. Who waits holds none itself,
  // so nobody waits for somebody who waits.
  void WaitUntilFree(absl::Span<const vault::CacheKey> keys, std::chrono::milliseconds longest);

 private:
  Mutex mutex_;
  CondVar released_;
  absl::flat_hash_set<vault::CacheKey> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_EVALUATOR_CLAIMS_H_
