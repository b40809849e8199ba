#include "member-sdk/src/engine/sync/match_reporter.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/images/evidence.h"

namespace vervet::engine {
namespace {

// Notices are for a log; a platform that never reads them must not let them pile up.
constexpr size_t kMaxQueuedNotices = 10'000;

// A deadline is by the clock on the wall, which people set.
constexpr absl::Duration kLongestNap = absl::Minutes(1);

// A match by a picture: the nearest of those that began.
void DescribeImage(const RecordStanding& standing, MatchEvent* event) {
  if (event->images.empty()) return;
  event->match = standing.image_match;
  const auto nearest = std::min_element(
      event->images.begin(), event->images.end(),
      [](const auto& a, const auto& b) { return a.image.distance < b.image.distance; });
  event->match.image = nearest->image;
  for (const views::ImageSignature& image : standing.images) {
    if (image.hash.bytes != nearest->image.hash.bytes) continue;
    event->match.expires = absl::ToChronoTime(absl::FromUnixMicros(image.expires_us));
  }
}

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

void MatchReporter::TouchNearKept() {
  if (pictures_.kept == nullptr) return;
  MutexLock lock(mutex_);
  if (near_kept_waits_) return;
  near_kept_waits_ = true;
  queue_.push_back(NearKept{});
  changed_.NotifyAll();
}

MatchReporter::Item MatchReporter::PopFront() {
  Item next = std::move(queue_.front());
  queue_.pop_front();
  if (std::holds_alternative<NearKept>(next)) near_kept_waits_ = false;
  return next;
}

bool MatchReporter::stopping() {
  MutexLock lock(mutex_);
  return stopping_;
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

void MatchReporter::Quarantined(ImageQuarantine quarantine, uint64_t entries) {
  if (entries != 0 && on_added_) on_added_(entries);
  if (callbacks_.on_quarantine == nullptr) return;
  MutexLock lock(mutex_);
  if (queue_.size() < kMaxQueuedNotices) queue_.push_back(std::move(quarantine));
  changed_.NotifyAll();
}

void MatchReporter::RunQueued() {
  while (true) {
    Item next;
    {
      MutexLock lock(mutex_);
      if (queue_.empty()) break;
      next = PopFront();
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
  } else if (const auto* quarantine = std::get_if<ImageQuarantine>(&next)) {
    callbacks_.on_quarantine(*quarantine);
  } else if (std::holds_alternative<Housekeeping>(next)) {
    const absl::Status kept = pictures_.kept->Housekeep();
    if (!kept.ok()) {
      Notice(absl::StrCat("old pictures are not forgotten yet: ", kept.ToString()));
    }
  } else if (std::holds_alternative<NearKept>(next)) {
    Touch(state_->RecordsNearKept([this] { return stopping(); }));
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
    const bool housekeep =
        pictures_.kept != nullptr && pictures_.kept->next_housekeeping() <= env_->Now();
    if (housekeep) queue_.push_back(Housekeeping{});
    if (!queue_.empty()) break;
    const absl::Duration wait = next_due() - env_->Now();
    if (wait == absl::InfiniteDuration()) {
      changed_.Wait(mutex_);
    } else {
      changed_.WaitUntil(mutex_, std::chrono::steady_clock::now() +
                                     absl::ToChronoNanoseconds(std::min(wait, kLongestNap)));
    }
  }
  if (stopping_) return false;
  *next = PopFront();
  working_ = true;
  return true;
}

absl::Time MatchReporter::next_due() const {
  const absl::Time due = follow_ups_.next_due();
  return pictures_.kept == nullptr ? due : std::min(due, pictures_.kept->next_housekeeping());
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
                                        const RecordStanding& standing, const Begun& begun) {
  MatchEvent event;
  event.match = standing.matches ? standing.match : standing.image_match;
  event.subject_references = begun.references;
  event.noticed = absl::ToChronoTime(env_->Now());
  std::vector<vault::ReportMark> marks;
  for (const std::string& reference : begun.references) {
    marks.push_back({record_id, event.match.publisher, reference});
    const auto image = begun.images.find(reference);
    if (image == begun.images.end()) continue;
    marks.back().image = PackEvidence(image->second);
    event.images.push_back({reference, image->second});
  }
  // First: whoever is told of a match may act on it, and must be named when the record ends.
  if (callbacks_.on_match == nullptr) return vault_->NoteMatched(marks);
  const bool by_image_alone = begun.images.size() == begun.references.size();
  if (by_image_alone || !standing.matches) DescribeImage(standing, &event);
  absl::Status status = vault_->MarkTelling(marks);
  callbacks_.on_match(event);
  status.Update(vault_->MarkReported(marks));
  return status;
}

absl::Status MatchReporter::ReportEnded(const std::string& record_id, const std::string& reason,
                                        const std::string& publisher,
                                        const std::vector<std::string>& ended) {
  if (callbacks_.on_match_ended != nullptr) {
    MatchEndedEvent event;
    event.record_id = ToHex(record_id);
    event.publisher = publisher;
    event.reason = reason;
    event.subject_references = ended;
    callbacks_.on_match_ended(event);
  }
  return vault_->ClearReported(record_id, ended);
}

absl::Status MatchReporter::AddBegunByImage(const std::string& record_id,
                                            const ImageStanding& images,
                                            const std::set<std::string>& known, Begun* begun) {
  const std::set<std::string> by_token(begun->references.begin(), begun->references.end());
  std::map<std::string, const std::vector<ImageEvidence>*> candidates;
  std::set<std::string> aside;  // since before: what they match was counted then
  for (const auto& [reference, pictures] : images.matched) {
    if (known.count(reference) != 0 || by_token.count(reference) != 0) continue;
    if (pictures_.kept->PutOff(reference, record_id)) continue;
    candidates.emplace(reference, &pictures);
    for (const ImageEvidence& picture : pictures) {
      if (pictures_.floods->IsAside(record_id, picture.hash)) aside.insert(picture.hash.Hex());
    }
  }
  if (candidates.empty()) return absl::OkStatus();
  // A check that has answered since has marked what it told.
  const auto marked = vault_->Reported(record_id);
  if (!marked.ok()) return marked.status();
  for (const std::string& reference : marked->references) candidates.erase(reference);
  for (const auto& [reference, pictures] : candidates) {
    for (const ImageEvidence& picture : *pictures) {
      if (aside.count(picture.hash.Hex()) != 0) continue;
      if (!pictures_.floods->Admit(record_id, picture.hash)) continue;
      begun->references.push_back(reference);
      begun->images.emplace(reference, picture);
      break;
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> MatchReporter::Ended(const std::set<std::string>& known,
                                              const std::set<std::string>& current,
                                              const vault::Report& marked,
                                              const RecordStanding& standing,
                                              const ImageStanding& images) const {
  std::vector<std::string> ended;
  for (const std::string& reference : Without(known, current)) {
    const auto mark = marked.images.find(reference);
    const auto evidence = mark == marked.images.end() ? std::nullopt : UnpackEvidence(mark->second);
    const bool stands =
        evidence && images.harmless.count(reference) == 0 &&
        std::any_of(standing.images.begin(), standing.images.end(),
                    [&](const auto& image) { return image.hash.bytes == evidence->hash.bytes; });
    if (!stands) ended.push_back(reference);
  }
  return ended;
}

void MatchReporter::Report(const std::string& record_id) {
  const RecordStanding standing = state_->StandingOf(record_id, env_->Now());
  auto marked = vault_->Reported(record_id);
  auto current = vault_->ReferencesOf(standing.token_ids);
  absl::StatusOr<ImageStanding> images = ImageStanding();
  if (pictures_.kept != nullptr && !standing.images.empty()) {
    images = pictures_.kept->StandingOf(standing);
  }
  absl::Status status = marked.status();
  status.Update(current.status());
  status.Update(images.status());
  if (!status.ok()) {
    Notice(absl::StrCat("a match could not be looked up in the vault: ", status.ToString()));
    return;
  }
  if (!standing.matches) current->clear();
  std::set<std::string> known(marked->references.begin(), marked->references.end());

  Begun begun{Without(*current, known), {}};
  status.Update(AddBegunByImage(record_id, *images, known, &begun));
  if (!begun.references.empty()) status.Update(ReportBegun(record_id, standing, begun));
  if (pictures_.floods != nullptr) status.Update(pictures_.floods->Flush());
  // Whom an earlier process was telling of is told of again while it matches, and of its end.
  known.insert(marked->telling.begin(), marked->telling.end());
  for (const auto& [reference, pictures] : images->matched) current->insert(reference);
  const std::vector<std::string> ended = Ended(known, *current, *marked, standing, *images);
  const RecordFate fate = state_->FateOf(record_id);
  // A retraction or an erasure is told with who is owed a remedy.
  if (!ended.empty() && !fate.NeedsRemedy()) {
    const bool harmless = std::any_of(ended.begin(), ended.end(), [&](const auto& reference) {
      return images->harmless.count(reference) != 0;
    });
    status.Update(ReportEnded(record_id, harmless ? kHarmless : standing.ended_reason,
                              marked->publisher, ended));
  }
  status.Update(follow_ups_.Look(record_id, fate, !known.empty()));
  if (!status.ok()) {
    Notice(absl::StrCat("a report could not be marked and may come again: ", status.ToString()));
  }
}

}  // namespace vervet::engine
