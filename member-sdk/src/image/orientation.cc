#include "member-sdk/src/image/orientation.h"

#include <cstddef>
#include <cstring>

namespace vervet::image {
namespace {

constexpr int kUpright = 1;
constexpr char kExifHeader[] = {'E', 'x', 'i', 'f', 0, 0};
constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShortType = 3;
constexpr size_t kEntryBytes = 12;

// Numbers of a TIFF file in its own byte order; 0 beyond its end.
class Tiff {
 public:
  explicit Tiff(absl::Span<const uint8_t> bytes)
      : bytes_(bytes), big_endian_(!bytes.empty() && bytes[0] == 'M') {}

  uint16_t Short(size_t at) const {
    if (at > bytes_.size() || bytes_.size() - at < 2) return 0;
    const unsigned first = bytes_[at];
    const unsigned second = bytes_[at + 1];
    return static_cast<uint16_t>(big_endian_ ? first << 8 | second : second << 8 | first);
  }
  uint32_t Long(size_t at) const {
    const uint32_t first = Short(at);
    const uint32_t second = Short(at + 2);
    return big_endian_ ? first << 16 | second : second << 16 | first;
  }

 private:
  absl::Span<const uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace

Orientation OrientationOf(int exif_value) {
  switch (exif_value) {
    case 2:
      return {false, true, false};
    case 3:
      return {false, true, true};
    case 4:
      return {false, false, true};
    case 5:
      return {true, false, false};
    case 6:  // line 0 is seen at the right
      return {true, true, false};
    case 7:
      return {true, true, true};
    case 8:  // line 0 is seen at the left, read from below
      return {true, false, true};
    default:
      return {};
  }
}

int ExifOrientation(absl::Span<const uint8_t> segment) {
  if (segment.size() < sizeof(kExifHeader) ||
      std::memcmp(segment.data(), kExifHeader, sizeof(kExifHeader)) != 0) {
    return kUpright;
  }
  const absl::Span<const uint8_t> bytes = segment.subspan(sizeof(kExifHeader));
  if (bytes.size() < 8 || bytes[0] != bytes[1] || (bytes[0] != 'I' && bytes[0] != 'M')) {
    return kUpright;
  }
  const Tiff tiff(bytes);
  const size_t directory = tiff.Long(4);
  const size_t entries = tiff.Short(directory);
  for (size_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + i * kEntryBytes;
    if (entry + kEntryBytes > bytes.size()) break;
    if (tiff.Short(entry) != kOrientationTag) continue;
    const int value = tiff.Short(entry + 2) == kShortType ? tiff.Short(entry + 8) : 0;
    return value >= 1 && value <= 8 ? value : kUpright;
  }
  return kUpright;
}

}  // namespace vervet::image
