#include "member-sdk/src/engine/images/image_checker.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/base/wire_limits.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/engine/images/evidence.h"
#include "member-sdk/src/engine/outbox/record_rules.h"

namespace vervet::engine {
namespace {

absl::Status CheckRequest(const std::vector<ImageToCheck>& images,
                          const ImageCheckOptions& options) {
  if (options.radius && (*options.radius < 0 || *options.radius > kMaxImageRadius)) {
    return absl::InvalidArgumentError(
        absl::StrCat("radius: is ", *options.radius, ", 0 to ", kMaxImageRadius, " bits can be"));
  }
  for (size_t i = 0; i < images.size(); ++i) {
    const ImageToCheck& image = images[i];
    if (image.reference.size() > kMaxReferenceBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("images[", i, "].reference: has ", image.reference.size(),
                       " bytes, at most ", kMaxReferenceBytes, "; give your own opaque reference"));
    }
    if (!image.hashes.empty() && !image.encoded.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("images[", i, "]: has a file's bytes and hashes too; give one of the two"));
    }
    if (image.hashes.size() > 1 && image.hashes.size() != kImageVariants) {
      return absl::InvalidArgumentError(
          absl::StrCat("images[", i, "].hashes: has ", image.hashes.size(),
                       "; give one, or the eight of HashImageVariants"));
    }
    for (const ImageHash& hash : image.hashes) {
      if (hash.quality >= 0 && hash.quality <= ImageHash::kMaxQuality) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("images[", i, "].hashes: a quality of ", hash.quality, "; 0 to 100 can be"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ImageHash>> HashesOf(const ImageToCheck& image,
                                                const ImageCheckOptions& options) {
  if (!image.hashes.empty()) return image.hashes;
  if (!options.variants) {
    VERVET_ASSIGN_OR_RETURN(const ImageHash hash, HashImage(image.encoded, options.hashing));
    return std::vector<ImageHash>{hash};
  }
  VERVET_ASSIGN_OR_RETURN(const auto hashes, HashImageVariants(image.encoded, options.hashing));
  return std::vector<ImageHash>(hashes.begin(), hashes.end());
}

std::string WarningOf(const ImageHash& hash) {
  if (hash.quality >= kMinPublishedImageQuality) return "";
  if (hash.quality == 0) {
    return "the picture's quality is 0: it is plain, or less than five pixels high or wide; its "
           "hash means nothing";
  }
  return absl::StrCat("the picture's quality is ", hash.quality, ", below ",
                      kMinPublishedImageQuality,
                      ": there is not much on it, so that it may look like others that it has "
                      "nothing to do with");
}

}  // namespace

void ImageChecker::Hash(const std::vector<ImageToCheck>& images, const ImageCheckOptions& options,
                        Work* work) const {
  work->results.resize(images.size());
  const int radius = std::min(options.radius.value_or(kMaxImageRadius), radius_);
  for (size_t i = 0; i < images.size(); ++i) {
    ImageCheckResult& result = work->results[i];
    const auto hashes = HashesOf(images[i], options);
    if (!hashes.ok()) {
      result.status = hashes.status();
      continue;
    }
    result.outcome = ImageOutcome::kNoMatch;
    result.hash = hashes->front();
    result.warning = WarningOf(*result.hash);
    ImageQuestion question;
    question.radius = radius;
    for (const ImageHash& hash : *hashes) question.hashes.push_back(ToHash256(hash));
    work->questions.push_back(std::move(question));
    work->image_of.push_back(i);
  }
}

absl::Status ImageChecker::Keep(const std::vector<ImageToCheck>& images,
                                const ImageCheckOptions& options, const Work& work) {
  std::vector<KeptImages::Picture> pictures;
  for (size_t i = 0; i < work.questions.size(); ++i) {
    const size_t image = work.image_of[i];
    if (images[image].reference.empty()) continue;
    pictures.push_back({work.questions[i].hashes, work.results[image].hash->quality, options.radius,
                        images[image].reference});
  }
  return kept_->Keep(pictures);
}

absl::StatusOr<bool> ImageChecker::IsNew(const std::string& record_id, const std::string& reference,
                                         const Work& work) {
  if (reference.empty()) return true;
  const auto told = work.told.find(record_id);
  if (told != work.told.end() && told->second.count(reference) != 0) return false;
  VERVET_ASSIGN_OR_RETURN(const bool reported, vault_->WasReported(record_id, reference));
  return !reported;
}

absl::Status ImageChecker::Conclude(const ImageAnswer& answer, const std::string& reference,
                                    ImageCheckResult* result, Work* work) {
  result->harmless = answer.harmless;
  absl::Status trouble;
  for (const NearRecord& near : answer.records) {
    const std::string record_id = FromHex(near.match.record_id, kRecordIdBytes);
    bool is_new = false;
    if (!near.match.own) {
      const auto unheard = IsNew(record_id, reference, *work);
      trouble.Update(unheard.status());
      is_new = unheard.value_or(false);
    }
    for (const NearRecord::Picture& picture : near.pictures) {
      const ImageHash& hash = picture.evidence.hash;
      const bool told = near.match.own || (is_new ? floods_->Admit(record_id, hash)
                                                  : !floods_->LeaveOut(record_id, hash));
      if (!told) {
        ++result->set_aside;
        continue;
      }
      Match match = near.match;
      match.expires = picture.expires;
      match.image = picture.evidence;
      if (is_new && !reference.empty()) {
        work->told[record_id].insert(reference);
        work->marks.push_back(
            {record_id, match.publisher, reference, PackEvidence(picture.evidence)});
      }
      result->matches.push_back(std::move(match));
      break;
    }
  }
  if (!result->matches.empty()) result->outcome = ImageOutcome::kMatch;
  return trouble;
}

absl::StatusOr<std::vector<ImageCheckResult>> ImageChecker::Check(
    const std::vector<ImageToCheck>& images, const ImageCheckOptions& options) {
  VERVET_RETURN_IF_ERROR(CheckRequest(images, options));
  Work work;
  Hash(images, options, &work);
  std::set<std::string> references;
  for (const ImageToCheck& image : images) {
    if (options.remember && !image.reference.empty()) references.insert(image.reference);
  }
  kept_->BeginAnswering(references);
  // Before the matches are looked up: whichever of this check and a record that arrives now comes
  // second sees the other.
  const absl::Status kept = options.remember ? Keep(images, options, work) : absl::OkStatus();
  const std::vector<ImageAnswer> answers = state_->MatchImages(work.questions, env_->Now());
  for (size_t i = 0; i < answers.size(); ++i) {
    ImageCheckResult& result = work.results[work.image_of[i]];
    const std::string& reference = images[work.image_of[i]].reference;
    result.status = Conclude(answers[i], reference, &result, &work);
    if (!reference.empty()) result.status.Update(kept);
  }
  (void)floods_->Flush();
  std::set<std::string> touched;
  // At worst on_match repeats what this check has said.
  if (options.remember && !work.marks.empty() && vault_->MarkReported(work.marks).ok()) {
    for (const vault::ReportMark& mark : work.marks) touched.insert(mark.record_id);
  }
  const std::vector<std::string> put_off = kept_->EndAnswering(references);
  touched.insert(put_off.begin(), put_off.end());
  if (on_matched_ && !touched.empty()) on_matched_({touched.begin(), touched.end()});
  return std::move(work.results);
}

}  // namespace vervet::engine
