#include "member-sdk/src/engine/images/kept_images.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/engine/images/evidence.h"

namespace vervet::engine {
namespace {

constexpr absl::Duration kHousekeepingInterval = absl::Hours(1);
// In one transaction: how long the vault is held.
constexpr size_t kForgottenAtATime = 1'000;
// The index's handles have 31 bits. A vault that keeps a hundred pictures a second gets there in
// eight months; ids are not used again.
constexpr int64_t kMaxId = std::numeric_limits<int32_t>::max();

// Keeps the order of ImageStanding. Of the same picture the nearer stays.
void AddEvidence(const ImageEvidence& evidence, std::vector<ImageEvidence>* pictures) {
  const auto same = std::find_if(pictures->begin(), pictures->end(), [&](const auto& other) {
    return other.hash.bytes == evidence.hash.bytes;
  });
  if (same != pictures->end()) {
    if (same->distance <= evidence.distance) return;
    pictures->erase(same);
  }
  const auto after = std::find_if(pictures->begin(), pictures->end(), [&](const auto& other) {
    return other.distance > evidence.distance;
  });
  pictures->insert(after, evidence);
}

}  // namespace

absl::Status KeptImages::Load() {
  return vault_->ForEachImage([this](const vault::KeptImage& image) {
    if (image.id > kMaxId) return;
    state_->AddKeptImage(static_cast<uint32_t>(image.id), UnpackHashes(image.hashes),
                         image.radius.value_or(options_.radius));
  });
}

absl::StatusOr<KeptImages::Row> KeptImages::FindRow(const index::Hash256& first_hash) const {
  Row row;
  const std::vector<int64_t> near = state_->KeptImagesWith(first_hash);
  VERVET_ASSIGN_OR_RETURN(auto kept, vault_->FindImageWith(AsBytes(first_hash), near));
  if (!kept) return row;
  row.image = *std::move(kept);
  row.hash_bytes_before = row.image.hashes.size();
  return row;
}

void KeptImages::AddTo(Row* row, const Picture& picture) const {
  vault::KeptImage& image = row->image;
  const bool is_new = image.hashes.empty();
  // Who once asked for the variants goes on being told of them. The first of them is the one that
  // is there, so that no hash goes.
  std::string hashes = PackHashes(picture.hashes);
  if (hashes.size() > image.hashes.size()) image.hashes = std::move(hashes);
  image.quality = picture.quality;
  // The wider check decides what a later record is compared with.
  const int radius = picture.radius.value_or(options_.radius);
  if (is_new || radius > image.radius.value_or(options_.radius)) image.radius = picture.radius;
  image.references.push_back(picture.reference);
}

absl::StatusOr<std::vector<KeptImages::Row>> KeptImages::RowsOf(
    const std::vector<Picture>& pictures) const {
  std::vector<Row> rows;
  std::map<absl::string_view, size_t> row_of;  // by the first hash: of one picture there is one row
  for (const Picture& picture : pictures) {
    const index::Hash256& first_hash = picture.hashes.front();
    const auto [it, is_first] = row_of.emplace(AsBytes(first_hash), rows.size());
    if (is_first) {
      VERVET_ASSIGN_OR_RETURN(rows.emplace_back(), FindRow(first_hash));
    }
    AddTo(&rows[it->second], picture);
  }
  return rows;
}

absl::Status KeptImages::Keep(const std::vector<Picture>& pictures) {
  if (pictures.empty() || options_.memory <= absl::ZeroDuration()) return absl::OkStatus();
  VERVET_RETURN_IF_ERROR(Housekeep());
  MutexLock lock(mutex_);
  VERVET_ASSIGN_OR_RETURN(std::vector<Row> rows, RowsOf(pictures));
  uint64_t more_bytes = 0;
  std::vector<vault::KeptImage> images;
  for (Row& row : rows) {
    more_bytes += row.image.hashes.size() - row.hash_bytes_before;
    images.push_back(std::move(row.image));
  }
  const uint64_t more = more_bytes / index::Hash256::kSizeBytes;
  if (more != 0 && state_->Counts().kept_image_hashes + more > options_.max_hashes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the vault keeps ", options_.max_hashes,
                     " hashes of checked pictures at most: the check was answered, but a record "
                     "that arrives later will not be reported for this picture; set a shorter "
                     "image_memory"));
  }
  VERVET_ASSIGN_OR_RETURN(const auto ids, vault_->KeepImages(images));
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] > kMaxId) continue;
    state_->AddKeptImage(static_cast<uint32_t>(ids[i]), UnpackHashes(images[i].hashes),
                         images[i].radius.value_or(options_.radius));
  }
  return absl::OkStatus();
}

void KeptImages::BeginAnswering(const std::set<std::string>& references) {
  MutexLock lock(answering_mutex_);
  for (const std::string& reference : references) ++answering_[reference];
}

std::vector<std::string> KeptImages::EndAnswering(const std::set<std::string>& references) {
  MutexLock lock(answering_mutex_);
  std::set<std::string> records;
  for (const std::string& reference : references) {
    const auto it = answering_.find(reference);
    if (--it->second == 0) answering_.erase(it);
    const auto put_off = put_off_.find(reference);
    if (put_off == put_off_.end()) continue;
    records.insert(put_off->second.begin(), put_off->second.end());
    put_off_.erase(put_off);
  }
  return {records.begin(), records.end()};
}

bool KeptImages::PutOff(const std::string& reference, const std::string& record_id) {
  MutexLock lock(answering_mutex_);
  if (answering_.count(reference) == 0) return false;
  put_off_[reference].insert(record_id);
  return true;
}

absl::StatusOr<ImageStanding> KeptImages::StandingOf(const RecordStanding& record) const {
  ImageStanding standing;
  for (const LiveState::NearKept& near : state_->KeptImagesNear(record.images)) {
    const views::ImageSignature& image = record.images[near.image];
    VERVET_ASSIGN_OR_RETURN(const auto found, vault_->FindImages({&near.id, 1}));
    for (const vault::KeptImage& kept : found) {
      const std::vector<index::Hash256> hashes = UnpackHashes(kept.hashes);
      const int radius = std::min(image.radius, kept.radius.value_or(options_.radius));
      const Nearest nearest = NearestOf(hashes, image.hash);
      if (nearest.distance > radius) continue;  // changed meanwhile
      if (state_->IsHarmless(hashes)) {
        standing.harmless.insert(kept.references.begin(), kept.references.end());
        continue;
      }
      const ImageEvidence evidence{ToImageHash(image.hash, static_cast<int>(image.quality)),
                                   nearest.distance, radius, nearest.variant};
      for (const std::string& reference : kept.references) {
        AddEvidence(evidence, &standing.matched[reference]);
      }
    }
  }
  for (const auto& [reference, pictures] : standing.matched) standing.harmless.erase(reference);
  return standing;
}

void KeptImages::Removed(const std::vector<vault::KeptImage>& images) {
  for (const vault::KeptImage& image : images) {
    if (image.id > kMaxId) continue;
    state_->RemoveKeptImage(static_cast<uint32_t>(image.id), UnpackHashes(image.hashes));
  }
}

absl::Time KeptImages::next_housekeeping() const {
  if (state_->Counts().kept_image_hashes == 0) return absl::InfiniteFuture();
  return absl::FromUnixMicros(housekept_us_) + kHousekeepingInterval;
}

absl::Status KeptImages::Housekeep() {
  const absl::Time now = env_->Now();
  if (now < absl::FromUnixMicros(housekept_us_) + kHousekeepingInterval &&
      now >= absl::FromUnixMicros(housekept_us_)) {
    return absl::OkStatus();
  }
  housekept_us_ = absl::ToUnixMicros(now);
  while (true) {
    MutexLock lock(mutex_);
    VERVET_ASSIGN_OR_RETURN(const auto forgotten,
                            vault_->ForgetImages(now - options_.memory, kForgottenAtATime));
    Removed(forgotten);
    if (forgotten.size() < kForgottenAtATime) return absl::OkStatus();
  }
}

}  // namespace vervet::engine
