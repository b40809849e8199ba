// Members that publish as fast as the hub answers, and remember what it acknowledged.
#ifndef VERVET_TESTS_CRASH_PUBLISHERS_H_
#define VERVET_TESTS_CRASH_PUBLISHERS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "core/base/mutex.h"
#include "tests/integration/coalition_fixture.h"

namespace vervet::crash {

struct Acknowledgement {
  std::string decision;
  std::string record_id;
  uint64_t sequence = 0;
};

// Thread-safe, but for Start and Stop.
class Publishers {
 public:
  // So many at the same time, taking turns among `members`.
  Publishers(integration::TestCoalition* coalition, std::vector<std::string> members, int count);
  ~Publishers() { Stop(); }

  // From now on they publish. A request that was not answered before is sent again first, as it
  // was; so is the last one that was acknowledged, and it must get its answer again.
  void Start();
  // Each stops at its first error after this; the hub may be dead already.
  void Stop();

  // Waits for so many more acknowledgements than there were. False: not within `timeout`.
  [[nodiscard]] bool WaitForMore(size_t count, absl::Duration timeout);

  std::vector<Acknowledgement> acknowledged();
  // Answers to a repeated request that were not the first one again, and refusals.
  std::vector<std::string> violations();

 private:
  struct Publisher {
    std::string member;
    v1::PublishRequest model;  // with a signature that the hub accepts
    std::optional<v1::PublishRequest> unanswered;
    std::optional<std::pair<v1::PublishRequest, v1::PublishResponse>> last;
    int made = 0;
    std::thread thread;
  };

  void Run(Publisher& publisher, int number);
  bool PublishNext(Publisher& publisher, int number, integration::RawClient& client);
  bool AskAgain(Publisher& publisher, integration::RawClient& client);
  // False, as the two above where the publisher is to stop. An error that a dying hub does not
  // explain is a violation.
  bool NoteEnd(const absl::Status& status);

  integration::TestCoalition* const coalition_;
  std::vector<Publisher> publishers_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Acknowledgement> acknowledged_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> violations_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace vervet::crash

#endif  // VERVET_TESTS_CRASH_PUBLISHERS_H_
