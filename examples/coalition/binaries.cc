#include "examples/coalition/binaries.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace vervet::coalition {

absl::StatusOr<std::string> BuiltProgram(absl::string_view name) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path own = fs::read_symlink("/proc/self/exe", error);
  const std::string file(name);
  for (const fs::path& folder : {own.parent_path(), own.parent_path().parent_path() / "bin"}) {
    const fs::path candidate = folder / file;
    if (access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return absl::NotFoundError(
      absl::StrCat(name, " is not beside this program: build the target ", name));
}

std::string CertsScript() { return VERVET_CERTS_SCRIPT; }

}  // namespace vervet::coalition
