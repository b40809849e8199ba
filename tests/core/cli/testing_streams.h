// Streams over strings, for the tests of every command line.
#ifndef VERVET_TESTS_CORE_CLI_TESTING_STREAMS_H_
#define VERVET_TESTS_CORE_CLI_TESTING_STREAMS_H_

#include <sstream>
#include <string>

#include "core/cli/streams.h"

namespace vervet::cli {

struct TestingStreams {
  explicit TestingStreams(const std::string& input = "") : in(input) {
    streams.in = &in;
    streams.out = &out;
    streams.err = &err;
  }
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  Streams streams;
};

}  // namespace vervet::cli

#endif  // VERVET_TESTS_CORE_CLI_TESTING_STREAMS_H_
