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

std::vector<std::string> Without(const std::set<std::string>& all,
                                 const std::set<std::string>& removed) {
  std::vector<std::string> left;
  std::set_difference(all.begin(), all.end(), removed.begin(), removed.end(),
                      std::back_inserter(left));
  return left;
}

}  // namespace

void MatchReporter::Start() {
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

void MatchReporter::Run() {
  while (true) {
    std::variant<Record, Line> next;
    {
      MutexLock lock(mutex_);
      working_ = false;
      changed_.NotifyAll();
      while (queue_.empty() && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
      working_ = true;
    }
    if (const auto* line = std::get_if<Line>(&next)) {
      callbacks_.on_notice(line->text);
    } else {
      Report(std::get<Record>(next).id);
    }
  }
}

void MatchReporter::Report(const std::string& record_id) {
  const absl::Time now = env_->Now();
  const RecordStanding standing = state_->StandingOf(record_id, now);
  auto marked = vault_->Reported(record_id);
  auto current = vault_->ReferencesOf(standing.token_ids);
  absl::Status status = marked.ok() ? current.status() : marked.status();
  if (!status.ok()) {
    Notice(absl::StrCat("a match could not be looked up in the vault: ", status.ToString()));
    return;
  }
  if (!standing.matches) current->clear();
  const std::set<std::string> reported(marked->references.begin(), marked->references.end());

  const std::vector<std::string> begun = Without(*current, reported);
  if (!begun.empty() && callbacks_.on_match != nullptr) {
    callbacks_.on_match({standing.match, begun, absl::ToChronoTime(now)});
    std::vector<vault::ReportMark> marks;
    for (const std::string& reference : begun) {
      marks.push_back({record_id, standing.match.publisher, reference});
    }
    status.Update(vault_->MarkReported(marks));
  }
  const std::vector<std::string> ended = Without(reported, *current);
  if (!ended.empty()) {
    if (callbacks_.on_match_ended != nullptr) {
      callbacks_.on_match_ended(
          {ToHex(record_id), marked->publisher, standing.ended_reason, ended});
    }
    status.Update(vault_->ClearReported(record_id, ended));
  }
  if (!status.ok()) {
    Notice(absl::StrCat("a report could not be marked and may come again: ", status.ToString()));
  }
}

}  // namespace vervet::engine
