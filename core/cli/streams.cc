#include "core/cli/streams.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/cli/exit_codes.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

absl::string_view PaintCode(Paint paint) {
  switch (paint) {
    case Paint::kPlain:
      return "";
    case Paint::kBold:
      return "\033[1m";
    case Paint::kDim:
      return "\033[2m";
    case Paint::kRed:
      return "\033[31m";
    case Paint::kGreen:
      return "\033[32m";
    case Paint::kYellow:
      return "\033[33m";
    case Paint::kCyan:
      return "\033[36m";
  }
  return "";
}

std::string PaintIf(bool enabled, Paint paint, absl::string_view text) {
  if (!enabled || paint == Paint::kPlain || text.empty()) return std::string(text);
  return absl::StrCat(PaintCode(paint), text, "\033[0m");
}

bool ColourIsWelcome() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return term != nullptr && absl::string_view(term) != "dumb";
}

int TerminalColumns(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0) return size.ws_col;
  return 0;
}

}  // namespace

int ExitCodeFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kExitUnavailable;
    case absl::StatusCode::kDataLoss:
      return kExitDataLoss;
    default:
      return kExitFailed;
  }
}

Streams Streams::OfProcess() {
  Streams streams;
  streams.in = &std::cin;
  streams.out = &std::cout;
  streams.err = &std::cerr;
  streams.out_is_terminal = isatty(STDOUT_FILENO) != 0;
  streams.err_is_terminal = isatty(STDERR_FILENO) != 0;
  const bool colour = ColourIsWelcome();
  streams.out_colour = streams.out_is_terminal && colour;
  streams.err_colour = streams.err_is_terminal && colour;
  if (streams.out_is_terminal) streams.columns = TerminalColumns(STDOUT_FILENO);
  return streams;
}

std::string Streams::OutPaint(Paint paint, absl::string_view text) const {
  return PaintIf(out_colour, paint, text);
}

std::string Streams::ErrPaint(Paint paint, absl::string_view text) const {
  return PaintIf(err_colour, paint, text);
}

void Streams::PrintError(const absl::Status& status) const {
  const std::string message(status.message());
  PrintError(message.empty() ? StatusCodeWords(status.code())
                             : absl::StrCat(StatusCodeWords(status.code()), ": ", message));
}

void Streams::PrintError(absl::string_view message) const {
  *err << ErrPaint(Paint::kRed, "error:") << " " << Printable(message) << "\n" << std::flush;
}

void Streams::PrintWarning(absl::string_view message) const {
  *err << ErrPaint(Paint::kYellow, "warning:") << " " << Printable(message) << "\n" << std::flush;
}

void Streams::PrintNote(absl::string_view message) const {
  *err << Printable(message) << "\n" << std::flush;
}

std::string StatusCodeWords(absl::StatusCode code) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(absl::StatusCodeToString(code)), {{"_", " "}});
}

}  // namespace vervet::cli
