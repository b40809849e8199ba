// From a record as the platform writes it to an outbox entry: the rules that the hub has too, so
// that a mistake shows when Publish is called and not hours later.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_RULES_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_RULES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "member-sdk/src/engine/identifier_forms.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/options.h"
#include "vervet/record.h"

namespace vervet::engine {

// Of the SDK's own interface (vervet/record.h, vervet/client.h); the wire's are in
// core/base/wire_limits.h.
inline constexpr size_t kMaxIdentifiers = 32;
inline constexpr size_t kMaxReferenceBytes = 256;

// UTF-8 of 1 to `max_bytes` bytes; INVALID_ARGUMENT with the field and `remedy`.
absl::Status CheckText(absl::string_view field, const std::string& value, size_t max_bytes,
                       absl::string_view remedy);

// What is known of the coalition when Publish is called; perhaps nothing yet.
struct CoalitionKnowledge {
  TypeTable types;
  std::optional<std::vector<std::string>> own_groups;
  absl::Time now = absl::InfinitePast();
};

// A draft with canonical identifiers and a request that lacks only its signatures and the expiry of
// its images. INVALID_ARGUMENT
// names the field and the remedy, never a value.
absl::StatusOr<vault::OutboxEntry> DraftPublication(const OffenderRecord& record,
                                                    const ClientOptions& defaults,
                                                    const CoalitionKnowledge& known,
                                                    std::string request_id);

// A retraction, whose request is complete.
absl::StatusOr<vault::OutboxEntry> BuildRetraction(const std::string& record_id,
                                                   const std::string& reason,
                                                   std::string request_id);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_RULES_H_
