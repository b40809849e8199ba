// What the hub's rows load it with: requests that it accepts, and callers that keep many of them on
// their way.
#ifndef VERVET_TESTS_BENCHMARKS_HUB_LOAD_H_
#define VERVET_TESTS_BENCHMARKS_HUB_LOAD_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "examples/coalition/coalition.h"
#include "tests/benchmarks/made_up.h"
#include "tests/integration/raw_client.h"

namespace vervet::bench {

// Publications for kEverybody with made-up group elements for N, and a new request id each.
std::vector<v1::PublishRequest> MadeUpPublications(MadeUp* random, size_t count, int signatures);

// `count` calls, `width` of them at a time. start(i, done) begins call i and has done(status)
// called once, from any thread. The first error, if there was one; then no more calls were begun.
//
// A callback of gRPC's lets go of its ClientContext before it calls done: the context holds the
// channel, and where a channel's last reference goes on a thread of the callbacks, gRPC 1.51 lets
// that thread wait for itself and then frees its queue twice.
absl::Status KeepInFlight(
    size_t count, size_t width,
    const std::function<void(size_t i, std::function<void(const grpc::Status&)> done)>& start);

// Publishes all, `width` at a time over as many connections as there are callers. Calls a second.
absl::Status PublishAll(const std::vector<v1::PublishRequest>& requests, size_t width,
                        const std::vector<std::unique_ptr<integration::RawClient>>& callers,
                        double* per_second);

// Keeps a server and this process, which loads it, on cores of their own while it lives, so that
// what the load costs is not taken from the server. Without a second core it does nothing. Threads
// that either starts later are bound as well.
class SeparateCores {
 public:
  explicit SeparateCores(int server_pid);
  ~SeparateCores();
  SeparateCores(const SeparateCores&) = delete;
  SeparateCores& operator=(const SeparateCores&) = delete;

  // For a line's note.
  std::string Describe() const;

 private:
  const int server_pid_;
  std::vector<int> cores_;  // of this process, before
};

// So many connections of one member.
std::vector<std::unique_ptr<integration::RawClient>> Callers(const std::string& address,
                                                             const coalition::TlsPaths& tls,
                                                             size_t connections);

}  // namespace vervet::bench

#endif  // VERVET_TESTS_BENCHMARKS_HUB_LOAD_H_
