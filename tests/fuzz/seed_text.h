// Seeds as people write them: the corpus in the repository is text.
#ifndef VERVET_TESTS_FUZZ_SEED_TEXT_H_
#define VERVET_TESTS_FUZZ_SEED_TEXT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vervet::fuzz {

// A file holds seeds, with a line "---" between them. A seed is what its lines append:
//   # a comment
//   text WORDS      the rest of the line, with the escapes of C
//   line WORDS      the same and a line feed
//   hex 00 ff       bytes
//   times 100 61    bytes, so many times
//   proto NAME      a message of that full name, serialised; its fields in the text format on the
//                   following lines, up to a line "end"
// INVALID_ARGUMENT names the line.
absl::StatusOr<std::vector<std::string>> ParseSeeds(absl::string_view text);

// Of every file below `folder` that ends in ".seed", in the order of their names. INVALID_ARGUMENT
// names file and line; NOT_FOUND where there is none.
absl::StatusOr<std::vector<std::string>> ReadSeeds(const std::string& folder);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_SEED_TEXT_H_
