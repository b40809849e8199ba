// Why can this address not be listened on? gRPC says only that it failed.
#ifndef VERVET_HUB_SERVER_LISTEN_ADDRESS_H_
#define VERVET_HUB_SERVER_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/status.h"

namespace vervet::hub {

// Binds and lets go again. FAILED_PRECONDITION with the remedy: in use, not permitted, no such
// address. `field` is the configuration's name for it, for the message;
// `in_use` says whether that was it.
absl::Status CheckListenAddress(const std::string& field, const std::string& host, int port,
                                bool* in_use = nullptr);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_LISTEN_ADDRESS_H_
