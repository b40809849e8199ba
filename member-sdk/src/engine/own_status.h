// A status that leaves the thread that made it.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OWN_STATUS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OWN_STATUS_H_

#include "absl/status/status.h"

namespace vervet::engine {

// Code and message of `status`, sharing nothing with it. Copies of a status share their text by a
// reference count whose last step is inside the packaged library: ThreadSanitizer does not see it,
// and reports a race where two threads hold copies. Payloads are left behind.
inline absl::Status OwnStatus(const absl::Status& status) {
  return absl::Status(status.code(), status.message());
}

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OWN_STATUS_H_
