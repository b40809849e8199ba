// Lookup: tokens against the records that the caller may see, for clients without a vault.
#ifndef VERVET_HUB_ENGINE_LOOKUP_H_
#define VERVET_HUB_ENGINE_LOOKUP_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hub/log/shared_state.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// INVALID_ARGUMENT names the token ("tokens[3].token: …"); nothing is answered then. Thread-safe.
absl::Status Lookup(absl::string_view party, const v1::LookupRequest& request,
                    const SharedState& state, absl::Time now, v1::LookupResponse* response);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_LOOKUP_H_
