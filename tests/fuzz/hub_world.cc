#include "tests/fuzz/hub_world.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/net/identity.h"
#include "core/oprf/hash.h"
#include "hub/engine/sync_feed.h"
#include "member-sdk/src/engine/sync/log_follower.h"
#include "tests/fuzz/check.h"
#include "vervet/v1/exchange.pb.h"
#include "vervet/v1/negative_list.pb.h"
#include "vervet/v1/progress.pb.h"
#include "vervet/v1/records.pb.h"
#include "vervet/v1/registry.pb.h"

namespace vervet::fuzz {
namespace {

namespace pb = google::protobuf;
using absl::StatusCode;

const Method& MethodOf(absl::string_view path) {
  for (const Method& method : UnaryMethods()) {
    if (method.path == path) return method;
  }
  Broken(__FILE__, __LINE__, absl::StrCat("there is a method ", path));
}

std::string FixedId(char number) { return std::string(15, 'w') + number; }

v1::PublishRequest Publication(char number, const std::vector<std::string>& elements,
                               absl::Time now) {
  v1::PublishRequest request;
  request.set_request_id(FixedId(number));
  v1::RecordFacts& facts = *request.mutable_facts();
  facts.mutable_offence()->set_activity(v1::OFFER_FOR_SALE);
  facts.mutable_offence()->add_taxa("Ivory");
  facts.set_certainty(v1::REVIEWER_CONFIRMED);
  facts.set_tlp(v1::TLP_AMBER);
  facts.set_legal_entity("Example Market Ltd");
  facts.set_purpose("prevention");
  facts.set_lawful_basis("law");
  facts.set_decision_reference(absl::StrCat("decision-", static_cast<int>(number)));
  facts.add_groups("coalition");
  for (const std::string& element : elements) {
    v1::NewSignature& signature = *request.add_signatures();
    signature.set_type(v1::PHONE);
    signature.set_rules_version(1);
    signature.set_epoch(1);
    signature.set_element(element);
    signature.set_expires_us(absl::ToUnixMicros(now + absl::Hours(24 * 10)));
  }
  // Each has one that another has too.
  for (const size_t i : {static_cast<size_t>(number), size_t{3}}) {
    v1::ImageSignature& image = *request.add_images();
    image.set_hash(ImageHashes()[i]);
    image.set_quality(50);
    image.set_expires_us(absl::ToUnixMicros(now + absl::Hours(24 * 12)));
  }
  return request;
}

bool IsQuery(const Method& method) {
  for (const char* name : {"/Evaluate",
                           "/Lookup",
                           "/ShowRecord",
                           "/ListRecords",
                           "/GetHead",
                           "/ProveInclusion",
                           "/ProveConsistency",
                           "/ListBudgets",
                           "/ListAlerts",
                           "/ListHarmless",
                           "/List",
                           "/GetReduction",
                           "/GetCoverage",
                           "/GetSeries",
                           "/GetDisplacement",
                           "/Plan",
                           "/ListRestatements",
                           "/ListContributions",
                           "/ListReleases",
                           "/GetDefinitions",
                           "/ListPanels",
                           "/GetProgressVersion"}) {
    if (absl::EndsWith(method.path, name)) return true;
  }
  return false;
}

}  // namespace

HubWorld::HubWorld() {
  const auto admit = [&](const std::string& party, const char* region) {
    v1::AdmitRequest request;
    request.set_request_id(FixedId(static_cast<char>(10 + hub_.log().Position().size)));
    request.set_party(party);
    request.set_display_name(party);
    request.set_region(region);
    Must("coordinator/anna", "/vervet.v1.Registry/Admit", request);
  };
  for (const std::string& party : Callers()) {
    if (party != "coordinator/anna" && party != "member/stranger" && party != "coordinator/ben") {
      admit(party, party == "member/search" ? "KH" : "IE");
    }
  }
  for (const char* group : {"coalition", "desk"}) {
    v1::CreateGroupRequest request;
    request.set_request_id(FixedId(static_cast<char>(10 + hub_.log().Position().size)));
    request.set_group(group);
    request.set_display_name(group);
    request.add_permitted_regions("IE");
    if (std::string(group) == "coalition") request.add_permitted_regions("KH");
    request.set_transfer_instrument("an agreement");
    Must("coordinator/anna", "/vervet.v1.Registry/CreateGroup", request);
  }
  for (const auto& [party, group] :
       {std::make_pair("member/market", "coalition"), std::make_pair("member/social", "coalition"),
        std::make_pair("member/search", "coalition"), std::make_pair("member/market", "desk")}) {
    v1::JoinGroupRequest request;
    request.set_request_id(FixedId(static_cast<char>(10 + hub_.log().Position().size)));
    request.set_party(party);
    request.set_group(group);
    Must("coordinator/anna", "/vervet.v1.Registry/JoinGroup", request);
  }
  const auto& elements = Ground::Get().elements();
  const absl::Time now = hub_.env().Now();
  for (char number = 0; number < 3; ++number) {
    Must("member/market", "/vervet.v1.Exchange/Publish",
         Publication(number, {elements[static_cast<size_t>(number)], elements[3]}, now));
  }
  v1::MarkHarmlessRequest mark;
  mark.set_request_id(FixedId(6));
  mark.set_hash(ImageHashes()[4]);
  mark.set_description("a stock photograph");
  Must("expert/zoology", "/vervet.v1.NegativeList/MarkHarmless", mark);
  const Known known = GetKnown();
  v1::OpineRequest dispute;
  dispute.set_request_id(FixedId(4));
  dispute.set_record_id(known.record_ids[1]);
  dispute.set_stance(v1::DISPUTE);
  dispute.set_reason("a mistake");
  Must("member/social", "/vervet.v1.Records/Opine", dispute);
  v1::RetractRequest retract;
  retract.set_request_id(FixedId(5));
  retract.set_record_id(known.record_ids[2]);
  retract.set_reason("a mistake");
  Must("member/market", "/vervet.v1.Exchange/Retract", retract);
  Measure();
}

// Definitions, a panel of both members, and a survey of the baseline by one of them.
void HubWorld::Measure() {
  v1::DefineRequest define;
  define.set_request_id(FixedId(7));
  v1::Definitions& definitions = *define.mutable_definitions();
  const auto word = [](v1::DefinedWord* one) {
    one->set_id("word");
    one->set_name("a word");
  };
  word(definitions.add_actions()->mutable_word());
  definitions.mutable_actions(0)->set_unit("unit");
  definitions.mutable_actions(0)->set_meaning(v1::ENFORCEMENT);
  word(definitions.add_detection_sources()->mutable_word());
  word(definitions.add_taxon_groups());
  word(definitions.add_surfaces());
  word(definitions.add_platform_classes());
  word(definitions.add_languages());
  definitions.add_exposure_units("unit");
  definitions.set_positive("an offer");
  definitions.set_change("the first");
  Must("coordinator/anna", "/vervet.v1.Progress/Define", define);
  v1::CreatePanelRequest create;
  create.set_request_id(FixedId(8));
  v1::Panel& panel = *create.mutable_panel();
  panel.set_panel("word");
  panel.set_title("a panel");
  panel.mutable_baseline()->set_begin(0);
  panel.mutable_baseline()->set_end(59);
  panel.set_unit("unit");
  panel.set_first_period_begin(59);  // 1 March 1970
  panel.set_period_months(1);
  panel.set_due_days(1);
  panel.set_definition_version(1);
  for (const char* party : {"member/market", "member/social"}) {
    v1::PanelMember& member = *panel.add_members();
    member.set_party(party);
    member.set_platform_class("word");
    v1::SurveyStratum& stratum = *member.add_strata();
    stratum.set_surface("word");
    stratum.set_taxon_group("word");
    stratum.set_language("word");
  }
  Must("coordinator/anna", "/vervet.v1.Progress/CreatePanel", create);
  v1::ContributeRequest contribute;
  contribute.set_request_id(FixedId(9));
  v1::SurveyContribution& survey = *contribute.add_contributions()->mutable_survey();
  *survey.mutable_days() = panel.baseline();
  *survey.mutable_stratum() = panel.members(0).strata(0);
  survey.set_exposure(1000);
  survey.set_unit("unit");
  survey.set_design(v1::SIMPLE_RANDOM);
  survey.add_samples()->set_sampled(100);
  survey.set_team("word");
  survey.set_definition_version(1);
  survey.set_revision(1);
  survey.set_signed_off_by("somebody");
  Must("member/market", "/vervet.v1.Progress/Contribute", contribute);
}

void HubWorld::Must(const std::string& caller, absl::string_view path, const pb::Message& request) {
  const auto answer = hub_.Call(caller, MethodOf(path), request);
  VERVET_FUZZ_CHECK(answer.status.ok(), absl::StrCat(path, ": ", answer.status.ToString()));
}

Known HubWorld::GetKnown() {
  const auto& events = hub_.log().events();
  for (; looked_at_ < events.size(); ++looked_at_) {
    const v1::EventBody& body = events[looked_at_]->parsed.body;
    const uint64_t sequence = looked_at_ + 1;
    if (body.has_record_published()) record_ids_.push_back(body.record_published().record_id());
    if (body.has_record_retracted() || body.has_record_erased()) ended_.push_back(sequence);
    if (body.has_alert_raised()) alerts_.push_back(sequence);
  }
  Known known;
  known.record_ids = record_ids_;
  known.record_ids.push_back(std::string(16, '\7'));
  known.ended = ended_;
  known.alerts = alerts_;
  known.now = hub_.env().Now();
  return known;
}

std::string HubWorld::Describe() {
  const Known known = GetKnown();
  return hub_.state().Read(
      [&](const hub::HubState& state) { return DescribeState(state, known.record_ids); });
}

// Evaluations are paid for, even where they come to nothing, and a budget that is spent raises an
// alert; nothing else comes of a refusal or a question.
void HubWorld::CheckUnchanged(const Method& method, uint64_t size_before) {
  const auto& events = hub_.log().events();
  const bool pays = absl::EndsWith(method.path, "/Evaluate");
  for (uint64_t at = size_before; at < events.size(); ++at) {
    const v1::EventBody& body = events[at]->parsed.body;
    VERVET_FUZZ_CHECK(pays && (body.has_budget_reserved() || body.has_alert_raised()),
                      absl::StrCat("a refusal or a question appends nothing: ", method.path));
  }
  VERVET_FUZZ_CHECK(events.size() != size_before || Describe() == described_,
                    absl::StrCat("a refusal or a question changes nothing: ", method.path));
}

absl::Status HubWorld::Call(const std::string& caller, const Method& method,
                            const pb::Message& request) {
  const hub::LogPosition before = hub_.log().Position();
  if (described_at_ != before.size) {
    described_ = Describe();
    described_at_ = before.size;
  }
  const auto first = hub_.Call(caller, method, request);
  const hub::LogPosition after = hub_.log().Position();
  if (!first.status.ok()) {
    CheckRefusal(first.status, {StatusCode::kInvalidArgument, StatusCode::kPermissionDenied,
                                StatusCode::kNotFound, StatusCode::kAlreadyExists,
                                StatusCode::kFailedPrecondition, StatusCode::kOutOfRange,
                                StatusCode::kResourceExhausted});
    VERVET_FUZZ_CHECK(first.response == nullptr, "a refusal answers nothing");
    CheckUnchanged(method, before.size);
    return first.status;
  }
  if (IsQuery(method)) {
    CheckUnchanged(method, before.size);
    return first.status;
  }
  VERVET_FUZZ_CHECK(after.size <= before.size + 2, "a request appends one event, or two");
  const auto again = hub_.Call(caller, method, request);
  // Whoever shut itself out has to be let in to ask again.
  if (absl::IsPermissionDenied(again.status)) return first.status;
  VERVET_FUZZ_CHECK(again.status.ok() && hub_.log().Position().size == after.size,
                    absl::StrCat("the same request again appends nothing: ", method.path, ": ",
                                 again.status.ToString()));
  VERVET_FUZZ_CHECK(first.response->SerializeAsString() == again.response->SerializeAsString(),
                    absl::StrCat("the same request again has the same answer: ", method.path));
  return first.status;
}

void HubWorld::CheckLog() {
  const Known known = GetKnown();
  hub::HubState folded;
  log::MerkleFrontier frontier;
  absl::Time time = absl::InfinitePast();
  for (const auto& event : hub_.log().events()) {
    VERVET_FUZZ_CHECK(event->sequence() == frontier.size() + 1, "the log has no gap");
    const absl::Time at = absl::FromUnixMicros(event->parsed.header.time_us());
    VERVET_FUZZ_CHECK(at >= time, "the log's time does not go back");
    time = at;
    if (event->erased) {
      VERVET_FUZZ_CHECK(event->event.body().empty() && event->event.random().empty(),
                        "what was erased is gone");
    } else {
      VERVET_FUZZ_CHECK(log::LeafHash(event->event) == event->leaf_hash, "a leaf is its event's");
    }
    frontier.Append(event->leaf_hash);
    folded.Apply(event->parsed);
  }
  VERVET_FUZZ_CHECK(frontier.Root() == hub_.log().Position().root, "the root is the leaves'");
  const std::string anew = DescribeState(folded, known.record_ids), live = Describe();
  VERVET_FUZZ_CHECK(anew == live, absl::StrCat("the log folded anew gives the state\n--- anew\n",
                                               anew, "--- live\n", live));
}

void HubWorld::CheckFeeds() {
  for (const std::string& party : Callers()) {
    auto caller = net::ParseParty(party);
    caller->coalition = kCoalition;
    const bool allowed = caller->role == v1::MEMBER || caller->role == v1::COORDINATOR ||
                         caller->role == v1::AUDITOR;
    if (!allowed) continue;
    hub::SyncFeed feed(
        {&hub_.log(), &hub_.state(), &hub_.heads(),
         [](const absl::Status&) { Broken(__FILE__, __LINE__, "it reads its log"); }},
        *caller, 7);
    engine::LogFollower follower(Ground::Get().keyring().log_key().public_key, kCoalition);
    const v1::SyncHello hello = follower.BeginSession();
    v1::SyncResponse message;
    bool verified = false;
    while (true) {
      const auto more = feed.Next(hello, &message);
      VERVET_FUZZ_CHECK(more.ok(), "the feed goes on");
      if (!*more) break;
      if (message.has_head()) {
        const auto level = follower.AcceptHead(message.head());
        VERVET_FUZZ_CHECK(level.ok(), "a member accepts the hub's head");
        verified = *level;
        continue;
      }
      size_t first = 0;
      engine::SyncFrame frame;
      frame.Set(message);
      engine::ReceivedBatch batch;
      const absl::Status accepted = follower.Accept(frame, &first, &batch);
      VERVET_FUZZ_CHECK(accepted.ok() && first == frame.size(),
                        "a member accepts what the hub sends");
      for (const auto& event : batch.events) {
        const auto& stored = *hub_.log().events()[event.header.sequence() - 1];
        VERVET_FUZZ_CHECK(!stored.erased, "nobody is sent what was erased");
        const bool may_see = hub_.state().Read([&](const hub::HubState& state) {
          return state.roster.MaySee(party, caller->role, stored.parsed.header.audience());
        });
        VERVET_FUZZ_CHECK(may_see, "nobody is sent what is for others");
      }
      follower.Stored(batch, false);
    }
    VERVET_FUZZ_CHECK(verified, "the last head is that of everything that was sent");
  }
}

void HubWorld::CheckBudgets() {
  std::map<std::pair<std::string, v1::SignatureType>, uint64_t> in_all;
  std::map<std::tuple<std::string, v1::SignatureType, int64_t>, uint64_t> of_day;
  std::map<std::string, uint64_t> of_grant, granted;
  const hub::BudgetPolicy& policy = hub_.budget_policy();
  for (const auto& event : hub_.log().events()) {
    const v1::EventBody& body = event->parsed.body;
    if (body.has_budget_granted()) {
      granted[body.budget_granted().grant_id()] = body.budget_granted().evaluations();
    }
    if (!body.has_budget_reserved()) continue;
    const auto& block = body.budget_reserved();
    if (!block.grant_id().empty()) {
      uint64_t& used = of_grant[block.grant_id()];
      used += block.evaluations();
      VERVET_FUZZ_CHECK(used <= granted[block.grant_id()], "a grant is used once");
      continue;
    }
    uint64_t& all = in_all[{block.party(), block.type()}];
    uint64_t& day = of_day[{block.party(), block.type(), block.day()}];
    all += block.evaluations();
    day += block.evaluations();
    VERVET_FUZZ_CHECK(all <= policy.Of(block.type()).total, "the budget in all holds");
    VERVET_FUZZ_CHECK(day <= policy.Of(block.type()).daily, "the budget of a day holds");
  }
}

}  // namespace vervet::fuzz
