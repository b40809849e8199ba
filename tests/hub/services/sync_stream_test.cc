// What a Sync stream says, and in which order, through gRPC and with a log that fails when told.
#include "hub/services/sync_stream.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/log/tree_head.h"
#include "core/net/status.h"
#include "hub/services/sync_streams.h"
#include "tests/hub/log/log_testing.h"
#include "vervet/v1/exchange.grpc.pb.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kParty[] = "member/market";
constexpr size_t kLimit = 2 * kMaxSyncBytesPerMessage;

// Sync alone, for a caller whom the door has let in.
class SyncService final : public v1::Exchange::CallbackService {
 public:
  explicit SyncService(SyncStreams* streams) : streams_(streams) {}
  grpc::ServerBidiReactor<v1::SyncRequest, v1::SyncResponse>* Sync(
      grpc::CallbackServerContext* context) override {
    return streams_->Open(context, net::Identity{kCoalition, v1::MEMBER, "market"});
  }

 private:
  SyncStreams* const streams_;
};

// gRPC 1.51 at times aborts when the last user of its callback queue is deleted, so servers that
// have ended are kept.
std::vector<std::unique_ptr<grpc::Server>>& EndedServers() {
  static auto& servers = *new std::vector<std::unique_ptr<grpc::Server>>();
  return servers;
}

class SyncStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    hub_.env = &env_;
    hub_.metrics = &metrics_;
    hub_.sync_memory = &sync_memory_;
    hub_.log = &log_;
    hub_.state = &state_;
    hub_.heads = &heads_;
    hub_.positions = &positions_;
    hub_.pump = &pump_;
    hub_.store_failed = [this](const absl::Status& status) {
      MutexLock lock(mutex_);
      store_failure_ = status;
    };
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    stub_ = v1::Exchange::NewStub(server_->InProcessChannel(grpc::ChannelArguments()));
    // Five events, the first of which lets the caller in.
    Append(kParty);
    for (int i = 2; i <= 5; ++i) Append(absl::StrCat("member/m", i));
  }
  void TearDown() override {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    server_->Wait();
    EndedServers().push_back(std::move(server_));
    pump_.Stop();
  }

  void Append(const std::string& party) {
    const auto events = log_.Append({AdmitEntry(party)});
    ASSERT_TRUE(events.ok()) << events.status();
    state_.Apply(*events);
  }

  static v1::SyncHello HelloAt(uint64_t position, const std::string& root) {
    v1::SyncHello hello;
    hello.set_position(position);
    hello.set_root(root);
    return hello;
  }
  v1::SyncHello HelloAt(uint64_t position) {
    return HelloAt(position, std::string(log::AsBytes(*log_.RootAt(position))));
  }

  // The first messages after this hello, up to `wanted`; and how the stream ended where it ended
  // before.
  std::vector<v1::SyncResponse> Sync(const v1::SyncHello& hello, size_t wanted,
                                     absl::Status* ended = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    const auto stream = stub_->Sync(&context);
    v1::SyncRequest request;
    *request.mutable_hello() = hello;
    stream->Write(request);
    std::vector<v1::SyncResponse> messages;
    v1::SyncResponse message;
    while (messages.size() < wanted && stream->Read(&message)) messages.push_back(message);
    if (messages.size() == wanted) context.TryCancel();
    const absl::Status status = net::FromGrpc(stream->Finish(), context);
    if (ended != nullptr) *ended = status;
    return messages;
  }
  absl::Status RefusalOf(const v1::SyncHello& hello) {
    absl::Status ended;
    Sync(hello, 1'000, &ended);
    return ended;
  }

  void ExpectHeadOfTheWholeLog(const v1::SyncResponse& message) {
    ASSERT_TRUE(message.has_head()) << message.ShortDebugString();
    EXPECT_EQ(message.head().size(), 5u);
    EXPECT_EQ(message.head().root(), log::AsBytes(log_.Position().root));
    EXPECT_TRUE(log::VerifyTreeHead(key_.public_key, kCoalition, message.head()).ok());
  }
  static std::vector<uint64_t> SequencesOf(const v1::SyncResponse& message) {
    std::vector<uint64_t> sequences;
    for (const v1::SyncEntry& entry : message.entries().entries())
      sequences.push_back(log::ParseEvent(entry.event())->header.sequence());
    return sequences;
  }

  absl::Status store_failure() {
    MutexLock lock(mutex_);
    return store_failure_;
  }
  // A member that is told DATA_LOSS stops syncing for good, so the operator watches this.
  bool DataLossWasCounted() { return metrics_.sync_data_loss.Total() != 0; }

  ManualEnvironment env_;
  FakeEventLog log_{&env_};
  SharedState state_;
  const log::LogSigningKey key_ = log::LogSigningKey::FromSeed(storage::TestKey(1));
  HeadSigner heads_{&key_, kCoalition, &log_, &env_};
  HubMetrics metrics_;
  SyncMemory sync_memory_{kLimit};
  SyncPositions positions_;
  WorkPool pump_{"pump", 2, 64};
  HubContext hub_{};
  SyncStreams streams_{&hub_, 64};
  SyncService service_{&streams_};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::Exchange::Stub> stub_;

  Mutex mutex_;
  absl::Status store_failure_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(SyncStreamTest, SaysHowLongTheLogIsBeforeItSendsTheBacklog) {
  const auto messages = Sync(v1::SyncHello(), 3);
  ASSERT_EQ(messages.size(), 3u);
  ExpectHeadOfTheWholeLog(messages[0]);
  EXPECT_THAT(SequencesOf(messages[1]), ::testing::ElementsAre(1, 2, 3, 4, 5));
  ExpectHeadOfTheWholeLog(messages[2]);
}

TEST_F(SyncStreamTest, SaysSoToAMemberThatGoesOnInTheMiddleToo) {
  const auto messages = Sync(HelloAt(2), 2);
  ASSERT_EQ(messages.size(), 2u);
  ExpectHeadOfTheWholeLog(messages[0]);
  EXPECT_THAT(SequencesOf(messages[1]), ::testing::ElementsAre(3, 4, 5));
}

TEST_F(SyncStreamTest, SaysItOnceToAMemberThatHasEverything) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  const auto stream = stub_->Sync(&context);
  v1::SyncRequest request;
  *request.mutable_hello() = HelloAt(5);
  stream->Write(request);
  v1::SyncResponse message;
  ASSERT_TRUE(stream->Read(&message));
  ExpectHeadOfTheWholeLog(message);
  // What comes next is the next event, and no second head.
  Append("member/late");
  streams_.OnCommit({});
  ASSERT_TRUE(stream->Read(&message));
  EXPECT_THAT(SequencesOf(message), ::testing::ElementsAre(6));
  context.TryCancel();
  stream->Finish();
}

// The hub's own trouble. Passed on as it is, DATA_LOSS would tell the member that its history was
// falsified.
TEST_F(SyncStreamTest, IsUnavailableWhereEventsCannotBeRead) {
  log_.FailReads(absl::DataLossError("the log is damaged at event 2"));
  const absl::Status status = RefusalOf(v1::SyncHello());
  EXPECT_THAT(status, FailsWith(absl::StatusCode::kUnavailable, "retry later"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("damaged")));
  EXPECT_THAT(store_failure(), FailsWith(absl::StatusCode::kDataLoss, "damaged at event 2"))
      << "the hub is to end, and the operator to learn why";
  EXPECT_FALSE(DataLossWasCounted());
}

TEST_F(SyncStreamTest, IsUnavailableWhereTheRootToCompareCannotBeRead) {
  const v1::SyncHello hello = HelloAt(3);
  log_.FailReads(absl::DataLossError("the log is damaged at event 2"));
  EXPECT_THAT(RefusalOf(hello), FailsWith(absl::StatusCode::kUnavailable, "retry later"));
  EXPECT_THAT(store_failure(), FailsWith(absl::StatusCode::kDataLoss, "damaged at event 2"));
  EXPECT_FALSE(DataLossWasCounted());
}

// With the member's own last head, that is proof against whoever holds the log's key.
TEST_F(SyncStreamTest, ShowsItsOwnSignedHeadBeforeItRefusesAnotherHistory) {
  for (const auto& [position, shown] : std::vector<std::pair<uint64_t, uint64_t>>{{3, 3}, {6, 5}}) {
    absl::Status ended;
    const auto messages = Sync(HelloAt(position, std::string(32, 'x')), 1'000, &ended);
    EXPECT_EQ(ended.code(), absl::StatusCode::kDataLoss);
    ASSERT_EQ(messages.size(), 1u);
    ASSERT_TRUE(messages[0].has_head());
    EXPECT_EQ(messages[0].head().size(), shown);
    EXPECT_EQ(messages[0].head().root(), log::AsBytes(*log_.RootAt(shown)));
    EXPECT_TRUE(log::VerifyTreeHead(key_.public_key, kCoalition, messages[0].head()).ok());
  }
}

TEST_F(SyncStreamTest, IsDataLossWhereTheHistoriesDiffer) {
  EXPECT_THAT(RefusalOf(HelloAt(3, std::string(32, 'x'))),
              FailsWith(absl::StatusCode::kDataLoss, "root differs"));
  EXPECT_TRUE(DataLossWasCounted());
  EXPECT_THAT(RefusalOf(HelloAt(6, std::string(32, 'x'))),
              FailsWith(absl::StatusCode::kDataLoss, "rolled back"));
  EXPECT_TRUE(store_failure().ok()) << "nothing is wrong with the store";
}

// In-process, a message is on its way until its reader asks for it.
class SlowReaders : public SyncStreamTest {
 protected:
  struct Reader {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::SyncRequest, v1::SyncResponse>> stream;
  };

  void SetUp() override {
    SyncStreamTest::SetUp();
    for (int i = 0; i < 4; ++i) {
      const auto events =
          log_.Append({AdmitEntry(absl::StrCat("member/large", i), std::string(100'000, 'x'))});
      ASSERT_TRUE(events.ok());
      state_.Apply(*events);
    }
  }

  std::unique_ptr<Reader> Open() {
    auto reader = std::make_unique<Reader>();
    reader->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    reader->stream = stub_->Sync(&reader->context);
    v1::SyncRequest request;
    *request.mutable_hello() = v1::SyncHello();
    reader->stream->Write(request);
    return reader;
  }

  // The hub's clock goes on while nothing else happens.
  void PassAndTick(absl::Duration duration) {
    env_.Advance(duration);
    streams_.Tick();
  }

  static bool Eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // So many large messages are on their way, and nothing else.
  bool AreUnread(size_t messages) {
    return sync_memory_.taken_bytes() == messages * kMaxSyncBytesPerMessage &&
           streams_.unread() == messages;
  }

  static bool ReadsTheHead(Reader& reader) {
    v1::SyncResponse message;
    return reader.stream->Read(&message) && message.has_head();
  }

  // Leaves once it has everything.
  static absl::Status ReadToTheEnd(Reader& reader, uint64_t* entries) {
    v1::SyncResponse message;
    while (reader.stream->Read(&message)) {
      *entries += static_cast<uint64_t>(message.entries().entries_size());
      if (*entries == 9) reader.context.TryCancel();
    }
    return net::FromGrpc(reader.stream->Finish(), reader.context);
  }
};

TEST_F(SlowReaders, HoldSoMuchTogetherAndLoseItToThoseWhoWait) {
  const auto first = Open();
  ASSERT_TRUE(ReadsTheHead(*first));
  // Memory is taken before a message is built: only then does its reader's patience begin.
  ASSERT_TRUE(Eventually([&] { return AreUnread(1); }));
  env_.Advance(absl::Seconds(1));
  const auto second = Open();
  ASSERT_TRUE(ReadsTheHead(*second));
  ASSERT_TRUE(Eventually([&] { return AreUnread(2); }));

  // One message more has to wait for them.
  const auto third = Open();
  ASSERT_TRUE(Eventually([&] { return sync_memory_.wanted_bytes() == kMaxSyncBytesPerMessage; }));
  PassAndTick(kSlowReaderPatience - absl::Seconds(1));
  EXPECT_EQ(metrics_.sync_slow_readers.Total(), 0u) << "at the limit of patience";
  PassAndTick(absl::Seconds(1));
  EXPECT_EQ(metrics_.sync_slow_readers.Total(), 1u) << "the slowest alone";
  EXPECT_EQ(sync_memory_.taken_bytes(), kLimit);
  PassAndTick(absl::Seconds(3));  // what a reader has left to take its last message
  EXPECT_EQ(metrics_.sync_slow_readers.Total(), 1u) << "no more than who waits needs";

  uint64_t entries = 0;
  EXPECT_EQ(ReadToTheEnd(*third, &entries).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(entries, 9u);
  entries = 0;
  EXPECT_EQ(ReadToTheEnd(*first, &entries).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(entries, 0u);
  // Nobody waits any more, so the second may be as slow as it likes.
  PassAndTick(absl::Hours(1));
  EXPECT_EQ(metrics_.sync_slow_readers.Total(), 1u);
  EXPECT_EQ(ReadToTheEnd(*second, &entries).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(entries, 9u);
  EXPECT_TRUE(Eventually([&] { return sync_memory_.taken_bytes() == 0; }));
}

TEST_F(SlowReaders, OfOneMemberCannotHoldTheStreamsOfAll) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (size_t open = 1; open <= kMaxHangingStreamsPerParty; ++open) {
    readers.push_back(Open());
    ASSERT_TRUE(Eventually([&] { return streams_.unread() == open; })) << open;
  }
  // All but the newest are to end, and nobody takes what they still say.
  const auto one_more = Open();
  v1::SyncResponse message;
  EXPECT_FALSE(one_more->stream->Read(&message));
  EXPECT_THAT(net::FromGrpc(one_more->stream->Finish(), one_more->context),
              FailsWith(absl::StatusCode::kResourceExhausted, "of this member"));
  EXPECT_EQ(streams_.open(), kMaxHangingStreamsPerParty);

  PassAndTick(absl::Seconds(3));
  EXPECT_TRUE(Eventually([&] { return streams_.open() == kMaxSyncStreamsPerParty; }));
  readers.push_back(Open());
  EXPECT_TRUE(ReadsTheHead(*readers.back()));
  for (const auto& reader : readers) {
    reader->context.TryCancel();
    (void)reader->stream->Finish();
  }
}

// Who comes and goes while memory is short must not have slow readers cut off.
TEST_F(SlowReaders, AreNotCutOffForTheSakeOfThoseWhoHaveGone) {
  const auto first = Open();
  ASSERT_TRUE(ReadsTheHead(*first));
  ASSERT_TRUE(Eventually([&] { return AreUnread(1); }));
  const auto second = Open();
  ASSERT_TRUE(ReadsTheHead(*second));
  ASSERT_TRUE(Eventually([&] { return AreUnread(2); }));
  const auto third = Open();
  ASSERT_TRUE(Eventually([&] { return sync_memory_.wanted_bytes() == kMaxSyncBytesPerMessage; }));
  third->context.TryCancel();
  (void)third->stream->Finish();
  EXPECT_TRUE(Eventually([&] { return sync_memory_.wanted_bytes() == 0; }));
  PassAndTick(absl::Hours(1));
  EXPECT_EQ(metrics_.sync_slow_readers.Total(), 0u);
  uint64_t entries = 0;
  EXPECT_EQ(ReadToTheEnd(*first, &entries).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(entries, 9u);
  second->context.TryCancel();
  (void)second->stream->Finish();
}

}  // namespace
}  // namespace vervet::hub
