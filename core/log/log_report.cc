#include "core/log/log_report.h"

#include <google/protobuf/text_format.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/log/tree_head.h"

namespace vervet::log {
namespace {

constexpr size_t kSignatureBytes = 64;

absl::StatusOr<std::string> FromHex(absl::string_view field, absl::string_view hex,
                                    size_t size_bytes) {
  if (hex.size() != 2 * size_bytes || !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": must be ", 2 * size_bytes, " hexadecimal digits"));
  }
  return absl::HexStringToBytes(hex);
}

std::string ToText(absl::string_view explanation, const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(message, &text);
  return absl::StrCat("# ", explanation, "\n", text);
}

}  // namespace

std::string DescribeHead(const v1::SignedTreeHead& head) {
  return absl::StrCat("size ", head.size(), " root ", absl::BytesToHexString(head.root()),
                      " signed ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::FromUnixMicros(head.time_us()),
                                       absl::UTCTimeZone()));
}

v1::HeadText HeadToText(const v1::SignedTreeHead& head) {
  v1::HeadText text;
  text.set_size(head.size());
  text.set_root(absl::BytesToHexString(head.root()));
  text.set_time_us(head.time_us());
  text.set_signature(absl::BytesToHexString(head.signature()));
  return text;
}

absl::StatusOr<v1::SignedTreeHead> HeadFromText(const v1::HeadText& text) {
  v1::SignedTreeHead head;
  head.set_size(text.size());
  head.set_time_us(text.time_us());
  VERVET_ASSIGN_OR_RETURN(*head.mutable_root(), FromHex("root", text.root(), kHashBytes));
  VERVET_ASSIGN_OR_RETURN(*head.mutable_signature(),
                          FromHex("signature", text.signature(), kSignatureBytes));
  return head;
}

v1::SavedHead SaveHead(absl::string_view coalition, absl::string_view log_public_key,
                       const v1::SignedTreeHead& head) {
  v1::SavedHead saved;
  saved.set_coalition(std::string(coalition));
  saved.set_log_public_key(absl::BytesToHexString(log_public_key));
  *saved.mutable_head() = HeadToText(head);
  return saved;
}

v1::LogReport MakeReport(absl::string_view coalition, absl::string_view log_public_key,
                         absl::string_view reported_by, absl::Time time, const Dispute& dispute) {
  v1::LogReport report;
  report.set_coalition(std::string(coalition));
  report.set_log_public_key(absl::BytesToHexString(log_public_key));
  report.set_reported_by(std::string(reported_by));
  report.set_reported_us(absl::ToUnixMicros(time));
  report.set_finding(dispute.finding);
  if (dispute.known_head) *report.mutable_known_head() = HeadToText(*dispute.known_head);
  if (dispute.shown_head) *report.mutable_shown_head() = HeadToText(*dispute.shown_head);
  report.set_own_size(dispute.own_size);
  report.set_own_root(absl::BytesToHexString(AsBytes(dispute.own_root)));
  return report;
}

std::string ToFile(const v1::SavedHead& saved) {
  return ToText(
      "A hub's signed head, to compare a later one with: vervet log verify --old-head FILE", saved);
}

std::string ToFile(const v1::LogReport& report) {
  return ToText(
      "A hub showed another log than it had signed. To verify: vervet log check-report FILE",
      report);
}

absl::StatusOr<ReportVerdict> CheckReport(const v1::LogReport& report,
                                          absl::string_view log_public_key) {
  std::optional<v1::SignedTreeHead> known, shown;
  if (report.has_known_head()) {
    VERVET_ASSIGN_OR_RETURN(known, HeadFromText(report.known_head()));
    VERVET_RETURN_IF_ERROR(VerifyTreeHead(log_public_key, report.coalition(), *known));
  }
  if (report.has_shown_head()) {
    VERVET_ASSIGN_OR_RETURN(shown, HeadFromText(report.shown_head()));
    if (!VerifyTreeHead(log_public_key, report.coalition(), *shown).ok())
      return ReportVerdict::kNotSigned;
  }
  if (!known && !shown) {
    return absl::InvalidArgumentError("known_head: is missing, and shown_head too");
  }
  if (!known || !shown) return ReportVerdict::kOneHead;
  if (shown->size() == known->size() && shown->root() != known->root())
    return ReportVerdict::kTwoHistories;
  if (shown->size() < known->size()) return ReportVerdict::kShorterLog;
  return ReportVerdict::kNoContradiction;
}

}  // namespace vervet::log
