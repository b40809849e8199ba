#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "core/base/metrics_text.h"
#include "core/base/process_metrics.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"
#include "core/net/metrics_listener.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/event_printer.h"

namespace vervet::member_cli {
namespace {

class WatchCommand final : public cli::Command {
 public:
  explicit WatchCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "watch",
            .arguments = "",
            .summary = "stay connected and print matches as they arrive",
            .purpose =
                "Keeps the vault in step with the hub, delivers the outbox, and prints a match "
                "whenever a record arrives that "
                "matches somebody who was checked before with a reference. Runs until Ctrl-C, a "
                "SIGTERM, or one of its own "
                "limits; reconnects by itself for as long as it runs, also when the member is "
                "suspended "
                "and reinstated meanwhile.\n\n"
                "--json: JSON lines. {\"event\":\"ready\",\"position\":N} once everything that the "
                "hub had is applied; "
                "{\"event\":\"match\",\"references\":[...],\"latency_ms\":N,\"record_id\":...} "
                "with all facts of the record, "
                "where latency_ms runs from its publication to this machine's noticing; "
                "{\"event\":\"match_ended\",...}, after a retraction or an erasure with "
                "\"affected\", \"remedy_due\" and \"ended_sequence\"; "
                "{\"event\":\"opinion\",...} on this platform's records and on those that match "
                "its users; {\"event\":\"objection\",...} with what became of a person's "
                "objection; "
                "{\"event\":\"notice\",\"text\":...}. A match is printed again where the last run "
                "crashed while it printed "
                "it: compare record_id.",
            .examples = {{"watch", "until Ctrl-C"},
                         {"watch --json | your-review-queue", "for a program"},
                         {"watch --metrics-port 9465", "with a page for Prometheus"},
                         {"watch --until-matches 1 --for 10",
                          "ends with the first match, and after ten seconds at the latest"}},
            .exit_codes = {
                {cli::kExitOk, "ended as it was asked to"},
                {cli::kExitFailed,
                 "refused when it began (suspended, certificate, ...), or --for passed before "
                 "--until-matches"},
                {cli::kExitUsage, "the command line or the configuration is wrong"},
                {cli::kExitUnavailable, "--for passed and the hub was never reached"}}};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Seconds("for", "end after so long (default: run until stopped)", &limit_);
    flags.Int(
        "metrics-port", "PORT",
        "show http://127.0.0.1:PORT/metrics to Prometheus on this machine; 0 takes a free port", 0,
        65'535, &metrics_port_);
    flags.Int("until-matches", "N", "end after so many matches", 1, 1'000'000'000, &until_matches_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    invocation_.seams->stop->Listen();
    EventPrinter printer(invocation_, streams, static_cast<uint64_t>(until_matches_));
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, true, &exit_code, printer.Callbacks());
    if (session == nullptr) return exit_code;
    std::unique_ptr<net::MetricsListener> metrics;
    if (metrics_port_ >= 0) {
      auto listener = ShowMetrics(session->client());
      if (!listener.ok()) {
        streams.PrintError(listener.status());
        return cli::kExitFailed;
      }
      metrics = *std::move(listener);
      streams.PrintNote(absl::StrCat("metrics: http://", metrics->address(), "/metrics"));
    }
    const absl::Duration start = invocation_.environment().Monotonic();

    const absl::Status ready = session->CatchUp(limit_, absl::InfiniteDuration());
    if (ready.ok()) {
      printer.Ready(session->client().GetSyncState());
      while (!invocation_.seams->stop->requested()) {
        const absl::Duration left = limit_ - (invocation_.environment().Monotonic() - start);
        if (left <= absl::ZeroDuration()) break;
        invocation_.seams->stop->WaitFor(left);
      }
    }
    metrics.reset();  // it reads the client
    session.reset();  // no event after this
    return Conclude(ready, printer, streams);
  }

 private:
  absl::StatusOr<std::unique_ptr<net::MetricsListener>> ShowMetrics(Client& client) const {
    auto listener =
        net::MetricsListener::Start("127.0.0.1", static_cast<int>(metrics_port_), [&client] {
          MetricsText process;
          AddProcessMetrics(process);
          return absl::StrCat(client.MetricsText(), std::move(process).Finish());
        });
    if (listener.ok()) return listener;
    return absl::Status(listener.status().code(),
                        absl::StrCat("--metrics-port: ", listener.status().message()));
  }

  int Conclude(const absl::Status& ready, const EventPrinter& printer,
               const cli::Streams& streams) const {
    const uint64_t matches = printer.matches();
    const bool enough = until_matches_ > 0 && matches >= static_cast<uint64_t>(until_matches_);
    if (enough || absl::IsCancelled(ready)) return cli::kExitOk;
    if (!ready.ok()) {
      streams.PrintError(ready);
      return cli::ExitCodeFor(ready);
    }
    if (until_matches_ > 0 && !invocation_.seams->stop->requested()) {
      streams.PrintError(
          absl::StrCat("the time passed with ", matches, " of ", until_matches_, " matches"));
      return cli::kExitFailed;
    }
    return cli::kExitOk;
  }

  Invocation& invocation_;
  absl::Duration limit_ = absl::InfiniteDuration();
  int64_t until_matches_ = 0;
  int64_t metrics_port_ = -1;  // not given
};

}  // namespace

std::unique_ptr<cli::Command> MakeWatchCommand(Invocation& invocation) {
  return std::make_unique<WatchCommand>(invocation);
}

}  // namespace vervet::member_cli
