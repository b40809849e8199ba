// What a target says of its input: properties that hold for every one of them. A property that does
// not hold is a finding.
#ifndef VERVET_TESTS_FUZZ_CHECK_H_
#define VERVET_TESTS_FUZZ_CHECK_H_

#include <functional>
#include <initializer_list>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vervet::fuzz {

// Says which property is broken and ends the process.
[[noreturn]] void Broken(const char* file, int line, absl::string_view property);

#define VERVET_FUZZ_CHECK(condition, property)                                \
  do {                                                                        \
    if (!(condition)) ::vervet::fuzz::Broken(__FILE__, __LINE__, (property)); \
  } while (false)

// Of every refusal: one of `codes`; a message for people, in UTF-8, without control characters
// (line breaks only where `lines`), that fits into a trailer.
void CheckRefusal(const absl::Status& status, std::initializer_list<absl::StatusCode> codes,
                  bool lines = false);

// No part of `raw` of six bytes or more stands in a refusal because it stands in `raw`. Where one
// is found (a word of our own may be typed by anybody), `again` is asked about the same text with
// that part changed: where the change shows in its refusal, the message was made from the text.
void CheckNoEcho(absl::string_view raw, const absl::Status& status,
                 const std::function<absl::Status(absl::string_view raw)>& again);

bool IsUtf8(absl::string_view text);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_CHECK_H_
