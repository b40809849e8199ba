// JPEG files: whole ones, spoilt ones, and anything else.
#include <string>
#include <vector>

#include "tests/fuzz/image_properties.h"
#include "tests/member-sdk/image/encoded_images.h"

namespace vervet::fuzz {
namespace {

using namespace image_testing;  // NOLINT(build/namespaces)

std::vector<std::string> Made() {
  using Colours = JpegSettings::Colours;
  const Picture scene = Scene(40, 24);
  const Picture tiny = Scene(1, 1);
  const Picture ink = WithOpacity(scene, 200);
  return {
      EncodeJpeg(scene),
      EncodeJpeg(Grey(scene)),
      EncodeJpeg(scene, {.progressive = true}),
      EncodeJpeg(scene, {.quality = 30, .progressive = true, .full_colour = true}),
      EncodeJpeg(scene, {.full_colour = true, .restart_lines = 1}),
      EncodeJpeg(scene, {.exif_orientation = 6}),
      EncodeJpeg(scene, {.colours = Colours::kRgb}),
      EncodeJpeg(ink, {.colours = Colours::kCmyk}),
      EncodeJpeg(ink, {.colours = Colours::kYcck, .progressive = true}),
      EncodeJpeg(ink, {.colours = Colours::kCmyk, .adobe_marker = false}),
      EncodeJpeg(Scene(32, 32), {.quality = 10}),
      EncodeJpeg(tiny),
  };
}

}  // namespace
}  // namespace vervet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const made = new std::vector<std::string>(vervet::fuzz::Made());
  vervet::fuzz::Input in(data, size);
  vervet::fuzz::CheckHashing(vervet::fuzz::SpoiltPicture(&in, *made), vervet::ImageKind::kJpeg);
  return 0;
}
