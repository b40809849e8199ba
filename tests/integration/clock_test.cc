// A machine's clock that was set back behind the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "core/base/manual_environment.h"
#include "core/storage/key_file.h"
#include "examples/coalition/process.h"
#include "hub/log/sqlcipher_event_log.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using coalition::Process;
using ::testing::HasSubstr;

constexpr absl::Duration kYear = absl::Hours(24 * 365);
constexpr absl::Duration kDeadline = absl::Seconds(30);

// The hub's log gets an event that is dated a year ahead: to the hub it is as if its own clock had
// been set back by a year.
void AppendAYearAhead(const coalition::HubProcess& hub) {
  ManualEnvironment ahead(1, absl::Now() + kYear);
  const auto key = storage::ReadKeyFile(hub.store_key_path());
  ASSERT_TRUE(key.ok()) << key.status();
  auto log = hub::SqlcipherEventLog::Open(hub.store_path(), *key, hub.settings().coalition, &ahead,
                                          [](const hub::StoredEvent&) {});
  ASSERT_TRUE(log.ok()) << log.status();
  hub::AppendEntry entry;
  entry.draft.audience.add_roles(v1::COORDINATOR);
  auto& created = *entry.draft.body.mutable_group_created();
  created.set_group("ahead-of-its-time");
  created.set_display_name("Ahead of its time");
  ASSERT_TRUE((*log)->Append({entry}).ok());
}

TEST(ClockSetBackAYear, IsRefusedAtTheStartUntilAPersonSaysOtherwise) {
  TestCoalition coalition;
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);
  AppendAYearAhead(coalition.hub());
  const std::string store = coalition::ReadFile(coalition.hub().store_path()).value();

  const auto refused = coalition.hub().Run({"serve"});
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->exit_code, 1);
  EXPECT_THAT(refused->error, HasSubstr("the machine's clock says"));
  EXPECT_THAT(refused->error, HasSubstr("set the clock"));
  EXPECT_EQ(coalition::ReadFile(coalition.hub().store_path()).value(), store);

  const auto accepted = Process::Start({{coalition.hub().settings().program, "serve", "--config",
                                         coalition.hub().config_path(), "--accept-clock"}});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_TRUE(
      (*accepted)
          ->WaitForLine(
              Process::Stream::kError,
              [](absl::string_view line) { return absl::StrContains(line, "\"hub.listening\""); },
              kDeadline)
          .ok());
}

}  // namespace
}  // namespace vervet::integration
