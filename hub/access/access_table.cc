#include "hub/access/access_table.h"

namespace vervet::hub {
namespace {

const std::vector<AccessRow>& Rows() {
  using v1::AGENCY;
  using v1::AUDITOR;
  using v1::COORDINATOR;
  using v1::EXPERT;
  using v1::MEMBER;
  static const auto* const rows = new std::vector<AccessRow>{
      {"/vervet.v1.Exchange/Evaluate", {MEMBER}},
      {"/vervet.v1.Exchange/Publish", {MEMBER}},
      {"/vervet.v1.Exchange/Retract", {MEMBER}},
      {"/vervet.v1.Exchange/Lookup", {MEMBER}},
      {"/vervet.v1.Exchange/Sync", {MEMBER, COORDINATOR, AUDITOR}},
      {"/vervet.v1.Audit/GetHead", {MEMBER, COORDINATOR, AUDITOR}},
      {"/vervet.v1.Audit/ProveInclusion", {MEMBER, COORDINATOR, AUDITOR}},
      {"/vervet.v1.Audit/ProveConsistency", {MEMBER, COORDINATOR, AUDITOR}},
      {"/vervet.v1.Records/Opine", {MEMBER}},
      {"/vervet.v1.Records/AnswerDisputes", {MEMBER}},
      {"/vervet.v1.Records/ReportSighting", {MEMBER}},
      {"/vervet.v1.Records/AcknowledgeRemedy", {MEMBER}},
      {"/vervet.v1.Records/Erase", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Records/ShowRecord", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Records/ListRecords", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Budgets/Grant", {COORDINATOR}},
      {"/vervet.v1.Budgets/ListBudgets", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Budgets/MarkCanary", {COORDINATOR}},
      {"/vervet.v1.Budgets/ListAlerts", {COORDINATOR}},
      {"/vervet.v1.Budgets/CloseAlert", {COORDINATOR}},
      {"/vervet.v1.Registry/Admit", {COORDINATOR}},
      {"/vervet.v1.Registry/Suspend", {COORDINATOR}},
      {"/vervet.v1.Registry/Reinstate", {COORDINATOR}},
      {"/vervet.v1.Registry/CreateGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/JoinGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/LeaveGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/List", {COORDINATOR, AUDITOR}},
      // gRPC's own health service: whoever is on the roster may ask whether the hub serves.
      {"/grpc.health.v1.Health/Check", {MEMBER, COORDINATOR, EXPERT, AGENCY, AUDITOR}},
  };
  return *rows;
}

}  // namespace

absl::Span<const AccessRow> AccessTable() { return Rows(); }

const AccessRow* FindAccessRow(absl::string_view method) {
  for (const AccessRow& row : Rows()) {
    if (row.method == method) return &row;
  }
  return nullptr;
}

}  // namespace vervet::hub
