// Where the programs under test are.
#ifndef VERVET_EXAMPLES_COALITION_BINARIES_H_
#define VERVET_EXAMPLES_COALITION_BINARIES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::coalition {

// The built program `name`: beside the running one, or in the bin folder of the same build.
// NOT_FOUND names the target to build.
absl::StatusOr<std::string> BuiltProgram(absl::string_view name);

// certs/vervet-certs of the source tree that this was built from.
std::string CertsScript();

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_BINARIES_H_
