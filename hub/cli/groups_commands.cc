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

class CreateCommand final : public cli::Command {
 public:
  explicit CreateCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "groups create",
            .arguments = "GROUP --name TEXT --transfer-instrument TEXT",
            .summary = "make a sharing group",
            .purpose =
                "A record goes to the members of the sharing groups that it names, and to nobody "
                "else. Where "
                "regions are permitted, a member elsewhere cannot join. The transfer instrument is "
                "the legal ground "
                "on which its members pass records across borders; people read it.",
            .examples = {{"groups create coalition --name 'The whole coalition' "
                          "--transfer-instrument 'SCC 2021/914'",
                          "open to members of every region"},
                         {"groups create eu-desk --name 'EU desk' --region IE --region DE "
                          "--transfer-instrument GDPR",
                          "for members in Ireland and Germany"}},
            .exit_codes = CommonExitCodes(),
            .minimum_arguments = 1,
            .maximum_arguments = 1};
  }

  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("name", "TEXT", "what people read, 1-128 bytes", &name_);
    flags.StringList("region", "XX", "a permitted region; without one, all are", &regions_);
    flags.String("transfer-instrument", "TEXT",
                 "the legal instrument for transfers between its members", &instrument_);
    flags.Require("name");
    flags.Require("transfer-instrument");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::CreateGroupRequest request;
    const absl::Status built = Build(arguments[0], &request);
    if (!built.ok()) {
      streams.PrintError(absl::StrCat("groups create: ", built.message()));
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<RegistrySession> session =
        RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::ChangeResponse created;
    const absl::Status status = session->Call(&Stub::CreateGroup, request, &created);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("group", request.group())
          .Field("sequence", created.sequence())
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "created  " << request.group() << ", event "
                   << cli::WithThousands(created.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  absl::Status Build(const std::string& group, v1::CreateGroupRequest* request) const {
    VERVET_RETURN_IF_ERROR(CheckGroupArgument(group));
    VERVET_RETURN_IF_ERROR(CheckLength("name", name_, kMaxDisplayNameBytes));
    VERVET_RETURN_IF_ERROR(CheckLength("transfer-instrument", instrument_, kMaxReasonBytes));
    for (const std::string& region : regions_) {
      VERVET_ASSIGN_OR_RETURN(*request->add_permitted_regions(), RegionArgument("region", region));
    }
    request->set_group(group);
    request->set_display_name(name_);
    request->set_transfer_instrument(instrument_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string name_;
  std::vector<std::string> regions_;
  std::string instrument_;
};

// JoinGroup and LeaveGroup differ in their words and their call alone.
template <typename Request>
class MembershipCommand final : public cli::Command {
 public:
  using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, v1::ChangeResponse*);
  MembershipCommand(Invocation& invocation, cli::CommandPage page, std::string done, Method method)
      : invocation_(invocation), page_(std::move(page)), done_(std::move(done)), method_(method) {
    page_.arguments = "GROUP PARTY";
    page_.exit_codes = CommonExitCodes();
    page_.minimum_arguments = page_.maximum_arguments = 2;
  }

  cli::CommandPage Page() const override { return page_; }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    const absl::Status group = CheckGroupArgument(arguments[0]);
    const absl::StatusOr<std::string> party = PartyArgument(arguments[1]);
    if (!group.ok() || !party.ok()) {
      streams.PrintError(
          absl::StrCat(page_.name, ": ", (group.ok() ? party.status() : group).message()));
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<RegistrySession> session =
        RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    Request request;
    request.set_request_id(session->NewRequestId());
    request.set_group(arguments[0]);
    request.set_party(*party);
    v1::ChangeResponse changed;
    const absl::Status status = session->Call(method_, request, &changed);
    if (!status.ok()) return session->Explain(status);
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("group", arguments[0])
          .Field("party", *party)
          .Field("sequence", changed.sequence())
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << *party << " " << done_ << " " << arguments[0] << ", event "
                   << cli::WithThousands(changed.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  cli::CommandPage page_;
  std::string done_;
  Method method_;
};

}  // namespace

void AddGroupsCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<CreateCommand>(invocation));
  program.Add(std::make_unique<MembershipCommand<v1::JoinGroupRequest>>(
      invocation,
      cli::CommandPage{
          .name = "groups join",
          .summary = "put a party into a sharing group",
          .purpose =
              "It receives the group's records, those of the past included, and may publish to it. "
              "Refused where its region is not among those that the group permits.",
          .examples = {{"groups join asia-desk market", "member/market joins asia-desk"}}},
      "joined", &Stub::JoinGroup));
  program.Add(std::make_unique<MembershipCommand<v1::LeaveGroupRequest>>(
      invocation,
      cli::CommandPage{
          .name = "groups leave",
          .summary = "take a party out of a sharing group",
          .purpose =
              "It receives nothing of the group any more and drops what it had; records that it "
              "published stay.",
          .examples = {{"groups leave asia-desk market", "member/market leaves asia-desk"}}},
      "left", &Stub::LeaveGroup));
}

}  // namespace vervet::coordinator_cli
