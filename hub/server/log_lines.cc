#include "hub/server/log_lines.h"

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "core/base/diagnostics.h"
#include "hub/server/certificate_refusal.h"

namespace vervet::hub {

// Who may call is what an operator looks for first when somebody cannot.
void LogRosterChange(const StoredEvent& event) {
  const v1::EventBody& body = event.parsed.body;
  std::string party, group;
  if (body.has_member_admitted()) party = body.member_admitted().party();
  if (body.has_member_suspended()) party = body.member_suspended().party();
  if (body.has_member_reinstated()) party = body.member_reinstated().party();
  if (body.has_group_joined()) {
    party = body.group_joined().party();
    group = body.group_joined().group();
  }
  if (body.has_group_left()) {
    party = body.group_left().party();
    group = body.group_left().group();
  }
  if (party.empty()) return;
  LogLine line(Severity::kInfo, "hub.roster_changed");
  line.Text("kind", v1::EventKind_Name(event.parsed.header.kind())).Text("party", party);
  if (!group.empty()) line.Text("group", group);
  line.Number("sequence", static_cast<int64_t>(event.sequence()));
}

void LogCertificate(const net::CertificateChange& change) {
  const bool refused = change.kind == net::CertificateChange::Kind::kRefused;
  LogLine line(refused ? Severity::kWarning : Severity::kInfo,
               refused ? "hub.certificate_refused" : "hub.certificate_renewed");
  line.Text("message", net::Describe(change)).Text("fingerprint", change.in_use.fingerprint);
}

// gRPC's own words may quote what a peer sent, so only the place is logged; but for a handshake
// that failed, where the words are OpenSSL's and say why a certificate was refused. At most one
// line a second: strangers can cause them at will.
void LogGrpc(gpr_log_func_args* args) {
  if (args->severity < GPR_LOG_SEVERITY_ERROR) return;
  // Before the limit, so that it is not taken for a later handshake's on this thread.
  const absl::string_view refusal = TakeCertificateRefusal();
  static std::atomic<int64_t> last_second{0};
  const int64_t second = absl::ToUnixSeconds(absl::Now());
  if (last_second.exchange(second) == second) return;
  LogLine line(Severity::kWarning, "grpc.error");
  line.Text("file", args->file).Number("line", args->line);
  if (!absl::StrContains(args->file, "ssl_transport_security")) return;
  line.Text("message", args->message);
  if (!refusal.empty()) line.Text("reason", refusal);
}

void LogClockStep(absl::Duration by) {
  if (by == absl::ZeroDuration()) {
    LogLine(Severity::kInfo, "clock.believed_again");
    return;
  }
  LogLine(Severity::kError, "clock.step_not_believed")
      .Number("seconds", absl::ToInt64Seconds(by))
      .Text("remedy",
            "the hub's time goes on without it: set the clock right, or restart the hub where the "
            "new time is the right one");
}

}  // namespace vervet::hub
