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
};

// Every call gets a request id of its own. Calls are spread over the connections; one connection
// carries at most net::kMaxConcurrentStreams at a time, and more wait in the caller's own process.
class PublishLoad {
 public:
  PublishLoad(std::vector<std::unique_ptr<RawClient>> connections, v1::PublishRequest request);

  // Sends `count` at once and waits for all answers.
  std::vector<Answered> Burst(size_t count);

  // Keeps `in_flight` callers busy for `duration`: each sends, waits for its answer, and sends
  // again; one that was refused waits first for as long as the hub told it to. All answers.
  std::vector<Answered> Run(size_t in_flight, absl::Duration duration);

 private:
  std::vector<std::unique_ptr<RawClient>> connections_;
  const v1::PublishRequest request_;
};

// The value that 99% do not exceed; of at least one.
absl::Duration P99(std::vector<absl::Duration> durations);

}  // namespace vervet::integration

#endif  // VERVET_TESTS_INTEGRATION_PUBLISH_LOAD_H_
