// PDQ as its description has it, in plain loops: what the filters that work on many lines side by
// side must agree with, bit for bit.
#ifndef VERVET_TESTS_MEMBER_SDK_IMAGE_PDQ_ORACLE_H_
#define VERVET_TESTS_MEMBER_SDK_IMAGE_PDQ_ORACLE_H_

#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet::image_testing {

// Of a picture with 1 or 3 channels.
ImageHash PdqOf(const Picture& picture);

}  // namespace vervet::image_testing

#endif  // VERVET_TESTS_MEMBER_SDK_IMAGE_PDQ_ORACLE_H_
