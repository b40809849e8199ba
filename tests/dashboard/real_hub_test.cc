// vervet-dashboard before a real hub, in a real browser; the figures are compared with those that
// the command line prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "core/net/credentials.h"
#include "examples/coalition/binaries.h"
#include "examples/coalition/json.h"
#include "hub/cli/connection.h"
#include "tests/dashboard/progress_world.h"
#include "tests/dashboard/script.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::dashboard {
namespace {

using coalition::Process;
using integration::TestCoalition;

constexpr absl::Duration kPatience = absl::Seconds(60);

class RealHub : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    integration::CoalitionChoice choice;
    choice.members = {"market", "bazaar", "social", "clips", "stream", "finder"};
    coalition_ = new TestCoalition(choice);
    world_ = new ProgressWorld(choice.members, absl::ToCivilDay(absl::Now(), absl::UTCTimeZone()),
                               StubFor);
    const absl::Status contributed = world_->Contribute();
    ASSERT_TRUE(contributed.ok()) << contributed;
  }
  static void TearDownTestSuite() {
    delete world_;
    delete coalition_;
  }
  void SetUp() override { ASSERT_FALSE(HasFatalFailure()); }

  static std::unique_ptr<v1::Progress::Stub> StubFor(const std::string& name) {
    coordinator_cli::ConnectionSettings settings;
    settings.hub_target = coalition_->hub().address();
    settings.coalition = test_support::kTestCoalition;
    const coalition::TlsPaths& tls = (*coalition_)->tls_of(name);
    settings.tls.certificate_path = tls.certificate;
    settings.tls.private_key_path = tls.private_key;
    settings.tls.ca_path = tls.ca;
    return v1::Progress::NewStub(*coordinator_cli::Connect(settings));
  }

  // The program, with the certificate of "coordinator" or of a member; and the address it printed.
  std::string StartDashboard(const std::string& name) {
    const coalition::TlsPaths& tls = (*coalition_)->tls_of(name);
    coalition::ProcessOptions options;
    options.argv = {*coalition::BuiltProgram("vervet-dashboard"),
                    "serve",
                    "--hub-timeout",
                    "30",
                    "--hub",
                    coalition_->hub().address(),
                    "--coalition",
                    test_support::kTestCoalition,
                    "--certificate",
                    tls.certificate,
                    "--private-key",
                    tls.private_key,
                    "--ca",
                    tls.ca};
    auto started = Process::Start(options);
    if (!started.ok()) {
      ADD_FAILURE() << started.status();
      return "";
    }
    dashboard_ = *std::move(started);
    const auto line = dashboard_->WaitForLine(
        Process::Stream::kOutput,
        [](absl::string_view text) { return absl::StartsWith(text, "dashboard: http"); },
        kPatience);
    EXPECT_TRUE(line.ok()) << line.status();
    return line.ok() ? std::string(absl::StripPrefix(line->text, "dashboard: ")) : "";
  }

  static coalition::Json Vervet(const std::string& command) {
    const auto result = (*coalition_)->RunCoordinator({"progress", command, "--json"});
    EXPECT_TRUE(result.ok()) << result.status();
    if (!result.ok()) return {};
    EXPECT_EQ(result->exit_code, 0) << result->error;
    const auto json = coalition::Json::Parse(result->output);
    EXPECT_TRUE(json.ok()) << result->output;
    return json.ok() ? *json : coalition::Json();
  }
  // What the command line says, in the names that real_hub.mjs reads.
  static std::string Status() {
    const coalition::Json status = Vervet("status");
    const coalition::Json coverage = Vervet("missing");
    const std::vector<coalition::Json> figures = status["figures"].elements();
    if (figures.empty()) {
      ADD_FAILURE() << status.Print();
      return "{}";
    }
    const coalition::Json& whole = figures.front();
    return absl::StrCat("{\"point\":", whole["reduction"]["point"].Print(),
                        ",\"low\":", whole["reduction"]["low"].Print(),
                        ",\"high\":", whole["reduction"]["high"].Print(),
                        ",\"verdict\":", whole["verdict"].Print(),
                        ",\"position\":", status["basis"]["position"].Print(),
                        ",\"on_time\":", coverage["on_time"].Print(),
                        ",\"members\":", coverage["members"].Print(), "}");
  }

  static TestCoalition* coalition_;
  static ProgressWorld* world_;
  std::unique_ptr<Process> dashboard_;
};
TestCoalition* RealHub::coalition_ = nullptr;
ProgressWorld* RealHub::world_ = nullptr;

// A scenario that did not pass says why.
#define EXPECT_PASSED(outcomes) \
  for (const auto& [scenario, reason] : outcomes) EXPECT_EQ(reason, "") << scenario

TEST_F(RealHub, ShowsTheFiguresOfTheCommandLineAndNewOnesWithoutReloading) {
  const Outcomes outcomes = RunScript("real_hub.mjs", "figures", StartDashboard("coordinator"), {},
                                      {{"status", Status}, {"revise", [] {
                                                              const absl::Status revised =
                                                                  world_->Revise(90);
                                                              EXPECT_TRUE(revised.ok()) << revised;
                                                              return Status();
                                                            }}});
  EXPECT_PASSED(outcomes);
}

// Within a second on a machine that does nothing else; the script prints what it was.
TEST_F(RealHub, SaysHowLongTheFirstPageTakes) {
  const Outcomes outcomes = RunScript("real_hub.mjs", "first_page", StartDashboard("coordinator"));
  EXPECT_PASSED(outcomes);
}

TEST_F(RealHub, KeepsItsFiguresWhileTheHubIsStopped) {
  const Outcomes outcomes =
      RunScript("real_hub.mjs", "hub_stops", StartDashboard("coordinator"), {},
                {{"stop",
                  [] {
                    EXPECT_TRUE(coalition_->hub().Stop().ok());
                    return std::string("{}");
                  }},
                 {"start", [] {
                    EXPECT_TRUE(coalition_->hub().Start().ok());
                    return std::string("{}");
                  }}});
  EXPECT_PASSED(outcomes);
}

TEST_F(RealHub, ShowsAMemberNothingOfTheOthers) {
  const Outcomes outcomes =
      RunScript("real_hub.mjs", "member", StartDashboard("market"),
                {{"VERVET_OTHER_MEMBERS", "bazaar,clips,stream,finder,Test social"}});
  EXPECT_PASSED(outcomes);
}

TEST_F(RealHub, EndsQuietlyOnASignal) {
  StartDashboard("coordinator");
  dashboard_->Signal(SIGTERM);
  const auto code = dashboard_->Wait(kPatience);
  ASSERT_TRUE(code.ok()) << code.status();
  EXPECT_EQ(*code, 0);
}

}  // namespace
}  // namespace vervet::dashboard
