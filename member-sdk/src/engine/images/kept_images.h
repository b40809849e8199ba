// The pictures that this platform has checked: by their hashes, for a while, so that a record that
// arrives later finds them.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_KEPT_IMAGES_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_KEPT_IMAGES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "core/base/environment.h"
#include "core/base/mutex.h"
#include "core/index/hamming_index.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/image.h"

namespace vervet::engine {

// How kept pictures stand to one record, by reference.
struct ImageStanding {
  // By which of the record's pictures, each once, the nearest first; at least one.
  std::map<std::string, std::vector<ImageEvidence>> matched;
  std::set<std::string> harmless;  // whose picture would match, but is harmless
};

// Thread-safe.
class KeptImages {
 public:
  struct Options {
    absl::Duration memory = absl::Hours(90 * 24);  // 0: nothing is kept
    int radius = kMaxImageRadius;                  // where the check asked for none
    uint64_t max_hashes = 10'000'000;
  };
  // A picture to keep: its hash, or the eight of its variants.
  struct Picture {
    std::vector<index::Hash256> hashes;
    int quality = 0;
    std::optional<int> radius;
    std::string reference;
  };

  KeptImages(vault::Vault* vault, LiveState* state, Environment* env, const Options& options)
      : vault_(vault), state_(state), env_(env), options_(options) {}

  // Puts what the vault has into the live state. Once, before the rest.
  absl::Status Load();

  // When it returns, they are on the disk, and every record that arrives from now on is compared
  // with them. RESOURCE_EXHAUSTED, and none was kept: max_hashes.
  absl::Status Keep(const std::vector<Picture>& pictures);

  // A check of these references is being answered: what it says itself, the reporter is not to say
  // and not to count. EndAnswering returns the records that the reporter put off meanwhile, which
  // are to be looked at again.
  void BeginAnswering(const std::set<std::string>& references);
  std::vector<std::string> EndAnswering(const std::set<std::string>& references);
  // Whether the reference is being answered; then the record is looked at again after that.
  bool PutOff(const std::string& reference, const std::string& record_id);

  // Of a record in force that is somebody else's. Asks the vault for those that are near.
  absl::StatusOr<ImageStanding> StandingOf(const RecordStanding& record) const;

  // After they were deleted from the vault.
  void Removed(const std::vector<vault::KeptImage>& images);
  // Forgets what was kept for long enough; at most once an hour.
  absl::Status Housekeep();
  // Of the next housekeeping; InfiniteFuture where nothing is kept.
  absl::Time next_housekeeping() const;
  absl::Duration memory() const { return options_.memory; }
  int radius() const { return options_.radius; }

 private:
  // What the vault has of one picture, with what is to be added; or a new picture.
  struct Row {
    vault::KeptImage image;
    size_t hash_bytes_before = 0;
  };
  absl::StatusOr<std::vector<Row>> RowsOf(const std::vector<Picture>& pictures) const;
  absl::StatusOr<Row> FindRow(const index::Hash256& first_hash) const;
  void AddTo(Row* row, const Picture& picture) const;

  vault::Vault* const vault_;
  LiveState* const state_;
  Environment* const env_;
  const Options options_;
  Mutex mutex_;  // one change at a time, so that a picture is kept once
  std::atomic<int64_t> housekept_us_{0};
  Mutex answering_mutex_;
  std::map<std::string, int> answering_ ABSL_GUARDED_BY(answering_mutex_);  // checks, by reference
  std::map<std::string, std::set<std::string>> put_off_ ABSL_GUARDED_BY(answering_mutex_);
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_KEPT_IMAGES_H_
