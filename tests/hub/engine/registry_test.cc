#include "hub/engine/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;
constexpr auto kExists = absl::StatusCode::kAlreadyExists;
constexpr auto kNotFound = absl::StatusCode::kNotFound;
constexpr char kAnna[] = "coordinator/anna";

class RegistryTest : public EngineTest {
 protected:
  v1::AdmitRequest GoodAdmit() {
    v1::AdmitRequest request;
    request.set_request_id(NewRequestId());
    request.set_party("member/newcomer");
    request.set_display_name("Newcomer Ltd");
    request.set_region("DE");
    return request;
  }
  v1::CreateGroupRequest GoodGroup() {
    v1::CreateGroupRequest request;
    request.set_request_id(NewRequestId());
    request.set_group("rhino");
    request.set_display_name("Rhino horn");
    request.add_permitted_regions("DE");
    request.add_permitted_regions("IE");
    request.set_transfer_instrument("an agreement");
    return request;
  }
  // Suspend and Reinstate.
  template <typename Request>
  Request WithReason(const std::string& party) {
    Request request;
    request.set_request_id(NewRequestId());
    request.set_party(party);
    request.set_reason("a reason");
    return request;
  }
  // JoinGroup and LeaveGroup.
  template <typename Request>
  Request OfGroup(const std::string& party, const std::string& group) {
    Request request;
    request.set_request_id(NewRequestId());
    request.set_party(party);
    request.set_group(group);
    return request;
  }

  // Each refusal by its code, its field and its remedy, with nothing appended.
  template <typename Request>
  struct Refusal {
    const char* what;
    std::function<void(Request&)> change;
    absl::StatusCode code;
    const char* field;
    const char* remedy;
  };
  template <typename Request>
  void ExpectRefusals(const std::function<Request()>& good,
                      const std::function<absl::StatusOr<Command>(const Request&)>& command,
                      const std::vector<Refusal<Request>>& cases) {
    const uint64_t size = LogSize();
    for (const auto& c : cases) {
      Request request = good();
      c.change(request);
      const auto outcome = Run(command(request));
      EXPECT_THAT(outcome, FailsWith(c.code, c.field)) << c.what;
      EXPECT_THAT(outcome, FailsWith(c.code, c.remedy)) << c.what;
      EXPECT_EQ(LogSize(), size) << c.what;
    }
  }
};

TEST_F(RegistryTest, AdmitsAPartyBeforeEverybody) {
  const auto outcome = Run(AdmitCommand(kAnna, GoodAdmit()));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), kEverybody);
  const auto& admitted = event->parsed.body.member_admitted();
  EXPECT_EQ(admitted.party(), "member/newcomer");
  EXPECT_EQ(admitted.display_name(), "Newcomer Ltd");
  EXPECT_EQ(admitted.region(), "DE");
  EXPECT_EQ(admitted.admitted_by(), kAnna);
}

TEST_F(RegistryTest, RefusesAWrongAdmissionByItsField) {
  using R = v1::AdmitRequest;
  ExpectRefusals<R>(
      [this] { return GoodAdmit(); }, [](const R& r) { return AdmitCommand(kAnna, r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no party", [](R& r) { r.clear_party(); }, kInvalid, "party: ", "<role>/<name>"},
       {"no slash", [](R& r) { r.set_party("newcomer"); }, kInvalid, "party: ", "<role>/<name>"},
       {"an unknown role", [](R& r) { r.set_party("king/newcomer"); }, kInvalid,
        "party: ", "member, coordinator"},
       {"no name", [](R& r) { r.set_party("member/"); }, kInvalid, "party: ", "a-z, 0-9 and -"},
       {"a long name", [](R& r) { r.set_party("member/" + std::string(64, 'a')); }, kInvalid,
        "party: ", "1-63"},
       {"upper case", [](R& r) { r.set_party("member/New"); }, kInvalid,
        "party: ", "a-z, 0-9 and -"},
       {"a hub", [](R& r) { r.set_party("hub/other"); }, kInvalid,
        "party: ", "a hub is not admitted"},
       {"no display name", [](R& r) { r.clear_display_name(); }, kInvalid,
        "display_name: ", "required"},
       {"a long display name",
        [](R& r) { r.set_display_name(std::string(kMaxDisplayNameBytes + 1, 'x')); }, kInvalid,
        "display_name: has 129", "at most 128"},
       {"a control character", [](R& r) { r.set_display_name("a\tb"); }, kInvalid,
        "display_name: ", "plain text"},
       {"no region", [](R& r) { r.clear_region(); }, kInvalid, "region: ", "such as IE"},
       {"a region in lower case", [](R& r) { r.set_region("de"); }, kInvalid,
        "region: ", "such as IE"},
       {"somebody known", [](R& r) { r.set_party("member/market"); }, kExists,
        "party: on the roster already", "reinstate it"}});
  v1::AdmitRequest at_the_limit = GoodAdmit();
  at_the_limit.set_party("member/" + std::string(63, 'a'));
  at_the_limit.set_display_name(std::string(kMaxDisplayNameBytes, 'x'));
  EXPECT_TRUE(Run(AdmitCommand(kAnna, at_the_limit)).ok());
}

TEST_F(RegistryTest, RefusesAPartyThatIsSuspendedInsteadOfAdmittingItAgain) {
  ASSERT_NO_FATAL_FAILURE(Suspend("member/market"));
  v1::AdmitRequest request = GoodAdmit();
  request.set_party("member/market");
  EXPECT_THAT(Run(AdmitCommand(kAnna, request)), FailsWith(kExists, "reinstate it"));
}

TEST_F(RegistryTest, SuspendsAndReinstatesBeforeEverybody) {
  const auto suspended =
      Run(SuspendCommand(kAnna, WithReason<v1::SuspendRequest>("member/market")));
  ASSERT_TRUE(suspended.ok()) << suspended.status();
  auto event = EventAt(suspended->sequence);
  EXPECT_EQ(AudienceOf(*event), kEverybody);
  EXPECT_EQ(event->parsed.body.member_suspended().party(), "member/market");
  EXPECT_EQ(event->parsed.body.member_suspended().reason(), "a reason");
  EXPECT_EQ(event->parsed.body.member_suspended().suspended_by(), kAnna);
  const auto reinstated =
      Run(ReinstateCommand(kAnna, WithReason<v1::ReinstateRequest>("member/market")));
  ASSERT_TRUE(reinstated.ok()) << reinstated.status();
  event = EventAt(reinstated->sequence);
  EXPECT_EQ(AudienceOf(*event), kEverybody);
  EXPECT_EQ(event->parsed.body.member_reinstated().party(), "member/market");
  EXPECT_EQ(event->parsed.body.member_reinstated().reinstated_by(), kAnna);
}

TEST_F(RegistryTest, RefusesAWrongSuspensionByItsField) {
  using R = v1::SuspendRequest;
  ExpectRefusals<R>(
      [this] { return WithReason<R>("member/market"); },
      [](const R& r) { return SuspendCommand(kAnna, r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no party", [](R& r) { r.clear_party(); }, kInvalid, "party: ", "<role>/<name>"},
       {"no reason", [](R& r) { r.clear_reason(); }, kInvalid, "reason: ", "required"},
       {"a long reason", [](R& r) { r.set_reason(std::string(kMaxReasonBytes + 1, 'x')); },
        kInvalid, "reason: has 513", "at most 512"},
       {"somebody unknown", [](R& r) { r.set_party("member/ghost"); }, kNotFound,
        "party: not on the roster", "admit it first"},
       {"the last coordinator", [](R& r) { r.set_party(kAnna); }, kPrecondition,
        "party: the last active coordinator", "admit another one first"}});
  R at_the_limit = WithReason<R>("member/market");
  at_the_limit.set_reason(std::string(kMaxReasonBytes, 'x'));
  ASSERT_TRUE(Run(SuspendCommand(kAnna, at_the_limit)).ok());
  EXPECT_THAT(Run(SuspendCommand(kAnna, WithReason<R>("member/market"))),
              FailsWith(kPrecondition, "party: suspended already"));
}

TEST_F(RegistryTest, RefusesAWrongReinstatementByItsField) {
  using R = v1::ReinstateRequest;
  ASSERT_NO_FATAL_FAILURE(Suspend("member/market"));
  ExpectRefusals<R>(
      [this] { return WithReason<R>("member/market"); },
      [](const R& r) { return ReinstateCommand(kAnna, r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no party", [](R& r) { r.clear_party(); }, kInvalid, "party: ", "<role>/<name>"},
       {"no reason", [](R& r) { r.clear_reason(); }, kInvalid, "reason: ", "required"},
       {"a long reason", [](R& r) { r.set_reason(std::string(kMaxReasonBytes + 1, 'x')); },
        kInvalid, "reason: has 513", "at most 512"},
       {"somebody unknown", [](R& r) { r.set_party("member/ghost"); }, kNotFound,
        "party: not on the roster", "admit it first"},
       {"somebody active", [](R& r) { r.set_party("member/social"); }, kPrecondition,
        "party: not suspended", ""}});
}

TEST_F(RegistryTest, LeavesAnActiveCoordinatorWhateverTheOrder) {
  ASSERT_NO_FATAL_FAILURE(Admit("coordinator/ben"));
  // Each suspends the other in one burst: the first to be decided wins, the second is nobody's any
  // more.
  Plug plug(*appender_);
  const int anna = Begin(SuspendCommand(kAnna, WithReason<v1::SuspendRequest>("coordinator/ben")));
  const int ben = Begin(SuspendCommand("coordinator/ben", WithReason<v1::SuspendRequest>(kAnna)));
  plug.Pull();
  EXPECT_TRUE(answers_.Of(anna).ok());
  EXPECT_THAT(answers_.Of(ben),
              FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
  EXPECT_THAT(Run(SuspendCommand(kAnna, WithReason<v1::SuspendRequest>(kAnna))),
              FailsWith(kPrecondition, "the last active coordinator"));
  ASSERT_TRUE(
      Run(ReinstateCommand(kAnna, WithReason<v1::ReinstateRequest>("coordinator/ben"))).ok());
  EXPECT_TRUE(Run(SuspendCommand(kAnna, WithReason<v1::SuspendRequest>(kAnna))).ok());
}

TEST_F(RegistryTest, TakesNoChangeFromACoordinatorThatWasSuspendedMeanwhile) {
  ASSERT_NO_FATAL_FAILURE(Admit("coordinator/ben"));
  ASSERT_NO_FATAL_FAILURE(Admit("coordinator/cleo"));
  ASSERT_NO_FATAL_FAILURE(Suspend("coordinator/ben"));
  const std::string ben = "coordinator/ben";
  const uint64_t size = LogSize();
  for (const auto& outcome :
       {Run(AdmitCommand(ben, GoodAdmit())),
        Run(SuspendCommand(ben, WithReason<v1::SuspendRequest>("member/market"))),
        Run(ReinstateCommand(ben, WithReason<v1::ReinstateRequest>("coordinator/ben"))),
        Run(CreateGroupCommand(ben, "IE", GoodGroup())),
        Run(JoinGroupCommand(ben, OfGroup<v1::JoinGroupRequest>("member/search", "ivory"))),
        Run(LeaveGroupCommand(ben, OfGroup<v1::LeaveGroupRequest>("member/market", "ivory")))}) {
    EXPECT_THAT(outcome, FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
  }
  EXPECT_EQ(LogSize(), size);
}

TEST_F(RegistryTest, CreatesAGroupBeforeThoseWhomItConcerns) {
  const auto outcome = Run(CreateGroupCommand(kAnna, "IE", GoodGroup()));
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles=COORDINATOR,AUDITOR groups=rhino party=coordinator/anna");
  const auto& created = event->parsed.body.group_created();
  EXPECT_EQ(created.group(), "rhino");
  EXPECT_EQ(created.display_name(), "Rhino horn");
  EXPECT_EQ(created.permitted_regions_size(), 2);
  EXPECT_EQ(created.transfer_instrument(), "an agreement");
  EXPECT_EQ(created.created_by(), kAnna);
}

TEST_F(RegistryTest, RefusesAWrongGroupByItsField) {
  using R = v1::CreateGroupRequest;
  ExpectRefusals<R>(
      [this] { return GoodGroup(); }, [](const R& r) { return CreateGroupCommand(kAnna, "IE", r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no name", [](R& r) { r.clear_group(); }, kInvalid, "group: ", "a-z, 0-9 and -"},
       {"a long name", [](R& r) { r.set_group(std::string(kMaxGroupNameBytes + 1, 'a')); },
        kInvalid, "group: ", "1 to 63"},
       {"no display name", [](R& r) { r.clear_display_name(); }, kInvalid,
        "display_name: ", "required"},
       {"a long display name", [](R& r) { r.set_display_name(std::string(129, 'x')); }, kInvalid,
        "display_name: has 129", "at most 128"},
       {"a region that is none", [](R& r) { r.set_permitted_regions(1, "Eire"); }, kInvalid,
        "permitted_regions[1]: ", "such as IE"},
       {"regions without the hub's own", [](R& r) { r.set_permitted_regions(1, "FR"); }, kInvalid,
        "permitted_regions: leaves out IE", "where this hub stands"},
       {"a region too many",
        [](R& r) {
          while (r.permitted_regions_size() <= static_cast<int>(kMaxRegionsPerGroup))
            r.add_permitted_regions("IE");
        },
        kInvalid, "permitted_regions: has 257", "at most 256"},
       {"a long instrument",
        [](R& r) { r.set_transfer_instrument(std::string(kMaxTransferInstrumentBytes + 1, 'x')); },
        kInvalid, "transfer_instrument: has 513", "at most 512"},
       {"a control character in the instrument", [](R& r) { r.set_transfer_instrument("a\nb"); },
        kInvalid, "transfer_instrument: ", "plain text"},
       {"two regions without an instrument", [](R& r) { r.clear_transfer_instrument(); }, kInvalid,
        "transfer_instrument: is empty, and the group's records may go to 2 regions",
        "name the legal instrument on which they cross borders, or permit IE alone"},
       {"two regions with a blank instrument", [](R& r) { r.set_transfer_instrument("  "); },
        kInvalid, "transfer_instrument: is blank", "required"},
       {"every region without an instrument",
        [](R& r) {
          r.clear_transfer_instrument();
          r.clear_permitted_regions();
        },
        kInvalid, "transfer_instrument: is empty, and the group's records may go to every region",
        "name the legal instrument on which they cross borders, or permit IE alone"},
       {"a group that exists", [](R& r) { r.set_group("ivory"); }, kExists,
        "group: ", "choose another name"}});
  R at_the_limit = GoodGroup();
  at_the_limit.set_group(std::string(kMaxGroupNameBytes, 'a'));
  at_the_limit.set_display_name(std::string(kMaxDisplayNameBytes, 'x'));
  at_the_limit.set_transfer_instrument(std::string(kMaxTransferInstrumentBytes, 'x'));
  while (at_the_limit.permitted_regions_size() < static_cast<int>(kMaxRegionsPerGroup)) {
    at_the_limit.add_permitted_regions("IE");
  }
  EXPECT_TRUE(Run(CreateGroupCommand(kAnna, "IE", at_the_limit)).ok());
  R anywhere = GoodGroup();
  anywhere.clear_permitted_regions();
  EXPECT_TRUE(Run(CreateGroupCommand(kAnna, "IE", anywhere)).ok());
}

TEST_F(RegistryTest, AsksForNoTransferInstrumentWhereRecordsStayInOneRegion) {
  v1::CreateGroupRequest at_home = GoodGroup();
  at_home.clear_transfer_instrument();
  at_home.set_permitted_regions(0, "IE");  // the same as the second
  EXPECT_TRUE(Run(CreateGroupCommand(kAnna, "IE", at_home)).ok());
}

TEST_F(RegistryTest, LetsNoHubStandWhereAGroupWithMembersDoesNotPermitIt) {
  const auto check = [this](const std::string& region) {
    return state_.Read([&](const HubState& state) { return CheckHubRegion(state.roster, region); });
  };
  ASSERT_NO_FATAL_FAILURE(CreateGroup("european", {"IE", "DE"}));
  EXPECT_TRUE(check("US").ok()) << "nobody is in the group yet";
  ASSERT_NO_FATAL_FAILURE(Join("member/search", "european"));
  EXPECT_TRUE(check("IE").ok());
  EXPECT_TRUE(check("DE").ok());
  EXPECT_THAT(check("US"),
              FailsWith(kPrecondition, "region: the sharing group european permits DE, IE"));
  EXPECT_THAT(check("US"), FailsWith(kPrecondition, "not US; run the hub in one of these"));
}

TEST_F(RegistryTest, JoinsAndLeavesBeforeTheGroupAndTheParty) {
  const auto joined =
      Run(JoinGroupCommand(kAnna, OfGroup<v1::JoinGroupRequest>("member/search", "ivory")));
  ASSERT_TRUE(joined.ok()) << joined.status();
  auto event = EventAt(joined->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles=COORDINATOR,AUDITOR groups=ivory party=member/search");
  EXPECT_EQ(event->parsed.body.group_joined().party(), "member/search");
  EXPECT_EQ(event->parsed.body.group_joined().group(), "ivory");
  EXPECT_EQ(event->parsed.body.group_joined().changed_by(), kAnna);
  const auto left =
      Run(LeaveGroupCommand(kAnna, OfGroup<v1::LeaveGroupRequest>("member/search", "ivory")));
  ASSERT_TRUE(left.ok()) << left.status();
  event = EventAt(left->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles=COORDINATOR,AUDITOR groups=ivory party=member/search");
  EXPECT_EQ(event->parsed.body.group_left().party(), "member/search");
}

TEST_F(RegistryTest, RefusesAWrongJoinByItsField) {
  using R = v1::JoinGroupRequest;
  ASSERT_NO_FATAL_FAILURE(CreateGroup("european", {"IE", "DE"}));
  ASSERT_NO_FATAL_FAILURE(Admit("member/overseas", "US"));
  ExpectRefusals<R>(
      [this] { return OfGroup<R>("member/search", "ivory"); },
      [](const R& r) { return JoinGroupCommand(kAnna, r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no party", [](R& r) { r.clear_party(); }, kInvalid, "party: ", "<role>/<name>"},
       {"no group", [](R& r) { r.clear_group(); }, kInvalid, "group: ", "a-z, 0-9 and -"},
       {"somebody unknown", [](R& r) { r.set_party("member/ghost"); }, kNotFound,
        "party: not on the roster", "admit it first"},
       {"a group that is none", [](R& r) { r.set_group("rhino"); }, kNotFound, "group: no such",
        "create it first"},
       {"somebody inside", [](R& r) { r.set_party("member/market"); }, kExists,
        "party: in this sharing group", ""},
       {"somebody elsewhere",
        [](R& r) {
          r.set_party("member/overseas");
          r.set_group("european");
        },
        kPrecondition, "party: its region US", "permitted regions"}});
  EXPECT_TRUE(Run(JoinGroupCommand(kAnna, OfGroup<R>("member/search", "european"))).ok());
  EXPECT_TRUE(Run(JoinGroupCommand(kAnna, OfGroup<R>("member/overseas", "ivory"))).ok())
      << "anywhere is permitted";
}

TEST_F(RegistryTest, RefusesAWrongLeaveByItsField) {
  using R = v1::LeaveGroupRequest;
  ExpectRefusals<R>(
      [this] { return OfGroup<R>("member/market", "ivory"); },
      [](const R& r) { return LeaveGroupCommand(kAnna, r); },
      {{"no request id", [](R& r) { r.clear_request_id(); }, kInvalid, "request_id: has 0",
        "must have 16"},
       {"no party", [](R& r) { r.clear_party(); }, kInvalid, "party: ", "<role>/<name>"},
       {"no group", [](R& r) { r.clear_group(); }, kInvalid, "group: ", "a-z, 0-9 and -"},
       {"somebody unknown", [](R& r) { r.set_party("member/ghost"); }, kNotFound,
        "party: not on the roster", "admit it first"},
       {"a group that is none", [](R& r) { r.set_group("rhino"); }, kNotFound, "group: no such",
        "create it first"},
       {"somebody outside", [](R& r) { r.set_party("member/search"); }, kPrecondition,
        "party: not in this sharing", ""}});
}

TEST_F(RegistryTest, AnswersARetryAsTheFirstTime) {
  const v1::AdmitRequest request = GoodAdmit();
  const auto first = Run(AdmitCommand(kAnna, request));
  ASSERT_TRUE(first.ok());
  const auto again = Run(AdmitCommand(kAnna, request));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  v1::AdmitRequest other = request;
  other.set_party("member/another");
  EXPECT_THAT(Run(AdmitCommand(kAnna, other)), FailsWith(kExists, "request_id: "));
}

// The limits of the whole coalition are asked of the decision alone: ten thousand commits would
// test the disk.
TEST_F(RegistryTest, HoldsAsManyPartiesAndGroupsAsTheLimitAndNotOneMore) {
  HubState state;
  uint64_t sequence = 0;
  const auto apply = [&](v1::EventBody body) {
    log::ParsedEvent event;
    event.header.set_sequence(++sequence);
    event.body = std::move(body);
    state.Apply(event);
  };
  const auto admit = [&](const std::string& party) {
    v1::EventBody body;
    body.mutable_member_admitted()->set_party(party);
    apply(std::move(body));
  };
  const auto create = [&](const std::string& group) {
    v1::EventBody body;
    body.mutable_group_created()->set_group(group);
    apply(std::move(body));
  };
  admit(kAnna);
  for (size_t i = 2; i < kMaxParties; ++i) admit(absl::StrCat("member/m", i));
  for (size_t i = 1; i < kMaxGroups; ++i) create(absl::StrCat("g", i));
  const Command admission = AdmitCommand(kAnna, GoodAdmit()).value();
  const Command creation = CreateGroupCommand(kAnna, "IE", GoodGroup()).value();
  EXPECT_TRUE(admission.decide(state, env_.Now()).ok());
  EXPECT_TRUE(creation.decide(state, env_.Now()).ok());
  admit("member/last");
  create("last");
  EXPECT_THAT(admission.decide(state, env_.Now()), FailsWith(kPrecondition, "10000 parties"));
  EXPECT_THAT(creation.decide(state, env_.Now()), FailsWith(kPrecondition, "1000 sharing groups"));
}

TEST_F(RegistryTest, BootstrapsACoordinatorOnce) {
  const uint64_t size = LogSize();
  EXPECT_TRUE(Run(BootstrapCommand(kAnna, "Anna again", "FR")).ok());
  EXPECT_EQ(LogSize(), size);
  ASSERT_TRUE(Run(BootstrapCommand("coordinator/ben", "Ben", "IE")).ok());
  const auto event = EventAt(size + 1);
  EXPECT_EQ(AudienceOf(*event), kEverybody);
  EXPECT_EQ(event->parsed.body.member_admitted().admitted_by(), "hub");
}

TEST_F(RegistryTest, AnnouncesATypeAgainOnlyWhereSomethingChanged) {
  v1::SignatureTypeAnnounced announcement;
  announcement.set_type(v1::URL);
  announcement.set_epoch(1);
  announcement.set_public_key(std::string(32, 'k'));
  announcement.add_rules_versions(1);
  announcement.set_maximum_life_s(1'000);
  uint64_t size = LogSize();
  ASSERT_TRUE(Run(AnnounceCommand(announcement)).ok());
  EXPECT_EQ(LogSize(), ++size);
  EXPECT_EQ(AudienceOf(*EventAt(size)), kEverybody);
  ASSERT_TRUE(Run(AnnounceCommand(announcement)).ok());
  EXPECT_EQ(LogSize(), size);
  const std::vector<std::function<void()>> changes = {
      [&] { announcement.set_epoch(2); },
      [&] { announcement.set_public_key(std::string(32, 'l')); },
      [&] { announcement.add_rules_versions(2); }, [&] { announcement.set_maximum_life_s(1'001); }};
  for (const auto& change : changes) {
    change();
    ASSERT_TRUE(Run(AnnounceCommand(announcement)).ok());
    EXPECT_EQ(LogSize(), ++size);
  }
}

}  // namespace
}  // namespace vervet::hub
