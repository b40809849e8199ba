// Answers checks of pictures, from memory alone.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_CHECKER_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_CHECKER_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/environment.h"
#include "member-sdk/src/engine/images/flood_watch.h"
#include "member-sdk/src/engine/images/kept_images.h"
#include "member-sdk/src/engine/live_state.h"
#include "member-sdk/src/vault/vault.h"
#include "vervet/image_check.h"

namespace vervet::engine {

// Thread-safe. Its results are as in vervet/image_check.h.
class ImageChecker {
 public:
  // `radius`: the member's. `on_matched` is called with the records of which a check has told a new
  // match.
  ImageChecker(vault::Vault* vault, LiveState* state, KeptImages* kept, FloodWatch* floods,
               Environment* env, int radius,
               std::function<void(std::vector<std::string> records)> on_matched = nullptr)
      : vault_(vault),
        state_(state),
        kept_(kept),
        floods_(floods),
        env_(env),
        radius_(radius),
        on_matched_(std::move(on_matched)) {}

  absl::StatusOr<std::vector<ImageCheckResult>> Check(const std::vector<ImageToCheck>& images,
                                                      const ImageCheckOptions& options);

 private:
  struct Work {
    std::vector<ImageCheckResult> results;
    std::vector<ImageQuestion> questions;
    std::vector<size_t> image_of;  // by question
    // References that this check tells of a record.
    std::map<std::string, std::set<std::string>> told;
    std::vector<vault::ReportMark> marks;
  };

  void Hash(const std::vector<ImageToCheck>& images, const ImageCheckOptions& options,
            Work* work) const;
  absl::Status Keep(const std::vector<ImageToCheck>& images, const ImageCheckOptions& options,
                    const Work& work);
  absl::Status Conclude(const ImageAnswer& answer, const std::string& reference,
                        ImageCheckResult* result, Work* work);
  // Whether the reference was not told of the record yet.
  absl::StatusOr<bool> IsNew(const std::string& record_id, const std::string& reference,
                             const Work& work);

  vault::Vault* const vault_;
  LiveState* const state_;
  KeptImages* const kept_;
  FloodWatch* const floods_;
  Environment* const env_;
  const int radius_;
  const std::function<void(std::vector<std::string>)> on_matched_;
};

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_IMAGES_IMAGE_CHECKER_H_
