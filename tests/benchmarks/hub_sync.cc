// Sixty members that sync at once, and what the others feel of one that has stalled.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/hub_load.h"
#include "tests/support/test_certificates.h"

namespace vervet::bench {
namespace {

constexpr size_t kMembers = 60;
constexpr int kSignatures = 3;

std::string NameOf(size_t i) { return i == 0 ? kPublisher : absl::StrCat("m", i); }

absl::StatusOr<std::unique_ptr<coalition::Coalition>> Found(
    const std::string& dir, test_support::CertificateAuthority* authority) {
  coalition::CoalitionOptions options;
  options.dir = dir;
  options.name = test_support::kTestCoalition;
  options.groups = {{kEverybody, "Everybody", {}, "none: one jurisdiction"}};
  for (size_t i = 0; i < kMembers; ++i) {
    options.members.push_back(
        {NameOf(i), NameOf(i), "IE", "Example Ltd", "GDPR Art. 6(1)(f)", {kEverybody}});
  }
  options.issue = [authority](const std::string& role, const std::string& name,
                              const std::string& to) -> absl::StatusOr<coalition::TlsPaths> {
    const auto files =
        authority->Issue(role == "hub" ? test_support::HubLeaf(name)
                                       : test_support::ClientLeaf(absl::StrCat(role, "/", name)),
                         to, name);
    return coalition::TlsPaths{files.certificate_path, files.private_key_path, files.ca_path, ""};
  };
  VERVET_ASSIGN_OR_RETURN(auto coalition, coalition::Coalition::Create(std::move(options)));
  VERVET_RETURN_IF_ERROR(coalition->StartHub());
  VERVET_RETURN_IF_ERROR(coalition->AdmitAll());
  return coalition;
}

// How far the readers are. Thread-safe.
class Reached {
 public:
  void Note(size_t reader, uint64_t size) {
    MutexLock lock(mutex_);
    sizes_[reader] = std::max(sizes_[reader], size);
    changed_.NotifyAll();
  }
  absl::Status WaitForAll(size_t readers, uint64_t size) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
    MutexLock lock(mutex_);
    while (std::any_of(sizes_.begin(), sizes_.begin() + static_cast<ptrdiff_t>(readers),
                       [&](uint64_t reached) { return reached < size; })) {
      if (!changed_.WaitUntil(mutex_, deadline)) return absl::DeadlineExceededError("a reader");
    }
    return absl::OkStatus();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<uint64_t> sizes_ ABSL_GUARDED_BY(mutex_) = std::vector<uint64_t>(kMembers, 0);
};

// One stream from the log's beginning. It looks at heads alone: parsing what the others do with the
// events would have this process measured, not the hub.
class Reader final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  Reader(const std::string& address, const coalition::TlsPaths& tls, size_t number,
         Reached* reached)
      : number_(number), reached_(reached) {
    grpc::SslCredentialsOptions credentials;
    credentials.pem_root_certs = test_support::ReadFile(tls.ca);
    credentials.pem_cert_chain = test_support::ReadFile(tls.certificate);
    credentials.pem_private_key = test_support::ReadFile(tls.private_key);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, grpc::SslCredentials(credentials), arguments));
    v1::SyncRequest request;
    request.mutable_hello();
    const grpc::Slice hello(request.SerializeAsString());
    hello_ = grpc::ByteBuffer(&hello, 1);
  }

  // A stalled one says hello and takes nothing.
  void Begin(bool stalled) {
    stub_->PrepareBidiStreamingCall(&context_, "/vervet.v1.Exchange/Sync", {}, this);
    AddHold();  // until End
    StartWrite(&hello_);
    if (!stalled) StartRead(&message_);
    StartCall();
  }
  void End() {
    context_.TryCancel();
    RemoveHold();
    MutexLock lock(mutex_);
    while (!done_) changed_.Wait(mutex_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    std::vector<grpc::Slice> slices;
    (void)message_.Dump(&slices);
    constexpr uint8_t kHead = 2 << 3 | 2;  // SyncResponse.head, length-delimited
    if (!slices.empty() && slices[0].size() > 0 && *slices[0].begin() == kHead) OnHead(slices);
    StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override {
    MutexLock lock(mutex_);
    done_ = true;
    changed_.NotifyAll();
  }

 private:
  void OnHead(const std::vector<grpc::Slice>& slices) {
    std::string bytes;
    for (const grpc::Slice& slice : slices) bytes.append(slice.begin(), slice.end());
    v1::SyncResponse response;
    if (!response.ParseFromString(bytes)) return;
    // The first head comes before the backlog.
    if (heads_++ > 0) reached_->Note(number_, response.head().size());
  }

  const size_t number_;
  Reached* const reached_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer hello_, message_;
  size_t heads_ = 0;
  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// Until a reader that takes nothing has been sent all that it will hold.
constexpr absl::Duration kUntilStalled = absl::Milliseconds(200);

// The coalition, and what its members measure.
class Bench {
 public:
  absl::Status Start(const Options& options, Report* report, size_t records);

  // All members but the last at once, from the beginning.
  absl::Status Backlog(bool stalled, Samples* seconds);
  // Turns with and without the stalled one, in which `records` go to all the others.
  absl::Status Live(int turns, size_t records, Line* wall, Line* cpu);

 private:
  struct Reading {
    Reached reached;
    std::vector<std::unique_ptr<Reader>> readers;
    double begun = 0;
  };

  std::unique_ptr<Reader> NewReader(size_t i, Reached* reached) {
    return std::make_unique<Reader>(coalition_->hub().address(), coalition_->tls_of(NameOf(i)), i,
                                    reached);
  }
  absl::StatusOr<uint64_t> LogSize();
  absl::Status BeginAll(uint64_t size, Reading* reading);
  absl::Status LiveTurn(size_t records, Reached* reached, Samples* wall, Samples* cpu);
  static void EndAll(Reading& reading) {
    for (const auto& reader : reading.readers) reader->End();
  }

  test_support::CertificateAuthority authority_;
  std::unique_ptr<coalition::Coalition> coalition_;
  std::vector<std::unique_ptr<integration::RawClient>> publisher_;
  MadeUp random_{60};
};

absl::Status Bench::Start(const Options& options, Report* report, size_t records) {
  std::filesystem::create_directories(options.dir + "/coalition");
  report->Progress(absl::StrCat("founding a coalition of ", kMembers));
  VERVET_ASSIGN_OR_RETURN(coalition_, Found(options.dir + "/coalition", &authority_));
  VERVET_RETURN_IF_ERROR(coalition_->hub().Stop().status());
  VERVET_RETURN_IF_ERROR(FillStore(coalition_->hub(), records, kSignatures, 60));
  VERVET_RETURN_IF_ERROR(coalition_->StartHub());
  publisher_ = Callers(coalition_->hub().address(), coalition_->tls_of(kPublisher), 1);
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Bench::LogSize() {
  integration::RawClient coordinator(coalition_->hub().address(),
                                     coalition_->tls_of("coordinator"));
  VERVET_ASSIGN_OR_RETURN(const auto list, coordinator.List());
  return list.head().size();
}

absl::Status Bench::BeginAll(uint64_t size, Reading* reading) {
  for (size_t i = 0; i + 1 < kMembers; ++i) {
    reading->readers.push_back(NewReader(i, &reading->reached));
  }
  reading->begun = WallSeconds();
  for (const auto& reader : reading->readers) reader->Begin(false);
  return reading->reached.WaitForAll(kMembers - 1, size);
}

absl::Status Bench::Backlog(bool stalled, Samples* seconds) {
  VERVET_ASSIGN_OR_RETURN(const uint64_t size, LogSize());
  Reached nobody;
  const auto last = NewReader(kMembers - 1, &nobody);
  if (stalled) {
    last->Begin(true);
    absl::SleepFor(kUntilStalled);
  }
  Reading reading;
  const absl::Status status = BeginAll(size, &reading);
  seconds->Add(WallSeconds() - reading.begun);
  EndAll(reading);
  if (stalled) last->End();
  return status;
}

absl::Status Bench::LiveTurn(size_t records, Reached* reached, Samples* wall, Samples* cpu) {
  VERVET_ASSIGN_OR_RETURN(const uint64_t size, LogSize());
  const auto requests = MadeUpPublications(&random_, records, kSignatures);
  const int hub = coalition_->hub().process().pid();
  const double cpu_before = ChildCpuSeconds(hub);
  const double begun = WallSeconds();
  double per_second = 0;
  VERVET_RETURN_IF_ERROR(PublishAll(requests, 4, publisher_, &per_second));
  VERVET_RETURN_IF_ERROR(reached->WaitForAll(kMembers - 1, size + records));
  const double each_ms = 1e3 / static_cast<double>(records);
  wall->Add((WallSeconds() - begun) * each_ms);
  cpu->Add((ChildCpuSeconds(hub) - cpu_before) * each_ms);
  return absl::OkStatus();
}

absl::Status Bench::Live(int turns, size_t records, Line* wall, Line* cpu) {
  VERVET_ASSIGN_OR_RETURN(const uint64_t size, LogSize());
  Reading reading;
  absl::Status status = BeginAll(size, &reading);
  // Not counted: what is slow the first time.
  Samples ignored;
  if (status.ok()) status = LiveTurn(records, &reading.reached, &ignored, &ignored);
  const auto with_stalled = [&] {
    Reached nobody;
    const auto last = NewReader(kMembers - 1, &nobody);
    last->Begin(true);
    absl::SleepFor(kUntilStalled);
    const absl::Status turn = LiveTurn(records, &reading.reached, &wall->measured, &cpu->measured);
    last->End();
    return turn;
  };
  const auto without = [&] {
    absl::SleepFor(kUntilStalled);
    return LiveTurn(records, &reading.reached, &wall->floor, &cpu->floor);
  };
  if (status.ok()) status = Interleave(turns, {with_stalled, without});
  EndAll(reading);
  return status;
}

absl::Status Run(const Options& options, Report* report) {
  const size_t records = options.quick ? 1'000 : 20'000;
  const size_t live_records = options.quick ? 100 : 400;
  const int live_turns = options.rounds * 6;
  Bench bench;
  VERVET_RETURN_IF_ERROR(bench.Start(options, report, records));
  Line backlog, live, cpu;
  VERVET_RETURN_IF_ERROR(
      Interleave(options.rounds * 2, {[&] { return bench.Backlog(true, &backlog.measured); },
                                      [&] { return bench.Backlog(false, &backlog.floor); }}));
  VERVET_RETURN_IF_ERROR(bench.Live(live_turns, live_records, &live, &cpu));
  backlog.what = absl::StrCat("59 members sync ", records, " records at once, a 60th stalled");
  backlog.unit = "s";
  live.unit = cpu.unit = "ms";
  backlog.floor_is = "the same without the stalled one";
  // "No slower", on a machine whose speed is not the same from one second to the next.
  backlog.target = live.target = Target::RatioAtMost(1.05);
  backlog.note = "until the last of the 59 is level; all of them in one process beside the hub";
  live.what = "then a record live to each of the 59";
  live.note = absl::StrCat(live_turns, " turns of ", live_records, " records, 4 on their way");
  cpu.what = "the same: the hub's processor time";
  for (Line* line : {&backlog, &live, &cpu}) report->Add(std::move(*line));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-sync", "60 members sync at once, one of them stalled", Run});

}  // namespace
}  // namespace vervet::bench
