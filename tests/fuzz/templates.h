// Requests that are right, to be spoilt: of every method of every service.
#ifndef VERVET_TESTS_FUZZ_TEMPLATES_H_
#define VERVET_TESTS_FUZZ_TEMPLATES_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_hub.h"
#include "tests/fuzz/messages.h"

namespace vervet::fuzz {

// Who calls: members that are admitted, one that is not, and everybody else.
const std::vector<std::string>& Callers();
const std::vector<std::string>& Groups();
// Of unlike pictures, but the last two, which are a bit apart.
const std::vector<std::string>& ImageHashes();

// What a request may speak of: the log so far, for ids of its records and numbers of its events.
struct Known {
  std::vector<std::string> record_ids;  // and one that nobody has
  std::vector<uint64_t> ended;          // sequence numbers of retractions and erasures
  std::vector<uint64_t> alerts;
  absl::Time now;
};

// A request of that method, made of choices from `in`, that is right as often as not.
std::unique_ptr<google::protobuf::Message> MakeRequest(Input& in, const Method& method,
                                                       const std::string& caller,
                                                       const Known& known, FuzzHub& hub);

// Values for the changes that follow.
Palette PaletteOf(const Known& known);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_TEMPLATES_H_
