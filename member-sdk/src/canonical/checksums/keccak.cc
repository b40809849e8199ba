#include "member-sdk/src/canonical/checksums/keccak.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace vervet::canonical {
namespace {

constexpr size_t kRateBytes = 136;  // 1600 bits less twice the digest
constexpr int kRounds = 24;

using State = std::array<uint64_t, 25>;  // lane (x, y) at x + 5y

uint64_t RotateLeft(uint64_t lane, int bits) {
  return bits == 0 ? lane : (lane << bits) | (lane >> (64 - bits));
}

// FIPS 202 section 3.2.5: bit 2^j - 1 of the round constant comes from an 8-bit shift register,
// which runs on through all rounds.
uint64_t NextRoundConstant(uint8_t* shift_register) {
  uint64_t constant = 0;
  for (int j = 0; j <= 6; ++j) {
    if ((*shift_register & 1) != 0) constant |= uint64_t{1} << ((1 << j) - 1);
    const bool carry = (*shift_register & 0x80) != 0;
    *shift_register = static_cast<uint8_t>((*shift_register << 1) ^ (carry ? 0x71 : 0));
  }
  return constant;
}

void Theta(State* state) {
  std::array<uint64_t, 5> parity;
  for (int x = 0; x < 5; ++x) {
    parity[x] =
        (*state)[x] ^ (*state)[x + 5] ^ (*state)[x + 10] ^ (*state)[x + 15] ^ (*state)[x + 20];
  }
  for (int x = 0; x < 5; ++x) {
    const uint64_t mixed = parity[(x + 4) % 5] ^ RotateLeft(parity[(x + 1) % 5], 1);
    for (int y = 0; y < 5; ++y) (*state)[x + 5 * y] ^= mixed;
  }
}

// Sections 3.2.2 and 3.2.3 in one walk: the lane that moves to each place, rotated by the
// triangular numbers.
void RhoAndPi(State* state) {
  int x = 1;
  int y = 0;
  uint64_t moving = (*state)[1];
  for (int t = 0; t < 24; ++t) {
    const int next_y = (2 * x + 3 * y) % 5;
    x = y;
    y = next_y;
    const uint64_t replaced = (*state)[x + 5 * y];
    (*state)[x + 5 * y] = RotateLeft(moving, ((t + 1) * (t + 2) / 2) % 64);
    moving = replaced;
  }
}

void Chi(State* state) {
  for (int y = 0; y < 5; ++y) {
    std::array<uint64_t, 5> row;
    for (int x = 0; x < 5; ++x) row[x] = (*state)[x + 5 * y];
    for (int x = 0; x < 5; ++x)
      (*state)[x + 5 * y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
}

void Permute(State* state) {
  uint8_t shift_register = 1;
  for (int round = 0; round < kRounds; ++round) {
    Theta(state);
    RhoAndPi(state);
    Chi(state);
    (*state)[0] ^= NextRoundConstant(&shift_register);
  }
}

// Lanes are little-endian.
void XorByte(State* state, size_t position, uint8_t byte) {
  (*state)[position / 8] ^= uint64_t{byte} << (8 * (position % 8));
}

}  // namespace

std::array<uint8_t, 32> Keccak256(absl::string_view message, uint8_t padding) {
  State state{};
  size_t position = 0;
  for (char c : message) {
    XorByte(&state, position++, static_cast<uint8_t>(c));
    if (position == kRateBytes) {
      Permute(&state);
      position = 0;
    }
  }
  XorByte(&state, position, padding);
  XorByte(&state, kRateBytes - 1, 0x80);
  Permute(&state);
  std::array<uint8_t, 32> digest;
  for (size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<uint8_t>(state[i / 8] >> (8 * (i % 8)));
  }
  return digest;
}

std::string Eip55(absl::string_view lower_hex) {
  const std::array<uint8_t, 32> digest = Keccak256(lower_hex);
  std::string mixed(lower_hex);
  for (size_t i = 0; i < mixed.size() && i < 2 * digest.size(); ++i) {
    const uint8_t nibble = (digest[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15;
    if (nibble >= 8) mixed[i] = absl::ascii_toupper(mixed[i]);
  }
  return mixed;
}

}  // namespace vervet::canonical
