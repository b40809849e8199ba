// Files that are small and promise, in their headers or behind them, more than there is.
#ifndef VERVET_TESTS_MEMBER_SDK_IMAGE_BOMBS_H_
#define VERVET_TESTS_MEMBER_SDK_IMAGE_BOMBS_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace vervet::image_testing {

// The file with another size in its header, and the header's checksum made right.
std::string PngOfSize(std::string png, uint32_t width, uint32_t height);
std::string JpegOfSize(std::string jpeg, uint16_t width, uint16_t height);
std::string LosslessWebpOfSize(std::string webp, uint32_t width, uint32_t height);
std::string LossyWebpOfSize(std::string webp, uint16_t width, uint16_t height);
// A container with an extended header alone (RFC 9649, section 2.7).
std::string ExtendedWebp(uint8_t flags, uint32_t width, uint32_t height);

// A grey PNG of one level, whose compressed pixels go on with so many zeros behind the last one.
std::string PngWithZerosBehind(uint32_t width, uint32_t height, size_t zeros);
// The PNG with one more chunk of compressed pixels behind its own.
std::string PngWithOneMoreChunk(const std::string& png, size_t bytes);

// A lossless WebP in which so many tiles of 4 by 4 pixels have a set of prefix codes each. The
// sides are multiples of 4; at most 65,536.
std::string WebpWithCodeSets(uint32_t width, uint32_t height, uint32_t sets);
// A lossy WebP whose transparency has as many.
std::string TransparentWebpWithCodeSets(uint32_t width, uint32_t height, uint32_t sets);

}  // namespace vervet::image_testing

#endif  // VERVET_TESTS_MEMBER_SDK_IMAGE_BOMBS_H_
