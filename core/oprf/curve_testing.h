// Puts one curve in the place of all, in tests and benchmarks.
#ifndef VERVET_CORE_OPRF_CURVE_TESTING_H_
#define VERVET_CORE_OPRF_CURVE_TESTING_H_

#include "core/oprf/curve.h"

namespace vervet::oprf {

// For the whole process, while it lives; nested ones end in the opposite order. `curve` outlives
// it.
class ScopedCurveForTesting {
 public:
  explicit ScopedCurveForTesting(const Curve& curve);
  ~ScopedCurveForTesting();
  ScopedCurveForTesting(const ScopedCurveForTesting&) = delete;
  ScopedCurveForTesting& operator=(const ScopedCurveForTesting&) = delete;

 private:
  const Curve* const before_;
};

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_CURVE_TESTING_H_
