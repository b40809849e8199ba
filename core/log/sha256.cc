#include "core/log/sha256.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace vervet::log {
namespace {

// Fetching the algorithm takes longer than hashing a few hundred bytes with it.
const EVP_MD* Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

EVP_MD_CTX* OfThisThread() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return context.get();
}

// A tree over wrong hashes would be worse than no program. It means that OpenSSL's default provider
// cannot be loaded, or that memory has run out.
void Require(int result) {
  if (result == 1) return;
  fputs("vervet: OpenSSL cannot compute SHA-256: check OPENSSL_CONF and OPENSSL_MODULES\n", stderr);
  abort();
}

}  // namespace

Sha256::Sha256() { Require(EVP_DigestInit_ex2(OfThisThread(), Algorithm(), nullptr)); }

Sha256& Sha256::Update(const void* bytes, size_t size) {
  Require(EVP_DigestUpdate(OfThisThread(), bytes, size));
  return *this;
}

Hash Sha256::Final() {
  Hash hash;
  Require(EVP_DigestFinal_ex(OfThisThread(), hash.data(), nullptr));
  return hash;
}

}  // namespace vervet::log
