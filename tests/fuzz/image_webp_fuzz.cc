// WebP files: whole ones, spoilt ones, and anything else.
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
  const Picture clear = WithOpacity(scene, 100);
  return {
      EncodeWebp(scene, 75),        EncodeWebp(scene, 5),
      EncodeWebp(clear, 60),        EncodeLosslessWebp(scene),
      EncodeLosslessWebp(clear),    EncodeLosslessWebp(Plain(16, 16, 9)),
      EncodeWebp(Scene(1, 1), 50),  EncodeLosslessWebp(Posterised(scene, 1)),
      WebpWithCodeSets(32, 32, 64), TransparentWebpWithCodeSets(32, 32, 64),
  };
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const made = new std::vector<std::string>(vervet::fuzz::Made());
  vervet::fuzz::Input in(data, size);
  vervet::fuzz::CheckHashing(vervet::fuzz::SpoiltPicture(&in, *made), vervet::ImageKind::kWebp);
  return 0;
}
