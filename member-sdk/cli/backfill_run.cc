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
      lines_before_(state.lines) {}

absl::Status BackfillRun::Run() {
  VERVET_ASSIGN_OR_RETURN(const cli::CsvColumns columns, ReadCheckColumns(reader_, name_));
  const int64_t done = state_.line;
  cli::CsvRecord record;
  while (stopped_.ok() && reader_.Next(&record)) {
    if (record.line <= done) continue;
    batch_.push_back(ParseCheckLine(columns, record, session_.config().default_region));
    if (batch_.size() >= kBackfillBatchLines) VERVET_RETURN_IF_ERROR(AnswerBatch());
  }
  while (stopped_.ok() && !batch_.empty()) VERVET_RETURN_IF_ERROR(AnswerBatch());
  progress_.Clear();
  return absl::OkStatus();
}

absl::Status BackfillRun::AnswerBatch() {
  if (invocation_.seams->stop->requested()) {
    stopped_ = absl::CancelledError("asked to stop");
    return absl::OkStatus();
  }
  std::vector<Subject> subjects;
  for (const CheckLine& line : batch_) {
    if (line.status.ok()) subjects.push_back({line.reference, {line.named.identifier}});
  }
  std::vector<SubjectResult> answers;
  if (!subjects.empty()) {
    auto answered = session_.client().CheckBatch(subjects, options_);
    if (!answered.ok()) return answered.status();
    answers = *std::move(answered);
  }
  std::vector<CheckResult> results(batch_.size());
  size_t next = 0;
  for (size_t i = 0; i < batch_.size(); ++i) {
    if (batch_[i].status.ok() && next < answers.size() && !answers[next].results.empty()) {
      results[i] = std::move(answers[next++].results.front());
    } else {
      results[i].outcome = CheckOutcome::kRefused;
      results[i].status = batch_[i].status;
    }
    evaluated_ += results[i].evaluated_now ? 1 : 0;
  }
  return Keep(results, Answered(results));
}

size_t BackfillRun::Answered(const std::vector<CheckResult>& results) {
  const auto waits = std::find_if(results.begin(), results.end(), [](const CheckResult& result) {
    return result.outcome == CheckOutcome::kNotKnown;
  });
  if (waits == results.end()) return results.size();
  retry_after_ = absl::Milliseconds(waits->retry_after.count());
  if (retry_after_ > absl::ZeroDuration() && retry_after_ <= kLongestBackfillWait &&
      !invocation_.seams->stop->WaitFor(retry_after_)) {
    retry_after_ = absl::ZeroDuration();  // the lines that are left begin the next batch
  } else {
    stopped_ = absl::Status(waits->status.code(), Explain(waits->status.message(),
                                                          {batch_[waits - results.begin()].named}));
  }
  return static_cast<size_t>(waits - results.begin());
}

absl::Status BackfillRun::Keep(const std::vector<CheckResult>& results, size_t count) {
  progress_.Clear();
  for (size_t i = 0; i < count; ++i) {
    state_.counts.Add(results[i].outcome);
    if (invocation_.json && results[i].outcome == CheckOutcome::kNoMatch) continue;
    PrintCheckLine(batch_[i], results[i], name_, invocation_, streams_);
  }
  streams_.out->flush();
  if (!streams_.out->good()) return absl::InternalError("the output cannot be written");
  if (count > 0) state_.line = batch_[count - 1].number;
  state_.lines += count;
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(count));
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
