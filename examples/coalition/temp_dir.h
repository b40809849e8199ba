// A directory for one run, private to this user.
#ifndef VERVET_EXAMPLES_COALITION_TEMP_DIR_H_
#define VERVET_EXAMPLES_COALITION_TEMP_DIR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::coalition {

// Removed, with all that is in it, by the destructor. Movable.
class TempDir {
 public:
  // Below $TMPDIR, or /tmp.
  static absl::StatusOr<TempDir> Create();
  ~TempDir();
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;

  const std::string& path() const { return path_; }

 private:
  explicit TempDir(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// An empty directory of mode 0700 at `path`. What an earlier run left there is removed; a directory
// that holds anything else is refused with FAILED_PRECONDITION, so that a mistyped path costs
// nobody a home directory.
absl::Status PrepareRunDir(const std::string& path);

absl::StatusOr<std::string> ReadFile(const std::string& path);
// Truncates; mode as given.
absl::Status WriteFile(const std::string& path, absl::string_view content, int mode = 0644);

}  // namespace vervet::coalition

#endif  // VERVET_EXAMPLES_COALITION_TEMP_DIR_H_
