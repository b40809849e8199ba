// A transport that counts and times every call on its way to the real one.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_COUNTED_TRANSPORT_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_COUNTED_TRANSPORT_H_

#include <memory>
#include <string>
#include <vector>

#include "core/base/environment.h"
#include "member-sdk/src/engine/sdk_metrics.h"
#include "member-sdk/src/engine/transport.h"

namespace vervet::engine {

// Thread-safe as what is inside. `metrics` and `env` outlive it and its last answer.
std::unique_ptr<Transport> MakeCountedTransport(std::unique_ptr<Transport> inner,
                                                SdkMetrics* metrics, Environment* env);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_COUNTED_TRANSPORT_H_
