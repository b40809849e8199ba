#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Registry::StubInterface;

class AdmitCommand final : public cli::Command {
 public:
  explicit AdmitCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    std::vector<std::pair<int, std::string>> exit_codes = CommonExitCodes();
    exit_codes.emplace_back(cli::kExitPartial,
                            "admitted, but not put into every group: the output says why");
    return {
        .name = "members admit",
        .arguments = "PARTY --name TEXT --region XX",
        .summary = "admit a party that has a certificate",
        .purpose =
            "PARTY is what its certificate says: \"member/market\", or \"market\" for a member; "
            "coordinators, "
            "experts, agencies and auditors are written with their role. From now on its calls are "
            "answered. "
            "It sees the records of its sharing groups, whole history included.",
        .examples = {{"members admit market --name 'Example Market' --region IE --group coalition",
                      "a platform in Ireland, in one group from the start"},
                     {"members admit coordinator/ana --name 'Ana Ruiz' --region ES",
                      "another coordinator"}},
        .exit_codes = std::move(exit_codes),
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("name", "TEXT", "what people read, 1-128 bytes", &name_);
    flags.String("region", "XX", "where the party's systems are, ISO 3166-1 alpha-2", &region_);
    flags.StringList("group", "GROUP", "put it into this sharing group", &groups_);
    flags.Require("name");
    flags.Require("region");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::AdmitRequest request;
    const absl::Status built = Build(arguments[0], &request);
    if (!built.ok()) {
      streams.PrintError(absl::StrCat("members admit: ", built.message()));
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<RegistrySession> session =
        RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::ChangeResponse admitted;
    const absl::Status status = session->Call(&Stub::Admit, request, &admitted);
    if (!status.ok()) return session->Explain(status);
    if (!invocation_.json) {
      *streams.out << "admitted  " << request.party() << ", event "
                   << cli::WithThousands(admitted.sequence()) << "\n";
    }
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject().Field("party", request.party()).Field("sequence", admitted.sequence());
    exit_code = JoinGroups(request.party(), *session, streams, json);
    json.EndObject();
    if (invocation_.json) *streams.out << json.Finish();
    return exit_code;
  }

 private:
  absl::Status Build(const std::string& party, v1::AdmitRequest* request) const {
    VERVET_ASSIGN_OR_RETURN(*request->mutable_party(), PartyArgument(party));
    VERVET_RETURN_IF_ERROR(CheckLength("name", name_, kMaxDisplayNameBytes));
    VERVET_ASSIGN_OR_RETURN(*request->mutable_region(), RegionArgument("region", region_));
    for (const std::string& group : groups_) VERVET_RETURN_IF_ERROR(CheckGroupArgument(group));
    request->set_display_name(name_);
    return absl::OkStatus();
  }

  // Each group is a change of its own: a refusal of one takes nothing back.
  int JoinGroups(const std::string& party, RegistrySession& session, const cli::Streams& streams,
                 cli::JsonWriter& json) const {
    int exit_code = cli::kExitOk;
    json.Key("groups").BeginArray();
    for (const std::string& group : groups_) {
      v1::JoinGroupRequest request;
      request.set_request_id(session.NewRequestId());
      request.set_party(party);
      request.set_group(group);
      v1::ChangeResponse joined;
      const absl::Status status = session.Call(&Stub::JoinGroup, request, &joined);
      json.BeginObject().Field("group", group);
      if (status.ok()) {
        json.Field("sequence", joined.sequence());
        if (!invocation_.json) {
          *streams.out << "joined    " << group << ", event "
                       << cli::WithThousands(joined.sequence()) << "\n";
        }
      } else {
        json.Field("error", absl::string_view(status.message()));
        streams.PrintError(
            absl::Status(status.code(), absl::StrCat(group, ": ", status.message())));
        streams.PrintNote(absl::StrCat("it is admitted; when this is mended: vervet groups join ",
                                       group, " ", party));
        exit_code = cli::kExitPartial;
      }
      json.EndObject();
    }
    json.EndArray();
    return exit_code;
  }

  Invocation& invocation_;
  std::string name_;
  std::string region_;
  std::vector<std::string> groups_;
};

// Suspend and Reinstate differ in their words and their call alone.
template <typename Request>
class StandingCommand final : public cli::Command {
 public:
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, v1::ChangeResponse*);
  StandingCommand(Invocation& invocation, cli::CommandPage page, std::string done, Method method)
      : invocation_(invocation), page_(std::move(page)), done_(std::move(done)), method_(method) {
    page_.arguments = "PARTY --reason TEXT";
    page_.exit_codes = CommonExitCodes();
    page_.minimum_arguments = page_.maximum_arguments = 1;
  }

  cli::CommandPage Page() const override { return page_; }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("reason", "TEXT",
                 "why, 1-512 bytes; all coordinators and auditors read it, nothing of any person",
                 &reason_);
    flags.Require("reason");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::StatusOr<std::string> party = PartyArgument(arguments[0]);
    const absl::Status right =
        party.ok() ? CheckLength("reason", reason_, kMaxReasonBytes) : party.status();
    if (!right.ok()) {
      streams.PrintError(absl::StrCat(page_.name, ": ", right.message()));
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<RegistrySession> session =
        RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    Request request;
    request.set_request_id(session->NewRequestId());
    request.set_party(*party);
    request.set_reason(reason_);
    v1::ChangeResponse changed;
    const absl::Status status = session->Call(method_, request, &changed);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject().Field("party", *party).Field("sequence", changed.sequence()).EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << done_ << "  " << *party << ", event "
                   << cli::WithThousands(changed.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  cli::CommandPage page_;
  std::string done_;
  Method method_;
  std::string reason_;
};

}  // namespace

void AddMembersCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<AdmitCommand>(invocation));
  program.Add(std::make_unique<StandingCommand<v1::SuspendRequest>>(
      invocation,
      cli::CommandPage{
          .name = "members suspend",
          .summary = "refuse a party's calls, stop its records matching",
          .purpose =
              "Takes effect at once: its open streams end, its calls are refused, and its records "
              "stop "
              "matching at every member. Nothing is deleted: `members reinstate` brings all of it "
              "back.",
          .examples = {{"members suspend market --reason 'key lost on 3 May'",
                        "until it is reinstated"}}},
      "suspended", &Stub::Suspend));
  program.Add(std::make_unique<StandingCommand<v1::ReinstateRequest>>(
      invocation,
      cli::CommandPage{
          .name = "members reinstate",
          .summary = "end a suspension",
          .purpose =
              "The party's calls are answered again, and its records match again everywhere.",
          .examples = {{"members reinstate market --reason 'new key since 5 May'",
                        "brings it back"}}},
      "reinstated", &Stub::Reinstate));
}

}  // namespace vervet::coordinator_cli
