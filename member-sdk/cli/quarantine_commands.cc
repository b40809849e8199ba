// images quarantine: pictures of records that suddenly matched so much that they are set aside.
#include <ostream>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/image_files.h"

namespace vervet::member_cli {
namespace {

class ListQuarantinesCommand final : public cli::Command {
 public:
  explicit ListQuarantinesCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "images quarantine list",
        .summary = "pictures of records that are set aside",
        .purpose =
            "A picture that suddenly matches far more of this platform's users than before is "
            "most likely one that many use, such as a stock photograph. It is set aside: nobody "
            "is told of its matches until a person has looked at it. Release it, or dispute the "
            "record, or ask two experts to mark the picture as harmless.\n\n"
            "LEFT OUT: how often checks since then, and the report on pictures checked before, "
            "said "
            "nothing of it. WAITING: how many of this platform's subjects a release would name.\n\n"
            "--json: one document, {\"quarantines\":[...]}.",
        .examples = {{"images quarantine list", "for people"}},
        .exit_codes = {{cli::kExitOk, "listed, or nothing is set aside"},
                       {cli::kExitFailed, "the vault cannot be opened or read"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"}}};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, false, &exit_code);
    if (session == nullptr) return exit_code;
    const auto quarantines = session->client().Quarantines();
    if (!quarantines.ok()) {
      streams.PrintError(quarantines.status());
      return cli::ExitCodeFor(quarantines.status());
    }
    invocation_.json ? PrintJson(*quarantines, streams) : PrintText(*quarantines, streams);
    return cli::kExitOk;
  }

 private:
  void PrintJson(const std::vector<ImageQuarantine>& quarantines,
                 const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject().Key("quarantines").BeginArray();
    for (const ImageQuarantine& one : quarantines) {
      json.BeginObject().Field("record_id", one.record_id).Field("publisher", one.publisher);
      AppendHash(one.hash, json);
      json.Field("since", cli::TimeForPrograms(absl::FromChrono(one.since)))
          .Field("matches", one.matches)
          .Field("window_s", int64_t{one.window.count()})
          .Field("set_aside", one.set_aside)
          .Field("waiting", one.waiting)
          .EndObject();
    }
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  void PrintText(const std::vector<ImageQuarantine>& quarantines,
                 const cli::Streams& streams) const {
    if (quarantines.empty()) {
      *streams.out << "nothing is set aside\n";
      return;
    }
    cli::Table table(
        {{"RECORD"}, {"HASH"}, {"OF"}, {"SINCE"}, {"MATCHES"}, {"LEFT OUT"}, {"WAITING"}});
    for (const ImageQuarantine& one : quarantines) {
      table.AddRow({one.record_id, one.hash.Hex(), one.publisher,
                    cli::TimeForPeople(absl::FromChrono(one.since)),
                    absl::StrCat(cli::WithThousands(one.matches), " in ",
                                 cli::DurationForPeople(absl::FromChrono(one.window))),
                    cli::WithThousands(one.set_aside), cli::WithThousands(one.waiting)});
    }
    *streams.out << table.Render(streams);
  }

  Invocation& invocation_;
};

class ReleaseQuarantineCommand final : public cli::Command {
 public:
  explicit ReleaseQuarantineCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "images quarantine release",
        .arguments = "RECORD_ID HASH",
        .summary = "let a picture of a record match again, after a person has looked at it",
        .purpose =
            "What was set aside and is still remembered is reported as `watch` reports matches; "
            "the picture is not set aside again for 30 days.",
        .examples = {{"images quarantine release 0190a1b2c3d4e5f60718293a4b5c6d7e f8f8f0cc...",
                      "with the hash as `images quarantine list` shows it"}},
        .exit_codes = {{cli::kExitOk, "released"},
                       {cli::kExitFailed, "it is not set aside, or the vault failed"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"}},
        .minimum_arguments = 2,
        .maximum_arguments = 2};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("images quarantine release", arguments[0], streams, &record_id)) {
      return cli::kExitUsage;
    }
    const auto hash = ImageHash::FromHex(arguments[1], 0);
    if (!hash.ok()) {
      streams.PrintError(
          absl::StrCat("images quarantine release: HASH: ", hash.status().message()));
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, false, &exit_code);
    if (session == nullptr) return exit_code;
    const absl::Status released = session->client().ReleaseQuarantine(record_id, *hash);
    if (!released.ok()) {
      streams.PrintError(released);
      return cli::ExitCodeFor(released);
    }
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject().Field("record_id", record_id).Field("hash", hash->Hex()).EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "released; `watch` reports what was set aside\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeListQuarantinesCommand(Invocation& invocation) {
  return std::make_unique<ListQuarantinesCommand>(invocation);
}

std::unique_ptr<cli::Command> MakeReleaseQuarantineCommand(Invocation& invocation) {
  return std::make_unique<ReleaseQuarantineCommand>(invocation);
}

}  // namespace vervet::member_cli
