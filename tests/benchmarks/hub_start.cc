// From the hub's start to its listening, on logs of growing length.
#include <cmath>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/storage/database.h"
#include "core/storage/key_source.h"
#include "core/storage/statement.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"

namespace vervet::bench {
namespace {

constexpr int kSignatures = 3;

struct Length {
  const char* name;
  size_t events;
  Samples seconds, reading;
};

// The same rows, decrypted and looked at, and nothing else.
absl::Status ReadRows(const coalition::HubProcess& hub, double* seconds) {
  VERVET_ASSIGN_OR_RETURN(const Secret<32> key, storage::ReadKey({hub.store_key_path(), {}}));
  const double begun = WallSeconds();
  storage::OpenOptions options;
  options.application_id = 0x56764c67;
  options.read_only = true;
  VERVET_ASSIGN_OR_RETURN(auto database, storage::Database::Open(hub.store_path(), key, options));
  VERVET_ASSIGN_OR_RETURN(
      auto rows, storage::Statement::Prepare(
                     *database, "SELECT sequence, header, body, random, leaf_hash FROM event"));
  size_t bytes = 0;
  while (true) {
    VERVET_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    for (int i = 1; i < 5; ++i) bytes += rows.ColumnBlob(i).size();
  }
  *seconds = WallSeconds() - begun;
  return bytes > 0 ? absl::OkStatus() : absl::InternalError("the log is empty");
}

absl::Status Measure(coalition::HubProcess& hub, const std::string& store, Length& length) {
  std::filesystem::rename(store, hub.store_path());
  double reading = 0;
  VERVET_RETURN_IF_ERROR(ReadRows(hub, &reading));
  length.reading.Add(reading);
  coalition::HubProcess::StartOptions options;
  options.timeout = absl::Minutes(10);
  const double begun = WallSeconds();
  VERVET_RETURN_IF_ERROR(hub.Start(options));
  length.seconds.Add(WallSeconds() - begun);
  VERVET_RETURN_IF_ERROR(hub.Stop(absl::Minutes(1)).status());
  std::filesystem::rename(hub.store_path(), store);
  return absl::OkStatus();
}

Samples PerEvent(const Length& length) {
  Samples us;
  for (size_t i = 0; i < length.seconds.size(); ++i) {
    us.Add(length.seconds.at(i) / static_cast<double>(length.events) * 1e6);
  }
  return us;
}

absl::Status Run(const Options& options, Report* report) {
  VERVET_ASSIGN_OR_RETURN(const auto coalition, FoundCoalition(options.dir + "/coalition"));
  coalition::HubProcess& hub = coalition->hub();
  VERVET_RETURN_IF_ERROR(hub.Stop().status());
  const size_t unit = options.quick ? 1'000 : 100'000;
  Length lengths[] = {
      {"short", unit, {}, {}}, {"middle", 3 * unit, {}, {}}, {"long", 10 * unit, {}, {}}};
  size_t filled = 0;
  for (const Length& length : lengths) {
    report->Progress(absl::StrCat("a log of ", length.events, " events"));
    VERVET_RETURN_IF_ERROR(
        FillStore(hub, length.events - filled, kSignatures, 1'000 + length.events));
    filled = length.events;
    std::filesystem::copy_file(hub.store_path(), options.dir + "/" + length.name);
  }
  std::filesystem::remove(hub.store_path());
  std::vector<std::function<absl::Status()>> sides;
  for (Length& length : lengths) {
    sides.push_back([&] { return Measure(hub, options.dir + "/" + length.name, length); });
  }
  VERVET_RETURN_IF_ERROR(Interleave(options.rounds, sides));
  Line linear;
  linear.what = absl::StrCat("hub start: time an event, ", lengths[2].events, " against ",
                             lengths[0].events, " events");
  linear.unit = "us";
  linear.measured = PerEvent(lengths[2]);
  linear.floor = PerEvent(lengths[0]);
  linear.target = Target::RatioAtMost(1.2);
  for (Length& length : lengths) {
    Line line;
    line.what = absl::StrCat("hub start, ", length.events, " events");
    line.unit = "s";
    line.measured = std::move(length.seconds);
    line.floor = std::move(length.reading);
    if (&length == &lengths[2]) {
      line.target = Target::AtMost(6);
      line.floor_is = "reading the same rows through SQLCipher on one thread, and dropping them";
      line.note = absl::StrCat("records with ", kSignatures,
                               " signatures; until the hub listens, files in the page cache");
    }
    report->Add(std::move(line));
  }
  report->Add(std::move(linear));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-start", "time until the hub listens, on logs of growing length", Run});

}  // namespace
}  // namespace vervet::bench
