#include "examples/coalition/temp_dir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace vervet::coalition {
namespace fs = std::filesystem;
namespace {

constexpr char kMarker[] = ".vervet-run";

absl::Status FileError(const std::string& path, absl::string_view reason) {
  return absl::InternalError(absl::StrCat(path, ": ", reason));
}

}  // namespace

absl::StatusOr<TempDir> TempDir::Create() {
  const char* base = getenv("TMPDIR");
  std::string path =
      absl::StrCat(base == nullptr || *base == '\0' ? "/tmp" : base, "/vervet-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) return FileError(path, strerror(errno));
  return TempDir(std::move(path));
}

TempDir::~TempDir() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

absl::Status PrepareRunDir(const std::string& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_empty(path, error)) {
    if (!fs::exists(fs::path(path) / kMarker, error)) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " holds files that no earlier run made: give an empty or new directory"));
    }
    fs::remove_all(path, error);
    if (error) return FileError(path, error.message());
  }
  fs::create_directories(path, error);
  if (error) return FileError(path, error.message());
  fs::permissions(path, fs::perms::owner_all, error);
  return WriteFile((fs::path(path) / kMarker).string(),
                   "Made by a Vervet run; the next one wipes this directory.\n");
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(absl::StrCat(path, ": ", strerror(errno)));
  std::ostringstream content;
  content << in.rdbuf();
  if (in.bad()) return FileError(path, "could not be read");
  return std::move(content).str();
}

absl::Status WriteFile(const std::string& path, absl::string_view content, int mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return FileError(path, strerror(errno));
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written <= 0) {
      close(fd);
      return FileError(path, strerror(errno));
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  fchmod(fd, static_cast<mode_t>(mode));
  close(fd);
  return absl::OkStatus();
}

}  // namespace vervet::coalition
