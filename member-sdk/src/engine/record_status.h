// From the hub's answer about a record to the public type.
#ifndef VERVET_MEMBER_SDK_SRC_ENGINE_RECORD_STATUS_H_
#define VERVET_MEMBER_SDK_SRC_ENGINE_RECORD_STATUS_H_

#include "vervet/record_status.h"
#include "vervet/v1/records.pb.h"

namespace vervet::engine {

// What this SDK does not know (a newer hub) becomes the first value of its enumeration.
RecordStatus FromProto(const v1::RecordStatus& status);

}  // namespace vervet::engine

#endif  // VERVET_MEMBER_SDK_SRC_ENGINE_RECORD_STATUS_H_
