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

struct Bench {
  test_support::CertificateAuthority authority;
  std::unique_ptr<coalition::Coalition> coalition;
  std::vector<std::unique_ptr<integration::RawClient>> publisher;
  MadeUp random{60};
  size_t live = 0;
};

absl::Status Side(Bench& bench, bool stalled, Samples* backlog_s, Samples* live_s) {
  integration::RawClient coordinator(bench.coalition->hub().address(),
                                     bench.coalition->tls_of("coordinator"));
  VERVET_ASSIGN_OR_RETURN(const auto list, coordinator.List());
  const uint64_t size = list.head().size();
  Reached reached;
  std::vector<std::unique_ptr<Reader>> readers;
  for (size_t i = 0; i < kMembers; ++i) {
    readers.push_back(std::make_unique<Reader>(bench.coalition->hub().address(),
                                               bench.coalition->tls_of(NameOf(i)), i, &reached));
  }
  if (stalled) readers.back()->Begin(true);
  const double begun = WallSeconds();
  for (size_t i = 0; i + 1 < kMembers; ++i) readers[i]->Begin(false);
  absl::Status status = reached.WaitForAll(kMembers - 1, size);
  backlog_s->Add(WallSeconds() - begun);

  const auto requests = MadeUpPublications(&bench.random, bench.live, kSignatures);
  const double live_begun = WallSeconds();
  double per_second = 0;
  if (status.ok()) status = PublishAll(requests, 4, bench.publisher, &per_second);
  if (status.ok()) status = reached.WaitForAll(kMembers - 1, size + bench.live);
  live_s->Add(WallSeconds() - live_begun);
  for (size_t i = 0; i + 1 < kMembers; ++i) readers[i]->End();
  if (stalled) readers.back()->End();
  return status;
}

absl::Status Run(const Options& options, Report* report) {
  Bench bench;
  std::filesystem::create_directories(options.dir + "/coalition");
  report->Progress(absl::StrCat("founding a coalition of ", kMembers));
  VERVET_ASSIGN_OR_RETURN(bench.coalition, Found(options.dir + "/coalition", &bench.authority));
  VERVET_RETURN_IF_ERROR(bench.coalition->hub().Stop().status());
  const size_t records = options.quick ? 1'000 : 20'000;
  VERVET_RETURN_IF_ERROR(FillStore(bench.coalition->hub(), records, kSignatures, 60));
  VERVET_RETURN_IF_ERROR(bench.coalition->StartHub());
  bench.publisher =
      Callers(bench.coalition->hub().address(), bench.coalition->tls_of(kPublisher), 1);
  bench.live = options.quick ? 20 : 200;
  Line backlog, live;
  VERVET_RETURN_IF_ERROR(Interleave(
      options.rounds, {[&] { return Side(bench, true, &backlog.measured, &live.measured); },
                       [&] { return Side(bench, false, &backlog.floor, &live.floor); }}));
  backlog.what = absl::StrCat("59 members sync ", records, " records at once, a 60th stalled");
  backlog.unit = live.unit = "s";
  backlog.floor_is = "the same without the stalled one";
  // "No slower", on a machine whose speed is not the same from one second to the next.
  backlog.target = live.target = Target::RatioAtMost(1.05);
  backlog.note = "until the last of the 59 is level; all of them in one process beside the hub";
  live.what = absl::StrCat("then ", bench.live, " records live to each of the 59");
  report->Add(std::move(backlog));
  report->Add(std::move(live));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-sync", "60 members sync at once, one of them stalled", Run});

}  // namespace
}  // namespace vervet::bench
