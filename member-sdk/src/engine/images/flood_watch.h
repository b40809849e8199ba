// Which pictures of records suddenly match far more than ever before, and are set aside until a
// person has looked at them.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_FLOOD_WATCH_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_FLOOD_WATCH_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/index/hamming_index.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/image.h"

namespace vervet::engine {

struct FloodOptions {
  // New subjects within an hour; 0: nothing is set aside, and what was set aside before counts
  // again.
  uint32_t floor = 50;
  double factor = 20;    // times the hourly mean of the history
  bool tell_hub = true;  // of each quarantine
};

// Counts are by record, picture and hour. The window is the last hour: the current hour's count and
// as much of the one before as is not over yet. The history is what lies before it, at most 30
// days; of a picture that was first met less than a day ago it counts as a day's. Thread-safe.
class FloodWatch {
 public:
  // A picture of a record: 16 and 32 bytes.
  using Picture = std::pair<std::string, std::string>;

  FloodWatch(vault::Vault* vault, Environment* env, const FloodOptions& options)
      : vault_(vault), env_(env), options_(options) {}

  // Called, on the thread that calls Flush, after a quarantine is stored. `entries`: so many came
  // into the outbox.
  void set_on_quarantine(
      std::function<void(const vault::QuarantineRow& row, uint64_t entries)> on_quarantine) {
    on_quarantine_ = std::move(on_quarantine);
  }

  // Once, before the rest.
  absl::Status Load();

  // One more subject met this picture of somebody else's record. False: it is set aside, and nobody
  // is to be told.
  bool Admit(const std::string& record_id, const ImageHash& image);
  bool IsAside(const std::string& record_id, const ImageHash& image) const;
  // The same, and counts that a check has left it out.
  bool LeaveOut(const std::string& record_id, const ImageHash& image);

  // Stores what was counted since; on an error it is tried again with the next call.
  absl::Status Flush();

  std::vector<vault::QuarantineRow> Quarantines() const;
  uint64_t quarantined() const;
  // NOT_FOUND: it is not set aside.
  absl::Status Release(const std::string& record_id, const ImageHash& image);

 private:
  struct History {
    std::deque<std::pair<int64_t, uint32_t>> hours;  // ascending; the last 30 days
    int64_t released_us = 0;
  };

  int64_t Hour() const;
  bool IsFlood(const History& history, uint32_t* in_window) const;
  void SetAside(const Picture& picture, int quality, uint32_t matches)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  vault::Vault* const vault_;
  Environment* const env_;
  const FloodOptions options_;
  std::function<void(const vault::QuarantineRow&, uint64_t)> on_quarantine_;

  mutable Mutex mutex_;
  Mutex flush_mutex_;  // one at a time; before mutex_
  absl::flat_hash_map<Picture, History> histories_ ABSL_GUARDED_BY(mutex_);
  std::map<Picture, vault::QuarantineRow> aside_ ABSL_GUARDED_BY(mutex_);
  // Not stored yet.
  std::map<std::pair<Picture, int64_t>, uint32_t> hits_ ABSL_GUARDED_BY(mutex_);
  std::map<Picture, uint64_t> more_aside_ ABSL_GUARDED_BY(mutex_);
  std::vector<vault::QuarantineRow> new_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_FLOOD_WATCH_H_
