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
      {"/vervet.v1.Records/ReportQuarantine", {MEMBER}},
      {"/vervet.v1.Records/AcknowledgeRemedy", {MEMBER}},
      {"/vervet.v1.Records/Erase", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Records/ShowRecord", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Records/ListRecords", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Budgets/Grant", {COORDINATOR}},
      {"/vervet.v1.Budgets/ListBudgets", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Budgets/MarkCanary", {COORDINATOR}},
      {"/vervet.v1.Budgets/ListAlerts", {COORDINATOR}},
      {"/vervet.v1.Budgets/CloseAlert", {COORDINATOR}},
      {"/vervet.v1.Progress/Contribute", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/Define", {COORDINATOR}},
      {"/vervet.v1.Progress/CreatePanel", {COORDINATOR}},
      {"/vervet.v1.Progress/Release", {COORDINATOR}},
      {"/vervet.v1.Progress/GetReduction", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/GetCoverage", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/GetSeries", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/GetDisplacement", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/Plan", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/ListRestatements", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/ListContributions", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/ListReleases", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/GetDefinitions", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/ListPanels", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Progress/GetProgressVersion", {MEMBER, COORDINATOR}},
      {"/vervet.v1.Registry/Admit", {COORDINATOR}},
      {"/vervet.v1.Registry/Suspend", {COORDINATOR}},
      {"/vervet.v1.Registry/Reinstate", {COORDINATOR}},
      {"/vervet.v1.Registry/CreateGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/JoinGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/LeaveGroup", {COORDINATOR}},
      {"/vervet.v1.Registry/List", {COORDINATOR, AUDITOR}},
      {"/vervet.v1.NegativeList/MarkHarmless", {EXPERT}},
      {"/vervet.v1.NegativeList/ClearHarmless", {EXPERT, COORDINATOR}},
      {"/vervet.v1.NegativeList/ListHarmless", {MEMBER, COORDINATOR, EXPERT, AUDITOR}},
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
