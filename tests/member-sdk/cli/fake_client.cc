#include "tests/member-sdk/cli/fake_client.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vervet::member_cli {

uint64_t FakeWorld::Pending() const {
  return std::count_if(deliveries.begin(), deliveries.end(), [](const auto& entry) {
    return entry.second.state == DeliveryState::kPending;
  });
}

absl::StatusOr<SubjectResult> FakeClient::Check(const Subject& subject,
                                                const CheckOptions& options) {
  if (!world_.check_status.ok()) return world_.check_status;
  world_.checked.push_back(subject);
  world_.check_options = options;
  SubjectResult answer;
  for (const Identifier& identifier : subject.identifiers) {
    CheckResult result;
    if (world_.without_form.count(identifier.value) > 0) {
      result.outcome = CheckOutcome::kRefused;
      result.status = absl::InvalidArgumentError(world_.refusal);
    } else if (world_.unknown.count(identifier.value) > 0) {
      result.outcome = CheckOutcome::kNotKnown;
      result.status = absl::UnavailableError("never seen before, and the hub is out of reach");
    } else if (world_.records.count(identifier.value) > 0) {
      result.outcome = CheckOutcome::kMatch;
      result.matches = {world_.records[identifier.value]};
    } else {
      result.outcome = CheckOutcome::kNoMatch;
    }
    answer.results.push_back(std::move(result));
  }
  return answer;
}

absl::StatusOr<std::vector<SubjectResult>> FakeClient::CheckBatch(
    const std::vector<Subject>& subjects, const CheckOptions& options) {
  std::vector<SubjectResult> answers;
  for (const Subject& subject : subjects) {
    absl::StatusOr<SubjectResult> answer = Check(subject, options);
    if (!answer.ok()) return answer.status();
    answers.push_back(*std::move(answer));
  }
  return answers;
}

Ticket FakeClient::Enqueue(const std::string& decision_reference) {
  const Ticket ticket{absl::StrFormat("%032x", world_.deliveries.size() + 1)};
  Delivery delivery;
  if (world_.hub_refuses.count(decision_reference) > 0) {
    delivery.state = DeliveryState::kRefused;
    delivery.status = absl::PermissionDeniedError("groups[0]: this member is not in the group");
  } else {
    delivery.record_id = absl::StrCat("0190", ticket.request_id.substr(4));
    delivery.sequence = 4710 + world_.deliveries.size() + 1;
  }
  world_.deliveries[ticket.request_id] = delivery;
  return ticket;
}

absl::StatusOr<Ticket> FakeClient::Publish(const OffenderRecord& record) {
  if (!world_.publish_status.ok()) return world_.publish_status;
  for (size_t i = 0; i < record.identifiers.size(); ++i) {
    if (world_.without_form.count(record.identifiers[i].value) == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("identifiers[", i, "]: ", world_.refusal));
  }
  world_.published.push_back(record);
  return Enqueue(record.facts.decision_reference);
}

absl::StatusOr<std::vector<absl::StatusOr<Ticket>>> FakeClient::PublishBatch(
    const std::vector<OffenderRecord>& records) {
  if (!world_.publish_status.ok() && !absl::IsInvalidArgument(world_.publish_status)) {
    return world_.publish_status;
  }
  std::vector<absl::StatusOr<Ticket>> tickets;
  for (const OffenderRecord& record : records) tickets.push_back(Publish(record));
  return tickets;
}

absl::StatusOr<Ticket> FakeClient::Retract(const std::string& record_id,
                                           const std::string& reason) {
  world_.retracted.push_back(absl::StrCat(record_id, " ", reason));
  return Enqueue("");
}

absl::StatusOr<Delivery> FakeClient::GetDelivery(const std::string& request_id) {
  return world_.deliveries.at(request_id);
}

absl::Status FakeClient::Flush(std::chrono::milliseconds timeout) {
  if (!world_.hub_reachable) {
    world_.environment.Advance(absl::FromChrono(timeout));
    if (world_.Pending() == 0) return absl::OkStatus();
    return absl::DeadlineExceededError(absl::StrCat(world_.Pending(), " left: connection refused"));
  }
  for (auto& [id, delivery] : world_.deliveries) {
    if (delivery.state == DeliveryState::kPending) delivery.state = DeliveryState::kDelivered;
  }
  return absl::OkStatus();
}

absl::Status FakeClient::WaitUntilCaughtUp(std::chrono::milliseconds timeout) {
  if (world_.on_catch_up) world_.on_catch_up(world_);
  if (!world_.catch_up_status.ok()) return world_.catch_up_status;
  if (world_.hub_reachable) return absl::OkStatus();
  world_.environment.Advance(absl::FromChrono(timeout));
  return absl::DeadlineExceededError("not caught up in time");
}

SyncState FakeClient::GetSyncState() {
  SyncState state = world_.state;
  state.connected = world_.hub_reachable && world_.options.background;
  state.caught_up = state.connected;
  if (!world_.hub_reachable) state.last_error = "hub.example:7443: connection refused";
  state.outbox_pending = world_.Pending();
  return state;
}

Match ExampleMatch(absl::Time now) {
  Match match;
  match.record_id = "0190a1b2c3d4e5f60718293a4b5c6d7e";
  match.publisher = "member/market";
  match.publisher_name = "Example Market";
  match.facts.activity = OffenceActivity::kOfferForSale;
  match.facts.form = SpecimenForm::kRawPart;
  match.facts.taxa = {"Loxodonta africana", "Manis javanica"};
  match.facts.certainty = Certainty::kExpertConfirmed;
  match.facts.tlp = Tlp::kAmberStrict;
  match.facts.legal_entity = "Example Market Ltd, Dublin";
  match.facts.purpose = "prevention of wildlife trafficking";
  match.facts.lawful_basis = "GDPR Art. 6(1)(f)";
  match.facts.decision_reference = "CASE-117";
  match.facts.groups = {"asia-desk"};
  match.signature_type = "phone";
  match.published = absl::ToChronoTime(now - absl::Hours(72));
  match.expires = absl::ToChronoTime(now + absl::Hours(24 * 177));
  return match;
}

MemberCliTest::MemberCliTest() {
  std::string pattern = (std::filesystem::path(::testing::TempDir()) / "member_cli_XXXXXX")
                            .lexically_normal()
                            .string();
  folder_ = mkdtemp(pattern.data());
  WriteFile("member.textproto", ConfigText());
}

MemberCliTest::~MemberCliTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string MemberCliTest::ConfigText() const {
  return absl::StrCat(
      "hub_target: \"hub.example:7443\"\ncoalition: \"coalition.example\"\nlog_public_key: \"",
      std::string(64, 'a'),
      "\"\ntls { certificate_path: \"m.crt\" private_key_path: \"m.key\" ca_path: \"ca.crt\" }\n"
      "vault_path: \"vault.db\"\nvault_key_path: \"vault.key\"\n"
      "legal_entity: \"Example Social Ltd\"\nlawful_basis: \"GDPR Art. 6(1)(f)\"\n"
      "default_groups: \"coalition\"\ndefault_region: \"IE\"\n");
}

std::string MemberCliTest::WriteFile(const std::string& name, const std::string& text) {
  std::ofstream(Path(name), std::ios::binary) << text;
  return Path(name);
}

int MemberCliTest::Run(std::vector<std::string> args, const std::string& input) {
  if (std::find(args.begin(), args.end(), "--config") == args.end()) {
    args.insert(args.begin(), {"--config", Path("member.textproto")});
  }
  cli::TestingStreams test(input);
  stop_ = std::make_unique<cli::StopSignal>();
  Seams seams;
  seams.environment = environment_ != nullptr ? environment_ : &world_.environment;
  seams.stop = stop_.get();
  seams.open_client = [this](ClientOptions options) -> absl::StatusOr<std::unique_ptr<Client>> {
    if (!world_.open_status.ok()) return world_.open_status;
    world_.opened = true;
    world_.options = std::move(options);
    return std::make_unique<FakeClient>(world_);
  };
  const int exit_code = RunMemberCli(args, test.streams, seams);
  out_ = test.out.str();
  err_ = test.err.str();
  return exit_code;
}

}  // namespace vervet::member_cli
