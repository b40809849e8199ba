// Pictures as a command line names them: files, and folders full of them.
#ifndef VERVET_MEMBER_SDK_CLI_IMAGE_FILES_H_
#define VERVET_MEMBER_SDK_CLI_IMAGE_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/cli/json.h"
#include "vervet/image_hash.h"

namespace vervet::member_cli {

// Files as given; of a folder every file in it and below it by name, but those whose name begins
// with a dot. Links to folders are not followed. A path that is not there, or a folder that cannot
// be read, stays, so that hashing it says so.
std::vector<std::string> FindImageFiles(const std::vector<std::string>& paths);

struct HashedFile {
  std::vector<ImageHash> hashes;  // one, or the eight of HashImageVariants; not empty
  // For people, of a name that promises another kind of file. Empty otherwise.
  std::string note;
};

// The message does not name the file. NOT_FOUND: cannot be read. Others as HashImage.
absl::StatusOr<HashedFile> HashImageFile(const std::string& path, bool variants);

// `message` of the SDK or the hub about a record's images, for people: wherever it names one,
// "images[1]: ..." becomes "photo.jpg: ...", and "images[1].hash: is ..." "photo.jpg: hash is ...".
std::string ExplainImages(absl::string_view message, const std::vector<std::string>& files);

// "hash" and "quality", into an open object.
void AppendHash(const ImageHash& hash, cli::JsonWriter& json);

}  // namespace vervet::member_cli

#endif  // VERVET_MEMBER_SDK_CLI_IMAGE_FILES_H_
