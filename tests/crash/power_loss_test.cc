// Both stores on a disk that loses what was not synced, tears pages and fails calls: what was
// acknowledged is there, what was not is there or not, and nothing is there by halves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/environment.h"
#include "core/storage/key_file.h"
#include "tests/core/storage/store_fixture.h"
#include "tests/crash/crash_rounds.h"
#include "tests/crash/hub_store_script.h"
#include "tests/crash/statement_rewrites.h"
#include "tests/crash/trials.h"
#include "tests/crash/vault_script.h"
#include "tests/support/fault_vfs.h"

namespace vervet::crash {
namespace {

using test_support::Fault;
using test_support::FaultDisk;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A checkpoint after so many pages instead of 1,000, so that a short run meets several.
const std::pair<std::string, std::string> kCheckpointOften = {"PRAGMA wal_autocheckpoint = 1000",
                                                              "PRAGMA wal_autocheckpoint = 12"};
const std::pair<std::string, std::string> kNeverSync = {"PRAGMA synchronous = FULL",
                                                        "PRAGMA synchronous = OFF"};

enum class Store { kHub, kVault };

class PowerLoss : public ::testing::TestWithParam<Store> {
 protected:
  PowerLoss() {
    for (const char* place : {"run", "look"}) {
      std::filesystem::create_directory(folder_.File(place));
    }
    if (GetParam() == Store::kHub) return;
    EXPECT_TRUE(storage::CreateKeyFile(folder_.File("key"), *Environment::System()).ok());
    vfs_.Mount(std::make_shared<FaultDisk>());
    states_ = VaultScript::MakeStates(folder_.File(""));
    EXPECT_NE(states_, nullptr);
  }

  MakeScript Make() {
    return [this]() -> std::unique_ptr<StoreScript> {
      const std::string folder = folder_.File("");
      if (GetParam() == Store::kHub) return std::make_unique<HubStoreScript>(folder);
      return std::make_unique<VaultScript>(folder, states_);
    };
  }

  // The two ends, and more between them the more rounds there are.
  std::vector<uint64_t> Seeds() {
    std::vector<uint64_t> seeds = {0, 1};
    for (int i = 0; i < std::max(1, Rounds() / 10); ++i) {
      seeds.push_back(2 + BaseSeed() + static_cast<uint64_t>(i));
    }
    return seeds;
  }

  void Report(const char* what, const crash::Report& report) {
    std::printf("%s, %s, VERVET_CRASH_SEED=%llu: %s", GetParam() == Store::kHub ? "hub" : "vault",
                what, static_cast<unsigned long long>(BaseSeed()), report.Summary().c_str());
  }

  const storage::TempFolder folder_;
  test_support::FaultVfs vfs_;
  std::shared_ptr<const VaultStates> states_;
};

TEST_P(PowerLoss, LosesNothingAcknowledgedAtAnyMoment) {
  StatementRewrites rewrites({kCheckpointOften});
  const crash::Report report = LosePowerAtEveryChange(vfs_, Make(), Seeds());
  Report("power lost", report);
  EXPECT_GT(rewrites.count(), 0u) << "core/storage words its checkpoints otherwise by now";
  EXPECT_GT(report.moments, 100u);
  EXPECT_THAT(report.violations, IsEmpty()) << report.Summary();
}

TEST_P(PowerLoss, LeavesWholeStepsWhenAnyCallFailsOnce) {
  StatementRewrites rewrites({kCheckpointOften});
  const crash::Report report = FailEveryCall(vfs_, Make(), {0, Fault::Error::kInputOutput, false});
  Report("each call fails once", report);
  EXPECT_GT(report.failed_steps, 100u);
  EXPECT_THAT(report.violations, IsEmpty()) << report.Summary();
}

TEST_P(PowerLoss, LeavesWholeStepsWhenTheDiskFillsUpAtAnyWrite) {
  StatementRewrites rewrites({kCheckpointOften});
  const crash::Report report = FailEveryCall(vfs_, Make(), {0, Fault::Error::kFull, true});
  Report("disk full", report);
  EXPECT_GT(report.failed_steps, 50u);
  EXPECT_THAT(report.violations, IsEmpty()) << report.Summary();
}

TEST_P(PowerLoss, IsNoticedHereWhereAStoreDoesNotSync) {
  StatementRewrites rewrites({kCheckpointOften, kNeverSync});
  const crash::Report report = LosePowerAtEveryChange(vfs_, Make(), {0});
  Report("synchronous=OFF, power lost", report);
  EXPECT_GT(rewrites.count(), 1u) << "core/storage words its pragma otherwise by now";
  EXPECT_THAT(report.violations, Contains(HasSubstr("lost")));
}

INSTANTIATE_TEST_SUITE_P(Stores, PowerLoss, ::testing::Values(Store::kHub, Store::kVault),
                         [](const auto& info) {
                           return info.param == Store::kHub ? "OfTheHub" : "OfAVault";
                         });

}  // namespace
}  // namespace vervet::crash
