// PDQ from brightness to bits, in the arithmetic of the reference: single precision, in its order
// of operations, so that the same pixels give the same 256 bits.
//
// Source: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm",
// 2019 (ThreatExchange, hashing.pdf).
#ifndef VERVET_MEMBER_SDK_SRC_IMAGE_PDQ_H_
#define VERVET_MEMBER_SDK_SRC_IMAGE_PDQ_H_

#include <array>
#include <cstddef>

#include "member-sdk/src/image/luma_grid.h"
#include "vervet/image_hash.h"

namespace vervet::image {

// The frequencies 1 to 16 in both directions: coefficients[16 * vertical + horizontal], counted
// from 0. The constant and the frequencies along one axis alone are not among them.
struct Spectrum {
  std::array<float, 256> coefficients = {};
  int quality = 0;
};

// All zeros for a grid of less than five lines or columns, as in the reference.
Spectrum SpectrumOf(const LumaGrid& grid);

// Which coefficients are above their median. `variant` turns and mirrors the spectrum first: a
// mirror changes the sign of every odd frequency along its axis, a diagonal exchanges the axes.
ImageHash HashOfSpectrum(const Spectrum& spectrum, ImageVariant variant);

}  // namespace vervet::image

#endif  // VERVET_MEMBER_SDK_SRC_IMAGE_PDQ_H_
