#include "tests/member-sdk/image/bombs.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "tests/member-sdk/image/encoded_images.h"

namespace vervet::image_testing {
namespace {

void Fail(const char* what) {
  std::fprintf(stderr, "bombs: %s\n", what);
  std::abort();
}

std::string BigEndian(uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

// PNG, clause 5.3: length, type, data, and the checksum of the last two.
std::string Chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  const uLong sum =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return BigEndian(static_cast<uint32_t>(data.size())) + body +
         BigEndian(static_cast<uint32_t>(sum));
}

std::string Compressed(const std::string& data, size_t zeros) {
  z_stream stream = {};
  if (deflateInit(&stream, 9) != Z_OK) Fail("deflateInit");
  std::string out;
  std::vector<uint8_t> buffer(1 << 16);
  const std::vector<uint8_t> nothing(1 << 20);
  const auto take = [&](const void* from, size_t bytes, int flush) {
    stream.next_in = const_cast<Bytef*>(static_cast<const Bytef*>(from));
    stream.avail_in = static_cast<uInt>(bytes);
    do {
      stream.next_out = buffer.data();
      stream.avail_out = static_cast<uInt>(buffer.size());
      if (deflate(&stream, flush) == Z_STREAM_ERROR) Fail("deflate");
      out.append(buffer.begin(), buffer.end() - stream.avail_out);
    } while (stream.avail_out == 0);
  };
  take(data.data(), data.size(), Z_NO_FLUSH);
  for (; zeros > nothing.size(); zeros -= nothing.size()) {
    take(nothing.data(), nothing.size(), Z_NO_FLUSH);
  }
  take(nothing.data(), zeros, Z_FINISH);
  deflateEnd(&stream);
  return out;
}

std::string LittleEndian(uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i));
  return text;
}

std::string WebpChunk(const std::string& type, const std::string& data) {
  return type + LittleEndian(static_cast<uint32_t>(data.size()), 4) + data +
         std::string(data.size() % 2, '\0');
}

std::string Webp(const std::string& chunks) {
  return "RIFF" + LittleEndian(static_cast<uint32_t>(4 + chunks.size()), 4) + "WEBP" + chunks;
}

// Of a lossless WebP (RFC 9649, section 3.2): least significant bit first.
class Bits {
 public:
  void Put(uint32_t value, int count) {
    for (int i = 0; i < count; ++i, ++size_) {
      if (size_ % 8 == 0) bytes_ += '\0';
      if ((value >> i & 1) != 0) {
        bytes_.back() = static_cast<char>(bytes_.back() | (1 << (size_ % 8)));
      }
    }
  }
  // Symbol 0 and nothing else, in no bits.
  void PutTrivialCode() { Put(1, 4); }
  // 0 to 255 in eight bits each.
  void PutPlainCode() {
    Put(0, 1);
    Put(8, 4);  // twelve lengths of lengths, the last of which is that of 8
    Put(0, 32);
    Put(0, 1);
    Put(1, 3);
    Put(1, 1);  // 256 lengths are given
    Put(3, 3);
    Put(254, 8);
  }
  // The most significant bit comes first in a code.
  void PutPlain(uint32_t symbol) {
    for (int bit = 7; bit >= 0; --bit) Put(symbol >> bit, 1);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  int size_ = 0;
};

// Sections 3.6 and 3.7: no transform, a cache of colours, a set for each tile, pixels of one
// colour.
void PutPictureWithCodeSets(uint32_t width, uint32_t height, uint32_t sets, Bits* bits) {
  bits->Put(0, 1);
  bits->Put(1, 1);
  bits->Put(11, 4);
  bits->Put(1, 1);
  bits->Put(0, 3);
  bits->Put(0, 1);
  bits->PutPlainCode();  // green
  bits->PutPlainCode();  // red
  for (int i = 0; i < 3; ++i) bits->PutTrivialCode();
  for (uint32_t tile = 0; tile < width / 4 * (height / 4); ++tile) {
    bits->PutPlain(tile % sets & 0xff);
    bits->PutPlain(tile % sets >> 8);
  }
  for (uint32_t i = 0; i < 5 * sets; ++i) bits->PutTrivialCode();
}

}  // namespace

std::string PngOfSize(std::string png, uint32_t width, uint32_t height) {
  // The header is the first chunk, behind eight bytes of signature: 13 bytes, of which the first
  // eight are the size.
  const std::string header = BigEndian(width) + BigEndian(height) + png.substr(24, 5);
  return png.replace(8, 25, Chunk("IHDR", header));
}

std::string JpegOfSize(std::string jpeg, uint16_t width, uint16_t height) {
  for (size_t at = 2; at + 9 < jpeg.size();) {
    const auto marker = static_cast<uint8_t>(jpeg[at + 1]);
    if (marker == 0xC0 || marker == 0xC2) {
      jpeg[at + 5] = static_cast<char>(height >> 8);
      jpeg[at + 6] = static_cast<char>(height);
      jpeg[at + 7] = static_cast<char>(width >> 8);
      jpeg[at + 8] = static_cast<char>(width);
      return jpeg;
    }
    at += 2 + static_cast<uint8_t>(jpeg[at + 2]) * 256u + static_cast<uint8_t>(jpeg[at + 3]);
  }
  Fail("no frame header");
  return jpeg;
}

// RFC 9649, section 3.4: 14 bits each behind the signature.
std::string LosslessWebpOfSize(std::string webp, uint32_t width, uint32_t height) {
  const size_t at = webp.find("VP8L") + 9;
  const uint32_t sides = (width - 1) | (height - 1) << 14;
  webp[at] = static_cast<char>(sides);
  webp[at + 1] = static_cast<char>(sides >> 8);
  webp[at + 2] = static_cast<char>(sides >> 16);
  webp[at + 3] = static_cast<char>((webp[at + 3] & 0xf0) | static_cast<char>(sides >> 24));
  return webp;
}

// RFC 6386, section 9.1: 14 bits each behind the start code.
std::string LossyWebpOfSize(std::string webp, uint16_t width, uint16_t height) {
  const size_t at = webp.find("\x9d\x01\x2a") + 3;
  webp[at] = static_cast<char>(width);
  webp[at + 1] = static_cast<char>(width >> 8);
  webp[at + 2] = static_cast<char>(height);
  webp[at + 3] = static_cast<char>(height >> 8);
  return webp;
}

std::string ExtendedWebp(uint8_t flags, uint32_t width, uint32_t height) {
  std::string webp("RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0", 20);
  webp += static_cast<char>(flags);
  webp += std::string(3, '\0');
  for (const uint32_t side : {width - 1, height - 1}) {
    for (int i = 0; i < 3; ++i) webp += static_cast<char>(side >> (8 * i));
  }
  return webp;
}

std::string PngWithZerosBehind(uint32_t width, uint32_t height, size_t zeros) {
  const std::string header =
      BigEndian(width) + BigEndian(height) + std::string("\x08\0\0\0\0", 5);  // 8 bits of grey
  std::string lines;
  for (uint32_t y = 0; y < height; ++y) lines += '\0' + std::string(width, 'p');  // no filter
  return "\x89PNG\r\n\x1a\n" + Chunk("IHDR", header) + Chunk("IDAT", Compressed(lines, zeros)) +
         Chunk("IEND", "");
}

std::string WebpWithCodeSets(uint32_t width, uint32_t height, uint32_t sets) {
  Bits bits;
  bits.Put(0x2f, 8);
  bits.Put(width - 1, 14);
  bits.Put(height - 1, 14);
  bits.Put(0, 4);
  PutPictureWithCodeSets(width, height, sets, &bits);
  return Webp(WebpChunk("VP8L", bits.bytes()));
}

std::string TransparentWebpWithCodeSets(uint32_t width, uint32_t height, uint32_t sets) {
  Bits bits;
  bits.Put(1, 8);  // lossless
  PutPictureWithCodeSets(width, height, sets, &bits);
  const std::string header =
      std::string("\x10\0\0\0", 4) + LittleEndian(width - 1, 3) + LittleEndian(height - 1, 3);
  const std::string opaque = EncodeWebp(Plain(width, height, 9), 50);
  return Webp(WebpChunk("VP8X", header) + WebpChunk("ALPH", bits.bytes()) + opaque.substr(12));
}

std::string PngWithOneMoreChunk(const std::string& png, size_t bytes) {
  const std::string end = Chunk("IEND", "");
  return png.substr(0, png.size() - end.size()) + Chunk("IDAT", std::string(bytes, 'z')) + end;
}

}  // namespace vervet::image_testing
