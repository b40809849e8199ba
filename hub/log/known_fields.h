// Nothing enters the log that this hub does not understand. Parts of requests are copied into
// events as they came, and Protocol Buffers copies fields that it does not know along with the
// others: past every check, of any size, to every member.
#ifndef VERVET_HUB_LOG_KNOWN_FIELDS_H_
#define VERVET_HUB_LOG_KNOWN_FIELDS_H_

#include <google/protobuf/message.h>

#include "absl/status/status.h"

namespace vervet::hub {

// INVALID_ARGUMENT, with the field's path and number, where the message or one inside it has a
// field that this program does not know.
absl::Status CheckKnownFields(const google::protobuf::Message& message);

}  // namespace vervet::hub

#endif  // VERVET_HUB_LOG_KNOWN_FIELDS_H_
