// jpeglib.h takes FILE and size_t from those who include it.
#include <cstddef>
#include <cstdio>
// Keep this order.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <csetjmp>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "member-sdk/src/image/decode.h"

namespace vervet::image {
namespace {

constexpr int kExifMarker = JPEG_APP0 + 1;
constexpr unsigned kMaxSegmentBytes = 0xFFFF;
enum class Fault { kNone, kCutShort, kTooManyScans, kLibrary };

// Everything that libjpeg is given. Nothing here has a destructor that matters to a longjmp: the
// functions below jump over none.
struct Session {
  jpeg_decompress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg_source_mgr source = {};
  jpeg_progress_mgr progress = {};
  jmp_buf escape;
  Fault fault = Fault::kNone;
  int message_code = 0;
  char message[JMSG_LENGTH_MAX] = {};
};

[[noreturn]] void Escape(j_common_ptr jpeg, Fault fault) {
  auto* session = static_cast<Session*>(jpeg->client_data);
  session->fault = fault;
  session->message_code = jpeg->err->msg_code;
  if (fault == Fault::kLibrary) (*jpeg->err->format_message)(jpeg, session->message);
  longjmp(session->escape, 1);
}

void OnError(j_common_ptr jpeg) { Escape(jpeg, Fault::kLibrary); }

// libjpeg fills what is missing with grey and calls that a warning. A hash of grey is a wrong hash,
// so all warnings are refusals, but for those of oddities that leave every pixel in place.
void OnMessage(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  switch (jpeg->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:  // padding before a marker; cameras write it
    case JWRN_ADOBE_XFORM:      // an unknown colour transform; a usual one is assumed
    case JWRN_JFIF_MAJOR:       // a newer JFIF
      return;
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:  // the entropy-coded data ended before the pixels did
      Escape(jpeg, Fault::kCutShort);
    default:
      Escape(jpeg, Fault::kLibrary);
  }
}

void OnOutput(j_common_ptr) {}  // nothing to a terminal

void OnProgress(j_common_ptr jpeg) {
  const auto* decompress = reinterpret_cast<j_decompress_ptr>(jpeg);
  if (decompress->input_scan_number > kMaxProgressiveScans) Escape(jpeg, Fault::kTooManyScans);
}

void NothingToDo(j_decompress_ptr) {}

// All bytes are there from the beginning: to want more is to have reached the end.
boolean WantMore(j_decompress_ptr jpeg) {
  Escape(reinterpret_cast<j_common_ptr>(jpeg), Fault::kCutShort);
}

void Skip(j_decompress_ptr jpeg, long bytes) {
  if (bytes <= 0) return;
  if (static_cast<size_t>(bytes) > jpeg->src->bytes_in_buffer) WantMore(jpeg);
  jpeg->src->next_input_byte += bytes;
  jpeg->src->bytes_in_buffer -= static_cast<size_t>(bytes);
}

void Begin(Session* session, Bytes encoded) {
  session->jpeg.err = jpeg_std_error(&session->errors);
  session->errors.error_exit = OnError;
  session->errors.emit_message = OnMessage;
  session->errors.output_message = OnOutput;
  session->jpeg.client_data = session;
  session->source.init_source = NothingToDo;
  session->source.fill_input_buffer = WantMore;
  session->source.skip_input_data = Skip;
  session->source.resync_to_restart = jpeg_resync_to_restart;
  session->source.term_source = NothingToDo;
  session->source.next_input_byte = encoded.data();
  session->source.bytes_in_buffer = encoded.size();
  session->progress.progress_monitor = OnProgress;
}

// The three steps that may end in a longjmp; each says whether it went through.
bool ReadHeader(Session* session) {
  if (setjmp(session->escape) != 0) return false;
  jpeg_create_decompress(&session->jpeg);
  session->jpeg.client_data = session;
  session->jpeg.src = &session->source;
  session->jpeg.progress = &session->progress;
  jpeg_save_markers(&session->jpeg, kExifMarker, kMaxSegmentBytes);
  jpeg_read_header(&session->jpeg, TRUE);
  return true;
}

bool Start(Session* session) {
  if (setjmp(session->escape) != 0) return false;
  jpeg_start_decompress(&session->jpeg);
  return true;
}

bool ReadLines(Session* session, PixelFormat format, LumaGrid* grid) {
  if (setjmp(session->escape) != 0) return false;
  jpeg_decompress_struct& jpeg = session->jpeg;
  const JDIMENSION row_bytes = jpeg.output_width * static_cast<JDIMENSION>(BytesPerPixel(format));
  JSAMPARRAY rows =
      (*jpeg.mem->alloc_sarray)(reinterpret_cast<j_common_ptr>(&jpeg), JPOOL_IMAGE, row_bytes, 1);
  while (jpeg.output_scanline < jpeg.output_height) {
    const JDIMENSION y = jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, rows, 1);
    grid->AddLine(y, rows[0], format);
  }
  jpeg_finish_decompress(&jpeg);  // reads on to the end of the image
  return true;
}

// Destroyed on every way out.
class Jpeg {
 public:
  explicit Jpeg(Bytes encoded) { Begin(&session_, encoded); }
  ~Jpeg() { jpeg_destroy_decompress(&session_.jpeg); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;

  Session* session() { return &session_; }
  jpeg_decompress_struct& operator*() { return session_.jpeg; }
  jpeg_decompress_struct* operator->() { return &session_.jpeg; }

  absl::Status Refusal() const {
    switch (session_.fault) {
      case Fault::kCutShort:
        return CutShort(ImageKind::kJpeg);
      case Fault::kTooManyScans:
        return absl::InvalidArgumentError(
            absl::StrCat("image: the JPEG has more than ", kMaxProgressiveScans,
                         " scans, which no ordinary encoder writes; save it anew"));
      default:
        break;
    }
    if (session_.message_code == JERR_OUT_OF_MEMORY) return NoMemory(ImageKind::kJpeg);
    return Damaged(ImageKind::kJpeg, absl::StrCat("libjpeg says: ", session_.message));
  }

 private:
  Session session_;
};

int OrientationIn(const jpeg_decompress_struct& jpeg) {
  for (auto* marker = jpeg.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->marker != kExifMarker) continue;
    const int value = ExifOrientation({marker->data, marker->data_length});
    if (value != 1) return value;
  }
  return 1;
}

// The fast path takes the brightness as the file has it, which spares the colour planes' transforms
// and the conversion. It does not let libjpeg scale down, though that would be faster still: where
// the reference takes one pixel of many, a mean of many is another number, and in a grainy
// photograph the hashes then come to differ by dozens of bits.
absl::StatusOr<PixelFormat> ChooseOutput(bool exact, jpeg_decompress_struct* jpeg) {
  jpeg->dct_method = JDCT_ISLOW;
  switch (jpeg->jpeg_color_space) {
    case JCS_GRAYSCALE:
      jpeg->out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_YCbCr:
      jpeg->out_color_space = exact ? JCS_RGB : JCS_GRAYSCALE;
      break;
    case JCS_RGB:
      jpeg->out_color_space = JCS_RGB;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg->out_color_space = JCS_CMYK;
      break;
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("image: the JPEG has ", jpeg->num_components,
                       " components, and not grey, colour or CMYK; save it anew in one of these"));
  }
  switch (jpeg->out_color_space) {
    case JCS_GRAYSCALE:
      return PixelFormat::kGrey;
    case JCS_RGB:
      return PixelFormat::kRgb;
    default:
      return jpeg->saw_Adobe_marker ? PixelFormat::kInvertedCmyk : PixelFormat::kCmyk;
  }
}

}  // namespace

absl::StatusOr<LumaGrid> DecodeJpeg(Bytes encoded, const ImageHashOptions& options) {
  Jpeg jpeg(encoded);
  if (!ReadHeader(jpeg.session())) return jpeg.Refusal();
  VERVET_RETURN_IF_ERROR(
      CheckSize(ImageKind::kJpeg, jpeg->image_width, jpeg->image_height, options));
  VERVET_ASSIGN_OR_RETURN(const PixelFormat format, ChooseOutput(options.exact, &*jpeg));
  const int orientation = options.apply_orientation ? OrientationIn(*jpeg) : 1;
  if (!Start(jpeg.session())) return jpeg.Refusal();
  LumaGrid grid({jpeg->image_width, jpeg->image_height}, {jpeg->output_width, jpeg->output_height},
                OrientationOf(orientation));
  if (!ReadLines(jpeg.session(), format, &grid)) return jpeg.Refusal();
  return grid;
}

}  // namespace vervet::image
