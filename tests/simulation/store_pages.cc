#include "tests/simulation/store_pages.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace vervet::simulation {
namespace {

// SQLCipher's format as core/storage fixes it: pages of 4,096 bytes, each with its vector (16), its
// HMAC-SHA1 (20) and padding (12) at the end; the first begins with the salt.
constexpr size_t kPageBytes = 4096;
constexpr size_t kReserveBytes = 48;
constexpr size_t kSaltBytes = 16;
// Of the write-ahead log (SQLite's file format, section 4.1).
constexpr size_t kLogHeaderBytes = 32;
constexpr size_t kFrameHeaderBytes = 24;

void AppendPage(absl::string_view page, bool first, const Secret<32>& key, std::string& out) {
  const size_t begin = first ? kSaltBytes : 0;
  const auto* bytes = reinterpret_cast<const uint8_t*>(page.data());
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string plain(kPageBytes, '\0');
  int size = 0;
  if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.RevealSecret().data(),
                         bytes + kPageBytes - kReserveBytes) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_DecryptUpdate(context.get(), reinterpret_cast<uint8_t*>(plain.data()), &size,
                        bytes + begin, static_cast<int>(kPageBytes - kReserveBytes - begin)) != 1) {
    std::abort();
  }
  plain.resize(static_cast<size_t>(size));
  out += plain;
}

uint32_t BigEndian32(absl::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

std::string DecryptedPages(const test_support::Files& files, const std::string& name,
                           const Secret<32>& key) {
  std::string out;
  if (const auto main = files.find(name); main != files.end()) {
    const absl::string_view file = main->second;
    for (size_t at = 0; at + kPageBytes <= file.size(); at += kPageBytes) {
      AppendPage(file.substr(at, kPageBytes), at == 0, key, out);
    }
  }
  if (const auto log = files.find(name + "-wal"); log != files.end()) {
    const absl::string_view file = log->second;
    size_t at = kLogHeaderBytes;
    for (; at + kFrameHeaderBytes + kPageBytes <= file.size();
         at += kFrameHeaderBytes + kPageBytes) {
      const bool first = BigEndian32(file.substr(at, 4)) == 1;
      AppendPage(file.substr(at + kFrameHeaderBytes, kPageBytes), first, key, out);
    }
  }
  return out;
}

}  // namespace vervet::simulation
