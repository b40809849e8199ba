#include "core/net/refusal.h"

#include "absl/strings/cord.h"

namespace vervet::net {
namespace {

constexpr char kPayloadUrl[] = "vervet/request-refused";

}  // namespace

absl::Status WithRequestRefused(absl::Status status) {
  status.SetPayload(kPayloadUrl, absl::Cord());
  return status;
}

bool RequestIsRefused(const absl::Status& status) {
  return status.GetPayload(kPayloadUrl).has_value();
}

bool CallerIsRefused(const absl::Status& status) {
  return absl::IsUnauthenticated(status) ||
         (absl::IsPermissionDenied(status) && !RequestIsRefused(status));
}

}  // namespace vervet::net
