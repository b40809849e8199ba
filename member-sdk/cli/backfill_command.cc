#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/backfill_run.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

class BackfillCommand final : public cli::Command {
 public:
  explicit BackfillCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "backfill",
        .arguments = "--csv FILE [--state FILE]",
        .summary = "screen a whole user base, as far as the budget of evaluations goes",
        .purpose =
            "Checks every line of a file, as `check --csv` does and with its columns (reference, "
            "type, value, region), with many identifiers on their way at once. How far it has come "
            "stands in a small file beside it: the same command goes on there, after a crash, "
            "after Ctrl-C, and after the day's budget was spent. Then it stops cleanly and says "
            "when it may go on. A hub that does not answer is asked again for some minutes "
            "first.\n\n"
            "Who was evaluated once is in the vault and costs nothing again. After a crash, "
            "answers of the last 16,384 lines may be printed a second time; none is left out.\n\n"
            "--json: JSON lines, {\"event\":\"result\",...} for what matched or was refused, then "
            "one {\"event\":\"summary\",...}.",
        .examples = {{"backfill --csv users.csv > matches.txt",
                      "as much as tonight's budget allows"},
                     {"backfill --csv users.csv --json >> answers.jsonl", "for a program"}},
        .exit_codes = {
            {cli::kExitOk, "the whole file is answered, now or before, and nothing matched"},
            {cli::kExitFailed,
             "failed, or the hub refuses this member; what was answered before stands in the "
             "state"},
            {cli::kExitUsage,
             "the command line, the configuration, the CSV header or the state is wrong"},
            {cli::kExitUnavailable,
             "stopped before the end (the budget, the hub, Ctrl-C): run it again later"},
            {cli::kExitPartial,
             "the whole file is answered, nothing matched, but some lines were refused"},
            {cli::kExitDataLoss,
             "an answer was not proven to be of the hub's announced key, and nothing of it was "
             "kept: people have to look"},
            {cli::kExitMatch, "the whole file is answered, and at least one line matched"}}};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("csv", "FILE", "the file to screen", &csv_);
    flags.String("state", "FILE", "how far it has come (default: the file's name with .backfill)",
                 &state_path_);
    flags.Switch("restart", "begin with the first line again", &restart_);
    flags.Switch("no-remember", "do not keep tokens and references for later matches",
                 &no_remember_);
    flags.Seconds("timeout", "how long to catch up with the hub first (default 60)", &timeout_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    if (csv_.empty() || csv_ == "-") {
      streams.PrintError("backfill: give a file with --csv FILE; a stream cannot be resumed");
      return cli::kExitUsage;
    }
    std::error_code error;
    const uint64_t size_bytes = std::filesystem::file_size(csv_, error);
    std::ifstream file(csv_, std::ios::binary);
    if (error || !file) {
      streams.PrintError(absl::StrCat(csv_, ": cannot be read"));
      return cli::kExitUsage;
    }
    if (state_path_.empty()) state_path_ = csv_ + ".backfill";
    BackfillState state;
    if (!StartingState(size_bytes, streams, &state)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    const auto session = Session::Open(invocation_, streams, true, &exit_code);
    if (session == nullptr) return exit_code;
    invocation_.seams->stop->Listen();
    constexpr absl::Duration kPatience = absl::Seconds(10);
    if (const absl::Status caught_up = session->CatchUp(timeout_, kPatience); !caught_up.ok()) {
      streams.PrintError(absl::StrCat("backfill: not up to date with the hub: ",
                                      caught_up.message(), "; run it again when it is there"));
      return cli::ExitCodeFor(caught_up);
    }
    CheckOptions options;
    options.remember = !no_remember_;
    BackfillRun run(file, std::filesystem::path(csv_).filename().string(), state_path_, state,
                    invocation_, streams, *session, options);
    return Conclude(run, run.Run(), streams);
  }

 private:
  bool StartingState(uint64_t size_bytes, const cli::Streams& streams, BackfillState* state) const {
    state->file_bytes = size_bytes;
    if (restart_) return true;
    const auto read = ReadBackfillState(state_path_);
    if (!read.ok()) {
      streams.PrintError(read.status());
      return false;
    }
    if (!read->has_value()) return true;
    if ((*read)->file_bytes != size_bytes) {
      streams.PrintError(absl::StrCat(
          state_path_, ": is of a file of another size; --restart begins with the first line"));
      return false;
    }
    *state = **read;
    return true;
  }

  int Conclude(const BackfillRun& run, const absl::Status& status,
               const cli::Streams& streams) const {
    const CheckCounts& counts = run.state().counts;
    if (!status.ok()) {
      streams.PrintError(absl::Status(
          status.code(),
          absl::StrCat("backfill: after line ", run.state().line, ": ", status.message())));
      if (absl::IsInvalidArgument(status)) return cli::kExitUsage;
      return cli::ExitCodeFor(status);
    }
    const bool all = run.stopped().ok();
    const absl::Time goes_on = invocation_.environment().Now() + run.retry_after();
    const bool says_when = !all && run.retry_after() > absl::ZeroDuration();
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
      json.BeginObject()
          .Field("event", "summary")
          .Field("all", all)
          .Field("line", run.state().line)
          .Field("lines", run.state().lines)
          .Field("evaluated_now", run.evaluated())
          .Field("match", counts.matched)
          .Field("no_match", counts.not_matched)
          .Field("refused", counts.refused);
      if (!all) json.Field("reason", run.stopped().message());
      if (says_when) {
        json.Field("may_go_on_at",
                   absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", goes_on, absl::UTCTimeZone()));
      }
      json.EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << cli::Count(run.state().lines, "line") << (all ? " screened: " : " so far: ")
                   << counts.ForPeople() << "; " << cli::WithThousands(run.evaluated())
                   << " asked of the hub in this run\n";
      if (counts.matched > 0) *streams.out << EvidenceReminder() << "\n";
    }
    if (all) return counts.ExitCode();
    streams.PrintNote(absl::StrCat(
        "stopped after line ", run.state().line, ": ", run.stopped().message(),
        says_when
            ? absl::StrCat("; it may go on at ",
                           absl::FormatTime("%Y-%m-%d %H:%M UTC", goes_on, absl::UTCTimeZone()))
            : std::string(),
        "; the same command goes on there"));
    return StopCode(run.stopped());
  }
  // Ctrl-C, and a call that ended before its answer, are no failure of what was asked.
  static int StopCode(const absl::Status& stopped) {
    if (absl::IsCancelled(stopped) || absl::IsAborted(stopped)) return cli::kExitUnavailable;
    return cli::ExitCodeFor(stopped);
  }

  Invocation& invocation_;
  std::string csv_;
  std::string state_path_;
  bool restart_ = false;
  bool no_remember_ = false;
  absl::Duration timeout_ = absl::Seconds(60);
};

}  // namespace

std::unique_ptr<cli::Command> MakeBackfillCommand(Invocation& invocation) {
  return std::make_unique<BackfillCommand>(invocation);
}

}  // namespace vervet::member_cli
