#include "member-sdk/cli/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"
#include "member-sdk/cli/remedy_text.h"

namespace vervet::member_cli {

void Invocation::DeclareFlags(cli::FlagSet& flags) {
  flags.String("config", "FILE",
               "the member's configuration (default: $VERVET_MEMBER_CONFIG, else member.textproto)",
               &config_path);
  flags.Switch("json", "write JSON for programs instead of text for people", &json);
  flags.Switch("verbose", "say on stderr when the connection to the hub changes", &verbose);
}

std::chrono::milliseconds ToMilliseconds(absl::Duration duration) {
  return std::chrono::milliseconds(absl::ToInt64Milliseconds(duration));
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsPermissionDenied(status) || absl::IsUnauthenticated(status);
}

int LoadConfigOrExplain(const Invocation& invocation, const cli::Streams& streams, Config* config) {
  const std::string path = ConfigPath(invocation.config_path);
  absl::StatusOr<Config> loaded = LoadConfig(path);
  if (loaded.ok()) {
    *config = *std::move(loaded);
    return cli::kExitOk;
  }
  const std::string message(loaded.status().message());
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(message, '\n')))
    streams.PrintError(line);
  if (absl::IsNotFound(loaded.status())) {
    streams.PrintNote(
        "name it with --config FILE, or start one: vervet-member init --template > "
        "member.textproto");
  }
  return cli::kExitUsage;
}

std::unique_ptr<Session> Session::Open(const Invocation& invocation, const cli::Streams& streams,
                                       bool background, int* exit_code, Callbacks callbacks) {
  Config config;
  *exit_code = LoadConfigOrExplain(invocation, streams, &config);
  if (*exit_code != cli::kExitOk) return nullptr;

  std::unique_ptr<Session> session(new Session(invocation, streams, std::move(config)));
  Session* kept = session.get();
  ClientOptions options = session->config_.options;
  options.background = background;
  options.on_match =
      callbacks.on_match ? std::move(callbacks.on_match) : [kept](const MatchEvent& event) {
        kept->Keep(absl::StrCat("match: ", absl::StrJoin(event.subject_references, ", "), " (",
                                event.match.signature_type, "), acted on by ",
                                event.match.publisher, ", record ", event.match.record_id));
      };
  options.on_match_ended =
      callbacks.on_match_ended
          ? std::move(callbacks.on_match_ended)
          : [kept](const MatchEndedEvent& event) {
              kept->Keep(
                  absl::StrCat("match ended: ", absl::StrJoin(event.subject_references, ", "),
                               ", record ", event.record_id, ": ", event.reason));
            };
  options.on_objection_outcome =
      callbacks.on_objection_outcome
          ? std::move(callbacks.on_objection_outcome)
          : [kept](const Objection& objection) { kept->Keep(ObjectionForPeople(objection)); };
  options.on_quarantine =
      callbacks.on_quarantine
          ? std::move(callbacks.on_quarantine)
          : [kept](const ImageQuarantine& quarantine) {
              kept->Keep(absl::StrCat("set aside: a picture of record ", quarantine.record_id,
                                      " matched ", quarantine.matches,
                                      " times: vervet-member images quarantine list"));
            };
  options.on_opinion =
      callbacks.on_opinion ? std::move(callbacks.on_opinion) : [kept](const OpinionEvent& event) {
        if (!event.own || event.opinion.stance != Stance::kDispute) return;
        kept->Keep(absl::StrCat("disputed: record ", event.record_id, " by ", event.opinion.party,
                                ": ", event.opinion.reason));
      };
  const bool verbose = invocation.verbose;
  options.on_notice = callbacks.on_notice ? std::move(callbacks.on_notice)
                                          : [kept, verbose](const std::string& line) {
                                              if (verbose) kept->Keep(line);
                                            };

  absl::StatusOr<std::unique_ptr<Client>> client =
      invocation.seams->open_client(std::move(options));
  if (!client.ok()) {
    streams.PrintError(client.status());
    // INVALID_ARGUMENT is an option, and every option comes from the configuration.
    *exit_code = absl::IsInvalidArgument(client.status()) ? cli::kExitUsage
                                                          : cli::ExitCodeFor(client.status());
    return nullptr;
  }
  session->client_ = *std::move(client);
  return session;
}

Session::~Session() {
  if (client_ != nullptr) client_->Close();
  client_.reset();  // no callback after this
  MutexLock lock(mutex_);
  for (const std::string& line : kept_) streams_.PrintNote(line);
}

void Session::Keep(std::string line) {
  MutexLock lock(mutex_);
  kept_.push_back(std::move(line));
}

absl::Status Session::CatchUp(absl::Duration timeout, absl::Duration patience) {
  Environment& environment = invocation_.environment();
  const absl::Duration start = environment.Monotonic();
  WaitSlices slices;
  while (true) {
    const absl::Duration passed = environment.Monotonic() - start;
    absl::Duration slice = std::min(slices.Next(), timeout - passed);
    if (passed < patience) slice = std::min(slice, patience - passed);
    const absl::Status status =
        client_->WaitUntilCaughtUp(ToMilliseconds(std::max(slice, absl::ZeroDuration())));
    if (status.ok()) return status;
    if (!absl::IsDeadlineExceeded(status) && !absl::IsUnavailable(status)) return status;
    if (invocation_.seams->stop->requested()) return absl::CancelledError("stopped");
    const SyncState state = client_->GetSyncState();
    const absl::Duration now = environment.Monotonic() - start;
    const std::string why =
        state.last_error.empty() ? std::string(status.message()) : state.last_error;
    if (!state.connected && now >= patience) return absl::UnavailableError(why);
    if (now >= timeout)
      return state.connected ? absl::DeadlineExceededError(why) : absl::UnavailableError(why);
    // An answer that came at once (no connection) must not become a busy loop.
    if (absl::IsUnavailable(status)) invocation_.seams->stop->WaitFor(kWaitSlice);
  }
}

}  // namespace vervet::member_cli
