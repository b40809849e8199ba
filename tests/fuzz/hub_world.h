// A hub with a little history, and what must hold of it after every call.
#ifndef VERVET_TESTS_FUZZ_HUB_WORLD_H_
#define VERVET_TESTS_FUZZ_HUB_WORLD_H_

#include <string>
#include <vector>

#include "tests/fuzz/fuzz_hub.h"
#include "tests/fuzz/templates.h"

namespace vervet::fuzz {

// One thread.
class HubWorld {
 public:
  // Parties, two groups, and three records: one in force, one disputed, one retracted.
  HubWorld();

  // A call with its answer's properties checked: whoever is refused has changed nothing and reads
  // why; whoever is answered is answered the same again.
  absl::Status Call(const std::string& caller, const Method& method,
                    const google::protobuf::Message& request);

  // What holds at any time: the log has no gap, its times do not go back, its root is that of its
  // leaves, and folding it anew gives the state.
  void CheckLog();
  // What each party is sent of the log: all of it in order, in a form that a member's follower
  // accepts, and no event outside its audience or erased.
  void CheckFeeds();
  // No more was reserved of a budget than there is.
  void CheckBudgets();

  Known GetKnown();
  FuzzHub& hub() { return hub_; }

 private:
  std::string Describe();
  void CheckUnchanged(const Method& method, uint64_t size_before);
  void Measure();
  void Must(const std::string& caller, absl::string_view path,
            const google::protobuf::Message& request);

  FuzzHub hub_;
  std::string described_;  // the state when the log had `described_at_` events
  uint64_t described_at_ = 0;
  std::vector<std::string> record_ids_;
  std::vector<uint64_t> ended_, alerts_;
  uint64_t looked_at_ = 0;
};

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_HUB_WORLD_H_
