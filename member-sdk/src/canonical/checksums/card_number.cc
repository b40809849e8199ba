#include "member-sdk/src/canonical/checksums/card_number.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"

namespace vervet::canonical {
namespace {

constexpr size_t kMinCardDigits = 13;
constexpr size_t kMaxCardDigits = 19;

// ISO/IEC 7812-1 annex B.
bool PassesLuhn(absl::string_view digits) {
  int sum = 0;
  bool is_doubled = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    const int value = (*digit - '0') * (is_doubled ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
    is_doubled = !is_doubled;
  }
  return sum % 10 == 0;
}

// The groups are one sequence: is some run of whole groups a card number?
bool SequenceContainsCard(const std::vector<std::string>& groups) {
  for (size_t first = 0; first < groups.size(); ++first) {
    std::string joined;
    for (size_t last = first; last < groups.size(); ++last) {
      joined += groups[last];
      if (joined.size() > kMaxCardDigits) break;
      if (joined.size() >= kMinCardDigits && PassesLuhn(joined)) return true;
    }
  }
  return false;
}

}  // namespace

bool ContainsCardNumber(absl::string_view text) {
  std::vector<std::string> groups;
  bool in_group = false;
  for (char c : text) {
    if (absl::ascii_isdigit(c)) {
      if (!in_group) groups.emplace_back();
      groups.back().push_back(c);
      in_group = true;
      continue;
    }
    in_group = false;
    if (absl::ascii_isalpha(c)) {
      if (SequenceContainsCard(groups)) return true;
      groups.clear();
    }
  }
  return SequenceContainsCard(groups);
}

}  // namespace vervet::canonical
