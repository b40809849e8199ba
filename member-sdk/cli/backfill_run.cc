#include "member-sdk/cli/backfill_run.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"

namespace vervet::member_cli {

BackfillRun::BackfillRun(std::istream& in, std::string name, std::string state_path,
                         BackfillState state, const Invocation& invocation,
                         const cli::Streams& streams, Session& session, CheckOptions options)
    : name_(std::move(name)),
      state_path_(std::move(state_path)),
      state_(state),
      invocation_(invocation),
      streams_(streams),
      session_(session),
      options_(options),
      reader_(in),
      progress_(streams, invocation.environment(), "backfill", state.file_bytes),
      started_(invocation.environment().Monotonic()),
      lines_before_(state.lines),
      done_before_(state.line) {}

absl::Status BackfillRun::Run() {
  VERVET_ASSIGN_OR_RETURN(const cli::CsvColumns columns, ReadCheckColumns(reader_, name_));
  bool more = true;
  while (true) {
    if (stopped_.ok() && invocation_.seams->stop->requested()) {
      stopped_ = absl::CancelledError("asked to stop");  // what was asked is still answered
    }
    while (more && stopped_.ok() && in_work_.size() < kBackfillBatchesInWork) {
      more = BeginNext(columns);
    }
    if (in_work_.empty()) break;
    VERVET_RETURN_IF_ERROR(EndFirst());
  }
  progress_.Clear();
  return absl::OkStatus();
}

bool BackfillRun::BeginNext(const cli::CsvColumns& columns) {
  std::vector<CheckLine> lines;
  cli::CsvRecord record;
  while (lines.size() < kBackfillBatchLines && reader_.Next(&record)) {
    if (record.line <= done_before_) continue;
    lines.push_back(ParseCheckLine(columns, record, session_.config().default_region));
  }
  if (lines.empty()) return false;
  in_work_.push_back(Begin(std::move(lines)));
  return true;
}

BackfillRun::Batch BackfillRun::Begin(std::vector<CheckLine> lines) {
  std::vector<Subject> subjects;
  for (const CheckLine& line : lines) {
    if (line.status.ok()) subjects.push_back({line.reference, {line.named.identifier}});
  }
  const auto check = [this](const std::vector<Subject>& asked) -> Answers {
    if (asked.empty()) return std::vector<SubjectResult>();
    return session_.client().CheckBatch(asked, options_);
  };
  return {std::move(lines), std::async(std::launch::async, check, std::move(subjects))};
}

absl::Status BackfillRun::EndFirst() {
  Batch batch = std::move(in_work_.front());
  in_work_.pop_front();
  VERVET_ASSIGN_OR_RETURN(std::vector<SubjectResult> answers, batch.answers.get());
  std::vector<CheckResult> results(batch.lines.size());
  size_t next = 0;
  for (size_t i = 0; i < batch.lines.size(); ++i) {
    if (batch.lines[i].status.ok() && next < answers.size() && !answers[next].results.empty()) {
      results[i] = std::move(answers[next++].results.front());
    } else {
      results[i].outcome = CheckOutcome::kRefused;
      results[i].status = batch.lines[i].status;
    }
    evaluated_ += results[i].evaluated_now ? 1 : 0;
  }
  const size_t count = Answered(batch.lines, results);
  VERVET_RETURN_IF_ERROR(Keep(batch.lines, results, count));
  if (count == batch.lines.size()) return absl::OkStatus();
  batch.lines.erase(batch.lines.begin(), batch.lines.begin() + static_cast<std::ptrdiff_t>(count));
  if (stopped_.ok()) {
    in_work_.push_front(Begin(std::move(batch.lines)));
  } else {
    in_work_.clear();  // answers behind a line that waits are asked for again,
                       // and cost nothing
  }
  return absl::OkStatus();
}

size_t BackfillRun::Answered(const std::vector<CheckLine>& lines,
                             const std::vector<CheckResult>& results) {
  const auto waits = std::find_if(results.begin(), results.end(), [](const CheckResult& result) {
    return result.outcome == CheckOutcome::kNotKnown;
  });
  if (waits == results.end()) return results.size();
  retry_after_ = absl::Milliseconds(waits->retry_after.count());
  if (stopped_.ok() && retry_after_ > absl::ZeroDuration() &&
      retry_after_ <= kLongestBackfillWait && !invocation_.seams->stop->WaitFor(retry_after_)) {
    retry_after_ = absl::ZeroDuration();  // the lines that are left begin the next batch
  } else {
    stopped_ = absl::Status(waits->status.code(), Explain(waits->status.message(),
                                                          {lines[waits - results.begin()].named}));
  }
  return static_cast<size_t>(waits - results.begin());
}

absl::Status BackfillRun::Keep(const std::vector<CheckLine>& lines,
                               const std::vector<CheckResult>& results, size_t count) {
  progress_.Clear();
  for (size_t i = 0; i < count; ++i) {
    state_.counts.Add(results[i].outcome);
    if (invocation_.json && results[i].outcome == CheckOutcome::kNoMatch) continue;
    PrintCheckLine(lines[i], results[i], name_, invocation_, streams_);
  }
  streams_.out->flush();
  if (!streams_.out->good()) return absl::InternalError("the output cannot be written");
  if (count > 0) state_.line = lines[count - 1].number;
  state_.lines += count;
  // After the output: a crash between the two prints some lines twice, and loses none.
  VERVET_RETURN_IF_ERROR(WriteBackfillState(state_path_, state_));
  ShowProgress();
  return absl::OkStatus();
}

void BackfillRun::ShowProgress() {
  const double seconds = absl::ToDoubleSeconds(invocation_.environment().Monotonic() - started_);
  std::string detail = cli::Count(state_.lines, "line");
  if (seconds > 0) {
    const auto rate = static_cast<uint64_t>((state_.lines - lines_before_) / seconds);
    absl::StrAppend(&detail, ", ", cli::WithThousands(rate), " a second");
  }
  progress_.Update(reader_.bytes_read(), detail);
}

}  // namespace vervet::member_cli
