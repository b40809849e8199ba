#include "tests/benchmarks/hub_load.h"

#include <sched.h>
#include <sodium.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"

namespace vervet::bench {
namespace {

// Shared by the callbacks: a call that was cancelled may end after the loop has.
struct Flight {
  std::function<void(size_t, std::function<void(const grpc::Status&)>)> start;
  size_t count = 0;
  Mutex mutex;
  CondVar changed;
  size_t next ABSL_GUARDED_BY(mutex) = 0;
  size_t open ABSL_GUARDED_BY(mutex) = 0;
  absl::Status first_error ABSL_GUARDED_BY(mutex);
};

void StartNext(const std::shared_ptr<Flight>& flight) {
  size_t i;
  {
    MutexLock lock(flight->mutex);
    if (flight->next == flight->count || !flight->first_error.ok()) return;
    i = flight->next++;
    ++flight->open;
  }
  flight->start(i, [flight](const grpc::Status& status) {
    if (!status.ok()) {
      MutexLock lock(flight->mutex);
      flight->first_error.Update(
          absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()));
    }
    StartNext(flight);
    MutexLock lock(flight->mutex);
    --flight->open;
    flight->changed.NotifyAll();
  });
}

std::vector<int> CoresOf(int pid) {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(pid, sizeof(set), &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

// Every thread that the process has now.
void Bind(int pid, const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  std::error_code error;
  for (const auto& task :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"), error)) {
    // One that has just ended is no loss.
    (void)sched_setaffinity(std::atoi(task.path().filename().c_str()), sizeof(set), &set);
  }
}

}  // namespace

SeparateCores::SeparateCores(int server_pid) : server_pid_(server_pid), cores_(CoresOf(0)) {
  if (cores_.size() < 2) return;
  const auto half = cores_.begin() + static_cast<ptrdiff_t>(cores_.size() / 2);
  Bind(server_pid_, {cores_.begin(), half});
  Bind(getpid(), {half, cores_.end()});
}

SeparateCores::~SeparateCores() {
  if (cores_.size() < 2) return;
  Bind(server_pid_, cores_);
  Bind(getpid(), cores_);
}

std::string SeparateCores::Describe() const {
  if (cores_.size() < 2) return "hub and callers share the one core";
  const size_t of_hub = cores_.size() / 2;
  return absl::StrCat("the hub has ", of_hub, of_hub == 1 ? " core" : " cores",
                      " to itself, the callers the rest");
}

absl::Status KeepInFlight(
    size_t count, size_t width,
    const std::function<void(size_t i, std::function<void(const grpc::Status&)> done)>& start) {
  const auto flight = std::make_shared<Flight>();
  flight->start = start;
  flight->count = count;
  for (size_t i = 0; i < width; ++i) StartNext(flight);
  MutexLock lock(flight->mutex);
  while (flight->open > 0) flight->changed.Wait(flight->mutex);
  return flight->first_error;
}

std::vector<v1::PublishRequest> MadeUpPublications(MadeUp* random, size_t count, int signatures) {
  const size_t elements = count * static_cast<size_t>(signatures);
  const std::string uniform = random->Bytes(elements * 64);
  std::string packed(elements * 32, '\0');
  for (size_t i = 0; i < elements; ++i) {
    crypto_core_ristretto255_from_hash(reinterpret_cast<uint8_t*>(packed.data()) + i * 32,
                                       reinterpret_cast<const uint8_t*>(uniform.data()) + i * 64);
  }
  std::vector<v1::PublishRequest> requests;
  for (size_t i = 0; i < count; ++i) {
    v1::PublishRequest& request = requests.emplace_back();
    const v1::RecordPublished record =
        MadeUpRecord(random, "", kEverybody, signatures, absl::Now() - absl::Hours(1));
    request.set_request_id(record.record_id());
    *request.mutable_facts() = record.facts();
    for (int n = 0; n < signatures; ++n) {
      const v1::Signature& made_up = record.signatures(n);
      v1::NewSignature& signature = *request.add_signatures();
      signature.set_type(made_up.type());
      signature.set_rules_version(made_up.rules_version());
      signature.set_epoch(made_up.epoch());
      signature.set_expires_us(made_up.expires_us());
      signature.set_element(
          packed.substr((i * static_cast<size_t>(signatures) + static_cast<size_t>(n)) * 32, 32));
    }
  }
  return requests;
}

absl::Status PublishAll(const std::vector<v1::PublishRequest>& requests, size_t width,
                        const std::vector<std::unique_ptr<integration::RawClient>>& callers,
                        double* per_second) {
  struct Call {
    grpc::ClientContext context;
    v1::PublishResponse response;
  };
  const double begun = WallSeconds();
  VERVET_RETURN_IF_ERROR(KeepInFlight(
      requests.size(), width, [&](size_t i, std::function<void(const grpc::Status&)> done) {
        auto call = std::make_shared<Call>();
        callers[i % callers.size()]->exchange().async()->Publish(
            &call->context, &requests[i], &call->response,
            [call, done = std::move(done)](const grpc::Status& status) mutable {
              call.reset();
              done(status);
            });
      }));
  *per_second = static_cast<double>(requests.size()) / (WallSeconds() - begun);
  return absl::OkStatus();
}

std::vector<std::unique_ptr<integration::RawClient>> Callers(const std::string& address,
                                                             const coalition::TlsPaths& tls,
                                                             size_t connections) {
  std::vector<std::unique_ptr<integration::RawClient>> callers;
  for (size_t i = 0; i < connections; ++i) {
    callers.push_back(std::make_unique<integration::RawClient>(address, tls));
  }
  return callers;
}

}  // namespace vervet::bench
