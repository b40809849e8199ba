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
      result.status = world_.not_answered;
      result.retry_after = world_.retry_after;
    } else if (world_.evaluated.count(identifier.value) == 0 && world_.evaluations_left == 0) {
      result.outcome = CheckOutcome::kNotKnown;
      result.status = absl::ResourceExhaustedError("the day's evaluations are used up");
      result.retry_after = world_.retry_after;
    } else if (world_.records.count(identifier.value) > 0) {
      result.outcome = CheckOutcome::kMatch;
      result.matches = {world_.records[identifier.value]};
    } else {
      result.outcome = CheckOutcome::kNoMatch;
    }
    const bool answered =
        result.outcome == CheckOutcome::kMatch || result.outcome == CheckOutcome::kNoMatch;
    if (answered && world_.evaluated.insert(identifier.value).second &&
        world_.evaluations_left != SIZE_MAX) {
      --world_.evaluations_left;
      result.evaluated_now = true;
    }
    answer.results.push_back(std::move(result));
  }
  return answer;
}

absl::StatusOr<std::vector<SubjectResult>> FakeClient::CheckBatch(
    const std::vector<Subject>& subjects, const CheckOptions& options) {
  MutexLock lock(batch_mutex_);
  std::vector<SubjectResult> answers;
  for (const Subject& subject : subjects) {
    absl::StatusOr<SubjectResult> answer = Check(subject, options);
    if (!answer.ok()) return answer.status();
    answers.push_back(*std::move(answer));
  }
  return answers;
}

absl::StatusOr<std::vector<ImageCheckResult>> FakeClient::CheckImages(
    const std::vector<ImageToCheck>& images, const ImageCheckOptions& options) {
  if (!world_.check_status.ok()) return world_.check_status;
  world_.image_options = options;
  std::vector<ImageCheckResult> results;
  for (const ImageToCheck& image : images) {
    world_.checked_images.push_back(image);
    ImageCheckResult& result = results.emplace_back();
    result.outcome = ImageOutcome::kNoMatch;
    result.hash = image.hashes.front();
    if (result.hash->quality < kMinPublishedImageQuality)
      result.warning = "there is not much on it";
    const auto match = world_.pictures.find(result.hash->Hex());
    if (match == world_.pictures.end()) continue;
    result.outcome = ImageOutcome::kMatch;
    result.matches.push_back(match->second);
  }
  return results;
}

absl::Status FakeClient::ReleaseQuarantine(const std::string& record_id, const ImageHash& hash) {
  for (auto it = world_.quarantines.begin(); it != world_.quarantines.end(); ++it) {
    if (it->record_id != record_id || it->hash.bytes != hash.bytes) continue;
    world_.quarantines.erase(it);
    return absl::OkStatus();
  }
  return absl::NotFoundError("this picture of the record is not set aside");
}

Ticket FakeClient::Enqueue(const std::string& decision_reference) {
  const Ticket ticket{absl::StrFormat("%032x", world_.deliveries.size() + 1)};
  Delivery delivery;
  if (world_.hub_refuses.count(decision_reference) > 0) {
    delivery.state = DeliveryState::kRefused;
    delivery.status = world_.hub_refusal;
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

absl::StatusOr<Ticket> FakeClient::Say(std::string words, const std::string& record_id) {
  if (!world_.say_status.ok()) return world_.say_status;
  world_.said.push_back(std::move(words));
  const Ticket ticket = Enqueue("");
  world_.deliveries[ticket.request_id].record_id = record_id;
  return ticket;
}

absl::StatusOr<Ticket> FakeClient::Opine(const std::string& record_id, Stance stance,
                                         const std::string& reason) {
  return Say(absl::StrCat("opine ", record_id, " ", StanceName(stance), " ", reason), record_id);
}

absl::StatusOr<Ticket> FakeClient::ObjectForSubject(const std::string& record_id,
                                                    const std::string& subject_reference,
                                                    const std::string& reason) {
  const auto ticket =
      Say(absl::StrCat("object ", record_id, " ", subject_reference, " ", reason), record_id);
  if (ticket.ok()) {
    world_.deliveries[ticket->request_id].answer_due =
        absl::ToChronoTime(world_.environment.Now() + absl::Hours(30 * 24));
  }
  return ticket;
}

absl::StatusOr<Ticket> FakeClient::AnswerDisputes(const std::string& record_id,
                                                  const std::string& answer) {
  return Say(absl::StrCat("answer ", record_id, " ", answer), record_id);
}

absl::StatusOr<Ticket> FakeClient::Erase(const std::string& record_id, ErasureGround ground) {
  return Say(absl::StrCat("erase ", record_id, " ", ErasureGroundName(ground)), record_id);
}

absl::Status FakeClient::NoteAction(const std::string& record_id,
                                    const std::string& subject_reference,
                                    const std::string& action) {
  if (!world_.say_status.ok()) return world_.say_status;
  world_.said.push_back(absl::StrCat("note ", record_id, " ", subject_reference, " ", action));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OpenRemedy>> FakeClient::OpenRemedies() { return world_.remedies; }

absl::StatusOr<Ticket> FakeClient::AcknowledgeRemedy(const std::string& record_id,
                                                     RemedyOutcome outcome) {
  return Say(absl::StrCat("acknowledge ", record_id, " ", RemedyOutcomeName(outcome)), record_id);
}

absl::StatusOr<RecordStatus> FakeClient::ShowRecord(const std::string& record_id) {
  const auto found = world_.statuses.find(record_id);
  if (found == world_.statuses.end()) return absl::NotFoundError("record_id: no such record");
  return found->second;
}

absl::StatusOr<SubjectHoldings> FakeClient::ShowSubject(const Subject& subject) {
  world_.asked_about.push_back(subject);
  return world_.holdings;
}

absl::StatusOr<SubjectErasure> FakeClient::EraseSubject(const Subject& subject) {
  if (!world_.say_status.ok()) return world_.say_status;
  world_.asked_about.push_back(subject);
  world_.said.push_back(absl::StrCat("erase subject ", subject.reference));
  return world_.erasure;
}

absl::Status FakeClient::CheckContributions(const Contributions& contributions) {
  std::string problems;
  for (size_t i = 0; i < contributions.contributions.size(); ++i) {
    if (!world_.contribution_rules) break;
    const std::string problem = world_.contribution_rules(contributions.contributions[i]);
    if (problem.empty()) continue;
    absl::StrAppend(&problems, problems.empty() ? "" : ". ", "contributions[", i, "].", problem);
  }
  return problems.empty() ? absl::OkStatus() : absl::InvalidArgumentError(problems);
}

absl::StatusOr<Ticket> FakeClient::Contribute(const Contributions& contributions) {
  const absl::Status checked = CheckContributions(contributions);
  if (!checked.ok()) return checked;
  world_.contributed.push_back(contributions);
  const Ticket ticket = Enqueue("");
  Delivery& delivery = world_.deliveries[ticket.request_id];
  delivery.record_id.clear();
  if (!world_.hub_refuses_contributions.ok()) {
    delivery.state = DeliveryState::kRefused;
    delivery.status = world_.hub_refuses_contributions;
  } else if (world_.hub_reachable) {
    delivery.state = DeliveryState::kDelivered;
  }
  return ticket;
}

absl::StatusOr<Definitions> FakeClient::GetDefinitions(uint32_t version) {
  if (!world_.hub_reachable) return absl::UnavailableError("connection refused");
  return world_.definitions;
}

absl::StatusOr<Reduction> FakeClient::GetReduction(const ReductionQuery& query) {
  world_.reduction_asked = query;
  return world_.reduction;
}

absl::StatusOr<SeriesAnswer> FakeClient::GetSeries(const SeriesQuery& query) {
  world_.series_asked = query;
  return world_.series;
}

absl::StatusOr<Coverage> FakeClient::GetCoverage(const std::string& panel,
                                                 std::optional<DayRange> period) {
  return world_.coverage;
}

absl::StatusOr<std::vector<StoredContribution>> FakeClient::ListContributions(
    const ContributionQuery& query) {
  if (!world_.hub_reachable) return absl::UnavailableError("connection refused");
  return world_.stored_contributions;
}

absl::StatusOr<Delivery> FakeClient::GetDelivery(const std::string& request_id) {
  return world_.deliveries.at(request_id);
}

absl::Status FakeClient::Flush(std::chrono::milliseconds timeout) {
  if (!world_.flush_status.ok() && world_.Pending() > 0) return world_.flush_status;
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
  if (world_.hub_reachable && absl::FromChrono(timeout) >= world_.catch_up_takes) {
    return absl::OkStatus();
  }
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
  seams.wait = [this](absl::Duration wait) {
    world_.waits.push_back(wait);
    world_.environment.Advance(wait);
    if (world_.on_wait) world_.on_wait();
    return stop_->requested();
  };
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
