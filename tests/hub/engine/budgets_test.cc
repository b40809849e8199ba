// Grants, canaries and alerts: what is refused, what is logged, and who is told.
#include "hub/engine/budgets.h"

#include "core/base/wire_limits.h"
#include "hub/engine/alerts.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr char kAnna[] = "coordinator/anna";
constexpr absl::Duration kDay = absl::Hours(24);

class BudgetCommandsTest : public EngineTest {
 protected:
  v1::GrantRequest GoodGrant() {
    v1::GrantRequest request;
    request.set_request_id(NewRequestId());
    request.set_party("member/market");
    request.set_type(v1::PHONE);
    request.set_evaluations(5'000'000);
    request.set_expires_us(absl::ToUnixMicros(env_.Now() + 30 * kDay));
    request.set_reason("first check of all sellers");
    return request;
  }
  absl::StatusOr<RequestOutcome> Grant(const v1::GrantRequest& request) {
    return Run(GrantCommand(kAnna, request, env_));
  }
  absl::Status GrantWith(const std::function<void(v1::GrantRequest&)>& change) {
    v1::GrantRequest request = GoodGrant();
    change(request);
    const uint64_t before = LogSize();
    const absl::Status status = Grant(request).status();
    EXPECT_EQ(LogSize(), status.ok() ? before + 1 : before);
    return status;
  }
  absl::StatusOr<RequestOutcome> Mark(const std::string& record_id) {
    v1::MarkCanaryRequest request;
    request.set_request_id(NewRequestId());
    request.set_record_id(record_id);
    return Run(MarkCanaryCommand(kAnna, request));
  }
  // Publishes as market.
  std::string NewRecord(const std::string& phone = "+353861234567") {
    v1::PublishRequest request = GoodRequest();
    *request.mutable_signatures(0) = SignatureOf(v1::PHONE, phone);
    return Publish("member/market", request)->record_id;
  }
  uint64_t RaiseHit(const std::string& record_id) {
    return Run(AlertCommand(CanaryHit("member/social", record_id, env_.Now(), "looked up")))
        ->sequence;
  }
  absl::StatusOr<RequestOutcome> Close(uint64_t alert,
                                       const std::string& note = "spoke with them") {
    v1::CloseAlertRequest request;
    request.set_request_id(NewRequestId());
    request.set_alert_sequence(alert);
    request.set_note(note);
    return Run(CloseAlertCommand(kAnna, request));
  }
  v1::ListAlertsResponse Alerts(bool closed_too = false) {
    v1::ListAlertsRequest request;
    request.set_closed_too(closed_too);
    v1::ListAlertsResponse response;
    state_.Read([&](const HubState& state) { ListAlerts(state, request, &response); });
    return response;
  }
  absl::StatusOr<v1::ListBudgetsResponse> Budgets(const std::string& caller,
                                                  const std::string& party = "",
                                                  const BudgetPolicy& policy = {}) {
    v1::ListBudgetsRequest request;
    request.set_party(party);
    v1::ListBudgetsResponse response;
    const absl::Status status = state_.Read([&](const HubState& state) {
      return ListBudgets(
          state, *net::ParseParty(caller), request, policy,
          [](absl::string_view, v1::SignatureType) {
            return ServedCount{40, 30};
          },
          env_.Now(), &response);
    });
    if (!status.ok()) return status;
    return response;
  }
  void Reserve(const std::string& party, v1::SignatureType type, uint64_t evaluations) {
    Command command;
    command.decide = [=, day = DayOf(env_.Now())](const HubState&, absl::Time) {
      AppendEntry entry;
      auto& reserved = *entry.draft.body.mutable_budget_reserved();
      reserved.set_party(party);
      reserved.set_type(type);
      reserved.set_evaluations(evaluations);
      reserved.set_day(day);
      return Command::Decision(std::move(entry));
    };
    ASSERT_TRUE(Run(std::move(command)).ok());
  }
};

TEST_F(BudgetCommandsTest, AGrantIsAnEventForTheMemberAndCoordinators) {
  const v1::GrantRequest request = GoodGrant();
  const auto outcome = Grant(request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->record_id.size(), 16u);
  const StoredEventPtr event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles=COORDINATOR groups= party=member/market");
  const auto& granted = event->parsed.body.budget_granted();
  EXPECT_EQ(granted.grant_id(), outcome->record_id);
  EXPECT_EQ(granted.party(), "member/market");
  EXPECT_EQ(granted.type(), v1::PHONE);
  EXPECT_EQ(granted.evaluations(), 5'000'000u);
  EXPECT_EQ(granted.expires_us(), request.expires_us());
  EXPECT_EQ(granted.reason(), "first check of all sellers");
  EXPECT_EQ(granted.granted_by(), kAnna);

  const auto again = Grant(request);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->sequence, outcome->sequence);
  EXPECT_EQ(again->record_id, outcome->record_id);
}

TEST_F(BudgetCommandsTest, ChecksEachFieldOfAGrant) {
  const auto with = [this](auto change) { return GrantWith(change); };
  EXPECT_THAT(with([](auto& r) { r.set_request_id("short"); }), FailsWith(kInvalid, "request_id"));
  EXPECT_THAT(with([](auto& r) { r.set_party("market"); }), FailsWith(kInvalid, "party"));
  EXPECT_THAT(with([](auto& r) { r.set_party(kAnna); }), FailsWith(kInvalid, "name a member"));
  EXPECT_THAT(with([](auto& r) { r.set_party("member/nobody"); }), FailsWith(kNotFound, "party"));
  EXPECT_THAT(with([](auto& r) { r.set_type(v1::URL); }), FailsWith(kInvalid, "type"));
  EXPECT_THAT(with([](auto& r) { r.set_type(v1::SIGNATURE_TYPE_UNSPECIFIED); }),
              FailsWith(kInvalid, "type"));
  EXPECT_THAT(with([](auto& r) { r.set_reason(""); }), FailsWith(kInvalid, "reason"));
  EXPECT_THAT(with([](auto& r) { r.set_reason(std::string(513, 'r')); }),
              FailsWith(kInvalid, "reason"));
  EXPECT_TRUE(with([](auto& r) { r.set_reason(std::string(512, 'r')); }).ok());
}

TEST_F(BudgetCommandsTest, LimitsAGrant) {
  const auto with = [this](auto change) { return GrantWith(change); };
  EXPECT_THAT(with([](auto& r) { r.set_evaluations(0); }), FailsWith(kInvalid, "evaluations"));
  EXPECT_TRUE(with([](auto& r) { r.set_evaluations(1); }).ok());
  EXPECT_TRUE(with([](auto& r) { r.set_evaluations(kMaxGrantedEvaluations); }).ok());
  EXPECT_THAT(with([](auto& r) { r.set_evaluations(kMaxGrantedEvaluations + 1); }),
              FailsWith(kInvalid, "evaluations"));
  const absl::Time now = env_.Now();
  const auto until = [&](absl::Time expires) {
    return with([expires](auto& r) { r.set_expires_us(absl::ToUnixMicros(expires)); });
  };
  EXPECT_THAT(until(now), FailsWith(kInvalid, "expires_us"));
  EXPECT_TRUE(until(now + absl::Microseconds(1)).ok());
  EXPECT_TRUE(until(now + kMaxGrantDays * kDay).ok());
  EXPECT_THAT(until(now + kMaxGrantDays * kDay + absl::Microseconds(1)),
              FailsWith(kInvalid, "expires_us"));
}

TEST_F(BudgetCommandsTest, LimitsTheGrantsInForce) {
  for (size_t i = 0; i < kMaxGrantsInForce; ++i) ASSERT_TRUE(Grant(GoodGrant()).ok());
  EXPECT_THAT(Grant(GoodGrant()).status(), FailsWith(kPrecondition, "16 grants"));
  EXPECT_TRUE(GrantWith([](auto& r) { r.set_type(v1::EMAIL); }).ok());
  env_.Advance(30 * kDay);
  EXPECT_TRUE(Grant(GoodGrant()).ok());
}

TEST_F(BudgetCommandsTest, ASuspendedCoordinatorGrantsNothing) {
  Admit("coordinator/ben");
  Suspend("coordinator/ben");
  EXPECT_THAT(Run(GrantCommand("coordinator/ben", GoodGrant(), env_)).status(),
              FailsWith(absl::StatusCode::kPermissionDenied, "not an active"));
}

TEST_F(BudgetCommandsTest, ListsOneMemberInFullAndOthersWhereThereIsSomethingToSay) {
  EXPECT_THAT(Budgets(kAnna)->lines(), IsEmpty());
  const auto untouched = Budgets(kAnna, "member/search");
  ASSERT_THAT(untouched->lines(), SizeIs(2));  // PHONE and EMAIL are in use
  EXPECT_EQ(untouched->lines(0).daily_budget(), 200'000u);
  EXPECT_EQ(untouched->lines(0).total_budget(), 50'000'000u);
  EXPECT_EQ(untouched->lines(0).used_today(), 0u);

  Reserve("member/social", v1::EMAIL, 4'096);
  ASSERT_TRUE(Grant(GoodGrant()).ok());
  const auto all = Budgets(kAnna);
  ASSERT_THAT(all->lines(), SizeIs(2));
  const v1::BudgetLine& granted = all->lines(0);
  EXPECT_EQ(granted.party(), "member/market");
  EXPECT_EQ(granted.type(), v1::PHONE);
  ASSERT_THAT(granted.grants(), SizeIs(1));
  EXPECT_EQ(granted.grants(0).evaluations(), 5'000'000u);
  EXPECT_EQ(granted.grants(0).granted_by(), kAnna);
  const v1::BudgetLine& used = all->lines(1);
  EXPECT_EQ(used.party(), "member/social");
  EXPECT_EQ(used.used_today(), 4'096u);
  EXPECT_EQ(used.used_in_all(), 4'096u);
  EXPECT_EQ(used.served_today(), 40u);
  EXPECT_EQ(used.own_users_today(), 30u);
  EXPECT_EQ(absl::FromUnixMicros(used.day_ends_us()),
            absl::UnixEpoch() + (DayOf(env_.Now()) + 1) * kDay);

  env_.Advance(31 * kDay);
  const auto later = Budgets(kAnna);
  ASSERT_THAT(later->lines(), SizeIs(1)) << "the grant has expired";
  EXPECT_EQ(later->lines(0).used_today(), 0u);
  EXPECT_EQ(later->lines(0).used_in_all(), 4'096u);
}

TEST_F(BudgetCommandsTest, AMemberSeesItsOwnBudgetsAlone) {
  Reserve("member/social", v1::EMAIL, 4'096);
  const auto own = Budgets("member/market");
  ASSERT_THAT(own->lines(), SizeIs(2));
  EXPECT_EQ(own->lines(0).party(), "member/market");
  EXPECT_TRUE(Budgets("member/market", "member/market").ok());
  EXPECT_THAT(Budgets("member/market", "member/social").status(),
              FailsWith(absl::StatusCode::kPermissionDenied, "party"));
  EXPECT_THAT(Budgets("member/market", "member/nobody").status(),
              FailsWith(absl::StatusCode::kPermissionDenied, "party"));
  EXPECT_THAT(Budgets(kAnna, "member/nobody").status(), FailsWith(kNotFound, "party"));
  EXPECT_THAT(Budgets(kAnna, "coordinator/anna").status(), FailsWith(kInvalid, "party"));
}

TEST_F(BudgetCommandsTest, ShowsLimitsOfEachType) {
  BudgetPolicy policy;
  policy.by_type[v1::EMAIL] = {7, 8};
  const auto list = Budgets(kAnna, "member/market", policy);
  EXPECT_EQ(list->lines(0).daily_budget(), 200'000u);
  EXPECT_EQ(list->lines(1).daily_budget(), 7u);
  EXPECT_EQ(list->lines(1).total_budget(), 8u);
}

// ---- canaries

TEST_F(BudgetCommandsTest, MarksACanaryForNobodyToSee) {
  const std::string record_id = NewRecord();
  const auto outcome = Mark(record_id);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const StoredEventPtr event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups= party=");
  EXPECT_EQ(event->parsed.body.canary_marked().record_id(), record_id);
  EXPECT_EQ(event->parsed.body.canary_marked().marked_by(), kAnna);
  const auto again = Mark(record_id);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->sequence, outcome->sequence) << "marked once";
}

TEST_F(BudgetCommandsTest, MarksRecordsInForceAlone) {
  EXPECT_THAT(Mark(IdOf(1)).status(), FailsWith(kNotFound, "record_id"));
  EXPECT_THAT(Mark("short").status(), FailsWith(kInvalid, "record_id"));
  const std::string record_id = NewRecord();
  ASSERT_TRUE(Retract("member/market", record_id).ok());
  EXPECT_THAT(Mark(record_id).status(), FailsWith(kPrecondition, "has ended"));
}

TEST_F(BudgetCommandsTest, FindsCanariesInAnAnswerToSomebodyElse) {
  const std::string canary = NewRecord("+353861234567"), other = NewRecord("+353861234568");
  ASSERT_TRUE(Mark(canary).ok());
  v1::LookupResponse response;
  for (const std::string& id : {other, canary, canary}) {
    v1::MatchedRecord& record = *response.add_results()->add_records();
    record.set_record_id(id);
    record.set_publisher("member/market");
  }
  state_.Read([&](const HubState& state) {
    EXPECT_THAT(CanariesIn(response, "member/social", state), ElementsAre(canary));
    EXPECT_THAT(CanariesIn(response, "member/market", state), IsEmpty());
  });
}

// ---- alerts

TEST_F(BudgetCommandsTest, ListsAlertsTheNewestFirstAndClosesThem) {
  const std::string record_id = NewRecord();
  const uint64_t first = RaiseHit(record_id);
  EXPECT_EQ(AudienceOf(*EventAt(first)), "roles=COORDINATOR groups= party=");
  env_.Advance(kDay);
  const uint64_t second = RaiseHit(record_id);
  ASSERT_THAT(Alerts().alerts(), SizeIs(2));
  EXPECT_EQ(Alerts().alerts(0).sequence(), second);
  const v1::Alert alert = Alerts().alerts(1);
  EXPECT_EQ(alert.sequence(), first);
  EXPECT_EQ(alert.kind(), v1::CANARY_HIT);
  EXPECT_EQ(alert.party(), "member/social");
  EXPECT_EQ(alert.record_id(), record_id);
  EXPECT_EQ(alert.detail(), "looked up a record that is about nobody");
  EXPECT_FALSE(alert.closed());

  const auto closed = Close(first);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(AudienceOf(*EventAt(closed->sequence)), "roles=COORDINATOR groups= party=");
  EXPECT_THAT(Alerts().alerts(), SizeIs(1));
  ASSERT_THAT(Alerts(true).alerts(), SizeIs(2));
  EXPECT_TRUE(Alerts(true).alerts(1).closed());
  EXPECT_EQ(Alerts(true).alerts(1).closed_by(), kAnna);
  EXPECT_EQ(Alerts(true).alerts(1).note(), "spoke with them");
  EXPECT_THAT(Close(first).status(), FailsWith(kPrecondition, "closed already"));
}

TEST_F(BudgetCommandsTest, ClosesNothingButAlerts) {
  EXPECT_THAT(Close(1).status(), FailsWith(kNotFound, "alert_sequence"));
  const uint64_t alert = RaiseHit(NewRecord());
  EXPECT_THAT(Close(alert, "").status(), FailsWith(kInvalid, "note"));
  EXPECT_THAT(Close(alert, std::string(513, 'n')).status(), FailsWith(kInvalid, "note"));
  EXPECT_TRUE(Close(alert, std::string(512, 'n')).ok());
}

TEST_F(BudgetCommandsTest, ListsNoMoreAlertsThanTheLimit) {
  std::vector<int> raising;
  for (uint32_t i = 0; i <= kMaxAlertsListed; ++i) {
    raising.push_back(
        Begin(AlertCommand(CanaryHit("member/social", IdOf(i), env_.Now(), "looked up"))));
  }
  for (const int key : raising) ASSERT_TRUE(answers_.Of(key).ok());
  const auto listed = Alerts();
  ASSERT_THAT(listed.alerts(), SizeIs(kMaxAlertsListed));
  EXPECT_EQ(listed.alerts(0).record_id(), IdOf(kMaxAlertsListed));
}

}  // namespace
}  // namespace vervet::hub
