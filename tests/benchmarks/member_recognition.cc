// From Publish on one platform to the answer "yes" on another, at the pace at which people decide
// cases.
#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/statement.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/made_up.h"
#include "vervet/client.h"

namespace vervet::bench {
namespace {

constexpr std::chrono::seconds kPatience(30);

OffenderRecord RecordOf(const std::string& email) {
  OffenderRecord record;
  record.identifiers = {{IdentifierType::kEmail, email, ""}};
  record.facts.taxa = {"Loxodonta africana"};
  record.facts.decision_reference = "case-17";
  return record;
}

std::string EmailOf(size_t i) { return absl::StrCat("trader", i, "@example.com"); }

absl::Status CheckedBefore(Client& client, size_t count) {
  std::vector<Subject> subjects;
  for (size_t i = 0; i < count; ++i) {
    Subject& subject = subjects.emplace_back();
    subject.reference = absl::StrCat("user-", i);
    subject.identifiers = {{IdentifierType::kEmail, EmailOf(i), ""}};
  }
  return client.CheckBatch(subjects).status();
}

// Milliseconds from before Publish to after the first Check that says yes.
absl::StatusOr<double> Once(Client& publisher, Client& reader, size_t i) {
  Subject subject;
  subject.identifiers = {{IdentifierType::kEmail, EmailOf(i), ""}};
  CheckOptions local;
  local.local_only = true;
  const double begin = WallSeconds();
  VERVET_RETURN_IF_ERROR(publisher.Publish(RecordOf(EmailOf(i))).status());
  while (WallSeconds() < begin + 30) {
    VERVET_ASSIGN_OR_RETURN(const SubjectResult result, reader.Check(subject, local));
    if (result.results.front().outcome == CheckOutcome::kMatch) {
      return (WallSeconds() - begin) * 1e3;
    }
    // As often as this without taking a core from those who are measured.
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return absl::DeadlineExceededError("the other member does not recognise the record");
}

// The flushes that stand between the two, one after the other, and nothing else: the publisher's
// draft, its final request, the hub's event, the reader's copy.
absl::StatusOr<double> Flushes(storage::Database& store) {
  const double begin = WallSeconds();
  VERVET_ASSIGN_OR_RETURN(
      auto insert, storage::Statement::Prepare(store, "INSERT INTO t (x) VALUES (zeroblob(500))"));
  for (int i = 0; i < 4; ++i) VERVET_RETURN_IF_ERROR(insert.Run());
  return (WallSeconds() - begin) * 1e3;
}

absl::Status Run(const Options& options, Report* report) {
  const size_t count = options.quick ? 20 : 200;
  VERVET_ASSIGN_OR_RETURN(auto coalition, FoundCoalition(options.dir + "/coalition"));
  VERVET_ASSIGN_OR_RETURN(auto publisher,
                          Client::Open(OptionsOf(*coalition, kPublisher, options.dir + "/a.db")));
  VERVET_ASSIGN_OR_RETURN(auto reader,
                          Client::Open(OptionsOf(*coalition, kReader, options.dir + "/b.db")));
  for (Client* client : {publisher.get(), reader.get()}) {
    VERVET_RETURN_IF_ERROR(client->WaitUntilCaughtUp(kPatience));
    VERVET_RETURN_IF_ERROR(CheckedBefore(*client, count));
  }
  storage::OpenOptions store_options;
  store_options.application_id = 1;
  store_options.schema_sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, x BLOB)";
  store_options.create_if_missing = true;
  VERVET_ASSIGN_OR_RETURN(
      auto store, storage::Database::Open(options.dir + "/floor.db", Secret<32>(), store_options));

  Samples all, floor;
  MadeUp random(5);
  for (size_t i = 0; i < count; ++i) {
    // Between a twentieth of a second and one and a half: connections come to rest in between.
    std::this_thread::sleep_for(
        std::chrono::milliseconds(50 + random.Number() % 450 + (i % 10 == 0 ? 1'000 : 0)));
    VERVET_ASSIGN_OR_RETURN(const double took, Once(*publisher, *reader, i));
    VERVET_ASSIGN_OR_RETURN(const double flushed, Flushes(*store));
    all.Add(took);
    floor.Add(flushed);
  }
  Line median{"Publish to another member's Check says yes, p50", "ms"};
  median.measured = all;
  median.floor = floor;
  median.floor_is = "four durable commits one after the other, on the same disk";
  median.target = Target::AtMost(15);
  median.note =
      absl::StrCat(count, " publications, 0.05 to 1.5 s apart, the identifier cached by both");
  Line last{"  p99", "ms"};
  last.measured.Add(all.Quantile(0.99));
  last.floor.Add(floor.Quantile(0.99));
  last.target = Target::AtMost(120);
  report->Add(median);
  report->Add(last);
  return absl::OkStatus();
}

const bool registered = RegisterRow(
    {"member-recognition", "Publish on one platform until Check says yes on another", Run});

}  // namespace
}  // namespace vervet::bench
