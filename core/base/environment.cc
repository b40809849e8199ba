#include "core/base/environment.h"

#include <sodium.h>

#include <time.h>

#include <cstdio>
#include <cstdlib>

#include "absl/time/clock.h"

namespace vervet {
namespace {

class SystemEnvironment final : public Environment {
 public:
  SystemEnvironment() {
    if (sodium_init() < 0) {
      std::fputs("vervet: libsodium cannot start: no source of randomness\n", stderr);
      std::abort();
    }
  }
  absl::Time Now() override { return absl::Now(); }
  absl::Duration Monotonic() override {
    // Unlike std::chrono::steady_clock it goes on while the machine is suspended.
    timespec now = {};
    clock_gettime(CLOCK_BOOTTIME, &now);
    return absl::DurationFromTimespec(now);
  }
  void FillRandom(absl::Span<uint8_t> out) override { randombytes_buf(out.data(), out.size()); }
};

}  // namespace

std::string Environment::RandomBytes(size_t size_bytes) {
  std::string out(size_bytes, '\0');
  FillRandom(absl::MakeSpan(reinterpret_cast<uint8_t*>(out.data()), out.size()));
  return out;
}

Environment* Environment::System() {
  static auto* const env = new SystemEnvironment;
  return env;
}

std::string TimeOrderedId(Environment& env) {
  std::string id = env.RandomBytes(16);
  const auto unix_ms = static_cast<uint64_t>(absl::ToUnixMillis(env.Now()));
  for (int i = 0; i < 6; ++i) id[i] = static_cast<char>(unix_ms >> (8 * (5 - i)));
  return id;
}

}  // namespace vervet
