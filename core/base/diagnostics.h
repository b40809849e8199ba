// Structured log lines: one JSON object a line on standard error. There is no way to log a Secret,
// an identifier or a whole message: a field is a number, a yes or no, or a text that the code
// names.
#ifndef VERVET_CORE_BASE_DIAGNOSTICS_H_
#define VERVET_CORE_BASE_DIAGNOSTICS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet {

enum class Severity { kInfo, kWarning, kError };

// Written as one write() when the object dies, so that lines of different threads do not mix.
//   LogLine(Severity::kInfo, "hub.listening").Text("address", address).Number("pid", getpid());
class LogLine {
 public:
  LogLine(Severity severity, absl::string_view event);
  ~LogLine();
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;

  LogLine& Number(absl::string_view field, int64_t value);
  LogLine& Bool(absl::string_view field, bool value);
  // For names, addresses and reasons of our own making; cut at 1,024 bytes.
  LogLine& Text(absl::string_view field, absl::string_view value);
  // Code and message. Messages hold no raw identifiers by the rule for all statuses.
  LogLine& Outcome(const absl::Status& status);

 private:
  std::string line_;
};

// `text` as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
std::string JsonQuote(absl::string_view text);

}  // namespace vervet

#endif  // VERVET_CORE_BASE_DIAGNOSTICS_H_
