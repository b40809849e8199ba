// Runs a script again and again, and takes the disk away at each moment or fails each call.
#ifndef VERVET_TESTS_CRASH_TRIALS_H_
#define VERVET_TESTS_CRASH_TRIALS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/crash/store_script.h"
#include "tests/support/fault_vfs.h"

namespace vervet::crash {

// A fresh run, from its first step, on the mounted disk.
using MakeScript = std::function<std::unique_ptr<StoreScript>()>;

struct Report {
  uint64_t moments = 0;  // calls that were failed, or changes at which the power went
  uint64_t syncs = 0;    // of one run without faults
  uint64_t trials = 0;
  uint64_t failed_steps = 0;  // steps that returned an error because of a fault
  std::vector<std::string> violations;

  std::string Summary() const;
};

// Runs the script once. Then, for each change that it made to the disk, the power goes while that
// change is under way, once for each of `seeds` (see Platter::AfterPowerLoss; the moment is mixed
// in above 1).
Report LosePowerAtEveryChange(test_support::FaultVfs& vfs, const MakeScript& make,
                              const std::vector<uint64_t>& seeds);

// Runs the script once to count its calls. Then, for each call that can meet a fault of this kind,
// runs it with that one failing; a step that failed is looked at, also after a power loss at that
// moment, and where it is not there it must succeed when it is tried again.
Report FailEveryCall(test_support::FaultVfs& vfs, const MakeScript& make,
                     const test_support::Fault& kind);

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_TRIALS_H_
