// jpeglib.h takes FILE and size_t from those who include it.
#include "tests/member-sdk/image/encoded_images.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
// Keep this order.
#include <jpeglib.h>
#include <png.h>
#include <webp/encode.h>

#include <algorithm>

namespace vervet::image_testing {
namespace {

// splitmix64
uint64_t Mixed(uint64_t z) {
  z += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

constexpr int64_t kUnit = 4096;  // the scene's width and height
constexpr size_t kEllipses = 48;

struct Ellipse {
  int64_t x, y, half_width, half_height;
  uint8_t colour[3];
};

std::vector<Ellipse> EllipsesOf(uint32_t seed) {
  std::vector<Ellipse> ellipses;
  uint64_t state = Mixed(seed);
  const auto below = [&state](int64_t count) {
    state = Mixed(state);
    return static_cast<int64_t>(state % static_cast<uint64_t>(count));
  };
  for (size_t i = 0; i < kEllipses; ++i) {
    Ellipse e = {below(kUnit), below(kUnit), 80 + below(kUnit / 5), 80 + below(kUnit / 5), {}};
    for (uint8_t& c : e.colour) c = static_cast<uint8_t>(below(256));
    ellipses.push_back(e);
  }
  return ellipses;
}

void Fail(const char* what) {
  std::fprintf(stderr, "encoded_images: %s\n", what);
  std::abort();
}

std::string ExifSegment(int orientation) {
  std::string exif("Exif\0\0", 6);
  exif += std::string("MM\0*\0\0\0\x08\0\x01", 10);      // one entry, at offset 8
  exif += std::string("\x01\x12\0\x03\0\0\0\x01\0", 9);  // orientation: one SHORT
  exif += static_cast<char>(orientation);
  exif += std::string(6, '\0');
  return exif;
}

// The constant, then each frequency in a scan of its own, the first of them one bit after the
// other, where there are scans to spare.
std::vector<jpeg_scan_info> ScanByScan(int scans) {
  constexpr int kFrequencies = 63;
  const int refined = scans - 1 - kFrequencies;
  std::vector<jpeg_scan_info> script = {{1, {0}, 0, 0, 0, 0}};
  for (int i = 1; i <= kFrequencies; ++i) {
    script.push_back({1, {0}, i, i, 0, i <= refined ? 1 : 0});
  }
  for (int i = 1; i <= refined; ++i) script.push_back({1, {0}, i, i, 1, 0});
  return script;
}

J_COLOR_SPACE SpaceOf(size_t channels, bool cmyk) {
  return channels == 1 ? JCS_GRAYSCALE : cmyk ? JCS_CMYK : JCS_RGB;
}

void AppendTo(png_structp png, png_bytep data, size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<char*>(data), size);
}

int PngColourType(const Picture& picture, bool palette) {
  if (palette) return PNG_COLOR_TYPE_PALETTE;
  constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};
  return kTypes[picture.channels - 1];
}

// Of a value with 8 bits: in a palette the greys come from 255 down to 0.
int PlaceOf(uint8_t value, const PngSettings& settings) {
  const int level = settings.bits < 8 ? value >> (8 - settings.bits) : value;
  return settings.palette ? (1 << settings.bits) - 1 - level : level;
}

void SetPalette(const PngSettings& settings, png_structp png, png_infop info) {
  if (!settings.palette) return;
  const int last = (1 << settings.bits) - 1;
  png_color palette[256];
  for (int i = 0; i <= last; ++i) {
    const auto grey = static_cast<png_byte>((last - i) * 255 / last);
    palette[i] = {grey, grey, grey};
  }
  png_set_PLTE(png, info, palette, last + 1);
}

void SetKey(const Picture& picture, const PngSettings& settings, png_structp png, png_infop info) {
  if (!settings.keyed) return;
  const uint8_t* const pixel = picture.at(0, 0);
  if (settings.palette) {
    const auto place = static_cast<size_t>(PlaceOf(*pixel, settings));
    std::vector<png_byte> opacity(place + 1, 255);
    opacity[place] = 0;
    png_set_tRNS(png, info, opacity.data(), static_cast<int>(opacity.size()), nullptr);
    return;
  }
  png_color_16 key = {};
  const int scale = settings.bits == 16 ? 257 : 1;
  key.gray = static_cast<png_uint_16>(PlaceOf(*pixel, settings) * scale);
  if (picture.channels == 3) {
    key.red = static_cast<png_uint_16>(pixel[0] * scale);
    key.green = static_cast<png_uint_16>(pixel[1] * scale);
    key.blue = static_cast<png_uint_16>(pixel[2] * scale);
  }
  png_set_tRNS(png, info, nullptr, 0, &key);
}

std::string TakeWebp(uint8_t* bytes, size_t size) {
  if (size == 0) Fail("WebP");
  std::string encoded(reinterpret_cast<char*>(bytes), size);
  WebPFree(bytes);
  return encoded;
}

}  // namespace

Picture Scene(size_t width, size_t height, uint32_t seed, int grain) {
  const std::vector<Ellipse> ellipses = EllipsesOf(seed);
  Picture picture = {width, height, 3, std::vector<uint8_t>(width * height * 3)};
  for (size_t y = 0; y < height; ++y) {
    const int64_t v = static_cast<int64_t>(2 * y + 1) * kUnit / static_cast<int64_t>(2 * height);
    for (size_t x = 0; x < width; ++x) {
      const int64_t u = static_cast<int64_t>(2 * x + 1) * kUnit / static_cast<int64_t>(2 * width);
      int64_t colour[3] = {60 + v / 40, 120 + v / 60, 220 - u / 50};
      for (const Ellipse& e : ellipses) {
        const int64_t across = (u - e.x) * e.half_height;
        const int64_t down = (v - e.y) * e.half_width;
        const int64_t reach = e.half_width * e.half_height;
        if (across * across + down * down < reach * reach) {
          for (size_t c = 0; c < 3; ++c) colour[c] = e.colour[c];
        }
      }
      int64_t speck = 0;
      if (grain > 0) {
        speck = static_cast<int64_t>(Mixed(y * width + x + seed) %
                                     static_cast<uint64_t>(2 * grain + 1)) -
                grain;
      }
      for (size_t c = 0; c < 3; ++c) {
        picture.at(x, y)[c] = static_cast<uint8_t>(std::clamp<int64_t>(colour[c] + speck, 0, 255));
      }
    }
  }
  return picture;
}

Picture Plain(size_t width, size_t height, uint8_t value) {
  return {width, height, 3, std::vector<uint8_t>(width * height * 3, value)};
}

Picture Grey(const Picture& rgb) {
  Picture grey = {rgb.width, rgb.height, 1, {}};
  for (size_t i = 0; i < rgb.pixels.size(); i += 3) {
    grey.pixels.push_back(
        static_cast<uint8_t>((rgb.pixels[i] + rgb.pixels[i + 1] + rgb.pixels[i + 2]) / 3));
  }
  return grey;
}

Picture Posterised(const Picture& picture, int bits) {
  Picture result = picture;
  const int levels = (1 << bits) - 1;
  for (uint8_t& value : result.pixels) {
    value = static_cast<uint8_t>((value >> (8 - bits)) * 255 / levels);
  }
  return result;
}

Picture WithOpacity(const Picture& picture, uint8_t value) {
  Picture result = {picture.width, picture.height, picture.channels + 1, {}};
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    result.pixels.push_back(picture.pixels[i]);
    if (i % picture.channels == picture.channels - 1) result.pixels.push_back(value);
  }
  return result;
}

Picture MirroredLeftRight(const Picture& picture) {
  Picture result = picture;
  for (size_t y = 0; y < picture.height; ++y) {
    for (size_t x = 0; x < picture.width; ++x) {
      std::copy_n(picture.at(picture.width - 1 - x, y), picture.channels, result.at(x, y));
    }
  }
  return result;
}

Picture Transposed(const Picture& picture) {
  Picture result = {picture.height, picture.width, picture.channels,
                    std::vector<uint8_t>(picture.pixels.size())};
  for (size_t y = 0; y < picture.height; ++y) {
    for (size_t x = 0; x < picture.width; ++x) {
      std::copy_n(picture.at(x, y), picture.channels, result.at(y, x));
    }
  }
  return result;
}

std::string EncodeJpeg(const Picture& picture, const JpegSettings& settings) {
  using Colours = JpegSettings::Colours;
  const bool cmyk = settings.colours == Colours::kCmyk || settings.colours == Colours::kYcck;
  jpeg_compress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);  // ends the process
  jpeg_create_compress(&jpeg);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &bytes, &size);
  jpeg.image_width = static_cast<JDIMENSION>(picture.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.height);
  jpeg.input_components = static_cast<int>(picture.channels);
  jpeg.in_color_space = SpaceOf(picture.channels, cmyk);
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, settings.quality, TRUE);
  if (settings.colours == Colours::kRgb) jpeg_set_colorspace(&jpeg, JCS_RGB);
  if (settings.colours == Colours::kYcck) jpeg_set_colorspace(&jpeg, JCS_YCCK);
  if (cmyk) jpeg.write_Adobe_marker = settings.adobe_marker ? TRUE : FALSE;
  if (settings.full_colour) {
    for (int i = 0; i < jpeg.num_components; ++i) {
      jpeg.comp_info[i].h_samp_factor = jpeg.comp_info[i].v_samp_factor = 1;
    }
  }
  jpeg.restart_in_rows = settings.restart_lines;
  if (settings.progressive) jpeg_simple_progression(&jpeg);
  const std::vector<jpeg_scan_info> script = ScanByScan(std::max(settings.scans, 64));
  if (settings.scans > 0) {
    jpeg.scan_info = script.data();
    jpeg.num_scans = static_cast<int>(script.size());
  }
  jpeg_start_compress(&jpeg, TRUE);
  if (settings.exif_orientation != 0) {
    const std::string exif = ExifSegment(settings.exif_orientation);
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(exif.data()),
                      static_cast<unsigned>(exif.size()));
  }
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* line = const_cast<JSAMPROW>(picture.at(0, jpeg.next_scanline));
    jpeg_write_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string encoded(reinterpret_cast<char*>(bytes), size);
  jpeg_destroy_compress(&jpeg);
  std::free(bytes);
  return encoded;
}

std::string EncodePng(const Picture& picture, const PngSettings& settings) {
  std::string encoded;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) Fail("PNG");
  png_set_write_fn(png, &encoded, AppendTo, nullptr);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), settings.bits,
               PngColourType(picture, settings.palette),
               settings.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  SetPalette(settings, png, info);
  SetKey(picture, settings, png, info);
  png_write_info(png, info);
  if (settings.bits < 8) png_set_packing(png);
  if (settings.animation_frames > 0) {
    png_byte control[8] = {0, 0, 0, static_cast<png_byte>(settings.animation_frames), 0, 0, 0, 0};
    png_write_chunk(png, reinterpret_cast<png_const_bytep>("acTL"), control, sizeof(control));
  }
  const size_t numbers = picture.width * picture.channels;
  const size_t line_bytes = settings.bits == 16 ? 2 * numbers : numbers;
  std::vector<uint8_t> lines(line_bytes * picture.height);
  for (size_t y = 0; y < picture.height; ++y) {
    for (size_t i = 0; i < numbers; ++i) {
      const uint8_t value = picture.at(0, y)[i];
      uint8_t* line = &lines[y * line_bytes];
      if (settings.bits == 16) {
        line[2 * i] = line[2 * i + 1] = value;
      } else {
        line[i] = static_cast<uint8_t>(PlaceOf(value, settings));
      }
    }
  }
  std::vector<png_bytep> rows;
  for (size_t y = 0; y < picture.height; ++y) rows.push_back(&lines[y * line_bytes]);
  png_write_image(png, rows.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return encoded;
}

std::string EncodeWebp(const Picture& picture, int quality) {
  uint8_t* bytes = nullptr;
  const int width = static_cast<int>(picture.width);
  const int height = static_cast<int>(picture.height);
  const size_t size = picture.channels == 4
                          ? WebPEncodeRGBA(picture.pixels.data(), width, height, width * 4,
                                           static_cast<float>(quality), &bytes)
                          : WebPEncodeRGB(picture.pixels.data(), width, height, width * 3,
                                          static_cast<float>(quality), &bytes);
  return TakeWebp(bytes, size);
}

std::string EncodeLosslessWebp(const Picture& picture) {
  uint8_t* bytes = nullptr;
  const int width = static_cast<int>(picture.width);
  const int height = static_cast<int>(picture.height);
  const size_t size =
      picture.channels == 4
          ? WebPEncodeLosslessRGBA(picture.pixels.data(), width, height, width * 4, &bytes)
          : WebPEncodeLosslessRGB(picture.pixels.data(), width, height, width * 3, &bytes);
  return TakeWebp(bytes, size);
}

Picture DecodeJpegForTest(const std::string& encoded) {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);  // ends the process
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(encoded.data()),
               static_cast<unsigned long>(encoded.size()));
  jpeg_read_header(&jpeg, TRUE);
  jpeg_start_decompress(&jpeg);
  Picture picture = {
      jpeg.output_width, jpeg.output_height, static_cast<size_t>(jpeg.output_components), {}};
  picture.pixels.resize(picture.width * picture.height * picture.channels);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW line = picture.at(0, jpeg.output_scanline);
    jpeg_read_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  return picture;
}

}  // namespace vervet::image_testing
