#include <filesystem>
#include <fstream>
#include <ostream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"
#include "member-sdk/cli/check_csv.h"
#include "member-sdk/cli/check_images.h"
#include "member-sdk/cli/check_output.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/image_files.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

class CheckCommand final : public cli::Command {
 public:
  explicit CheckCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "check",
        .arguments = "(--phone NUMBER | --email ADDRESS | ... | --csv FILE | PICTURE|FOLDER...)",
        .summary = "ask whether identifiers or pictures are in a record of the coalition",
        .purpose =
            "Brings the vault up to date, then answers from it. An identifier that the vault has "
            "not seen before goes to "
            "the hub once, blinded, to become a token; the hub does not learn which it was. With a "
            "reference, the token "
            "is remembered, and `watch` reports a record that arrives later.\n\n"
            "What is typed on a command line is visible to other users of the machine and stays in "
            "the shell's history: "
            "for real data use --csv, where - is standard input. Its columns, in any order: "
            "reference, type (phone, "
            "email, payment_account, crypto_wallet, platform_account, url), value, region. Output "
            "names line and "
            "reference, never the value.\n\n"
            "Pictures (JPEG, PNG, WebP) are hashed and compared on this machine; nobody is asked "
            "about them. Of a folder, every file in it and below. A file that is no picture, or "
            "a folder that cannot be read, is named, and the next one is taken.\n\n"
            "--json: one document for identifiers from flags; JSON lines for --csv and pictures, "
            "{\"event\":\"result\",...} for each "
            "line or file, then one {\"event\":\"summary\",...}.",
        .examples = {{"check --phone '020 7946 0018' --region GB --reference user-42",
                      "one person, remembered as user-42"},
                     {"check --csv users.csv --json > answers.jsonl", "every user, for a program"},
                     {"check --csv - --local-only < users.csv", "without any network"},
                     {"check listings/ --variants --name-is-reference",
                      "pictures named after their listings, turned and mirrored too"}},
        .exit_codes =
            {{cli::kExitOk, "nothing matched"},
             {cli::kExitFailed, "failed, or every identifier or picture was refused"},
             {cli::kExitUsage,
              "the command line, the configuration or the CSV header is wrong; nothing was tried"},
             {cli::kExitUnavailable,
              "nothing matched, but some could not be answered without the hub: retry"},
             {cli::kExitPartial, "nothing matched, but some were refused: the output says why"},
             {cli::kExitMatch, "at least one matched"}},
        .maximum_arguments = 1'000'000};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    identifiers_.DeclareFlags(flags);
    flags.String(
        "reference", "TEXT",
        "the platform's own opaque reference of the person; without it nothing is remembered",
        &reference_);
    flags.String("csv", "FILE", "check every line of a CSV file; - is standard input", &csv_);
    flags.Switch("local-only",
                 "never touch the network; what the vault has not seen stays without an answer",
                 &local_only_);
    flags.Switch("no-remember", "do not keep tokens and references for later matches",
                 &no_remember_);
    flags.Switch("variants", "pictures: look for them turned and mirrored too", &variants_);
    flags.Int("radius", "BITS",
              "pictures: how far from a record's, at most (default: the configuration's)", 0,
              kMaxImageRadius, &radius_);
    flags.Switch("name-is-reference",
                 "pictures: each is remembered under its file's name without the ending",
                 &name_is_reference_);
    flags.Seconds("timeout", "how long to catch up with the hub first (default 10); 0: do not wait",
                  &timeout_);
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    if (!arguments.empty()) return CheckImages(arguments, streams);
    if (csv_.empty() == !identifiers_.any()) {
      streams.PrintError(csv_.empty() ? "check: give at least one identifier, such as --phone "
                                        "NUMBER, --csv FILE, or pictures"
                                      : "check: give identifiers or --csv FILE, not both");
      return cli::kExitUsage;
    }
    if (!csv_.empty() && !reference_.empty()) {
      streams.PrintError("check: with --csv the reference is a column of the file");
      return cli::kExitUsage;
    }
    std::ifstream file;
    if (!csv_.empty() && csv_ != "-") {
      file.open(csv_, std::ios::binary);
      if (!file || std::filesystem::is_directory(csv_)) {
        streams.PrintError(absl::StrCat(csv_, ": cannot be read"));
        return cli::kExitUsage;
      }
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !local_only_, &exit_code);
    if (session == nullptr) return exit_code;
    if (csv_.empty()) return CheckOne(*session, streams);
    CatchUp(*session, streams);
    return CheckFile(csv_ == "-" ? *streams.in : file, *session, streams);
  }

 private:
  CheckOptions Options() const {
    CheckOptions options;
    options.local_only = local_only_;
    options.remember = !no_remember_;
    return options;
  }

  int CheckImages(const std::vector<std::string>& paths, cli::Streams& streams) const {
    if (!csv_.empty() || identifiers_.any()) {
      streams.PrintError("check: give identifiers, --csv FILE or pictures, one of the three");
      return cli::kExitUsage;
    }
    if (name_is_reference_ && !reference_.empty()) {
      streams.PrintError("check: give --reference or --name-is-reference, not both");
      return cli::kExitUsage;
    }
    for (size_t i = 0; i < paths.size(); ++i) {
      std::error_code error;
      if (std::filesystem::exists(paths[i], error)) continue;
      // Perhaps an identifier without its flag: it is not repeated.
      streams.PrintError(
          absl::StrCat("check: argument ", i + 1,
                       " is neither a file nor a folder; identifiers need their flag, such as "
                       "--phone NUMBER"));
      return cli::kExitUsage;
    }
    std::vector<std::string> files = FindImageFiles(paths);
    if (files.empty()) {
      streams.PrintError("check: there is no file in what was named");
      return cli::kExitUsage;
    }
    ImageFileCheckOptions options;
    options.reference = reference_;
    options.name_is_reference = name_is_reference_;
    if (radius_ >= 0) options.check.radius = static_cast<int>(radius_);
    options.check.variants = variants_;
    options.check.remember = !no_remember_;
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session =
        Session::Open(invocation_, streams, !local_only_, &exit_code);
    if (session == nullptr) return exit_code;
    CatchUp(*session, streams);
    ImageFileCheck check(std::move(files), std::move(options), invocation_, streams, *session);
    const absl::Status status = check.Run();
    if (status.ok()) return check.counts().ExitCode();
    streams.PrintError(status);
    return check.counts().matched > 0 ? cli::kExitMatch : cli::ExitCodeFor(status);
  }

  // Without the hub the answers are those of the last time it was there, and somebody must know.
  void CatchUp(Session& session, const cli::Streams& streams) const {
    if (local_only_ || timeout_ == absl::ZeroDuration()) return;
    constexpr absl::Duration kPatience = absl::Seconds(3);
    const absl::Status status = session.CatchUp(timeout_, kPatience);
    if (status.ok()) return;
    streams.PrintWarning(
        absl::StrCat("not up to date with the hub (", status.message(),
                     "); answering from what the vault has, position ",
                     cli::WithThousands(session.client().GetSyncState().position)));
  }

  int CheckOne(Session& session, const cli::Streams& streams) const {
    const absl::StatusOr<std::vector<NamedIdentifier>> named =
        identifiers_.Collect(session.config().default_region);
    if (!named.ok()) {
      streams.PrintError(absl::StrCat("check: ", named.status().message()));
      return cli::kExitUsage;
    }
    CatchUp(session, streams);
    const absl::StatusOr<SubjectResult> answer =
        session.client().Check({reference_, WithoutNames(*named)}, Options());
    if (!answer.ok()) {
      streams.PrintError(
          absl::Status(answer.status().code(), Explain(answer.status().message(), *named)));
      return cli::ExitCodeFor(answer.status());
    }
    CheckCounts counts;
    for (const CheckResult& result : answer->results) counts.Add(result.outcome);
    if (invocation_.json) {
      PrintDocument(*answer, *named, session, streams);
    } else {
      const absl::Time now = invocation_.environment().Now();
      for (size_t i = 0; i < answer->results.size() && i < named->size(); ++i) {
        *streams.out << ResultForPeople(answer->results[i], (*named)[i], reference_, now, streams);
      }
      if (counts.matched > 0) *streams.out << "\n" << EvidenceReminder() << "\n";
    }
    return counts.ExitCode();
  }

  void PrintDocument(const SubjectResult& answer, const std::vector<NamedIdentifier>& named,
                     Session& session, const cli::Streams& streams) const {
    const SyncState state = session.client().GetSyncState();
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject()
        .Field("reference", reference_)
        .Field("matched", answer.matched())
        .Field("position", state.position)
        .Field("caught_up", state.caught_up);
    json.Key("results").BeginArray();
    for (size_t i = 0; i < answer.results.size() && i < named.size(); ++i) {
      json.BeginObject();
      AppendResultFields(answer.results[i], named[i], json);
      json.EndObject();
    }
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  int CheckFile(std::istream& in, Session& session, const cli::Streams& streams) const {
    std::error_code error;
    const uint64_t size_bytes = csv_ == "-" ? 0 : std::filesystem::file_size(csv_, error);
    const std::string name =
        csv_ == "-" ? "stdin" : std::filesystem::path(csv_).filename().string();
    CsvCheck check(in, name, error ? 0 : size_bytes, invocation_, streams, session, Options());
    const absl::Status status = check.Run();
    if (status.ok()) return check.counts().ExitCode();
    streams.PrintError(status);
    if (check.counts().matched > 0) return cli::kExitMatch;
    return absl::IsInvalidArgument(status) ? cli::kExitUsage : cli::ExitCodeFor(status);
  }

  Invocation& invocation_;
  IdentifierFlags identifiers_;
  std::string reference_;
  std::string csv_;
  bool local_only_ = false;
  bool no_remember_ = false;
  bool variants_ = false;
  bool name_is_reference_ = false;
  int64_t radius_ = -1;
  absl::Duration timeout_ = absl::Seconds(10);
};

}  // namespace

std::unique_ptr<cli::Command> MakeCheckCommand(Invocation& invocation) {
  return std::make_unique<CheckCommand>(invocation);
}

}  // namespace vervet::member_cli
