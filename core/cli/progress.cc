#include "core/cli/progress.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/cli/text.h"

namespace vervet::cli {
namespace {

constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
constexpr int kBarColumns = 24;
constexpr absl::string_view kClearLine = "\r\033[K";

}  // namespace

Progress::Progress(const Streams& streams, Environment& environment, std::string label,
                   uint64_t total)
    : streams_(streams), environment_(environment), label_(std::move(label)), total_(total) {}

void Progress::Update(uint64_t done, absl::string_view detail) {
  done = total_ == 0 ? done : std::min(done, total_);
  if (streams_.err_is_terminal) {
    const absl::Duration now = environment_.Monotonic();
    const bool finished = total_ > 0 && done == total_;
    if (now - last_drawn_ < kRedrawEvery && !finished) return;
    last_drawn_ = now;
    Draw(done, detail);
    return;
  }
  if (total_ == 0) return;
  const int tenths = static_cast<int>(static_cast<double>(done) / static_cast<double>(total_) * 10);
  if (tenths <= tenths_shown_) return;
  tenths_shown_ = tenths;
  *streams_.err << label_ << ": " << tenths * 10 << "% (" << detail << ")\n" << std::flush;
}

void Progress::PrintLine(absl::string_view line) {
  Clear();
  *streams_.err << line << "\n" << std::flush;
  last_drawn_ = -absl::InfiniteDuration();
}

void Progress::Clear() {
  if (!drawn_) return;
  *streams_.err << kClearLine << std::flush;
  drawn_ = false;
}

void Progress::Draw(uint64_t done, absl::string_view detail) {
  std::string line = label_;
  if (total_ > 0) {
    const double share = static_cast<double>(done) / static_cast<double>(total_);
    const int filled = static_cast<int>(share * kBarColumns);
    std::string bar;
    for (int i = 0; i < kBarColumns; ++i) bar += i < filled ? "━" : "╌";
    absl::StrAppend(&line, "  ", streams_.ErrPaint(Paint::kCyan, bar), "  ",
                    PadLeft(absl::StrCat(static_cast<int>(share * 100)), 3), "%");
  }
  if (!detail.empty()) absl::StrAppend(&line, "  ", detail);
  *streams_.err << kClearLine << line << std::flush;
  drawn_ = true;
}

}  // namespace vervet::cli
