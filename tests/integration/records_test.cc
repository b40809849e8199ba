// What becomes of a record after it was published, through the real hub: member by member, as the
// coordinators' command line shows it, and what is refused over the wire.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/wire_limits.h"
#include "core/cli/exit_codes.h"
#include "core/oprf/token.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::integration {
namespace {

using absl::StatusCode;
using coalition::CommandResult;
using coalition::Json;
using ::testing::HasSubstr;
using ::testing::Not;
using Stub = v1::Records::Stub;

constexpr absl::Duration kDeadline = absl::Seconds(15);

template <typename Request, typename Response>
absl::StatusOr<Response> Call(RawClient& caller,
                              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              const Request& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  Response response;
  const grpc::Status status = (caller.records().*method)(&context, request, &response);
  if (!status.ok()) return net::FromGrpc(status, context);
  return response;
}

// A request of any change, with what every change carries.
template <typename Request>
Request About(const std::string& record_id) {
  Request request;
  request.set_request_id(NewRequestId());
  request.set_record_id(record_id);
  return request;
}

v1::OpineRequest Dispute(const std::string& record_id) {
  auto request = About<v1::OpineRequest>(record_id);
  request.set_stance(v1::DISPUTE);
  request.set_reason("our photographs show a replica");
  return request;
}
v1::AnswerDisputesRequest Answer(const std::string& record_id) {
  auto request = About<v1::AnswerDisputesRequest>(record_id);
  request.set_answer("checked again by two reviewers");
  return request;
}
v1::RetractRequest Retraction(const std::string& record_id) {
  auto request = About<v1::RetractRequest>(record_id);
  request.set_reason("wrong person");
  return request;
}
v1::ReportSightingRequest Sighting(const std::string& record_id) {
  auto request = About<v1::ReportSightingRequest>(record_id);
  request.set_subjects(2);
  request.set_first_matched_us(absl::ToUnixMicros(absl::Now()));
  return request;
}
v1::AcknowledgeRemedyRequest Acknowledgement(const std::string& record_id, uint64_t ended) {
  auto request = About<v1::AcknowledgeRemedyRequest>(record_id);
  request.set_ended_sequence(ended);
  request.set_outcome(v1::REVERSED);
  request.set_subjects(2);
  return request;
}
v1::EraseRequest Erasure(const std::string& record_id, v1::ErasureGround ground) {
  auto request = About<v1::EraseRequest>(record_id);
  request.set_ground(ground);
  return request;
}

struct Published {
  std::string record_id;
  v1::LookupRequest lookup;  // of its one token
};

Published PublishAs(RawClient& member, const std::string& email, const std::string& group) {
  const auto request = GoodPublishRequest(member, email, group);
  EXPECT_TRUE(request.ok()) << request.status();
  if (!request.ok()) return {};
  const auto response = member.Publish(*request);
  EXPECT_TRUE(response.ok()) << response.status();
  Published published;
  if (response.ok()) published.record_id = response->record_id();
  const v1::NewSignature& signature = request->signatures(0);
  const auto element = oprf::Element::Decode(oprf::AsBytes(signature.element()));
  const oprf::Token token = oprf::DeriveToken(signature.type(), signature.epoch(), *element);
  v1::LookupToken& asked = *published.lookup.add_tokens();
  asked.set_type(signature.type());
  asked.set_epoch(signature.epoch());
  asked.set_token(reinterpret_cast<const char*>(token.bytes().data()), token.bytes().size());
  return published;
}

bool Matches(RawClient& member, const Published& published) {
  const auto response = member.Lookup(published.lookup);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() && response->results(0).records_size() > 0;
}

// Syncs as a member with a vault does, and says that it has applied the log up to `position`.
void ApplyTheLog(RawClient& member, uint64_t position) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto stream = member.exchange().Sync(&context);
  v1::SyncRequest request;
  request.mutable_hello();
  stream->Write(request);
  uint64_t read = 0;
  v1::SyncResponse response;
  while (read < position && stream->Read(&response)) {
    read += static_cast<uint64_t>(response.entries().entries_size());
  }
  EXPECT_GE(read, position);
  request.mutable_applied()->set_position(position);
  stream->Write(request);
  stream->WritesDone();
  while (stream->Read(&response)) {
  }
  stream->Finish();
}

class Records : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    CoalitionChoice choice;
    choice.members = {"market", "search", "social"};
    coalition_ = std::make_unique<TestCoalition>(choice);
  }
  static void TearDownTestSuite() { coalition_.reset(); }

  // `vervet records ...` with the coordinator's certificate, or with that of a member.
  static CommandResult Vervet(std::vector<std::string> arguments, const std::string& as = "") {
    arguments.insert(arguments.begin(), "records");
    if (!as.empty()) {
      const coalition::TlsPaths& tls = (*coalition_)->tls_of(as);
      arguments.insert(arguments.end(),
                       {"--certificate", tls.certificate, "--private-key", tls.private_key});
    }
    const auto result = (*coalition_)->RunCoordinator(std::move(arguments));
    EXPECT_TRUE(result.ok()) << result.status();
    return result.value_or(CommandResult());
  }
  static std::string Show(const Published& published, const std::string& as = "") {
    const CommandResult result = Vervet({"show", Hex(published)}, as);
    EXPECT_TRUE(result.Require().ok()) << result.Require();
    return result.output;
  }
  static Json ShowJson(const Published& published, const std::string& as = "") {
    const CommandResult result = Vervet({"show", Hex(published), "--json"}, as);
    EXPECT_TRUE(result.Require().ok()) << result.Require();
    return result.ReadJson().value_or(Json());
  }
  static std::string List(const std::string& need) {
    const CommandResult result = Vervet({"list", "--need", need});
    EXPECT_TRUE(result.Require().ok()) << result.Require();
    return result.output;
  }
  static std::string Hex(const Published& published) {
    return absl::BytesToHexString(published.record_id);
  }
  static Json RemedyOf(const Json& record, const std::string& party) {
    for (const Json& remedy : record["remedies"].elements()) {
      if (remedy["party"].text() == party) return remedy;
    }
    return Json();
  }
  // The hub reads a stream's messages when it gets to them.
  static bool ComesToBeApplied(const Published& published, const std::string& party) {
    const absl::Time until = absl::Now() + kDeadline;
    while (absl::Now() < until) {
      if (RemedyOf(ShowJson(published), party)["applied"].truth()) return true;
    }
    return false;
  }

  static std::unique_ptr<TestCoalition> coalition_;
};

std::unique_ptr<TestCoalition> Records::coalition_;

TEST_F(Records, PausesAndMatchesAgainAndShowsWhoSaidWhat) {
  RawClient market = coalition_->As("market"), social = coalition_->As("social");
  const Published published = PublishAs(market, "doubtful@example.com", kEverybody);
  EXPECT_TRUE(Matches(social, published));
  EXPECT_THAT(Show(published), HasSubstr("state         in force\n"));
  EXPECT_THAT(Show(published), HasSubstr("acted on by   Test market (member/market), "));
  EXPECT_THAT(Show(published), HasSubstr("offence       offer for sale\n"));

  // One of the two other members is more than the fifth at which a record pauses.
  const v1::OpineRequest dispute = Dispute(published.record_id);
  const absl::Time before = absl::Now();
  const auto told = Call(social, &Stub::Opine, dispute);
  ASSERT_TRUE(told.ok()) << told.status();
  // A week is the default.
  EXPECT_GE(absl::FromUnixMicros(told->answer_due_us()), before + absl::Hours(24 * 7));
  EXPECT_LE(absl::FromUnixMicros(told->answer_due_us()), absl::Now() + absl::Hours(24 * 7));
  const auto again = Call(social, &Stub::Opine, dispute);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->answer_due_us(), told->answer_due_us());
  EXPECT_EQ(again->sequence(), told->sequence());
  EXPECT_FALSE(Matches(social, published));
  EXPECT_THAT(Show(published), HasSubstr("state         paused: matches nobody"));
  EXPECT_THAT(Show(published), HasSubstr("1 dispute unanswered, answer due "));
  EXPECT_THAT(Show(published), HasSubstr("Test social (member/social)  dispute  "));
  EXPECT_THAT(Show(published), HasSubstr("our photographs show a replica"));
  EXPECT_THAT(List("open-disputes"), HasSubstr(Hex(published)));

  ASSERT_TRUE(Call(market, &Stub::AnswerDisputes, Answer(published.record_id)).ok());
  EXPECT_TRUE(Matches(social, published));
  EXPECT_THAT(Show(published), HasSubstr("state         in force\n"));
  EXPECT_THAT(Show(published), HasSubstr("checked again by two reviewers"));
  EXPECT_THAT(List("open-disputes"), Not(HasSubstr(Hex(published))));
}

TEST_F(Records, ShowsMemberByMemberWhatWasAppliedAfterARetraction) {
  RawClient market = coalition_->As("market"), search = coalition_->As("search"),
            social = coalition_->As("social");
  const Published published = PublishAs(market, "mistaken@example.com", kEverybody);
  EXPECT_TRUE(Matches(social, published)) << "a thin client: it looks up and keeps no vault";
  const auto ended = market.Retract(Retraction(published.record_id));
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_FALSE(RemedyOf(ShowJson(published), "member/search")["applied"].truth());
  ApplyTheLog(search, ended->sequence());
  EXPECT_TRUE(ComesToBeApplied(published, "member/search"));
  EXPECT_THAT(List("remedies-due"), HasSubstr(Hex(published)));
  ASSERT_TRUE(Call(search, &Stub::AcknowledgeRemedy,
                   Acknowledgement(published.record_id, ended->sequence()))
                  .ok());

  const std::string page = Show(published);
  EXPECT_THAT(page, HasSubstr(absl::StrCat("event ", ended->sequence(), ": wrong person\n")));
  EXPECT_THAT(page, HasSubstr("1 of 2 members said what they did\n"));
  EXPECT_THAT(page, HasSubstr("Test social (member/social)  last looked up "));
  const Json record = ShowJson(published);
  EXPECT_EQ(record["state"].text(), "retracted");
  const Json done = RemedyOf(record, "member/search");
  EXPECT_EQ(done["outcome"].text(), "reversed");
  EXPECT_EQ(done["subjects"].number(), 2u);
  EXPECT_NE(done["applied_at"].text(), "");
  EXPECT_NE(done["acknowledged"].text(), "");
  const Json thin = RemedyOf(record, "member/social");
  EXPECT_FALSE(thin["applied"].truth());
  EXPECT_NE(thin["last_lookup"].text(), "");
  EXPECT_EQ(thin["outcome"].text(), "");

  // The hub decides who reads it, not the command.
  EXPECT_EQ(ShowJson(published, "market")["remedies"].elements().size(), 2u);
  EXPECT_EQ(ShowJson(published, "social")["remedies"].elements().size(), 0u);
  EXPECT_THAT(Show(published, "social"), HasSubstr("acted on by   member/market, "));

  v1::AcknowledgeRemedyRequest none = Acknowledgement(published.record_id, ended->sequence());
  none.set_outcome(v1::NONE);
  none.clear_subjects();
  ASSERT_TRUE(Call(social, &Stub::AcknowledgeRemedy, none).ok());
  EXPECT_THAT(Show(published), HasSubstr("2 of 2 members said what they did\n"));
  EXPECT_THAT(List("remedies-due"), Not(HasSubstr(Hex(published))));
}

TEST_F(Records, ErasesOnACourtOrderAndStillSaysWhoWasToldOfIt) {
  RawClient market = coalition_->As("market"), social = coalition_->As("social");
  const Published published = PublishAs(market, "ordered@example.com", kEverybody);
  ASSERT_TRUE(Call(social, &Stub::ReportSighting, Sighting(published.record_id)).ok());
  const uint64_t size = coalition_->LogSize();

  const CommandResult hesitant = Vervet({"erase", Hex(published), "--ground", "court-order"});
  EXPECT_EQ(hesitant.exit_code, cli::kExitUsage);
  EXPECT_THAT(hesitant.error, HasSubstr("nothing was erased"));
  const CommandResult refused = Vervet({"erase", Hex(published), "--ground", "withdrawn", "--yes"});
  EXPECT_EQ(refused.exit_code, cli::kExitFailed);
  EXPECT_THAT(refused.error, HasSubstr("permission denied: ground: "));
  EXPECT_TRUE(Matches(social, published));
  EXPECT_EQ(coalition_->LogSize(), size);

  const CommandResult erased =
      Vervet({"erase", Hex(published), "--ground", "court-order", "--yes"});
  EXPECT_TRUE(erased.Require().ok()) << erased.Require();
  EXPECT_EQ(erased.output, absl::StrCat("erased  ", Hex(published), ", event ", size + 1));
  EXPECT_FALSE(Matches(social, published));
  const Json record = ShowJson(published);
  EXPECT_EQ(record["state"].text(), "erased");
  EXPECT_FALSE(record["facts"].has("purpose"));
  EXPECT_EQ(record["remedies"].elements().size(), 2u);
  EXPECT_THAT(Show(published), Not(HasSubstr("Manis javanica")));

  const CommandResult again = Vervet({"erase", Hex(published), "--ground", "court-order", "--yes"});
  EXPECT_EQ(again.output, erased.output) << "the first answer";
  EXPECT_EQ(coalition_->LogSize(), size + 1);
}

TEST_F(Records, RefusesWhatIsNotTheCallersToDoAndStoresNothing) {
  RawClient market = coalition_->As("market"), social = coalition_->As("social"),
            coordinator = coalition_->As("coordinator");
  const std::string open = PublishAs(market, "open@example.com", kEverybody).record_id;
  const std::string hidden = PublishAs(market, "hidden@example.com", kSubCoalition).record_id;
  const std::string ended = PublishAs(market, "ended@example.com", kEverybody).record_id;
  const auto retracted = market.Retract(Retraction(ended));
  ASSERT_TRUE(retracted.ok()) << retracted.status();
  const std::string nobodys(kRecordIdBytes, 'x');
  v1::ShowRecordRequest show_hidden;
  show_hidden.set_record_id(hidden);
  v1::ShowRecordRequest short_id;
  short_id.set_record_id("short");
  v1::OpineRequest no_stance = Dispute(open);
  no_stance.clear_stance();
  v1::OpineRequest long_reason = Dispute(open);
  long_reason.set_reason(std::string(kMaxReasonBytes + 1, 'x'));
  v1::ListRecordsRequest long_list;
  long_list.set_limit(kMaxListedRecords + 1);
  v1::AcknowledgeRemedyRequest other_end = Acknowledgement(ended, retracted->sequence() - 1);

  const auto denied = StatusCode::kPermissionDenied, missing = StatusCode::kNotFound,
             precondition = StatusCode::kFailedPrecondition, invalid = StatusCode::kInvalidArgument;
  const uint64_t size = coalition_->LogSize();
  EXPECT_THAT(Call(market, &Stub::Opine, Dispute(open)).status(),
              FailsWith(denied, "record_id: the caller's own record"));
  EXPECT_THAT(Call(social, &Stub::Opine, Dispute(hidden)).status(),
              FailsWith(missing, "record_id: no such record"));
  EXPECT_THAT(Call(social, &Stub::Opine, Dispute(nobodys)).status(),
              FailsWith(missing, "record_id: no such record"));
  EXPECT_THAT(Call(social, &Stub::Opine, Dispute(ended)).status(),
              FailsWith(precondition, "record_id: the record was retracted"));
  EXPECT_THAT(Call(social, &Stub::Opine, no_stance).status(), FailsWith(invalid, "stance: "));
  EXPECT_THAT(Call(social, &Stub::Opine, long_reason).status(),
              FailsWith(invalid, "reason: has 513 bytes; at most 512"));
  EXPECT_THAT(Call(coordinator, &Stub::Opine, Dispute(open)).status(), FailsWith(denied, "role"));
  EXPECT_THAT(Call(social, &Stub::AnswerDisputes, Answer(open)).status(),
              FailsWith(denied, "record_id: another member's record"));
  EXPECT_THAT(Call(market, &Stub::AnswerDisputes, Answer(open)).status(),
              FailsWith(precondition, "no dispute of it is waiting"));
  EXPECT_THAT(Call(social, &Stub::ReportSighting, Sighting(ended)).status(),
              FailsWith(precondition, "record_id: the record was retracted"));
  EXPECT_THAT(Call(social, &Stub::AcknowledgeRemedy, Acknowledgement(open, size)).status(),
              FailsWith(precondition, "neither retracted nor erased"));
  EXPECT_THAT(Call(social, &Stub::AcknowledgeRemedy, other_end).status(),
              FailsWith(invalid, "ended_sequence: "));
  EXPECT_THAT(Call(social, &Stub::Erase, Erasure(open, v1::SUBJECT_RIGHT)).status(),
              FailsWith(denied, "record_id: another member's record"));
  EXPECT_THAT(Call(social, &Stub::Erase, Erasure(hidden, v1::SUBJECT_RIGHT)).status(),
              FailsWith(missing, "record_id: no such record"));
  EXPECT_THAT(Call(coordinator, &Stub::Erase, Erasure(open, v1::WITHDRAWN)).status(),
              FailsWith(denied, "ground: "));
  EXPECT_THAT(Call(coordinator, &Stub::Erase, Erasure(nobodys, v1::COURT_ORDER)).status(),
              FailsWith(missing, "record_id: no such record"));
  EXPECT_THAT(Call(social, &Stub::ShowRecord, show_hidden).status(),
              FailsWith(missing, "record_id: no such record"));
  EXPECT_THAT(Call(social, &Stub::ShowRecord, short_id).status(),
              FailsWith(invalid, "record_id: has 5 bytes"));
  EXPECT_THAT(Call(social, &Stub::ListRecords, long_list).status(),
              FailsWith(invalid, "limit: is 1001; at most 1000"));
  EXPECT_EQ(coalition_->LogSize(), size);
}

TEST_F(Records, TakesARequestOnceAndItsIdForNothingElse) {
  RawClient market = coalition_->As("market"), social = coalition_->As("social");
  const std::string record_id = PublishAs(market, "once@example.com", kEverybody).record_id;
  v1::OpineRequest request = Dispute(record_id);
  const auto first = Call(social, &Stub::Opine, request);
  ASSERT_TRUE(first.ok()) << first.status();
  const uint64_t size = coalition_->LogSize();
  const auto again = Call(social, &Stub::Opine, request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->sequence(), first->sequence());
  request.set_reason("another reason");
  EXPECT_THAT(Call(social, &Stub::Opine, request).status(),
              FailsWith(StatusCode::kAlreadyExists, "request_id: "));
  EXPECT_EQ(coalition_->LogSize(), size);
}

}  // namespace
}  // namespace vervet::integration
