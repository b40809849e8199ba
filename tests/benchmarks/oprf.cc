// The oblivious PRF in this process, one thread, beside libsodium called element by element: the
// hub's half, the member's half, and both with a single element. Processor time.
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/environment.h"
#include "core/base/status_macros.h"
#include "core/oprf/curve.h"
#include "core/oprf/voprf.h"
#include "core/oprf/voprf_testing.h"
#include "tests/benchmarks/bench.h"
#include "tests/benchmarks/oprf_sodium.h"

namespace vervet::bench {
namespace {

using oprf::AsBytes;

constexpr size_t kBatch = 256;

struct Sides {
  oprf::KeyPair key;
  std::vector<std::string> inputs;

  static absl::StatusOr<Sides> Make(size_t batch) {
    VERVET_ASSIGN_OR_RETURN(auto key, oprf::GenerateKeyPair(*Environment::System()));
    Sides out{std::move(key), {}};
    for (size_t i = 0; i < batch; ++i) {
      out.inputs.push_back(absl::StrCat("an input as long as theirs, ", i));
    }
    return out;
  }
  const uint8_t* secret_key() const { return key.secret_key().RevealSecret().data(); }
  const uint8_t* public_key() const { return key.public_key().bytes().data(); }
};

// Elements a CPU second.
absl::Status Measure(size_t elements, const std::function<absl::Status()>& work, Samples* samples) {
  const double begin = ThreadCpuSeconds();
  VERVET_RETURN_IF_ERROR(work());
  samples->Add(static_cast<double>(elements) / (ThreadCpuSeconds() - begin));
  return absl::OkStatus();
}

absl::Status Different() { return absl::InternalError("it differs from libsodium"); }

// A whole exchange with each; `client` measures the member's half of it, else the hub's.
absl::Status Exchange(const Sides& sides, int times, bool client, Line* line) {
  Samples unused;
  const size_t elements = sides.inputs.size() * static_cast<size_t>(times);
  std::vector<oprf::BlindedBatch> blinded;
  std::vector<oprf::EvaluatedBatch> answers;
  std::vector<std::vector<oprf::Element>> results;
  double begin = ThreadCpuSeconds();
  for (int i = 0; i < times; ++i) {
    VERVET_ASSIGN_OR_RETURN(auto batch, oprf::BlindBatch(sides.inputs, *Environment::System()));
    blinded.push_back(std::move(batch));
  }
  double client_seconds = ThreadCpuSeconds() - begin;
  VERVET_RETURN_IF_ERROR(Measure(
      elements,
      [&] {
        for (const oprf::BlindedBatch& batch : blinded) {
          VERVET_ASSIGN_OR_RETURN(auto answer,
                                  oprf::EvaluateBatch(sides.key, AsBytes(batch.blinded_packed),
                                                      *Environment::System()));
          answers.push_back(std::move(answer));
        }
        return absl::OkStatus();
      },
      client ? &unused : &line->measured));
  begin = ThreadCpuSeconds();
  for (int i = 0; i < times; ++i) {
    VERVET_ASSIGN_OR_RETURN(
        auto elements_of,
        oprf::VerifyAndUnblindBatch(sides.key.public_key(), blinded[i],
                                    AsBytes(answers[i].evaluated_packed), answers[i].proof));
    results.push_back(std::move(elements_of));
  }
  client_seconds += ThreadCpuSeconds() - begin;
  if (client) line->measured.Add(static_cast<double>(elements) / client_seconds);
  return absl::OkStatus();
}

absl::Status SodiumExchange(const Sides& sides, int times, bool client, Line* line) {
  const size_t elements = sides.inputs.size() * static_cast<size_t>(times);
  double client_seconds = 0, server_seconds = 0;
  std::string first;
  for (int i = 0; i < times; ++i) {
    double begin = ThreadCpuSeconds();
    const SodiumClient blinded = SodiumBlind(sides.inputs);
    client_seconds += ThreadCpuSeconds() - begin;
    begin = ThreadCpuSeconds();
    const SodiumAnswer answer =
        SodiumEvaluate(sides.secret_key(), sides.public_key(), blinded.blinded);
    server_seconds += ThreadCpuSeconds() - begin;
    begin = ThreadCpuSeconds();
    first = SodiumFinish(sides.public_key(), blinded, answer);
    client_seconds += ThreadCpuSeconds() - begin;
    if (first.empty()) return absl::InternalError("libsodium's own proof does not hold");
  }
  line->floor.Add(static_cast<double>(elements) / (client ? client_seconds : server_seconds));
  // Both are N = k·H(input).
  VERVET_ASSIGN_OR_RETURN(auto batch, oprf::BlindBatch(sides.inputs, *Environment::System()));
  VERVET_ASSIGN_OR_RETURN(auto answer, oprf::EvaluateBatch(sides.key, AsBytes(batch.blinded_packed),
                                                           *Environment::System()));
  VERVET_ASSIGN_OR_RETURN(auto mine, oprf::UnblindBatch(sides.key.public_key(), batch,
                                                        AsBytes(answer.evaluated_packed)));
  const auto& bytes = mine.back().bytes();
  if (first.substr(first.size() - 32) !=
      std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())) {
    return Different();
  }
  return absl::OkStatus();
}

// Whatever the processor has; docs/performance.md says what each of them reaches.
Target Promise(bool client) { return Target::RatioAtLeast(client ? 12 : 11); }

absl::Status AddLine(const Options& options, size_t batch, bool client, Report* report) {
  VERVET_ASSIGN_OR_RETURN(const Sides sides, Sides::Make(batch));
  Line line;
  line.what = absl::StrCat(client ? "Blind, verify, unblind" : "Evaluate and prove", ", batch of ",
                           batch, ": elements a CPU second");
  line.unit = "/s";
  line.floor_is = "RFC 9497 with libsodium, one element at a time, in the same process";
  line.target = batch == 1 ? Target::RatioAtLeast(1) : Promise(client);
  line.note = absl::StrCat("here: ", std::string(oprf::BestCurve(batch).name()));
  const int floor_times = batch == 1 ? (options.quick ? 20 : 200) : (options.quick ? 1 : 8);
  const int times = batch == 1 ? floor_times : floor_times * 4;
  VERVET_RETURN_IF_ERROR(Interleave(
      options.rounds, {[&] { return Exchange(sides, times, client, &line); },
                       [&] { return SodiumExchange(sides, floor_times, client, &line); }}));
  report->Add(std::move(line));
  return absl::OkStatus();
}

absl::Status RunServer(const Options& options, Report* report) {
  return AddLine(options, kBatch, false, report);
}
absl::Status RunClient(const Options& options, Report* report) {
  return AddLine(options, kBatch, true, report);
}
absl::Status RunOne(const Options& options, Report* report) {
  VERVET_RETURN_IF_ERROR(AddLine(options, 1, false, report));
  return AddLine(options, 1, true, report);
}

const bool registered =
    RegisterRow({"oprf-server", "evaluate and prove, beside libsodium", RunServer}) &&
    RegisterRow({"oprf-client", "blind, verify and unblind, beside libsodium", RunClient}) &&
    RegisterRow({"oprf-one", "both halves with a single element", RunOne});

}  // namespace
}  // namespace vervet::bench
