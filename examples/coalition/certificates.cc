#include "examples/coalition/certificates.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "core/base/status_macros.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/command.h"

namespace vervet::coalition {
namespace {

constexpr absl::Duration kScriptTimeout = absl::Seconds(60);

absl::Status RunScript(std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"bash", CertsScript()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  VERVET_ASSIGN_OR_RETURN(const CommandResult result, RunCommand({argv}, kScriptTimeout));
  return result.Require();
}

}  // namespace

absl::StatusOr<IssueCertificate> MakeAuthority(const std::string& coalition,
                                               const std::string& ca_dir) {
  VERVET_RETURN_IF_ERROR(RunScript({"init-ca", "--dir", ca_dir, "--coalition", coalition}));
  return IssueCertificate([coalition, ca_dir](const std::string& role, const std::string& name,
                                              const std::string& dir) -> absl::StatusOr<TlsPaths> {
    const TlsPaths paths = {absl::StrCat(dir, "/", name, ".pem"),
                            absl::StrCat(dir, "/", name, ".key"), absl::StrCat(ca_dir, "/ca.pem"),
                            absl::StrCat(ca_dir, "/crls")};
    const std::string request = absl::StrCat(dir, "/", name, ".csr");
    VERVET_RETURN_IF_ERROR(RunScript({"request", "--role", role, "--name", name, "--coalition",
                                      coalition, "--key", paths.private_key, "--csr", request}));
    std::vector<std::string> issue = {"issue",          "--dir", ca_dir,   "--csr", request,
                                      "--role",         role,    "--name", name,    "--out",
                                      paths.certificate};
    if (role == "hub") issue.insert(issue.end(), {"--host", "localhost", "127.0.0.1"});
    VERVET_RETURN_IF_ERROR(RunScript(issue));
    return paths;
  });
}

}  // namespace vervet::coalition
