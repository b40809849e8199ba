// A file of contributions to the progress figures, from cells to what the SDK takes. Three kinds of
// file, told apart by their header: activity has the column `action`, surveys have `sampled`,
// review teams have `found`.
#ifndef VERVET_MEMBER_SDK_CLI_PROGRESS_CSV_H_
#define VERVET_MEMBER_SDK_CLI_PROGRESS_CSV_H_

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "member-sdk/cli/import_row.h"
#include "vervet/progress.h"

namespace vervet::member_cli {

struct LineProblem {
  int64_t line = 0;
  RowProblem problem;
};

// One contribution and where it came from; bands of a survey stand on lines that follow one
// another.
struct ContributionRow {
  std::vector<int64_t> lines;
  Contribution contribution;
};

struct ProgressFile {
  const char* kind = "";  // "activity", "survey", "review team"
  uint64_t lines = 0;     // of data
  std::vector<ContributionRow> rows;
  std::vector<LineProblem> problems;  // of lines that are in no row
};

// `name` of the file for messages. INVALID_ARGUMENT: the header.
absl::StatusOr<ProgressFile> ReadProgressFile(std::istream& in, const std::string& name);

// For --help.
std::string ProgressColumnsHelp();

// One mistake of one contribution, as the SDK or the hub said it.
struct ContributionProblem {
  size_t contribution = 0;  // index in the call
  int band = -1;            // of a survey's samples; -1: the contribution as a whole
  RowProblem problem;       // with the CSV's column where there is one
};
// Takes a message apart that names contributions[i].field; what it says beside them is in `rest`.
std::vector<ContributionProblem> ContributionProblems(absl::string_view message, std::string* rest);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_PROGRESS_CSV_H_
