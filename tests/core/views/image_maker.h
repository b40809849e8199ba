// Image hashes at known distances, and the events that carry them.
#ifndef VERVET_TESTS_CORE_VIEWS_IMAGE_MAKER_H_
#define VERVET_TESTS_CORE_VIEWS_IMAGE_MAKER_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/index/hamming_index.h"
#include "tests/core/views/event_maker.h"

namespace vervet::views {

// Hashes of unlike pictures: about 128 bits apart.
inline index::Hash256 HashOf(uint32_t number) {
  std::mt19937_64 random(number);
  index::Hash256 hash;
  for (uint8_t& byte : hash.bytes) byte = static_cast<uint8_t>(random());
  return hash;
}

// The same with this many bits changed, the first ones.
inline index::Hash256 Altered(index::Hash256 hash, int bits) {
  for (int bit = 0; bit < bits; ++bit) {
    hash.bytes[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
  }
  return hash;
}

inline std::string BytesOf(const index::Hash256& hash) {
  return {hash.bytes.begin(), hash.bytes.end()};
}

struct Img {
  index::Hash256 hash;
  absl::Time expires;
  int radius = -1;  // below 0: not said
};

inline log::ParsedEvent WithImages(log::ParsedEvent event, const std::vector<Img>& images) {
  for (const Img& given : images) {
    v1::ImageSignature& image = *event.body.mutable_record_published()->add_images();
    image.set_hash(BytesOf(given.hash));
    image.set_quality(80);
    image.set_expires_us(absl::ToUnixMicros(given.expires));
    if (given.radius >= 0) image.set_radius(static_cast<uint32_t>(given.radius));
  }
  return event;
}

inline log::ParsedEvent MarkHarmless(EventMaker& make, const std::string& party,
                                     const index::Hash256& hash, uint32_t radius) {
  v1::EventBody body;
  auto& marked = *body.mutable_harmless_image_marked();
  marked.set_hash(BytesOf(hash));
  marked.set_radius(radius);
  marked.set_description("an elephant by a river");
  marked.set_party(party);
  return make.Make(std::move(body));
}

inline log::ParsedEvent ClearHarmless(EventMaker& make, const std::string& party,
                                      const index::Hash256& hash) {
  v1::EventBody body;
  auto& cleared = *body.mutable_harmless_image_cleared();
  cleared.set_hash(BytesOf(hash));
  cleared.set_party(party);
  cleared.set_reason("it is not harmless");
  return make.Make(std::move(body));
}

}  // namespace vervet::views

#endif  // VERVET_TESTS_CORE_VIEWS_IMAGE_MAKER_H_
