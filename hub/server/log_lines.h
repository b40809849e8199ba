// What the hub writes into its own log (docs/operating.md) beside refusals and counters.
#ifndef VERVET_HUB_SERVER_LOG_LINES_H_
#define VERVET_HUB_SERVER_LOG_LINES_H_

#include <grpc/support/log.h>

#include "absl/time/time.h"
#include "core/net/certificate_watch.h"
#include "hub/log/event_log.h"

namespace vervet::hub {

// A line where the event changes who may call or see what; else nothing.
void LogRosterChange(const StoredEvent& event);

// The old pair stays in use while the files are wrong: a line for each new reason.
void LogCertificate(const net::CertificateChange& change);

// For gpr_set_log_function.
void LogGrpc(gpr_log_func_args* args);

// For BelievedClock: zero where the machine's clock is believed again.
void LogClockStep(absl::Duration by);

}  // namespace vervet::hub

#endif  // VERVET_HUB_SERVER_LOG_LINES_H_
