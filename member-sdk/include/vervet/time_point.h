// When something happened, by the hub's clock or by this machine's; each field says which.
#ifndef VERVET_TIME_POINT_H_
#define VERVET_TIME_POINT_H_

#include <chrono>

namespace vervet {

using TimePoint = std::chrono::system_clock::time_point;

}  // namespace vervet

#endif  // VERVET_TIME_POINT_H_
