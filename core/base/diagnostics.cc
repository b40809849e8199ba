#include "core/base/diagnostics.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace vervet {
namespace {

constexpr size_t kMaxTextBytes = 1'024;

absl::string_view Name(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      break;
  }
  return "error";
}

// Length of the well-formed UTF-8 sequence at the start of `text`; 0 where there is none (RFC 3629,
// 4).
size_t SequenceLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80   ? 1
                        : lead < 0xC2 ? 0
                        : lead < 0xE0 ? 2
                        : lead < 0xF0 ? 3
                        : lead < 0xF5 ? 4
                                      : 0;
  if (length == 0 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

}  // namespace

std::string JsonQuote(absl::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const unsigned char lead = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    if (lead == '"' || lead == '\\') {
      out += '\\';
      out += text[0];
    } else if (lead < 0x20 || lead == 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", lead);
    } else {
      absl::StrAppend(&out, text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  out += '"';
  return out;
}

LogLine::LogLine(Severity severity, absl::string_view event) {
  line_ = absl::StrCat("{\"time\":\"",
                       absl::FormatTime(absl::RFC3339_full, absl::Now(), absl::UTCTimeZone()),
                       "\",\"severity\":\"", Name(severity), "\",\"event\":", JsonQuote(event));
}

LogLine::~LogLine() {
  line_ += "}\n";
  size_t written = 0;
  while (written < line_.size()) {
    const ssize_t n = write(STDERR_FILENO, line_.data() + written, line_.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;  // nowhere left to complain
    written += static_cast<size_t>(n);
  }
}

LogLine& LogLine::Number(absl::string_view field, int64_t value) {
  absl::StrAppend(&line_, ",", JsonQuote(field), ":", value);
  return *this;
}

LogLine& LogLine::Bool(absl::string_view field, bool value) {
  absl::StrAppend(&line_, ",", JsonQuote(field), ":", value ? "true" : "false");
  return *this;
}

LogLine& LogLine::Text(absl::string_view field, absl::string_view value) {
  absl::StrAppend(&line_, ",", JsonQuote(field), ":", JsonQuote(value.substr(0, kMaxTextBytes)));
  return *this;
}

LogLine& LogLine::Outcome(const absl::Status& status) {
  Text("code", absl::StatusCodeToString(status.code()));
  if (!status.ok()) Text("message", status.message());
  return *this;
}

}  // namespace vervet
