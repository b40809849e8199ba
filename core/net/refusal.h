// What a PERMISSION_DENIED is about: this one request, or the caller as such. A payload on
// absl::Status, free of gRPC; core/net/status.h carries it across the wire.
#ifndef VERVET_CORE_NET_REFUSAL_H_
#define VERVET_CORE_NET_REFUSAL_H_

#include "absl/status/status.h"

namespace vervet::net {

// Returns `status` with the word that the caller itself is welcome: the same request will be
// refused again, others need not be. An OK status stays as it is.
absl::Status WithRequestRefused(absl::Status status);

// False also where nobody said so, as for a caller that was turned away at the door: such a refusal
// ends one day, by people, and must cost nobody a request.
bool RequestIsRefused(const absl::Status& status);

// The hub will have nothing of this caller until people have acted: UNAUTHENTICATED, or
// PERMISSION_DENIED that is not about the request.
bool CallerIsRefused(const absl::Status& status);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_REFUSAL_H_
