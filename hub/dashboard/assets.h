// The page's files, inside the program: made from web/ by the build, or a placeholder where the
// build had no npm.
#ifndef VERVET_HUB_DASHBOARD_ASSETS_H_
#define VERVET_HUB_DASHBOARD_ASSETS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vervet::dashboard {

struct Asset {
  absl::string_view path;  // "/index.html"
  absl::string_view content_type;
  absl::string_view bytes;
  absl::string_view gzipped;  // empty where compression does not help
};

// The index first.
absl::Span<const Asset> Assets();

// Null where there is none of exactly this path. "/" is the index.
const Asset* FindAsset(absl::string_view path);

}  // namespace vervet::dashboard

#endif  // VERVET_HUB_DASHBOARD_ASSETS_H_
