// PNG files: whole ones, spoilt ones, and anything else.
#include <zlib.h>

#include <string>
#include <vector>

#include "tests/fuzz/image_properties.h"
#include "tests/member-sdk/image/bombs.h"
#include "tests/member-sdk/image/encoded_images.h"

namespace vervet::fuzz {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)

std::vector<std::string> Made() {
  const Picture scene = Scene(40, 24);
  const Picture grey = Grey(scene);
  return {
      EncodePng(scene),
      EncodePng(scene, {.interlaced = true}),
      EncodePng(scene, {.bits = 16}),
      EncodePng(WithOpacity(scene, 100), {.bits = 16, .interlaced = true}),
      EncodePng(WithOpacity(scene, 100)),
      EncodePng(grey),
      EncodePng(grey, {.palette = true}),
      EncodePng(WithOpacity(grey, 30), {.interlaced = true}),
      EncodePng(Plain(16, 16, 9), {.animation_frames = 1}),
      EncodePng(Scene(1, 1)),
      EncodePng(Posterised(grey, 2),
                {.bits = 2, .interlaced = true, .palette = true, .keyed = true}),
      PngWithOneMoreChunk(EncodePng(scene), 100),
  };
}

// A changed byte would come no further than its chunk's checksum (PNG, clause 5.5): with them made
// right again, it reaches what reads the chunk.
void RepairChecksums(std::string* png) {
  constexpr size_t kSignatureBytes = 8;
  for (size_t at = kSignatureBytes; at + 12 <= png->size();) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(png->data()) + at;
    const size_t length =
        size_t{bytes[0]} << 24 | size_t{bytes[1]} << 16 | size_t{bytes[2]} << 8 | bytes[3];
    if (length > png->size() - at - 12) return;
    const auto sum = static_cast<uint32_t>(crc32(0, bytes + 4, static_cast<uInt>(length + 4)));
    for (size_t i = 0; i < 4; ++i) {
      (*png)[at + 8 + length + i] = static_cast<char>(sum >> (24 - 8 * i));
    }
    at += 12 + length;
  }
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const made = new std::vector<std::string>(vervet::fuzz::Made());
  vervet::fuzz::Input in(data, size);
  const bool repaired = in.Flag();
  std::string picture = vervet::fuzz::SpoiltPicture(&in, *made);
  if (repaired) vervet::fuzz::RepairChecksums(&picture);
  vervet::fuzz::CheckHashing(picture, vervet::ImageKind::kPng);
  return 0;
}
