// The hub's processor time for an evaluation with proof, TLS and gRPC included, beside the same
// arithmetic alone.
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/oprf/voprf.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/bench_coalition.h"
#include "tests/benchmarks/hub_load.h"

namespace vervet::bench {
namespace {

constexpr size_t kBatch = 256;
constexpr size_t kInFlight = 4;
constexpr size_t kVerifyEvery = 32;  // of the answers
// A daily budget is 200,000 evaluations of a type: each round takes another one.
constexpr v1::SignatureType kTypes[] = {v1::PHONE,
                                        v1::EMAIL,
                                        v1::EMAIL_ALIAS,
                                        v1::PAYMENT_ACCOUNT,
                                        v1::CRYPTO_WALLET,
                                        v1::PLATFORM_ACCOUNT,
                                        v1::URL};

struct Bench {
  std::unique_ptr<coalition::Coalition> coalition;
  std::vector<std::unique_ptr<integration::RawClient>> callers;
  std::vector<oprf::BlindedBatch> prepared;
  size_t calls = 0;  // a round
  int round = 0;
  Line line;
};

absl::Status Verify(const Bench& bench, v1::SignatureType type,
                    const std::vector<std::pair<size_t, v1::EvaluateResponse>>& answers) {
  VERVET_ASSIGN_OR_RETURN(const auto announced,
                          integration::ReadAnnouncement(*bench.callers[0], type));
  VERVET_ASSIGN_OR_RETURN(const auto public_key,
                          oprf::Element::Decode(oprf::AsBytes(announced.public_key)));
  for (const auto& [which, answer] : answers) {
    const oprf::BlindedBatch& batch = bench.prepared[which];
    VERVET_ASSIGN_OR_RETURN(const auto proof,
                            oprf::Proof::Decode(oprf::AsBytes(answer.batches(0).proof())));
    VERVET_RETURN_IF_ERROR(oprf::VerifyAndUnblindBatch(public_key, batch,
                                                       oprf::AsBytes(answer.batches(0).evaluated()),
                                                       proof)
                               .status());
  }
  return absl::OkStatus();
}

absl::Status ThroughTheHub(Bench& bench) {
  const v1::SignatureType type = kTypes[static_cast<size_t>(bench.round++) % std::size(kTypes)];
  std::vector<v1::EvaluateRequest> requests;
  for (const oprf::BlindedBatch& batch : bench.prepared) {
    v1::EvaluateBatch& out = *requests.emplace_back().add_batches();
    out.set_type(type);
    out.set_blinded(batch.blinded_packed);
    out.set_own_users(kBatch);
  }
  struct Call {
    grpc::ClientContext context;
    v1::EvaluateResponse response;
  };
  Mutex mutex;
  std::vector<std::pair<size_t, v1::EvaluateResponse>> kept;
  const int pid = bench.coalition->hub().process().pid();
  const double before = ChildCpuSeconds(pid);
  VERVET_RETURN_IF_ERROR(KeepInFlight(
      bench.calls, kInFlight, [&](size_t i, std::function<void(const grpc::Status&)> done) {
        auto call = std::make_shared<Call>();
        const size_t which = i % requests.size();
        bench.callers[i % bench.callers.size()]->exchange().async()->Evaluate(
            &call->context, &requests[which], &call->response,
            [&, call, i, which, done = std::move(done)](const grpc::Status& status) mutable {
              if (status.ok() && i % kVerifyEvery == 0) {
                MutexLock lock(mutex);
                kept.emplace_back(which, std::move(call->response));
              }
              call.reset();
              done(status);
            });
      }));
  bench.line.measured.Add(static_cast<double>(bench.calls * kBatch) /
                          (ChildCpuSeconds(pid) - before));
  return Verify(bench, type, kept);
}

absl::Status InThisProcess(Bench& bench) {
  VERVET_ASSIGN_OR_RETURN(const auto key, oprf::GenerateKeyPair(*Environment::System()));
  const size_t calls = bench.calls / 2;
  const double before = ThreadCpuSeconds();
  for (size_t i = 0; i < calls; ++i) {
    const std::string& blinded = bench.prepared[i % bench.prepared.size()].blinded_packed;
    VERVET_RETURN_IF_ERROR(
        oprf::EvaluateBatch(key, oprf::AsBytes(blinded), *Environment::System()).status());
  }
  bench.line.floor.Add(static_cast<double>(calls * kBatch) / (ThreadCpuSeconds() - before));
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Report* report) {
  Bench bench;
  VERVET_ASSIGN_OR_RETURN(bench.coalition, FoundCoalition(options.dir + "/coalition"));
  bench.callers = Callers(bench.coalition->hub().address(), bench.coalition->tls_of(kPublisher), 2);
  bench.calls = options.quick ? 16 : 256;
  for (int i = 0; i < 8; ++i) {
    std::vector<std::string> inputs;
    for (size_t n = 0; n < kBatch; ++n) inputs.push_back(absl::StrCat("input ", i, " ", n));
    VERVET_ASSIGN_OR_RETURN(auto batch, oprf::BlindBatch(inputs, *Environment::System()));
    bench.prepared.push_back(std::move(batch));
  }
  bench.line.what = "Evaluate with proof, hub and TLS, batches of 256: elements a CPU second";
  bench.line.unit = "/s";
  bench.line.floor_is = "the same batches through oprf::EvaluateBatch in this process, one thread";
  bench.line.target = Target::RatioAtLeast(0.85);
  bench.line.note = absl::StrCat("processor time of the hub's whole process; one answer of ",
                                 kVerifyEvery, " has its proof verified");
  VERVET_RETURN_IF_ERROR(Interleave(options.rounds, {[&] { return ThroughTheHub(bench); },
                                                     [&] { return InThisProcess(bench); }}));
  report->Add(std::move(bench.line));
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"hub-evaluate", "processor time of Evaluate at the hub, per element", Run});

}  // namespace
}  // namespace vervet::bench
