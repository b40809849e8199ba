// From bytes to messages of Protocol Buffers: changes of a message that is right, field by field.
#ifndef VERVET_TESTS_FUZZ_MESSAGES_H_
#define VERVET_TESTS_FUZZ_MESSAGES_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/input.h"

namespace vervet::fuzz {

// Values that mean something to whoever reads the message: what a field is set to besides anything
// at all.
struct Palette {
  std::vector<std::string> texts;
  std::vector<std::string> bytes;
  std::vector<uint64_t> numbers;
};

// Up to eight changes, each of one field anywhere in the message: cleared, set, added to, taken
// from, its enumeration set to a number that it does not have, its text to one of any length. What
// comes out could come out of the wire: texts are UTF-8. No bytes: no change.
void ChangeMessage(Input& in, const Palette& palette, google::protobuf::Message* message);

// The message as the other side gets it.
template <typename Message>
Message AsReceived(const Message& message) {
  Message received;
  received.ParseFromString(message.SerializeAsString());
  return received;
}

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_MESSAGES_H_
