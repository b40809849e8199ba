// What the client does about pictures.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/engine.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/outbox/record_requests.h"

namespace vervet::engine {

absl::StatusOr<std::vector<ImageCheckResult>> Engine::CheckImages(
    const std::vector<ImageToCheck>& images, const ImageCheckOptions& options) {
  const absl::Duration began = env_->Monotonic();
  auto results = image_checker_.Check(images, options);
  metrics_.image_check_seconds.Get().Observe(env_->Monotonic() - began);
  if (!results.ok()) return results;
  std::array<uint64_t, 3> counts{};
  for (const ImageCheckResult& result : *results) ++counts[static_cast<size_t>(result.outcome)];
  for (size_t i = 0; i < counts.size(); ++i) {
    const char* const outcome = ImageOutcomeName(static_cast<ImageOutcome>(i));
    if (counts[i] != 0) metrics_.image_checks.Add({outcome}, counts[i]);
  }
  return results;
}

ImageQuarantine Engine::ToQuarantine(const vault::QuarantineRow& row) const {
  ImageQuarantine out;
  out.record_id = ToHex(row.record_id);
  out.publisher = state_.FateOf(row.record_id).publisher;
  const auto hash = index::Hash256::FromBytes(row.hash);
  if (hash.ok()) out.hash = ToImageHash(*hash, row.quality);
  out.since = absl::ToChronoTime(absl::FromUnixMicros(row.since_us));
  out.matches = row.matches;
  out.window = std::chrono::seconds(row.window_s);
  out.set_aside = row.set_aside;
  return out;
}

absl::StatusOr<uint64_t> Engine::WaitingFor(const vault::QuarantineRow& row) {
  const RecordStanding record = state_.StandingOf(row.record_id, env_->Now());
  if (record.images.empty()) return 0;
  VERVET_ASSIGN_OR_RETURN(const ImageStanding standing, kept_images_.StandingOf(record));
  VERVET_ASSIGN_OR_RETURN(const vault::Report told, vault_->Reported(row.record_id));
  const std::set<std::string> known(told.references.begin(), told.references.end());
  uint64_t waiting = 0;
  for (const auto& [reference, pictures] : standing.matched) {
    if (known.count(reference) != 0) continue;
    const bool all_aside = std::all_of(pictures.begin(), pictures.end(), [&](const auto& picture) {
      return floods_.IsAside(row.record_id, picture.hash);
    });
    const bool by_this = std::any_of(pictures.begin(), pictures.end(), [&](const auto& picture) {
      return AsBytes(ToHash256(picture.hash)) == row.hash;
    });
    waiting += all_aside && by_this ? 1 : 0;
  }
  return waiting;
}

absl::StatusOr<std::vector<ImageQuarantine>> Engine::Quarantines() {
  VERVET_RETURN_IF_ERROR(floods_.Flush());
  std::vector<ImageQuarantine> all;
  for (const vault::QuarantineRow& row : floods_.Quarantines()) {
    all.push_back(ToQuarantine(row));
    VERVET_ASSIGN_OR_RETURN(all.back().waiting, WaitingFor(row));
  }
  return all;
}

absl::Status Engine::ReleaseQuarantine(const std::string& record_id, const ImageHash& hash) {
  VERVET_ASSIGN_OR_RETURN(const std::string id, RecordIdFrom(record_id));
  VERVET_RETURN_IF_ERROR(floods_.Release(id, hash));
  TouchMatched({id});
  return absl::OkStatus();
}

void Engine::KeepPublished(const std::vector<const OffenderRecord*>& records) {
  std::vector<KeptImages::Picture> pictures;
  for (const OffenderRecord* record : records) {
    for (const RecordImage& image : record->images) {
      pictures.push_back(
          {{ToHash256(image.hash)}, image.hash.quality, std::nullopt, record->subject_reference});
    }
  }
  // The record is on its way whatever becomes of this.
  if (!kept_images_.Keep(pictures).ok()) return;
  std::vector<ImageQuestion> questions;
  for (const KeptImages::Picture& picture : pictures) {
    questions.push_back({picture.hashes, options_.image_radius});
  }
  std::vector<std::string> touched;
  for (const ImageAnswer& answer : state_.MatchImages(questions, env_->Now())) {
    for (const NearRecord& other : answer.records) {
      if (!other.match.own) touched.push_back(FromHex(other.match.record_id, kRecordIdBytes));
    }
  }
  if (!touched.empty()) TouchMatched(std::move(touched));
}

}  // namespace vervet::engine
