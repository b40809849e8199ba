// records show: what became of a record, as the hub knows it.
#include <optional>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/cli/json.h"
#include "core/cli/table.h"
#include "core/cli/text.h"
#include "member-sdk/cli/commands.h"
#include "member-sdk/cli/delivery.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

using OptionalTime = std::optional<TimePoint>;

std::string ForPeople(const OptionalTime& time) {
  return time ? cli::TimeForPeople(absl::FromChrono(*time)) : "";
}

void AddTime(const char* key, const OptionalTime& time, cli::JsonWriter& json) {
  if (time) json.Field(key, cli::TimeForPrograms(absl::FromChrono(*time)));
}

void AppendRemedy(const MemberRemedy& remedy, cli::JsonWriter& json) {
  json.BeginObject()
      .Field("party", remedy.party)
      .Field("applied", remedy.applied)
      .Field("outcome", remedy.outcome ? RemedyOutcomeName(*remedy.outcome) : "")
      .Field("subjects", remedy.subjects)
      .Field("late", remedy.late);
  AddTime("applied_at", remedy.applied_at, json);
  AddTime("acknowledged", remedy.acknowledged, json);
  json.EndObject();
}

class ShowRecordCommand final : public cli::Command {
 public:
  explicit ShowRecordCommand(Invocation& invocation) : invocation_(invocation) {}

  cli::CommandPage Page() const override {
    return {
        .name = "records show",
        .arguments = "RECORD_ID",
        .summary = "show what became of a record",
        .purpose =
            "Asks the hub. Its publisher sees member by member who has applied a retraction or "
            "an erasure, and what was done about users; everybody else who has the record sees "
            "its state and the opinions.\n\n--json: one document.",
        .examples = {{"records show 0190a1b2c3d4e5f60718293a4b5c6d7e", "for people"}},
        .exit_codes = {{cli::kExitOk, "shown"},
                       {cli::kExitFailed, "no such record that this member may see, or refused"},
                       {cli::kExitUsage, "the command line or the configuration is wrong"},
                       {cli::kExitUnavailable, "the hub is out of reach: retry"}},
        .minimum_arguments = 1,
        .maximum_arguments = 1};
  }
  void DeclareFlags(cli::FlagSet&) override {}

  int Run(const std::vector<std::string>& arguments, cli::Streams& streams) override {
    std::string record_id;
    if (!RecordIdArgument("records show", arguments[0], streams, &record_id)) {
      return cli::kExitUsage;
    }
    int exit_code = cli::kExitOk;
    std::unique_ptr<Session> session = Session::Open(invocation_, streams, false, &exit_code);
    if (session == nullptr) return exit_code;
    const auto status = session->client().ShowRecord(record_id);
    if (!status.ok()) {
      streams.PrintError(status.status());
      return cli::ExitCodeFor(status.status());
    }
    if (invocation_.json) {
      PrintJson(*status, streams);
    } else {
      Print(*status, streams);
    }
    return cli::kExitOk;
  }

 private:
  void PrintJson(const RecordStatus& status, const cli::Streams& streams) const {
    cli::JsonWriter json(cli::JsonWriter::Layout::kDocument);
    json.BeginObject()
        .Field("record_id", status.record_id)
        .Field("publisher", status.publisher)
        .Field("state", RecordStateName(status.state))
        .Field("sequence", status.sequence)
        .Field("ended_sequence", status.ended_sequence)
        .Field("end_reason", status.end_reason)
        .Field("unanswered_disputes", status.unanswered_disputes)
        .Field("last_answer", status.last_answer)
        .Field("sighted_by", status.sighted_by)
        .Field("sighted_subjects", status.sighted_subjects);
    AddTime("published", status.published, json);
    AddTime("expires", status.expires, json);
    AddTime("ended", status.ended, json);
    AddTime("remedy_due", status.remedy_due, json);
    AddTime("answer_due", status.answer_due, json);
    json.Key("opinions").BeginArray();
    for (const Opinion& opinion : status.opinions) AppendOpinion(opinion, json);
    json.EndArray().Key("remedies").BeginArray();
    for (const MemberRemedy& remedy : status.remedies) AppendRemedy(remedy, json);
    json.EndArray().EndObject();
    *streams.out << json.Finish();
  }

  void Print(const RecordStatus& status, const cli::Streams& streams) const {
    const absl::Time now = invocation_.environment().Now();
    cli::FactSheet sheet;
    sheet.Add("record", status.record_id);
    sheet.Add("publisher", status.publisher);
    sheet.Add("state", RecordStateName(status.state));
    sheet.Add("published", ForPeople(status.published));
    sheet.Add("expires", ForPeople(status.expires));
    sheet.Add("ended", ForPeople(status.ended));
    sheet.Add("reason", status.end_reason);
    sheet.Add("remedies due", ForPeople(status.remedy_due));
    for (const Opinion& opinion : status.opinions) {
      sheet.Add("opinion", OpinionForPeople(opinion, now));
    }
    sheet.Add("answer due", ForPeople(status.answer_due), cli::Paint::kYellow);
    sheet.Add("last answer", status.last_answer);
    if (status.sighted_by > 0) {
      sheet.Add("met by", absl::StrCat(cli::Count(status.sighted_by, "member"), ", ",
                                       cli::Count(status.sighted_subjects, "user")));
    }
    *streams.out << sheet.Render(streams);
    if (status.remedies.empty()) return;
    cli::Table table({{"MEMBER"}, {"APPLIED"}, {"OUTCOME"}, {"USERS"}, {"ACKNOWLEDGED"}});
    for (const MemberRemedy& remedy : status.remedies) {
      table.AddRow({remedy.party, remedy.applied ? "yes" : "no",
                    remedy.outcome ? RemedyOutcomeName(*remedy.outcome)
                                   : cli::Cell(remedy.late ? "LATE" : "not yet",
                                               remedy.late ? cli::Paint::kRed : cli::Paint::kPlain),
                    absl::StrCat(remedy.subjects), ForPeople(remedy.acknowledged)});
    }
    *streams.out << "\n" << table.Render(streams);
  }

  Invocation& invocation_;
};

}  // namespace

std::unique_ptr<cli::Command> MakeShowRecordCommand(Invocation& invocation) {
  return std::make_unique<ShowRecordCommand>(invocation);
}

}  // namespace vervet::member_cli
