#include "member-sdk/src/canonical/checksums/bech32.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"

namespace vervet::canonical {
namespace {

constexpr absl::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr size_t kMaxCharacters = 90;
constexpr size_t kChecksumSymbols = 6;
constexpr uint32_t kBech32 = 1;
constexpr uint32_t kBech32m = 0x2BC830A3;

// The BCH code of BIP 173 over GF(32).
uint32_t Polymod(const std::vector<uint8_t>& symbols) {
  constexpr uint32_t kGenerator[] = {0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3};
  uint32_t checksum = 1;
  for (uint8_t symbol : symbols) {
    const uint32_t top = checksum >> 25;
    checksum = ((checksum & 0x1FFFFFF) << 5) ^ symbol;
    for (int i = 0; i < 5; ++i) {
      if (((top >> i) & 1) != 0) checksum ^= kGenerator[i];
    }
  }
  return checksum;
}

// Bytes of the witness program, or 0 where the padding is longer than four bits or not zero.
size_t ProgramBytes(const std::vector<uint8_t>& program) {
  const size_t bits = program.size() * 5;
  const size_t padding = bits % 8;
  if (program.empty() || padding > 4) return 0;
  const uint8_t mask = static_cast<uint8_t>((1U << padding) - 1);
  return (program.back() & mask) == 0 ? bits / 8 : 0;
}

bool ProgramLengthIsAllowed(uint8_t witness_version, size_t program_bytes) {
  if (witness_version == 0) return program_bytes == 20 || program_bytes == 32;
  return program_bytes >= 2 && program_bytes <= 40;
}

}  // namespace

SegwitCheck CheckSegwitAddress(absl::string_view address, absl::string_view human_readable) {
  if (std::any_of(address.begin(), address.end(), absl::ascii_isupper) &&
      std::any_of(address.begin(), address.end(), absl::ascii_islower)) {
    return SegwitCheck::kMixedCase;
  }
  const std::string lower = absl::AsciiStrToLower(address);
  const size_t separator = lower.rfind('1');
  if (lower.size() > kMaxCharacters || separator == std::string::npos ||
      absl::string_view(lower).substr(0, separator) != human_readable) {
    return SegwitCheck::kInvalid;
  }
  std::vector<uint8_t> checked;  // expanded prefix and all symbols
  for (char c : human_readable) checked.push_back(static_cast<uint8_t>(c >> 5));
  checked.push_back(0);
  for (char c : human_readable) checked.push_back(static_cast<uint8_t>(c & 31));
  const size_t data_begins = checked.size();
  for (char c : lower.substr(separator + 1)) {
    const size_t symbol = kAlphabet.find(c);
    if (symbol == absl::string_view::npos) return SegwitCheck::kInvalid;
    checked.push_back(static_cast<uint8_t>(symbol));
  }
  if (checked.size() < data_begins + 1 + kChecksumSymbols) return SegwitCheck::kInvalid;
  const uint8_t witness_version = checked[data_begins];
  if (witness_version > 16) return SegwitCheck::kInvalid;
  const uint32_t constant = witness_version == 0 ? kBech32 : kBech32m;
  if (Polymod(checked) != constant) return SegwitCheck::kInvalid;
  const std::vector<uint8_t> program(checked.begin() + static_cast<long>(data_begins) + 1,
                                     checked.end() - kChecksumSymbols);
  return ProgramLengthIsAllowed(witness_version, ProgramBytes(program)) ? SegwitCheck::kValid
                                                                        : SegwitCheck::kInvalid;
}

}  // namespace vervet::canonical
