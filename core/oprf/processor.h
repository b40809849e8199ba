// What the processor and the operating system say that they can do, for the choice of an
// implementation (curve_choice.cc).
#ifndef VERVET_CORE_OPRF_PROCESSOR_H_
#define VERVET_CORE_OPRF_PROCESSOR_H_

#include <cstdint>

namespace vervet::oprf {

// The words of CPUID, and XCR0: which registers the operating system saves when it switches
// threads. A processor may have instructions whose registers nobody saves; without this they would
// be lost at a random moment. All zeros on anything but x86-64.
struct ProcessorClaims {
  uint32_t leaf1_ecx = 0;
  uint32_t leaf7_ebx = 0;
  uint64_t xcr0 = 0;

  static ProcessorClaims Ask();
};

// Everything that a compiler may use in lanes/avx2.cc, or in lanes/ifma.cc (CMakeLists.txt has the
// flags; clang takes F16C and FMA for granted with AVX-512).
bool ClaimsAvx2(const ProcessorClaims& claims);
bool ClaimsIfma(const ProcessorClaims& claims);

}  // namespace vervet::oprf

#endif  // VERVET_CORE_OPRF_PROCESSOR_H_
