#include "member-sdk/src/engine/sync/match_reporter.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "member-sdk/src/engine/facts.h"

namespace vervet::engine {
namespace {

// Notices are for a log; a platform that never reads them must not let them pile up.
constexpr size_t kMaxQueuedNotices = 10'000;

// A deadline is by the clock on the wall, which people set.
constexpr absl::Duration kLongestNap = absl::Minutes(1);

std::vector<std::string> Without(const std::set<std::string>& all,
                                 const std::set<std::string>& removed) {
  std::vector<std::string> left;
  std::set_difference(all.begin(), all.end(), removed.begin(), removed.end(),
                      std::back_inserter(left));
  return left;
}

}  // namespace

void MatchReporter::Start(std::function<void(uint64_t entries)> on_added) {
  on_added_ = std::move(on_added);
  thread_ = std::thread([this] { Run(); });
}

void MatchReporter::Stop(std::chrono::steady_clock::time_point deadline) {
  {
    MutexLock lock(mutex_);
    while (thread_.joinable() && !stopping_ && (!queue_.empty() || working_)) {
      if (!changed_.WaitUntil(mutex_, deadline)) break;
    }
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void MatchReporter::WaitUntilIdle(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  if (!thread_.joinable() || thread_.get_id() == std::this_thread::get_id()) return;
  while (!stopping_ && (!queue_.empty() || working_)) {
    if (!changed_.WaitUntil(mutex_, deadline)) return;
  }
}

void MatchReporter::Touch(std::vector<std::string> record_ids) {
  if (record_ids.empty()) return;
  MutexLock lock(mutex_);
  for (std::string& id : record_ids) queue_.push_back(Record{std::move(id)});
  changed_.NotifyAll();
}

void MatchReporter::Notice(std::string line) {
  if (callbacks_.on_notice == nullptr) return;
  MutexLock lock(mutex_);
  if (queue_.size() < kMaxQueuedNotices) queue_.push_back(Line{std::move(line)});
  changed_.NotifyAll();
}

void MatchReporter::Opined(OpinionEvent event) {
  if (callbacks_.on_opinion == nullptr) return;
  MutexLock lock(mutex_);
  if (queue_.size() < kMaxQueuedNotices) queue_.push_back(std::move(event));
  changed_.NotifyAll();
}

void MatchReporter::RunQueued() {
  while (true) {
    Item next;
    {
      MutexLock lock(mutex_);
      if (queue_.empty()) break;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    Tell(next);
  }
  FlushFollowUps();
}

void MatchReporter::Tell(const Item& next) {
  if (const auto* line = std::get_if<Line>(&next)) {
    callbacks_.on_notice(line->text);
  } else if (const auto* opinion = std::get_if<OpinionEvent>(&next)) {
    callbacks_.on_opinion(*opinion);
  } else {
    Report(std::get<Record>(next).id);
  }
}

bool MatchReporter::TakeNext(Item* next) {
  MutexLock lock(mutex_);
  working_ = false;
  changed_.NotifyAll();
  while (queue_.empty() && !stopping_) {
    for (std::string& id : follow_ups_.TakeDue()) queue_.push_back(Record{std::move(id)});
    if (!queue_.empty()) break;
    const absl::Duration wait = follow_ups_.next_due() - env_->Now();
    if (wait == absl::InfiniteDuration()) {
      changed_.Wait(mutex_);
    } else {
      changed_.WaitUntil(mutex_, std::chrono::steady_clock::now() +
                                     absl::ToChronoNanoseconds(std::min(wait, kLongestNap)));
    }
  }
  if (stopping_) return false;
  *next = std::move(queue_.front());
  queue_.pop_front();
  working_ = true;
  return true;
}

void MatchReporter::Run() {
  Item next;
  while (TakeNext(&next)) {
    Tell(next);
    bool idle = false;
    {
      MutexLock lock(mutex_);
      idle = queue_.empty();
    }
    if (idle || follow_ups_.wants_flush()) FlushFollowUps();
  }
}

void MatchReporter::FlushFollowUps() {
  uint64_t added = 0;
  const absl::Status status = follow_ups_.Flush(&added);
  if (added != 0 && on_added_) on_added_(added);
  if (!status.ok()) {
    Notice(absl::StrCat("what the hub is to be told waits for the vault: ", status.ToString()));
  }
}

absl::Status MatchReporter::ReportBegun(const std::string& record_id,
                                        const RecordStanding& standing,
                                        const std::vector<std::string>& begun) {
  // First: whoever is told of a match may act on it, and must be named when the record ends.
  if (callbacks_.on_match == nullptr) return vault_->NoteMatched(record_id, begun);
  std::vector<vault::ReportMark> marks;
  for (const std::string& reference : begun) {
    marks.push_back({record_id, standing.match.publisher, reference});
  }
  absl::Status status = vault_->MarkTelling(marks);
  callbacks_.on_match({standing.match, begun, absl::ToChronoTime(env_->Now())});
  status.Update(vault_->MarkReported(marks));
  return status;
}

absl::Status MatchReporter::ReportEnded(const std::string& record_id,
                                        const RecordStanding& standing,
                                        const std::string& publisher,
                                        const std::vector<std::string>& ended) {
  if (callbacks_.on_match_ended != nullptr) {
    MatchEndedEvent event;
    event.record_id = ToHex(record_id);
    event.publisher = publisher;
    event.reason = standing.ended_reason;
    event.subject_references = ended;
    callbacks_.on_match_ended(event);
  }
  return vault_->ClearReported(record_id, ended);
}

void MatchReporter::Report(const std::string& record_id) {
  const RecordStanding standing = state_->StandingOf(record_id, env_->Now());
  auto marked = vault_->Reported(record_id);
  auto current = vault_->ReferencesOf(standing.token_ids);
  absl::Status status = marked.ok() ? current.status() : marked.status();
  if (!status.ok()) {
    Notice(absl::StrCat("a match could not be looked up in the vault: ", status.ToString()));
    return;
  }
  if (!standing.matches) current->clear();
  std::set<std::string> known(marked->references.begin(), marked->references.end());

  const std::vector<std::string> begun = Without(*current, known);
  if (!begun.empty()) status.Update(ReportBegun(record_id, standing, begun));
  // Whom an earlier process was telling of is told of again while it matches, and of its end.
  known.insert(marked->telling.begin(), marked->telling.end());
  const std::vector<std::string> ended = Without(known, *current);
  const RecordFate fate = state_->FateOf(record_id);
  // A retraction or an erasure is told with who is owed a remedy.
  if (!ended.empty() && !fate.NeedsRemedy()) {
    status.Update(ReportEnded(record_id, standing, marked->publisher, ended));
  }
  status.Update(follow_ups_.Look(record_id, fate, !known.empty()));
  if (!status.ok()) {
    Notice(absl::StrCat("a report could not be marked and may come again: ", status.ToString()));
  }
}

}  // namespace vervet::engine
