// A bad network between the members and the hub: late, cut, corrupt and silent connections. Nothing
// is lost, nothing happens twice, and nobody waits beyond a deadline.
//
// VERVET_GATE_SEED says which faults come, VERVET_GATE_STORMS how long it lasts.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/environment.h"
#include "core/cli/exit_codes.h"
#include "examples/coalition/process.h"
#include "examples/coalition/store_text.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/support/tcp_gate.h"
#include "vervet/client.h"

namespace vervet::integration {
namespace {

using coalition::CommandResult;
using coalition::Process;
using std::chrono::milliseconds;
using test_support::GateFault;
using test_support::TcpGate;

// A deadline may be missed by a slow machine, not by a thread that hangs.
constexpr milliseconds kGrace(8000);
constexpr milliseconds kRpcDeadline(1500);
constexpr milliseconds kPatience(700);  // of one call in a storm
constexpr milliseconds kCalm(60'000);   // for everything, once the gate is open
constexpr absl::Duration kImportEnds = absl::Seconds(90);
constexpr int kStorms = 12;
constexpr int kRows = 60;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = otherwise;
  if (text != nullptr && !absl::SimpleAtoi(text, &value)) ADD_FAILURE() << name << " is no number";
  return value;
}

// The fault of each connection, from a seed. Most fall within the handshake and the first calls.
std::function<GateFault(uint64_t)> Storm(uint64_t seed) {
  const auto random = std::make_shared<std::mt19937_64>(seed);
  return [random](uint64_t) {
    GateFault fault;
    fault.kind = static_cast<GateFault::Kind>(1 + (*random)() % 5);
    fault.after_bytes = static_cast<size_t>(1) << (6 + (*random)() % 9);
    fault.after_bytes += (*random)() % fault.after_bytes;
    fault.delay = absl::Milliseconds(20 + (*random)() % 400);
    return fault;
  };
}

// Runs `call`, which was given `limit`, and notices where it does not come back.
template <typename F>
auto InTime(const char* what, milliseconds limit, F&& call) {
  const auto start = std::chrono::steady_clock::now();
  auto result = call();
  const auto took =
      std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  EXPECT_LT(took.count(), (limit + kGrace).count()) << what << " hung";
  return result;
}

class TcpGateTest : public ::testing::Test {
 protected:
  TcpGateTest() : coalition_({{"market", "social", "search"}, ""}) {}

  std::unique_ptr<TcpGate> NewGate() {
    auto gate = TcpGate::Start(coalition_.hub().address());
    EXPECT_TRUE(gate.ok()) << gate.status();
    return *std::move(gate);
  }

  std::unique_ptr<Client> Open(const std::string& member, const TcpGate& gate) {
    ClientOptions options;
    options.hub_target = gate.address();
    options.coalition = coalition_->options().name;
    options.log_public_key = coalition_.hub().log_public_key();
    const auto& tls = coalition_->tls_of(member);
    options.certificate_path = tls.certificate;
    options.private_key_path = tls.private_key;
    options.ca_path = tls.ca;
    options.vault_path = coalition_->vault_of(member);
    options.vault_key_path = coalition_->vault_key_of(member);
    options.legal_entity = "Test Ltd";
    options.lawful_basis = "GDPR Art. 6(1)(f)";
    options.default_groups = {kEverybody};
    options.rpc_deadline = kRpcDeadline;
    options.backoff_min = milliseconds(20);
    options.backoff_max = milliseconds(300);
    auto client = Client::Open(options);
    EXPECT_TRUE(client.ok()) << client.status();
    return client.ok() ? *std::move(client) : nullptr;
  }

  // vervet-member with a configuration that leads through the gate.
  std::unique_ptr<Process> StartImport(const std::string& member, const TcpGate& gate) {
    const std::string config = test_support::ReadFile(coalition_->member_config(member));
    const std::string path = coalition_->dir_of(member) + "/through-gate.textproto";
    EXPECT_TRUE(coalition::WriteFile(path, absl::StrReplaceAll(config, {{coalition_.hub().address(),
                                                                         gate.address()}}))
                    .ok());
    std::string csv = "decision_reference,email,offence,taxa\n";
    for (int i = 0; i < kRows; ++i) {
      absl::StrAppend(&csv, "ROW-", 1000 + i, ",row-", i, "@example.com,auction,Manis javanica\n");
    }
    const std::string rows = coalition_.path("rows.csv");
    EXPECT_TRUE(coalition::WriteFile(rows, csv, 0600).ok());
    std::vector<std::string> argv =
        coalition_->MemberArgv(member, {"import", rows, "--json", "--timeout", "80"});
    for (std::string& argument : argv) {
      if (argument == coalition_->member_config(member)) argument = path;
    }
    auto import = Process::Start({argv});
    EXPECT_TRUE(import.ok()) << import.status();
    return *std::move(import);
  }

  // How often each decision "<prefix>-<n>" stands in the hub's store. Stops the hub.
  std::map<std::string, int> DecisionsInTheLog() {
    EXPECT_TRUE(coalition_.hub().Stop().ok());
    const auto store =
        coalition::ReadWholeStore(coalition_.hub().store_path(), coalition_.hub().store_key_path());
    EXPECT_TRUE(store.ok()) << store.status();
    std::map<std::string, int> counts;
    static const std::regex kDecision("(ROW|CASE|AGAIN)-[0-9]{4}");
    for (auto it = std::sregex_iterator(store->bytes.begin(), store->bytes.end(), kDecision);
         it != std::sregex_iterator(); ++it) {
      ++counts[it->str()];
    }
    return counts;
  }

  // All of them come to the log's end. Members tell the hub of sightings on their own, so that it
  // may grow once more behind them.
  std::vector<SyncState> Level(const std::vector<Client*>& clients) {
    const auto deadline = std::chrono::steady_clock::now() + kCalm;
    while (std::chrono::steady_clock::now() < deadline) {
      std::vector<SyncState> states;
      for (Client* client : clients) {
        const absl::Status synced = client->WaitUntilCaughtUp(kCalm);
        EXPECT_TRUE(synced.ok()) << synced;
        if (!synced.ok()) return {};
      }
      for (Client* client : clients) states.push_back(client->GetSyncState());
      const uint64_t size = coalition_.LogSize();
      if (std::all_of(states.begin(), states.end(),
                      [&](const SyncState& state) { return state.position == size; })) {
        return states;
      }
    }
    ADD_FAILURE() << "the members do not come to the log's end";
    return {};
  }

  TestCoalition coalition_;
};

OffenderRecord RecordOf(int number) {
  OffenderRecord record;
  record.identifiers = {
      {IdentifierType::kEmail, absl::StrCat("person-", number, "@example.com"), ""}};
  record.facts.activity = OffenceActivity::kAuction;
  record.facts.taxa = {"Manis javanica"};
  record.facts.decision_reference = absl::StrCat("CASE-", 1000 + number);
  return record;
}

// Publishes, checks and retracts while connections break.
struct Publisher {
  Client* client;
  std::vector<std::string> publications, retractions;  // request ids
  int made = 0;

  void Work() {
    for (int i = 0; i < 3; ++i) {
      const auto ticket =
          InTime("Publish", milliseconds(0), [&] { return client->Publish(RecordOf(made)); });
      ASSERT_TRUE(ticket.ok()) << ticket.status();
      publications.push_back(ticket->request_id);
      ++made;
    }
    const auto checked = InTime("Check", kRpcDeadline, [&] {
      return client->Check(
          {absl::StrCat("user-", made),
           {{IdentifierType::kEmail, absl::StrCat("person-", made / 2, "@example.com"), ""}}});
    });
    EXPECT_TRUE(checked.ok() || !absl::IsDataLoss(checked.status())) << checked.status();
    (void)InTime("Flush", kPatience, [&] { return client->Flush(kPatience); });
    RetractOne();
  }

  // Of those whose delivery was acknowledged, one that still stands.
  void RetractOne() {
    if (publications.size() <= retractions.size()) return;
    const auto delivery = client->GetDelivery(publications[retractions.size()]);
    ASSERT_TRUE(delivery.ok()) << delivery.status();
    if (delivery->state != DeliveryState::kDelivered) return;
    const std::string reason = absl::StrCat("AGAIN-", 1000 + retractions.size());
    const auto ticket = client->Retract(delivery->record_id, reason);
    ASSERT_TRUE(ticket.ok()) << ticket.status();
    retractions.push_back(ticket->request_id);
  }
};

void ExpectDelivered(Client& client, const std::vector<std::string>& requests,
                     std::set<uint64_t>& sequences) {
  for (const std::string& request : requests) {
    const auto delivery = client.GetDelivery(request);
    ASSERT_TRUE(delivery.ok()) << delivery.status();
    EXPECT_EQ(delivery->state, DeliveryState::kDelivered) << delivery->status;
    EXPECT_TRUE(sequences.insert(delivery->sequence).second)
        << "two requests were answered with event " << delivery->sequence;
  }
}

TEST_F(TcpGateTest, LosesRepeatsAndHangsNothingInAnyStorm) {
  const uint64_t seed = FromEnvironment("VERVET_GATE_SEED", 1);
  const int storms = static_cast<int>(FromEnvironment("VERVET_GATE_STORMS", kStorms));
  SCOPED_TRACE(absl::StrCat("VERVET_GATE_SEED=", seed));
  const auto of_market = NewGate(), of_search = NewGate(), of_social = NewGate();
  uint64_t next = seed * 1000;
  for (TcpGate* gate : {of_market.get(), of_search.get(), of_social.get()}) {
    gate->Play(Storm(++next));
  }
  const auto market = Open("market", *of_market);
  const auto search = Open("search", *of_search);
  ASSERT_TRUE(market != nullptr && search != nullptr);
  const auto import = StartImport("social", *of_social);

  Publisher publisher{market.get(), {}, {}, 0};
  for (int storm = 0; storm < storms; ++storm) {
    publisher.Work();
    if (HasFatalFailure()) return;
    const absl::Status synced = InTime("WaitUntilCaughtUp", kPatience,
                                       [&] { return search->WaitUntilCaughtUp(kPatience); });
    EXPECT_TRUE(synced.ok() || absl::IsDeadlineExceeded(synced)) << synced;
    // What was only late, or silent: the next connection meets something else.
    (storm % 3 == 0 ? of_market : storm % 3 == 1 ? of_search : of_social)->Break();
  }

  for (TcpGate* gate : {of_market.get(), of_search.get(), of_social.get()}) gate->Open();
  const absl::Status flushed = market->Flush(kCalm);
  EXPECT_TRUE(flushed.ok()) << flushed;
  const auto exit_code = import->Wait(kImportEnds);
  ASSERT_TRUE(exit_code.ok()) << exit_code.status();
  EXPECT_EQ(*exit_code, cli::kExitOk) << import->Text(Process::Stream::kError);

  std::set<uint64_t> sequences;
  ExpectDelivered(*market, publisher.publications, sequences);
  ExpectDelivered(*market, publisher.retractions, sequences);
  std::set<std::string> roots;
  for (const SyncState& state : Level({market.get(), search.get()})) {
    EXPECT_EQ(state.last_error, "");
    EXPECT_EQ(state.log_report, "");
    roots.insert(state.root);
  }
  EXPECT_EQ(roots.size(), 1u);

  std::vector<uint64_t> met(6);
  for (const TcpGate* gate : {of_market.get(), of_search.get(), of_social.get()}) {
    for (size_t kind = 0; kind < met.size(); ++kind) met[kind] += gate->met()[kind];
  }
  uint64_t all = 0;
  for (const uint64_t count : met) all += count;
  EXPECT_GT(all, 5u) << "the gate was hardly in anybody's way";
  RecordProperty("faults met", absl::StrCat(all));

  market->Close();
  search->Close();
  const auto decisions = DecisionsInTheLog();
  EXPECT_EQ(decisions.size(), publisher.publications.size() + publisher.retractions.size() + kRows);
  for (const auto& [decision, count] : decisions) EXPECT_EQ(count, 1) << decision;
}

// One fault at a time, on a connection that works: what the caller is told, and that the next
// attempt goes through.
class OneFault : public TcpGateTest, public ::testing::WithParamInterface<GateFault::Kind> {};

TEST_P(OneFault, CostsOneConnectionAndNothingElse) {
  const auto gate = NewGate();
  // The first connections meet it behind the handshake and behind the first calls; later ones are
  // whole.
  gate->Play([](uint64_t number) {
    GateFault fault;
    if (number < 3) fault = {GetParam(), number * 6000, absl::Milliseconds(200)};
    return fault;
  });
  const auto market = Open("market", *gate);
  ASSERT_NE(market, nullptr);
  const auto ticket = market->Publish(RecordOf(1));
  ASSERT_TRUE(ticket.ok()) << ticket.status();
  (void)InTime("Flush", milliseconds(2000), [&] { return market->Flush(milliseconds(2000)); });
  gate->Open();
  const absl::Status flushed = market->Flush(kCalm);
  EXPECT_TRUE(flushed.ok()) << flushed;
  EXPECT_EQ(Level({market.get()}).size(), 1u);
  EXPECT_GT(gate->met()[static_cast<size_t>(GetParam())], 0u);
  market->Close();
  EXPECT_EQ(DecisionsInTheLog(), (std::map<std::string, int>{{"CASE-1001", 1}}));
}

std::string NameOf(const ::testing::TestParamInfo<GateFault::Kind>& info) {
  static const char* const kNames[] = {"None", "Delay", "Cut", "Corrupt", "Stall", "HalfClose"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Each, OneFault,
                         ::testing::Values(GateFault::Kind::kDelay, GateFault::Kind::kCut,
                                           GateFault::Kind::kCorrupt, GateFault::Kind::kStall,
                                           GateFault::Kind::kHalfClose),
                         NameOf);

}  // namespace
}  // namespace vervet::integration
