// A member's configuration took "coalition..example" and "-a" for names of a coalition, which no
// certificate can have: the mistake came out as a failed handshake.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "member-sdk/cli/config.h"

namespace vervet::member_cli {
namespace {

absl::Status LoadWith(const std::string& coalition) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/member-coalition-", getpid());
  std::ofstream(path) << R"(hub_target: "hub.example:7443" coalition: ")" << coalition << R"("
    log_public_key: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    tls { certificate_path: "a.crt" private_key_path: "a.key" ca_path: "ca.crt" }
    vault_path: "vault.db" vault_key_path: "vault.key")";
  const absl::Status status = LoadConfig(path).status();
  unlink(path.c_str());
  return status;
}

TEST(MemberCoalition, IsANameThatACertificateCanHave) {
  EXPECT_TRUE(LoadWith("coalition.example").ok()) << LoadWith("coalition.example");
  for (const char* name : {"coalition..example", ".", "-a", "a-.example", "coalition.example."}) {
    const absl::Status status = LoadWith(name);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_NE(status.message().find("coalition"), absl::string_view::npos) << status;
  }
}

}  // namespace
}  // namespace vervet::member_cli
