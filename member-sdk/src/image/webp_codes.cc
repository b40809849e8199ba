// RFC 9649, section 3. What is read here is read as libwebp reads it: of a file that libwebp
// decodes, the number is the one by which it takes memory.
#include "member-sdk/src/image/webp_codes.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

namespace vervet::image {
namespace {

constexpr size_t kRiffHeaderBytes = 12;
constexpr size_t kChunkHeaderBytes = 8;
constexpr uint32_t kLosslessSignature = 0x2f;

constexpr int kMaxCodeBits = 15;
constexpr int kMaxCacheBits = 11;
constexpr uint32_t kLiterals = 256;
constexpr uint32_t kLengthCodes = 24;
constexpr uint32_t kDistanceCodes = 40;

// Least significant bit first. Beyond the end there are zeros, and `ended` says so.
class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}

  uint32_t Read(int count) {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) value |= uint32_t{ReadBit()} << i;
    return value;
  }
  bool ReadBit() {
    if (at_ / 8 >= bytes_.size()) {
      ended_ = true;
      return false;
    }
    const bool bit = (bytes_[at_ / 8] >> (at_ % 8) & 1) != 0;
    ++at_;
    return bit;
  }
  bool ended() const { return ended_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
  bool ended_ = false;
};

// A canonical prefix code, by its lengths.
class PrefixCode {
 public:
  // False: it is not complete. One symbol alone takes no bits, whatever its length.
  bool Build(const std::vector<uint8_t>& lengths) {
    symbols_.clear();
    counts_.fill(0);
    for (int length = 1; length <= kMaxCodeBits; ++length) {
      for (uint32_t symbol = 0; symbol < lengths.size(); ++symbol) {
        if (lengths[symbol] != length) continue;
        symbols_.push_back(static_cast<uint16_t>(symbol));
        ++counts_[static_cast<size_t>(length)];
      }
    }
    if (symbols_.size() <= 1) return symbols_.size() == 1;
    uint32_t room = 1;
    for (size_t length = 1; length <= kMaxCodeBits; ++length) {
      room *= 2;
      if (counts_[length] > room) return false;
      room -= counts_[length];
    }
    return room == 0;
  }

  uint32_t Read(BitReader* in) const {
    if (symbols_.size() == 1) return symbols_.front();
    uint32_t code = 0, first = 0, before = 0;
    for (size_t length = 1; length <= kMaxCodeBits; ++length) {
      code = code << 1 | uint32_t{in->ReadBit()};
      first <<= 1;
      if (code - first < counts_[length]) return symbols_[before + code - first];
      first += counts_[length];
      before += counts_[length];
    }
    return 0;
  }

 private:
  std::vector<uint16_t> symbols_;  // by length, then by value
  std::array<uint32_t, kMaxCodeBits + 1> counts_{};
};

bool ReadSimpleCode(BitReader* in, std::vector<uint8_t>* lengths) {
  const bool two = in->ReadBit();
  const int first_bits = in->ReadBit() ? 8 : 1;
  const uint32_t first = in->Read(first_bits);
  if (first < lengths->size()) (*lengths)[first] = 1;
  if (!two) return true;
  const uint32_t second = in->Read(8);
  if (second < lengths->size()) (*lengths)[second] = 1;
  return true;
}

bool ReadNormalCode(BitReader* in, std::vector<uint8_t>* lengths) {
  static constexpr std::array<uint8_t, 19> kOrder = {17, 18, 0, 1,  2,  3,  4,  5,  16, 6,
                                                     7,  8,  9, 10, 11, 12, 13, 14, 15};
  const uint32_t given = 4 + in->Read(4);
  std::vector<uint8_t> of_lengths(kOrder.size());
  for (uint32_t i = 0; i < given; ++i) of_lengths[kOrder[i]] = static_cast<uint8_t>(in->Read(3));
  PrefixCode code;
  if (!code.Build(of_lengths)) return false;
  uint32_t left = static_cast<uint32_t>(lengths->size());
  if (in->ReadBit()) {
    const int bits = 2 + 2 * static_cast<int>(in->Read(3));
    left = 2 + in->Read(bits);
    if (left > lengths->size()) return false;
  }
  uint8_t previous = 8;
  for (size_t symbol = 0; symbol < lengths->size() && left > 0; --left) {
    const uint32_t what = code.Read(in);
    if (what < 16) {
      (*lengths)[symbol++] = static_cast<uint8_t>(what);
      if (what != 0) previous = static_cast<uint8_t>(what);
      continue;
    }
    const uint32_t repeats = what == 16   ? 3 + in->Read(2)
                             : what == 17 ? 3 + in->Read(3)
                                          : 11 + in->Read(7);
    if (repeats > lengths->size() - symbol) return false;
    std::fill_n(lengths->begin() + static_cast<ptrdiff_t>(symbol), repeats,
                what == 16 ? previous : uint8_t{0});
    symbol += repeats;
  }
  return true;
}

bool ReadCode(BitReader* in, uint32_t alphabet, PrefixCode* code) {
  std::vector<uint8_t> lengths(alphabet);
  const bool read = in->ReadBit() ? ReadSimpleCode(in, &lengths) : ReadNormalCode(in, &lengths);
  return read && !in->ended() && code->Build(lengths);
}

// Lengths and distances alike.
uint32_t ReadCopied(BitReader* in, uint32_t symbol) {
  if (symbol < 4) return symbol + 1;
  const int bits = static_cast<int>((symbol - 2) >> 1);
  return ((2 + (symbol & 1)) << bits) + in->Read(bits) + 1;
}

bool ReadCacheBits(BitReader* in, int* bits) {
  *bits = 0;
  if (!in->ReadBit()) return true;
  *bits = static_cast<int>(in->Read(4));
  return *bits >= 1 && *bits <= kMaxCacheBits;
}

uint64_t Tiles(uint64_t side, int bits) { return (side + (uint64_t{1} << bits) - 1) >> bits; }

// Reads to the end of a picture inside the picture: of predictors, of colours, of sets. `largest`:
// the largest number that red and green make up, which is a set's. What is copied was there before.
bool PassPicture(BitReader* in, uint64_t pixels, uint32_t* largest) {
  int cache_bits = 0;
  if (!ReadCacheBits(in, &cache_bits)) return false;
  const uint32_t cached = cache_bits == 0 ? 0 : 1u << cache_bits;
  PrefixCode green, red, blue, alpha, distance;
  if (!ReadCode(in, kLiterals + kLengthCodes + cached, &green) || !ReadCode(in, kLiterals, &red) ||
      !ReadCode(in, kLiterals, &blue) || !ReadCode(in, kLiterals, &alpha) ||
      !ReadCode(in, kDistanceCodes, &distance)) {
    return false;
  }
  *largest = 0;
  while (pixels > 0) {
    if (in->ended()) return false;
    const uint32_t symbol = green.Read(in);
    uint64_t passed = 1;
    if (symbol < kLiterals) {
      *largest = std::max(*largest, red.Read(in) << 8 | symbol);
      blue.Read(in);
      alpha.Read(in);
    } else if (symbol < kLiterals + kLengthCodes) {
      passed = ReadCopied(in, symbol - kLiterals);
      ReadCopied(in, distance.Read(in));
      if (passed > pixels) return false;
    }
    pixels -= passed;
  }
  return !in->ended();
}

bool PassTransforms(BitReader* in, uint64_t* width, uint64_t height) {
  enum Transform { kPredictor, kColour, kSubtractGreen, kColourIndexing };
  uint32_t seen = 0;
  while (in->ReadBit()) {
    const uint32_t transform = in->Read(2);
    if ((seen >> transform & 1) != 0) return false;
    seen |= 1u << transform;
    uint32_t unused = 0;
    if (transform == kPredictor || transform == kColour) {
      const int bits = 2 + static_cast<int>(in->Read(3));
      if (!PassPicture(in, Tiles(*width, bits) * Tiles(height, bits), &unused)) return false;
    } else if (transform == kColourIndexing) {
      const uint32_t colours = 1 + in->Read(8);
      const int packed = colours > 16 ? 0 : colours > 4 ? 1 : colours > 2 ? 2 : 3;
      *width = Tiles(*width, packed);
      if (!PassPicture(in, colours, &unused)) return false;
    }
  }
  return true;
}

std::optional<uint32_t> SetsOf(BitReader* in, Size size) {
  uint64_t width = size.width;
  if (!PassTransforms(in, &width, size.height)) return std::nullopt;
  int cache_bits = 0;
  if (!ReadCacheBits(in, &cache_bits)) return std::nullopt;
  if (!in->ReadBit()) return in->ended() ? std::nullopt : std::optional<uint32_t>(1);
  const int bits = 2 + static_cast<int>(in->Read(3));
  uint32_t largest = 0;
  if (!PassPicture(in, Tiles(width, bits) * Tiles(size.height, bits), &largest)) {
    return std::nullopt;
  }
  return largest + 1;
}

// Section 3.4.
std::optional<uint32_t> SetsOfPicture(Bytes chunk, Size size) {
  BitReader in(chunk);
  if (in.Read(8) != kLosslessSignature) return std::nullopt;
  in.Read(32);  // the size again, whether there is transparency, the version
  return SetsOf(&in, size);
}

// Section 2.7.1.2: lossless or as it is, then the same without a header of its own.
std::optional<uint32_t> SetsOfTransparency(Bytes chunk, Size size) {
  if (chunk.empty() || (chunk[0] & 3) != 1) return std::nullopt;
  BitReader in(chunk.subspan(1));
  return SetsOf(&in, size);
}

}  // namespace

std::optional<uint32_t> PrefixCodeSets(Bytes encoded, Size size) {
  std::optional<uint32_t> most;
  for (size_t at = kRiffHeaderBytes; at + kChunkHeaderBytes <= encoded.size();) {
    const uint8_t* const header = encoded.data() + at;
    const uint64_t length = uint64_t{header[4]} | uint64_t{header[5]} << 8 |
                            uint64_t{header[6]} << 16 | uint64_t{header[7]} << 24;
    const Bytes chunk = encoded.subspan(at + kChunkHeaderBytes);
    const Bytes payload = chunk.first(std::min<uint64_t>(length, chunk.size()));
    std::optional<uint32_t> sets;
    if (std::memcmp(header, "VP8L", 4) == 0) sets = SetsOfPicture(payload, size);
    if (std::memcmp(header, "ALPH", 4) == 0) sets = SetsOfTransparency(payload, size);
    if (sets) most = std::max(most.value_or(0), *sets);
    const uint64_t padded = length + (length & 1);
    if (padded > chunk.size()) break;
    at += kChunkHeaderBytes + padded;
  }
  return most;
}

}  // namespace vervet::image
