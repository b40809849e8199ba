#include "hub/log/head_signer.h"

#include <gtest/gtest.h>

#include "tests/hub/log/log_testing.h"

namespace vervet::hub {
namespace {

TEST(HeadSigner, SignsTheLogAsItIsNow) {
  ManualEnvironment env;
  const storage::TempFolder folder;
  auto log = OpenLog(folder.File("log"), &env);
  ASSERT_TRUE(log.ok()) << log.status();
  const log::LogSigningKey key = log::LogSigningKey::FromSeed(storage::TestKey(1));
  HeadSigner signer(&key, kCoalition, log->get(), &env);

  const v1::SignedTreeHead empty = signer.Current();
  EXPECT_EQ(empty.size(), 0u);
  EXPECT_TRUE(log::VerifyTreeHead(key.public_key, kCoalition, empty).ok());

  ASSERT_TRUE((*log)->Append({AdmitEntry("member/a"), AdmitEntry("member/b")}).ok());
  const v1::SignedTreeHead two = signer.Current();
  EXPECT_EQ(two.size(), 2u);
  EXPECT_EQ(two.root(), log::AsBytes((*log)->Position().root));
  EXPECT_TRUE(log::VerifyTreeHead(key.public_key, kCoalition, two).ok());

  env.Advance(absl::Seconds(10));
  EXPECT_EQ(signer.Current().SerializeAsString(), two.SerializeAsString())
      << "one signature for each size";
}

}  // namespace
}  // namespace vervet::hub
