// `backfill`: a file of any length, within the budget, as far as it goes.
#ifndef VERVET_MEMBER_SDK_CLI_BACKFILL_RUN_H_
#define VERVET_MEMBER_SDK_CLI_BACKFILL_RUN_H_

#include <cstdint>
#include <deque>
#include <future>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "core/cli/csv.h"
#include "core/cli/progress.h"
#include "core/cli/streams.h"
#include "member-sdk/cli/backfill_state.h"
#include "member-sdk/cli/check_csv.h"
#include "member-sdk/cli/session.h"

namespace vervet::member_cli {

// Lines in one CheckBatch: as many as the SDK stores together, and several requests' worth, so that
// this machine blinds the next while the hub evaluates the last. A crash costs the batches in work:
// what was evaluated of them and is not in the vault yet is asked for again.
inline constexpr size_t kBackfillBatchLines = 16'384;
// Batches in work at a time: while one is written to the vault, the hub evaluates another.
inline constexpr size_t kBackfillBatchesInWork = 2;
// A full queue at the hub is over in seconds: wait. A spent budget is not: stop.
inline constexpr absl::Duration kLongestBackfillWait = absl::Seconds(30);
// A hub that is out of reach or late is asked this many times more before the run stops, with waits
// that double from the first to the longest, the second half of each by chance: two to four minutes
// in all, in which a hub that was restarted is back. An answer begins the count anew.
inline constexpr int kBackfillRetries = 9;
inline constexpr absl::Duration kFirstBackfillRetry = absl::Seconds(1);
inline constexpr absl::Duration kLongestBackfillRetry = absl::Minutes(1);

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
    std::vector<CheckResult> results;  // of the lines; kNotKnown: asked about, or to be asked about
    std::vector<size_t> asked;         // the lines that are asked about
    std::future<Answers> answers;      // to them; its end is waited for
    int failures = 0;                  // one behind the other, without an answer between them
  };

  // Begins with the next lines of the file. False: there are none.
  bool BeginNext(const cli::CsvColumns& columns);
  // About every line without an answer, and no other: one that was answered costs nothing again,
  // even where the vault does not keep it.
  void Ask(Batch& batch);
  // Waits for the first batch, and keeps its answers up to the first line that has to wait; from
  // there on it is asked about again, after a wait, where that is of use.
  absl::Status EndFirst();
  absl::Status TakeAnswers(Batch& batch);
  absl::Status Keep(const Batch& batch, size_t count);
  // False: the run stops here, and stopped_ says why.
  bool WaitToAskAgain(Batch& batch);
  // How long, after what the first line without an answer was told; nothing where waiting mends
  // nothing, or not tonight.
  std::optional<absl::Duration> RetryWait(Batch& batch) const;
  void ShowProgress(absl::string_view more = "");

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
