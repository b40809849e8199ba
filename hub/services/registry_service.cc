#include "hub/services/registry_service.h"

#include "hub/engine/registry.h"
#include "hub/services/unary_call.h"

namespace vervet::hub {
namespace {

// Appends the change; the answer is the event's sequence number.
grpc::ServerUnaryReactor* Change(const UnaryCall& call, absl::StatusOr<Command> command,
                                 v1::ChangeResponse* response) {
  call.Append(std::move(command), [response](const RequestOutcome& outcome) {
    response->set_sequence(outcome.sequence);
  });
  return call.reactor();
}

void FillParty(const views::CoalitionState& state, const views::Roster::Party& party,
               const SyncPositions::Entry& position, v1::RosterEntry* entry) {
  entry->set_party(party.party);
  entry->set_display_name(party.display_name);
  entry->set_region(party.region);
  entry->set_suspended(party.suspended);
  entry->set_suspension_reason(party.suspension_reason);
  for (const std::string& group : party.groups) entry->add_groups(group);
  entry->set_admitted_us(absl::ToUnixMicros(party.admitted));
  entry->set_connected(position.streams > 0);
  entry->set_applied_position(position.applied);
  entry->set_applied_us(absl::ToUnixMicros(position.applied_at));
  entry->set_records_published(state.records.LiveRecordsOf(party.party));
}

void FillGroup(const views::Roster::Group& group, v1::GroupEntry* entry) {
  entry->set_group(group.group);
  entry->set_display_name(group.display_name);
  for (const std::string& region : group.permitted_regions) entry->add_permitted_regions(region);
  entry->set_transfer_instrument(group.transfer_instrument);
  entry->set_members(static_cast<uint32_t>(group.members.size()));
}

}  // namespace

grpc::ServerUnaryReactor* RegistryService::Admit(grpc::CallbackServerContext* context,
                                                 const v1::AdmitRequest* request,
                                                 v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "Admit");
  return Change(call, AdmitCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RegistryService::Suspend(grpc::CallbackServerContext* context,
                                                   const v1::SuspendRequest* request,
                                                   v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "Suspend");
  return Change(call, SuspendCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RegistryService::Reinstate(grpc::CallbackServerContext* context,
                                                     const v1::ReinstateRequest* request,
                                                     v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "Reinstate");
  return Change(call, ReinstateCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RegistryService::CreateGroup(grpc::CallbackServerContext* context,
                                                       const v1::CreateGroupRequest* request,
                                                       v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "CreateGroup");
  return Change(call, CreateGroupCommand(call.party(), hub_->region, *request), response);
}

grpc::ServerUnaryReactor* RegistryService::JoinGroup(grpc::CallbackServerContext* context,
                                                     const v1::JoinGroupRequest* request,
                                                     v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "JoinGroup");
  return Change(call, JoinGroupCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RegistryService::LeaveGroup(grpc::CallbackServerContext* context,
                                                      const v1::LeaveGroupRequest* request,
                                                      v1::ChangeResponse* response) {
  const UnaryCall call(hub_, context, "LeaveGroup");
  return Change(call, LeaveGroupCommand(call.party(), *request), response);
}

grpc::ServerUnaryReactor* RegistryService::List(grpc::CallbackServerContext* context,
                                                const v1::ListRequest* request,
                                                v1::ListResponse* response) {
  const UnaryCall call(hub_, context, "List");
  *response->mutable_head() = hub_->heads->Current();
  hub_->state->Read([&](const views::CoalitionState& state) {
    for (const auto& [name, party] : state.roster.parties()) {
      FillParty(state, party, hub_->positions->Find(name), response->add_parties());
    }
    for (const auto& [name, group] : state.roster.groups())
      FillGroup(group, response->add_groups());
    response->set_live_records(state.records.live_records());
    response->set_live_signatures(state.records.live_signatures());
  });
  call.Finish(absl::OkStatus());
  return call.reactor();
}

}  // namespace vervet::hub
