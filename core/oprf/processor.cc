#include "core/oprf/processor.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif

namespace vervet::oprf {
namespace {

// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2A, CPUID.
constexpr uint32_t Bit(int n) { return uint32_t{1} << n; }
constexpr uint32_t kFma = Bit(12), kXsaveInUse = Bit(27), kAvx = Bit(28),
                   kF16c = Bit(29);                                  // 1, ecx
constexpr uint32_t kAvx2 = Bit(5), kBmi2 = Bit(8);                   // 7, ebx
constexpr uint32_t kAvx512 = Bit(16) | Bit(17) | Bit(21) | Bit(31);  // F, DQ, IFMA, VL; 7, ebx
// Volume 1, section 13.3: XMM and YMM; masks, the upper halves of ZMM0-15, ZMM16-31.
constexpr uint64_t kYmmSaved = 0x06, kZmmSaved = 0xe6;

constexpr bool HasAll(uint64_t word, uint64_t bits) { return (word & bits) == bits; }

}  // namespace

ProcessorClaims ProcessorClaims::Ask() {
  ProcessorClaims claims;
#ifdef __x86_64__
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid_count(1, 0, &eax, &ebx, &ecx, &edx) == 0) return claims;
  claims.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) claims.leaf7_ebx = ebx;
  if (HasAll(claims.leaf1_ecx,
             kXsaveInUse)) {  // else XGETBV is an illegal instruction itself
    uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    claims.xcr0 = (uint64_t{high} << 32) | low;
  }
#endif
  return claims;
}

bool ClaimsAvx2(const ProcessorClaims& claims) {
  return HasAll(claims.leaf1_ecx, kXsaveInUse | kAvx | kFma) &&
         HasAll(claims.leaf7_ebx, kAvx2 | kBmi2) && HasAll(claims.xcr0, kYmmSaved);
}

bool ClaimsIfma(const ProcessorClaims& claims) {
  return ClaimsAvx2(claims) && HasAll(claims.leaf1_ecx, kF16c) &&
         HasAll(claims.leaf7_ebx, kAvx512) && HasAll(claims.xcr0, kZmmSaved);
}

}  // namespace vervet::oprf
