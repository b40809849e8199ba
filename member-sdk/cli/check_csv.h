// `check --csv`: many lines in batches, answered in the file's order.
#ifndef VERVET_MEMBER_SDK_CLI_CHECK_CSV_H_
#define VERVET_MEMBER_SDK_CLI_CHECK_CSV_H_

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/cli/csv.h"
#include "core/cli/progress.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/check_output.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

// Lines in one CheckBatch: enough for full evaluation calls, few enough that answers flow.
inline constexpr size_t kCheckBatchLines = 512;

struct CheckLine {
  int64_t number = 0;
  std::string reference;
  NamedIdentifier named;
  absl::Status status;  // not OK: the line itself is wrong
};

// The header of a file to check: reference, type, value, region, in any order.
absl::StatusOr<cli::CsvColumns> ReadCheckColumns(cli::CsvReader& reader, const std::string& name);
CheckLine ParseCheckLine(const cli::CsvColumns& columns, const cli::CsvRecord& record,
                         const std::string& default_region);
// `name` stands for the file. Where nothing matched, people are told nothing.
void PrintCheckLine(const CheckLine& line, const CheckResult& result, const std::string& name,
                    const Invocation& invocation, const cli::Streams& streams);

class CsvCheck {
 public:
  // `name` stands for the file in output. Everything is borrowed.
  CsvCheck(std::istream& in, std::string name, uint64_t size_bytes, const Invocation& invocation,
           const cli::Streams& streams, Session& session, CheckOptions options);

  // Answers every line. The status is not OK where the file as a whole cannot be read, or a batch
  // could not be answered at all: what came before is printed.
  absl::Status Run();
  const CheckCounts& counts() const { return counts_; }

 private:
  absl::Status AnswerBatch();
  void PrintSummary();

  std::string name_;
  const Invocation& invocation_;
  const cli::Streams& streams_;
  Session& session_;
  CheckOptions options_;
  cli::CsvReader reader_;
  cli::Progress progress_;
  std::vector<CheckLine> batch_;
  uint64_t lines_ = 0;
  CheckCounts counts_;
};

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_CHECK_CSV_H_
