// `backfill`: a file of any length, within the budget, as far as it goes.
#ifndef VERVET_MEMBER_SDK_CLI_BACKFILL_RUN_H_
#define VERVET_MEMBER_SDK_CLI_BACKFILL_RUN_H_

#include <cstdint>
#include <deque>
#include <future>
#include <istream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/cli/csv.h"
#include "core/cli/progress.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/backfill_state.h"
#include "member-sdk/cli/check_csv.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

// Lines in one CheckBatch: several requests' worth, so that this machine blinds the next while the
// hub evaluates the last. A crash costs the time of the batches in work, and no budget: who was
// evaluated is in the vault.
inline constexpr size_t kBackfillBatchLines = 8192;
// Batches in work at a time: while one is written to the vault, the hub evaluates another. (Whoever
// stands in two of them at once may be evaluated twice.)
inline constexpr size_t kBackfillBatchesInWork = 2;
// A full queue at the hub is over in seconds: wait. A spent budget is not: stop.
inline constexpr absl::Duration kLongestBackfillWait = absl::Seconds(30);

class BackfillRun {
 public:
  // `name` stands for the file in output, `state_path` is where `state` goes after every batch.
  // Everything is borrowed.
  BackfillRun(std::istream& in, std::string name, std::string state_path, BackfillState state,
              const Invocation& invocation, const cli::Streams& streams, Session& session,
              CheckOptions options);

  // Answers what is left of the file. OK: all is answered, or the run stopped (`stopped()`). Other
  // errors: the header, the state's file, or a batch that could not be answered at all.
  absl::Status Run();

  const BackfillState& state() const { return state_; }
  // Why it ended before the file did; OK where it did not.
  const absl::Status& stopped() const { return stopped_; }
  // When the hub may be asked again. Zero: it did not say.
  absl::Duration retry_after() const { return retry_after_; }
  // Asked of the hub in this run; the vault answered the others.
  uint64_t evaluated() const { return evaluated_; }

 private:
  using Answers = absl::StatusOr<std::vector<SubjectResult>>;
  struct Batch {
    std::vector<CheckLine> lines;
    std::future<Answers> answers;  // of the lines that could be read; its end is waited for
  };

  // Begins with the next lines of the file. False: there are none.
  bool BeginNext(const cli::CsvColumns& columns);
  Batch Begin(std::vector<CheckLine> lines);
  // Waits for the first batch, and keeps its answers up to the first line that has to wait; what is
  // behind that begins again.
  absl::Status EndFirst();
  // How many of the lines have an answer that will not change by waiting.
  size_t Answered(const std::vector<CheckLine>& lines, const std::vector<CheckResult>& results);
  absl::Status Keep(const std::vector<CheckLine>& lines, const std::vector<CheckResult>& results,
                    size_t count);
  void ShowProgress();

  const std::string name_;
  const std::string state_path_;
  BackfillState state_;
  const Invocation& invocation_;
  const cli::Streams& streams_;
  Session& session_;
  const CheckOptions options_;
  cli::CsvReader reader_;
  cli::Progress progress_;
  const absl::Duration started_;
  const uint64_t lines_before_;
  const int64_t done_before_;  // the line
  std::deque<Batch> in_work_;  // in the file's order
  absl::Status stopped_;
  absl::Duration retry_after_;
  uint64_t evaluated_ = 0;
};

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_BACKFILL_RUN_H_
