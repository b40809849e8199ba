// `progress import`: a file of contributions, checked as a whole before any of it goes out.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "core/base/progress_limits.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/progress.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/progress_csv.h"
#include "member-sdk/cli/progress_revisions.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {
namespace {

struct Options {
  std::string signed_off_by;
  int64_t definitions = 0;
  bool dry_run = false;
  bool partial = false;
  bool revise = false;
  bool no_wait = false;
  absl::Duration patience = absl::Seconds(60);
};

struct Counts {
  uint64_t lines = 0;
  uint64_t contributions = 0;
  uint64_t unchanged = 0;
  uint64_t delivered = 0;
  uint64_t pending = 0;
  uint64_t refused_lines = 0;
};

// What one call of the SDK takes: bytes on the wire, a little above what they come to.
size_t SizeOf(const ContributionRow& row, const std::string& signed_off_by) {
  constexpr size_t kFixed = 320;  // member, numbers, and the words that a line may hold
  constexpr size_t kBand = 64;
  const auto* const survey = std::get_if<Survey>(&row.contribution);
  const size_t bands = survey == nullptr ? 0 : survey->samples.size();
  return kFixed + signed_off_by.size() + kBand * bands;
}

class ProgressImportRun {
 public:
  ProgressImportRun(const Options& options, std::string name, const Invocation& invocation,
                    const cli::Streams& streams, Session& session)
      : options_(options),
        name_(std::move(name)),
        invocation_(invocation),
        streams_(streams),
        session_(session) {}

  absl::Status Run(ProgressFile file) {
    counts_.lines = file.lines;
    for (LineProblem& problem : file.problems) Refuse(problem.line, problem.problem);
    if (options_.revise) {
      auto revised = Revise(session_.client(), std::move(file.rows));
      if (!revised.ok()) return revised.status();
      file.rows = std::move(revised->rows);
      counts_.unchanged = revised->unchanged;
    }
    PackBatches(std::move(file.rows));
    definition_version_ = static_cast<uint32_t>(options_.definitions);
    if (definition_version_ == 0) {
      // The newest that there are, not the newest that this vault has heard of. Out of reach: that.
      const auto newest = session_.client().GetDefinitions(0);
      if (newest.ok()) definition_version_ = newest->version;
    }
    for (std::vector<ContributionRow>& batch : batches_) {
      const absl::Status checked = CheckBatch(&batch);
      if (!checked.ok()) return checked;
    }
    ShowRefused();
    if (options_.dry_run || (!refused_.empty() && !options_.partial)) return absl::OkStatus();
    for (const std::vector<ContributionRow>& batch : batches_) {
      if (batch.empty()) continue;
      const absl::StatusOr<Ticket> ticket = session_.client().Contribute(ToCall(batch));
      if (!ticket.ok()) return ticket.status();
      sent_.push_back({ticket->request_id, &batch});
    }
    stored_ = true;
    if (!options_.no_wait) Deliver();
    return absl::OkStatus();
  }

  const Counts& counts() const { return counts_; }
  bool stored() const { return stored_; }

 private:
  struct Sent {
    std::string request_id;
    const std::vector<ContributionRow>* rows;
  };

  Contributions ToCall(const std::vector<ContributionRow>& rows) const {
    Contributions call;
    call.signed_off_by = options_.signed_off_by;
    call.definition_version = definition_version_;
    for (const ContributionRow& row : rows) call.contributions.push_back(row.contribution);
    return call;
  }

  void PackBatches(std::vector<ContributionRow> rows) {
    size_t bytes = 0;
    for (ContributionRow& row : rows) {
      const size_t size = SizeOf(row, options_.signed_off_by);
      if (batches_.empty() || batches_.back().size() == static_cast<size_t>(kMaxContributions) ||
          bytes + size > kMaxContributeBytes) {
        batches_.emplace_back();
        bytes = 0;
      }
      bytes += size;
      batches_.back().push_back(std::move(row));
    }
  }

  // Leaves what is fit in the batch. Not OK: the trouble is with none of the lines.
  absl::Status CheckBatch(std::vector<ContributionRow>* batch) {
    if (batch->empty()) return absl::OkStatus();
    const absl::Status together = session_.client().CheckContributions(ToCall(*batch));
    if (together.ok()) {
      counts_.contributions += batch->size();
      return absl::OkStatus();
    }
    if (!absl::IsInvalidArgument(together)) return together;
    std::vector<bool> wrong(batch->size(), false);
    // One by one, since a call names so many mistakes and no more; then those that are mistakes
    // only beside another line.
    for (size_t i = 0; i < batch->size(); ++i) {
      const absl::Status alone = session_.client().CheckContributions(ToCall({(*batch)[i]}));
      if (alone.ok()) continue;
      if (!RefuseAll(alone, {&(*batch)[i], 1}, &wrong, i)) return alone;
    }
    if (std::find(wrong.begin(), wrong.end(), true) == wrong.end()) {
      if (!RefuseAll(together, *batch, &wrong, 0)) return together;
    }
    std::vector<ContributionRow> fit;
    for (size_t i = 0; i < batch->size(); ++i) {
      if (!wrong[i]) fit.push_back(std::move((*batch)[i]));
    }
    *batch = std::move(fit);
    // What was hidden behind the mistakes of others.
    return CheckBatch(batch);
  }

  // False: the message names no contribution of these.
  bool RefuseAll(const absl::Status& status, absl::Span<const ContributionRow> rows,
                 std::vector<bool>* wrong, size_t first) {
    std::string rest;
    bool named = false;
    for (const ContributionProblem& found : ContributionProblems(status.message(), &rest)) {
      if (found.contribution >= rows.size()) continue;
      named = true;
      if (wrong != nullptr) (*wrong)[first + found.contribution] = true;
      Refuse(LineOf(rows[found.contribution], found.band), found.problem);
    }
    return named;
  }

  static int64_t LineOf(const ContributionRow& row, int band) {
    const size_t index = band < 0 ? 0 : static_cast<size_t>(band);
    return row.lines[std::min(index, row.lines.size() - 1)];
  }

  void Refuse(int64_t line, RowProblem problem) { refused_.emplace(line, std::move(problem)); }

  // By line, each once counted.
  void ShowRefused() {
    int64_t last = 0;
    for (const auto& [line, problem] : refused_) {
      if (line != last) ++counts_.refused_lines;
      last = line;
      if (invocation_.json) {
        cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
        json.BeginObject()
            .Field("event", "refused")
            .Field("line", line)
            .Field("column", problem.column)
            .Field("reason", problem.reason)
            .EndObject();
        *streams_.out << json.Finish();
      } else {
        *streams_.err << cli::Printable(absl::StrCat(name_, ":", line, ": ", problem.column,
                                                     problem.column.empty() ? "" : ": ",
                                                     problem.reason))
                      << "\n";
      }
    }
  }

  void Deliver() {
    Environment& environment = invocation_.environment();
    const absl::Duration began = environment.Monotonic();
    WaitSlices slices;
    absl::Status flushed;
    do {
      flushed = session_.client().Flush(ToMilliseconds(slices.Next()));
    } while (absl::IsDeadlineExceeded(flushed) && !invocation_.seams->stop->requested() &&
             environment.Monotonic() - began < options_.patience);
    if (IsRefusal(flushed)) streams_.PrintError(flushed);
    refused_.clear();
    for (const Sent& sent : sent_) {
      const absl::StatusOr<Delivery> delivery = session_.client().GetDelivery(sent.request_id);
      const DeliveryState state = delivery.ok() ? delivery->state : DeliveryState::kPending;
      if (state == DeliveryState::kDelivered) counts_.delivered += sent.rows->size();
      if (state == DeliveryState::kPending) counts_.pending += sent.rows->size();
      if (state == DeliveryState::kRefused) TakeRefusal(delivery->status, *sent.rows);
    }
    ShowRefused();
  }

  // The hub stores a call as a whole: the lines that it names, and the others with them.
  void TakeRefusal(const absl::Status& status, const std::vector<ContributionRow>& rows) {
    const bool named = RefuseAll(status, rows, nullptr, 0);
    for (const ContributionRow& row : rows) {
      for (const int64_t line : row.lines) {
        if (refused_.count(line) != 0) continue;
        Refuse(line, {"", named ? "not stored, because of the other lines that went with it"
                                : std::string(status.message())});
      }
    }
  }

  const Options& options_;
  const std::string name_;
  const Invocation& invocation_;
  const cli::Streams& streams_;
  Session& session_;
  uint32_t definition_version_ = 0;
  std::vector<std::vector<ContributionRow>> batches_;
  std::multimap<int64_t, RowProblem> refused_;
  std::vector<Sent> sent_;
  Counts counts_;
  bool stored_ = false;
};

class ProgressImportCommand final : public cli::Command {
 public:
  explicit ProgressImportCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress import",
        .arguments = "FILE.csv --signed-off-by NAME",
        .summary = "contribute activity, surveys or review teams from a CSV file",
        .purpose = absl::StrCat(
            "The first line names the columns (RFC 4180, UTF-8), and tells which of three the file "
            "is.\n\n",
            ProgressColumnsHelp(),
            "\n\nEvery line is checked first, each mistake shown with line, column and what would "
            "be right; with any, nothing is sent, or with --partial all the others. What is in the "
            "outbox survives a crash and an unreachable hub. The hub stores up to 256 lines at a "
            "time, as a whole.\n\nTo correct figures, import the corrected file with --revise: "
            "lines that differ from what stands become its next revision, others are left out. The "
            "earlier revision stays in the history.\n\n--json: JSON lines, "
            "{\"event\":\"refused\",\"line\":...,\"column\":...,\"reason\":...} for each mistake, "
            "then one {\"event\":\"summary\",...}."),
        .examples = {{"progress import activity-2026-03.csv --dry-run --signed-off-by 'T&S lead'",
                      "says what is wrong with the file, sends nothing"},
                     {"progress import surveys.csv --signed-off-by 'T&S lead' --revise",
                      "sends what is new or has changed"}},
        .exit_codes =
            {{cli::kExitOk,
              "the hub has every line (--dry-run: all are fit; --no-wait: in the outbox)"},
             {cli::kExitFailed, "lines were refused, and nothing was stored"},
             {cli::kExitUsage, "the command line, the configuration or the header is wrong"},
             {cli::kExitUnavailable,
              "no line was refused, but some wait in the outbox: the hub is out of reach, or "
              "refuses this member"},
             {cli::kExitPartial, "lines were refused, the others are stored or in the outbox"}},
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("signed-off-by", "NAME",
                 "who answers for the figures: a person or function, 1-128 bytes; coordinators see "
                 "it",
                 &options_.signed_off_by);
    flags.Require("signed-off-by");
    flags.Switch("dry-run", "check every line, send nothing", &options_.dry_run);
    flags.Switch("partial", "send the lines that are fit although others are not",
                 &options_.partial);
    flags.Switch("revise", "replace what stands where it differs; asks the hub what that is",
                 &options_.revise);
    flags.Int("definitions", "VERSION",
              "the definitions that the figures were counted under (default: the newest)", 1,
              UINT32_MAX, &options_.definitions);
    flags.Seconds("timeout", "how long to wait for the hub (default 60)", &options_.patience);
    flags.Switch("no-wait", "leave everything in the outbox and return", &options_.no_wait);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const std::string& path = arguments[0];
    std::ifstream opened(path, std::ios::binary);
    if (path != "-" && (!opened || std::filesystem::is_directory(path))) {
      streams.PrintError(absl::StrCat(path, ": cannot be read"));
      return cli::kExitUsage;
    }
    const std::string name =
        path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
    absl::StatusOr<ProgressFile> file = ReadProgressFile(path == "-" ? *streams.in : opened, name);
    if (!file.ok()) {
      streams.PrintError(file.status().message());
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !options_.no_wait, &exit_code);
    if (session == nullptr) return exit_code;
    invocation_.seams->stop->Listen();
    const std::string kind = file->kind;
    ProgressImportRun run(options_, name, invocation_, streams, *session);
    const absl::Status status = run.Run(*std::move(file));
    if (!status.ok()) {
      streams.PrintError(status);
      if (!run.stored()) streams.PrintNote("nothing was stored");
      return cli::ExitCodeFor(status);
    }
    return Conclude(run, kind, streams);
  }

 private:
  int Conclude(const ProgressImportRun& run, const std::string& kind,
               const cli::Streams& streams) const {
    const Counts& counts = run.counts();
    invocation_.json ? PrintJson(run, kind, streams) : PrintText(run, kind, streams);
    if (counts.refused_lines > 0) {
      const bool some = counts.delivered + counts.pending > 0 || (run.stored() && options_.no_wait);
      return some ? cli::kExitPartial : cli::kExitFailed;
    }
    return counts.pending > 0 ? cli::kExitUnavailable : cli::kExitOk;
  }

  void PrintJson(const ProgressImportRun& run, const std::string& kind,
                 const cli::Streams& streams) const {
    const Counts& counts = run.counts();
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "summary")
        .Field("kind", kind)
        .Field("dry_run", options_.dry_run)
        .Field("lines", counts.lines)
        .Field("contributions", counts.contributions)
        .Field("unchanged", counts.unchanged)
        .Field("stored", run.stored())
        .Field("delivered", counts.delivered)
        .Field("pending", counts.pending)
        .Field("refused_lines", counts.refused_lines)
        .EndObject();
    *streams.out << json.Finish();
  }

  void PrintText(const ProgressImportRun& run, const std::string& kind,
                 const cli::Streams& streams) const {
    const Counts& counts = run.counts();
    std::string text =
        absl::StrCat(cli::Count(counts.lines, "line"), ": ",
                     cli::Count(counts.contributions, absl::StrCat(kind, " contribution")), " fit");
    if (counts.unchanged > 0) {
      absl::StrAppend(&text, ", ", cli::WithThousands(counts.unchanged), " unchanged");
    }
    if (run.stored() && options_.no_wait) {
      absl::StrAppend(&text, ", in the outbox");
    } else if (run.stored()) {
      absl::StrAppend(&text, ", ", cli::WithThousands(counts.delivered), " stored by the hub");
      if (counts.pending > 0) {
        absl::StrAppend(&text, ", ", cli::WithThousands(counts.pending), " in the outbox");
      }
    }
    if (counts.refused_lines > 0) {
      absl::StrAppend(&text, ", ", cli::Count(counts.refused_lines, "line"), " refused");
      if (!run.stored()) absl::StrAppend(&text, "; nothing was stored");
    }
    *streams.out << text << "\n";
    if (counts.pending > 0) {
      streams.PrintNote(
          "what is in the outbox is on disk and goes out when the hub is back: vervet-member "
          "flush");
    }
  }

  Invocation& invocation_;
  Options options_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeProgressImportCommand(Invocation& invocation) {
  return std::make_unique<ProgressImportCommand>(invocation);
}

}  // namespace vervet::member_cli
