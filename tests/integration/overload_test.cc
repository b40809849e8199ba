// Too much of everything: the hub refuses what it cannot take, at once, and goes on with the rest.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/wire_limits.h"
#include "core/net/retry_after.h"
#include "core/net/transport_limits.h"
#include "examples/coalition/process.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/idle_connections.h"
#include "tests/integration/publish_load.h"
#include "tests/integration/scrape.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::Process;

constexpr absl::Duration kDeadline = absl::Seconds(60);

// Anonymous memory of a process, which for the hub is what its messages and views take.
double ResidentMiB(pid_t pid) {
  const std::string status =
      coalition::ReadFile(absl::StrCat("/proc/", pid, "/status")).value_or("");
  const size_t at = status.find("RssAnon:");
  return at == std::string::npos ? 0 : std::strtod(status.c_str() + at + 8, nullptr) / 1024;
}

std::vector<std::unique_ptr<RawClient>> Connections(TestCoalition& coalition, size_t count) {
  std::vector<std::unique_ptr<RawClient>> connections;
  for (size_t i = 0; i < count; ++i)
    connections.push_back(
        std::make_unique<RawClient>(coalition.hub().address(), coalition->tls_of("market")));
  return connections;
}

TEST(Overload, RefusesAtTheDoorWhatTheQueuesCannotTake) {
  TestCoalition coalition(
      WithHubConfig("limits { append_queue: 16 work_queue: 16 work_threads: 1 }\n"));
  RawClient market = coalition.As("market");
  const auto request = GoodPublishRequest(market, "overload@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  PublishLoad load(Connections(coalition, 4), *request);
  (void)load.Burst(4);  // every connection is there
  const uint64_t before = coalition.LogSize();

  size_t admitted = 0;
  std::vector<absl::Duration> refused;
  for (int round = 0; round < 10; ++round) {
    for (const Answered& answered : load.Burst(size_t{10} * 32)) {
      if (answered.status.ok()) {
        ++admitted;
        continue;
      }
      ASSERT_EQ(answered.status.code(), StatusCode::kResourceExhausted) << answered.status;
      EXPECT_TRUE(net::RetryAfter(answered.status).has_value());
      refused.push_back(answered.took);
    }
  }
  EXPECT_GE(admitted, 16u) << "what fits into the queue is taken";
  ASSERT_GE(refused.size(), 100u) << "ten times the queues' capacity was too little";
  // As callers see it, their own process and the wire included.
  EXPECT_LT(P99(refused), absl::Seconds(2));
  RecordProperty("refusals_p99_ms", static_cast<int>(absl::ToInt64Milliseconds(P99(refused))));
  EXPECT_EQ(coalition.LogSize(), before + admitted) << "what was refused left nothing behind";
  EXPECT_TRUE(load.Burst(1)[0].status.ok()) << "and the hub goes on";
}

// Sync streams that nobody reads, each of a member who may see everything.
class SlowReaders {
 public:
  explicit SlowReaders(TestCoalition& coalition) : coalition_(coalition) {}
  ~SlowReaders() {
    for (const auto& reader : readers_) reader->context.TryCancel();
  }

  // `count` more of them, in the name of members of their own.
  void Open(size_t count) {
    RawClient coordinator = coalition_.As("coordinator");
    for (size_t i = 0; i < count; ++i) {
      if (readers_.size() % 4 == 0) Admit(coordinator);
      auto reader = std::make_unique<Reader>();
      reader->stream = member_->exchange().Sync(&reader->context);
      v1::SyncRequest hello;
      hello.mutable_hello();
      ASSERT_TRUE(reader->stream->Write(hello));
      v1::SyncResponse head;
      ASSERT_TRUE(reader->stream->Read(&head)) << readers_.size();
      readers_.push_back(std::move(reader));
    }
  }

 private:
  struct Reader {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::SyncRequest, v1::SyncResponse>> stream;
  };

  void Admit(RawClient& coordinator) {
    const std::string party = absl::StrCat("member/slow", readers_.size());
    v1::AdmitRequest admit;
    admit.set_request_id(NewRequestId());
    admit.set_party(party);
    admit.set_display_name("Slow");
    admit.set_region("IE");
    const auto admitted = coordinator.Admit(admit);
    ASSERT_TRUE(admitted.ok()) << admitted.status();
    v1::JoinGroupRequest join;
    join.set_request_id(NewRequestId());
    join.set_party(party);
    join.set_group(kEverybody);
    grpc::ClientContext context;
    v1::ChangeResponse joined;
    ASSERT_TRUE(coordinator.registry().JoinGroup(&context, join, &joined).ok());
    // Otherwise gRPC finds out how fast this machine is, and keeps megabytes in the reader's
    // process.
    grpc::ChannelArguments small_window;
    small_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    members_.push_back(std::make_unique<RawClient>(
        coalition_.hub().address(),
        coalition_.Issue(test_support::ClientLeaf(party), coalition_.authority()), small_window));
    member_ = members_.back().get();
  }

  TestCoalition& coalition_;
  std::vector<std::unique_ptr<RawClient>> members_;
  RawClient* member_ = nullptr;
  std::vector<std::unique_ptr<Reader>> readers_;
};

// A log of which a member's first messages are as large as messages get.
void FillLog(TestCoalition& coalition) {
  RawClient market = coalition.As("market");
  auto request = GoodPublishRequest(market, "long@example.com", kEverybody);
  ASSERT_TRUE(request.ok()) << request.status();
  request->mutable_facts()->mutable_offence()->clear_taxa();
  for (size_t i = 0; i < kMaxTaxaPerRecord; ++i) {
    std::string taxon = absl::StrCat("Taxon ", i, " ");
    taxon.resize(kMaxTaxonBytes, 'x');
    request->mutable_facts()->mutable_offence()->add_taxa(taxon);
  }
  PublishLoad load(Connections(coalition, 2), *request);
  size_t stored = 0;
  while (stored * kMaxTaxaPerRecord * kMaxTaxonBytes < 4 * kMaxSyncBytesPerMessage) {
    for (const Answered& answered : load.Burst(64)) {
      ASSERT_TRUE(answered.status.ok()) << answered.status;
      ++stored;
    }
  }
}

TEST(Overload, SlowReadersHoldSoMuchMemoryAndOthersGoOn) {
  TestCoalition coalition(WithHubConfig("metrics_address: \"127.0.0.1:0\"\n"));
  FillLog(coalition);
  const pid_t hub = coalition.hub().process().pid();
  const double before = ResidentMiB(hub);

  SlowReaders readers(coalition);
  readers.Open(50);
  const double with_50 = ResidentMiB(hub);
  RecordProperty("mib_of_50_slow_readers", static_cast<int>(with_50 - before));
  // A message, and its serialised form; and what a connection and its streams take by themselves.
  EXPECT_LT(with_50 - before, 50 * 3 * kMaxSyncBytesPerMessage / 1048576.0 + 32);

  // As many as their memory has room for messages, then more.
  constexpr size_t kRoom = kMaxUnreadSyncBytes / kMaxSyncBytesPerMessage;
  // (Messages are a little smaller than the largest.)
  readers.Open(kRoom - 50 + 6);
  EXPECT_LE(ScrapeHub(coalition).Value("vervet_hub_sync_unread_bytes"), kMaxUnreadSyncBytes);
  // Somebody who reads waits for no longer than it takes to notice who does not.
  const absl::Duration began = Environment::System()->Monotonic();
  const auto synced = Member(coalition, "social", {"sync", "--timeout", "60"});
  ASSERT_TRUE(synced.Require().ok()) << synced.Require();
  const absl::Duration waited = Environment::System()->Monotonic() - began;
  RecordProperty("sync_beside_slow_readers_ms",
                 static_cast<int>(absl::ToInt64Milliseconds(waited)));
  EXPECT_GE(ScrapeHub(coalition).Value("vervet_hub_sync_slow_readers_total"), 1);
  const double with_all = ResidentMiB(hub);
  RecordProperty("mib_of_all_slow_readers", static_cast<int>(with_all - before));
  EXPECT_LT(with_all - before, 3 * kMaxUnreadSyncBytes / 1048576.0 + 64);
}

// As many as a hub's operator will ever see, and more than gRPC's own defaults were made for.
TEST(Overload, TwoThousandIdleConnectionsLeaveRoomForMembersWhoWork) {
  constexpr size_t kIdle = 2'000;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max < kIdle + 256) {
    GTEST_SKIP() << "this machine lets a process open " << files.rlim_max << " files";
  }
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);

  TestCoalition coalition(WithHubConfig("metrics_address: \"127.0.0.1:0\"\n"));
  const pid_t hub = coalition.hub().process().pid();
  const double before = ResidentMiB(hub);
  const absl::Duration began = Environment::System()->Monotonic();
  IdleConnections idle(coalition->tls_of("market"));
  while (idle.size() < kIdle) {
    const absl::Status opened = idle.Open(coalition.hub().address());
    ASSERT_TRUE(opened.ok()) << opened << " at " << idle.size();
  }
  RecordProperty("kib_of_an_idle_connection",
                 static_cast<int>((ResidentMiB(hub) - before) * 1024 / kIdle));
  ASSERT_EQ(OutcomeOf(coalition, "social", "busy@example.com", {"--reference", "user-1"}),
            "no_match");
  const auto published = Member(coalition, "market",
                                {"publish", "--email", "busy@example.com", "--offence", "auction",
                                 "--taxon", "Manis javanica", "--decision", "CASE-1"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  EXPECT_EQ(OutcomeOf(coalition, "social", "busy@example.com"), "match");
  // They answer no keepalive, so on a machine that took longer than that the first are gone.
  if (Environment::System()->Monotonic() - began > net::kKeepaliveTime) return;
  EXPECT_GE(idle.CountOpen(), kIdle * 95 / 100) << "the hub lets them be";
  EXPECT_GE(ScrapeHub(coalition).Value("process_open_fds"), kIdle * 95 / 100);
}

// TCP connections that say nothing.
std::vector<int> Flood(const std::string& address, int count) {
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port));
  to.sin_port = htons(static_cast<uint16_t>(port));
  std::vector<int> sockets;
  for (int i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) break;
    (void)connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    sockets.push_back(fd);
  }
  return sockets;
}

// CVE-2023-4785: the listener is dead for good then. The hub ends itself with the status at which
// systemd starts it again (Restart=on-failure), and members come back by themselves.
TEST(Overload, MembersAndHubRecoverByThemselvesFromAFloodThatTookEveryDescriptor) {
  TestCoalition coalition(WithHubConfig("watchdog { interval_s: 1 failures: 2 }\n"));
  ASSERT_EQ(coalition.hub().Stop().value_or(-1), 0);
  coalition::HubProcess::StartOptions options;
  options.max_open_files = 64;
  ASSERT_TRUE(coalition->StartHub(options).ok());
  ASSERT_EQ(OutcomeOf(coalition, "social", "flooded@example.com", {"--reference", "user-7"}),
            "no_match");
  const auto watch = coalition->StartMember("social", {"watch", "--json"});
  ASSERT_TRUE(watch.ok());
  const auto said = [&](const char* word) {
    return (*watch)->WaitForLine(
        Process::Stream::kOutput,
        [word](absl::string_view line) { return absl::StrContains(line, word); }, kDeadline);
  };
  ASSERT_TRUE(said("\"ready\"").ok());

  const std::vector<int> flood = Flood(coalition.hub().address(), 200);
  const auto exit_code = coalition.hub().process().Wait(kDeadline);
  for (const int fd : flood) close(fd);
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, 75);

  // The supervisor. Nobody touches the members.
  ASSERT_TRUE(coalition->StartHub(options).ok());
  const auto published = Member(coalition, "market",
                                {"publish", "--email", "flooded@example.com", "--offence",
                                 "auction", "--taxon", "Manis javanica", "--decision", "CASE-7"});
  ASSERT_TRUE(published.Require().ok()) << published.Require();
  EXPECT_TRUE(said("user-7").ok());
}

}  // namespace
}  // namespace vervet::integration
