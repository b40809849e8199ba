#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/import_run.h"
#include "member-sdk/cli/record_words.h"

namespace vervet::member_cli {
namespace {

std::string Purpose() {
  return absl::StrCat(
      "Publishes a CSV file of confirmed cases, one person a line (RFC 4180, UTF-8). The first "
      "line names the columns, in "
      "any order:\n",
      "  decision_reference  the platform's case number; required\n",
      "  subject_reference   the platform's own opaque reference; stays in the vault\n",
      "  phone, email, payment_account, crypto_wallet, platform_account, url\n",
      "                      at least one; several in a cell are separated by ';'\n",
      "  image               files (JPEG, PNG, WebP) relative to the CSV file or --image-folder; "
      "their\n",
      "                      hashes are published, never the pictures\n",
      "  phone_region        two letters, for phones without a leading +\n",
      "  offence             ", absl::StrJoin(ActivityNames(), ", "), "; required\n",
      "  form                ", absl::StrJoin(FormNames(), ", "), "\n",
      "  taxa                scientific names, separated by ';'; required\n",
      "  certainty           ", absl::StrJoin(CertaintyNames(), ", "), " (default: the first)\n",
      "  tlp                 ", absl::StrJoin(TlpNames(), ", "), " (default: amber)\n",
      "  groups              sharing groups, separated by ';' (default: the configuration's)\n",
      "  lifetime_days       default: as long as each type allows\n\n",
      "Every line is checked; a wrong one is refused with its number, the column and what would be "
      "right, and the others "
      "go on. Lines in the outbox survive a crash and an unreachable hub.\n\n",
      "Importing a file a second time publishes its records a second time: the outbox does not "
      "compare decisions. After "
      "exit code 4 import only the refused lines (--errors lists them); after an interruption go "
      "on with --from-line.\n\n"
      "--json: JSON lines, {\"event\":\"refused\",\"line\":...,\"column\":...,\"reason\":...} for "
      "each problem, then one "
      "{\"event\":\"summary\",...}.");
}

class ImportCommand final : public cli::Command {
 public:
  explicit ImportCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "import",
            .arguments = "FILE.csv",
            .summary = "share many confirmed cases from a CSV file",
            .purpose = Purpose(),
            .examples = {{"import offenders.csv --dry-run",
                          "says what is wrong with the file, publishes nothing"},
                         {"import offenders.csv --errors refused.csv",
                          "publishes, and lists the refused lines for a spreadsheet"}},
            .exit_codes =
                {{cli::kExitOk,
                  "every line was delivered (--dry-run: is fit; --no-wait: is in the outbox)"},
                 {cli::kExitFailed, "failed, or every line was refused"},
                 {cli::kExitUsage,
                  "the command line, the configuration or the header is wrong; nothing was tried"},
                 {cli::kExitUnavailable,
                  "no line was refused, but some wait in the outbox: the hub is out of reach, or "
                  "refuses this member (suspended, certificate, ...)"},
                 {cli::kExitPartial,
                  "some lines were refused, the others were delivered or wait in the outbox"}},
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Switch("dry-run", "check every line, publish nothing; the hub's own rules are not asked",
                 &options_.dry_run);
    flags.String("errors", "FILE",
                 "write refused lines' numbers, columns and reasons there, as CSV", &errors_path_);
    flags.String("image-folder", "FOLDER",
                 "where the names in the column image begin (default: beside the CSV file)",
                 &options_.image_folder);
    flags.Int("from-line", "N", "begin at this line of the file (the header is always read)", 2,
              INT64_C(1) << 40, &options_.from_line);
    flags.Seconds("timeout", "give up waiting when nothing was delivered for so long (default 60)",
                  &options_.patience);
    flags.Switch("no-wait", "leave everything in the outbox and return", &options_.no_wait);
    options_.patience = absl::Seconds(60);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const std::string& path = arguments[0];
    std::ifstream file(path, std::ios::binary);
    if (path != "-" && (!file || std::filesystem::is_directory(path))) {
      streams.PrintError(absl::StrCat(path, ": cannot be read"));
      return cli::kExitUsage;
    }
    options_.name = path == "-" ? "stdin" : std::filesystem::path(path).filename().string();
    if (options_.image_folder.empty() && path != "-") {
      options_.image_folder = std::filesystem::path(path).parent_path().string();
    }
    std::error_code unknown_size;
    const uint64_t size_bytes = path == "-" ? 0 : std::filesystem::file_size(path, unknown_size);
    options_.size_bytes = unknown_size ? 0 : size_bytes;

    std::ofstream errors;
    if (!errors_path_.empty()) {
      errors.open(errors_path_, std::ios::binary | std::ios::trunc);
      if (!errors) {
        streams.PrintError(absl::StrCat("--errors: ", errors_path_, " cannot be written"));
        return cli::kExitUsage;
      }
      options_.errors = &errors;
    }
    int exit_code = cli::kExitOk;
    const bool background = !options_.dry_run && !options_.no_wait;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, background, &exit_code);
    if (session == nullptr) return exit_code;
    invocation_.seams->stop->Listen();
    ImportRun run(path == "-" ? *streams.in : file, options_, invocation_, streams, *session);
    const absl::Status status = run.Run();
    return Conclude(run, status, streams);
  }

 private:
  int Conclude(const ImportRun& run, const absl::Status& status,
               const cli::Streams& streams) const {
    const ImportCounts& counts = run.counts();
    if (absl::IsInvalidArgument(status)) {
      streams.PrintError(status.message());
      return cli::kExitUsage;
    }
    if (!status.ok()) {
      streams.PrintError(status);
      streams.PrintNote(absl::StrCat("stopped before line ", run.next_line(),
                                     "; go on with --from-line ", run.next_line()));
    }
    invocation_.json ? PrintJson(counts, streams) : PrintText(counts, streams);
    if (!status.ok()) return counts.accepted > 0 ? cli::kExitPartial : cli::ExitCodeFor(status);
    if (counts.refused > 0) return counts.accepted > 0 ? cli::kExitPartial : cli::kExitFailed;
    return counts.pending > 0 ? cli::kExitUnavailable : cli::kExitOk;
  }

  void PrintJson(const ImportCounts& counts, const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "summary")
        .Field("dry_run", options_.dry_run)
        .Field("lines", counts.lines)
        .Field("accepted", counts.accepted)
        .Field("delivered", counts.delivered)
        .Field("pending", counts.pending)
        .Field("refused", counts.refused)
        .EndObject();
    *streams.out << json.Finish();
  }

  void PrintText(const ImportCounts& counts, const cli::Streams& streams) const {
    std::string text = absl::StrCat(cli::Count(counts.lines, "line"), ": ");
    if (options_.dry_run) {
      absl::StrAppend(&text, cli::WithThousands(counts.accepted), " fit to publish");
    } else if (options_.no_wait) {
      absl::StrAppend(&text, cli::WithThousands(counts.accepted), " in the outbox");
    } else {
      absl::StrAppend(&text, cli::WithThousands(counts.delivered), " published");
      if (counts.pending > 0)
        absl::StrAppend(&text, ", ", cli::WithThousands(counts.pending), " in the outbox");
    }
    if (counts.refused > 0)
      absl::StrAppend(&text, ", ", cli::WithThousands(counts.refused), " refused");
    *streams.out << text << "\n";
    if (counts.pending > 0) {
      streams.PrintNote(
          "what is in the outbox is on disk and goes out when the hub is back: vervet-member "
          "flush");
    }
  }

  Invocation& invocation_;
  ImportOptions options_;
  std::string errors_path_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeImportCommand(Invocation& invocation) {
  return std::make_unique<ImportCommand>(invocation);
}

}  // namespace vervet::member_cli
