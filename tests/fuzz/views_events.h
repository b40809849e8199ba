// Event histories that no honest hub writes, from few words, so that events meet.
#ifndef VERVET_TESTS_FUZZ_VIEWS_EVENTS_H_
#define VERVET_TESTS_FUZZ_VIEWS_EVENTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/log/event.h"
#include "tests/fuzz/input.h"

namespace vervet::fuzz {

// The words: among them some that are too short, too long or empty.
const std::vector<std::string>& Ids();
const std::vector<std::string>& Tokens();
const std::vector<std::string>& Parties();
const std::vector<std::string>& GroupNames();
// Alike in a few bits, and not hashes at all.
const std::vector<std::string>& Hashes();
const std::vector<std::string>& Experts();

// Borrows the input.
class Events {
 public:
  explicit Events(Input& in) : in_(in) {}

  log::ParsedEvent Next();
  int64_t time_us() const { return time_us_; }  // of the last one

 private:
  const std::string& Id() { return in_.Pick(Ids()); }
  void Fill(v1::EventBody& body);
  void FillAboutImages(uint32_t which, v1::EventBody& body);
  void Publish(v1::RecordPublished& published);
  int64_t Expiry();

  Input& in_;
  uint64_t sequence_ = 0;
  int64_t time_us_ = 1'790'000'000'000'000;
};

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_VIEWS_EVENTS_H_
