#include "examples/coalition/needle_scanner.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/ascii.h"

namespace vervet::coalition {
namespace {

constexpr uint64_t kWindowMask = (uint64_t{1} << (8 * NeedleScanner::kWindowBytes)) - 1;

// Eight bytes must be readable at `bytes`.
uint64_t WindowAt(const char* bytes) {
  uint64_t window;
  std::memcpy(&window, bytes, sizeof(window));
  return window & kWindowMask;  // the lowest bytes come first: x86 and ARM are little-endian
}

// Fibonacci hashing: the upper bits of a product with 2^64 divided by the golden ratio.
uint64_t HashOf(uint64_t window) { return window * 0x9E3779B97F4A7C15u; }

// `bytes` folded, with padding that lets WindowAt read past the end.
std::string Folded(absl::string_view bytes) {
  std::string folded(bytes);
  for (char& c : folded) c = absl::ascii_tolower(static_cast<unsigned char>(c));
  folded.append(sizeof(uint64_t), '\0');
  return folded;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t SignificantCharacters(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_isalnum(byte) ||
           byte >= 0xC0;  // the first byte of a character outside ASCII
  }));
}

}  // namespace

bool NeedleScanner::Add(absl::string_view needle) {
  if (needle.size() < kWindowBytes || SignificantCharacters(needle) < kWindowBytes) {
    ++refused_;
    return false;
  }
  std::string folded(needle);
  absl::AsciiStrToLower(&folded);
  const auto index = static_cast<uint32_t>(needles_.size());
  if (!known_.try_emplace(folded, index).second) return false;
  needles_.push_back(std::move(folded));
  return true;
}

void NeedleScanner::Build() {
  absl::flat_hash_map<uint64_t, uint32_t> shared_by;
  for (const std::string& needle : needles_) {
    const std::string padded = Folded(needle);
    for (size_t at = 0; at + kWindowBytes <= needle.size(); ++at)
      ++shared_by[WindowAt(&padded[at])];
  }
  filed_.clear();
  for (uint32_t i = 0; i < needles_.size(); ++i) {
    const std::string padded = Folded(needles_[i]);
    size_t best = 0;
    for (size_t at = 1; at + kWindowBytes <= needles_[i].size(); ++at) {
      if (shared_by[WindowAt(&padded[at])] < shared_by[WindowAt(&padded[best])]) best = at;
    }
    filed_[WindowAt(&padded[best])].push_back({i, static_cast<uint32_t>(best)});
  }
  int bits = 12;  // 32 bits of the map for each window: about 3% of all positions pass it
  while ((uint64_t{1} << bits) < 32 * filed_.size() && bits < 27) ++bits;
  bitmap_.assign((size_t{1} << bits) / 64, 0);
  bitmap_shift_ = 64 - bits;
  for (const auto& [window, unused] : filed_) {
    const uint64_t bit = HashOf(window) >> bitmap_shift_;
    bitmap_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
}

bool NeedleScanner::MayBeWindow(uint64_t window) const {
  const uint64_t bit = HashOf(window) >> bitmap_shift_;
  return (bitmap_[bit / 64] >> (bit % 64)) & 1;
}

void NeedleScanner::CollectHits(uint64_t window, absl::string_view folded, size_t at,
                                std::vector<Hit>* hits) const {
  const auto it = filed_.find(window);
  if (it == filed_.end()) return;
  for (const Filed& filed : it->second) {
    const std::string& needle = needles_[filed.needle];
    if (at < filed.window_at) continue;
    const size_t begin = at - filed.window_at, end = begin + needle.size();
    if (end > folded.size() || folded.substr(begin, needle.size()) != needle) continue;
    const bool digits_alone = std::all_of(needle.begin(), needle.end(), IsDigit);
    if (digits_alone && ((begin > 0 && IsDigit(folded[begin - 1])) ||
                         (end < folded.size() && IsDigit(folded[end])))) {
      continue;
    }
    hits->push_back({filed.needle, begin});
  }
}

std::vector<NeedleScanner::Hit> NeedleScanner::Scan(absl::string_view bytes, size_t limit) const {
  std::vector<Hit> hits;
  if (needles_.empty() || bytes.size() < kWindowBytes) return hits;
  const std::string padded = Folded(bytes);
  const absl::string_view folded = absl::string_view(padded).substr(0, bytes.size());
  for (size_t at = 0; at + kWindowBytes <= folded.size() && hits.size() < limit; ++at) {
    const uint64_t window = WindowAt(&padded[at]);
    if (MayBeWindow(window)) CollectHits(window, folded, at, &hits);
  }
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

}  // namespace vervet::coalition
