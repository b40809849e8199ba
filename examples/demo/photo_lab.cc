#include "examples/demo/photo_lab.h"

// clang-format off
#include <cstdio>  // before jpeglib.h, which uses FILE and does not include it
#include <csetjmp>
#include <cstdlib>
#include <jpeglib.h>
// clang-format on

#include <algorithm>

#include "absl/status/status.h"

namespace vervet::demo {
namespace {

// libjpeg reports errors by a call that must not return.
struct Errors {
  jpeg_error_mgr manager;  // first: libjpeg hands back its address
  std::jmp_buf jump;
};

void Leave(j_common_ptr info) { std::longjmp(reinterpret_cast<Errors*>(info->err)->jump, 1); }

// Nothing with a destructor lives between setjmp and what may jump.
bool Decode(const unsigned char* bytes, unsigned long size, int side, Photo* photo) {
  jpeg_decompress_struct info;
  Errors errors;
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = Leave;
  if (setjmp(errors.jump) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, size);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  info.scale_denom = 8;
  const int longer = static_cast<int>(std::max(info.image_width, info.image_height));
  info.scale_num = static_cast<unsigned>(std::clamp((8 * side + longer - 1) / longer, 1, 8));
  jpeg_start_decompress(&info);
  photo->width = static_cast<int>(info.output_width);
  photo->height = static_cast<int>(info.output_height);
  photo->pixels.resize(size_t{3} * info.output_width * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW line = photo->at(0, static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &line, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return true;
}

}  // namespace

absl::StatusOr<Photo> DecodeJpeg(absl::string_view encoded, int side) {
  Photo photo;
  if (Decode(reinterpret_cast<const unsigned char*>(encoded.data()), encoded.size(), side,
             &photo)) {
    return photo;
  }
  return absl::InvalidArgumentError("libjpeg cannot read the photograph");
}

std::string EncodeJpeg(const Photo& photo, int quality) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<unsigned>(photo.width);
  info.image_height = static_cast<unsigned>(photo.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* line = const_cast<uint8_t*>(photo.at(0, static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  std::string encoded(reinterpret_cast<const char*>(bytes), size);
  jpeg_destroy_compress(&info);
  std::free(bytes);
  return encoded;
}

Photo Resized(const Photo& photo, int width, int height) {
  Photo out{width, height, std::vector<uint8_t>(size_t{3} * width * height)};
  for (int y = 0; y < height; ++y) {
    const int top = static_cast<int>(int64_t{y} * photo.height / height);
    const int bottom = std::max(top + 1, static_cast<int>(int64_t{y + 1} * photo.height / height));
    for (int x = 0; x < width; ++x) {
      const int left = static_cast<int>(int64_t{x} * photo.width / width);
      const int right = std::max(left + 1, static_cast<int>(int64_t{x + 1} * photo.width / width));
      for (int channel = 0; channel < 3; ++channel) {
        int sum = 0;
        for (int from_y = top; from_y < bottom; ++from_y) {
          for (int from_x = left; from_x < right; ++from_x)
            sum += photo.at(from_x, from_y)[channel];
        }
        out.at(x, y)[channel] = static_cast<uint8_t>(sum / ((bottom - top) * (right - left)));
      }
    }
  }
  return out;
}

Photo Brightened(const Photo& photo, int by) {
  Photo out = photo;
  for (uint8_t& value : out.pixels) value = static_cast<uint8_t>(std::clamp(value + by, 0, 255));
  return out;
}

Photo WithBorder(const Photo& photo, int pixels, uint8_t value) {
  Photo out{photo.width + 2 * pixels, photo.height + 2 * pixels, {}};
  out.pixels.assign(size_t{3} * out.width * out.height, value);
  for (int y = 0; y < photo.height; ++y) {
    std::copy_n(photo.at(0, y), 3 * photo.width, out.at(pixels, y + pixels));
  }
  return out;
}

Photo Mirrored(const Photo& photo) {
  Photo out = photo;
  for (int y = 0; y < photo.height; ++y) {
    for (int x = 0; x < photo.width; ++x) {
      std::copy_n(photo.at(photo.width - 1 - x, y), 3, out.at(x, y));
    }
  }
  return out;
}

}  // namespace vervet::demo
