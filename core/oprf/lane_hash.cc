#include "core/oprf/lane_hash.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vervet::oprf {
namespace {

constexpr size_t kBlockBytes = 128, kWords = 8;

// FIPS 180-4, section 5.3.5.
constexpr uint64_t kInitial[kWords] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
                                       0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
                                       0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

// Messages of one length and one end, padded (FIPS 180-4, section 5.1.2), one for each lane.
class LaneMessages {
 public:
  // `before`: bytes of each message that have been hashed already; the end follows `free` bytes
  // that the caller fills.
  LaneMessages(size_t lanes, size_t before, size_t free, absl::string_view end)
      : stride_((free + end.size() + 1 + 16 + kBlockBytes - 1) / kBlockBytes * kBlockBytes),
        bytes_(lanes * stride_) {
    uint64_t bits = 8 * uint64_t{before + free + end.size()};
    uint8_t length[8];
    for (int i = 7; i >= 0; --i, bits >>= 8) length[i] = static_cast<uint8_t>(bits);
    for (size_t lane = 0; lane < lanes; ++lane) {
      std::copy(end.begin(), end.end(), At(lane) + free);
      At(lane)[free + end.size()] = 0x80;
      std::copy(std::begin(length), std::end(length), At(lane) + stride_ - sizeof(length));
    }
  }

  uint8_t* At(size_t lane) { return &bytes_[lane * stride_]; }
  void Hash(const LaneOps& ops, std::vector<uint64_t>& state) {
    ops.sha512(bytes_.data(), stride_, stride_ / kBlockBytes, state.data());
  }

 private:
  const size_t stride_;
  std::vector<uint8_t> bytes_;
};

void StoreDigest(const std::vector<uint64_t>& state, size_t lanes, size_t lane, uint8_t* out) {
  for (size_t i = 0; i < kWords; ++i) {
    const uint64_t word = state[i * lanes + lane];
    for (int byte = 0; byte < 8; ++byte) {
      out[8 * i + byte] = static_cast<uint8_t>(word >> (56 - 8 * byte));
    }
  }
}

}  // namespace

void ExpandEachInLanes(const LaneOps& ops, Bytes messages_packed, size_t message_bytes,
                       absl::string_view dst, absl::Span<uint8_t> out_packed) {
  // RFC 9380, section 5.3.1: b_0 = H(Z_pad ‖ message ‖ length ‖ 0 ‖ DST'), b_1 = H(b_0 ‖ 1 ‖ DST').
  const std::string tag = absl::StrCat(dst, std::string(1, static_cast<char>(dst.size())));
  const std::string length_and_zero = {0, static_cast<char>(kDigestBytes), 0};
  LaneMessages first(ops.lanes, kBlockBytes, message_bytes, absl::StrCat(length_and_zero, tag));
  LaneMessages second(ops.lanes, 0, kDigestBytes, absl::StrCat(std::string(1, '\1'), tag));
  std::vector<uint64_t> initial(kWords * ops.lanes);
  for (size_t i = 0; i < initial.size(); ++i) initial[i] = kInitial[i / ops.lanes];
  std::vector<uint64_t> after_zeros = initial;
  const uint8_t zero_pad[kBlockBytes] = {};
  ops.sha512(zero_pad, 0, 1, after_zeros.data());

  const size_t count = out_packed.size() / kDigestBytes;
  std::vector<uint64_t> state;
  for (size_t done = 0; done < count; done += ops.lanes) {
    const size_t filled = std::min(ops.lanes, count - done);
    for (size_t lane = 0; lane < filled && message_bytes > 0; ++lane) {
      std::memcpy(first.At(lane), &messages_packed[(done + lane) * message_bytes], message_bytes);
    }
    state = after_zeros;
    first.Hash(ops, state);
    for (size_t lane = 0; lane < ops.lanes; ++lane) {
      StoreDigest(state, ops.lanes, lane, second.At(lane));
    }
    state = initial;
    second.Hash(ops, state);
    for (size_t lane = 0; lane < filled; ++lane) {
      StoreDigest(state, ops.lanes, lane, &out_packed[(done + lane) * kDigestBytes]);
    }
  }
}

}  // namespace vervet::oprf
