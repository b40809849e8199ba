// Publishing: what survives, what the hub refuses, and that everything arrives exactly once.
#include <sys/wait.h>
#include <unistd.h>

#include "core/net/refusal.h"
#include "tests/member-sdk/member_fixture.h"

namespace vervet::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class OutboxTest : public MemberTest {
 protected:
  OutboxTest() { FoundCoalition(); }

  Delivery DeliveryOf(Client& client, const Ticket& ticket) {
    const auto delivery = client.GetDelivery(ticket.request_id);
    EXPECT_EQ(delivery.status(), absl::OkStatus());
    return *delivery;
  }
  // A member that would wait for an hour before it tries again by itself.
  std::unique_ptr<engine::Engine> OpenPatient(const std::string& name) {
    ClientOptions options = OptionsOf(name);
    options.backoff_min = options.backoff_max = std::chrono::hours(1);
    return Open(name, std::move(options));
  }
  std::vector<OffenderRecord> ManyRecords(int count) {
    std::vector<OffenderRecord> records;
    for (int i = 0; i < count; ++i) {
      records.push_back(RecordOf({{IdentifierType::kPlatformAccount,
                                   "market.example:" + std::to_string(100000 + i), ""}}));
    }
    return records;
  }
};

constexpr auto kFarAway = std::chrono::hours(1);

TEST_F(OutboxTest, DeliversWithRecordIdAndSequence) {
  auto market = Open("market");
  CatchUp(*market);
  const uint64_t before = hub_.size();
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  EXPECT_EQ(ticket->request_id.size(), 32u);
  Deliver(*market);
  const Delivery delivery = DeliveryOf(*market, *ticket);
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  EXPECT_EQ(delivery.record_id.size(), 32u);
  EXPECT_EQ(delivery.sequence, before + 1);
  EXPECT_EQ(market->GetSyncState().outbox_pending, 0u);
}

TEST_F(OutboxTest, SurvivesAnUnreachableHubAndARestart) {
  Ticket ticket;
  {
    hub_.SetReachable(false);
    auto market = Open("market");
    const auto accepted = market->Publish(RecordOf({Phone("+442079460018")}));
    ASSERT_EQ(accepted.status(), absl::OkStatus());
    ticket = *accepted;
    EXPECT_EQ(market->Flush(std::chrono::milliseconds(20)).code(),
              absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(DeliveryOf(*market, ticket).state, DeliveryState::kPending);
    EXPECT_TRUE(Eventually([&] { return DeliveryOf(*market, ticket).attempts > 0; }));
    EXPECT_FALSE(DeliveryOf(*market, ticket).status.ok());
  }
  hub_.SetReachable(true);
  auto market = Open("market");
  EXPECT_EQ(market->GetSyncState().outbox_pending, 1u);
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, ticket).state, DeliveryState::kDelivered);
  EXPECT_EQ(hub_.publish_requests().size(), 1u);
}

TEST_F(OutboxTest, DeliversAtOnceWhenTheHubIsBackHoweverLongItWasAway) {
  ClientOptions options = OptionsOf("market");
  hub_.SetReachable(false);
  // The outbox would try again within an hour; the sync, which is quicker here, finds the hub
  // first.
  options.backoff_min = options.backoff_max = std::chrono::hours(1);
  auto market = Open("market", options);
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  ASSERT_TRUE(Eventually([&] { return DeliveryOf(*market, *ticket).attempts > 0; }));
  hub_.SetReachable(true);
  CatchUp(*market);
  EXPECT_TRUE(
      Eventually([&] { return DeliveryOf(*market, *ticket).state == DeliveryState::kDelivered; }));
}

TEST_F(OutboxTest, SurvivesACrashRightAfterPublishReturns) {
  ASSERT_TRUE(Eventually([&] { return hub_.size() > 0; }));
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Without background threads: a child of fork() has one.
    ClientOptions options = OptionsOf("market");
    options.background = false;
    auto market =
        engine::Engine::Open(options, "member/market", hub_.Connect("member/market"), &env_);
    if (!market.ok()) _exit(1);
    const auto ticket = (*market)->Publish(RecordOf({Phone("+442079460018")}));
    if (!ticket.ok()) _exit(2);
    const bool told = write(pipe_ends[1], ticket->request_id.data(), 32) == 32;
    _exit(told ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(WEXITSTATUS(status), 0);
  Ticket ticket{std::string(32, ' ')};
  ASSERT_EQ(read(pipe_ends[0], ticket.request_id.data(), 32), 32);
  close(pipe_ends[0]);
  close(pipe_ends[1]);

  auto market = Open("market");
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, ticket).state, DeliveryState::kDelivered);
}

TEST_F(OutboxTest, RepeatsARequestByteForByteWhenTheAnswerWasLost) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.LoseAnswers(2);
  const uint64_t before = hub_.size();
  const auto ticket =
      market->Publish(RecordOf({Phone("+442079460018"), Email("jane@example.com")}));
  env_.Advance(absl::Hours(1));
  Deliver(*market);
  const auto requests = hub_.publish_requests();
  ASSERT_GE(requests.size(), 2u);
  for (const std::string& request : requests) EXPECT_EQ(request, requests[0]);
  EXPECT_EQ(hub_.size(), before + 1);
  EXPECT_EQ(DeliveryOf(*market, *ticket).sequence, before + 1);
}

TEST_F(OutboxTest, RepeatsTheSameBytesAfterARestart) {
  hub_.RefuseCalls(1'000'000, absl::UnavailableError("overloaded"));
  {
    auto market = Open("market");
    CatchUp(*market);
    ASSERT_EQ(market->Publish(RecordOf({Phone("+442079460018")})).status(), absl::OkStatus());
    ASSERT_TRUE(Eventually([&] { return !hub_.publish_requests().empty(); }));
  }
  env_.Advance(absl::Hours(5));
  hub_.RefuseCalls(0, absl::OkStatus());
  auto market = Open("market");
  Deliver(*market);
  const auto requests = hub_.publish_requests();
  EXPECT_EQ(requests.back(), requests.front());
}

TEST_F(OutboxTest, KeepsARefusalWithItsReason) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.RefuseCalls(1, absl::InvalidArgumentError("facts.purpose: the hub does not like it"));
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  Deliver(*market);
  const Delivery delivery = DeliveryOf(*market, *ticket);
  EXPECT_EQ(delivery.state, DeliveryState::kRefused);
  EXPECT_EQ(delivery.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(delivery.status.message()), HasSubstr("does not like it"));
  EXPECT_EQ(market->GetSyncState().outbox_refused, 1u);
  EXPECT_EQ(hub_.publish_requests().size(), 1u);
}

TEST_F(OutboxTest, WaitsWhileTheMemberIsSuspended) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.Suspend("member/market");
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  ASSERT_TRUE(Eventually([&] { return DeliveryOf(*market, *ticket).attempts > 0; }));
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kPending);
  hub_.Reinstate("member/market");
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kDelivered);
}

TEST_F(OutboxTest, TellsAWaiterAtOnceThatTheMemberIsRefused) {
  auto market = OpenPatient("market");
  CatchUp(*market);
  hub_.Suspend("member/market");
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  const absl::Status refused = market->Flush(kFarAway);
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is suspended; 1 in the outbox"));
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kPending);
  // Each call is answered by the hub of that moment.
  hub_.Reinstate("member/market");
  EXPECT_EQ(market->Flush(kFarAway), absl::OkStatus());
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kDelivered);
}

TEST_F(OutboxTest, TellsAWaiterAtOnceThatItsRequestFoundTheMemberRefused) {
  auto market = OpenPatient("market");
  CatchUp(*market);
  hub_.RefuseCalls(1'000'000, absl::UnauthenticatedError("your certificate names no SPIFFE URI"));
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  EXPECT_EQ(market->Flush(kFarAway).code(), absl::StatusCode::kUnauthenticated);
  hub_.RefuseCalls(0, absl::OkStatus());
  EXPECT_EQ(market->Flush(kFarAway), absl::OkStatus());
}

TEST_F(OutboxTest, TellsAWaiterAtOnceThatTheMemberIsNotAdmitted) {
  auto search = OpenPatient("search");
  const auto ticket = search->Publish(RecordOf({Phone("+442079460018")}));
  ASSERT_EQ(ticket.status(), absl::OkStatus());
  const absl::Status refused = search->Flush(kFarAway);
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not admitted"));
  hub_.Admit("member/search");
  hub_.Join("member/search", "all");
  EXPECT_EQ(search->Flush(kFarAway), absl::OkStatus());
  EXPECT_EQ(DeliveryOf(*search, *ticket).state, DeliveryState::kDelivered);
}

TEST_F(OutboxTest, AsksAgainWhereSomebodyCameToWaitBeforeARefusalArrived) {
  auto market = OpenPatient("market");
  CatchUp(*market);
  hub_.RefuseCalls(1, absl::PermissionDeniedError("member/market is suspended"));
  bool came = false;  // of the outbox's thread
  hub_.set_before_answer([&] {
    if (std::exchange(came, true)) return;
    EXPECT_EQ(market->Flush(std::chrono::milliseconds(0)).code(),
              absl::StatusCode::kDeadlineExceeded);
  });
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  EXPECT_TRUE(
      Eventually([&] { return DeliveryOf(*market, *ticket).state == DeliveryState::kDelivered; }));
}

TEST_F(OutboxTest, KeepsForGoodWhatTheHubSaysIsAboutTheRequest) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.RefuseCalls(1, net::WithRequestRefused(absl::PermissionDeniedError("not in that group")));
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, *ticket).state, DeliveryState::kRefused);
  EXPECT_EQ(DeliveryOf(*market, *ticket).status.message(), "not in that group");
  EXPECT_EQ(hub_.publish_requests().size(), 1u);
}

TEST_F(OutboxTest, TakesNoWordsOfARefusalForItsMeaning) {
  auto market = Open("market");
  CatchUp(*market);
  hub_.RefuseCalls(1,
                   absl::PermissionDeniedError("facts.groups[0]: under review, like the member"));
  const auto ticket = market->Publish(RecordOf({Phone("+442079460018")}));
  EXPECT_TRUE(
      Eventually([&] { return DeliveryOf(*market, *ticket).state == DeliveryState::kDelivered; }));
  EXPECT_EQ(hub_.publish_requests().size(), 2u);
}

TEST_F(OutboxTest, RetractsItsOwnRecord) {
  auto market = Open("market");
  CatchUp(*market);
  const auto published = market->Publish(RecordOf({Phone("+442079460018")}));
  Deliver(*market);
  const std::string record_id = DeliveryOf(*market, *published).record_id;
  const auto retracted = market->Retract(record_id, "the reviewer was mistaken");
  ASSERT_EQ(retracted.status(), absl::OkStatus());
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, *retracted).state, DeliveryState::kDelivered);
  CatchUp(*market);
  EXPECT_EQ(market->GetSyncState().live_records, 0u);
}

TEST_F(OutboxTest, IsRefusedWhenItRetractsAnothersRecord) {
  auto market = Open("market");
  auto social = Open("social");
  CatchUp(*market);
  const auto published = market->Publish(RecordOf({Phone("+442079460018")}));
  Deliver(*market);
  const auto retracted =
      social->Retract(DeliveryOf(*market, *published).record_id, "we do not like it");
  Deliver(*social);
  EXPECT_EQ(DeliveryOf(*social, *retracted).state, DeliveryState::kRefused);
  EXPECT_EQ(DeliveryOf(*social, *retracted).status.code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(OutboxTest, LeavesNoRawIdentifierInTheVaultNorAtTheHub) {
  const std::vector<std::string> raw = {"2079460018", "jane.doe", "janedoe", "1234567"};
  hub_.SetReachable(false);
  {
    auto market = Open("market");
    ASSERT_EQ(
        market
            ->Publish(RecordOf({Phone("+44 20 7946 0018"),
                                Email("Jane.Doe@gmail.com"),
                                {IdentifierType::kPlatformAccount, "market.example:1234567", ""}}))
            .status(),
        absl::OkStatus());
  }
  // Waiting for delivery is the one time when it does: otherwise this test would show nothing.
  EXPECT_THAT(DumpVault("market"), HasSubstr(raw[0]));
  hub_.SetReachable(true);
  {
    auto market = Open("market");
    CatchUp(*market);
    Deliver(*market);
    ASSERT_EQ(
        market->Check({"user-1", {Phone("+44 20 7946 0018"), Email("jane.doe+x@gmail.com")}}, {})
            .status(),
        absl::OkStatus());
  }
  const std::string dump = DumpVault("market");
  EXPECT_THAT(dump, HasSubstr("user-1"));
  for (const std::string& text : raw) {
    EXPECT_THAT(dump, Not(HasSubstr(text)));
    EXPECT_THAT(hub_.received(), Not(HasSubstr(text)));
  }
}

TEST_F(OutboxTest, UsesTheVaultsTokensInsteadOfAskingAgain) {
  auto market = Open("market");
  CatchUp(*market);
  ASSERT_EQ(market->Check({"user-1", {Phone("+442079460018")}}, {}).status(), absl::OkStatus());
  const int evaluated = hub_.evaluated_elements();
  ASSERT_EQ(market->Publish(RecordOf({Phone("020 7946 0018", "GB")})).status(), absl::OkStatus());
  Deliver(*market);
  EXPECT_EQ(hub_.evaluated_elements(), evaluated);
}

TEST_F(OutboxTest, LivesBelowTheTypesMaximumWhereNoLifetimeIsGiven) {
  hub_.Announce(v1::PHONE, {1}, absl::Hours(100));
  auto market = Open("market");
  CatchUp(*market);
  ASSERT_EQ(market->Publish(RecordOf({Phone("+442079460018"), Email("jane@example.com")})).status(),
            absl::OkStatus());
  Deliver(*market);
  v1::PublishRequest request;
  ASSERT_TRUE(request.ParseFromString(hub_.publish_requests()[0]));
  ASSERT_EQ(request.signatures_size(), 3);
  EXPECT_EQ(request.signatures(0).type(), v1::PHONE);
  EXPECT_EQ(absl::FromUnixMicros(request.signatures(0).expires_us()), env_.Now() + absl::Hours(99));
  EXPECT_EQ(request.signatures(1).type(), v1::EMAIL);
  EXPECT_EQ(request.signatures(2).type(), v1::EMAIL_ALIAS);
}

TEST_F(OutboxTest, DeliversThousandsInFewEvaluations) {
  auto market = Open("market");
  CatchUp(*market);
  const auto tickets = market->PublishBatch(ManyRecords(1500));
  ASSERT_EQ(tickets.status(), absl::OkStatus());
  for (const auto& ticket : *tickets) EXPECT_EQ(ticket.status(), absl::OkStatus());
  ASSERT_EQ(market->Flush(std::chrono::seconds(60)), absl::OkStatus());
  EXPECT_EQ(hub_.publish_requests().size(), 1500u);
  EXPECT_EQ(hub_.evaluated_elements(), 1500);
  EXPECT_LE(hub_.evaluate_calls(), 4);
  CatchUp(*market);
  EXPECT_EQ(market->GetSyncState().live_records, 1500u);
}

TEST_F(OutboxTest, StoresABatchInOneTransaction) {
  ClientOptions options = OptionsOf("market");
  options.background = false;  // nothing else writes
  auto market = Open("market", std::move(options));
  const int before = CommitsOf("market");
  ASSERT_EQ(market->PublishBatch(ManyRecords(50)).status(), absl::OkStatus());
  EXPECT_EQ(CommitsOf("market") - before, 1);
  EXPECT_EQ(market->GetSyncState().outbox_pending, 50u);
}

TEST_F(OutboxTest, KeepsTheGoodOnesOfABatch) {
  auto market = Open("market");
  CatchUp(*market);
  OffenderRecord bad = RecordOf({Phone("+442079460018")});
  bad.facts.taxa.clear();
  const auto tickets = market->PublishBatch(
      {RecordOf({Phone("+442079460018")}), bad, RecordOf({Phone("+442079460019")})});
  ASSERT_EQ(tickets.status(), absl::OkStatus());
  ASSERT_EQ(tickets->size(), 3u);
  EXPECT_EQ((*tickets)[0].status(), absl::OkStatus());
  EXPECT_EQ((*tickets)[1].status().code(), absl::StatusCode::kInvalidArgument);
  Deliver(*market);
  EXPECT_EQ(DeliveryOf(*market, *(*tickets)[2]).state, DeliveryState::kDelivered);
  EXPECT_EQ(hub_.publish_requests().size(), 2u);
}

TEST_F(OutboxTest, DoesNotDeliverWithoutBackgroundWork) {
  ClientOptions options = OptionsOf("market");
  options.background = false;
  auto market = Open("market", options);
  ASSERT_EQ(market->Publish(RecordOf({Phone("+442079460018")})).status(), absl::OkStatus());
  EXPECT_EQ(market->Flush(std::chrono::seconds(1)).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OutboxTest, KnowsNoTicketThatItDidNotGive) {
  auto market = Open("market");
  EXPECT_EQ(market->GetDelivery(std::string(32, '0')).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(market->GetDelivery("short").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OutboxTest, ForgetsDeliveredTicketsAfterThirtyDays) {
  Ticket ticket;
  {
    auto market = Open("market");
    CatchUp(*market);
    ticket = *market->Publish(RecordOf({Phone("+442079460018")}));
    Deliver(*market);
  }
  env_.Advance(absl::Hours(29 * 24));
  EXPECT_EQ(Open("market")->GetDelivery(ticket.request_id).status(), absl::OkStatus());
  env_.Advance(absl::Hours(2 * 24));
  EXPECT_EQ(Open("market")->GetDelivery(ticket.request_id).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vervet::testing
