#include "core/net/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vervet::net {
namespace {

constexpr char kPayloadUrl[] = "vervet/retry-after-ms";

}  // namespace

absl::Status WithRetryAfter(absl::Status status, absl::Duration wait) {
  const int64_t wait_ms = absl::ToInt64Milliseconds(
      absl::Ceil(std::clamp(wait, absl::Milliseconds(1), kMaxRetryAfter), absl::Milliseconds(1)));
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(wait_ms)));
  return status;
}

std::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  int64_t wait_ms = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &wait_ms)) {
    return std::nullopt;
  }
  return absl::Milliseconds(wait_ms);
}

}  // namespace vervet::net
