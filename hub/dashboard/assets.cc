#include "hub/dashboard/assets.h"

namespace vervet::dashboard {

const Asset* FindAsset(absl::string_view path) {
  if (path == "/") return &Assets().front();
  for (const Asset& asset : Assets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace vervet::dashboard
