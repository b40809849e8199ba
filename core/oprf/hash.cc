#include "core/oprf/hash.h"

#include <sodium.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vervet::oprf {
namespace {

constexpr size_t kBlockBytes = 128;  // SHA-512's input block: Z_pad's length

// A hash in progress that wipes itself: its state holds the last block of the message in the clear.
class Sha512State {
 public:
  Sha512State() { crypto_hash_sha512_init(&state_); }
  // After a block of zeros, with which every expand_message_xmd begins: hashed once.
  static Sha512State AfterZeroPad() {
    static const crypto_hash_sha512_state after = [] {
      static constexpr std::array<uint8_t, kBlockBytes> kZeroPad = {};
      crypto_hash_sha512_state state;
      crypto_hash_sha512_init(&state);
      crypto_hash_sha512_update(&state, kZeroPad.data(), kZeroPad.size());
      return state;
    }();
    return Sha512State(after);
  }
  ~Sha512State() { sodium_memzero(&state_, sizeof(state_)); }
  Sha512State(const Sha512State&) = delete;
  Sha512State& operator=(const Sha512State&) = delete;

  void Add(Bytes part) { crypto_hash_sha512_update(&state_, part.data(), part.size()); }
  void Finish(Digest& out) { crypto_hash_sha512_final(&state_, out.data()); }

 private:
  explicit Sha512State(const crypto_hash_sha512_state& state) : state_(state) {}
  crypto_hash_sha512_state state_;
};

void AddTag(Sha512State& state, absl::string_view dst) {
  const auto length = static_cast<uint8_t>(dst.size());
  state.Add(AsBytes(dst));
  state.Add(Bytes(&length, 1));
}

}  // namespace

Digest Sha512(Parts message) {
  Sha512State state;
  for (const Bytes part : message) state.Add(part);
  Digest out;
  state.Finish(out);
  return out;
}

void ExpandMessageXmd(Parts message, absl::string_view dst, absl::Span<uint8_t> out) {
  if (dst.empty() || dst.size() > 255 || out.empty() || out.size() > 255 * kDigestBytes) {
    std::fputs("vervet: expand_message_xmd called outside its limits\n", stderr);
    std::abort();
  }
  static constexpr uint8_t kZero = 0;

  Digest first;  // b_0
  {
    Sha512State state = Sha512State::AfterZeroPad();
    for (const Bytes part : message) state.Add(part);
    state.Add(BigEndian16(out.size()));
    state.Add(Bytes(&kZero, 1));
    AddTag(state, dst);
    state.Finish(first);
  }
  Digest block = {};  // b_1, b_2, ...; zeros make the first exclusive-or a copy of b_0
  uint8_t number = 1;
  for (size_t done = 0; done < out.size(); done += kDigestBytes, ++number) {
    for (size_t i = 0; i < kDigestBytes; ++i) block[i] ^= first[i];
    Sha512State state;
    state.Add(block);
    state.Add(Bytes(&number, 1));
    AddTag(state, dst);
    state.Finish(block);
    std::memcpy(out.data() + done, block.data(), std::min(kDigestBytes, out.size() - done));
  }
  sodium_memzero(first.data(), first.size());
  sodium_memzero(block.data(), block.size());
}

}  // namespace vervet::oprf
