// What the simulation looks for in an event.
#ifndef VERVET_TESTS_SIMULATION_EVENT_FIELDS_H_
#define VERVET_TESTS_SIMULATION_EVENT_FIELDS_H_

#include <string>

#include "vervet/v1/event.pb.h"

namespace vervet::simulation {

// The record that the event is about; empty for none.
std::string RecordIdOf(const v1::EventBody& body);
// The text or number that only the request that made this event carried; empty where it has none.
std::string MarkerOf(const v1::EventBody& body);

}  // namespace vervet::simulation

#endif  // VERVET_TESTS_SIMULATION_EVENT_FIELDS_H_
