// What a file is, by its first bytes.
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_KIND_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_KIND_H_

#include <optional>
#include <string>

#include "member-sdk/src/image/decode.h"
#include "vervet/image_hash.h"

namespace vervet::image {

std::optional<ImageKind> KindOf(Bytes encoded);

// For people, of a file that is none of these: "a GIF, which is not supported", "neither a JPEG
// ...". Repeats nothing of the file.
std::string WhatElse(Bytes encoded);

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_KIND_H_
