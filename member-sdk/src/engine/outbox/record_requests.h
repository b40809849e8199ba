// Outbox entries about records that are published already: the rules that the hub has too, so that
// a mistake shows at the call and not hours later.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_REQUESTS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "member-sdk/src/vault/rows.h"
#include "vervet/opinion.h"
#include "vervet/remedy.h"

namespace vervet::engine {

// 16 bytes from the 32 hexadecimal digits of the public interface; INVALID_ARGUMENT.
absl::StatusOr<std::string> RecordIdFrom(const std::string& record_id);
// Of NoteAction and ObjectForSubject: 1-256 bytes of UTF-8.
absl::Status CheckReference(const std::string& reference);
absl::Status CheckAction(const std::string& action);

// Each is a draft whose request is complete. `record_id`: 16 bytes. INVALID_ARGUMENT names the
// field and the remedy.
absl::StatusOr<vault::OutboxEntry> BuildOpinion(const std::string& record_id, Stance stance,
                                                const std::string& reason, bool for_subject,
                                                std::string request_id);
absl::StatusOr<vault::OutboxEntry> BuildAnswer(const std::string& record_id,
                                               const std::string& answer, std::string request_id);
absl::StatusOr<vault::OutboxEntry> BuildErasure(const std::string& record_id, ErasureGround ground,
                                                std::string request_id);
vault::OutboxEntry BuildSighting(const std::string& record_id, uint32_t subjects,
                                 int64_t first_matched_us, std::string request_id);
// `hash`: 32 bytes.
vault::OutboxEntry BuildQuarantine(const std::string& record_id, const std::string& hash,
                                   uint32_t matches, uint32_t window_s, std::string request_id);
// `subjects` counts for kReversed and kKeptOnOwnEvidence.
vault::OutboxEntry BuildAcknowledgement(const std::string& record_id, uint64_t ended_sequence,
                                        RemedyOutcome outcome, uint32_t subjects,
                                        std::string request_id);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_OUTBOX_RECORD_REQUESTS_H_
