// vervet-demo: three platforms protect one another, on this machine alone, with real processes and
// real encryption.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/flags.h"
#include "core/cli/stop_signal.h"
#include "examples/coalition/temp_dir.h"
#include "examples/demo/stage.h"

namespace vervet::demo {
namespace {

constexpr char kHelp[] = R"(vervet-demo: three platforms protect one another, and hand over nothing.

A marketplace, a social network and a search engine, a coordinator and a hub, each a process of its own on the loopback
interface, with mutual TLS and encrypted files. Ends by itself; every line with a tick was checked.

  --dir DIR         where its files go (default: build/demo-run); an earlier run there is wiped
  --offenders N     how many generated offenders are shared (default: 20000)
  --serve           at the end, keep the hub and the coordinators' page running until Ctrl-C

Exit codes: 0 everything was as it must be; 1 something was not, the last line says what; 2 wrong usage.
)";

absl::Status Play(Stage& stage) {
  VERVET_RETURN_IF_ERROR(coalition::PrepareRunDir(stage.settings.dir));
  VERVET_RETURN_IF_ERROR(FoundCoalition(stage));
  VERVET_RETURN_IF_ERROR(WarnAndRecognise(stage));
  VERVET_RETURN_IF_ERROR(RecogniseEveryPhone(stage));
  VERVET_RETURN_IF_ERROR(ShareManyOffenders(stage));
  VERVET_RETURN_IF_ERROR(RightAWrong(stage));
  VERVET_RETURN_IF_ERROR(KillTheHub(stage));
  VERVET_RETURN_IF_ERROR(AuditTheLog(stage));
  VERVET_RETURN_IF_ERROR(SearchForRawData(stage));
  VERVET_RETURN_IF_ERROR(stage.coalition->StartHub());
  VERVET_RETURN_IF_ERROR(RecognisePictures(stage));
  return MeasureProgress(stage);
}

// The coordinators' page; with `stop`, until that.
absl::Status ShowTheDashboard(Stage& stage, cli::StopSignal* stop) {
  std::string url;
  const auto dashboard = StartDashboard(stage, &url);
  // A build without it still has everything else to show.
  if (absl::IsNotFound(dashboard.status())) {
    stage.timeline.Fact("dashboard", "not built here: build the target vervet-dashboard");
    return absl::OkStatus();
  }
  VERVET_RETURN_IF_ERROR(dashboard.status());
  stage.timeline.Fact("dashboard", url);
  if (stop == nullptr) {
    stage.timeline.Fact("", "it ends with this run; ./dev demo --serve keeps it");
    return absl::OkStatus();
  }
  stage.timeline.Fact("", "open it in a browser on this machine; Ctrl-C ends hub and page");
  stop->Listen();
  while (!stop->WaitFor(absl::Hours(1))) {
  }
  return absl::OkStatus();
}

std::string AbsolutePath(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

int Main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (std::any_of(arguments.begin(), arguments.end(),
                  [](const std::string& a) { return a == "--help" || a == "-h"; })) {
    std::cout << kHelp;
    return cli::kExitOk;
  }
  std::string dir = "build/demo-run";
  int64_t offenders = 20'000;
  bool serve = false;
  cli::FlagSet flags;
  flags.String("dir", "DIR", "", &dir);
  flags.Int("offenders", "N", "", 0, 1'000'000, &offenders);
  flags.Switch("serve", "", &serve);
  const auto rest = flags.Parse(arguments);
  if (!rest.ok() || !rest->empty()) {
    std::cerr << "vervet-demo: "
              << (rest.ok() ? "takes flags alone; see --help" : rest.status().message()) << "\n";
    return cli::kExitUsage;
  }
  static cli::StopSignal stop;  // its thread outlives main's last statement
  if (serve) cli::StopSignal::ListenForSignals(&stop);
  Timeline timeline(std::cout, isatty(STDOUT_FILENO) == 1);
  Stage stage = {{AbsolutePath(dir), static_cast<uint64_t>(offenders)}, timeline, nullptr, {}, {}};
  const absl::Status played = Play(stage);
  if (!played.ok()) {
    timeline.Failed(played.message());
    std::cerr << "vervet-demo: " << played.message() << "\nIts files are in " << stage.settings.dir
              << "\n";
    return cli::kExitFailed;
  }
  Summarise(stage);
  const absl::Status shown = ShowTheDashboard(stage, serve ? &stop : nullptr);
  if (!shown.ok()) {
    std::cerr << "vervet-demo: the dashboard: " << shown.message() << "\n";
    return cli::kExitFailed;
  }
  return cli::kExitOk;
}

}  // namespace

void Summarise(Stage& stage) {
  Timeline& timeline = stage.timeline;
  Measurements& measured = stage.measured;
  const auto median_and_maximum = [](std::vector<absl::Duration> durations) {
    std::sort(durations.begin(), durations.end());
    return absl::StrCat("half within ", ForPeople(durations[durations.size() / 2]), ", all within ",
                        ForPeople(durations.back()));
  };
  timeline.Blank();
  timeline.Fact("told without asking", absl::StrCat(median_and_maximum(measured.told),
                                                    " of the record's entering the log"));
  timeline.Fact("recognised on asking", absl::StrCat(median_and_maximum(measured.checked),
                                                     ", start of the process included"));
  timeline.Fact(
      "checked in bulk",
      absl::StrCat(
          WithCommas(measured.bulk_checks), " identifiers, ",
          WithCommas(static_cast<uint64_t>(static_cast<double>(measured.bulk_checks) /
                                           absl::ToDoubleSeconds(measured.bulk_checks_took))),
          " a second"));
  timeline.Fact("in force", absl::StrCat(WithCommas(measured.live_records), " records with ",
                                         WithCommas(measured.live_signatures), " signatures"));
  timeline.Fact("the log", absl::StrCat(WithCommas(measured.log_events), " events; root ",
                                        measured.log_root.substr(0, 16),
                                        "…, the same at the hub and at three members"));
  timeline.Fact("files", absl::StrCat(stage.settings.dir, " (look around; the next run wipes it)"));
  timeline.Blank();
  timeline.Fact("Done", absl::StrCat("in ", ForPeople(timeline.elapsed()),
                                     ". Nobody handed over a user's data."));
}

}  // namespace vervet::demo

int main(int argc, char** argv) { return vervet::demo::Main(argc, argv); }
