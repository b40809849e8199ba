// One line of `import`'s file, from cells to a record.
#ifndef VERVET_MEMBER_SDK_CLI_IMPORT_ROW_H_
#define VERVET_MEMBER_SDK_CLI_IMPORT_ROW_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/cli/csv.h"
#include "member-sdk/cli/config.h"
#include "member-sdk/cli/identifiers.h"
#include "vervet/record.h"

namespace vervet::member_cli {

struct RowProblem {
  std::string column;  // may be empty: the line as a whole
  std::string reason;  // what would be right; never the cell
};

struct ImportRow {
  std::vector<NamedIdentifier> identifiers;  // of record.identifiers
  OffenderRecord record;
  std::vector<std::string> image_files;  // as the cell has them; whoever publishes hashes them
  std::vector<RowProblem> problems;      // all of them; empty: fit to publish, as far as cells show
};

// decision_reference, subject_reference, phone, phone_region, email, ...: in the order in which
// help lists them.
const std::vector<std::string>& ImportColumns();
const std::vector<std::string>& RequiredImportColumns();

ImportRow ParseImportRow(const cli::CsvColumns& columns, const std::vector<std::string>& fields,
                         const Config& config);

// "phone 2: ..." of the SDK as the column's problem.
RowProblem ProblemFromSdk(absl::string_view message, const std::vector<NamedIdentifier>& named);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_IMPORT_ROW_H_
