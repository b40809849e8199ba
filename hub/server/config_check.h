// Everything that a start would need, looked at beforehand and all at once: `vervet-hub
// check-config`.
#ifndef VERVET_HUB_SERVER_CONFIG_CHECK_H_
#define VERVET_HUB_SERVER_CONFIG_CHECK_H_

#include <string>
#include <vector>

#include "core/base/environment.h"
#include "hub/config/config.h"

namespace vervet::hub {

struct Finding {
  enum class Verdict {
    kRight,
    kWarning,  // the hub starts, but a person should look
    kWrong,    // the hub would not start, or would not work
    kSkipped,  // could not be looked at, because of something else that is wrong
  };
  Verdict verdict = Verdict::kRight;
  std::string text;  // "field: what was found; what to do"
};

// A certificate that ends sooner is worth a warning.
inline constexpr absl::Duration kCertificateWarning = absl::Hours(24 * 14);
// Less free space under the store is worth one too: about a million events.
inline constexpr uint64_t kFreeSpaceWarningBytes = 1024ull * 1024 * 1024;

// Keys (their commands are run), keyring, store, certificate, revocation lists, addresses, and
// limits against this machine. Changes nothing, also no file beside the store, and works beside a
// running hub. Of the log it reads the identity alone: `vervet-hub store verify` reads it whole,
// and what only the log's events tell (does the keyring fit them, does each group permit the
// region) a start says. Blocks as long as key commands may take.
std::vector<Finding> CheckConfig(const Config& config, Environment& env);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_CONFIG_CHECK_H_
