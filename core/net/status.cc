#include "core/net/status.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/net/refusal.h"
#include "core/net/retry_after.h"
#include "core/net/transport_limits.h"

namespace vervet::net {
namespace {

constexpr absl::string_view kEllipsis = "...";

// gRPC over HTTP/2, "Responses": everything outside printable ASCII, and the percent sign, takes
// three bytes.
size_t WireBytes(char c) { return c >= 0x20 && c <= 0x7e && c != '%' ? 1 : 3; }

bool ContinuesUtf8(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string ToString(const grpc::string_ref& text) { return std::string(text.data(), text.size()); }

}  // namespace

std::string TruncateStatusMessage(absl::string_view message) {
  size_t wire_bytes = 0;
  size_t fits_with_ellipsis = 0;
  for (size_t i = 0; i < message.size(); ++i) {
    if (wire_bytes + kEllipsis.size() <= kMaxStatusMessageBytes) fits_with_ellipsis = i;
    wire_bytes += WireBytes(message[i]);
    if (wire_bytes > kMaxStatusMessageBytes) {
      while (fits_with_ellipsis > 0 && ContinuesUtf8(message[fits_with_ellipsis])) {
        --fits_with_ellipsis;
      }
      return absl::StrCat(message.substr(0, fits_with_ellipsis), kEllipsis);
    }
  }
  return std::string(message);
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  // absl::Status::code() already turns a code that it does not know into UNKNOWN.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      TruncateStatusMessage(status.message()));
}

grpc::Status ToGrpc(const absl::Status& status, grpc::ServerContextBase& context) {
  if (const std::optional<absl::Duration> wait = RetryAfter(status)) {
    context.AddTrailingMetadata(kRetryAfterMetadata,
                                absl::StrCat(absl::ToInt64Milliseconds(*wait)));
  }
  if (RequestIsRefused(status)) context.AddTrailingMetadata(kRefusalMetadata, kRefusalOfRequest);
  return ToGrpc(status);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const int code = static_cast<int>(status.error_code());
  const bool known = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return absl::Status(known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
                      TruncateStatusMessage(status.error_message()));
}

absl::Status FromGrpc(const grpc::Status& status, const grpc::ClientContext& context) {
  absl::Status result = FromGrpc(status);
  if (result.ok()) return result;
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto refusal = metadata.find(kRefusalMetadata);
  if (refusal != metadata.end() && refusal->second == kRefusalOfRequest) {
    result = WithRequestRefused(std::move(result));
  }
  const auto found = metadata.find(kRetryAfterMetadata);
  int64_t wait_ms = 0;
  if (found == metadata.end() || !absl::SimpleAtoi(ToString(found->second), &wait_ms) ||
      wait_ms < 0) {
    return result;
  }
  return WithRetryAfter(std::move(result), absl::Milliseconds(wait_ms));
}

}  // namespace vervet::net
