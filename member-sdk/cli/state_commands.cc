// sync, status and flush: where this platform stands with the hub.
#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/progress.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "core/cli/textproto_file.h"
#include "core/log/log_report.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/event_printer.h"

namespace vervet::member_cli {
namespace {

using Layout = cli::JsonWriter::Layout;

constexpr absl::Duration kFlushPatience = absl::Seconds(5);

uint64_t Behind(const SyncState& state) {
  return state.hub_size > state.position ? state.hub_size - state.position : 0;
}

// What `vervet-member` shows of a report beside the vault.
struct ShownReport {
  std::string path, finding, known_head, shown_head;  // empty: there is none
};

std::string HeadLine(bool present, const v1::HeadText& text) {
  const auto head = log::HeadFromText(text);
  return present && head.ok() ? log::DescribeHead(*head) : "";
}

ShownReport ReadReport(const std::string& path) {
  ShownReport shown;
  shown.path = path;
  v1::LogReport report;
  if (path.empty() || !cli::TextprotoFile::Load(path, &report).ok()) return shown;
  shown.finding = report.finding();
  shown.known_head = HeadLine(report.has_known_head(), report.known_head());
  shown.shown_head = HeadLine(report.has_shown_head(), report.shown_head());
  return shown;
}

void AppendReport(const std::string& path, cli::JsonWriter& json) {
  json.Key("log_report");
  if (path.empty()) {
    json.Null();
    return;
  }
  const ShownReport report = ReadReport(path);
  json.BeginObject()
      .Field("path", report.path)
      .Field("finding", report.finding)
      .Field("known_head", report.known_head)
      .Field("shown_head", report.shown_head)
      .EndObject();
}

void AddReport(const std::string& path, cli::FactSheet& sheet) {
  if (path.empty()) return;
  const ShownReport report = ReadReport(path);
  sheet.Add("LOG REPORT", absl::StrCat(path, ": give it to the coordinators, then delete it"),
            cli::Paint::kRed);
  sheet.Add("  was known", report.known_head);
  sheet.Add("  hub showed", report.shown_head);
}

void AppendState(const SyncState& state, cli::JsonWriter& json) {
  json.Field("connected", state.connected)
      .Field("caught_up", state.caught_up)
      .Field("position", state.position)
      .Field("hub_size", state.hub_size)
      .Field("behind", Behind(state))
      .Field("root", state.root)
      .Field("last_error", state.last_error)
      .Field("live_records", state.live_records)
      .Field("live_signatures", state.live_signatures)
      .Field("live_images", state.live_images)
      .Field("cached_tokens", state.cached_tokens)
      .Field("kept_image_hashes", state.kept_image_hashes)
      .Field("quarantined_images", state.quarantined_images)
      .Field("outbox_pending", state.outbox_pending)
      .Field("outbox_refused", state.outbox_refused)
      .StringArray("groups", state.groups);
  AppendReport(state.log_report, json);
}

class SyncCommand final : public cli::Command {
 public:
  explicit SyncCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "sync",
            .arguments = "",
            .summary = "bring the vault up to date once",
            .purpose =
                "Applies everything that the hub had when this began, prints the matches that came "
                "with it, and "
                "ends. For a scheduler; `watch` does the same all the time.\n\n"
                "--json: JSON lines as of `watch`, the last of them "
                "{\"event\":\"ready\",\"position\":N}.",
            .examples = {{"sync --timeout 300", "waits up to five minutes"}},
            .exit_codes = {{cli::kExitOk, "up to date"},
                           {cli::kExitFailed,
                            "refused (suspended, certificate, ...), without waiting for "
                            "--timeout"},
                           {cli::kExitUsage, "the command line or the configuration is wrong"},
                           {cli::kExitUnavailable,
                            "not up to date within the time; what arrived is kept: retry"},
                           {cli::kExitDataLoss,
                            "the hub's log is not the one that this member has followed: nothing "
                            "of it was believed; `status` shows the report for the coordinators"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Seconds("timeout", "how long to wait (default 60)", &timeout_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    EventPrinter printer(invocation_, streams, 0);
    Session::Callbacks callbacks = printer.Callbacks();
    if (!invocation_.verbose && !invocation_.json) callbacks.on_notice = [](const std::string&) {};
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, true, &exit_code, std::move(callbacks));
    if (session == nullptr) return exit_code;
    const absl::Status status = session->CatchUp(timeout_, timeout_);
    if (status.ok()) {
      // What the hub is to hear of what came (a retraction that was applied, a match) goes out now;
      // what does not, stays for the next time.
      (void)session->client().Flush(ToMilliseconds(std::min(timeout_, kFlushPatience)));
      printer.Ready(session->client().GetSyncState());
      return cli::kExitOk;
    }
    streams.PrintError(status);
    return cli::ExitCodeFor(status);
  }

 private:
  Invocation& invocation_;
  absl::Duration timeout_ = absl::Seconds(60);
};

class StatusCommand final : public cli::Command {
 public:
  explicit StatusCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "status",
            .arguments = "",
            .summary = "show the vault, the outbox and the connection",
            .purpose =
                "Tries the hub for a moment, then says what the vault holds, how far it is behind, "
                "and what waits "
                "in the outbox. Works without the hub.\n\n--json: one document.",
            .examples = {{"status", "for people"},
                         {"status --offline --json", "without any network, for a program"}},
            .exit_codes = {
                {cli::kExitOk, "connected, or --offline"},
                {cli::kExitFailed,
                 "the vault cannot be opened, or the hub refuses this member (suspended, "
                 "certificate, ...); everything else is shown"},
                {cli::kExitUsage, "the command line or the configuration is wrong"},
                {cli::kExitUnavailable, "the hub was not reached; everything else is shown"},
                {cli::kExitDataLoss,
                 "the hub's log is not the one that this member has followed; everything else is "
                 "shown, and the report for the coordinators"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Switch("offline", "do not try the hub", &offline_);
    flags.Seconds("timeout", "how long to try it (default 3)", &timeout_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, !offline_, &exit_code);
    if (session == nullptr) return exit_code;
    absl::Status reached;
    if (!offline_) reached = session->CatchUp(timeout_, timeout_);
    SyncState state = session->client().GetSyncState();
    if (state.last_error.empty() && !state.connected)
      state.last_error = std::string(reached.message());
    if (invocation_.json) {
      cli::JsonWriter json(Layout::kDocument);
      json.BeginObject().Field("hub", session->config().options.hub_target);
      AppendState(state, json);
      json.Field("open_remedies", OpenRemedies(*session)).EndObject();
      *streams.out << json.Finish();
    } else {
      Print(state, session->config().options, OpenRemedies(*session), streams);
    }
    if (IsRefusal(reached)) return cli::kExitFailed;
    if (absl::IsDataLoss(reached)) return cli::kExitDataLoss;
    return offline_ || state.connected ? cli::kExitOk : cli::kExitUnavailable;
  }

 private:
  static uint64_t OpenRemedies(Session& session) {
    const auto remedies = session.client().OpenRemedies();
    return remedies.ok() ? remedies->size() : 0;
  }

  void Print(const SyncState& state, const ClientOptions& options, uint64_t open_remedies,
             const cli::Streams& streams) const {
    cli::FactSheet sheet;
    const std::string connection = offline_          ? "not tried"
                                   : state.connected ? "connected"
                                                     : "not connected";
    sheet.Add("hub", absl::StrCat(options.hub_target, ", ", connection),
              state.connected ? cli::Paint::kGreen
              : offline_      ? cli::Paint::kPlain
                              : cli::Paint::kRed);
    if (!state.connected) sheet.Add("reason", state.last_error);
    sheet.Add(
        "position",
        absl::StrCat(cli::WithThousands(state.position), " of ", cli::WithThousands(state.hub_size),
                     state.caught_up
                         ? ", up to date"
                         : absl::StrCat(", ", cli::Count(Behind(state), "event"), " behind")));
    sheet.Add("tree root", state.root);
    sheet.Add("records",
              absl::StrCat(cli::WithThousands(state.live_records), " live, ",
                           cli::Count(state.live_signatures, "signature"),
                           state.live_images == 0
                               ? ""
                               : absl::StrCat(", ", cli::Count(state.live_images, "picture"))));
    sheet.Add(
        "remembered",
        absl::StrCat(cli::Count(state.cached_tokens, "token"), " of this platform's own users",
                     state.kept_image_hashes == 0
                         ? ""
                         : absl::StrCat(", ", cli::WithThousands(state.kept_image_hashes),
                                        " hashes of checked pictures")));
    if (state.quarantined_images > 0) {
      sheet.Add("set aside",
                absl::StrCat(cli::Count(state.quarantined_images, "picture"),
                             " of records: vervet-member images quarantine list"),
                cli::Paint::kYellow);
    }
    sheet.Add(
        "outbox",
        absl::StrCat(cli::WithThousands(state.outbox_pending), " waiting, ",
                     cli::WithThousands(state.outbox_refused), " refused"),
        state.outbox_pending + state.outbox_refused > 0 ? cli::Paint::kYellow : cli::Paint::kPlain);
    if (open_remedies > 0) {
      sheet.Add("remedies",
                absl::StrCat(cli::WithThousands(open_remedies), " open: vervet-member remedies"),
                cli::Paint::kYellow);
    }
    sheet.Add("groups", state.groups.empty() ? "none" : absl::StrJoin(state.groups, ", "));
    sheet.Add("vault", options.vault_path);
    AddReport(state.log_report, sheet);
    *streams.out << sheet.Render(streams);
  }

  Invocation& invocation_;
  bool offline_ = false;
  absl::Duration timeout_ = absl::Seconds(3);
};

class FlushCommand final : public cli::Command {
 public:
  explicit FlushCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "flush",
            .arguments = "",
            .summary = "deliver what waits in the outbox",
            .purpose =
                "Waits until the hub has everything that `publish`, `retract` and `import` left in "
                "the outbox. "
                "Nothing is sent twice.\n\n--json: one document, "
                "{\"delivered\":N,\"pending\":N,\"refused\":N}.",
            .examples = {{"flush --timeout 120", "after the hub was away"}},
            .exit_codes = {{cli::kExitOk, "the outbox has nothing pending"},
                           {cli::kExitFailed,
                            "the vault cannot be opened, or the hub refuses this member "
                            "(suspended, certificate, ...): what waits stays, safe on disk"},
                           {cli::kExitUsage, "the command line or the configuration is wrong"},
                           {cli::kExitUnavailable, "some still wait, safe on disk: retry"}}};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Seconds("timeout", "how long to wait (default 60)", &timeout_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, true, &exit_code);
    if (session == nullptr) return exit_code;
    Environment& environment = invocation_.environment();
    const uint64_t total = session->client().GetSyncState().outbox_pending;
    const absl::Duration start = environment.Monotonic();
    WaitSlices slices;
    absl::Status flushed;
    {
      cli::Progress progress(streams, environment, "deliver", total);
      do {
        flushed = session->client().Flush(ToMilliseconds(slices.Next()));
        const uint64_t pending = session->client().GetSyncState().outbox_pending;
        const uint64_t done = total > pending ? total - pending : 0;
        progress.Update(done,
                        absl::StrCat(cli::WithThousands(done), " of ", cli::WithThousands(total)));
      } while (absl::IsDeadlineExceeded(flushed) && environment.Monotonic() - start < timeout_);
    }
    return Conclude(flushed, total, session->client().GetSyncState(), streams);
  }

 private:
  int Conclude(const absl::Status& flushed, uint64_t total, const SyncState& state,
               const cli::Streams& streams) const {
    const uint64_t delivered = total > state.outbox_pending ? total - state.outbox_pending : 0;
    if (invocation_.json) {
      cli::JsonWriter json(Layout::kDocument);
      json.BeginObject()
          .Field("delivered", delivered)
          .Field("pending", state.outbox_pending)
          .Field("refused", state.outbox_refused)
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << cli::WithThousands(delivered) << " sent, "
                   << cli::WithThousands(state.outbox_pending) << " waiting, "
                   << cli::WithThousands(state.outbox_refused) << " refused\n";
    }
    if (flushed.ok()) return cli::kExitOk;
    streams.PrintError(flushed);
    return cli::ExitCodeFor(flushed);
  }

  Invocation& invocation_;
  absl::Duration timeout_ = absl::Seconds(60);
};

}  // namespace

std::unique_ptr<cli::Command> MakeSyncCommand(Invocation& invocation) {
  return std::make_unique<SyncCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeStatusCommand(Invocation& invocation) {
  return std::make_unique<StatusCommand>(invocation);
}
std::unique_ptr<cli::Command> MakeFlushCommand(Invocation& invocation) {
  return std::make_unique<FlushCommand>(invocation);
}

}  // namespace vervet::member_cli
