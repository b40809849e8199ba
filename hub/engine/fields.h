// Checks of single fields, shared by all requests: each refusal names the field, what was wrong and
// what would be right.
#ifndef VERVET_HUB_ENGINE_FIELDS_H_
#define VERVET_HUB_ENGINE_FIELDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/views/roster.h"
#include "hub/log/event_log.h"

namespace vervet::hub {

// INVALID_ARGUMENT("<field>: <reason>").
absl::Status Invalid(absl::string_view field, absl::string_view reason);

// 1 to max_bytes bytes of UTF-8 without control characters.
absl::Status CheckText(absl::string_view field, absl::string_view value, size_t max_bytes);
// 1 to 128 bytes of letters, digits and . _ : / - : nothing in which an address or a name would fit
// unnoticed.
absl::Status CheckDecisionReference(absl::string_view field, absl::string_view value);
// [a-z0-9][a-z0-9-]{0,62}
absl::Status CheckGroupName(absl::string_view field, absl::string_view value);
// Two upper-case letters.
absl::Status CheckRegion(absl::string_view field, absl::string_view value);
absl::Status CheckRequestId(absl::string_view value);
absl::Status CheckRecordId(absl::string_view value);

// PERMISSION_DENIED for a caller that was suspended after the door had let it in.
absl::Status CheckActive(absl::string_view party, const views::Roster& roster);

// The key under which a request is answered once; the fingerprint covers its method and its
// deterministic bytes.
RequestKey MakeRequestKey(absl::string_view party, absl::string_view request_id,
                          absl::string_view method, const google::protobuf::MessageLite& request);

}  // namespace vervet::hub

#endif  // VERVET_HUB_ENGINE_FIELDS_H_
