#include "member-sdk/src/engine/images/flood_watch.h"

#include <algorithm>

#include "core/base/status_macros.h"
#include "member-sdk/src/engine/outbox/record_requests.h"

namespace vervet::engine {
namespace {

constexpr int64_t kHistoryHours = 30 * 24;
constexpr int64_t kShortestHistoryHours = 24;
constexpr uint32_t kWindowSeconds = 3600;
// By then its history says what is usual.
constexpr absl::Duration kReleaseHolds = absl::Hours(30 * 24);

std::string Bytes(const ImageHash& image) {
  return std::string(image.bytes.begin(), image.bytes.end());
}

}  // namespace

int64_t FloodWatch::Hour() const { return absl::ToInt64Hours(env_->Now() - absl::UnixEpoch()); }

absl::Status FloodWatch::Load() {
  VERVET_ASSIGN_OR_RETURN(const auto hits, vault_->AllImageHits());
  VERVET_ASSIGN_OR_RETURN(auto rows, vault_->Quarantines());
  MutexLock lock(mutex_);
  const int64_t first_hour = Hour() - kHistoryHours;
  for (const vault::ImageHits& row : hits) {
    if (row.hour < first_hour) continue;
    histories_[{row.record_id, row.hash}].hours.emplace_back(row.hour, row.matches);
  }
  for (vault::QuarantineRow& row : rows) {
    const Picture picture(row.record_id, row.hash);
    if (row.released_us != 0) {
      histories_[picture].released_us = row.released_us;
    } else {
      aside_[picture] = std::move(row);
    }
  }
  return absl::OkStatus();
}

bool FloodWatch::IsFlood(const History& history, uint32_t* in_window) const {
  const int64_t now = Hour();
  double window = 0;
  double before = 0;
  const double into_hour =
      absl::ToDoubleHours(env_->Now() - absl::UnixEpoch()) - static_cast<double>(now);
  for (const auto& [hour, matches] : history.hours) {
    if (hour == now) {
      window += matches;
    } else if (hour == now - 1) {
      window += matches * (1 - into_hour);
    } else {
      before += matches;
    }
  }
  const int64_t age = history.hours.empty() ? 0 : now - history.hours.front().first;
  const double mean =
      before / static_cast<double>(std::clamp(age, kShortestHistoryHours, kHistoryHours));
  *in_window = static_cast<uint32_t>(window);
  return window >= options_.floor && window >= options_.factor * mean;
}

bool FloodWatch::Admit(const std::string& record_id, const ImageHash& image) {
  if (options_.floor == 0) return true;
  const Picture picture(record_id, Bytes(image));
  MutexLock lock(mutex_);
  const auto aside = aside_.find(picture);
  if (aside != aside_.end()) {
    ++aside->second.set_aside;
    ++more_aside_[picture];
    return false;
  }
  History& history = histories_[picture];
  const int64_t now = Hour();
  if (history.hours.empty() || history.hours.back().first < now) history.hours.emplace_back(now, 0);
  ++history.hours.back().second;
  while (history.hours.front().first < now - kHistoryHours) history.hours.pop_front();
  ++hits_[{picture, now}];
  const bool held = history.released_us != 0 &&
                    env_->Now() < absl::FromUnixMicros(history.released_us) + kReleaseHolds;
  uint32_t matches = 0;
  if (held || !IsFlood(history, &matches)) return true;
  SetAside(picture, image.quality, matches);
  ++aside_[picture].set_aside;
  ++more_aside_[picture];
  return false;
}

void FloodWatch::SetAside(const Picture& picture, int quality, uint32_t matches) {
  vault::QuarantineRow row;
  row.record_id = picture.first;
  row.hash = picture.second;
  row.quality = quality;
  row.since_us = absl::ToUnixMicros(env_->Now());
  row.matches = matches;
  row.window_s = kWindowSeconds;
  aside_[picture] = row;
  new_.push_back(std::move(row));
}

bool FloodWatch::LeaveOut(const std::string& record_id, const ImageHash& image) {
  if (options_.floor == 0) return false;
  const Picture picture(record_id, Bytes(image));
  MutexLock lock(mutex_);
  const auto aside = aside_.find(picture);
  if (aside == aside_.end()) return false;
  ++aside->second.set_aside;
  ++more_aside_[picture];
  return true;
}

bool FloodWatch::IsAside(const std::string& record_id, const ImageHash& image) const {
  if (options_.floor == 0) return false;
  MutexLock lock(mutex_);
  return !aside_.empty() && aside_.count({record_id, Bytes(image)}) != 0;
}

absl::Status FloodWatch::Flush() {
  MutexLock flushing(flush_mutex_);
  vault::Vault::FloodUpdate update;
  std::map<std::pair<Picture, int64_t>, uint32_t> hits;
  std::map<Picture, uint64_t> more_aside;
  {
    MutexLock lock(mutex_);
    if (hits_.empty() && more_aside_.empty()) return absl::OkStatus();
    hits.swap(hits_);
    more_aside.swap(more_aside_);
    update.quarantined.swap(new_);
  }
  for (const auto& [key, matches] : hits) {
    update.hits.push_back({key.first.first, key.first.second, key.second, matches});
  }
  for (const auto& [picture, more] : more_aside) {
    vault::QuarantineRow row;
    row.record_id = picture.first;
    row.hash = picture.second;
    row.set_aside = more;
    update.set_aside.push_back(std::move(row));
  }
  update.first_hour = Hour() - kHistoryHours;
  if (options_.tell_hub) {
    for (const vault::QuarantineRow& row : update.quarantined) {
      update.entries.push_back(BuildQuarantine(row.record_id, row.hash, row.matches, row.window_s,
                                               TimeOrderedId(*env_)));
    }
  }
  const absl::Status stored = vault_->StoreFloods(update);
  if (!stored.ok()) {
    MutexLock lock(mutex_);
    for (const auto& [key, matches] : hits) hits_[key] += matches;
    for (const auto& [picture, more] : more_aside) more_aside_[picture] += more;
    new_.insert(new_.begin(), update.quarantined.begin(), update.quarantined.end());
    return stored;
  }
  for (const vault::QuarantineRow& row : update.quarantined) {
    if (on_quarantine_) on_quarantine_(row, options_.tell_hub ? 1 : 0);
  }
  return absl::OkStatus();
}

std::vector<vault::QuarantineRow> FloodWatch::Quarantines() const {
  std::vector<vault::QuarantineRow> rows;
  MutexLock lock(mutex_);
  for (const auto& [picture, row] : aside_) rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.since_us < b.since_us; });
  return rows;
}

uint64_t FloodWatch::quarantined() const {
  MutexLock lock(mutex_);
  return aside_.size();
}

absl::Status FloodWatch::Release(const std::string& record_id, const ImageHash& image) {
  const Picture picture(record_id, Bytes(image));
  // What is not stored yet must not bring it back.
  VERVET_RETURN_IF_ERROR(Flush());
  VERVET_RETURN_IF_ERROR(vault_->ReleaseQuarantine(picture.first, picture.second));
  MutexLock lock(mutex_);
  aside_.erase(picture);
  histories_[picture].released_us = absl::ToUnixMicros(env_->Now());
  return absl::OkStatus();
}

}  // namespace vervet::engine
