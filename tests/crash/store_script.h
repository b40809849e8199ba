// A scripted run on one store of the product, and a look at what is left of it after a fault.
#ifndef VERVET_TESTS_CRASH_STORE_SCRIPT_H_
#define VERVET_TESTS_CRASH_STORE_SCRIPT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace vervet::crash {

// How far a run had come: the first `acknowledged` steps had returned OK. The next one may have
// been under way, so that it may be there or not, as a whole.
struct Progress {
  size_t acknowledged = 0;
  bool next_may_be_there = false;
};

struct Finding {
  std::vector<std::string> violations;
  // Steps that are there: `acknowledged`, or one more. Means nothing where something is violated.
  size_t present = 0;
};

// One run. The steps are the same each time, and each changes something as a whole.
class StoreScript {
 public:
  virtual ~StoreScript() = default;

  virtual size_t size() const = 0;
  // What the step does, for messages.
  virtual std::string NameOf(size_t step) const = 0;

  // Through the product's own door. OK acknowledges the step.
  virtual absl::Status Run(size_t step) = 0;
  // What the product does after a step has failed: the hub starts again, a vault goes on.
  virtual absl::Status Recover() = 0;
  virtual void Close() = 0;

  // Compares the open store with the steps.
  virtual Finding LookAtOpen(const Progress& progress) = 0;
  // Opens the store on the mounted disk as a start of the program does, compares, writes something
  // more, closes it, and has SQLite check all of it. The run's own store may be open on another
  // disk.
  virtual Finding LookAtRestarted(const Progress& progress) = 0;
};

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_STORE_SCRIPT_H_
