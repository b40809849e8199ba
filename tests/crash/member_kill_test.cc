// A member's process is killed at random moments while it publishes, imports and delivers. What it
// had acknowledged reaches the hub exactly once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/cli/exit_codes.h"
#include "core/storage/database.h"
#include "core/storage/key_file.h"
#include "examples/coalition/process.h"
#include "examples/coalition/temp_dir.h"
#include "member-sdk/src/vault/vault.h"
#include "tests/crash/crash_rounds.h"
#include "tests/crash/log_copy.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::crash {
namespace {

using coalition::Process;
using integration::TestCoalition;

constexpr absl::Duration kDeadline = absl::Seconds(60);
constexpr int kRowsOfAnImport = 300;  // more than one write of the outbox
// Commands take from some 20 to some 300 ms; a kill comes before the end of most, and before the
// vault is open at some.
constexpr int64_t kLongestDelaysUs[] = {20'000, 60'000, 200'000};

class MemberKill : public ::testing::Test {
 protected:
  // What became of a command that was killed, or had ended before.
  struct Outcome {
    bool killed = false;
    int exit_code = 0;
    std::string output;
  };

  void Run(std::vector<std::string> arguments, absl::Duration delay, Outcome* outcome) {
    const auto process = coalition_->StartMember("market", std::move(arguments));
    ASSERT_TRUE(process.ok()) << process.status();
    (*process)
        ->WaitForLine(
            Process::Stream::kError, [](absl::string_view) { return false; }, delay)
        .IgnoreError();
    (*process)->Signal(SIGKILL);
    const auto exit_code = (*process)->Wait(kDeadline);
    ASSERT_TRUE(exit_code.ok()) << exit_code.status();
    *outcome = {*exit_code == 128 + SIGKILL, *exit_code,
                (*process)->Text(Process::Stream::kOutput)};
    ASSERT_TRUE(outcome->killed || *exit_code == cli::kExitOk ||
                *exit_code == cli::kExitUnavailable)
        << "exit code " << *exit_code << ": " << (*process)->Text(Process::Stream::kError);
    killed_ += outcome->killed ? 1 : 0;
  }

  // Acknowledged with the ticket on its output, or with its exit code.
  void Publish(std::mt19937_64& random, bool wait) {
    const std::string decision = NextDecision();
    std::vector<std::string> arguments = {
        "publish",    "--json",  "--email", absl::StrCat(decision, "@example.com"),
        "--offence",  "auction", "--taxon", "Manis javanica",
        "--decision", decision};
    if (!wait) arguments.push_back("--no-wait");
    Outcome outcome;
    ASSERT_NO_FATAL_FAILURE(Run(arguments, Delay(random), &outcome));
    if (!outcome.killed || absl::StrContains(outcome.output, "request_id")) {
      acknowledged_.push_back(decision);
    }
  }

  // Acknowledged with its exit code.
  void Import(std::mt19937_64& random, bool wait) {
    std::string csv = "decision_reference,email,offence,taxa\n";
    std::vector<std::string> decisions;
    for (int i = 0; i < kRowsOfAnImport; ++i) {
      decisions.push_back(NextDecision());
      absl::StrAppend(&csv, decisions.back(), ",", decisions.back(),
                      "@example.com,auction,Manis javanica\n");
    }
    const std::string path = coalition_.path("rows.csv");
    ASSERT_TRUE(coalition::WriteFile(path, csv, 0600).ok());
    std::vector<std::string> arguments = {"import", path, "--json"};
    if (!wait) arguments.push_back("--no-wait");
    Outcome outcome;
    ASSERT_NO_FATAL_FAILURE(Run(arguments, Delay(random), &outcome));
    if (outcome.killed) return;
    acknowledged_.insert(acknowledged_.end(), decisions.begin(), decisions.end());
  }

  void Flush(std::mt19937_64& random) {
    Outcome outcome;
    Run({"flush", "--json"}, Delay(random), &outcome);
  }

  void CheckVault() {
    const auto key = storage::ReadKeyFile(coalition_->vault_key_of("market"));
    ASSERT_TRUE(key.ok()) << key.status();
    storage::OpenOptions options;
    options.application_id = vault::kVaultApplicationId;
    options.schema_version = vault::kVaultSchemaVersion;
    const auto vault = storage::Database::Open(coalition_->vault_of("market"), *key, options);
    ASSERT_TRUE(vault.ok()) << vault.status();
    const absl::Status status = (*vault)->CheckIntegrity(storage::CheckDepth::kFull);
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ((*vault)->QueryInt64("SELECT count(*) FROM outbox_identifiers").value_or(-1), 0)
        << "raw identifiers are left of what was delivered";
  }

  static absl::Duration Delay(std::mt19937_64& random) {
    const auto longest = static_cast<uint64_t>(kLongestDelaysUs[random() % 3]);
    return absl::Microseconds(static_cast<int64_t>(random() % longest));
  }
  std::string NextDecision() { return absl::StrCat("row-", ++decisions_); }

  TestCoalition coalition_;
  int decisions_ = 0;
  int killed_ = 0;
  std::vector<std::string> acknowledged_;
};

TEST_F(MemberKill, DeliversWhatWasAcknowledgedExactlyOnce) {
  for (int round = 0; round < Rounds() && !HasFailure(); ++round) {
    const uint64_t seed = BaseSeed() + static_cast<uint64_t>(round);
    SCOPED_TRACE(absl::StrCat("have this round again: VERVET_CRASH_SEED=", seed));
    std::mt19937_64 random(seed);
    switch (random() % 8) {
      case 0:
      case 1:
        ASSERT_NO_FATAL_FAILURE(Publish(random, /*wait=*/false));
        break;
      case 2:
      case 3:
        ASSERT_NO_FATAL_FAILURE(Publish(random, /*wait=*/true));
        break;
      case 4:
        ASSERT_NO_FATAL_FAILURE(Import(random, /*wait=*/false));
        break;
      case 5:
        ASSERT_NO_FATAL_FAILURE(Import(random, /*wait=*/true));
        break;
      default:
        ASSERT_NO_FATAL_FAILURE(Flush(random));
    }
  }
  const coalition::CommandResult flushed =
      integration::Member(coalition_, "market", {"flush", "--json", "--timeout", "50"});
  ASSERT_TRUE(flushed.Require().ok()) << flushed.Require();
  CheckVault();

  ASSERT_TRUE(coalition_.hub().Kill().ok());
  const std::string copies = coalition_.path("copies");
  std::filesystem::create_directory(copies);
  const auto copy = CopyLog(coalition_.hub(), copies);
  ASSERT_TRUE(copy.ok()) << copy.status();
  for (const std::string& decision : acknowledged_) {
    EXPECT_EQ(copy->publications.count(decision), 1u) << decision << " is lost";
  }
  for (const auto& [decision, publications] : copy->publications) {
    EXPECT_EQ(publications.size(), 1u) << decision << " is there more than once";
  }
  std::printf("%d rounds from seed %llu: %d killed, %zu acknowledged, %zu delivered\n", Rounds(),
              static_cast<unsigned long long>(BaseSeed()), killed_, acknowledged_.size(),
              copy->publications.size());
}

}  // namespace
}  // namespace vervet::crash
