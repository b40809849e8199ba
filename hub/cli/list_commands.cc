// members list, groups list and status: three looks at one answer.
#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "core/log/tree_head.h"
#include "hub/cli/commands.h"
#include "hub/cli/roster_text.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

enum class Look { kMembers, kGroups, kStatus };

class ListCommand final : public cli::Command {
 public:
  ListCommand(Invocation& invocation, Look look, cli::CommandPage page)
      : invocation_(invocation), look_(look), page_(std::move(page)) {
    page_.exit_codes = CommonExitCodes();
  }

  cli::CommandPage Page() const override { return page_; }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    int exit_code = cli::kExitOk;
    std::unique_ptr<RegistrySession> session =
        RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListResponse list;
    const absl::Status status =
        session->Call(&v1::Registry::StubInterface::List, v1::ListRequest(), &list);
    if (!status.ok()) return session->Explain(status);
    const ConnectionSettings& settings = session->settings();
    if (!settings.log_public_key.empty()) {
      const absl::Status verified =
          log::VerifyTreeHead(settings.log_public_key, settings.coalition, list.head());
      if (!verified.ok()) {
        streams.PrintError(verified);
        streams.PrintNote(
            "the hub's log is not signed by the key in log_public_key: compare the key with "
            "another "
            "coordinator before you trust what this hub shows");
        return cli::kExitFailed;
      }
    }
    invocation_.json ? PrintJson(list, settings, streams) : PrintText(list, settings, streams);
    return cli::kExitOk;
  }

 private:
  void PrintText(const v1::ListResponse& list, const ConnectionSettings& settings,
                 const cli::Streams& streams) const {
    const absl::Time now = invocation_.seams->environment->Now();
    switch (look_) {
      case Look::kMembers:
        *streams.out << MembersTable(list, now, streams);
        return;
      case Look::kGroups:
        *streams.out << GroupsTable(list, streams);
        return;
      case Look::kStatus:
        break;
    }
    const v1::SignedTreeHead& head = list.head();
    cli::FactSheet sheet;
    sheet.Add("hub", absl::StrCat(settings.hub_target, ", coalition ", settings.coalition));
    sheet.Add("log", cli::Count(head.size(), "event"));
    sheet.Add("tree root", absl::BytesToHexString(head.root()));
    sheet.Add("signed", absl::StrCat(cli::TimeForPeople(absl::FromUnixMicros(head.time_us())),
                                     settings.log_public_key.empty()
                                         ? ", signature not checked (no log_public_key)"
                                         : ", signature right"));
    sheet.Add("records", absl::StrCat(cli::WithThousands(list.live_records()), " live, ",
                                      cli::Count(list.live_signatures(), "signature")));
    sheet.Add("parties", PartiesText(list));
    sheet.Add("groups", cli::WithThousands(list.groups_size()));
    *streams.out << sheet.Render(streams);
  }

  static std::string PartiesText(const v1::ListResponse& list) {
    auto count = [&list](auto predicate) {
      return static_cast<uint64_t>(
          std::count_if(list.parties().begin(), list.parties().end(), predicate));
    };
    const uint64_t connected =
        count([](const v1::RosterEntry& entry) { return entry.connected(); });
    const uint64_t suspended =
        count([](const v1::RosterEntry& entry) { return entry.suspended(); });
    return absl::StrCat(cli::WithThousands(list.parties_size()), " on the roster, ",
                        cli::WithThousands(connected), " connected, ",
                        cli::WithThousands(suspended), " suspended");
  }

  void PrintJson(const v1::ListResponse& list, const ConnectionSettings& settings,
                 const cli::Streams& streams) const {
    const v1::SignedTreeHead& head = list.head();
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject().Key("head").BeginObject();
    json.Field("size", static_cast<uint64_t>(head.size()))
        .Field("root", absl::BytesToHexString(head.root()))
        .Field("time", cli::TimeForPrograms(absl::FromUnixMicros(head.time_us())))
        .Field("verified", !settings.log_public_key.empty())
        .EndObject();
    if (look_ == Look::kStatus) {
      json.Field("live_records", static_cast<uint64_t>(list.live_records()))
          .Field("live_signatures", static_cast<uint64_t>(list.live_signatures()));
    }
    if (look_ != Look::kGroups) AppendMembers(list, json);
    if (look_ != Look::kMembers) AppendGroups(list, json);
    json.EndObject();
    *streams.out << json.Finish();
  }

  Invocation& invocation_;
  Look look_;
  cli::CommandPage page_;
};

}  // namespace

void AddListCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<ListCommand>(
      invocation, Look::kMembers,
      cli::CommandPage{
          .name = "members list",
          .summary = "who belongs, who is connected, who is behind",
          .purpose =
              "POSITION is the last event that a member has said to have applied durably, BEHIND "
              "how many events the "
              "log has beyond it, HEARD when it said so, RECORDS how many live records it has "
              "published. A member "
              "that is away and behind does not yet recognise what the others published since.",
          .examples = {{"members list", "for people"},
                       {"members list --json | jq -r '.members[] | select(.behind > 100) | .party'",
                        "members that are more than 100 events behind"}}}));
  program.Add(std::make_unique<ListCommand>(
      invocation, Look::kGroups,
      cli::CommandPage{
          .name = "groups list",
          .summary = "the sharing groups",
          .purpose =
              "Each group with its members' number, permitted regions and transfer instrument.",
          .examples = {{"groups list", "for people"}}}));
  program.Add(std::make_unique<ListCommand>(
      invocation, Look::kStatus,
      cli::CommandPage{.name = "status",
                       .summary = "the log's size and root, live records, the roster in numbers",
                       .purpose = "Where log_public_key is configured, the hub's signature under "
                                  "its log's size and root is "
                                  "checked, and an answer that it does not cover is refused. "
                                  "Compare the root with another "
                                  "coordinator's at the same size: both must see one log.",
                       .examples = {{"status", "for people"},
                                    {"status --json", "everything in one document"}}}));
}

}  // namespace vervet::coordinator_cli
