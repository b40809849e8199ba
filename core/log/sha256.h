// SHA-256 with the processor's own instructions where it has them: OpenSSL's is five times as fast
// as libsodium's there, and a log is hashed whole at every start.
#ifndef VERVET_CORE_LOG_SHA256_H_
#define VERVET_CORE_LOG_SHA256_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "core/log/merkle.h"

namespace vervet::log {

// One hash at a time on each thread: a second one may begin when the first has ended.
class Sha256 {
 public:
  Sha256();
  Sha256& Update(const void* bytes, size_t size);
  Sha256& Update(absl::string_view bytes) { return Update(bytes.data(), bytes.size()); }
  Hash Final();
};

}  // namespace vervet::log

#endif  // VERVET_CORE_LOG_SHA256_H_
