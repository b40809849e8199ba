// progress define, panel, contribute and release: what coordinators decide. Definitions, panels and
// independent surveys come from files in protobuf's text format.
#include <memory>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "core/cli/textproto_file.h"
#include "hub/cli/commands.h"
#include "hub/cli/progress_arguments.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Progress::StubInterface;

// A message from a file; prints what is wrong with it.
template <typename Message>
bool LoadFile(const std::string& path, Message* message, const cli::Streams& streams) {
  const auto loaded = cli::TextprotoFile::Load(path, message);
  if (loaded.ok()) return true;
  streams.PrintError(loaded.status());
  return false;
}

class DefineCommand final : public cli::Command {
 public:
  explicit DefineCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress define",
        .arguments = "FILE",
        .summary = "what contributions are counted under, from now on",
        .purpose =
            "FILE holds a Definitions message (proto/vervet/v1/progress_types.proto) in "
            "protobuf's text format: actions with their units, detection sources, taxon groups, "
            "surfaces, platform classes, languages, units of exposure, what counts as a "
            "positive, and what changed. It becomes the version after the newest. Every figure "
            "names the version that it was counted under, and every line in a chart gets a "
            "marker.",
        .examples = {{"progress define definitions.textproto", "as the next version"},
                     {"progress definitions > definitions.textproto", "the newest, to edit"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.Int("after", "VERSION", "refuse unless this is the newest version (0: there is none yet)",
              0, 1'000'000, &after_);
  }
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::DefineRequest request;
    if (!LoadFile(arguments[0], request.mutable_definitions(), streams)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.mutable_definitions()->clear_version();
    request.set_request_id(session->NewRequestId());
    request.set_after_version(static_cast<uint32_t>(after_));
    if (after_ < 0) {
      v1::GetDefinitionsResponse newest;
      const absl::Status asked =
          session->Call(&Stub::GetDefinitions, v1::GetDefinitionsRequest(), &newest);
      if (!asked.ok() && !absl::IsNotFound(asked)) return session->Explain(asked);
      request.set_after_version(newest.newest_version());
    }
    v1::DefineResponse answer;
    const absl::Status status = session->Call(&Stub::Define, request, &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
    } else {
      *streams.out << "defined  version " << answer.version() << ", event "
                   << cli::WithThousands(answer.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  int64_t after_ = -1;
};

class PanelCommand final : public cli::Command {
 public:
  explicit PanelCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "progress panel",
            .arguments = "FILE",
            .summary = "fix who and what is compared, against which baseline",
            .purpose =
                "FILE holds a Panel message (proto/vervet/v1/progress_types.proto) in protobuf's "
                "text format: its name, the baseline's days, the months of a reporting period, the "
                "unit of exposure, and each member with its platform class and strata. Days count "
                "from 1970-01-01. A panel never changes: who joins later waits for the next one.",
            .examples = {{"progress panel founders.textproto", "make it"}},
            .exit_codes = CommonExitCodes(),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::CreatePanelRequest request;
    if (!LoadFile(arguments[0], request.mutable_panel(), streams)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::CreatePanelResponse answer;
    const absl::Status status = session->Call(&Stub::CreatePanel, request, &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
    } else {
      *streams.out << "made  panel " << request.panel().panel() << " of "
                   << cli::Count(static_cast<uint64_t>(request.panel().members_size()), "member")
                   << ", baseline " << PeriodText(request.panel().baseline()) << ", event "
                   << cli::WithThousands(answer.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

class ContributeCommand final : public cli::Command {
 public:
  explicit ContributeCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress contribute",
        .arguments = "FILE",
        .summary = "submit what an independent surveyor found",
        .purpose =
            "FILE holds `contributions { survey { ... } }` and `contributions { team { ... } }` "
            "(ContributeRequest in proto/vervet/v1/progress.proto) in protobuf's text format, "
            "each with an independent_surveyor; of any member. All are stored or none. They are "
            "shown beside what members found themselves, never mixed with it. Members submit "
            "their own with vervet-member.",
        .examples = {{"progress contribute monitors-2026-04.textproto", "April's"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::ContributeRequest request;
    if (!LoadFile(arguments[0], &request, streams)) return cli::kExitUsage;
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    if (request.request_id().empty()) request.set_request_id(session->NewRequestId());
    v1::ContributeResponse answer;
    const absl::Status status = session->Call(&Stub::Contribute, request, &answer);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      *streams.out << ProgressJson(answer);
    } else {
      *streams.out << "stored  " << cli::Count(answer.stored(), "contribution") << ", from event "
                   << cli::WithThousands(answer.first_sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

class ReleaseCommand final : public cli::Command {
 public:
  explicit ReleaseCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "progress release",
        .arguments = "MONTH",
        .summary = "show a period to the members, as it is now",
        .purpose =
            "MONTH names the reporting period. Members see a figure only where at least five "
            "contribute to it, none has more than 60%, and nothing that was ever released lets "
            "a member's part be worked out; the others are withheld and say why. What was shown "
            "cannot be taken back: look with --preview first. A period can be released again "
            "after restatements.",
        .examples = {{"progress release 2026-04 --preview", "what would be shown"},
                     {"progress release 2026-04 --note 'first quarter, audited'", "show it"}},
        .exit_codes = CommonExitCodes(),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("panel", "NAME", "which panel (default: the newest)", &panel_);
    flags.String("note", "TEXT", "for members to read, at most 512 bytes", &note_);
    flags.Switch("preview", "only say what would be shown", &preview_);
  }
  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::StatusOr<v1::PanelLine> panel = FindPanel(*session, panel_, v1::AsOf());
    if (!panel.ok()) return session->Explain(panel.status());
    const absl::StatusOr<v1::Days> period = PeriodArgument(arguments[0], *panel);
    if (!period.ok()) return RefuseArguments("progress release", period.status(), streams);
    v1::ReleaseRequest request;
    request.set_request_id(session->NewRequestId());
    request.set_panel(panel->panel().panel());
    *request.mutable_period() = *period;
    request.set_note(note_);
    request.set_preview(preview_);
    v1::ReleaseResponse answer;
    const absl::Status status = session->Call(&Stub::Release, request, &answer);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? ProgressJson(answer) : Text(request, answer));
    return cli::kExitOk;
  }

 private:
  std::string Text(const v1::ReleaseRequest& request, const v1::ReleaseResponse& answer) const {
    std::string text =
        absl::StrCat(preview_ ? "preview  " : "released  ", PeriodText(request.period()),
                     ", panel ", request.panel(), ": ", cli::Count(answer.shown(), "figure"),
                     " shown, ", answer.withheld(), " withheld");
    if (!preview_) {
      absl::StrAppend(&text, ", release ", answer.release(), ", event ",
                      cli::WithThousands(answer.sequence()));
    }
    absl::StrAppend(&text, "\n");
    for (const v1::ReductionFigure& figure : answer.reductions()) {
      absl::StrAppend(&text, "  ", cli::Printable(SubsetText(figure.subset())), ": ");
      if (figure.has_withheld()) {
        absl::StrAppend(&text, "withheld, ", figure.withheld().code());
      } else {
        absl::StrAppend(&text, VerdictText(figure.verdict()));
        if (figure.has_reduction()) {
          absl::StrAppend(&text, ", ", PercentText(figure.reduction().point()), " (",
                          IntervalText(figure.reduction()), ")");
        }
      }
      absl::StrAppend(&text, "\n");
    }
    return text;
  }

  Invocation& invocation_;
  std::string panel_, note_;
  bool preview_ = false;
};

}  // namespace

void AddProgressChanges(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<ReleaseCommand>(invocation));
  program.Add(std::make_unique<DefineCommand>(invocation));
  program.Add(std::make_unique<PanelCommand>(invocation));
  program.Add(std::make_unique<ContributeCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
