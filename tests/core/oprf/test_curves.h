// Every implementation of the group that this machine can run, whatever the choice at run time
// would be.
#ifndef VERVET_TESTS_CORE_OPRF_TEST_CURVES_H_
#define VERVET_TESTS_CORE_OPRF_TEST_CURVES_H_

#include <string>
#include <vector>

#include "core/oprf/curve.h"
#include "core/oprf/lanes/lane_ops.h"

namespace vervet::oprf {

// The eight lanes with the multiply-add instruction written out in C++: the arithmetic of
// avx512ifma bit for bit, on any processor.
const LaneOps& EmulatedIfmaOps();
// The same with a multiply-add that loses a bit, as a processor might that is broken.
const LaneOps& FaultyIfmaOps();

// Those of lanes.
std::vector<const LaneOps*> RunnableLaneOps();
// libsodium's first, then two for each of RunnableLaneOps(): "avx2", which chooses as it does in
// use how it makes a sum, and "avx2-buckets", which takes buckets however few the points are.
const std::vector<const Curve*>& RunnableCurves();
const Curve& CurveNamed(const std::string& name);

}  // namespace vervet::oprf

#endif  // VERVET_TESTS_CORE_OPRF_TEST_CURVES_H_
