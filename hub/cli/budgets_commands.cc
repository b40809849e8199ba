// budgets and budgets grant.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <ostream>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "hub/cli/commands.h"
#include "hub/cli/words.h"

namespace vervet::coordinator_cli {
namespace {

using Stub = v1::Budgets::StubInterface;
using Align = cli::Table::Align;

absl::StatusOr<uint64_t> EvaluationsArgument(absl::string_view text) {
  uint64_t evaluations = 0;
  if (absl::SimpleAtoi(absl::StrReplaceAll(text, {{",", ""}}), &evaluations) && evaluations > 0 &&
      evaluations <= kMaxGrantedEvaluations) {
    return evaluations;
  }
  return absl::InvalidArgumentError(absl::StrCat("EVALUATIONS: must be a number from 1 to ",
                                                 cli::WithThousands(kMaxGrantedEvaluations)));
}

// The end of that day.
absl::StatusOr<absl::Time> DateArgument(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &error)) {
    return time + absl::Hours(24);
  }
  return absl::InvalidArgumentError(
      "--until: must be a date, such as 2026-12-31: the end of that day, UTC");
}

cli::Cell UsedCell(uint64_t used, uint64_t limit) {
  const cli::Paint paint = used >= limit           ? cli::Paint::kRed
                           : used >= limit / 5 * 4 ? cli::Paint::kYellow
                                                   : cli::Paint::kPlain;
  return {cli::WithThousands(used), paint};
}

uint64_t GrantsLeft(const v1::BudgetLine& line) {
  uint64_t left = 0;
  for (const v1::BudgetGrant& grant : line.grants()) {
    left += grant.evaluations() - std::min(grant.evaluations(), grant.used());
  }
  return left;
}

std::string OwnShare(const v1::BudgetLine& line) {
  if (line.served_today() == 0) return "";
  return absl::StrCat(line.own_users_today() * 100 / line.served_today(), "%");
}

std::string BudgetsText(const v1::ListBudgetsResponse& list, const cli::Streams& streams) {
  cli::Table table({{"MEMBER"},
                    {"TYPE"},
                    {"TODAY", Align::kRight},
                    {"OF", Align::kRight},
                    {"IN ALL", Align::kRight},
                    {"OF", Align::kRight},
                    {"GRANTS LEFT", Align::kRight},
                    {"SERVED", Align::kRight},
                    {"OWN USERS", Align::kRight}});
  std::string grants;
  for (const v1::BudgetLine& line : list.lines()) {
    table.AddRow(
        {line.party(), TypeWord(line.type()), UsedCell(line.used_today(), line.daily_budget()),
         cli::WithThousands(line.daily_budget()), UsedCell(line.used_in_all(), line.total_budget()),
         cli::WithThousands(line.total_budget()), cli::WithThousands(GrantsLeft(line)),
         cli::WithThousands(line.served_today()), OwnShare(line)});
    for (const v1::BudgetGrant& grant : line.grants()) {
      absl::StrAppend(
          &grants, line.party(), " ", TypeWord(line.type()), ": granted ",
          cli::WithThousands(grant.evaluations()), ", used ", cli::WithThousands(grant.used()),
          ", until ", cli::TimeForPeople(absl::FromUnixMicros(grant.expires_us())), ", by ",
          cli::Printable(grant.granted_by()), ": ", cli::Printable(grant.reason()), "\n");
    }
  }
  if (table.empty()) {
    return "nobody has evaluated anything yet; `vervet budgets --party PARTY` shows what a member "
           "may\n";
  }
  return absl::StrCat(table.Render(streams), grants.empty() ? "" : "\n", grants,
                      "\nthe day ends at ",
                      cli::TimeForPeople(absl::FromUnixMicros(list.lines(0).day_ends_us())), "\n");
}

std::string BudgetsJson(const v1::ListBudgetsResponse& list) {
  cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
  json.BeginObject().Key("budgets").BeginArray();
  for (const v1::BudgetLine& line : list.lines()) {
    json.BeginObject()
        .Field("party", line.party())
        .Field("type", TypeWord(line.type()))
        .Field("daily_budget", uint64_t{line.daily_budget()})
        .Field("used_today", uint64_t{line.used_today()})
        .Field("total_budget", uint64_t{line.total_budget()})
        .Field("used_in_all", uint64_t{line.used_in_all()})
        .Field("served_today", uint64_t{line.served_today()})
        .Field("own_users_today", uint64_t{line.own_users_today()})
        .Field("day_ends", cli::TimeForPrograms(absl::FromUnixMicros(line.day_ends_us())));
    json.Key("grants").BeginArray();
    for (const v1::BudgetGrant& grant : line.grants()) {
      json.BeginObject()
          .Field("grant_id", absl::BytesToHexString(grant.grant_id()))
          .Field("evaluations", uint64_t{grant.evaluations()})
          .Field("used", uint64_t{grant.used()})
          .Field("expires", cli::TimeForPrograms(absl::FromUnixMicros(grant.expires_us())))
          .Field("reason", grant.reason())
          .Field("granted_by", grant.granted_by())
          .EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return json.Finish();
}

class BudgetsCommand final : public cli::Command {
 public:
  explicit BudgetsCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "budgets",
            .summary = "how much each member has evaluated, and may",
            .purpose =
                "Every evaluation is a possible guess at a published signature, so each member has "
                "a budget for each identifier type: for a day (UTC) and in all. TODAY and IN ALL "
                "count what the hub has reserved, in blocks of 4,096; SERVED what it has evaluated "
                "since the day began or the hub started, OWN USERS how much of that was, as the "
                "member says, about its own users. Without --party, members that never evaluated "
                "and have no grant are left out.",
            .examples = {{"budgets", "every member that has used anything"},
                         {"budgets --party market", "one member, every type"}},
            .exit_codes = CommonExitCodes()};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("party", "PARTY", "one member", &party_);
  }

  int Run(const std::vector<std::string>&, cli::Streams& streams) override {
    v1::ListBudgetsRequest request;
    if (!party_.empty()) {
      const absl::StatusOr<std::string> party = PartyArgument(party_);
      if (!party.ok()) return RefuseArguments("budgets", party.status(), streams);
      request.set_party(*party);
    }
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    v1::ListBudgetsResponse list;
    const absl::Status status = session->Call(&Stub::ListBudgets, request, &list);
    if (!status.ok()) return session->Explain(status);
    *streams.out << (invocation_.json ? BudgetsJson(list) : BudgetsText(list, streams));
    return cli::kExitOk;
  }

 private:
  Invocation& invocation_;
  std::string party_;
};

class GrantCommand final : public cli::Command {
 public:
  explicit GrantCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {.name = "budgets grant",
            .arguments = "PARTY TYPE EVALUATIONS --until DATE --reason TEXT",
            .summary = "let a member evaluate more",
            .purpose =
                "For what the daily budget does not cover, such as the first check of a whole user "
                "base. The member uses its daily budget first, then the grant that expires "
                "soonest. A grant is an event in the log with your name and the reason, which the "
                "member and all coordinators read; it cannot be taken back, but it ends.",
            .examples = {{"budgets grant market phone 5,000,000 --until 2026-12-31 --reason "
                          "'first check of all sellers'",
                          "five million phone numbers, until the end of that day, UTC"}},
            .exit_codes = CommonExitCodes(),
            .minimum_arguments = 3,
            .maximum_arguments = 3};
  }
  void DeclareFlags(cli::FlagSet& flags) override {
    flags.String("until", "DATE", "the last day on which it may be used, at most a year from now",
                 &until_);
    flags.String("reason", "TEXT", "why, 1-512 bytes", &reason_);
    flags.Require("until");
    flags.Require("reason");
  }

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    v1::GrantRequest request;
    const absl::Status built = Build(arguments, &request);
    if (!built.ok()) return RefuseArguments("budgets grant", built, streams);
    int exit_code = cli::kExitOk;
    const auto session = RegistrySession::Open(invocation_, streams, &exit_code);
    if (session == nullptr) return exit_code;
    request.set_request_id(session->NewRequestId());
    v1::GrantResponse granted;
    const absl::Status status = session->Call(&Stub::Grant, request, &granted);
    if (!status.ok()) return session->Explain(status);
    const absl::Time until = absl::FromUnixMicros(request.expires_us());
    if (invocation_.json) {
      cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
      json.BeginObject()
          .Field("party", request.party())
          .Field("type", TypeWord(request.type()))
          .Field("evaluations", uint64_t{request.evaluations()})
          .Field("expires", cli::TimeForPrograms(until))
          .Field("grant_id", absl::BytesToHexString(granted.grant_id()))
          .Field("sequence", uint64_t{granted.sequence()})
          .EndObject();
      *streams.out << json.Finish();
    } else {
      *streams.out << "granted  " << request.party() << ", "
                   << cli::WithThousands(request.evaluations()) << " of "
                   << TypeWord(request.type()) << " until " << cli::TimeForPeople(until)
                   << ", event " << cli::WithThousands(granted.sequence()) << "\n";
    }
    return cli::kExitOk;
  }

 private:
  absl::Status Build(const std::vector<std::string>& arguments, v1::GrantRequest* request) const {
    VERVET_ASSIGN_OR_RETURN(*request->mutable_party(), PartyArgument(arguments[0]));
    VERVET_ASSIGN_OR_RETURN(const v1::SignatureType type, TypeArgument(arguments[1]));
    VERVET_ASSIGN_OR_RETURN(const uint64_t evaluations, EvaluationsArgument(arguments[2]));
    VERVET_ASSIGN_OR_RETURN(const absl::Time until, DateArgument(until_));
    VERVET_RETURN_IF_ERROR(CheckLength("reason", reason_, kMaxReasonBytes));
    request->set_type(type);
    request->set_evaluations(evaluations);
    request->set_expires_us(absl::ToUnixMicros(until));
    request->set_reason(reason_);
    return absl::OkStatus();
  }

  Invocation& invocation_;
  std::string until_;
  std::string reason_;
};

}  // namespace

void AddBudgetsCommands(Invocation& invocation, cli::Program& program) {
  program.Add(std::make_unique<BudgetsCommand>(invocation));
  program.Add(std::make_unique<GrantCommand>(invocation));
}

}  // namespace vervet::coordinator_cli
