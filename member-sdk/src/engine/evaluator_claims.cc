#include "member-sdk/src/engine/evaluator_claims.h"

namespace vervet::engine {

EvaluationClaims::Held::Held(EvaluationClaims& claims, absl::Span<const vault::CacheKey> keys)
    : claims_(claims), keys_(keys.begin(), keys.end()) {
  MutexLock lock(claims_.mutex_);
  has_.reserve(keys_.size());
  for (const vault::CacheKey& key : keys_) has_.push_back(claims_.held_.insert(key).second);
}

EvaluationClaims::Held::~Held() {
  MutexLock lock(claims_.mutex_);
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (has_[i]) claims_.held_.erase(keys_[i]);
  }
  claims_.released_.NotifyAll();
}

void EvaluationClaims::WaitUntilFree(absl::Span<const vault::CacheKey> keys,
                                     std::chrono::milliseconds longest) {
  const auto deadline = std::chrono::steady_clock::now() + longest;
  MutexLock lock(mutex_);
  for (const vault::CacheKey& key : keys) {
    while (held_.contains(key)) {
      if (!released_.WaitUntil(mutex_, deadline)) return;
    }
  }
}

}  // namespace vervet::engine
