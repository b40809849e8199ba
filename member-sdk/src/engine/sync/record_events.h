// Which record an event is about.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_RECORD_EVENTS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_RECORD_EVENTS_H_

#include "absl/strings/string_view.h"
#include "vervet/v1/event.pb.h"

namespace vervet::engine {

// Empty: about none. Of all kinds that a member may see.
absl::string_view RecordIdOf(const v1::EventBody& body);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_SYNC_RECORD_EVENTS_H_
