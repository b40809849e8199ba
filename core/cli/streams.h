// Where a command reads and writes, and what the far end can show. A test hands in string streams.
#ifndef VERVET_CORE_CLI_STREAMS_H_
#define VERVET_CORE_CLI_STREAMS_H_

#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vervet::cli {

enum class Paint { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// Borrows its streams. Results go to `out`, and only results: progress, warnings and errors go to
// `err`, so that a pipe receives clean data.
struct Streams {
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // A terminal, NO_COLOR unset or empty (no-color.org), and TERM is not "dumb".
  bool out_colour = false;
  bool err_colour = false;
  int columns = 0;  // of the terminal behind `out`; 0: no limit

  // std::cin, std::cout, std::cerr as the process has them.
  static Streams OfProcess();

  std::string OutPaint(Paint paint, absl::string_view text) const;
  std::string ErrPaint(Paint paint, absl::string_view text) const;

  // "error: permission denied: ..." and "warning: ..." on `err`, each one line: what a peer wrote
  // loses its control characters (Printable).
  void PrintError(const absl::Status& status) const;
  void PrintError(absl::string_view message) const;
  void PrintWarning(absl::string_view message) const;
  // Without a prefix: what a person wants to know beside the result.
  void PrintNote(absl::string_view message) const;
};

// "permission denied" for PERMISSION_DENIED, and so on.
std::string StatusCodeWords(absl::StatusCode code);

}  // namespace vervet::cli

#endif  // VERVET_CORE_CLI_STREAMS_H_
