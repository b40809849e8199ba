#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/image/decode.h"

namespace vervet::image {
namespace {

constexpr size_t kSignatureBytes = 8;
constexpr size_t kChunkOverheadBytes = 12;  // length, type, checksum
constexpr size_t kMaxMessageBytes = 128;
constexpr uint32_t kPixelChunk = 0x49444154;  // "IDAT"

uint32_t BigEndian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

// An APNG with more than one frame: its control chunk stands before the pixels.
bool IsAnimated(Bytes encoded) {
  size_t at = kSignatureBytes;
  while (at + kChunkOverheadBytes <= encoded.size()) {
    const uint8_t* chunk = encoded.data() + at;
    const uint32_t length = BigEndian(chunk);
    if (std::memcmp(chunk + 4, "IDAT", 4) == 0) return false;
    if (std::memcmp(chunk + 4, "acTL", 4) == 0) {
      return length >= 4 && at + kChunkOverheadBytes + 4 <= encoded.size() &&
             BigEndian(chunk + 8) > 1;
    }
    if (length > encoded.size() - at - kChunkOverheadBytes) return false;
    at += kChunkOverheadBytes + length;
  }
  return false;
}

enum class Fault { kLibrary, kCutShort, kTooMuchData, kNoMemory };

struct Session {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const uint8_t* next = nullptr;
  size_t left = 0;
  uint64_t lines_left = 1;  // that libpng has not decompressed yet; more than none until counted
  size_t bytes_behind = 0;  // of compressed pixels, read since
  jmp_buf escape;
  Fault fault = Fault::kLibrary;
  char message[kMaxMessageBytes] = {};
};

[[noreturn]] void OnError(png_structp png, png_const_charp message) {
  auto* session = static_cast<Session*>(png_get_error_ptr(png));
  std::strncpy(session->message, message, sizeof(session->message) - 1);
  longjmp(session->escape, 1);
}

void OnWarning(png_structp, png_const_charp) {}

png_voidp Take(png_structp png, png_alloc_size_t size) {
  void* const memory = std::malloc(size);
  // libpng tells it from a damaged file by its words alone.
  if (memory == nullptr) static_cast<Session*>(png_get_mem_ptr(png))->fault = Fault::kNoMemory;
  return memory;
}

void GiveBack(png_structp, png_voidp memory) { std::free(memory); }

void Read(png_structp png, png_bytep out, size_t size) {
  auto* session = static_cast<Session*>(png_get_io_ptr(png));
  if (size > session->left) {
    session->fault = Fault::kCutShort;
    png_error(png, "");
  }
  std::memcpy(out, session->next, size);
  session->next += size;
  session->left -= size;
  if (session->lines_left > 0 || png_get_io_chunk_type(png) != kPixelChunk) return;
  session->bytes_behind += size;
  if (session->bytes_behind > kMaxPngBytesBehindPixels) {
    session->fault = Fault::kTooMuchData;
    png_error(png, "");
  }
}

// libpng calls it for each line that it has decompressed.
void OnLine(png_structp png, png_row_infop, png_bytep) {
  --static_cast<Session*>(png_get_user_transform_ptr(png))->lines_left;
}

// An interlaced picture comes as up to seven smaller ones.
uint64_t LinesToDecompress(uint32_t width, uint32_t height, bool interlaced) {
  if (!interlaced) return height;
  uint64_t lines = 0;
  for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; ++pass) {
    if (PNG_PASS_COLS(width, pass) > 0) lines += PNG_PASS_ROWS(height, pass);
  }
  return lines;
}

// Text, colour profiles and the like say nothing of the pixels as PDQ sees them: skipped unread,
// with everything that could be packed into them. What is left: IHDR, PLTE, tRNS, IDAT, IEND.
void SkipAncillaryChunks(png_structp png) {
  static const png_byte kSkipped[] =
      "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0"
      "tEXt\0tIME\0zTXt";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, kSkipped, sizeof(kSkipped) / 5);
}

// The steps that may end in a longjmp; each says whether it went through.
bool Create(Session* session) {
  if (setjmp(session->escape) != 0) return false;
  session->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, session, OnError, OnWarning,
                                          session, Take, GiveBack);
  if (session->png != nullptr) session->info = png_create_info_struct(session->png);
  return session->info != nullptr;
}

bool ReadHeader(Session* session) {
  if (setjmp(session->escape) != 0) return false;
  png_structp png = session->png;
  png_set_read_fn(png, session, Read);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // CheckSize has the limit
  png_set_chunk_malloc_max(png, kMaxPngChunkBytes);
  SkipAncillaryChunks(png);
  png_read_info(png, session->info);
  return true;
}

// `pixels` takes one line, or all of them where the lines come interlaced.
bool ReadLines(Session* session, PixelFormat format, uint8_t* pixels, size_t line_bytes, int passes,
               LumaGrid* grid) {
  if (setjmp(session->escape) != 0) return false;
  const png_uint_32 height = png_get_image_height(session->png, session->info);
  for (int pass = 0; pass < passes; ++pass) {
    const bool last = pass + 1 == passes;
    for (png_uint_32 y = 0; y < height; ++y) {
      uint8_t* line = passes == 1 ? pixels : pixels + y * line_bytes;
      png_read_row(session->png, line, nullptr);
      if (last) grid->AddLine(y, line, format);
    }
  }
  png_read_end(session->png, nullptr);
  return true;
}

// After ReadHeader: 8 bits a channel, palettes and keyed transparency resolved. Returns the passes.
bool ChooseOutput(Session* session, int* passes) {
  if (setjmp(session->escape) != 0) return false;
  png_set_expand(session->png);
  png_set_scale_16(session->png);
  session->lines_left =
      LinesToDecompress(png_get_image_width(session->png, session->info),
                        png_get_image_height(session->png, session->info),
                        png_get_interlace_type(session->png, session->info) != PNG_INTERLACE_NONE);
  png_set_read_user_transform_fn(session->png, OnLine);
  png_set_user_transform_info(session->png, session, 0, 0);
  *passes = png_set_interlace_handling(session->png);
  png_read_update_info(session->png, session->info);
  return true;
}

class Png {
 public:
  explicit Png(Bytes encoded) {
    session_.next = encoded.data();
    session_.left = encoded.size();
  }
  ~Png() { png_destroy_read_struct(&session_.png, &session_.info, nullptr); }
  Png(const Png&) = delete;
  Png& operator=(const Png&) = delete;

  Session* session() { return &session_; }
  png_structp png() const { return session_.png; }
  png_infop info() const { return session_.info; }

  absl::Status Refusal() const {
    switch (session_.fault) {
      case Fault::kCutShort:
        return CutShort(ImageKind::kPng);
      case Fault::kTooMuchData:
        return Damaged(ImageKind::kPng, "there is more data in it than its pixels need");
      case Fault::kNoMemory:
        return NoMemory(ImageKind::kPng);
      case Fault::kLibrary:
        break;
    }
    return Damaged(ImageKind::kPng, absl::StrCat("libpng says: ", Printable(session_.message)));
  }

 private:
  // libpng puts names of chunks into its messages, of bytes that are none escaped.
  static std::string Printable(const char* message) {
    std::string text(message);
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
  }

  Session session_;
};

absl::StatusOr<PixelFormat> FormatOf(const Png& png) {
  switch (png_get_color_type(png.png(), png.info())) {
    case PNG_COLOR_TYPE_GRAY:
      return PixelFormat::kGrey;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return PixelFormat::kGreyAlpha;
    case PNG_COLOR_TYPE_RGB:
      return PixelFormat::kRgb;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return PixelFormat::kRgba;
    default:
      return Damaged(ImageKind::kPng, "its colour type is unknown");
  }
}

}  // namespace

absl::StatusOr<LumaGrid> DecodePng(Bytes encoded, const ImageHashOptions& options) {
  if (IsAnimated(encoded)) return Animated("PNG");
  Png png(encoded);
  if (!Create(png.session()) || !ReadHeader(png.session())) return png.Refusal();
  const Size size = {png_get_image_width(png.png(), png.info()),
                     png_get_image_height(png.png(), png.info())};
  VERVET_RETURN_IF_ERROR(CheckSize(ImageKind::kPng, size.width, size.height, options));
  if (size.width > kMaxPngWidth) {
    return absl::InvalidArgumentError(absl::StrCat("image: the PNG is ", size.width,
                                                   " pixels wide, more than the limit of ",
                                                   kMaxPngWidth, "; scale it down"));
  }
  int passes = 1;
  if (!ChooseOutput(png.session(), &passes)) return png.Refusal();
  VERVET_ASSIGN_OR_RETURN(const PixelFormat format, FormatOf(png));
  const size_t line_bytes = size.width * BytesPerPixel(format);
  if (png_get_rowbytes(png.png(), png.info()) != line_bytes) {
    return Damaged(ImageKind::kPng, "its lines are not as long as its header says");
  }
  const size_t lines = passes == 1 ? 1 : size.height;
  VERVET_ASSIGN_OR_RETURN(const auto pixels, TakePixels(line_bytes * lines));
  LumaGrid grid(size, size, Orientation());
  if (!ReadLines(png.session(), format, pixels.get(), line_bytes, passes, &grid)) {
    return png.Refusal();
  }
  return grid;
}

}  // namespace vervet::image
