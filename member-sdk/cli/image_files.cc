#include "member-sdk/cli/image_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::member_cli {
namespace {

namespace fs = std::filesystem;

void AddFolder(const fs::path& folder, std::vector<std::string>* files) {
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  std::vector<std::string> found;
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const bool hidden = absl::StartsWith(it->path().filename().string(), ".");
    std::error_code ignored;
    if (hidden) {
      if (it->is_directory(ignored)) it.disable_recursion_pending();
    } else if (!it->is_directory(ignored)) {
      found.push_back(it->path().string());
    }
  }
  std::sort(found.begin(), found.end());
  files->insert(files->end(), found.begin(), found.end());
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) return absl::NotFoundError("no such file");
  if (!fs::is_regular_file(status)) return absl::InvalidArgumentError("is not a file");
  const uint64_t size = fs::file_size(path, error);
  if (!error && size > kDefaultMaxEncodedImageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("has ", size, " bytes, more than the limit of ",
                                                   kDefaultMaxEncodedImageBytes));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError("cannot be read");
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (file.bad()) return absl::NotFoundError("cannot be read to its end");
  return bytes;
}

// The library says "image: ...", and here the file's name stands before it.
absl::Status WithoutField(const absl::Status& status) {
  absl::string_view message = status.message();
  if (absl::StartsWith(message, "image: ")) message.remove_prefix(7);
  return absl::Status(status.code(), message);
}

}  // namespace

std::vector<std::string> FindImageFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
      AddFolder(path, &files);
    } else {
      files.push_back(path);
    }
  }
  return files;
}

absl::StatusOr<std::vector<ImageHash>> HashImageFile(const std::string& path, bool variants) {
  VERVET_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (!variants) {
    const auto hash = HashImage(bytes);
    if (!hash.ok()) return WithoutField(hash.status());
    return std::vector<ImageHash>{*hash};
  }
  const auto hashes = HashImageVariants(bytes);
  if (!hashes.ok()) return WithoutField(hashes.status());
  return std::vector<ImageHash>(hashes->begin(), hashes->end());
}

std::string ExplainImages(absl::string_view message, const std::vector<std::string>& files) {
  constexpr absl::string_view kField = "images[";
  const size_t close = message.find("]: ");
  uint32_t index = 0;
  if (!absl::StartsWith(message, kField) || close == absl::string_view::npos ||
      !absl::SimpleAtoi(message.substr(kField.size(), close - kField.size()), &index) ||
      index >= files.size()) {
    return std::string(message);
  }
  return absl::StrCat(files[index], ": ", message.substr(close + 3));
}

void AppendHash(const ImageHash& hash, cli::JsonWriter& json) {
  json.Field("hash", hash.Hex()).Field("quality", hash.quality);
}

}  // namespace vervet::member_cli
