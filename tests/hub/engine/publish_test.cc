#include "hub/engine/publish.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "core/base/wire_limits.h"
#include "tests/hub/engine/engine_fixture.h"

namespace vervet::hub {
namespace {

using oprf::FailsWith;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

class PublishTest : public EngineTest {
 protected:
  int64_t In(absl::Duration from_now) { return absl::ToUnixMicros(env_.Now() + from_now); }
};

TEST_F(PublishTest, AppendsTheRecordForItsGroupsAndItsPublisher) {
  v1::PublishRequest request = GoodRequest();
  *request.add_signatures() = SignatureOf(v1::EMAIL, "someone@example.org");
  request.mutable_facts()->add_groups("ivory");
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->sequence, LogSize());
  EXPECT_EQ(outcome->record_id.size(), kRecordIdBytes);

  const auto event = EventAt(outcome->sequence);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition,ivory party=member/market");
  const auto& record = event->parsed.body.record_published();
  EXPECT_EQ(record.record_id(), outcome->record_id);
  EXPECT_EQ(record.publisher(), "member/market");
  EXPECT_EQ(record.facts().SerializeAsString(), request.facts().SerializeAsString());
  ASSERT_EQ(record.signatures_size(), 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(record.signatures(i).type(), request.signatures(i).type());
    EXPECT_EQ(record.signatures(i).epoch(), 1u);
    EXPECT_EQ(record.signatures(i).rules_version(), 1u);
    EXPECT_EQ(record.signatures(i).expires_us(), request.signatures(i).expires_us());
    // N stays with the hub.
    EXPECT_EQ(event->event.body().find(request.signatures(i).element()), std::string::npos);
  }
  const oprf::Token token = TokenOf(v1::PHONE, "+353861234567");
  EXPECT_EQ(oprf::AsBytes(record.signatures(0).token()), absl::MakeConstSpan(token.bytes()));
  state_.Read([&](const views::CoalitionState& state) {
    EXPECT_EQ(state.Match(token, env_.Now()).size(), 1u);
  });
}

TEST_F(PublishTest, GivesARetryTheFirstAnswer) {
  const v1::PublishRequest request = GoodRequest();
  const auto first = Publish("member/market", request);
  ASSERT_TRUE(first.ok()) << first.status();
  const uint64_t size = LogSize();
  env_.Advance(
      absl::Hours(48));  // the signature has expired meanwhile, and the answer is still the first
  const auto again = Publish("member/market", request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(again->record_id, first->record_id);
  EXPECT_EQ(LogSize(), size);
}

TEST_F(PublishTest, RefusesARequestIdWithAnotherBody) {
  v1::PublishRequest request = GoodRequest();
  ASSERT_TRUE(Publish("member/market", request).ok());
  const uint64_t size = LogSize();
  request.mutable_facts()->set_purpose("another purpose");
  EXPECT_THAT(Publish("member/market", request),
              FailsWith(absl::StatusCode::kAlreadyExists, "request_id: "));
  EXPECT_EQ(LogSize(), size);
  EXPECT_TRUE(Publish("member/social", request).ok()) << "another party's ids are its own";
}

struct Refusal {
  const char* what;
  std::function<void(v1::PublishRequest&)> change;
  const char* field;
  const char* remedy;
  absl::StatusCode code = kInvalid;
};

v1::RecordFacts& Facts(v1::PublishRequest& request) { return *request.mutable_facts(); }
v1::Offence& OffenceOf(v1::PublishRequest& request) { return *Facts(request).mutable_offence(); }
v1::NewSignature& First(v1::PublishRequest& request) { return *request.mutable_signatures(0); }

TEST_F(PublishTest, RefusesEachThingThatIsWrongByItsName) {
  using R = v1::PublishRequest;
  const std::string element = ElementOf(v1::PHONE, "+4930123456");
  const int64_t now = In(absl::ZeroDuration());
  const Refusal cases[] = {
      {"no request id", [](R& r) { r.clear_request_id(); }, "request_id: has 0", "must have 16"},
      {"a short request id", [](R& r) { r.set_request_id(std::string(15, 'a')); },
       "request_id: has 15", "must have 16"},
      {"a long request id", [](R& r) { r.set_request_id(std::string(17, 'a')); },
       "request_id: has 17", "must have 16"},

      {"no facts", [](R& r) { r.clear_facts(); },
       "facts.offence.activity: ", "see OffenceActivity"},
      {"no activity", [](R& r) { OffenceOf(r).clear_activity(); },
       "facts.offence.activity: ", "see OffenceActivity"},
      {"an unknown activity",
       [](R& r) { OffenceOf(r).set_activity(static_cast<v1::OffenceActivity>(99)); },
       "facts.offence.activity: ", "see OffenceActivity"},
      {"an unknown form", [](R& r) { OffenceOf(r).set_form(static_cast<v1::SpecimenForm>(99)); },
       "facts.offence.form: ", "or leave it out"},
      {"no taxon", [](R& r) { OffenceOf(r).clear_taxa(); }, "facts.offence.taxa: has 0", "1 to 32"},
      {"a taxon too many",
       [](R& r) {
         for (size_t i = 0; i < kMaxTaxaPerRecord; ++i) OffenceOf(r).add_taxa("Manis");
       },
       "facts.offence.taxa: has 33", "1 to 32"},
      {"an empty taxon", [](R& r) { OffenceOf(r).add_taxa(""); },
       "facts.offence.taxa[1]: ", "required"},
      {"a long taxon", [](R& r) { OffenceOf(r).add_taxa(std::string(kMaxTaxonBytes + 1, 'x')); },
       "facts.offence.taxa[1]: has 129", "at most 128"},
      {"a control character in a taxon", [](R& r) { OffenceOf(r).set_taxa(0, "a\nb"); },
       "facts.offence.taxa[0]: ", "plain text"},

      {"no certainty", [](R& r) { Facts(r).clear_certainty(); },
       "facts.certainty: ", "a person must confirm"},
      {"a machine's certainty", [](R& r) { Facts(r).set_certainty(v1::MACHINE); },
       "facts.certainty: ", "a person must confirm"},
      {"an unknown certainty", [](R& r) { Facts(r).set_certainty(static_cast<v1::Certainty>(99)); },
       "facts.certainty: ", "a person must confirm"},
      {"no marking", [](R& r) { Facts(r).clear_tlp(); }, "facts.tlp: ", "see Tlp"},
      {"an unknown marking", [](R& r) { Facts(r).set_tlp(static_cast<v1::Tlp>(99)); },
       "facts.tlp: ", "see Tlp"},
      {"no legal entity", [](R& r) { Facts(r).clear_legal_entity(); },
       "facts.legal_entity: ", "required"},
      {"a long legal entity",
       [](R& r) { Facts(r).set_legal_entity(std::string(kMaxFactBytes + 1, 'x')); },
       "facts.legal_entity: has 257", "at most 256"},
      {"no purpose", [](R& r) { Facts(r).clear_purpose(); }, "facts.purpose: ", "required"},
      {"a long purpose", [](R& r) { Facts(r).set_purpose(std::string(kMaxFactBytes + 1, 'x')); },
       "facts.purpose: has 257", "at most 256"},
      {"no lawful basis", [](R& r) { Facts(r).clear_lawful_basis(); },
       "facts.lawful_basis: ", "required"},
      {"a long lawful basis",
       [](R& r) { Facts(r).set_lawful_basis(std::string(kMaxFactBytes + 1, 'x')); },
       "facts.lawful_basis: has 257", "at most 256"},
      {"no decision", [](R& r) { Facts(r).clear_decision_reference(); },
       "facts.decision_reference: ", "give your own reference"},
      {"a long decision", [](R& r) { Facts(r).set_decision_reference(std::string(129, 'x')); },
       "facts.decision_reference: has 129", "at most 128"},
      {"an address as decision",
       [](R& r) { Facts(r).set_decision_reference("someone@example.org"); },
       "facts.decision_reference: ", "use a case number"},

      {"no group", [](R& r) { Facts(r).clear_groups(); }, "facts.groups: has 0", "1 to 16"},
      {"a group too many",
       [](R& r) {
         for (size_t i = 0; i < kMaxGroupsPerRecord; ++i) Facts(r).add_groups(absl::StrCat("g", i));
       },
       "facts.groups: has 17", "1 to 16"},
      {"no name of a group", [](R& r) { Facts(r).add_groups("Ivory"); },
       "facts.groups[1]: ", "a-z, 0-9 and -"},
      {"a group twice", [](R& r) { Facts(r).add_groups("coalition"); },
       "facts.groups[1]: ", "twice"},
      {"a group of others", [](R& r) { Facts(r).add_groups("rhino"); },
       "facts.groups[1]: ", "a coordinator can add it", absl::StatusCode::kPermissionDenied},

      {"no signature", [](R& r) { r.clear_signatures(); }, "signatures: is empty",
       "at least one of either"},
      {"a signature too many",
       [](R& r) {
         for (size_t i = 0; i < kMaxSignaturesPerRecord; ++i) r.add_signatures();
       },
       "signatures: has 65", "at most 64"},
      {"no type", [](R& r) { First(r).clear_type(); }, "signatures[0].type: ", "see SignatureType"},
      {"an image's type", [](R& r) { First(r).set_type(v1::IMAGE_PDQ); },
       "signatures[0].type: is IMAGE_PDQ", "give the hash in images"},
      {"an unknown type", [](R& r) { First(r).set_type(static_cast<v1::SignatureType>(99)); },
       "signatures[0].type: ", "see SignatureType"},
      {"a type that the coalition does not use", [](R& r) { First(r).set_type(v1::URL); },
       "signatures[0].type: ", "not in use in this coalition"},
      {"no element", [](R& r) { First(r).clear_element(); }, "signatures[0].element: ", "32"},
      {"a short element", [](R& r) { First(r).mutable_element()->pop_back(); },
       "signatures[0].element: ", "32"},
      {"the identity", [](R& r) { First(r).set_element(std::string(32, '\0')); },
       "signatures[0].element: ", "identity"},
      {"bit 255", [](R& r) { (*First(r).mutable_element())[31] |= static_cast<char>(0x80); },
       "signatures[0].element: ", "bit 255"},
      {"not canonical", [](R& r) { First(r).set_element(std::string(31, '\xff') + "\x7f"); },
       "signatures[0].element: ", ""},
      {"an odd encoding", [](R& r) { First(r).set_element("\x01" + std::string(31, '\0')); },
       "signatures[0].element: ", ""},
      {"the same twice", [](R& r) { *r.add_signatures() = r.signatures(0); },
       "signatures[1]: ", "the same as an earlier one"},
      {"the same with another expiry",
       [](R& r) {
         *r.add_signatures() = r.signatures(0);
         r.mutable_signatures(1)->set_expires_us(r.signatures(0).expires_us() + 1);
       },
       "signatures[1]: ", "the same as an earlier one"},
      {"no epoch", [](R& r) { First(r).clear_epoch(); },
       "signatures[0].epoch: is 0, the key in use is of epoch 1", "evaluate again"},
      {"another epoch", [](R& r) { First(r).set_epoch(2); }, "signatures[0].epoch: is 2",
       "evaluate again"},
      {"other rules", [](R& r) { First(r).set_rules_version(2); },
       "signatures[0].rules_version: is 2", "update the SDK"},
      {"no expiry", [](R& r) { First(r).clear_expires_us(); },
       "signatures[0].expires_us: ", "give a time to come"},
      {"an expiry now", [now](R& r) { First(r).set_expires_us(now); },
       "signatures[0].expires_us: ", "give a time to come"},
      {"an expiry of the distant past", [](R& r) { First(r).set_expires_us(INT64_MIN); },
       "signatures[0].expires_us: ", "give a time to come"},
      {"an expiry of the distant future", [](R& r) { First(r).set_expires_us(INT64_MAX); },
       "signatures[0].expires_us: ", "180 days from now"},
      {"the second of two signatures",
       [&](R& r) {
         *r.add_signatures() = r.signatures(0);
         r.mutable_signatures(1)->set_element(element);
         r.mutable_signatures(1)->set_expires_us(now);
       },
       "signatures[1].expires_us: ", "give a time to come"},
  };
  const uint64_t size = LogSize();
  for (const Refusal& c : cases) {
    v1::PublishRequest request = GoodRequest();
    c.change(request);
    const auto outcome = Publish("member/market", request);
    EXPECT_THAT(outcome, FailsWith(c.code, c.field)) << c.what;
    EXPECT_THAT(outcome, FailsWith(c.code, c.remedy)) << c.what;
    EXPECT_EQ(LogSize(), size) << c.what;
    // A refused id is free again: nothing of the request was stored.
    EXPECT_FALSE(request.request_id().size() == 16 &&
                 log_->FindRequest({"member/market", request.request_id(), ""})->has_value())
        << c.what;
  }
  EXPECT_TRUE(Publish("member/market", GoodRequest()).ok());
}

TEST_F(PublishTest, TakesEverythingAtItsLimitTogether) {
  v1::PublishRequest request = GoodRequest();
  v1::RecordFacts& facts = Facts(request);
  facts.mutable_offence()->clear_taxa();
  for (size_t i = 0; i < kMaxTaxaPerRecord; ++i)
    facts.mutable_offence()->add_taxa(std::string(kMaxTaxonBytes, 'x'));
  facts.set_legal_entity(std::string(kMaxFactBytes, 'x'));
  facts.set_purpose(std::string(kMaxFactBytes, 'x'));
  facts.set_lawful_basis(std::string(kMaxFactBytes, 'x'));
  facts.set_decision_reference(std::string(kMaxDecisionReferenceBytes, 'x'));
  facts.clear_groups();
  for (size_t i = 0; i < kMaxGroupsPerRecord; ++i) {
    const std::string group = absl::StrCat("limit-", i);
    ASSERT_NO_FATAL_FAILURE(CreateGroup(group));
    ASSERT_NO_FATAL_FAILURE(Join("member/market", group));
    facts.add_groups(group);
  }
  while (request.signatures_size() < static_cast<int>(kMaxSignaturesPerRecord)) {
    *request.add_signatures() =
        SignatureOf(v1::PHONE, absl::StrCat("+35386100", request.signatures_size()));
  }
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok()) << outcome.status();
  const auto event = EventAt(outcome->sequence);
  EXPECT_LT(event->event.ByteSizeLong() * 4, kMaxSyncBytesPerMessage)
      << "an event is far below a message's limit";
}

TEST_F(PublishTest, TakesALifeAtTheMaximumAndNotAMicrosecondMore) {
  v1::PublishRequest request = GoodRequest();
  First(request).set_expires_us(In(kPhoneLife));
  EXPECT_TRUE(Publish("member/market", request).ok());
  request = GoodRequest();
  First(request).set_expires_us(In(kPhoneLife) + 1);
  EXPECT_THAT(
      Publish("member/market", request),
      FailsWith(kInvalid,
                "signatures[0].expires_us: is later than the longest life of PHONE, 180 days"));
  request = GoodRequest();
  First(request).set_expires_us(In(absl::ZeroDuration()) + 1);
  EXPECT_TRUE(Publish("member/market", request).ok());
}

TEST_F(PublishTest, RefusesWhoIsNotActive) {
  ASSERT_NO_FATAL_FAILURE(Suspend("member/market"));
  const uint64_t size = LogSize();
  for (const char* party : {"member/market", "member/ghost"}) {
    EXPECT_THAT(Publish(party, GoodRequest()),
                FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
  }
  EXPECT_THAT(Publish("member/search", GoodRequest()),
              FailsWith(absl::StatusCode::kPermissionDenied, "facts.groups[0]: "));
  EXPECT_EQ(LogSize(), size);
}

// Decided in the log's order, not when the request came in.
TEST_F(PublishTest, IsRefusedBehindASuspensionOfTheSameBurst) {
  Plug plug(*appender_);
  v1::SuspendRequest suspend;
  suspend.set_request_id(NewRequestId());
  suspend.set_party("member/market");
  suspend.set_reason("a reason");
  const int before = Begin(PublishCommand("member/market", GoodRequest(), env_));
  const int suspension = Begin(SuspendCommand("coordinator/anna", suspend));
  const int after = Begin(PublishCommand("member/market", GoodRequest(), env_));
  plug.Pull();
  EXPECT_TRUE(answers_.Of(before).ok());
  EXPECT_TRUE(answers_.Of(suspension).ok());
  EXPECT_THAT(answers_.Of(after),
              FailsWith(absl::StatusCode::kPermissionDenied, "ask a coordinator"));
}

TEST_F(PublishTest, StoresTheElementsBesideTheEvent) {
  const v1::PublishRequest request = GoodRequest();
  const auto outcome = Publish("member/market", request);
  ASSERT_TRUE(outcome.ok());
  appender_.reset();
  log_.reset();
  storage::OpenOptions options;
  options.application_id = 0x56764c67;
  auto database = storage::Database::Open(folder_.File("log"), storage::TestKey(), options);
  ASSERT_TRUE(database.ok()) << database.status();
  auto select = storage::Statement::Prepare(
      **database, "SELECT ordinal, element FROM element WHERE sequence = ?");
  ASSERT_TRUE(select.ok());
  select->BindInt64(1, static_cast<int64_t>(outcome->sequence));
  ASSERT_TRUE(*select->Step());
  EXPECT_EQ(select->ColumnInt64(0), 0);
  EXPECT_EQ(select->ColumnBlobAsString(1), request.signatures(0).element());
  EXPECT_FALSE(*select->Step());
}

TEST_F(PublishTest, ExpiresARecordOnceItsLastSignatureHas) {
  v1::PublishRequest request = GoodRequest();
  request.mutable_facts()->add_groups("ivory");
  First(request).set_expires_us(In(absl::Hours(1)));
  const auto published = Publish("member/market", request);
  ASSERT_TRUE(published.ok());
  const uint64_t size = LogSize();
  EXPECT_TRUE(Run(ExpireCommand(published->record_id)).ok());
  EXPECT_TRUE(Run(ExpireCommand(IdOf(1))).ok()) << "of an unknown record";
  env_.Advance(absl::Hours(1) - absl::Microseconds(1));
  EXPECT_TRUE(Run(ExpireCommand(published->record_id)).ok());
  EXPECT_EQ(LogSize(), size) << "not before its time";
  env_.Advance(absl::Microseconds(1));
  Plug plug(*appender_);
  const int first = Begin(ExpireCommand(published->record_id));
  const int second = Begin(ExpireCommand(published->record_id));
  plug.Pull();
  EXPECT_TRUE(answers_.Of(first).ok());
  EXPECT_TRUE(answers_.Of(second).ok());
  ASSERT_EQ(LogSize(), size + 1) << "once, though asked for twice in one burst";
  const auto event = EventAt(size + 1);
  EXPECT_EQ(event->parsed.body.record_expired().record_id(), published->record_id);
  EXPECT_EQ(AudienceOf(*event), "roles= groups=coalition,ivory party=member/market");
}

}  // namespace
}  // namespace vervet::hub
