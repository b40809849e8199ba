// How a camera was held: EXIF's orientation (CIPA DC-008, tag 0x0112).
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_ORIENTATION_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_ORIENTATION_H_

#include <cstdint>

#include "absl/types/span.h"

namespace vervet::image {

// From the stored picture to the seen one: first the axes are exchanged, where they are, then the
// seen picture is mirrored.
struct Orientation {
  bool swap_axes = false;       // a stored line is seen as a column
  bool mirror_columns = false;  // left and right exchanged
  bool mirror_lines = false;    // top and bottom exchanged
};

// Of the value 1 to 8. Upright for any other.
Orientation OrientationOf(int exif_value);

// Of the contents of a JPEG APP1 segment: 1 to 8, or 1 where it is no EXIF, says nothing of the
// orientation, or is damaged. Never reads beyond `segment`.
int ExifOrientation(absl::Span<const uint8_t> segment);

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_ORIENTATION_H_
