// Pictures for the decoders' targets: made by the codecs' own encoders when a target starts, and
// then spoilt as the fuzzer's bytes say.
#ifndef VERVET_TESTS_FUZZ_IMAGE_PROPERTIES_H_
#define VERVET_TESTS_FUZZ_IMAGE_PROPERTIES_H_

#include <string>
#include <vector>

#include "tests/fuzz/input.h"
#include "vervet/image_hash.h"

namespace vervet::fuzz {

// One of `made` with some bytes changed, or (where the first byte says so) the rest of the input as
// it stands.
std::string SpoiltPicture(Input* in, const std::vector<std::string>& made);

// A hash, or a refusal that is fit to be read; the same of the same bytes; upright the first of the
// eight. Of at most 1,024 pixels.
void CheckHashing(const std::string& encoded, ImageKind kind);

}  // namespace vervet::fuzz

#endif  // VERVET_TESTS_FUZZ_IMAGE_PROPERTIES_H_
