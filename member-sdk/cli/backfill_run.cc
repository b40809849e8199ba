#include "member-sdk/cli/backfill_run.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/status_macros.h"
#include "core/cli/text.h"

namespace vervet::member_cli {
namespace {

// The call ended before its answer, or could not begin: the same question may be answered later.
bool IsTransient(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || absl::IsCancelled(status);
}

}  // namespace

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
  Batch batch;
  cli::CsvRecord record;
  while (batch.lines.size() < kBackfillBatchLines && reader_.Next(&record)) {
    if (record.line <= done_before_) continue;
    batch.lines.push_back(ParseCheckLine(columns, record, session_.config().default_region));
    CheckResult& result = batch.results.emplace_back();
    if (batch.lines.back().status.ok()) continue;
    result.outcome = CheckOutcome::kRefused;
    result.status = batch.lines.back().status;
  }
  if (batch.lines.empty()) return false;
  Ask(batch);
  in_work_.push_back(std::move(batch));
  return true;
}

void BackfillRun::Ask(Batch& batch) {
  std::vector<Subject> subjects;
  batch.asked.clear();
  for (size_t i = 0; i < batch.lines.size(); ++i) {
    if (batch.results[i].outcome != CheckOutcome::kNotKnown) continue;
    batch.asked.push_back(i);
    subjects.push_back({batch.lines[i].reference, {batch.lines[i].named.identifier}});
  }
  const auto check = [this](const std::vector<Subject>& asked) -> Answers {
    if (asked.empty()) return std::vector<SubjectResult>();
    return session_.client().CheckBatch(asked, options_);
  };
  batch.answers = std::async(std::launch::async, check, std::move(subjects));
}

absl::Status BackfillRun::EndFirst() {
  Batch& batch = in_work_.front();
  VERVET_RETURN_IF_ERROR(TakeAnswers(batch));
  const auto waits = std::find_if(
      batch.results.begin(), batch.results.end(),
      [](const CheckResult& result) { return result.outcome == CheckOutcome::kNotKnown; });
  const auto count = waits - batch.results.begin();
  VERVET_RETURN_IF_ERROR(Keep(batch, static_cast<size_t>(count)));
  batch.results.erase(batch.results.begin(), waits);
  batch.lines.erase(batch.lines.begin(), batch.lines.begin() + count);
  if (batch.lines.empty()) {
    in_work_.pop_front();
  } else if (WaitToAskAgain(batch)) {
    Ask(batch);
  } else {
    in_work_.clear();  // answers behind a line that waits are asked for by the next run
  }
  return absl::OkStatus();
}

absl::Status BackfillRun::TakeAnswers(Batch& batch) {
  Answers answers = batch.answers.get();
  if (!answers.ok()) {
    if (!IsTransient(answers.status())) return answers.status();
    for (const size_t at : batch.asked) {
      batch.results[at] = {};
      batch.results[at].status = answers.status();
    }
    return absl::OkStatus();
  }
  for (size_t i = 0; i < batch.asked.size(); ++i) {
    if (i >= answers->size() || (*answers)[i].results.empty()) {
      return absl::InternalError("a line was asked about and has no answer");
    }
    CheckResult& result = batch.results[batch.asked[i]];
    result = std::move((*answers)[i].results.front());
    evaluated_ += result.evaluated_now ? 1 : 0;
    if (result.outcome != CheckOutcome::kNotKnown) batch.failures = 0;
  }
  return absl::OkStatus();
}

std::optional<absl::Duration> BackfillRun::RetryWait(Batch& batch) const {
  const CheckResult& waits = batch.results.front();
  const absl::Duration hint = absl::Milliseconds(waits.retry_after.count());
  if (hint > kLongestBackfillWait) return std::nullopt;
  if (absl::IsResourceExhausted(waits.status) && hint > absl::ZeroDuration()) return hint;
  if (!IsTransient(waits.status) || batch.failures == kBackfillRetries) return std::nullopt;
  const absl::Duration longest =
      std::min(kFirstBackfillRetry * (1 << batch.failures), kLongestBackfillRetry);
  ++batch.failures;
  uint8_t chance = 0;
  invocation_.environment().FillRandom(absl::MakeSpan(&chance, 1));
  return std::max(hint, longest / 2 + longest / 2 * chance / UINT8_MAX);
}

bool BackfillRun::WaitToAskAgain(Batch& batch) {
  const CheckResult& waits = batch.results.front();
  if (!stopped_.ok()) return false;
  const std::string reason = Explain(waits.status.message(), {batch.lines.front().named});
  const std::optional<absl::Duration> wait = RetryWait(batch);
  if (!wait) {
    retry_after_ = absl::Milliseconds(waits.retry_after.count());
    const bool gave_up = batch.failures == kBackfillRetries;
    stopped_ = absl::Status(
        waits.status.code(),
        absl::StrCat(reason, gave_up ? absl::StrCat("; asked ", kBackfillRetries, " times more")
                                     : std::string()));
    return false;
  }
  if (IsTransient(waits.status)) {
    progress_.PrintLine(absl::StrCat("backfill: line ", batch.lines.front().number, ": ",
                                     cli::Printable(reason), "; asks again in ",
                                     cli::DurationForPeople(*wait), " (", batch.failures, " of ",
                                     kBackfillRetries, ")"));
  }
  ShowProgress(absl::StrCat(", waits ", cli::DurationForPeople(*wait), " for the hub"));
  if (!invocation_.seams->Wait(*wait)) return true;
  stopped_ = absl::CancelledError("asked to stop");
  return false;
}

absl::Status BackfillRun::Keep(const Batch& batch, size_t count) {
  if (count == 0) return absl::OkStatus();
  progress_.Clear();
  for (size_t i = 0; i < count; ++i) {
    const CheckResult& result = batch.results[i];
    state_.counts.Add(result.outcome);
    if (invocation_.json && result.outcome == CheckOutcome::kNoMatch) continue;
    PrintCheckLine(batch.lines[i], result, name_, invocation_, streams_);
  }
  streams_.out->flush();
  if (!streams_.out->good()) return absl::InternalError("the output cannot be written");
  state_.line = batch.lines[count - 1].number;
  state_.lines += count;
  // After the output: a crash between the two prints some lines twice, and loses none.
  VERVET_RETURN_IF_ERROR(WriteBackfillState(state_path_, state_));
  ShowProgress();
  return absl::OkStatus();
}

void BackfillRun::ShowProgress(absl::string_view more) {
  const double seconds = absl::ToDoubleSeconds(invocation_.environment().Monotonic() - started_);
  std::string detail = cli::Count(state_.lines, "line");
  if (seconds > 0) {
    const auto rate = static_cast<uint64_t>((state_.lines - lines_before_) / seconds);
    absl::StrAppend(&detail, ", ", cli::WithThousands(rate), " a second");
  }
  progress_.Update(reader_.bytes_read(), absl::StrCat(detail, more));
}

}  // namespace vervet::member_cli
