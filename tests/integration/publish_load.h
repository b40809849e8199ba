// Many publications at the same time, without the SDK, whose outbox would hold them back.
#ifndef VERVET_TESTS_INTEGRATION_PUBLISH_LOAD_H_
#define VERVET_TESTS_INTEGRATION_PUBLISH_LOAD_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/integration/raw_client.h"

namespace vervet::integration {

struct Answered {
  absl::Status status;
  absl::Duration took;  // from the call to its answer, as the caller sees it
  absl::Duration at;    // when the answer came, by Environment::Monotonic
};

// What a caller does whom the hub has refused: what the SDK does (it waits as told, and then for a
// random time that grows with each refusal), or nothing but try again.
enum class Manners { kLikeTheSdk, kComeBackAtOnce };

// Every call gets a request id of its own. Calls are spread over the connections; one connection
// carries at most net::kMaxConcurrentStreams at a time, and more wait in the caller's own process.
class PublishLoad {
 public:
  PublishLoad(std::vector<std::unique_ptr<RawClient>> connections, v1::PublishRequest request);

  // Sends `count` at once and waits for all answers.
  std::vector<Answered> Burst(size_t count);

  // Keeps `in_flight` callers busy for `duration`: each sends, waits for its answer, and sends
  // again, after a refusal as its manners are. Who would wait beyond the end does not come back.
  // All answers.
  std::vector<Answered> Run(size_t in_flight, absl::Duration duration,
                            Manners manners = Manners::kLikeTheSdk);

 private:
  std::vector<std::unique_ptr<RawClient>> connections_;
  const v1::PublishRequest request_;
};

// The value that 99% do not exceed; of at least one.
absl::Duration P99(std::vector<absl::Duration> durations);

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_PUBLISH_LOAD_H_
