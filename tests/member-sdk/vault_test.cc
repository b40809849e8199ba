// The vault's door: whose it is, who may open it, and that a mistake changes nothing.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "member-sdk/src/engine/facts.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class VaultTest : public MemberTest {
 protected:
  absl::Status Opening(const ClientOptions& options, const std::string& party = "member/market") {
    return engine::Engine::Open(options, party, hub_.Connect(party), &env_).status();
  }
};

TEST_F(VaultTest, IsOpenInOneProcessOnly) {
  const ClientOptions options = OptionsOf("market");
  auto market = Open("market");
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const absl::Status status = Opening(options);
    const bool names_the_holder =
        status.message().find(std::to_string(getppid())) != absl::string_view::npos;
    _exit(absl::IsFailedPrecondition(status) && names_the_holder ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  market.reset();
  EXPECT_EQ(Opening(options), absl::OkStatus());
}

TEST_F(VaultTest, IsRefusedWithAKeyFileThatOthersMayRead) {
  ASSERT_EQ(chmod(key_path().c_str(), 0644), 0);
  const absl::Status status = Opening(OptionsOf("market"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(key_path()));
}

TEST_F(VaultTest, IsRefusedWithAnotherKeyAndStaysAsItWas) {
  { auto market = Open("market"); }
  ClientOptions options = OptionsOf("market");
  options.vault_key_path = folder_ + "/other-key";
  ASSERT_EQ(storage::CreateKeyFile(options.vault_key_path, *Environment::System()),
            absl::OkStatus());
  EXPECT_EQ(Opening(options).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Opening(OptionsOf("market")), absl::OkStatus());
}

TEST_F(VaultTest, IsRefusedToAnotherMemberCoalitionOrLog) {
  { auto market = Open("market"); }
  EXPECT_EQ(Opening(OptionsOf("market"), "member/social").code(),
            absl::StatusCode::kFailedPrecondition);
  ClientOptions coalition = OptionsOf("market");
  coalition.coalition = "another.example";
  EXPECT_EQ(Opening(coalition).code(), absl::StatusCode::kFailedPrecondition);
  ClientOptions log_key = OptionsOf("market");
  log_key.log_public_key = std::string(64, 'a');
  const absl::Status status = Opening(log_key);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("log_public_key"));
}

TEST_F(VaultTest, IsRefusedWhenANewerVersionWroteIt) {
  { auto market = Open("market"); }
  {
    const auto key = storage::ReadKeyFile(key_path());
    storage::OpenOptions open;
    open.application_id = vault::kVaultApplicationId;
    open.schema_version = vault::kVaultSchemaVersion + 1;
    open.migrate = [](storage::Database&, int32_t) { return absl::OkStatus(); };
    ASSERT_EQ(storage::Database::Open(vault_path("market"), *key, open).status(), absl::OkStatus());
  }
  const absl::Status status = Opening(OptionsOf("market"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer version"));
}

TEST_F(VaultTest, SaysThatItIsDamaged) {
  FoundCoalition();
  {
    auto market = Open("market");
    CatchUp(*market);
  }
  struct stat file;
  ASSERT_EQ(stat(vault_path("market").c_str(), &file), 0);
  {
    std::fstream bytes(vault_path("market"), std::ios::in | std::ios::out | std::ios::binary);
    for (off_t at = 4096 + 100; at < file.st_size; at += 4096) {
      bytes.seekp(at);
      bytes.write("damage", 6);
    }
  }
  EXPECT_EQ(Opening(OptionsOf("market")).code(), absl::StatusCode::kDataLoss);
}

TEST_F(VaultTest, KeepsNothingReadableOnDisk) {
  FoundCoalition();
  {
    auto market = Open("market");
    CatchUp(*market);
    ASSERT_EQ(market->Check({"user-4711", {Phone("+442079460018")}}, {}).status(),
              absl::OkStatus());
  }
  std::ifstream file(vault_path("market"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_THAT(bytes, Not(IsEmpty()));
  EXPECT_THAT(bytes, Not(HasSubstr("user-4711")));
  EXPECT_THAT(bytes, Not(HasSubstr("member/market")));
}

TEST_F(VaultTest, FindsATokenOnlyWithItsOwnLocalKey) {
  vault::VaultOptions options{
      vault_path("a"), {key_path(), {}}, kCoalition, "member/a", std::string(32, 'k')};
  const auto a = vault::Vault::Open(options, &env_);
  options.path = vault_path("b");
  const auto b = vault::Vault::Open(options, &env_);
  ASSERT_EQ(a.status(), absl::OkStatus());
  ASSERT_EQ(b.status(), absl::OkStatus());
  const auto key = (*a)->KeyOf(v1::PHONE, 1, "+442079460018");
  EXPECT_EQ(key, (*a)->KeyOf(v1::PHONE, 1, "+442079460018"));
  EXPECT_NE(key, (*b)->KeyOf(v1::PHONE, 1, "+442079460018"));
  EXPECT_NE(key, (*a)->KeyOf(v1::PHONE, 2, "+442079460018"));
  EXPECT_NE(key, (*a)->KeyOf(v1::PAYMENT_ACCOUNT, 1, "+442079460018"));
}

struct WrongOption {
  const char* name;
  std::function<void(ClientOptions&)> make;
};
TEST_F(VaultTest, NotesAReferenceAgainAfterItsPersonWasErased) {
  { auto market = Open("market"); }
  vault::VaultOptions options;
  options.path = vault_path("market");
  options.key = {key_path(), {}};
  options.coalition = kCoalition;
  options.party = "member/market";
  options.log_public_key = engine::FromHex(hub_.log_public_key_hex(), 32);
  auto opened = vault::Vault::Open(options, &env_);
  ASSERT_EQ(opened.status(), absl::OkStatus());
  vault::Vault& vault = **opened;
  vault::NewToken token;
  token.token.key = vault.KeyOf(v1::PHONE, 1, "+4402079460018");
  token.token.type = v1::PHONE;
  token.element = std::string(32, 'N');
  const auto ids = vault.StoreTokens({token}, {{"user-1", "user-2"}});
  ASSERT_EQ(ids.status(), absl::OkStatus());
  const std::vector<int64_t> id = *ids;
  const std::vector<std::pair<int64_t, std::string>> pair = {{id.front(), "user-1"}};
  for (int times = 0; times < 2; ++times) {
    ASSERT_EQ(vault.AddReferences(pair), absl::OkStatus());
    ASSERT_THAT(*vault.ReferencesOf(id), ElementsAre("user-1", "user-2"));
    ASSERT_EQ(vault.EraseSubject({}, "user-1").status(), absl::OkStatus());
    ASSERT_THAT(*vault.ReferencesOf(id), ElementsAre("user-2"));
  }
  ASSERT_EQ(vault.AddReferences(pair), absl::OkStatus());
  EXPECT_THAT(*vault.ReferencesOf(id), ElementsAre("user-1", "user-2"));
}

class WrongOptions : public VaultTest, public ::testing::WithParamInterface<WrongOption> {};

TEST_P(WrongOptions, AreNamedBeforeAnythingIsMade) {
  ClientOptions options = OptionsOf("market");
  GetParam().make(options);
  const absl::Status status = Opening(options);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().name));
  EXPECT_NE(access(vault_path("market").c_str(), F_OK), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongOptions,
    ::testing::Values(
        WrongOption{"coalition", [](auto& o) { o.coalition = "Not A Domain"; }},
        WrongOption{"log_public_key", [](auto& o) { o.log_public_key = "abc"; }},
        WrongOption{"vault_path", [](auto& o) { o.vault_path.clear(); }},
        WrongOption{"vault_key_path", [](auto& o) { o.vault_key_path.clear(); }},
        WrongOption{"rpc_deadline", [](auto& o) { o.rpc_deadline = std::chrono::seconds(0); }},
        WrongOption{"backoff_min", [](auto& o) { o.backoff_max = std::chrono::seconds(0); }}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vervet::testing
