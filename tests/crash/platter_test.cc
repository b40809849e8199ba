// The disk that the crash tests believe in: what may be gone after a power loss, and what may not.
#include "tests/support/platter.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vervet::test_support {
namespace {

using Kind = Operation::Kind;

constexpr uint64_t kSeeds = 200;

Operation Write(size_t offset, const std::string& bytes) {
  return {Kind::kWrite, "file", offset, bytes, false};
}
Operation Sync(Kind kind = Kind::kSync) { return {kind, "file", 0, "", false}; }

TEST(Platter, KeepsWhatWasSyncedAndMayLoseTheRest) {
  Platter platter(Files{{"file", ""}});
  platter.Apply(Write(0, "acknowledged"));
  platter.Apply(Sync());
  platter.Apply(Write(12, " or not"));
  std::set<std::string> outcomes;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    outcomes.insert(platter.AfterPowerLoss(seed).at("file"));
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"acknowledged", "acknowledged or not"}));
  EXPECT_EQ(platter.AfterPowerLoss(0).at("file"), "acknowledged");
  EXPECT_EQ(platter.AfterPowerLoss(1).at("file"), "acknowledged or not");
}

TEST(Platter, LosesAnEarlierWriteAndKeepsALaterOne) {
  Platter platter(Files{{"file", std::string(1024, '-')}});
  platter.Apply(Write(0, "first"));
  platter.Apply(Write(512, "second"));
  bool reordered = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string content = platter.AfterPowerLoss(seed).at("file");
    reordered |= content[0] == '-' && content[512] == 's';
  }
  EXPECT_TRUE(reordered);
}

TEST(Platter, TearsAPageBetweenSectorsOnly) {
  Platter platter(Files{{"file", std::string(4096, '-')}});
  platter.Apply(Write(0, std::string(4096, 'x')));
  bool torn = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string content = platter.AfterPowerLoss(seed).at("file");
    for (size_t at = 0; at < content.size(); at += kSectorBytes) {
      EXPECT_EQ(content.substr(at, kSectorBytes), std::string(kSectorBytes, content[at]));
    }
    torn |= content.find('-') != std::string::npos && content.find('x') != std::string::npos;
  }
  EXPECT_TRUE(torn);
}

TEST(Platter, DoesNotGetBackWhatAFailedSyncDropped) {
  Platter platter(Files{{"file", ""}});
  platter.Apply(Write(0, "dropped"));
  platter.Apply(Sync(Kind::kSyncFailed));
  platter.Apply(Write(7, "kept"));
  platter.Apply(Sync());
  EXPECT_EQ(platter.AfterPowerLoss(0).at("file").substr(7), "kept");
  EXPECT_NE(platter.AfterPowerLoss(0).at("file").substr(0, 7), "dropped");
}

TEST(Platter, BringsARemovedFileBackUntilItsFolderIsSynced) {
  Platter platter(Files{{"file", "removed"}});
  platter.Apply({Kind::kDelete, "file", 0, "", false});
  EXPECT_EQ(platter.AfterPowerLoss(0).count("file"), 1u);
  EXPECT_EQ(platter.AfterPowerLoss(1).count("file"), 0u);
  platter.Apply({Kind::kCreate, "other", 0, "", true});
  EXPECT_EQ(platter.AfterPowerLoss(0).count("file"), 0u);
}

}  // namespace
}  // namespace vervet::test_support
