#include "hub/cli/registry_session.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"
#include "core/net/retry_after.h"
#include "core/net/status.h"

namespace vervet::coordinator_cli {
namespace {

constexpr int kAttempts = 5;
// Doubles with every attempt; the real wait is between half of it and all of it.
constexpr absl::Duration kFirstBackoff = absl::Milliseconds(200);
// A hub that asks for a longer wait than this asks a person to come back.
constexpr absl::Duration kLongestWait = absl::Seconds(5);

// The request id makes a second attempt harmless, also where the first one was carried out unheard.
bool IsWorthAnotherAttempt(const absl::Status& status) {
  if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status)) return true;
  return absl::IsResourceExhausted(status) && net::RetryAfter(status).has_value();
}

// What to do where the hub's own message cannot know it.
std::string Remedy(const absl::Status& status, const ConnectionSettings& settings) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::StrCat(
          "is the hub at ", settings.hub_target,
          " running, and is its certificate of this coalition? Nothing was changed that was not "
          "confirmed; try again");
    case absl::StatusCode::kDeadlineExceeded:
      return "the change may have been made: look with the list command before you repeat it, or "
             "raise --timeout";
    case absl::StatusCode::kUnauthenticated:
      return absl::StrCat("the certificate ", settings.tls.certificate_path,
                          " names nobody the hub knows: it needs a URI spiffe://",
                          settings.coalition, "/coordinator/NAME");
    case absl::StatusCode::kResourceExhausted: {
      const std::optional<absl::Duration> wait = net::RetryAfter(status);
      return wait ? absl::StrCat("try again in ", cli::DurationForPeople(*wait))
                  : "try again later";
    }
    default:
      return "";
  }
}

}  // namespace

void Invocation::DeclareFlags(cli::FlagSet& flags) {
  connection.DeclareFlags(flags);
  flags.Switch("json", "write one JSON document for programs instead of text for people", &json);
  flags.Seconds("timeout", "how long one attempt may take (default 10)", &timeout);
}

std::unique_ptr<RegistrySession> RegistrySession::Open(const Invocation& invocation,
                                                       const cli::Streams& streams,
                                                       int* exit_code) {
  absl::StatusOr<ConnectionSettings> settings = invocation.connection.Resolve();
  if (!settings.ok()) {
    const std::string message(settings.status().message());
    for (const std::string& line : std::vector<std::string>(absl::StrSplit(message, '\n')))
      streams.PrintError(line);
    *exit_code = cli::kExitUsage;
    return nullptr;
  }
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = invocation.seams->connect(*settings);
  if (!channel.ok()) {
    // Before any call only the caller's own files can be wrong.
    streams.PrintError(channel.status());
    *exit_code = cli::kExitUsage;
    return nullptr;
  }
  return std::unique_ptr<RegistrySession>(
      new RegistrySession(invocation, streams, *std::move(settings), *std::move(channel)));
}

std::string RegistrySession::NewRequestId() {
  return TimeOrderedId(*invocation_.seams->environment);
}

absl::Status RegistrySession::Retry(
    const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  absl::Duration backoff = kFirstBackoff;
  for (int number = 1;; ++number) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + invocation_.timeout));
    const grpc::Status answer = attempt(context);
    const absl::Status status = net::FromGrpc(answer, context);
    if (status.ok() || number == kAttempts || !IsWorthAnotherAttempt(status)) return status;
    const std::optional<absl::Duration> asked = net::RetryAfter(status);
    if (asked && *asked > kLongestWait) return status;
    const std::string random = invocation_.seams->environment->RandomBytes(1);
    const double jitter = 0.5 + static_cast<unsigned char>(random[0]) / 512.0;
    invocation_.seams->sleep(std::max(backoff * jitter, asked.value_or(absl::ZeroDuration())));
    backoff *= 2;
  }
}

int RegistrySession::Explain(const absl::Status& status) const {
  streams_.PrintError(status);
  const std::string remedy = Remedy(status, settings_);
  if (!remedy.empty()) streams_.PrintNote(remedy);
  return cli::ExitCodeFor(status);
}

}  // namespace vervet::coordinator_cli
