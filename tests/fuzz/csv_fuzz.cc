// CSV as people export it: the reader, and the rows of `vervet-member import`.
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/cli/csv.h"
#include "member-sdk/cli/import_row.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {
namespace {

constexpr cli::CsvLimits kLimits = {64, 256, 20};

std::vector<cli::CsvRecord> ReadAll(const std::string& text, uint64_t* bytes_read) {
  std::istringstream in(text);
  cli::CsvReader reader(in, kLimits);
  std::vector<cli::CsvRecord> records;
  cli::CsvRecord record;
  while (reader.Next(&record)) {
    VERVET_FUZZ_CHECK(records.size() <= text.size(), "reading comes to an end");
    VERVET_FUZZ_CHECK(records.empty() || record.line > records.back().line, "lines go up");
    records.push_back(record);
  }
  *bytes_read = reader.bytes_read();
  return records;
}

void CheckRecord(const cli::CsvRecord& record) {
  VERVET_FUZZ_CHECK(record.line >= 1, "lines count from 1");
  if (!record.status.ok()) {
    CheckRefusal(record.status, {absl::StatusCode::kInvalidArgument});
    VERVET_FUZZ_CHECK(record.fields.empty(), "a record that is refused has no fields");
    return;
  }
  size_t bytes = 0;
  for (const std::string& field : record.fields) {
    VERVET_FUZZ_CHECK(field.size() <= kLimits.field_bytes, "the limit of a field holds");
    bytes += field.size();
  }
  VERVET_FUZZ_CHECK(bytes <= kLimits.record_bytes, "the limit of a record holds");
  VERVET_FUZZ_CHECK(record.fields.size() <= kLimits.fields, "the limit of fields holds");
}

void CheckRoundTrip(const cli::CsvRecord& record) {
  std::vector<std::string> quoted;
  for (const std::string& field : record.fields) quoted.push_back(cli::CsvField(field));
  uint64_t ignored = 0;
  // A byte order mark counts as one only where a file begins.
  const auto again = ReadAll(absl::StrCat("x\n", absl::StrJoin(quoted, ","), "\n"), &ignored);
  if (record.fields.size() == 1 && record.fields[0].empty()) return;  // an empty line
  VERVET_FUZZ_CHECK(again.size() == 2 && again[1].status.ok(), "what is written can be read");
  VERVET_FUZZ_CHECK(again[1].fields == record.fields, "what is written reads back");
}

void Reader(const std::string& text) {
  uint64_t bytes_read = 0;
  const auto records = ReadAll(text, &bytes_read);
  // Where nothing more can be read (another encoding), the last record says so.
  const bool gave_up = !records.empty() && !records.back().status.ok();
  VERVET_FUZZ_CHECK(bytes_read == text.size() || gave_up, "every byte is read");
  for (const cli::CsvRecord& record : records) {
    CheckRecord(record);
    if (record.status.ok()) CheckRoundTrip(record);
  }
}

void CheckImported(const member_cli::ImportRow& row) {
  VERVET_FUZZ_CHECK(
      row.identifiers.size() == row.record.identifiers.size() || !row.problems.empty(),
      "the record has the identifiers of its row");
  for (const auto& problem : row.problems) {
    VERVET_FUZZ_CHECK(!problem.reason.empty() && IsUtf8(problem.reason), "a problem has a reason");
  }
  if (!row.problems.empty()) return;
  VERVET_FUZZ_CHECK(!row.record.identifiers.empty() || !row.image_files.empty(),
                    "a record has an identifier or a picture");
  VERVET_FUZZ_CHECK(!row.record.facts.decision_reference.empty(), "a record has a decision");
  VERVET_FUZZ_CHECK(!row.record.facts.taxa.empty(), "a record has a taxon");
  VERVET_FUZZ_CHECK(row.record.facts.certainty != Certainty::kMachine,
                    "no machine's word is published");
}

// A problem says nothing of what stands in the cells: with every cell's letters and digits
// exchanged, it says the same.
void CheckProblemsNameNoCell(const cli::CsvColumns& columns, const std::vector<std::string>& fields,
                             const member_cli::Config& config) {
  for (const auto& problem : member_cli::ParseImportRow(columns, fields, config).problems) {
    for (size_t i = 0; i < fields.size(); ++i) {
      CheckNoEcho(
          fields[i], absl::InvalidArgumentError(problem.reason), [&](absl::string_view changed) {
            std::vector<std::string> other = fields;
            other[i] = std::string(changed);
            std::string reasons;
            for (const auto& one : member_cli::ParseImportRow(columns, other, config).problems) {
              absl::StrAppend(&reasons, one.reason, " ");
            }
            return absl::InvalidArgumentError(reasons);
          });
    }
  }
}

void Import(const std::string& text) {
  std::istringstream in(text);
  cli::CsvReader reader(in);
  const auto columns = cli::CsvColumns::Read(reader, "cases.csv", member_cli::ImportColumns(),
                                             member_cli::RequiredImportColumns());
  if (!columns.ok()) {
    CheckRefusal(columns.status(), {absl::StatusCode::kInvalidArgument});
    return;
  }
  member_cli::Config config;
  config.options.legal_entity = "Example Market Ltd";
  config.options.lawful_basis = "GDPR Art. 6(1)(f)";
  config.options.default_groups = {"coalition"};
  cli::CsvRecord record;
  while (reader.Next(&record)) {
    if (!record.status.ok()) continue;
    CheckImported(member_cli::ParseImportRow(*columns, record.fields, config));
    CheckProblemsNameNoCell(*columns, record.fields, config);
  }
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vervet::fuzz::Input in(data, size);
  switch (in.Below(3)) {
    case 0:
      vervet::fuzz::Reader(in.Rest());
      break;
    case 1:
      vervet::fuzz::Import(in.Rest());
      break;
    default:
      // Behind a header that is right.
      vervet::fuzz::Import(
          "decision_reference,offence,taxa,phone,phone_region,url,tlp,certainty,"
          "groups,lifetime_days\n" +
          in.Rest());
      break;
  }
  return 0;
}
