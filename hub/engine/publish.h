// Publish and Retract: from a request to a command for the log. Pure but for the curve arithmetic
// of a record's elements.
#ifndef VERVET_HUB_ENGINE_PUBLISH_H_
#define VERVET_HUB_ENGINE_PUBLISH_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/environment.h"
#include "hub/engine/remedy_policy.h"
#include "hub/log/appender.h"
#include "vervet/v1/exchange.pb.h"

namespace vervet::hub {

// Checks everything that the request alone decides, decodes each element and derives its token
// (about 10 µs a signature: not for a gRPC thread). What the state decides (groups, types,
// lifetimes, the negative list) is checked by the command, in the log's order. `done` is not set.
// INVALID_ARGUMENT names the field, with the signature's or image's index.
absl::StatusOr<Command> PublishCommand(absl::string_view party, const v1::PublishRequest& request,
                                       Environment& env);

absl::StatusOr<Command> RetractCommand(absl::string_view party, const v1::RetractRequest& request,
                                       const RemedyPolicy& policy);

// The hub's own: every signature and image of the record has expired.
Command ExpireCommand(absl::string_view record_id);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_PUBLISH_H_
