#include "hub/server/watchdog.h"

#include <arpa/inet.h>
#include <pthread.h>

#include <chrono>
#include <utility>

#include "core/base/diagnostics.h"
#include "core/net/tls_probe.h"

namespace vervet::hub {
namespace {

// Where to reach a listener of this host from inside.
std::string ProbeHost(const std::string& host) {
  if (host == "0.0.0.0" || host == "localhost") return "127.0.0.1";
  if (host == "::") return "::1";
  in6_addr any;
  const bool literal =
      inet_pton(AF_INET, host.c_str(), &any) == 1 || inet_pton(AF_INET6, host.c_str(), &any) == 1;
  return literal ? host : "localhost";
}

}  // namespace

Watchdog::Watchdog(Options options, std::function<void(const absl::Status&)> dead)
    : options_(std::move(options)), dead_(std::move(dead)), thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

bool Watchdog::Sleep() {
  const auto deadline =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(options_.interval);
  MutexLock lock(mutex_);
  while (!stopping_ && wake_.WaitUntil(mutex_, deadline)) {
  }
  return !stopping_;
}

void Watchdog::Run() {
  pthread_setname_np(pthread_self(), "watchdog");
  const std::string host = ProbeHost(options_.host);
  int failures = 0;
  while (Sleep()) {
    const absl::Status probe = net::ProbeTlsListener(host, options_.port, options_.probe_timeout);
    if (probe.ok()) {
      failures = 0;
      continue;
    }
    ++failures;
    if (options_.silent != nullptr) options_.silent->Add();
    LogLine(Severity::kWarning, "hub.listener_silent").Number("failures", failures).Outcome(probe);
    if (failures >= options_.failures) return dead_(probe);
  }
}

}  // namespace vervet::hub
