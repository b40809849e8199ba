#include "hub/engine/published_images.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/image_limits.h"
#include "core/base/status_macros.h"
#include "hub/engine/fields.h"

namespace vervet::hub {
namespace {

std::string At(int i, absl::string_view field) { return absl::StrCat("images[", i, "].", field); }

absl::Status CheckQuality(absl::string_view field, uint32_t quality) {
  if (quality > kMaxImageQuality) {
    return Invalid(field,
                   absl::StrCat("is ", quality, "; PDQ's measure ends at ", kMaxImageQuality));
  }
  if (quality < kMinImageQuality) {
    return Invalid(field, absl::StrCat("is ", quality, "; at least ", kMinImageQuality,
                                       ", because below it a picture is too plain to be told from "
                                       "others; publish another photograph"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckImageHash(absl::string_view field, absl::string_view hash) {
  if (hash.size() == kImageHashBytes) return absl::OkStatus();
  return Invalid(field,
                 absl::StrCat("has ", hash.size(), " bytes; a PDQ hash has ", kImageHashBytes));
}

absl::Status CheckImageRadius(absl::string_view field, uint32_t radius) {
  if (radius <= kMaxHashRadius) return absl::OkStatus();
  return Invalid(field, absl::StrCat("is ", radius, "; at most ", kMaxHashRadius,
                                     " of 256 bits: beyond it unlike pictures would match"));
}

absl::Status CheckImages(const v1::PublishRequest& request) {
  const auto count = static_cast<size_t>(request.images_size());
  if (count > kMaxRecordImages) {
    return Invalid("images", absl::StrCat("has ", count, " entries; at most ", kMaxRecordImages));
  }
  absl::flat_hash_set<absl::string_view> seen;
  for (int i = 0; i < request.images_size(); ++i) {
    const v1::ImageSignature& image = request.images(i);
    VERVET_RETURN_IF_ERROR(CheckImageHash(At(i, "hash"), image.hash()));
    if (std::all_of(image.hash().begin(), image.hash().end(), [](char c) { return c == 0; })) {
      return Invalid(At(i, "hash"),
                     "is all zero, as of a picture with nothing on it; publish another one");
    }
    if (!seen.insert(image.hash()).second) {
      return Invalid(At(i, "hash"), "is the same as an earlier one");
    }
    VERVET_RETURN_IF_ERROR(CheckQuality(At(i, "quality"), image.quality()));
    if (image.has_radius()) {
      VERVET_RETURN_IF_ERROR(CheckImageRadius(At(i, "radius"), image.radius()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckImagesAgainstState(const v1::RecordPublished& record,
                                     const views::CoalitionState& state, absl::Time now) {
  if (record.images().empty()) return absl::OkStatus();
  const auto* announced = state.types.Find(v1::IMAGE_PDQ);
  if (announced == nullptr) return Invalid("images", "are not in use in this coalition");
  for (int i = 0; i < record.images_size(); ++i) {
    const v1::ImageSignature& image = record.images(i);
    const absl::Time expires = absl::FromUnixMicros(image.expires_us());
    if (expires <= now) {
      return Invalid(At(i, "expires_us"), "is in the past; give a time to come");
    }
    if (expires > now + announced->maximum_life) {
      return Invalid(
          At(i, "expires_us"),
          absl::StrCat("is later than the longest life of IMAGE_PDQ, ",
                       absl::ToInt64Hours(announced->maximum_life) / 24, " days from now"));
    }
    if (state.harmless.IsHarmless(*index::Hash256::FromBytes(image.hash()))) {
      return absl::FailedPreconditionError(absl::StrCat(
          At(i, "hash"),
          ": is, or is close to, a picture that two experts have marked harmless (vervet images "
          "harmless list); leave it out"));
    }
  }
  return absl::OkStatus();
}

}  // namespace vervet::hub
