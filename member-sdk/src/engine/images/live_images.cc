// What LiveState knows of pictures: the records', which an index follows, and the kept ones.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/live_state.h"

namespace vervet::engine {

void LiveState::AddKeptImage(uint32_t id, const std::vector<index::Hash256>& hashes, int radius) {
  for (const index::Hash256& hash : hashes) (void)kept_images_.Add(hash, id, radius);
}

void LiveState::RemoveKeptImage(uint32_t id, const std::vector<index::Hash256>& hashes) {
  for (const index::Hash256& hash : hashes) kept_images_.Remove(hash, id);
}

std::vector<int64_t> LiveState::KeptImagesWith(const index::Hash256& hash) const {
  std::vector<int64_t> ids;
  for (const ImageIndex::Match& match : kept_images_.FindEach({{hash, 0}})) {
    ids.push_back(match.record);
  }
  return ids;
}

std::vector<LiveState::NearKept> LiveState::KeptImagesNear(
    absl::Span<const views::ImageSignature> images) const {
  std::vector<ImageIndex::Query> queries;
  for (const views::ImageSignature& image : images) queries.push_back({image.hash, image.radius});
  std::set<std::pair<size_t, int64_t>> pairs;
  for (const ImageIndex::Match& match : kept_images_.FindEach(queries)) {
    pairs.emplace(match.query, match.record);
  }
  std::vector<NearKept> near;
  for (const auto& [image, id] : pairs) near.push_back({image, id});
  return near;
}

bool LiveState::IsHarmless(absl::Span<const index::Hash256> hashes) const {
  ReaderLock lock(mutex_);
  const std::vector<bool> harmless = coalition_.harmless.AreHarmless(hashes);
  return std::find(harmless.begin(), harmless.end(), true) != harmless.end();
}

uint64_t LiveState::HarmlessChanged() const {
  ReaderLock lock(mutex_);
  return coalition_.harmless.changed();
}

NearRecord LiveState::ToNearRecord(const views::Record& record, const ImageQuestion& question,
                                   int64_t now_us) const {
  NearRecord near;
  for (const views::ImageSignature& image : record.images) {
    const Nearest nearest = NearestOf(question.hashes, image.hash);
    const int radius = std::min(question.radius, image.radius);
    if (nearest.distance > radius || image.expires_us <= now_us ||
        coalition_.harmless.IsHarmless(image.hash)) {
      continue;
    }
    near.pictures.push_back({{ToImageHash(image.hash, static_cast<int>(image.quality)),
                              nearest.distance, radius, nearest.variant},
                             absl::ToChronoTime(absl::FromUnixMicros(image.expires_us))});
  }
  if (near.pictures.empty()) return near;
  std::stable_sort(near.pictures.begin(), near.pictures.end(), [](const auto& a, const auto& b) {
    return a.evidence.distance < b.evidence.distance;
  });
  near.match = Describe(record);
  near.match.signature_type = SignatureTypeName(v1::IMAGE_PDQ);
  return near;
}

std::vector<ImageAnswer> LiveState::MatchImages(absl::Span<const ImageQuestion> questions,
                                                absl::Time now, bool every) const {
  std::vector<ImageIndex::Query> queries;
  std::vector<index::Hash256> hashes;
  std::vector<size_t> question_of;
  for (size_t i = 0; i < questions.size(); ++i) {
    for (const index::Hash256& hash : questions[i].hashes) {
      queries.push_back({hash, questions[i].radius});
      hashes.push_back(hash);
      question_of.push_back(i);
    }
  }
  const int64_t now_us = every ? std::numeric_limits<int64_t>::min() : absl::ToUnixMicros(now);
  std::vector<ImageAnswer> answers(questions.size());
  while (true) {
    std::shared_ptr<RecordImages> images;
    {
      ReaderLock lock(mutex_);
      images = record_images_;
    }
    std::set<std::pair<size_t, index::RecordHandle>> candidates;
    for (const ImageIndex::Match& match : images->index().FindEach(queries)) {
      candidates.emplace(question_of[match.query], match.record);
    }
    ReaderLock lock(mutex_);
    // Handles are of one state; another one has taken over meanwhile.
    if (record_images_ != images) continue;
    const std::vector<bool> harmless = coalition_.harmless.AreHarmless(hashes);
    for (ImageAnswer& answer : answers) answer.harmless = false;
    for (size_t i = 0; i < hashes.size(); ++i) {
      if (harmless[i]) answers[question_of[i]].harmless = true;
    }
    std::vector<std::vector<std::pair<uint64_t, NearRecord>>> found(questions.size());
    for (const auto& [question, handle] : candidates) {
      if (answers[question].harmless) continue;
      const views::RecordPtr record = coalition_.records.FindLive(handle);
      if (record == nullptr) continue;
      const bool in_force =
          !coalition_.records.IsPaused(handle) && !coalition_.roster.IsSuspended(record->publisher);
      if (!in_force && !every) continue;
      NearRecord near = ToNearRecord(*record, questions[question], now_us);
      if (!near.pictures.empty()) found[question].emplace_back(record->sequence, std::move(near));
    }
    for (size_t i = 0; i < questions.size(); ++i) {
      std::stable_sort(found[i].begin(), found[i].end(),
                       [](const auto& a, const auto& b) { return a.first > b.first; });
      for (auto& [sequence, near] : found[i]) answers[i].records.push_back(std::move(near));
    }
    return answers;
  }
}

}  // namespace vervet::engine
