// A photograph's bytes to its hash, beside libjpeg-turbo's decoding of the same bytes to colours,
// which a hasher that starts from pixels has to do first. Processor time of one thread.
//
// jpeglib.h takes FILE and size_t from those who include it.
#include <cstdio>
// Keep this order.
#include <jpeglib.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "tests/benchmarks/bench.h"
#include "tests/member-sdk/image/encoded_images.h"
#include "vervet/image_hash.h"

namespace vervet::bench {
namespace {

constexpr size_t kSide = 1'000;  // one megapixel
// Makes files as large as cameras' of that size: 0.2 to 0.3 bytes a pixel.
constexpr int kGrain = 10;

// Of pixels that are thrown away, into memory that is taken once.
void DecodeToColours(const std::string& encoded, std::vector<uint8_t>* pixels) {
  jpeg_decompress_struct jpeg;
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(encoded.data()),
               static_cast<unsigned long>(encoded.size()));
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);
  const size_t line_bytes = size_t{jpeg.output_width} * 3;
  pixels->resize(line_bytes * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW line = pixels->data() + line_bytes * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &line, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
}

double MillisecondsSince(double begin, int times) {
  return (ThreadCpuSeconds() - begin) * 1'000 / times;
}

absl::Status MeasureFile(const std::string& encoded, bool exact, const Options& options,
                         Line* line) {
  ImageHashOptions how;
  how.exact = exact;
  const int times = options.quick ? 2 : 20;
  std::vector<uint8_t> pixels;
  DecodeToColours(encoded, &pixels);
  return Interleave(options.rounds, {[&] {
                                       const double begin = ThreadCpuSeconds();
                                       for (int i = 0; i < times; ++i) {
                                         const auto hash = HashImage(encoded, how);
                                         if (!hash.ok()) return hash.status();
                                       }
                                       line->measured.Add(MillisecondsSince(begin, times));
                                       return absl::OkStatus();
                                     },
                                     [&] {
                                       const double begin = ThreadCpuSeconds();
                                       for (int i = 0; i < times; ++i)
                                         DecodeToColours(encoded, &pixels);
                                       line->floor.Add(MillisecondsSince(begin, times));
                                       return absl::OkStatus();
                                     }});
}

absl::Status Run(const Options& options, Report* report) {
  const auto scene = image_testing::Scene(kSide, kSide, 1, kGrain);
  for (const int quality : {75, 90}) {
    for (const bool exact : {false, true}) {
      const std::string encoded = image_testing::EncodeJpeg(scene, {.quality = quality});
      Line line;
      line.what = absl::StrCat(exact ? "Exact hash" : "Hash",
                               " of a JPEG of one megapixel, quality ", quality);
      line.unit = "ms";
      line.floor_is = "libjpeg-turbo decodes the same bytes to full colour";
      line.note =
          absl::StrCat(encoded.size(),
                       " bytes, 4:2:0, baseline; a scene by formula; both sides decode with "
                       "libjpeg's default transform");
      // The exact one decodes to full colour itself.
      line.target = exact ? Target::None() : Target::RatioAtMost(1);
      VERVET_RETURN_IF_ERROR(MeasureFile(encoded, exact, options, &line));
      report->Add(std::move(line));
    }
  }
  return absl::OkStatus();
}

const bool registered =
    RegisterRow({"image-hash", "a JPEG's bytes to its PDQ hash, beside decoding it", Run});

}  // namespace
}  // namespace vervet::bench
