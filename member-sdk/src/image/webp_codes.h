// How much a lossless WebP asks for beside its pixels, before a decoder takes it.
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_WEBP_CODES_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_WEBP_CODES_H_

#include <cstdint>
#include <optional>

#include "member-sdk/src/image/decode.h"
#include "member-sdk/src/image/luma_grid.h"

namespace vervet::image {

// A lossless WebP, and the transparency of a lossy one, may give each tile of 4 by 4 pixels a set
// of prefix codes of its own, up to 65,536 of them (RFC 9649, section 3.7.2.2). libwebp takes 20 kB
// for each before it decodes a pixel: a file of 300 kB, and of one megapixel, takes 1.4 GB.
//
// Reads the file as far as the number of sets, without any memory for pixels. `size` as its header
// has it. Nothing: it has no lossless part, or that part is damaged, which the decoder is to say.
std::optional<uint32_t> PrefixCodeSets(Bytes encoded, Size size);

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_WEBP_CODES_H_
