// The one bridge between absl::Status, which our code speaks, and grpc::Status, which the wire
// speaks.
#ifndef VERVET_CORE_NET_STATUS_H_
#define VERVET_CORE_NET_STATUS_H_

#include <grpcpp/client_context.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::net {

// Trailing metadata: decimal milliseconds to wait before the next attempt (core/net/retry_after.h).
inline constexpr char kRetryAfterMetadata[] = "retry-after-ms";
// Trailing metadata: "request" where the refusal is about the request and not about the caller
// (core/net/refusal.h). Any other word, from a newer hub, is passed over.
inline constexpr char kRefusalMetadata[] = "vervet-refusal";
inline constexpr char kRefusalOfRequest[] = "request";

// Codes map one to one. The message is cut at a character's boundary where its wire form would pass
// kMaxStatusMessageBytes, and then ends in "...".
grpc::Status ToGrpc(const absl::Status& status);

// As above, and RetryAfter(status) and RequestIsRefused(status) go into the trailing metadata. Call
// it before the call finishes, at most once. `context` is borrowed.
grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContextBase& context);

// A code outside the enumeration becomes UNKNOWN. Messages of a peer are cut as our own are.
absl::Status FromGrpc(const grpc::Status& status);

// As above, with RetryAfter and RequestIsRefused from the trailing metadata. `context` is borrowed
// and must belong to the call that finished with `status`. Metadata that cannot be read is ignored.
absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context);

// The longest prefix of `message` whose wire form fits, for callers that build messages from lists.
std::string TruncateStatusMessage(absl::string_view message);

}  // namespace vervet::net

#endif  // VERVET_CORE_NET_STATUS_H_
