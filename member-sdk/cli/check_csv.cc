#include "member-sdk/cli/check_csv.h"

#include <ostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/cli/json.h"
#include "core/cli/text.h"
#include "member-sdk/cli/match_text.h"

namespace vervet::member_cli {
namespace {

constexpr size_t kMaxReferenceBytes = 256;

}  // namespace

absl::StatusOr<cli::CsvColumns> ReadCheckColumns(cli::CsvReader& reader, const std::string& name) {
  return cli::CsvColumns::Read(reader, name, {"reference", "type", "value", "region"},
                               {"type", "value"});
}

CheckLine ParseCheckLine(const cli::CsvColumns& columns, const cli::CsvRecord& record,
                         const std::string& default_region) {
  CheckLine line;
  line.number = record.line;
  line.status = record.status;
  if (!line.status.ok()) return line;
  auto refuse = [&line](absl::string_view message) {
    if (line.status.ok()) line.status = absl::InvalidArgumentError(message);
  };
  if (record.fields.size() != columns.size()) {
    refuse(absl::StrCat("has ", cli::Count(record.fields.size(), "cell"), ", the header ",
                        columns.size()));
    return line;
  }
  line.reference = columns.Get(record.fields, "reference");
  if (line.reference.size() > kMaxReferenceBytes) {
    line.reference.clear();
    refuse("reference: is longer than 256 bytes; give the platform's own short, opaque reference");
  }
  const std::string type_name = columns.Get(record.fields, "type");
  const std::optional<IdentifierType> type = ParseIdentifierType(type_name);
  if (!type) {
    refuse(absl::StrCat("type: must be one of ", absl::StrJoin(IdentifierTypeNames(), ", "),
                        cli::DidYouMean(type_name, IdentifierTypeNames())));
    return line;
  }
  line.named.name = IdentifierTypeName(*type);
  line.named.identifier.type = *type;
  line.named.identifier.value = columns.Get(record.fields, "value");
  if (line.named.identifier.value.empty()) refuse("value: is empty");
  const std::string region = absl::AsciiStrToUpper(columns.Get(record.fields, "region"));
  if (!region.empty() && !IsRegion(region))
    refuse("region: must be two letters (ISO 3166-1 alpha-2), such as GB");
  line.named.identifier.region = region.empty() ? default_region : region;
  return line;
}

void PrintCheckLine(const CheckLine& line, const CheckResult& result, const std::string& name,
                    const Invocation& invocation, const cli::Streams& streams) {
  if (invocation.json) {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "result")
        .Field("line", line.number)
        .Field("reference", line.reference);
    AppendResultFields(result, line.named, json);
    json.EndObject();
    *streams.out << json.Finish();
    return;
  }
  if (result.outcome == CheckOutcome::kNoMatch) return;
  const std::string where =
      absl::StrCat(name, ":", line.number, line.reference.empty() ? "" : "  ", line.reference);
  *streams.out << ResultForPeople(result, line.named, where, invocation.environment().Now(),
                                  streams);
  if (result.outcome == CheckOutcome::kMatch) *streams.out << "\n";
}

CsvCheck::CsvCheck(std::istream& in, std::string name, uint64_t size_bytes,
                   const Invocation& invocation, const cli::Streams& streams, Session& session,
                   CheckOptions options)
    : name_(std::move(name)),
      invocation_(invocation),
      streams_(streams),
      session_(session),
      options_(options),
      reader_(in),
      progress_(streams, invocation.environment(), "check", size_bytes) {}

absl::Status CsvCheck::Run() {
  VERVET_ASSIGN_OR_RETURN(const cli::CsvColumns columns, ReadCheckColumns(reader_, name_));
  cli::CsvRecord record;
  while (reader_.Next(&record)) {
    batch_.push_back(ParseCheckLine(columns, record, session_.config().default_region));
    if (batch_.size() >= kCheckBatchLines) VERVET_RETURN_IF_ERROR(AnswerBatch());
  }
  VERVET_RETURN_IF_ERROR(AnswerBatch());
  progress_.Clear();
  PrintSummary();
  return absl::OkStatus();
}

absl::Status CsvCheck::AnswerBatch() {
  std::vector<Subject> subjects;
  for (const CheckLine& line : batch_) {
    if (line.status.ok()) subjects.push_back({line.reference, {line.named.identifier}});
  }
  std::vector<SubjectResult> results;
  if (!subjects.empty()) {
    absl::StatusOr<std::vector<SubjectResult>> answered =
        session_.client().CheckBatch(subjects, options_);
    if (!answered.ok()) {
      return absl::Status(
          answered.status().code(),
          absl::StrCat(name_, ":", batch_.front().number,
                       ": from here on nothing was answered: ", answered.status().message()));
    }
    results = *std::move(answered);
  }
  progress_.Clear();
  size_t next = 0;
  for (const CheckLine& line : batch_) {
    CheckResult result;
    if (line.status.ok() && next < results.size() && !results[next].results.empty()) {
      result = results[next++].results.front();
    } else {
      result.outcome = CheckOutcome::kRefused;
      result.status = line.status;
    }
    counts_.Add(result.outcome);
    PrintCheckLine(line, result, name_, invocation_, streams_);
  }
  streams_.out->flush();
  lines_ += batch_.size();
  batch_.clear();
  progress_.Update(reader_.bytes_read(), cli::Count(lines_, "line"));
  return absl::OkStatus();
}

void CsvCheck::PrintSummary() {
  if (invocation_.json) {
    cli::JsonWriter json(cli::JsonWriter::Layout::kLine);
    json.BeginObject()
        .Field("event", "summary")
        .Field("lines", lines_)
        .Field("match", counts_.matched)
        .Field("no_match", counts_.not_matched)
        .Field("refused", counts_.refused)
        .Field("not_known", counts_.not_known)
        .Field("position", session_.client().GetSyncState().position)
        .EndObject();
    *streams_.out << json.Finish();
    return;
  }
  *streams_.out << cli::Count(lines_, "line") << " checked: " << counts_.ForPeople() << "\n";
  if (counts_.matched > 0) *streams_.out << EvidenceReminder() << "\n";
}

}  // namespace vervet::member_cli
