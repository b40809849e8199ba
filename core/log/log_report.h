// Signed heads as files for people, and what two of them prove about a hub.
#ifndef VERVET_CORE_LOG_LOG_REPORT_H_
#define VERVET_CORE_LOG_LOG_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/log/merkle.h"
#include "vervet/v1/event.pb.h"
#include "vervet/v1/log_report.pb.h"

namespace vervet::log {

// Why a hub was refused: what was known of its log, and what it showed instead.
struct Dispute {
  std::string finding;  // for people: both sizes and roots
  std::optional<v1::SignedTreeHead> known_head;
  std::optional<v1::SignedTreeHead> shown_head;
  uint64_t own_size = 0;  // of the tree that was computed from the entries
  Hash own_root = {};
};

// "size 8 root 0a1b... signed 2026-08-01T09:14:00.123456Z".
std::string DescribeHead(const v1::SignedTreeHead& head);

v1::HeadText HeadToText(const v1::SignedTreeHead& head);
// INVALID_ARGUMENT names the field; the signature is not checked.
absl::StatusOr<v1::SignedTreeHead> HeadFromText(const v1::HeadText& text);

// `log_public_key`: 32 bytes.
v1::SavedHead SaveHead(absl::string_view coalition, absl::string_view log_public_key,
                       const v1::SignedTreeHead& head);
v1::LogReport MakeReport(absl::string_view coalition, absl::string_view log_public_key,
                         absl::string_view reported_by, absl::Time time, const Dispute& dispute);

// As a file, with a line of explanation above.
std::string ToFile(const v1::SavedHead& saved);
std::string ToFile(const v1::LogReport& report);

enum class ReportVerdict {
  kTwoHistories,  // two roots of one size, both signed by the log's key: proof against its holder
  kShorterLog,    // both signed, the shown one is shorter: an older head stays valid, so not proof
                  // by itself
  kNoContradiction,  // both signed, and nothing in the two heads contradicts the other
  kOneHead,          // only one head is there, and it is signed
  kNotSigned,        // the shown head is not signed by the log's key: any stranger can make one
};

// Checks both signatures under `log_public_key` (32 bytes) for the report's coalition. DATA_LOSS:
// the known head is not signed by this key. INVALID_ARGUMENT: a field, or no head at all.
absl::StatusOr<ReportVerdict> CheckReport(const v1::LogReport& report,
                                          absl::string_view log_public_key);

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_LOG_REPORT_H_
