#include "examples/demo/timeline.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/environment.h"

namespace vervet::demo {
namespace {

constexpr char kBold[] = "1", kDim[] = "2", kRed[] = "31", kGreen[] = "32", kYellow[] = "33";
constexpr int kBarCells = 32;
constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);

absl::Duration Now() { return Environment::System()->Monotonic(); }

}  // namespace

Timeline::Timeline(std::ostream& out, bool is_terminal)
    : out_(out), is_terminal_(is_terminal), began_(Now()), step_began_(began_) {}

absl::Duration Timeline::elapsed() const { return Now() - began_; }

void Timeline::StartStep() { step_began_ = Now(); }

std::string Timeline::Stamp() const {
  const int64_t tenths = elapsed() / absl::Milliseconds(100);
  return absl::StrFormat("%2d:%02d.%d", tenths / 600, tenths / 10 % 60, tenths % 10);
}

std::string Timeline::Colour(const char* code, absl::string_view text) const {
  if (!is_terminal_) return std::string(text);
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

void Timeline::ClearProgress() {
  if (progress_shown_) out_ << "\r\x1b[2K";
  progress_shown_ = false;
}

void Timeline::Act(int number, absl::string_view title) {
  out_ << "\n" << Colour(kBold, absl::StrCat(" ", number, "  ", title)) << "\n" << std::flush;
  StartStep();
}

void Timeline::Done(absl::string_view what) {
  ClearProgress();
  const absl::Duration took = Now() - step_began_;
  out_ << Colour(kDim, Stamp()) << "  " << Colour(kGreen, "✓") << " " << what;
  if (took >= absl::Milliseconds(1))
    out_ << Colour(kDim, absl::StrCat("  (", ForPeople(took), ")"));
  out_ << "\n" << std::flush;
  StartStep();
}

void Timeline::Detail(absl::string_view what) {
  ClearProgress();
  out_ << "             " << what << "\n" << std::flush;
}

void Timeline::Alarm(absl::string_view what) {
  ClearProgress();
  out_ << Colour(kDim, Stamp()) << "  " << Colour(kYellow, absl::StrCat("! ", what)) << "\n"
       << std::flush;
}

void Timeline::Failed(absl::string_view what) {
  ClearProgress();
  out_ << Colour(kDim, Stamp()) << "  " << Colour(kRed, absl::StrCat("✗ ", what)) << "\n"
       << std::flush;
}

void Timeline::Fact(absl::string_view name, absl::string_view value) {
  out_ << absl::StrFormat("    %-26s %s\n", std::string(name), std::string(value)) << std::flush;
}

void Timeline::Blank() { out_ << "\n" << std::flush; }

void Timeline::Progress(absl::string_view what, uint64_t done, uint64_t total) {
  const absl::Duration now = Now();
  if (!is_terminal_ || total == 0 || (progress_shown_ && now - progress_drawn_ < kRedrawEvery))
    return;
  progress_drawn_ = now;
  const int cells = static_cast<int>(kBarCells * std::min(done, total) / total);
  std::string bar;
  for (int i = 0; i < kBarCells; ++i) bar += i < cells ? "█" : "░";
  out_ << "\r\x1b[2K             " << bar << " " << WithCommas(done) << " of " << WithCommas(total)
       << " " << what << std::flush;
  progress_shown_ = true;
}

std::string ForPeople(absl::Duration duration) {
  if (duration < absl::Milliseconds(10))
    return absl::StrFormat("%.1f ms", absl::ToDoubleMilliseconds(duration));
  if (duration < absl::Seconds(1))
    return absl::StrFormat("%.0f ms", absl::ToDoubleMilliseconds(duration));
  if (duration < absl::Minutes(1))
    return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(duration));
  const int64_t seconds = absl::ToInt64Seconds(duration);
  return absl::StrFormat("%d min %d s", seconds / 60, seconds % 60);
}

std::string WithCommas(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ",");
  }
  return digits;
}

std::string BytesForPeople(uint64_t bytes) {
  if (bytes < 1'000'000) return absl::StrFormat("%.1f kB", static_cast<double>(bytes) / 1e3);
  return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace vervet::demo
