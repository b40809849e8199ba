#include "member-sdk/cli/image_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"

namespace vervet::member_cli {
namespace {

namespace fs = std::filesystem;

// By hand and not by fs::recursive_directory_iterator, which leaves out what it cannot read, or
// ends there, without a word: a check that says "no match" would not have looked.
void AddFolder(const fs::path& folder, std::vector<std::string>* found) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (absl::StartsWith(it->path().filename().string(), ".")) continue;
    std::error_code ignored;
    const bool is_folder = it->is_directory(ignored);
    if (!is_folder) {
      found->push_back(it->path().string());
    } else if (!it->is_symlink(ignored)) {
      AddFolder(it->path(), found);
    }
  }
  if (error) found->push_back(folder.string());
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return absl::NotFoundError("no such file");
  if (error) return absl::NotFoundError(absl::StrCat("cannot be read: ", error.message()));
  if (fs::is_directory(status)) {
    const fs::directory_iterator readable(path, error);
    if (error) return absl::NotFoundError("is a folder that cannot be read");
    return absl::InvalidArgumentError("is a folder; name the files in it");
  }
  if (!fs::is_regular_file(status)) return absl::InvalidArgumentError("is not a file");
  const uint64_t size = fs::file_size(path, error);
  if (!error && size > kDefaultMaxEncodedImageBytes) {
    return absl::InvalidArgumentError(absl::StrCat("has ", size, " bytes, more than the limit of ",
                                                   kDefaultMaxEncodedImageBytes,
                                                   "; scale it down"));
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

std::optional<ImageKind> KindByName(const std::string& path) {
  const std::string ending = absl::AsciiStrToLower(fs::path(path).extension().string());
  if (ending == ".jpg" || ending == ".jpeg" || ending == ".jpe" || ending == ".jfif") {
    return ImageKind::kJpeg;
  }
  if (ending == ".png") return ImageKind::kPng;
  if (ending == ".webp") return ImageKind::kWebp;
  return std::nullopt;
}

// The content decides, whatever the name says: who wants to pass with a picture would only have to
// rename it.
std::string NoteOnName(const std::string& path, const std::string& bytes) {
  const auto promised = KindByName(path);
  const auto kind = KindOfImage(bytes);
  if (!promised || !kind || *promised == *kind) return "";
  return absl::StrCat("by its content a ", ImageKindName(*kind), ", though its name says ",
                      ImageKindName(*promised));
}

}  // namespace

std::vector<std::string> FindImageFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    AddFolder(path, &found);
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

absl::StatusOr<HashedFile> HashImageFile(const std::string& path, bool variants) {
  VERVET_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  HashedFile file;
  if (variants) {
    const auto hashes = HashImageVariants(bytes);
    if (!hashes.ok()) return WithoutField(hashes.status());
    file.hashes.assign(hashes->begin(), hashes->end());
  } else {
    const auto hash = HashImage(bytes);
    if (!hash.ok()) return WithoutField(hash.status());
    file.hashes = {*hash};
  }
  file.note = NoteOnName(path, bytes);
  return file;
}

std::string ExplainImages(absl::string_view message, const std::vector<std::string>& files) {
  std::vector<std::pair<std::string, std::string>> names;
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string image = absl::StrCat("images[", i, "]");
    names.emplace_back(image, files[i]);
    for (const char* field : {"hash", "quality", "radius", "expires_us"}) {
      names.emplace_back(absl::StrCat(image, ".", field, ": "),
                         absl::StrCat(files[i], ": ", field, " "));
    }
  }
  return absl::StrReplaceAll(message, names);  // of several that fit, the longest
}

void AppendHash(const ImageHash& hash, cli::JsonWriter& json) {
  json.Field("hash", hash.Hex()).Field("quality", hash.quality);
}

}  // namespace vervet::member_cli
