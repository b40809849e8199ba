// The two inner loops of the image index, once for each instruction set. All give the same answers.
#ifndef VERVET_CORE_INDEX_HAMMING_KERNELS_H_
#define VERVET_CORE_INDEX_HAMMING_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

// Translation units that are compiled for a newer processor include this header: no std:: template
// may be instantiated in it, or the linker could pick their copy for the whole program.
namespace vervet::index::hamming {

// Entries [begin, end) of a run; those whose next word differs in at most `allowed` (0 to 3) bits
// are candidates.
struct Range {
  uint32_t begin;
  uint32_t end;
  uint32_t allowed;
};

// What a loop over next words may read behind the last one, in bytes.
inline constexpr size_t kReadPastBytes = 64;

struct Kernels {
  // Writes the positions of the ranges' candidates in order, and returns how many. `positions` has
  // room for every entry of the ranges.
  size_t (*filter)(const uint16_t* next_words, const Range* ranges, size_t range_count,
                   uint16_t next_word, uint32_t* positions);
  // As `filter`, of whole hashes (4 words of 64 bits each): those within `radius` of `query`.
  size_t (*scan)(const uint64_t* hashes, size_t count, const uint64_t* query, uint32_t radius,
                 uint32_t* positions);
  // Differing bits of two hashes.
  uint32_t (*distance)(const uint64_t* a, const uint64_t* b);
};

extern const Kernels kPortableKernels;
// Null where this program was not built for x86-64.
const Kernels* Avx2Kernels();
const Kernels* Avx512Kernels();

}  // namespace vervet::index::hamming

#endif  // VERVET_CORE_INDEX_HAMMING_KERNELS_H_
