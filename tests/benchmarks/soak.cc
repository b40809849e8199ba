// vervet-soak [MINUTES]: a coalition that works for half an hour, and what the hub's memory does
// meanwhile. Members check, publish, retract, sync, come and go; strangers are refused; Prometheus
// reads its page. The log grows slowly, so that what grows beside it shows.
//
// Exit status 1: something failed that should not have, or from minute 5 on (a sixth of a shorter
// run) the hub's memory grew by more than kSlackMiB and what its new events take.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/integration/coalition_fixture.h"
#include "tests/integration/publish_load.h"
#include "tests/integration/scrape.h"
#include "vervet/client.h"

namespace vervet::bench {
namespace {

using integration::RawClient;
using integration::TestCoalition;

constexpr double kSlackMiB = 8;
// A record that has ended stays in the hub's views; with its events, about so much.
constexpr double kBytesPerEvent = 4'096;

struct Reading {
  double minute = 0, hub_mib = 0, own_mib = 0, events = 0, open_files = 0;
};

integration::CoalitionChoice Choice() {
  auto choice = integration::WithHubConfig("metrics_address: \"127.0.0.1:0\"\n");
  choice.members.push_back("search");
  return choice;
}

Identifier Email(std::string address) {
  Identifier identifier;
  identifier.type = IdentifierType::kEmail;
  identifier.value = std::move(address);
  return identifier;
}

class Soak {
 public:
  explicit Soak(double minutes) : minutes_(minutes), coalition_(Choice()) {}

  absl::Status Run() {
    VERVET_ASSIGN_OR_RETURN(market_, Open("market"));
    VERVET_ASSIGN_OR_RETURN(social_, Open("social"));
    RawClient publisher = coalition_.As("market");
    absl::StatusOr<v1::PublishRequest> wrong;
    do {
      wrong =
          integration::GoodPublishRequest(publisher, "wrong@example.com", integration::kEverybody);
    } while (IsLate(wrong.status()));
    VERVET_RETURN_IF_ERROR(wrong.status());
    wrong_ = *std::move(wrong);
    wrong_.mutable_facts()->set_certainty(v1::MACHINE);  // refused for good: nothing is stored
    printf("minute   hub MiB   own MiB   log events   hub files\n");
    const double began = WallSeconds();
    for (int second = 0;; ++second) {
      const double minute = (WallSeconds() - began) / 60;
      if (readings_.empty() || minute >= readings_.back().minute + 1) Read(minute);
      if (minute >= minutes_) break;
      VERVET_RETURN_IF_ERROR(OneSecond(second));
      const double ahead = began + second + 1 - WallSeconds();
      if (ahead > 0) absl::SleepFor(absl::Seconds(ahead));
    }
    return Conclude();
  }

 private:
  absl::StatusOr<std::unique_ptr<Client>> Open(const std::string& member) {
    ClientOptions options;
    options.hub_target = coalition_.hub().address();
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
    options.default_groups = {integration::kEverybody};
    return Client::Open(std::move(options));
  }

  // On a machine that is busy with other things; members try again.
  static bool IsLate(const absl::Status& status) {
    return absl::IsDeadlineExceeded(status) || absl::IsUnavailable(status) ||
           absl::IsResourceExhausted(status);
  }
  absl::Status Noted(const absl::Status& status) {
    if (!IsLate(status)) return status;
    ++late_;
    return absl::OkStatus();
  }

  absl::Status OneSecond(int second) {
    if (!coalition_.hub().running()) {
      const std::string said = coalition_.hub().Output();
      return absl::InternalError(absl::StrCat(
          "the hub ended with ", coalition_.hub().process().Wait(absl::Seconds(1)).value_or(-1),
          ": ", said.substr(said.size() - std::min<size_t>(said.size(), 1'000))));
    }
    VERVET_RETURN_IF_ERROR(Noted(CheckSome(second)));
    if (second % 4 == 0) VERVET_RETURN_IF_ERROR(Noted(PublishOrRetract(second)));
    if (second % 5 == 0) VERVET_RETURN_IF_ERROR(Noted(ComeAndGo()));
    if (second % 10 == 0) VERVET_RETURN_IF_ERROR(Noted(RefuseSome()));
    if (second % 15 == 0) (void)integration::ScrapeHub(coalition_);
    return absl::OkStatus();
  }

  // Some that the vault knows, some that nobody ever asked for and that are not kept.
  absl::Status CheckSome(int second) {
    std::vector<Subject> known, fresh;
    for (int i = 0; i < 20; ++i) {
      const std::string user = absl::StrCat((second * 20 + i) % 2'000);
      known.push_back({"user-" + user, {Email(absl::StrCat("known-", user, "@example.com"))}});
      fresh.push_back({"", {Email(absl::StrCat("fresh-", second, "-", i, "@example.com"))}});
    }
    VERVET_RETURN_IF_ERROR(social_->CheckBatch(known).status());
    return social_->CheckBatch(fresh, {.remember = false}).status();
  }

  absl::Status PublishOrRetract(int second) {
    if (!published_.empty()) {
      VERVET_ASSIGN_OR_RETURN(const Delivery delivery, market_->GetDelivery(published_));
      if (delivery.state == DeliveryState::kPending) return absl::OkStatus();
      published_.clear();
      return market_->Retract(delivery.record_id, "soak").status();
    }
    OffenderRecord record;
    record.identifiers = {Email(absl::StrCat("known-", second % 2'000, "@example.com"))};
    record.facts.taxa = {"Manis javanica"};
    record.facts.decision_reference = absl::StrCat("CASE-", second);
    VERVET_ASSIGN_OR_RETURN(const Ticket ticket, market_->Publish(record));
    published_ = ticket.request_id;
    return absl::OkStatus();
  }

  // A member that opens its vault, catches up and leaves, with a connection of its own.
  absl::Status ComeAndGo() {
    VERVET_ASSIGN_OR_RETURN(const auto search, Open("search"));
    return search->WaitUntilCaughtUp(std::chrono::seconds(30));
  }

  // Strangers at the door, and more wrong publications than the queue takes.
  absl::Status RefuseSome() {
    if (coalition_.With(test_support::ClientLeaf("member/stranger")).List().ok()) {
      return absl::InternalError("a stranger was let in");
    }
    std::vector<std::unique_ptr<RawClient>> connections;
    for (int i = 0; i < 4; ++i) {
      connections.push_back(
          std::make_unique<RawClient>(coalition_.hub().address(), coalition_->tls_of("market")));
    }
    integration::PublishLoad load(std::move(connections), wrong_);
    for (const auto& answered : load.Burst(320)) {
      if (answered.status.ok()) return absl::InternalError("a wrong publication was let in");
    }
    return absl::OkStatus();
  }

  void Read(double minute) {
    const auto scrape = integration::ScrapeHub(coalition_);
    Reading reading;
    reading.minute = minute;
    reading.hub_mib = ResidentBytes(coalition_.hub().process().pid()) / 1048576;
    reading.own_mib = ResidentBytes() / 1048576;
    reading.events = scrape.Value("vervet_hub_log_events");
    reading.open_files = scrape.Value("process_open_fds");
    readings_.push_back(reading);
    printf("%6.1f  %8.2f  %8.2f  %11.0f  %10.0f\n", minute, reading.hub_mib, reading.own_mib,
           reading.events, reading.open_files);
    fflush(stdout);
  }

  absl::Status Conclude() const {
    const double from = std::min(5.0, minutes_ / 6);
    const Reading* first = &readings_.front();
    for (const Reading& reading : readings_) {
      if (reading.minute < from) first = &reading;
    }
    const Reading& last = readings_.back();
    const double grown = last.hub_mib - first->hub_mib;
    const double allowed = kSlackMiB + (last.events - first->events) * kBytesPerEvent / 1048576;
    printf(
        "From minute %.1f to %.1f the hub's memory grew by %.2f MiB; %.2f MiB are allowed for "
        "%.0f events and slack.\n",
        first->minute, last.minute, grown, allowed, last.events - first->events);
    printf("%d steps were late.\n", late_);
    if (grown <= allowed) return absl::OkStatus();
    return absl::InternalError("the hub's memory is not flat");
  }

  const double minutes_;
  TestCoalition coalition_;
  std::unique_ptr<Client> market_, social_;
  v1::PublishRequest wrong_;
  std::string published_;  // the ticket of the record that waits for its retraction
  int late_ = 0;
  std::vector<Reading> readings_;
};

}  // namespace
}  // namespace vervet::bench

int main(int argc, char** argv) {
  const double minutes = argc > 1 ? atof(argv[1]) : 30;
  if (argc > 2 || minutes <= 0) {
    fprintf(stderr, "usage: vervet-soak [MINUTES]\n");
    return 2;
  }
  const absl::Status status = vervet::bench::Soak(minutes).Run();
  if (status.ok()) return 0;
  fprintf(stderr, "vervet-soak: %s\n", status.ToString().c_str());
  return 1;
}
